//! The operations on targets.

use actix_web::HttpRequest;
use actix_web::web::Data;

use super::model::{NewTarget, Target, TargetFilter, TargetPage, TargetPatch};
use super::queries;
use crate::db::Pool;
use crate::web::{Body, Id, IfMatch, Listing, Reply, Writer, idempotency, reply};

/// List targets
///
/// A target is found by its code: `?framework_id=&code=`.
#[utoipa::path(get, path = "/v1/targets", tag = "frameworks", params(Listing<TargetFilter>),
    responses((status = 200, description = "A page of targets.", body = TargetPage)))]
pub async fn list_targets(request: HttpRequest, pool: Data<Pool>, listing: Listing<TargetFilter>) -> Reply {
    let conn = &mut pool.get().await?;
    let Listing { filter, window, .. } = &listing;
    let rows = queries::list(conn, filter, window).await?;
    let total = listing.counted(queries::count(conn, filter, window)).await?;
    let sort = filter.sort.unwrap_or_default();
    listing.reply::<TargetPage>(&request, rows, total, |target| sort.key(target))
}

/// Read a target
///
/// The promise itself; `/v1/targets/{id}/metric` is how it stands.
#[utoipa::path(get, path = "/v1/targets/{id}", tag = "frameworks",
    responses((status = 200, description = "The target.", body = Target)))]
pub async fn get_target(request: HttpRequest, pool: Data<Pool>, id: Id) -> Reply {
    reply::one(&request, &queries::get(&mut *pool.get().await?, id.0).await?)
}

/// Enter a target
///
/// A cell of the plan with two promises is two targets. A promise shared by two actions is one target that hangs on both.
/// The points of a profile lie within the plan year and, like an absolute tolerance, within the threshold of an at-least
/// target. A closed framework takes no more targets: 409 `plan_agreed`.
#[utoipa::path(post, path = "/v1/targets", tag = "frameworks", request_body = NewTarget,
    responses((status = 201, description = "The target as entered.", body = Target)))]
pub async fn create_target(request: HttpRequest, writer: Writer, body: Body<NewTarget>) -> Reply {
    idempotency::created(&request, &writer, async |conn| queries::create(conn, &body.0).await).await
}

/// Change a target
///
/// In an active or closed framework only what describes a target changes: 409 `plan_agreed` for every part that can alter a figure or a colour. A threshold changes by a revision.
#[utoipa::path(patch, path = "/v1/targets/{id}", tag = "frameworks", request_body = TargetPatch,
    responses((status = 200, description = "The target as changed.", body = Target)))]
pub async fn update_target(writer: Writer, id: Id, versions: IfMatch, body: Body<TargetPatch>) -> Reply {
    reply::changed(&writer.write(async |conn| queries::update(conn, id.0, &versions.0, &body.0).await).await?)
}

/// Delete a target
///
/// Only a target on which nothing rests: no progress, no revision, no later target that continues it. A target that was agreed stays: 409 `plan_agreed`.
#[utoipa::path(delete, path = "/v1/targets/{id}", tag = "frameworks",
    responses((status = 204, description = "The target is gone.")))]
pub async fn delete_target(writer: Writer, id: Id, versions: IfMatch) -> Reply {
    writer.write(async |conn| queries::delete(conn, id.0, &versions.0).await).await?;
    reply::deleted()
}
