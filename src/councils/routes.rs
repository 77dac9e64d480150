//! HTTP handlers for councils.

use actix_web::HttpRequest;

use super::model::{Council, CouncilFilter, CouncilPage, CouncilPatch, NewCouncil};
use super::queries;
use crate::web::{Body, Id, IfMatch, Listing, ReadPool, Reply, Writer, idempotency, reply};

/// List councils
///
/// Returns councils that exist and councils that existed. `?gss_code=` finds a council by a current
/// or former GSS code.
#[utoipa::path(get, path = "/v1/councils", tag = "councils", params(Listing<CouncilFilter>),
    responses((status = 200, description = "A page of councils.", body = CouncilPage)))]
pub async fn list_councils(request: HttpRequest, pool: ReadPool, listing: Listing<CouncilFilter>) -> Reply {
    let conn = &mut pool.get().await?;
    let Listing { filter, page, .. } = &listing;
    let rows = queries::list(conn, filter, page).await?;
    let total = listing.counted(queries::count(conn, filter, page)).await?;
    let sort = filter.sort.unwrap_or_default();
    listing.reply::<CouncilPage>(&request, rows, total, |council| sort.key(council))
}

/// Get a council
///
/// Returns the council with its GSS codes, its memberships, its predecessors and its successors.
#[utoipa::path(get, path = "/v1/councils/{id}", tag = "councils",
    responses((status = 200, description = "The council.", body = Council)))]
pub async fn get_council(request: HttpRequest, pool: ReadPool, id: Id) -> Reply {
    reply::one(&request, &queries::get(&mut *pool.get().await?, id.0).await?)
}

/// Create a council
///
/// If the council takes over from other councils, list them in `predecessors`. Records about a
/// predecessor still belong to the predecessor. Fails with 409 `already_exists` if another council
/// has one of the GSS codes at the same time. Fails with 409 `period_published` if the council
/// exists in a published period.
#[utoipa::path(post, path = "/v1/councils", tag = "councils", request_body = NewCouncil,
    responses((status = 201, description = "The council as created.", body = Council)))]
pub async fn create_council(request: HttpRequest, writer: Writer, body: Body<NewCouncil>) -> Reply {
    idempotency::created(&request, &writer, async |conn| queries::create(conn, &body.0).await).await
}

/// Update a council
///
/// An absent field keeps its value, and null clears a field. A list in the body replaces the whole
/// list. Fails with 409 `in_use` if a date with an attendance record or a closed register would no
/// longer be within the council's existence. Fails with 409 `period_published` if the change
/// affects a published period.
#[utoipa::path(patch, path = "/v1/councils/{id}", tag = "councils", request_body = CouncilPatch,
    responses((status = 200, description = "The council as updated.", body = Council)))]
pub async fn update_council(writer: Writer, id: Id, versions: IfMatch, body: Body<CouncilPatch>) -> Reply {
    reply::changed(&writer.write(async |conn| queries::update(conn, id.0, &versions.0, &body.0).await).await?)
}

/// Delete a council
///
/// Fails with 409 `in_use` while a seat, an attendance record, a coverage entry, a successor, an
/// account or a role mapping references the council. Fails with 409 `period_published` if the
/// council exists in a published period.
#[utoipa::path(delete, path = "/v1/councils/{id}", tag = "councils",
    responses((status = 204, description = "The council was deleted.")))]
pub async fn delete_council(writer: Writer, id: Id, versions: IfMatch) -> Reply {
    writer.write(async |conn| queries::delete(conn, id.0, &versions.0).await).await?;
    reply::deleted()
}
