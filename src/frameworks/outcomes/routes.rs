//! HTTP handlers for outcomes.

use actix_web::HttpRequest;

use super::model::{NewOutcome, Outcome, OutcomeFilter, OutcomePage, OutcomePatch};
use super::queries;
use crate::web::{Body, Id, IfMatch, Listing, ReadPool, Reply, Writer, idempotency, reply};

/// List outcomes
///
/// Returns the outcomes that the themes of frameworks are to achieve.
#[utoipa::path(get, path = "/v1/outcomes", tag = "frameworks", params(Listing<OutcomeFilter>),
    responses((status = 200, description = "A page of outcomes.", body = OutcomePage)))]
pub async fn list_outcomes(request: HttpRequest, pool: ReadPool, listing: Listing<OutcomeFilter>) -> Reply {
    let conn = &mut pool.get().await?;
    let Listing { filter, page, .. } = &listing;
    let rows = queries::list(conn, filter, page).await?;
    let total = listing.counted(queries::count(conn, filter, page)).await?;
    let sort = filter.sort.unwrap_or_default();
    listing.reply::<OutcomePage>(&request, rows, total, |outcome| sort.key(outcome))
}

/// Get an outcome
///
/// Returns the outcome without its actions. To list its actions, use `/v1/actions?outcome_id=`.
#[utoipa::path(get, path = "/v1/outcomes/{id}", tag = "frameworks",
    responses((status = 200, description = "The outcome.", body = Outcome)))]
pub async fn get_outcome(request: HttpRequest, pool: ReadPool, id: Id) -> Reply {
    reply::one(&request, &queries::get(&mut *pool.get().await?, id.0).await?)
}

/// Create an outcome
///
/// The new outcome belongs to the framework of its theme. Fails with 409 `already_exists` if
/// another outcome in the framework has the same `code`.
#[utoipa::path(post, path = "/v1/outcomes", tag = "frameworks", request_body = NewOutcome,
    responses((status = 201, description = "The outcome as created.", body = Outcome)))]
pub async fn create_outcome(request: HttpRequest, writer: Writer, body: Body<NewOutcome>) -> Reply {
    idempotency::created(&request, &writer, async |conn| queries::create(conn, &body.0).await).await
}

/// Update an outcome
///
/// An outcome may move to another theme in the same framework. The move fails with 409
/// `plan_agreed` if the plan is agreed and the outcome has targets.
#[utoipa::path(patch, path = "/v1/outcomes/{id}", tag = "frameworks", request_body = OutcomePatch,
    responses((status = 200, description = "The outcome as updated.", body = Outcome)))]
pub async fn update_outcome(writer: Writer, id: Id, versions: IfMatch, body: Body<OutcomePatch>) -> Reply {
    reply::changed(&writer.write(async |conn| queries::update(conn, id.0, &versions.0, &body.0).await).await?)
}

/// Delete an outcome
///
/// Fails with 409 `in_use` while an action references the outcome.
#[utoipa::path(delete, path = "/v1/outcomes/{id}", tag = "frameworks",
    responses((status = 204, description = "The outcome was deleted.")))]
pub async fn delete_outcome(writer: Writer, id: Id, versions: IfMatch) -> Reply {
    writer.write(async |conn| queries::delete(conn, id.0, &versions.0).await).await?;
    reply::deleted()
}
