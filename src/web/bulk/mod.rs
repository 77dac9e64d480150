//! Bulk requests: up to 1,000 lines in one request, each with its own result.

mod batch;
mod csv;
mod result;
mod search;

use std::borrow::Cow;
use std::cell::Cell;
use std::time::{Duration, Instant};

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use diesel_async::AsyncPgConnection;

use self::search::{Refused, Search};
use super::idempotency;
use super::reply::Reply;
use super::{Caller, Problem, Writer};
use crate::db;
use crate::db::KeyScope;
use crate::db::bulk::Applied;
use crate::db::idempotency_store::Answer;
use crate::values::{Code, FieldError, field_error};

pub(crate) use csv::csv_lines;

pub use batch::{Batch, BulkLine, BulkParams, LineOp};
pub use result::{BulkLineResult, BulkMode, BulkResult, BulkStatus};

/// The systems whose external ids the lines of a request use.
#[derive(Debug, Clone, Default)]
pub struct Systems {
    /// The system whose external ids name meetings and seats; `None` means any system.
    pub named: Option<Code>,
    /// The system of the lines' own external ids.
    pub own: Option<Code>,
}

impl Systems {
    /// Reads the systems from the caller and the parameters. A client's own keys always belong to
    /// its own system.
    pub fn of(caller: &Caller, params: &BulkParams) -> Self {
        let named = params.system.clone();
        let own = match caller.key_scope() {
            KeyScope::All => caller.system.clone().or_else(|| named.clone()),
            KeyScope::Of(system) => system,
        };
        Self { named, own }
    }
}

/// How often a batch is retried at most after a conflict with another transaction, and until when.
const RETRIES: usize = 4;
const RETRIES_END: Duration = Duration::from_secs(3);

/// How many parts of a batch are tried at most to find the lines that the transaction check
/// refuses.
const TRIALS: usize = 40;

/// Why the applied lines are rolled back.
enum Undone {
    /// The request only validates, or it is atomic and a line failed.
    OnPurpose(Box<BulkResult>),
    /// The transaction check refused the lines.
    Refused(Refusal),
    /// A statement failed.
    Failed(db::Error),
}

/// The error of the transaction check.
#[derive(Debug, Clone)]
struct Refusal {
    code: &'static str,
    detail: Cow<'static, str>,
}

impl Refusal {
    fn fault(self) -> FieldError {
        FieldError::body("", self.code, self.detail)
    }
}

impl Undone {
    /// Converts an error of the transaction check.
    fn by_check(error: db::Error) -> Self {
        match error {
            db::Error::Conflict { code, detail, .. } => Self::Refused(Refusal { code, detail }),
            error => Self::Failed(error),
        }
    }
}

impl From<diesel::result::Error> for Undone {
    fn from(error: diesel::result::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Applies a batch in one transaction and returns the result of each line. The response is 200 even
/// if lines failed. If the request is atomic and a line failed, nothing is written and the response
/// is 422. `apply` receives lines, and whether these are all valid lines of the batch.
///
/// The transaction check runs inside the transaction, even if nothing is to be written. It judges
/// all lines together, so the lines that it refuses must be searched for. These lines fail, and the
/// others are applied without them.
pub async fn answer<L>(
    request: &HttpRequest,
    writer: &Writer,
    params: &BulkParams,
    batch: &Batch<L>,
    apply: impl AsyncFn(&mut AsyncPgConnection, &[&L], bool) -> Result<Applied, db::Error>,
) -> Reply {
    let mode = params.mode.unwrap_or(BulkMode::Commit);
    let atomic = params.atomic.unwrap_or(false);
    let lines = batch.sound();
    let refused = Cell::new(None);
    let trial = async |conn: &mut AsyncPgConnection, lines: &[&L], is_whole: bool| {
        let applied = apply(conn, lines, is_whole).await.map_err(Undone::Failed)?;
        writer.check(conn).await.map_err(Undone::by_check)?;
        Ok(applied)
    };
    let settled = |applied: Applied| {
        let result = BulkResult::new(mode, atomic, &batch.0, applied);
        let stays = mode == BulkMode::Commit && !result.is_refused();
        if stays { Ok(result) } else { Err(Undone::OnPurpose(Box::new(result))) }
    };
    let make = async |conn: &mut AsyncPgConnection| {
        let tried = in_savepoint(conn, async |conn| settled(trial(conn, &lines, true).await?)).await;
        let tried = match tried {
            Err(Undone::Refused(refusal)) => match search(conn, &lines, refusal, &trial).await {
                Ok(found) => {
                    let passed = found.passed(&lines);
                    let rest = async |conn: &mut AsyncPgConnection| {
                        settled(found.applied(trial(conn, &passed, false).await?))
                    };
                    in_savepoint(conn, rest).await
                }
                Err(undone) => Err(undone),
            },
            tried => tried,
        };
        match tried {
            Ok(result) => {
                writer.note_checked();
                Ok((kept(&result)?, !result.has_failed_whole()))
            }
            Err(Undone::OnPurpose(result)) if result.is_refused() => {
                refused.set(Some(result));
                Err(db::Error::Invalid(Vec::new()))
            }
            Err(Undone::OnPurpose(result)) => Ok((kept(&result)?, false)),
            Err(Undone::Refused(Refusal { code, detail })) => Err(db::Error::conflict(code, detail)),
            Err(Undone::Failed(error)) => Err(error),
        }
    };
    let reply = idempotency::answered(request, writer, make).await;
    match refused.take() {
        Some(result) => Err(refusal(&result)),
        None => reply,
    }
}

/// Finds the lines that the transaction check refuses, by trying parts of the batch. Returns the
/// original refusal if this takes too many trials or no single line is the cause.
async fn search<L>(
    conn: &mut AsyncPgConnection,
    lines: &[&L],
    refusal: Refusal,
    trial: &impl AsyncFn(&mut AsyncPgConnection, &[&L], bool) -> Result<Applied, Undone>,
) -> Result<Refused, Undone> {
    let mut search = Search::new(lines.len(), refusal.clone().fault());
    for _ in 0..TRIALS {
        let Some(places) = search.next() else { break };
        let some: Vec<&L> = places.iter().map(|place| lines[*place]).collect();
        let tried = async |conn: &mut AsyncPgConnection| trial(conn, &some, false).await;
        match retried(async || db::with_rollback(conn, &tried).await).await {
            Ok(_) => search.note(None),
            Err(Undone::Refused(refusal)) => search.note(Some(refusal.fault())),
            Err(undone) => return Err(undone),
        }
    }
    search.found().ok_or(Undone::Refused(refusal))
}

/// Runs work in a savepoint that is kept if the work succeeds.
async fn in_savepoint<T>(
    conn: &mut AsyncPgConnection,
    work: impl AsyncFn(&mut AsyncPgConnection) -> Result<T, Undone>,
) -> Result<T, Undone> {
    retried(async || db::in_transaction(conn, &work).await).await
}

/// Makes an attempt, and retries it after a conflict with another transaction: a concurrent insert,
/// or a deadlock.
async fn retried<T>(mut attempt: impl AsyncFnMut() -> Result<T, Undone>) -> Result<T, Undone> {
    let started = Instant::now();
    for _ in 0..RETRIES {
        match attempt().await {
            Err(Undone::Failed(db::Error::Contended)) if started.elapsed() < RETRIES_END => {}
            ended => return ended,
        }
    }
    attempt().await
}

fn kept(result: &BulkResult) -> Result<Answer, db::Error> {
    let body = serde_json::to_vec(result).map_err(|error| db::Error::Internal(error.to_string()))?;
    Ok(Answer { location: None, etag: None, body, shows_a_name: false })
}

/// 422: lines failed, so nothing of an atomic request was written.
fn refusal(result: &BulkResult) -> Problem {
    let detail = "Lines failed and the request is atomic, so nothing was written; see result.";
    let errors = result.results.iter().flat_map(|line| &line.errors);
    Problem {
        field_errors: errors.take(field_error::MAX_FIELD_ERRORS).cloned().collect(),
        result: serde_json::to_value(result).ok(),
        ..Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "lines_failed", detail)
    }
}
