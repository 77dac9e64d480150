//! The operations on meetings.

use actix_web::HttpRequest;
use actix_web::web::Data;

use super::model::{Meeting, MeetingFilter, MeetingPage, MeetingPatch, NewMeeting};
use super::queries;
use crate::db::Pool;
use crate::web::{Body, Caller, Id, IfMatch, Listing, Reply, Writer, check_window, idempotency, reply};

/// List meetings
///
/// A council's system asks `?register=open&council_id=` for the registers it still owes lines to.
#[utoipa::path(get, path = "/v1/meetings", tag = "meetings", params(Listing<MeetingFilter>),
    responses((status = 200, description = "A page of meetings.", body = MeetingPage)))]
pub async fn list_meetings(
    request: HttpRequest,
    pool: Data<Pool>,
    caller: Caller,
    listing: Listing<MeetingFilter>,
) -> Reply {
    let conn = &mut pool.get().await?;
    let view = caller.visibility();
    let Listing { filter, window, .. } = &listing;
    check_window("held_until", filter.held_from, filter.held_until)?;
    let rows = queries::list(conn, &view, filter, window).await?;
    let total = listing.counted(queries::count(conn, &view, filter, window)).await?;
    let sort = filter.sort.unwrap_or_default();
    listing.reply::<MeetingPage>(&request, rows, total, |meeting| sort.key(meeting))
}

/// Read a meeting
///
/// With what it was to be given. Its register is a list of its own: `/v1/attendance?meeting_id=`.
#[utoipa::path(get, path = "/v1/meetings/{id}", tag = "meetings",
    responses((status = 200, description = "The meeting.", body = Meeting)))]
pub async fn get_meeting(request: HttpRequest, pool: Data<Pool>, caller: Caller, id: Id) -> Reply {
    let view = caller.visibility();
    reply::one(&request, &queries::get(&mut *pool.get().await?, &view, id.0).await?)
}

/// Enter a meeting
///
/// A group's meeting has a register of seats; an event without a group has a register of councils' delegates. A second meeting of the same group, day and title is refused with 409 `already_exists`, which names the first; `one_of_several` says that there were several.
#[utoipa::path(post, path = "/v1/meetings", tag = "meetings", request_body = NewMeeting,
    responses((status = 201, description = "The meeting as entered.", body = Meeting)))]
pub async fn create_meeting(request: HttpRequest, writer: Writer, body: Body<NewMeeting>) -> Reply {
    idempotency::created(&request, &writer, async |conn| queries::create(conn, &body.0).await).await
}

/// Change a meeting
///
/// Say what became of it, and close its register when all lines are in: until then no rate counts it.
#[utoipa::path(patch, path = "/v1/meetings/{id}", tag = "meetings", request_body = MeetingPatch,
    responses((status = 200, description = "The meeting as changed.", body = Meeting)))]
pub async fn update_meeting(writer: Writer, id: Id, versions: IfMatch, body: Body<MeetingPatch>) -> Reply {
    reply::changed(&writer.write(async |conn| queries::update(conn, id.0, &versions.0, &body.0).await).await?)
}

/// Delete a meeting
///
/// Only a meeting on which nothing rests: no attendance, no evaluation, no action. A meeting that did not take place is cancelled, not deleted.
#[utoipa::path(delete, path = "/v1/meetings/{id}", tag = "meetings",
    responses((status = 204, description = "The meeting is gone.")))]
pub async fn delete_meeting(writer: Writer, id: Id, versions: IfMatch) -> Reply {
    writer.write(async |conn| queries::delete(conn, id.0, &versions.0).await).await?;
    reply::deleted()
}
