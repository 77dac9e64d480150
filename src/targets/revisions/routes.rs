//! The operations on revisions.

use actix_web::HttpRequest;
use actix_web::web::Data;

use super::model::{NewRevision, Revision, RevisionFilter, RevisionPage, RevisionPatch};
use super::queries;
use crate::db::Pool;
use crate::web::{Body, Id, IfMatch, Listing, Reply, Writer, idempotency, reply};

/// List revisions
///
/// Changes of thresholds, with what was before.
#[utoipa::path(get, path = "/v1/revisions", tag = "frameworks", params(Listing<RevisionFilter>),
    responses((status = 200, description = "A page of revisions.", body = RevisionPage)))]
pub async fn list_revisions(
    request: HttpRequest,
    pool: Data<Pool>,
    listing: Listing<RevisionFilter>,
) -> Reply {
    let conn = &mut pool.get().await?;
    let Listing { filter, window, .. } = &listing;
    let rows = queries::list(conn, filter, window).await?;
    let total = listing.counted(queries::count(conn, filter, window)).await?;
    let sort = filter.sort.unwrap_or_default();
    listing.reply::<RevisionPage>(&request, rows, total, |revision| sort.key(revision))
}

/// Read a revision
///
/// With the threshold it replaced.
#[utoipa::path(get, path = "/v1/revisions/{id}", tag = "frameworks",
    responses((status = 200, description = "The revision.", body = Revision)))]
pub async fn get_revision(request: HttpRequest, pool: Data<Pool>, id: Id) -> Reply {
    reply::one(&request, &queries::get(&mut *pool.get().await?, id.0).await?)
}

/// Enter a revision
///
/// Revisions of a target follow one another in time; each keeps the threshold it replaced. Metrics show the status against both. A new threshold is not smaller than an absolute tolerance of an at-least target; where a profile expects more than it, the threshold is expected.
#[utoipa::path(post, path = "/v1/revisions", tag = "frameworks", request_body = NewRevision,
    responses((status = 201, description = "The revision as entered.", body = Revision)))]
pub async fn create_revision(request: HttpRequest, writer: Writer, body: Body<NewRevision>) -> Reply {
    idempotency::created(&request, &writer, async |conn| queries::create(conn, &body.0).await).await
}

/// Change a revision
///
/// How it is explained may change; its date and threshold stay.
#[utoipa::path(patch, path = "/v1/revisions/{id}", tag = "frameworks", request_body = RevisionPatch,
    responses((status = 200, description = "The revision as changed.", body = Revision)))]
pub async fn update_revision(writer: Writer, id: Id, versions: IfMatch, body: Body<RevisionPatch>) -> Reply {
    reply::changed(&writer.write(async |conn| queries::update(conn, id.0, &versions.0, &body.0).await).await?)
}

/// Delete a revision
///
/// Only a target's last revision: then the one before holds again.
#[utoipa::path(delete, path = "/v1/revisions/{id}", tag = "frameworks",
    responses((status = 204, description = "The revision is gone.")))]
pub async fn delete_revision(writer: Writer, id: Id, versions: IfMatch) -> Reply {
    writer.write(async |conn| queries::delete(conn, id.0, &versions.0).await).await?;
    reply::deleted()
}
