//! HTTP handlers for evaluations.

use actix_web::HttpRequest;

use super::model::{Evaluation, EvaluationFilter, EvaluationPage, EvaluationPatch, NewEvaluation};
use super::queries;
use crate::web::{Body, Caller, Id, IfMatch, Listing, ReadPool, Reply, Writer, idempotency, reply};

/// List evaluations
///
/// An evaluation is about one meeting and one question. It has the number of evaluation forms for
/// each rating.
#[utoipa::path(get, path = "/v1/evaluations", tag = "meetings", params(Listing<EvaluationFilter>),
    responses((status = 200, description = "A page of evaluations.", body = EvaluationPage)))]
pub async fn list_evaluations(
    request: HttpRequest,
    pool: ReadPool,
    caller: Caller,
    listing: Listing<EvaluationFilter>,
) -> Reply {
    let conn = &mut pool.get().await?;
    let view = caller.visibility();
    let Listing { filter, page, .. } = &listing;
    let rows = queries::list(conn, &view, filter, page).await?;
    let total = listing.counted(queries::count(conn, &view, filter, page)).await?;
    let sort = filter.sort.unwrap_or_default();
    listing.reply::<EvaluationPage>(&request, rows, total, |evaluation| sort.key(evaluation))
}

/// Get an evaluation
///
/// Returns the evaluation with the ratings of its scale, worst first, and the number of forms for
/// each rating.
#[utoipa::path(get, path = "/v1/evaluations/{id}", tag = "meetings",
    responses((status = 200, description = "The evaluation.", body = Evaluation)))]
pub async fn get_evaluation(request: HttpRequest, pool: ReadPool, caller: Caller, id: Id) -> Reply {
    let view = caller.visibility();
    reply::one(&request, &queries::get(&mut *pool.get().await?, &view, id.0).await?)
}

/// Create an evaluation
///
/// Each question has its own scale of ratings. An evaluation rate counts the forms with a given
/// rating or a better rating. Fails with 409 `already_exists` if the meeting has an evaluation for
/// this question. Fails with 409 `period_published` if the meeting is in a published period. Fails
/// with 422 `out_of_range` if more forms answered the question than were handed out.
#[utoipa::path(post, path = "/v1/evaluations", tag = "meetings", request_body = NewEvaluation,
    responses((status = 201, description = "The evaluation as created.", body = Evaluation)))]
pub async fn create_evaluation(request: HttpRequest, writer: Writer, body: Body<NewEvaluation>) -> Reply {
    idempotency::created(&request, &writer, async |conn| queries::create(conn, &body.0).await).await
}

/// Update an evaluation
///
/// If `ratings` is sent, it replaces the whole scale. Fails with 409 `period_published` if the
/// meeting is in a published period.
#[utoipa::path(patch, path = "/v1/evaluations/{id}", tag = "meetings", request_body = EvaluationPatch,
    responses((status = 200, description = "The evaluation as updated.", body = Evaluation)))]
pub async fn update_evaluation(
    writer: Writer,
    id: Id,
    versions: IfMatch,
    body: Body<EvaluationPatch>,
) -> Reply {
    reply::changed(&writer.write(async |conn| queries::update(conn, id.0, &versions.0, &body.0).await).await?)
}

/// Delete an evaluation
///
/// Figures no longer count the forms in the deleted evaluation. Fails with 409 `period_published`
/// if the meeting is in a published period.
#[utoipa::path(delete, path = "/v1/evaluations/{id}", tag = "meetings",
    responses((status = 204, description = "The evaluation was deleted.")))]
pub async fn delete_evaluation(writer: Writer, id: Id, versions: IfMatch) -> Reply {
    writer.write(async |conn| queries::delete(conn, id.0, &versions.0).await).await?;
    reply::deleted()
}
