//! The operation that carries out a reorganisation.

use actix_web::HttpRequest;

use super::model::{NewReorganisation, Reorganisation};
use super::queries;
use crate::web::{Body, Reply, Writer, idempotency};

/// Create a reorganisation
///
/// Ends the predecessors on the day, with their memberships, GSS codes, seats and terms. New
/// successors exist from that day, with the code, membership and seats of the request. Existing
/// councils can be successors too. If the kinds of succession differ, each successor lists its
/// `predecessors` with a kind for each. An example is a county whose districts merge into several
/// unitary councils. Records before the day stay with the predecessors. The councils list each
/// other as `predecessors` and `successors`. Either everything is written or nothing.
///
/// Fails with 409 `conflicting_records` if existing records conflict with the reorganisation.
/// `errors` lists each conflict, such as a register of that day or later that counts a predecessor
/// (`in_use`).
#[utoipa::path(post, path = "/v1/reorganisations", tag = "councils", request_body = NewReorganisation,
    responses((status = 200, description = "The reorganisation was carried out. The body has the councils after it and the seats that end and begin.", body = Reorganisation)))]
pub async fn create_reorganisation(
    request: HttpRequest,
    writer: Writer,
    body: Body<NewReorganisation>,
) -> Reply {
    idempotency::done(&request, &writer, async |conn| queries::create(conn, &body.0).await).await
}
