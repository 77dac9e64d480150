//! The operations on lines of attendance.

use actix_web::HttpRequest;
use actix_web::web::Data;
use diesel_async::AsyncPgConnection;

use super::model::{Attendance, AttendanceFilter, AttendancePage, AttendancePatch, NewAttendance};
use super::queries;
use crate::db::Pool;
use crate::web::{Body, Caller, Id, IfMatch, Listing, Reply, Writer, disclosure, idempotency, reply};

/// List attendance
///
/// Registers' lines. Attendees' names are shown to staff, and to a council for its own lines. A council reads no notes of another council and no external ids of other systems.
#[utoipa::path(get, path = "/v1/attendance", tag = "meetings", params(Listing<AttendanceFilter>),
    responses((status = 200, description = "A page of lines of attendance.", body = AttendancePage)))]
pub async fn list_attendance(
    request: HttpRequest,
    pool: Data<Pool>,
    caller: Caller,
    listing: Listing<AttendanceFilter>,
) -> Reply {
    let conn = &mut pool.get().await?;
    let view = caller.visibility();
    let Listing { filter, window, .. } = &listing;
    let rows = queries::list(conn, &view, filter, window).await?;
    let total = listing.counted(queries::count(conn, &view, filter, window)).await?;
    disclosure::note(&request, "attendance", &rows);
    let sort = filter.sort.unwrap_or_default();
    listing.reply::<AttendancePage>(&request, rows, total, |line| sort.key(line))
}

/// Read a line of attendance
///
/// Attendees' names are shown to staff, and to a council for its own lines. A council reads no notes of another council and no external ids of other systems.
#[utoipa::path(get, path = "/v1/attendance/{id}", tag = "meetings",
    responses((status = 200, description = "The line of attendance.", body = Attendance)))]
pub async fn get_attendance(request: HttpRequest, pool: Data<Pool>, caller: Caller, id: Id) -> Reply {
    let line = queries::get(&mut *pool.get().await?, &caller.visibility(), id.0).await?;
    disclosure::note(&request, "attendance", [&line]);
    reply::one(&request, &line)
}

/// Enter a line of attendance
///
/// A council enters lines for its own seats and delegates, while the register is open. A seat must be one of the group that meets, and held on the meeting's date; a cancelled meeting takes no lines.
#[utoipa::path(post, path = "/v1/attendance", tag = "meetings", request_body = NewAttendance,
    responses((status = 201, description = "The line of attendance as entered.", body = Attendance)))]
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

/// Change a line of attendance
///
/// A council changes its own lines, while the register is open.
#[utoipa::path(patch, path = "/v1/attendance/{id}", tag = "meetings", request_body = AttendancePatch,
    responses((status = 200, description = "The line of attendance as changed.", body = Attendance)))]
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
    disclosure::note(&request, "attendance", [&line]);
    reply::changed(&line)
}

/// Delete a line of attendance
///
/// A council deletes its own lines, while the register is open.
#[utoipa::path(delete, path = "/v1/attendance/{id}", tag = "meetings",
    responses((status = 204, description = "The line of attendance is gone.")))]
pub async fn delete_attendance(writer: Writer, caller: Caller, id: Id, versions: IfMatch) -> Reply {
    writer.write(async |conn| queries::delete(conn, &caller.writes(), id.0, &versions.0).await).await?;
    reply::deleted()
}
