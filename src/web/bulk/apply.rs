//! Applies the lines of a bulk request that the check before the commit accepts. The check judges
//! all lines together, so this module searches for the lines that the check refuses.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use diesel_async::AsyncPgConnection;

use super::search::{Partition, Search};
use crate::db::bulk::Applied;
use crate::db::{self, Error};
use crate::values::FieldError;
use crate::web::Writer;

/// Maximum number of retries of a bulk request after a conflict with another transaction.
const MAX_RETRIES: usize = 4;
/// Time after the first attempt at a bulk request in which retries may begin.
const RETRY_PERIOD: Duration = Duration::from_secs(3);

/// Maximum number of parts of a bulk request that the server tries in the search for refused lines.
const MAX_TRIALS: usize = 40;

enum Rollback {
    Refused { code: &'static str, detail: Cow<'static, str> },
    Failed(Error),
}

impl From<diesel::result::Error> for Rollback {
    fn from(error: diesel::result::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Rollback> for Error {
    fn from(rollback: Rollback) -> Self {
        match rollback {
            Rollback::Refused { code, detail } => Self::conflict(code, detail),
            Rollback::Failed(error) => error,
        }
    }
}

/// Applies the lines of a bulk request and runs the check before the commit. If the check refuses
/// some lines, these lines fail and the function applies the other lines.
pub(super) async fn apply_checked<L>(
    conn: &mut AsyncPgConnection,
    writer: &Writer,
    lines: &[&L],
    apply: &impl AsyncFn(&mut AsyncPgConnection, &[&L], bool) -> Result<Applied, Error>,
) -> Result<Applied, Error> {
    let apply = async |conn: &mut AsyncPgConnection, lines: &[&L], is_whole: bool| {
        let applied = apply(conn, lines, is_whole).await.map_err(Rollback::Failed)?;
        match writer.check(conn).await {
            Ok(()) => Ok(applied),
            Err(Error::Conflict { code, detail, .. }) => Err(Rollback::Refused { code, detail }),
            Err(error) => Err(Rollback::Failed(error)),
        }
    };
    let applied = match in_savepoint(conn, async |conn| apply(conn, lines, true).await).await {
        Err(Rollback::Refused { code, detail }) => {
            let field_error = FieldError::body("", code, &*detail);
            let partition = find_refused(conn, lines, field_error, &apply).await?;
            let partition = partition.ok_or_else(|| Error::conflict(code, detail))?;
            let accepted = partition.accepted(lines);
            partition.merge(in_savepoint(conn, async |conn| apply(conn, &accepted, false).await).await?)
        }
        applied => applied?,
    };
    writer.set_checked();
    Ok(applied)
}

/// Tries parts of a bulk request to find the lines that the check before the commit refuses.
/// Returns `None` after too many trials, and if no single line is the cause.
async fn find_refused<L>(
    conn: &mut AsyncPgConnection,
    lines: &[&L],
    field_error: FieldError,
    apply: &impl AsyncFn(&mut AsyncPgConnection, &[&L], bool) -> Result<Applied, Rollback>,
) -> Result<Option<Partition>, Rollback> {
    let mut search = Search::new(lines.len(), field_error);
    for _ in 0..MAX_TRIALS {
        let Some(indexes) = search.next() else { break };
        let part: Vec<&L> = indexes.iter().filter_map(|index| lines.get(*index).copied()).collect();
        let trial = async |conn: &mut AsyncPgConnection| apply(conn, &part, false).await;
        match retry(async || db::with_rollback(conn, &trial).await).await {
            Ok(_) => search.record(None),
            Err(Rollback::Refused { code, detail }) => {
                search.record(Some(FieldError::body("", code, detail)));
            }
            Err(rollback) => return Err(rollback),
        }
    }
    Ok(search.finish())
}

/// Runs the work in a savepoint and releases the savepoint if the work succeeds. Retries the work
/// after a conflict with another transaction.
async fn in_savepoint<T>(
    conn: &mut AsyncPgConnection,
    work: impl AsyncFn(&mut AsyncPgConnection) -> Result<T, Rollback>,
) -> Result<T, Rollback> {
    retry(async || db::in_transaction(conn, &work).await).await
}

/// Runs the work, and runs it again after a conflict with a concurrent insert or a deadlock.
async fn retry<T>(mut work: impl AsyncFnMut() -> Result<T, Rollback>) -> Result<T, Rollback> {
    let started = Instant::now();
    for _ in 0..MAX_RETRIES {
        match work().await {
            Err(Rollback::Failed(Error::Contended)) if started.elapsed() < RETRY_PERIOD => {}
            ended => return ended,
        }
    }
    work().await
}
