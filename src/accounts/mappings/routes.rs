//! The operations on mappings.

use actix_web::HttpRequest;
use actix_web::web::Data;

use super::model::{NewRoleMapping, RoleMapping, RoleMappingFilter, RoleMappingPage, RoleMappingPatch};
use super::queries;
use crate::db::Pool;
use crate::web::{Body, Id, IfMatch, Listing, Reply, Writer, idempotency, reply};

/// List role mappings
///
/// Which groups and app roles of outside identity providers are let in, and as what.
#[utoipa::path(get, path = "/v1/role-mappings", tag = "accounts", params(Listing<RoleMappingFilter>),
    responses((status = 200, description = "A page of mappings.", body = RoleMappingPage)))]
pub async fn list_role_mappings(
    request: HttpRequest,
    pool: Data<Pool>,
    listing: Listing<RoleMappingFilter>,
) -> Reply {
    let conn = &mut pool.get().await?;
    let Listing { filter, window, .. } = &listing;
    let rows = queries::list(conn, filter, window).await?;
    let total = listing.counted(queries::count(conn, filter, window)).await?;
    let sort = filter.sort.unwrap_or_default();
    listing.reply::<RoleMappingPage>(&request, rows, total, |mapping| sort.key(mapping))
}

/// Read a role mapping
///
/// Whom it lets in, and what they may do.
#[utoipa::path(get, path = "/v1/role-mappings/{id}", tag = "accounts",
    responses((status = 200, description = "The mapping.", body = RoleMapping)))]
pub async fn get_role_mapping(request: HttpRequest, pool: Data<Pool>, id: Id) -> Reply {
    reply::one(&request, &queries::get(&mut *pool.get().await?, id.0).await?)
}

/// Enter a role mapping
///
/// The issuer must be one that the server is configured to accept, or nobody comes with such a token. Of several mappings that
/// fit a token the strongest role counts: admin, officer, council, reporter; for a council, all councils of its mappings.
#[utoipa::path(post, path = "/v1/role-mappings", tag = "accounts", request_body = NewRoleMapping,
    responses((status = 201, description = "The mapping as entered.", body = RoleMapping)))]
pub async fn create_role_mapping(request: HttpRequest, writer: Writer, body: Body<NewRoleMapping>) -> Reply {
    idempotency::created(&request, &writer, async |conn| queries::create(conn, &body.0).await).await
}

/// Change a role mapping
///
/// It holds from the next request of each token on, on every server. Another issuer, claim or value is another mapping.
#[utoipa::path(patch, path = "/v1/role-mappings/{id}", tag = "accounts", request_body = RoleMappingPatch,
    responses((status = 200, description = "The mapping as changed.", body = RoleMapping)))]
pub async fn update_role_mapping(
    writer: Writer,
    id: Id,
    versions: IfMatch,
    body: Body<RoleMappingPatch>,
) -> Reply {
    reply::changed(&writer.write(async |conn| queries::update(conn, id.0, &versions.0, &body.0).await).await?)
}

/// Delete a role mapping
///
/// Who was let in by it alone is refused from the next request on, on every server.
#[utoipa::path(delete, path = "/v1/role-mappings/{id}", tag = "accounts",
    responses((status = 204, description = "The mapping is gone.")))]
pub async fn delete_role_mapping(writer: Writer, id: Id, versions: IfMatch) -> Reply {
    writer.write(async |conn| queries::delete(conn, id.0, &versions.0).await).await?;
    reply::deleted()
}
