//! HTTP handlers for meetings.

use actix_web::HttpRequest;

use super::model::{Meeting, MeetingFilter, MeetingPage, MeetingPatch, NewMeeting};
use super::queries;
use crate::web::{
    Body, Caller, Id, IfMatch, Listing, ReadPool, Reply, Writer, check_order, idempotency, reply,
};

/// List meetings
///
/// With `?register=open&council_id=`, a council's client finds the meetings that still need
/// attendance records from the council.
#[utoipa::path(get, path = "/v1/meetings", tag = "meetings", params(Listing<MeetingFilter>),
    responses((status = 200, description = "A page of meetings.", body = MeetingPage)))]
pub async fn list_meetings(
    request: HttpRequest,
    pool: ReadPool,
    caller: Caller,
    listing: Listing<MeetingFilter>,
) -> Reply {
    let conn = &mut pool.get().await?;
    let view = caller.visibility();
    let Listing { filter, page, .. } = &listing;
    check_order("held_until", filter.held_from, filter.held_until)?;
    let rows = queries::list(conn, &view, filter, page).await?;
    let total = listing.counted(queries::count(conn, &view, filter, page)).await?;
    let sort = filter.sort.unwrap_or_default();
    listing.reply::<MeetingPage>(&request, rows, total, |meeting| sort.key(meeting))
}

/// Get a meeting
///
/// Returns the meeting with its deliverables. To list its attendance records, use
/// `/v1/attendance?meeting_id=`.
#[utoipa::path(get, path = "/v1/meetings/{id}", tag = "meetings",
    responses((status = 200, description = "The meeting.", body = Meeting)))]
pub async fn get_meeting(request: HttpRequest, pool: ReadPool, caller: Caller, id: Id) -> Reply {
    let view = caller.visibility();
    reply::one(&request, &queries::get(&mut *pool.get().await?, &view, id.0).await?)
}

/// Create a meeting
///
/// The attendance records of a group's meeting are about seats. An open event has no group, and its
/// attendance records are about delegates of councils. Fails with 409 `already_exists` if the group
/// has a meeting with the same title and date. The error contains the id of that meeting. If there
/// were several, set `one_of_several`. Fails with 409 `period_published` if the meeting is in a
/// published period.
#[utoipa::path(post, path = "/v1/meetings", tag = "meetings", request_body = NewMeeting,
    responses((status = 201, description = "The meeting as created.", body = Meeting)))]
pub async fn create_meeting(request: HttpRequest, writer: Writer, body: Body<NewMeeting>) -> Reply {
    idempotency::created(&request, &writer, async |conn| queries::create(conn, &body.0).await).await
}

/// Update a meeting
///
/// After a meeting, set its `status`. When its register is complete, close it, because rates do not
/// count the meeting before. Fails with 409 `has_attendance` if the meeting has attendance records,
/// and is to be cancelled or to keep no register. Fails with 409 `period_published` if the change
/// affects a published period.
#[utoipa::path(patch, path = "/v1/meetings/{id}", tag = "meetings", request_body = MeetingPatch,
    responses((status = 200, description = "The meeting as updated.", body = Meeting)))]
pub async fn update_meeting(writer: Writer, id: Id, versions: IfMatch, body: Body<MeetingPatch>) -> Reply {
    reply::changed(&writer.write(async |conn| queries::update(conn, id.0, &versions.0, &body.0).await).await?)
}

/// Delete a meeting
///
/// Fails with 409 `in_use` while an attendance record, an evaluation or an action references the
/// meeting. If the meeting did not take place, do not delete it: set its `status` to `cancelled`.
/// Fails with 409 `period_published` if the meeting is in a published period.
#[utoipa::path(delete, path = "/v1/meetings/{id}", tag = "meetings",
    responses((status = 204, description = "The meeting was deleted.")))]
pub async fn delete_meeting(writer: Writer, id: Id, versions: IfMatch) -> Reply {
    writer.write(async |conn| queries::delete(conn, id.0, &versions.0).await).await?;
    reply::deleted()
}
