//! HTTP handlers for attendance records.

use actix_web::HttpRequest;
use diesel_async::AsyncPgConnection;

use super::model::{Attendance, AttendanceFilter, AttendancePage, AttendancePatch, NewAttendance};
use super::queries;
use crate::web::{
    Body, Caller, Id, IfMatch, Listing, ReadPool, Reply, Writer, disclosure, idempotency, reply,
};

/// List attendance records
///
/// Returns the attendance records of one or more meetings. Staff read the attendees' names, and a
/// council reads the names in its own records. A council does not read notes on other councils'
/// records. A council's client reads external ids of its own external system only. A council's user
/// reads external ids of the council's own records only.
#[utoipa::path(get, path = "/v1/attendance", tag = "meetings", params(Listing<AttendanceFilter>),
    responses((status = 200, description = "A page of attendance records.", body = AttendancePage)))]
pub async fn list_attendance(
    request: HttpRequest,
    pool: ReadPool,
    caller: Caller,
    listing: Listing<AttendanceFilter>,
) -> Reply {
    let conn = &mut pool.get().await?;
    let view = caller.visibility();
    let Listing { filter, page, .. } = &listing;
    let rows = queries::list(conn, &view, filter, page).await?;
    let total = listing.counted(queries::count(conn, &view, filter, page)).await?;
    disclosure::set_rows(&request, "attendance", &rows);
    let sort = filter.sort.unwrap_or_default();
    listing.reply::<AttendancePage>(&request, rows, total, |line| sort.key(line))
}

/// Get an attendance record
///
/// Staff read the attendee's name, and a council reads the name in its own records. A council does
/// not read notes on other councils' records. A council's client reads external ids of its own
/// external system only. A council's user reads external ids of the council's own records only.
#[utoipa::path(get, path = "/v1/attendance/{id}", tag = "meetings",
    responses((status = 200, description = "The attendance record.", body = Attendance)))]
pub async fn get_attendance(request: HttpRequest, pool: ReadPool, caller: Caller, id: Id) -> Reply {
    let line = queries::get(&mut *pool.get().await?, &caller.visibility(), id.0).await?;
    disclosure::set_rows(&request, "attendance", [&line]);
    reply::one(&request, &line)
}

/// Create an attendance record
///
/// A council creates records of its own seats and delegates, while the register is open. Fails with
/// 403 for seats and delegates of other councils. Fails with 409 `register_closed` if the register
/// is not open. Fails with `seat_of_another_group` if the seat belongs to another group than the
/// meeting. Fails with `seat_outside_term` if the seat has no holder on the meeting's date.
///
/// Fails with 409 `meeting_cancelled` if the meeting was cancelled. Fails with 409
/// `register_not_kept` if no register is kept for the meeting. Fails with 409 `already_exists` if
/// the meeting has a record for the seat or delegate. Fails with 409 `period_published` if the
/// meeting is in a published period.
#[utoipa::path(post, path = "/v1/attendance", tag = "meetings", request_body = NewAttendance,
    responses((status = 201, description = "The attendance record as created.", body = Attendance)))]
pub async fn create_attendance(
    request: HttpRequest,
    writer: Writer,
    caller: Caller,
    body: Body<NewAttendance>,
) -> Reply {
    caller.check_keys(body.0.external_ids.as_ref())?;
    let (scope, view) = (caller.writes(), caller.visibility());
    let make = async |conn: &mut AsyncPgConnection| queries::create(conn, &scope, &view, &body.0).await;
    idempotency::created(&request, &writer, make).await
}

/// Update an attendance record
///
/// A council updates its own records, while the register is open. Fails with 403 for records of
/// other councils. Fails with 409 `register_closed` if the register is not open. Fails with 409
/// `period_published` if the status changes and the meeting is in a published period.
#[utoipa::path(patch, path = "/v1/attendance/{id}", tag = "meetings", request_body = AttendancePatch,
    responses((status = 200, description = "The attendance record as updated.", body = Attendance)))]
pub async fn update_attendance(
    request: HttpRequest,
    writer: Writer,
    caller: Caller,
    id: Id,
    versions: IfMatch,
    body: Body<AttendancePatch>,
) -> Reply {
    caller.check_keys(body.0.external_ids.as_ref())?;
    let (scope, keys, view) = (caller.writes(), caller.key_scope(), caller.visibility());
    let update = async |conn: &mut AsyncPgConnection| {
        queries::update(conn, &scope, &keys, &view, id.0, &versions.0, &body.0).await
    };
    let line = writer.write(update).await?;
    disclosure::set_rows(&request, "attendance", [&line]);
    reply::changed(&line)
}

/// Delete an attendance record
///
/// A council deletes its own records, while the register is open. Fails with 403 for records of
/// other councils. Fails with 409 `register_closed` if the register is not open. Fails with 409
/// `period_published` if the meeting is in a published period.
#[utoipa::path(delete, path = "/v1/attendance/{id}", tag = "meetings",
    responses((status = 204, description = "The attendance record was deleted.")))]
pub async fn delete_attendance(writer: Writer, caller: Caller, id: Id, versions: IfMatch) -> Reply {
    writer.write(async |conn| queries::delete(conn, &caller.writes(), id.0, &versions.0).await).await?;
    reply::deleted()
}
