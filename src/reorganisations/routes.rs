//! The operation on reorganisations.

use actix_web::HttpRequest;

use super::model::{NewReorganisation, Reorganisation};
use super::queries;
use crate::web::{Body, Reply, Writer, idempotency};

/// Enter a reorganisation
///
/// On the day the predecessors end, and with them their memberships, codes, seats and terms; the successors exist from it,
/// with code, membership and the seats that are said here. All of it or nothing: where registers from the day on rest on a
/// predecessor, 409 names each. Where the links are not all of one kind, as when a county and its districts become several
/// unitaries, each successor names its `predecessors` with a kind for each. What happened before stays where it happened. Councils show it as predecessors and successors.
#[utoipa::path(post, path = "/v1/reorganisations", tag = "councils", request_body = NewReorganisation,
    responses((status = 200, description = "The councils as they are now, and whose seats end and begin.", body = Reorganisation)))]
pub async fn create_reorganisation(
    request: HttpRequest,
    writer: Writer,
    body: Body<NewReorganisation>,
) -> Reply {
    idempotency::done(&request, &writer, async |conn| queries::create(conn, &body.0).await).await
}
