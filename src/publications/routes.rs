//! The operations on publications.

use actix_web::HttpRequest;
use actix_web::web::Data;

use super::model::{NewPublication, Publication, PublicationFilter, PublicationPage, PublicationPatch};
use super::queries::{self, Shown};
use crate::db::Pool;
use crate::web::{Body, Caller, Id, IfMatch, Listing, Reply, Writer, idempotency, reply};

/// What a caller is shown.
pub(super) const fn shown(caller: &Caller) -> Shown {
    Shown::to(caller.is_staff())
}

/// List publications
///
/// Drafts and approved ones are listed to the association's staff alone.
#[utoipa::path(get, path = "/v1/publications", tag = "publications", params(Listing<PublicationFilter>),
    responses((status = 200, description = "A page of publications.", body = PublicationPage)))]
pub async fn list_publications(
    request: HttpRequest,
    pool: Data<Pool>,
    caller: Caller,
    listing: Listing<PublicationFilter>,
) -> Reply {
    let conn = &mut pool.get().await?;
    let Listing { filter, window, .. } = &listing;
    let rows = queries::list(conn, shown(&caller), filter, window).await?;
    let total = listing.counted(queries::count(conn, shown(&caller), filter, window)).await?;
    let sort = filter.sort.unwrap_or_default();
    listing.reply::<PublicationPage>(&request, rows, total, |publication| sort.key(publication))
}

/// Read a publication
///
/// Who sealed, approved, published and reopened it, and the digest of what is sealed.
#[utoipa::path(get, path = "/v1/publications/{id}", tag = "publications",
    responses((status = 200, description = "The publication.", body = Publication)))]
pub async fn get_publication(request: HttpRequest, pool: Data<Pool>, caller: Caller, id: Id) -> Reply {
    reply::one(&request, &queries::get(&mut *pool.get().await?, shown(&caller), id.0).await?)
}

/// Seal a framework's metrics
///
/// A draft with the summary, the metrics and the explanations of a day as they are known now, which the database never lets change. Another person approves it, then it is published: from then on everybody sees it, and its period takes no more writes.
#[utoipa::path(post, path = "/v1/publications", tag = "publications", request_body = NewPublication,
    responses((status = 201, description = "The publication as sealed.", body = Publication)))]
pub async fn create_publication(request: HttpRequest, writer: Writer, body: Body<NewPublication>) -> Reply {
    idempotency::created(&request, &writer, async |conn| queries::create(conn, &body.0).await).await
}

/// Approve, publish or reopen a publication
///
/// Each step names the version that was looked at. `approved` takes another person than the one who sealed it, `draft` withdraws an approval, `published` closes the period, `reopened` opens it again and needs a reason. A draft's title may change.
#[utoipa::path(patch, path = "/v1/publications/{id}", tag = "publications", request_body = PublicationPatch,
    responses((status = 200, description = "The publication as it is now.", body = Publication)))]
pub async fn update_publication(
    writer: Writer,
    id: Id,
    versions: IfMatch,
    body: Body<PublicationPatch>,
) -> Reply {
    reply::changed(&writer.write(async |conn| queries::update(conn, id.0, &versions.0, &body.0).await).await?)
}

/// Delete a publication
///
/// Only a draft: what was approved or published is kept.
#[utoipa::path(delete, path = "/v1/publications/{id}", tag = "publications",
    responses((status = 204, description = "The draft is gone.")))]
pub async fn delete_publication(writer: Writer, id: Id, versions: IfMatch) -> Reply {
    writer.write(async |conn| queries::delete(conn, id.0, &versions.0).await).await?;
    reply::deleted()
}
