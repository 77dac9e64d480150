//! HTTP handler for bulk requests of coverage.

use actix_web::HttpRequest;

use super::model::{CoverageCsv, CoverageLine, CoverageLines};
use super::request::CoverageBulk;
use crate::db;
use crate::web::bulk::{self, Batch, BulkParams, BulkResult, Systems};
use crate::web::{Caller, Query, Reply, Writer};

/// Write coverage in bulk
///
/// Takes up to 1,000 lines as JSON or CSV, each about whether a council is covered. Each line is
/// created, updated or deleted independently of the others. The response is 200 with a result for
/// each line, in the order of the request. With `atomic=true` all lines are applied, or none if one
/// fails; the response is then 422 `lines_failed`.
///
/// If `covered` has changed, a new entry supersedes the old one. A council writes its own coverage,
/// on targets that councils report.
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
