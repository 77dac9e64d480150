//! HTTP handler for reorganisations.

use actix_web::HttpRequest;

use super::model::{NewReorganisation, Reorganisation};
use super::queries;
use crate::web::{Body, Reply, Writer, idempotency};

/// Create a reorganisation
///
/// Ends the predecessors on the day of the reorganisation, with their memberships, GSS codes, seats
/// and terms. New successors exist from that day on, with the GSS code, the membership and the
/// seats that the request states. An existing council can also be a successor. If the kinds of
/// succession differ, each successor lists its `predecessors`, each with a kind. An example is a
/// county whose districts merge into several unitary councils. Records from before the day still
/// belong to the predecessors. Afterwards, each council lists its `predecessors` and `successors`.
/// If any part fails, nothing is written.
///
/// Fails with 409 `conflicting_records` if existing records conflict with the reorganisation.
/// `errors` lists each conflict. An example is a register that counts a predecessor on that day or
/// a later day (`in_use`).
#[utoipa::path(post, path = "/v1/reorganisations", tag = "councils", request_body = NewReorganisation,
    responses((status = 200, description = "The reorganisation was carried out. The body has the councils after it and the seats that end and begin.", body = Reorganisation)))]
pub async fn create_reorganisation(
    request: HttpRequest,
    writer: Writer,
    body: Body<NewReorganisation>,
) -> Reply {
    idempotency::done(&request, &writer, async |conn| queries::create(conn, &body.0).await).await
}
