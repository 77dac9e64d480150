//! HTTP handler for bulk requests of coverage.

use actix_web::HttpRequest;

use super::model::{CoverageCsv, CoverageLine, CoverageLines};
use super::request::CoverageBulk;
use crate::db;
use crate::web::bulk::{self, Batch, BulkParams, BulkResult, Systems};
use crate::web::{Caller, Query, Reply, Writer};

/// Write coverage in bulk
///
/// Takes up to 1,000 lines as JSON or CSV. Each line states whether a council is covered, and
/// creates, updates or deletes one progress entry. Lines are independent of one another. The
/// response is 200 with a result for each line, in the order of the request. With `atomic=true`,
/// the server applies either all lines or none. If a line fails, it applies none and responds with
/// 422 `lines_failed`.
///
/// If `covered` differs from the stored entry, the server creates a new entry that corrects it. A
/// council writes coverage of itself only, for targets whose coverage councils report.
#[utoipa::path(post, path = "/v1/progress/bulk", tag = "progress", params(BulkParams),
    request_body(content((CoverageLines = "application/json"), (CoverageCsv = "text/csv"))),
    responses((status = 200, description = "The result of each line.", body = BulkResult)))]
pub async fn bulk_progress(
    request: HttpRequest,
    writer: Writer,
    caller: Caller,
    params: Query<BulkParams>,
    batch: Batch<CoverageLine>,
) -> Reply {
    let scope = caller.writes();
    let systems = Systems::of(&caller, &params.0);
    let resource = CoverageBulk { scope: &scope, own_system: systems.own.as_ref(), author: &caller.subject };
    bulk::answer(&request, &writer, &params.0, &batch, async |conn, lines, _| {
        db::bulk::apply(&resource, conn, lines).await
    })
    .await
}
