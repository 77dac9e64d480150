//! HTTP handlers for groups.

use actix_web::HttpRequest;

use super::model::{Group, GroupFilter, GroupPage, GroupPatch, NewGroup};
use super::queries;
use crate::web::{Body, Caller, Id, IfMatch, Listing, ReadPool, Reply, Writer, idempotency, reply};

/// List groups
///
/// Returns bodies that meet, such as committees and networks, and cohorts of people.
#[utoipa::path(get, path = "/v1/groups", tag = "groups", params(Listing<GroupFilter>),
    responses((status = 200, description = "A page of groups.", body = GroupPage)))]
pub async fn list_groups(
    request: HttpRequest,
    pool: ReadPool,
    caller: Caller,
    listing: Listing<GroupFilter>,
) -> Reply {
    let conn = &mut pool.get().await?;
    let view = caller.visibility();
    let Listing { filter, page, .. } = &listing;
    let rows = queries::list(conn, &view, filter, page).await?;
    let total = listing.counted(queries::count(conn, &view, filter, page)).await?;
    let sort = filter.sort.unwrap_or_default();
    listing.reply::<GroupPage>(&request, rows, total, |group| sort.key(group))
}

/// Get a group
///
/// Returns the group without its seats. To list its seats, use `/v1/seats?group_id=`.
#[utoipa::path(get, path = "/v1/groups/{id}", tag = "groups",
    responses((status = 200, description = "The group.", body = Group)))]
pub async fn get_group(request: HttpRequest, pool: ReadPool, caller: Caller, id: Id) -> Reply {
    let view = caller.visibility();
    reply::one(&request, &queries::get(&mut *pool.get().await?, &view, id.0).await?)
}

/// Create a group
///
/// Afterwards, create the group's seats and meetings. Fails with 409 `already_exists` if another
/// group has the same `code` or one of the external ids.
#[utoipa::path(post, path = "/v1/groups", tag = "groups", request_body = NewGroup,
    responses((status = 201, description = "The group as created.", body = Group)))]
pub async fn create_group(request: HttpRequest, writer: Writer, body: Body<NewGroup>) -> Reply {
    idempotency::created(&request, &writer, async |conn| queries::create(conn, &body.0).await).await
}

/// Update a group
///
/// If another body takes over the group, set `responsible_until` and `handed_to`. Figures then do
/// not count later meetings of the group. Fails with 409 `period_published` if the change affects a
/// published period.
#[utoipa::path(patch, path = "/v1/groups/{id}", tag = "groups", request_body = GroupPatch,
    responses((status = 200, description = "The group as updated.", body = Group)))]
pub async fn update_group(writer: Writer, id: Id, versions: IfMatch, body: Body<GroupPatch>) -> Reply {
    reply::changed(&writer.write(async |conn| queries::update(conn, id.0, &versions.0, &body.0).await).await?)
}

/// Delete a group
///
/// Fails with 409 `in_use` while a seat, a meeting, an action or a target references the group.
#[utoipa::path(delete, path = "/v1/groups/{id}", tag = "groups",
    responses((status = 204, description = "The group was deleted.")))]
pub async fn delete_group(writer: Writer, id: Id, versions: IfMatch) -> Reply {
    writer.write(async |conn| queries::delete(conn, id.0, &versions.0).await).await?;
    reply::deleted()
}
