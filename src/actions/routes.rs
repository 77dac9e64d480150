//! HTTP handlers for actions.

use actix_web::HttpRequest;

use super::model::{Action, ActionFilter, ActionPage, ActionPatch, NewAction};
use super::queries;
use crate::web::{Body, Id, IfMatch, Listing, ReadPool, Reply, Writer, idempotency, reply};

/// List actions
///
/// To find an action by its code, send `?framework_id=&code=`.
#[utoipa::path(get, path = "/v1/actions", tag = "frameworks", params(Listing<ActionFilter>),
    responses((status = 200, description = "A page of actions.", body = ActionPage)))]
pub async fn list_actions(request: HttpRequest, pool: ReadPool, listing: Listing<ActionFilter>) -> Reply {
    let conn = &mut pool.get().await?;
    let Listing { filter, page, .. } = &listing;
    let rows = queries::list(conn, filter, page).await?;
    let total = listing.counted(queries::count(conn, filter, page)).await?;
    let sort = filter.sort.unwrap_or_default();
    listing.reply::<ActionPage>(&request, rows, total, |action| sort.key(action))
}

/// Get an action
///
/// Returns the action with its groups and its linked meetings.
#[utoipa::path(get, path = "/v1/actions/{id}", tag = "frameworks",
    responses((status = 200, description = "The action.", body = Action)))]
pub async fn get_action(request: HttpRequest, pool: ReadPool, id: Id) -> Reply {
    reply::one(&request, &queries::get(&mut *pool.get().await?, id.0).await?)
}

/// Create an action
///
/// The meetings of the action's groups count for the action while the association runs the groups.
/// Single meetings that are linked to the action count, too. Figures count these meetings within
/// the plan period only. Fails with 409 `already_exists` if another action in the framework has the
/// same `code`.
#[utoipa::path(post, path = "/v1/actions", tag = "frameworks", request_body = NewAction,
    responses((status = 201, description = "The action as created.", body = Action)))]
pub async fn create_action(request: HttpRequest, writer: Writer, body: Body<NewAction>) -> Reply {
    idempotency::created(&request, &writer, async |conn| queries::create(conn, &body.0).await).await
}

/// Update an action
///
/// An action may move to another outcome in the same framework. Fails with 409 `plan_agreed` if the
/// groups or the outcome change while the plan is agreed and the action has targets. Single
/// meetings may be linked at any time.
#[utoipa::path(patch, path = "/v1/actions/{id}", tag = "frameworks", request_body = ActionPatch,
    responses((status = 200, description = "The action as updated.", body = Action)))]
pub async fn update_action(writer: Writer, id: Id, versions: IfMatch, body: Body<ActionPatch>) -> Reply {
    reply::changed(&writer.write(async |conn| queries::update(conn, id.0, &versions.0, &body.0).await).await?)
}

/// Delete an action
///
/// Fails with 409 `in_use` while a target references the action.
#[utoipa::path(delete, path = "/v1/actions/{id}", tag = "frameworks",
    responses((status = 204, description = "The action was deleted.")))]
pub async fn delete_action(writer: Writer, id: Id, versions: IfMatch) -> Reply {
    writer.write(async |conn| queries::delete(conn, id.0, &versions.0).await).await?;
    reply::deleted()
}
