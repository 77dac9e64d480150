//! HTTP handlers for revisions.

use actix_web::HttpRequest;

use super::model::{NewRevision, Revision, RevisionFilter, RevisionPage, RevisionPatch};
use super::queries;
use crate::web::{Body, Id, IfMatch, Listing, ReadPool, Reply, Writer, idempotency, reply};

/// List revisions
///
/// Returns dated changes of thresholds, each with the threshold that applied before it.
#[utoipa::path(get, path = "/v1/revisions", tag = "frameworks", params(Listing<RevisionFilter>),
    responses((status = 200, description = "A page of revisions.", body = RevisionPage)))]
pub async fn list_revisions(request: HttpRequest, pool: ReadPool, listing: Listing<RevisionFilter>) -> Reply {
    let conn = &mut pool.get().await?;
    let Listing { filter, page, .. } = &listing;
    let rows = queries::list(conn, filter, page).await?;
    let total = listing.counted(queries::count(conn, filter, page)).await?;
    let sort = filter.sort.unwrap_or_default();
    listing.reply::<RevisionPage>(&request, rows, total, |revision| sort.key(revision))
}

/// Get a revision
///
/// Returns the new threshold and the threshold that applied before it.
#[utoipa::path(get, path = "/v1/revisions/{id}", tag = "frameworks",
    responses((status = 200, description = "The revision.", body = Revision)))]
pub async fn get_revision(request: HttpRequest, pool: ReadPool, id: Id) -> Reply {
    reply::one(&request, &queries::get(&mut *pool.get().await?, id.0).await?)
}

/// Create a revision
///
/// Changes a target's threshold from a date on, and stores the threshold that applied before.
/// Metrics show the status by both thresholds. If the aim is `at_least`, the new threshold must not
/// be smaller than an absolute tolerance. If the target's profile expects more than the new
/// threshold, figures expect the new threshold instead.
///
/// Fails with 409 `framework_draft` if the framework is a draft. Fails with 409 `framework_closed`
/// if the framework is closed. Fails with 409 `later_revision_exists` if the target has a revision
/// on this date or a later date. Fails with 409 `period_published` if the date is in a published
/// period. Fails with 422 `no_threshold` if the target has no threshold. Fails with 422
/// `outside_the_plan_period` if the date is outside the plan period.
#[utoipa::path(post, path = "/v1/revisions", tag = "frameworks", request_body = NewRevision,
    responses((status = 201, description = "The revision as created.", body = Revision)))]
pub async fn create_revision(request: HttpRequest, writer: Writer, body: Body<NewRevision>) -> Reply {
    idempotency::created(&request, &writer, async |conn| queries::create(conn, &body.0).await).await
}

/// Update a revision
///
/// Changes the reason and the reference. The date and the threshold cannot change.
#[utoipa::path(patch, path = "/v1/revisions/{id}", tag = "frameworks", request_body = RevisionPatch,
    responses((status = 200, description = "The revision as updated.", body = Revision)))]
pub async fn update_revision(writer: Writer, id: Id, versions: IfMatch, body: Body<RevisionPatch>) -> Reply {
    reply::changed(&writer.write(async |conn| queries::update(conn, id.0, &versions.0, &body.0).await).await?)
}

/// Delete a revision
///
/// Deletes the latest revision of a target. The threshold before it applies again. Fails with 409
/// `later_revision_exists` if the target has a later revision. Fails with 409 `framework_closed` if
/// the framework is closed. Fails with 409 `period_published` if the date is in a published period.
#[utoipa::path(delete, path = "/v1/revisions/{id}", tag = "frameworks",
    responses((status = 204, description = "The revision was deleted.")))]
pub async fn delete_revision(writer: Writer, id: Id, versions: IfMatch) -> Reply {
    writer.write(async |conn| queries::delete(conn, id.0, &versions.0).await).await?;
    reply::deleted()
}
