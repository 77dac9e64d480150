//! HTTP handlers for targets.

use actix_web::HttpRequest;

use super::model::{NewTarget, Target, TargetFilter, TargetPage, TargetPatch};
use super::queries;
use crate::web::{Body, Id, IfMatch, Listing, ReadPool, Reply, Writer, idempotency, reply};

/// List targets
///
/// To find a target by its code, send `?framework_id=&code=`.
#[utoipa::path(get, path = "/v1/targets", tag = "frameworks", params(Listing<TargetFilter>),
    responses((status = 200, description = "A page of targets.", body = TargetPage)))]
pub async fn list_targets(request: HttpRequest, pool: ReadPool, listing: Listing<TargetFilter>) -> Reply {
    let conn = &mut pool.get().await?;
    let Listing { filter, page, .. } = &listing;
    let rows = queries::list(conn, filter, page).await?;
    let total = listing.counted(queries::count(conn, filter, page)).await?;
    let sort = filter.sort.unwrap_or_default();
    listing.reply::<TargetPage>(&request, rows, total, |target| sort.key(target))
}

/// Get a target
///
/// Returns the target as the plan states it. For its value and status, use
/// `/v1/targets/{id}/metric`.
#[utoipa::path(get, path = "/v1/targets/{id}", tag = "frameworks",
    responses((status = 200, description = "The target.", body = Target)))]
pub async fn get_target(request: HttpRequest, pool: ReadPool, id: Id) -> Reply {
    reply::one(&request, &queries::get(&mut *pool.get().await?, id.0).await?)
}

/// Create a target
///
/// If one cell of the published plan contains two targets, create two targets. If two actions share
/// a target, create one target with both actions. All dates in a profile must be within the plan
/// period. If the aim is `at_least`, no value in a profile and no absolute tolerance may exceed the
/// threshold. Fails with 409 `plan_agreed` if the framework is closed. Fails with 409
/// `already_exists` if another target in the framework has the same `code`.
#[utoipa::path(post, path = "/v1/targets", tag = "frameworks", request_body = NewTarget,
    responses((status = 201, description = "The target as created.", body = Target)))]
pub async fn create_target(request: HttpRequest, writer: Writer, body: Body<NewTarget>) -> Reply {
    idempotency::created(&request, &writer, async |conn| queries::create(conn, &body.0).await).await
}

/// Update a target
///
/// In an active or closed framework, only fields that change no figure may change. Fails with 409
/// `plan_agreed` if a change could alter a figure or a status. To change a threshold in an agreed
/// plan, create a revision.
#[utoipa::path(patch, path = "/v1/targets/{id}", tag = "frameworks", request_body = TargetPatch,
    responses((status = 200, description = "The target as updated.", body = Target)))]
pub async fn update_target(writer: Writer, id: Id, versions: IfMatch, body: Body<TargetPatch>) -> Reply {
    reply::changed(&writer.write(async |conn| queries::update(conn, id.0, &versions.0, &body.0).await).await?)
}

/// Delete a target
///
/// Fails with 409 `in_use` while a progress entry, a revision, a publication or a later target
/// references the target. Fails with 409 `plan_agreed` if the target was part of the plan when it
/// was agreed.
#[utoipa::path(delete, path = "/v1/targets/{id}", tag = "frameworks",
    responses((status = 204, description = "The target was deleted.")))]
pub async fn delete_target(writer: Writer, id: Id, versions: IfMatch) -> Reply {
    writer.write(async |conn| queries::delete(conn, id.0, &versions.0).await).await?;
    reply::deleted()
}
