//! HTTP handlers for progress entries.

use actix_web::HttpRequest;
use diesel_async::AsyncPgConnection;

use super::model::{NewProgress, Progress, ProgressFilter, ProgressPage, ProgressPatch};
use super::queries;
use crate::values::ShortText;
use crate::web::{
    Body, Caller, Id, IfMatch, Listing, ReadPool, Reply, Writer, check_order, idempotency, reply,
};

/// List progress entries
///
/// Returns the dated entries of targets, including entries that a correction replaces. A council
/// does not read notes on other councils' entries. A council's client reads external ids of its own
/// external system only. A council's user reads external ids of the council's own entries only.
#[utoipa::path(get, path = "/v1/progress", tag = "progress", params(Listing<ProgressFilter>),
    responses((status = 200, description = "A page of progress entries.", body = ProgressPage)))]
pub async fn list_progress(
    request: HttpRequest,
    pool: ReadPool,
    caller: Caller,
    listing: Listing<ProgressFilter>,
) -> Reply {
    let conn = &mut pool.get().await?;
    let view = caller.visibility();
    let Listing { filter, page, .. } = &listing;
    check_order("occurred_until", filter.occurred_from, filter.occurred_until)?;
    let rows = queries::list(conn, &view, filter, page).await?;
    let total = listing.counted(queries::count(conn, &view, filter, page)).await?;
    let sort = filter.sort.unwrap_or_default();
    listing.reply::<ProgressPage>(&request, rows, total, |entry| sort.key(entry))
}

/// Get a progress entry
///
/// Returns the entry. `supersedes_id` is the id of the entry that it corrects, and
/// `superseded_by_id` is the id of its correction.
#[utoipa::path(get, path = "/v1/progress/{id}", tag = "progress",
    responses((status = 200, description = "The progress entry.", body = Progress)))]
pub async fn get_progress(request: HttpRequest, pool: ReadPool, caller: Caller, id: Id) -> Reply {
    let view = caller.visibility();
    reply::one(&request, &queries::get(&mut *pool.get().await?, &view, id.0).await?)
}

/// Create a progress entry
///
/// An entry with a value must be of the kind that the target's measure uses; otherwise the request
/// fails with 422 `does_not_fit_the_measure`. Narratives, judgements and claims are allowed for
/// every measure. To correct an entry, send its id in `supersedes_id`. Fails with 409
/// `already_exists` if that entry has a correction. A council creates coverage of itself only, for
/// targets whose coverage councils report; otherwise the request fails with 403. Fails with 409
/// `period_published` if the date is in a published period.
#[utoipa::path(post, path = "/v1/progress", tag = "progress", request_body = NewProgress,
    responses((status = 201, description = "The progress entry as created.", body = Progress)))]
pub async fn create_progress(
    request: HttpRequest,
    writer: Writer,
    caller: Caller,
    body: Body<NewProgress>,
) -> Reply {
    caller.check_keys(body.0.external_ids.as_ref())?;
    let author = ShortText::from(caller.subject.as_str());
    let (scope, view) = (caller.writes(), caller.visibility());
    let make =
        async |conn: &mut AsyncPgConnection| queries::create(conn, &scope, &view, &author, &body.0).await;
    idempotency::created(&request, &writer, make).await
}

/// Update a progress entry
///
/// Changes the entry's source, note, URL and external ids. To correct what the entry states, create
/// a new entry with `supersedes_id`. A council updates coverage of itself only, for targets whose
/// coverage councils report; otherwise the request fails with 403.
#[utoipa::path(patch, path = "/v1/progress/{id}", tag = "progress", request_body = ProgressPatch,
    responses((status = 200, description = "The progress entry as updated.", body = Progress)))]
pub async fn update_progress(
    writer: Writer,
    caller: Caller,
    id: Id,
    versions: IfMatch,
    body: Body<ProgressPatch>,
) -> Reply {
    caller.check_keys(body.0.external_ids.as_ref())?;
    let (scope, keys, view) = (caller.writes(), caller.key_scope(), caller.visibility());
    let update = async |conn: &mut AsyncPgConnection| {
        queries::update(conn, &scope, &keys, &view, id.0, &versions.0, &body.0).await
    };
    reply::changed(&writer.write(update).await?)
}

/// Delete a progress entry
///
/// Fails with 409 `in_use` while another entry corrects this entry. Delete that correction first.
/// Fails with 409 `period_published` if the date is in a published period.
#[utoipa::path(delete, path = "/v1/progress/{id}", tag = "progress",
    responses((status = 204, description = "The progress entry was deleted.")))]
pub async fn delete_progress(writer: Writer, caller: Caller, id: Id, versions: IfMatch) -> Reply {
    writer.write(async |conn| queries::delete(conn, &caller.writes(), id.0, &versions.0).await).await?;
    reply::deleted()
}
