//! HTTP handler for bulk requests of evaluations.

use actix_web::HttpRequest;

use super::model::{EvaluationCsv, EvaluationLine, EvaluationLines};
use super::queries::EvaluationBulk;
use crate::db;
use crate::web::bulk::{self, Batch, BulkParams, BulkResult, Systems};
use crate::web::{Caller, Query, Reply, Writer};

/// Write evaluations in bulk
///
/// Takes up to 1,000 lines as JSON or CSV. Each line creates, updates or deletes one evaluation,
/// independently of the other lines. The response is 200 with a result for each line, in the order
/// of the request. With `atomic=true`, the server applies either all lines or none. If a line
/// fails, it applies none and responds with 422 `lines_failed`.
///
/// A line names its meeting by id, by external id, or by group, date and title. If several meetings
/// match, the line fails.
#[utoipa::path(post, path = "/v1/evaluations/bulk", tag = "meetings", params(BulkParams),
    request_body(content((EvaluationLines = "application/json"), (EvaluationCsv = "text/csv"))),
    responses((status = 200, description = "The result of each line.", body = BulkResult)))]
pub async fn bulk_evaluations(
    request: HttpRequest,
    writer: Writer,
    caller: Caller,
    params: Query<BulkParams>,
    batch: Batch<EvaluationLine>,
) -> Reply {
    let Systems { named, own } = Systems::of(&caller, &params.0);
    let resource = EvaluationBulk { named_system: named.as_ref(), own_system: own.as_ref() };
    bulk::answer(&request, &writer, &params.0, &batch, async |conn, lines, _| {
        db::bulk::apply(&resource, conn, lines).await
    })
    .await
}
