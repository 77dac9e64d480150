//! HTTP handlers for role mappings.

use actix_web::HttpRequest;
use actix_web::web::Data;

use super::model::{NewRoleMapping, RoleMapping, RoleMappingFilter, RoleMappingPage, RoleMappingPatch};
use super::queries;
use crate::db::Pool;
use crate::web::{Body, Id, IfMatch, Listing, Reply, Writer, idempotency, reply};

/// List role mappings
///
/// Returns which groups and app roles of external identity providers get which role.
#[utoipa::path(get, path = "/v1/role-mappings", tag = "accounts", params(Listing<RoleMappingFilter>),
    responses((status = 200, description = "A page of role mappings.", body = RoleMappingPage)))]
pub async fn list_role_mappings(
    request: HttpRequest,
    pool: Data<Pool>,
    listing: Listing<RoleMappingFilter>,
) -> Reply {
    let conn = &mut pool.get().await?;
    let Listing { filter, page, .. } = &listing;
    let rows = queries::list(conn, filter, page).await?;
    let total = listing.counted(queries::count(conn, filter, page)).await?;
    let sort = filter.sort.unwrap_or_default();
    listing.reply::<RoleMappingPage>(&request, rows, total, |mapping| sort.key(mapping))
}

/// Get a role mapping
///
/// Returns the group or app role to which the role mapping applies, and the role that it gives.
#[utoipa::path(get, path = "/v1/role-mappings/{id}", tag = "accounts",
    responses((status = 200, description = "The role mapping.", body = RoleMapping)))]
pub async fn get_role_mapping(request: HttpRequest, pool: Data<Pool>, id: Id) -> Reply {
    reply::one(&request, &queries::get(&mut *pool.get().await?, id.0).await?)
}

/// Create a role mapping
///
/// The server must be configured to accept tokens of the issuer. Otherwise the role mapping never
/// applies. If several role mappings apply to a token, the caller gets the strongest role: admin,
/// officer, council, reporter. A caller with the role `council` acts for all councils of its role
/// mappings. Fails with 409 `already_exists` if another role mapping has the same issuer, claim and
/// value.
#[utoipa::path(post, path = "/v1/role-mappings", tag = "accounts", request_body = NewRoleMapping,
    responses((status = 201, description = "The role mapping as created.", body = RoleMapping)))]
pub async fn create_role_mapping(request: HttpRequest, writer: Writer, body: Body<NewRoleMapping>) -> Reply {
    idempotency::created(&request, &writer, async |conn| queries::create(conn, &body.0).await).await
}

/// Update a role mapping
///
/// On every server, the change applies to all later requests. The issuer, the claim and the value
/// cannot change. Create another role mapping instead.
#[utoipa::path(patch, path = "/v1/role-mappings/{id}", tag = "accounts", request_body = RoleMappingPatch,
    responses((status = 200, description = "The role mapping as updated.", body = RoleMapping)))]
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
/// On every server, later requests are refused if the caller had access only because of this role
/// mapping.
#[utoipa::path(delete, path = "/v1/role-mappings/{id}", tag = "accounts",
    responses((status = 204, description = "The role mapping was deleted.")))]
pub async fn delete_role_mapping(writer: Writer, id: Id, versions: IfMatch) -> Reply {
    writer.write(async |conn| queries::delete(conn, id.0, &versions.0).await).await?;
    reply::deleted()
}
