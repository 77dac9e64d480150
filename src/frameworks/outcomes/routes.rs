//! The operations on outcomes.

use actix_web::HttpRequest;
use actix_web::web::Data;

use super::model::{NewOutcome, Outcome, OutcomeFilter, OutcomePage, OutcomePatch};
use super::queries;
use crate::db::Pool;
use crate::web::{Body, Id, IfMatch, Listing, Reply, Writer, idempotency, reply};

/// List outcomes
///
/// What themes are to bring about.
#[utoipa::path(get, path = "/v1/outcomes", tag = "frameworks", params(Listing<OutcomeFilter>),
    responses((status = 200, description = "A page of outcomes.", body = OutcomePage)))]
pub async fn list_outcomes(request: HttpRequest, pool: Data<Pool>, listing: Listing<OutcomeFilter>) -> Reply {
    let conn = &mut pool.get().await?;
    let Listing { filter, window, .. } = &listing;
    let rows = queries::list(conn, filter, window).await?;
    let total = listing.counted(queries::count(conn, filter, window)).await?;
    let sort = filter.sort.unwrap_or_default();
    listing.reply::<OutcomePage>(&request, rows, total, |outcome| sort.key(outcome))
}

/// Read an outcome
///
/// Its actions are a list of their own: `/v1/actions?outcome_id=`.
#[utoipa::path(get, path = "/v1/outcomes/{id}", tag = "frameworks",
    responses((status = 200, description = "The outcome.", body = Outcome)))]
pub async fn get_outcome(request: HttpRequest, pool: Data<Pool>, id: Id) -> Reply {
    reply::one(&request, &queries::get(&mut *pool.get().await?, id.0).await?)
}

/// Enter an outcome
///
/// It belongs to its theme's framework.
#[utoipa::path(post, path = "/v1/outcomes", tag = "frameworks", request_body = NewOutcome,
    responses((status = 201, description = "The outcome as entered.", body = Outcome)))]
pub async fn create_outcome(request: HttpRequest, writer: Writer, body: Body<NewOutcome>) -> Reply {
    idempotency::created(&request, &writer, async |conn| queries::create(conn, &body.0).await).await
}

/// Change an outcome
///
/// It may move to another theme of the same framework, but not once the plan is agreed and it has targets: 409 `plan_agreed`.
#[utoipa::path(patch, path = "/v1/outcomes/{id}", tag = "frameworks", request_body = OutcomePatch,
    responses((status = 200, description = "The outcome as changed.", body = Outcome)))]
pub async fn update_outcome(writer: Writer, id: Id, versions: IfMatch, body: Body<OutcomePatch>) -> Reply {
    reply::changed(&writer.write(async |conn| queries::update(conn, id.0, &versions.0, &body.0).await).await?)
}

/// Delete an outcome
///
/// Only an outcome without actions.
#[utoipa::path(delete, path = "/v1/outcomes/{id}", tag = "frameworks",
    responses((status = 204, description = "The outcome is gone.")))]
pub async fn delete_outcome(writer: Writer, id: Id, versions: IfMatch) -> Reply {
    writer.write(async |conn| queries::delete(conn, id.0, &versions.0).await).await?;
    reply::deleted()
}
