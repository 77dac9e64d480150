//! HTTP handler that creates the successor of a framework.

use actix_web::HttpRequest;

use super::model::NewFrameworkSuccessor;
use super::queries;
use crate::frameworks::model::Framework;
use crate::web::{Body, Id, Reply, Writer, idempotency};

/// Create the framework of the next plan period
///
/// Creates a draft framework whose plan period begins on this framework's `plan_until`. It has as
/// many months unless `plan_until` is sent. The draft has the same themes and outcomes, the same
/// actions with their groups, and every target except the targets in `leave_out_target_ids`. Each
/// new target continues a target of this framework, with the same measure and the last revised
/// threshold. The new target's baseline is the outturn of the continued target, and
/// `baseline.source` names the metric. If this plan period is not over, the baseline is today's
/// value.
///
/// Fails with 409 `successor_exists` if a framework that begins on this day already continues a
/// target of this framework. Fails with 422 `not_a_plan_period` if `plan_until` is not 1 to 60
/// whole months later. Fails with 422 `unknown_reference` if an id in `leave_out_target_ids` is not
/// the id of a target in this framework.
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
