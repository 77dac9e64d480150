//! HTTP handlers for frameworks.

use actix_web::HttpRequest;

use super::model::{Framework, FrameworkFilter, FrameworkPage, FrameworkPatch, NewFramework};
use super::queries;
use crate::web::{Body, Id, IfMatch, Listing, ReadPool, Reply, Writer, idempotency, reply};

/// List frameworks
///
/// Returns action plans. To find a framework by its code, send `?code=2017-18`.
#[utoipa::path(get, path = "/v1/frameworks", tag = "frameworks", params(Listing<FrameworkFilter>),
    responses((status = 200, description = "A page of frameworks.", body = FrameworkPage)))]
pub async fn list_frameworks(
    request: HttpRequest,
    pool: ReadPool,
    listing: Listing<FrameworkFilter>,
) -> Reply {
    let conn = &mut pool.get().await?;
    let Listing { filter, page, .. } = &listing;
    let rows = queries::list(conn, filter, page).await?;
    let total = listing.counted(queries::count(conn, filter, page)).await?;
    let sort = filter.sort.unwrap_or_default();
    listing.reply::<FrameworkPage>(&request, rows, total, |framework| sort.key(framework))
}

/// Get a framework
///
/// Returns the framework without its themes. To get it with its themes, outcomes, actions and
/// targets, use `/v1/frameworks/{id}/tree`.
#[utoipa::path(get, path = "/v1/frameworks/{id}", tag = "frameworks",
    responses((status = 200, description = "The framework.", body = Framework)))]
pub async fn get_framework(request: HttpRequest, pool: ReadPool, id: Id) -> Reply {
    reply::one(&request, &queries::get(&mut *pool.get().await?, id.0).await?)
}

/// Create a framework
///
/// A new framework is a draft unless `status` is sent. Afterwards, create its themes, outcomes,
/// actions and targets. Fails with 409 `already_exists` if another framework has the same `code`.
/// Fails with 422 `not_a_plan_period` if `plan_until` is not 1 to 60 whole months after `plan_from`.
#[utoipa::path(post, path = "/v1/frameworks", tag = "frameworks", request_body = NewFramework,
    responses((status = 201, description = "The framework as created.", body = Framework)))]
pub async fn create_framework(request: HttpRequest, writer: Writer, body: Body<NewFramework>) -> Reply {
    idempotency::created(&request, &writer, async |conn| queries::create(conn, &body.0).await).await
}

/// Update a framework
///
/// When the framework is active, only a revision changes the threshold of a target. Fails with 409
/// `framework_agreed` if the status would change from `active` or `closed` to `draft`.
#[utoipa::path(patch, path = "/v1/frameworks/{id}", tag = "frameworks", request_body = FrameworkPatch,
    responses((status = 200, description = "The framework as updated.", body = Framework)))]
pub async fn update_framework(
    writer: Writer,
    id: Id,
    versions: IfMatch,
    body: Body<FrameworkPatch>,
) -> Reply {
    reply::changed(&writer.write(async |conn| queries::update(conn, id.0, &versions.0, &body.0).await).await?)
}

/// Delete a framework
///
/// Fails with 409 `in_use` while a theme, a target or a publication references the framework.
#[utoipa::path(delete, path = "/v1/frameworks/{id}", tag = "frameworks",
    responses((status = 204, description = "The framework was deleted.")))]
pub async fn delete_framework(writer: Writer, id: Id, versions: IfMatch) -> Reply {
    writer.write(async |conn| queries::delete(conn, id.0, &versions.0).await).await?;
    reply::deleted()
}
