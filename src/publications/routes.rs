//! HTTP handlers for publications.

use actix_web::HttpRequest;

use super::model::{NewPublication, Publication, PublicationFilter, PublicationPage, PublicationPatch};
use super::queries::{self, PublicationView};
use crate::web::{Body, Caller, Id, IfMatch, Listing, ReadPool, Reply, Writer, idempotency, reply};

pub(super) const fn view_of(caller: &Caller) -> PublicationView {
    PublicationView::of(caller.is_staff())
}

/// List publications
///
/// Returns publications, by default with the latest day first. Only the association's staff see
/// drafts and approved publications.
#[utoipa::path(get, path = "/v1/publications", tag = "publications", params(Listing<PublicationFilter>),
    responses((status = 200, description = "Returns a page of publications.", body = PublicationPage)))]
pub async fn list_publications(
    request: HttpRequest,
    pool: ReadPool,
    caller: Caller,
    listing: Listing<PublicationFilter>,
) -> Reply {
    let conn = &mut pool.get().await?;
    let Listing { filter, page, .. } = &listing;
    let rows = queries::list(conn, view_of(&caller), filter, page).await?;
    let total = listing.counted(queries::count(conn, view_of(&caller), filter, page)).await?;
    let sort = filter.sort.unwrap_or_default();
    listing.reply::<PublicationPage>(&request, rows, total, |publication| sort.key(publication))
}

/// Get a publication
///
/// Returns who sealed, approved, published and reopened the publication, and the digest of its
/// content.
///
/// Only the association's staff see drafts and approved publications. Other callers get 404
/// `not_found`.
#[utoipa::path(get, path = "/v1/publications/{id}", tag = "publications",
    responses((status = 200, description = "Returns the publication.", body = Publication)))]
pub async fn get_publication(request: HttpRequest, pool: ReadPool, caller: Caller, id: Id) -> Reply {
    reply::one(&request, &queries::get(&mut *pool.get().await?, view_of(&caller), id.0).await?)
}

/// Seal a framework's metrics
///
/// Creates a draft with the summary, the metrics and the explanations of one day, derived from the
/// records known now. The sealed content never changes. Another person approves the draft, and then
/// somebody publishes it. A published publication is visible to everybody, and writes that would
/// change its figures are refused.
///
/// Fails with 409 `framework_draft` while the plan is a draft. Fails with 422 `unknown_reference`
/// if the framework does not exist. Fails with 422 `in_the_future` if the day is in the future.
/// Fails with 422 `outside_the_plan_period` if the day is outside the plan period.
#[utoipa::path(post, path = "/v1/publications", tag = "publications", request_body = NewPublication,
    responses((status = 201, description = "Returns the draft.", body = Publication)))]
pub async fn create_publication(request: HttpRequest, writer: Writer, body: Body<NewPublication>) -> Reply {
    idempotency::created(&request, &writer, async |conn| queries::create(conn, &body.0).await).await
}

/// Approve, publish or reopen a publication
///
/// Changes the status of a publication, or the title of a draft. `If-Match` names the version that
/// the caller has seen. The person who sets the status `approved` must not be the person who sealed
/// the publication. The status `draft` withdraws an approval. The status `published` closes the
/// period to writes. The status `reopened` opens the period to writes again and needs a
/// `reopened_reason`.
///
/// Fails with 409 `second_person_required` if the caller approves a publication that the same
/// caller has sealed, or if the approving caller is a client. Fails with 409 `invalid_transition`
/// if the publication cannot change from its status to the requested status. Fails with 409
/// `sealed` if the title would change and the publication is not a draft. Fails with 409
/// `already_exists` if the framework has a published publication for the same day. Fails with 422
/// `reason_required` if `status` is `reopened` without a reason, or if a reason is sent with
/// another status.
#[utoipa::path(patch, path = "/v1/publications/{id}", tag = "publications", request_body = PublicationPatch,
    responses((status = 200, description = "Returns the updated publication.", body = Publication)))]
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
/// Deletes a draft. Fails with 409 `not_a_draft` if the publication is approved, published or
/// reopened.
#[utoipa::path(delete, path = "/v1/publications/{id}", tag = "publications",
    responses((status = 204, description = "The draft is deleted.")))]
pub async fn delete_publication(writer: Writer, id: Id, versions: IfMatch) -> Reply {
    writer.write(async |conn| queries::delete(conn, id.0, &versions.0).await).await?;
    reply::deleted()
}
