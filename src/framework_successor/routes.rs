//! HTTP handler that creates the successor of a framework.

use actix_web::HttpRequest;

use super::model::NewFrameworkSuccessor;
use super::queries;
use crate::frameworks::model::Framework;
use crate::web::{Body, Id, Reply, Writer, idempotency};

/// Create next year's framework
///
/// Creates a draft framework for the following plan year. The draft has the same themes and
/// outcomes, the same actions with their groups, and every target except the targets in
/// `leave_out_target_ids`. Each new target continues a target of this year, with the same measure
/// and the last revised threshold. The new target's baseline is the outturn of the continued
/// target, and `baseline.source` names the metric. If this year is not over, the baseline is
/// today's value.
///
/// Fails with 409 `successor_exists` if a framework for the following year already continues a
/// target of this framework. Fails with 422 `unknown_reference` if an id in `leave_out_target_ids`
/// is not the id of a target in this framework.
#[utoipa::path(post, path = "/v1/frameworks/{id}/successor", tag = "frameworks", request_body = NewFrameworkSuccessor,
    responses((status = 201, description = "The draft framework was created.", body = Framework)))]
pub async fn create_framework_successor(
    request: HttpRequest,
    writer: Writer,
    id: Id,
    body: Body<NewFrameworkSuccessor>,
) -> Reply {
    let make = async |conn: &mut _| queries::create(conn, id.0, &body.0).await;
    idempotency::created_in(&request, &writer, "/v1/frameworks", make).await
}
