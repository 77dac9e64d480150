//! The operation that takes coverage in bulk.

use actix_web::HttpRequest;

use super::model::{CoverageCsv, CoverageLine, CoverageLines};
use super::queries::{self, Coverages};
use crate::web::bulk::{self, Batch, BulkParams, BulkResult, Systems};
use crate::web::{Caller, Query, Reply, Writer};

/// Send coverage in bulk
///
/// Up to 1,000 facts of whether a council has it, as JSON or CSV, each put or withdrawn by itself: 200 says what became of each, in the order sent. With `atomic=true` all are applied or, should one fail, none: then 422. A fact that turns out otherwise is corrected by a new entry that supersedes the old. A council sends its own, on targets that councils report.
#[utoipa::path(post, path = "/v1/progress/bulk", tag = "progress", params(BulkParams),
    request_body(content((CoverageLines = "application/json"), (CoverageCsv = "text/csv"))),
    responses((status = 200, description = "What became of each line.", body = BulkResult)))]
pub async fn bulk_progress(
    request: HttpRequest,
    writer: Writer,
    caller: Caller,
    params: Query<BulkParams>,
    batch: Batch<CoverageLine>,
) -> Reply {
    let scope = caller.writes();
    let own = Systems::of(&caller, &params.0).own;
    let coverages = Coverages { scope: &scope, own: own.as_ref(), author: &caller.subject };
    bulk::answer(&request, &writer, &params.0, &batch, async |conn, lines, _| {
        queries::apply(conn, &coverages, lines).await
    })
    .await
}
