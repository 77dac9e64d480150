//! Bulk requests: up to a thousand lines at once, each with an answer of its own.

mod batch;
mod csv;
mod result;

use std::cell::Cell;
use std::time::{Duration, Instant};

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use diesel_async::AsyncPgConnection;

use super::idempotency;
use super::reply::Reply;
use super::{Caller, Problem, Writer};
use crate::db;
use crate::db::KeyScope;
use crate::db::answers::Answer;
use crate::db::bulk::Applied;
use crate::values::{Code, fault};

pub(crate) use csv::csv_lines;

pub use batch::{Batch, BulkLine, BulkParams, LineOp};
pub use result::{BulkLineResult, BulkMode, BulkResult, BulkStatus};

/// Whose external ids the lines of a request use.
#[derive(Debug, Clone, Default)]
pub struct Systems {
    /// The system whose keys name meetings and seats; any if not said.
    pub named: Option<Code>,
    /// The system of the lines' own keys.
    pub own: Option<Code>,
}

impl Systems {
    /// A client's own keys are of its own system, whatever it asks for.
    pub fn of(caller: &Caller, params: &BulkParams) -> Self {
        let named = params.system.clone();
        let own = match caller.key_scope() {
            KeyScope::All => caller.system.clone().or_else(|| named.clone()),
            KeyScope::Of(system) => system,
        };
        Self { named, own }
    }
}

/// A batch that met another writer is applied again, at most so many times and so long after it began.
const RETRIES: usize = 4;
const RETRIES_END: Duration = Duration::from_secs(3);

/// Why what was applied does not stay.
enum Undone {
    /// It was only to be tried, or was to be applied whole and a line failed.
    OnPurpose(Box<BulkResult>),
    /// A statement failed.
    Failed(db::Error),
}

impl From<diesel::result::Error> for Undone {
    fn from(error: diesel::result::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Applies a batch in one transaction and answers what became of each line: 200 even where lines failed, and 422 with
/// nothing written where it was to be applied whole.
pub async fn answer<L>(
    request: &HttpRequest,
    writer: &Writer,
    params: &BulkParams,
    batch: &Batch<L>,
    apply: impl AsyncFn(&mut AsyncPgConnection, &[&L]) -> Result<Applied, db::Error>,
) -> Reply {
    let mode = params.mode.unwrap_or(BulkMode::Commit);
    let atomic = params.atomic.unwrap_or(false);
    let refused = Cell::new(None);
    let make = async |conn: &mut AsyncPgConnection| {
        let tried = applied_in_savepoint(conn, async |conn| {
            let applied = apply(conn, &batch.sound()).await.map_err(Undone::Failed)?;
            let result = BulkResult::new(mode, atomic, &batch.0, applied);
            let stays = mode == BulkMode::Commit && !result.is_refused();
            if stays { Ok(result) } else { Err(Undone::OnPurpose(Box::new(result))) }
        });
        match tried.await {
            Ok(result) => Ok((kept(&result)?, !result.has_failed_whole())),
            Err(Undone::OnPurpose(result)) if result.is_refused() => {
                refused.set(Some(result));
                Err(db::Error::Invalid(Vec::new()))
            }
            Err(Undone::OnPurpose(result)) => Ok((kept(&result)?, false)),
            Err(Undone::Failed(error)) => Err(error),
        }
    };
    let reply = idempotency::answered(request, writer, make).await;
    match refused.take() {
        Some(result) => Err(refusal(&result)),
        None => reply,
    }
}

/// Applies a batch in a savepoint, and again from the beginning where it met another writer: a row was inserted in between, or
/// each waited for the other.
async fn applied_in_savepoint(
    conn: &mut AsyncPgConnection,
    apply: impl AsyncFn(&mut AsyncPgConnection) -> Result<BulkResult, Undone>,
) -> Result<BulkResult, Undone> {
    let started = Instant::now();
    for _ in 0..RETRIES {
        match db::in_transaction(conn, &apply).await {
            Err(Undone::Failed(db::Error::Contended)) if started.elapsed() < RETRIES_END => {}
            ended => return ended,
        }
    }
    db::in_transaction(conn, &apply).await
}

fn kept(result: &BulkResult) -> Result<Answer, db::Error> {
    let body = serde_json::to_vec(result).map_err(|error| db::Error::Internal(error.to_string()))?;
    Ok(Answer { location: None, etag: None, body, shows_a_name: false })
}

/// The answer to a batch of which nothing was written because lines failed.
fn refusal(result: &BulkResult) -> Problem {
    let detail = "Lines failed, and the request was to be applied whole: nothing was written; see result.";
    let faults = result.results.iter().flat_map(|line| &line.errors);
    Problem {
        faults: faults.take(fault::MOST).cloned().collect(),
        result: serde_json::to_value(result).ok(),
        ..Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "lines_failed", detail)
    }
}
