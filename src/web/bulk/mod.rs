//! Bulk requests: up to 1,000 lines in one request, each with its own result.

mod apply;
mod batch;
mod csv;
mod line;
mod result;
mod search;

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use diesel_async::AsyncPgConnection;

use super::idempotency::{self, Ending};
use super::reply::{self, Reply};
use super::{Caller, Problem, Writer};
use crate::db::bulk::Applied;
use crate::db::{self, ExternalIdScope};
use crate::values::{Code, field_error};

pub(crate) use csv::csv_lines;

pub use batch::{Batch, BulkParams};
pub use line::{BulkLine, LineOp};
pub use result::{BulkLineResult, BulkMode, BulkResult, BulkStatus};

/// The external systems whose ids the lines of a bulk request use.
#[derive(Debug, Clone, Default)]
pub struct Systems {
    /// The external system whose ids identify meetings and seats. `None` means any external system.
    pub named: Option<Code>,
    /// The external system to which the ids belong that the lines create.
    pub own: Option<Code>,
}

impl Systems {
    /// Returns the external systems whose ids a bulk request uses. A client always writes ids of
    /// its own external system.
    pub fn of(caller: &Caller, params: &BulkParams) -> Self {
        let named = params.system.clone();
        let own = match caller.key_scope() {
            ExternalIdScope::All => caller.system.clone().or_else(|| named.clone()),
            ExternalIdScope::Of(system) => system,
        };
        Self { named, own }
    }
}

/// Applies a bulk request in one transaction and returns the result of each line. The response is
/// 200 even if lines failed. If the request is atomic and a line failed, the transaction is rolled
/// back and the response is 422.
///
/// `apply` receives lines and a flag. The flag is true if the lines are all valid lines of the
/// request.
pub async fn answer<L>(
    request: &HttpRequest,
    writer: &Writer,
    params: &BulkParams,
    batch: &Batch<L>,
    apply: impl AsyncFn(&mut AsyncPgConnection, &[&L], bool) -> Result<Applied, db::Error>,
) -> Reply {
    let mode = params.mode.unwrap_or(BulkMode::Commit);
    let atomic = params.atomic.unwrap_or(false);
    let lines = batch.valid_lines();
    let work = async |conn: &mut AsyncPgConnection| {
        let applied = apply::apply_checked(conn, writer, &lines, &apply).await?;
        ending(&BulkResult::new(mode, atomic, &batch.0, applied)?)
    };
    idempotency::answered(request, writer, work).await
}

/// Returns how the transaction of a bulk request ends: commit, discard or reject.
fn ending(result: &BulkResult) -> Result<Ending, db::Error> {
    if result.is_refused() {
        return Ok(Ending::Reject(lines_failed(result)));
    }
    let answer = reply::result(result)?;
    let has_effect = result.mode == BulkMode::Commit && !result.has_failed_whole();
    Ok(if has_effect { Ending::Commit(answer) } else { Ending::Discard(answer) })
}

fn lines_failed(result: &BulkResult) -> Problem {
    let detail = "Lines of the request failed and the request is atomic, so nothing was written. `result` lists the result of each line.";
    let errors = result.results.iter().flat_map(|line| &line.errors);
    Problem {
        field_errors: errors.take(field_error::MAX_FIELD_ERRORS).cloned().collect(),
        result: serde_json::to_value(result).ok(),
        ..Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "lines_failed", detail)
    }
}
