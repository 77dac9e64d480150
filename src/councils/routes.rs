//! The operations on councils.

use actix_web::HttpRequest;
use actix_web::web::Data;

use super::model::{Council, CouncilFilter, CouncilPage, CouncilPatch, NewCouncil};
use super::queries;
use crate::db::Pool;
use crate::web::{Body, Id, IfMatch, Listing, Reply, Writer, idempotency, reply};

/// List councils
///
/// Councils past and present. A council is found by any GSS code it has gone by.
#[utoipa::path(get, path = "/v1/councils", tag = "councils", params(Listing<CouncilFilter>),
    responses((status = 200, description = "A page of councils.", body = CouncilPage)))]
pub async fn list_councils(request: HttpRequest, pool: Data<Pool>, listing: Listing<CouncilFilter>) -> Reply {
    let conn = &mut pool.get().await?;
    let Listing { filter, window, .. } = &listing;
    let rows = queries::list(conn, filter, window).await?;
    let total = listing.counted(queries::count(conn, filter, window)).await?;
    let sort = filter.sort.unwrap_or_default();
    listing.reply::<CouncilPage>(&request, rows, total, |council| sort.key(council))
}

/// Read a council
///
/// With its codes, its memberships, and the councils before and after it.
#[utoipa::path(get, path = "/v1/councils/{id}", tag = "councils",
    responses((status = 200, description = "The council.", body = Council)))]
pub async fn get_council(request: HttpRequest, pool: Data<Pool>, id: Id) -> Reply {
    reply::one(&request, &queries::get(&mut *pool.get().await?, id.0).await?)
}

/// Enter a council
///
/// Its history stays with it when another council succeeds it: name it as a predecessor of the new one.
#[utoipa::path(post, path = "/v1/councils", tag = "councils", request_body = NewCouncil,
    responses((status = 201, description = "The council as entered.", body = Council)))]
pub async fn create_council(request: HttpRequest, writer: Writer, body: Body<NewCouncil>) -> Reply {
    idempotency::created(&request, &writer, async |conn| queries::create(conn, &body.0).await).await
}

/// Change a council
///
/// A merge patch: absent fields stay, null clears, a list replaces the whole list.
#[utoipa::path(patch, path = "/v1/councils/{id}", tag = "councils", request_body = CouncilPatch,
    responses((status = 200, description = "The council as changed.", body = Council)))]
pub async fn update_council(writer: Writer, id: Id, versions: IfMatch, body: Body<CouncilPatch>) -> Reply {
    reply::changed(&writer.write(async |conn| queries::update(conn, id.0, &versions.0, &body.0).await).await?)
}

/// Delete a council
///
/// Only a council on which nothing rests: no seat, no attendance, no coverage entry, no successor.
#[utoipa::path(delete, path = "/v1/councils/{id}", tag = "councils",
    responses((status = 204, description = "The council is gone.")))]
pub async fn delete_council(writer: Writer, id: Id, versions: IfMatch) -> Reply {
    writer.write(async |conn| queries::delete(conn, id.0, &versions.0).await).await?;
    reply::deleted()
}
