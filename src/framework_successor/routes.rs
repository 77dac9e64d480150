//! The operation on next year.

use actix_web::HttpRequest;

use super::model::NewFrameworkSuccessor;
use super::queries;
use crate::frameworks::model::Framework;
use crate::web::{Body, Id, Reply, Writer, idempotency};

/// Enter next year's framework
///
/// A draft of the year that follows: themes, outcomes, actions with their groups, and every target that is not left out, with
/// its measure and its threshold as last held. Each continues its target of this year, whose outturn is its baseline, and the
/// baseline names the metric it was taken from; while the year still runs that is today's. A year is carried on once.
#[utoipa::path(post, path = "/v1/frameworks/{id}/successor", tag = "frameworks", request_body = NewFrameworkSuccessor,
    responses((status = 201, description = "The draft as entered.", body = Framework)))]
pub async fn create_framework_successor(
    request: HttpRequest,
    writer: Writer,
    id: Id,
    body: Body<NewFrameworkSuccessor>,
) -> Reply {
    let make = async |conn: &mut _| queries::create(conn, id.0, &body.0).await;
    idempotency::created_in(&request, &writer, "/v1/frameworks", make).await
}
