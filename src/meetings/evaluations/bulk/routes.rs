//! The operation that takes evaluations in bulk.

use actix_web::HttpRequest;

use super::model::{EvaluationCsv, EvaluationLine, EvaluationLines};
use super::queries::{self, Forms};
use crate::web::bulk::{self, Batch, BulkParams, BulkResult, Systems};
use crate::web::{Caller, Query, Reply, Writer};

/// Send evaluations in bulk
///
/// Up to 1,000 lines of returned forms, as JSON or CSV, each put or withdrawn by itself: 200 says what became of each, in the order sent. With `atomic=true` all are applied or, should one fail, none: then 422. A line names its meeting by our id, an external id or its natural key; a name that fits several is refused.
#[utoipa::path(post, path = "/v1/evaluations/bulk", tag = "meetings", params(BulkParams),
    request_body(content((EvaluationLines = "application/json"), (EvaluationCsv = "text/csv"))),
    responses((status = 200, description = "What became of each line.", body = BulkResult)))]
pub async fn bulk_evaluations(
    request: HttpRequest,
    writer: Writer,
    caller: Caller,
    params: Query<BulkParams>,
    batch: Batch<EvaluationLine>,
) -> Reply {
    let Systems { named, own } = Systems::of(&caller, &params.0);
    let forms = Forms { named: named.as_ref(), own: own.as_ref() };
    bulk::answer(&request, &writer, &params.0, &batch, async |conn, lines, _| {
        queries::apply(conn, &forms, lines).await
    })
    .await
}
