//! SQL statements for attendance records.

use diesel::dsl::{exists, now};
use diesel::pg::Pg;
use diesel::prelude::{ExpressionMethods, OptionalExtension, QueryDsl};
use diesel::sql_types::{Array, BigInt, Bool, Jsonb, Nullable, Text, Uuid as SqlUuid};
use diesel::{NullableExpressionMethods, QueryableByName};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::{
    Attendance, AttendanceFilter, AttendancePatch, EXTERNAL_IDS, NewAttendance, READ_EXTERNAL_IDS,
};
use crate::access::Scope;
use crate::db::references::explain;
use crate::db::schema::{attendance, attendance_external_ids, meetings};
use crate::db::sql::{fixed, guarded};
use crate::db::{Error, ExternalIdScope, PageRequest, Reference, Visibility, by_external_id};

/// The columns of an attendance record. Attendees' names are null unless the record's council is in
/// the scope `$names`.
macro_rules! columns {
    ($names:expr) => {
        (
            attendance::id,
            attendance::version,
            attendance::created_at,
            attendance::updated_at,
            attendance::meeting_id,
            attendance::seat_id,
            attendance::council_id,
            attendance::delegate_ref,
            guarded::<Nullable<Text>>($names, "attendance.council_id", "attendance.attendee_name", "NULL"),
            attendance::status,
            attendance::note,
            fixed::<Jsonb>(READ_EXTERNAL_IDS),
        )
    };
}

pub async fn list(
    conn: &mut AsyncPgConnection,
    view: &Visibility,
    filter: &AttendanceFilter,
    page: &PageRequest,
) -> Result<Vec<Attendance>, Error> {
    let query = filter.sort.unwrap_or_default().page(matching(view, filter, page), page)?;
    Ok(view.restrict_all(query.select(columns!(&view.names)).load(conn).await?))
}

pub async fn count(
    conn: &mut AsyncPgConnection,
    view: &Visibility,
    filter: &AttendanceFilter,
    page: &PageRequest,
) -> Result<i64, Error> {
    Ok(matching(view, filter, page).count().get_result(conn).await?)
}

fn matching<'f>(
    view: &'f Visibility,
    filter: &'f AttendanceFilter,
    page: &PageRequest,
) -> attendance::BoxedQuery<'f, Pg> {
    let mut query = attendance::table.into_boxed();
    if let Some(meeting) = filter.meeting_id {
        query = query.filter(attendance::meeting_id.eq(meeting));
    }
    if let Some(seat) = filter.seat_id {
        query = query.filter(attendance::seat_id.eq(seat));
    }
    if let Some(council) = filter.council_id {
        query = query.filter(attendance::council_id.eq(council));
    }
    if let Some(status) = filter.status {
        query = query.filter(attendance::status.eq(status));
    }
    by_external_id!(query, filter, view, attendance, attendance_external_ids.attendance_id, of council_id);
    if let Some(since) = page.updated_since {
        query = query.filter(attendance::updated_at.ge(since));
    }
    query
}

pub async fn get(conn: &mut AsyncPgConnection, view: &Visibility, id: Uuid) -> Result<Attendance, Error> {
    Ok(view.restrict(attendance::table.find(id).select(columns!(&view.names)).get_result(conn).await?))
}

/// Inserts an attendance record with the council of its seat. Inserts nothing if the seat is
/// unknown. A council inserts only its own records, while the register is open. Locks the meeting
/// (`FOR SHARE`), so that the register stays open until the transaction ends.
const INSERT: &str = "\
    INSERT INTO attendance (id, meeting_id, seat_id, council_id, delegate_ref, attendee_name, status, note)
    SELECT $1, $2, $3, line.council_id, $5, $6, $7, $8
    FROM (SELECT COALESCE($4, (SELECT s.council_id FROM seats s WHERE s.id = $3)) AS council_id) line
    WHERE ($3 IS NULL OR line.council_id IS NOT NULL)
      AND ($9 OR (line.council_id = ANY($10)
                  AND EXISTS (SELECT FROM meetings m WHERE m.id = $2 AND m.register = 'open' FOR SHARE)))";

pub async fn create(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    view: &Visibility,
    new: &NewAttendance,
) -> Result<Attendance, Error> {
    let id = Uuid::now_v7();
    let created = conn
        .transaction(async |conn| {
            if insert(conn, scope, id, new).await? == 0 {
                return Err(not_inserted_error(conn, scope, new).await?);
            }
            EXTERNAL_IDS.set(conn, id, new.external_ids.as_ref()).await?;
            get(conn, view, id).await
        })
        .await;
    explain(conn, created, &references(new)).await
}

async fn insert(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    id: Uuid,
    new: &NewAttendance,
) -> Result<usize, Error> {
    let (all, councils) = scope.parts();
    diesel::sql_query(INSERT)
        .bind::<SqlUuid, _>(id)
        .bind::<SqlUuid, _>(new.meeting_id)
        .bind::<Nullable<SqlUuid>, _>(new.seat_id)
        .bind::<Nullable<SqlUuid>, _>(new.council_id)
        .bind::<Nullable<Text>, _>(&new.delegate_ref)
        .bind::<Nullable<Text>, _>(&new.attendee_name)
        .bind::<Text, _>(new.status)
        .bind::<Nullable<Text>, _>(&new.note)
        .bind::<Bool, _>(all)
        .bind::<Array<SqlUuid>, _>(councils)
        .execute(conn)
        .await
        .map_err(Error::writing("attendance"))
}

fn references(new: &NewAttendance) -> Vec<Reference> {
    let named = [
        Some(Reference::new("/meeting_id", "meetings", new.meeting_id)),
        new.seat_id.map(|seat| Reference::new("/seat_id", "seats", seat)),
        new.council_id.map(|council| Reference::new("/council_id", "councils", council)),
    ];
    named.into_iter().flatten().collect()
}

const OUTSIDE_SCOPE: Error =
    Error::Forbidden("A council may write attendance records for its own seats and delegates only.");

fn register_closed() -> Error {
    Error::conflict("register_closed", "The register is closed. Ask the association's officers to open it.")
}

#[derive(QueryableByName)]
struct Facts {
    #[diesel(sql_type = Nullable<Text>)]
    register: Option<String>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    council_id: Option<Uuid>,
}

/// Returns the reason why [`INSERT`] inserted nothing: an unknown meeting or seat, a council
/// outside the caller's scope, or a closed register.
async fn not_inserted_error(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    new: &NewAttendance,
) -> Result<Error, Error> {
    let sql = "SELECT (SELECT m.register FROM meetings m WHERE m.id = $1) AS register,
                      COALESCE($3, (SELECT s.council_id FROM seats s WHERE s.id = $2)) AS council_id";
    let facts: Facts = diesel::sql_query(sql)
        .bind::<SqlUuid, _>(new.meeting_id)
        .bind::<Nullable<SqlUuid>, _>(new.seat_id)
        .bind::<Nullable<SqlUuid>, _>(new.council_id)
        .get_result(conn)
        .await?;
    Ok(match (facts.register, facts.council_id) {
        (None, _) => Error::missing_reference("attendance_meeting"),
        (_, None) if new.seat_id.is_some() => Error::missing_reference("attendance_seat"),
        (_, council) if !scope.contains(council) => OUTSIDE_SCOPE,
        _ => register_closed(),
    })
}

/// Updates an attendance record if its version is in `versions`. A council updates only its own
/// records, while the register is open.
pub async fn update(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    keys: &ExternalIdScope,
    view: &Visibility,
    id: Uuid,
    versions: &[i64],
    patch: &AttendancePatch,
) -> Result<Attendance, Error> {
    conn.transaction(async |conn| {
        let (all, councils) = scope.parts();
        let open = meetings::table
            .filter(meetings::id.eq(attendance::meeting_id))
            .filter(meetings::register.eq("open"))
            .for_share();
        let mut change = diesel::update(attendance::table)
            .set((patch, attendance::updated_at.eq(now)))
            .filter(attendance::id.eq(id))
            .filter(attendance::version.eq_any(versions))
            .into_boxed();
        if !all {
            change = change.filter(attendance::council_id.eq_any(councils)).filter(exists(open));
        }
        if change.execute(conn).await.map_err(Error::writing("attendance"))? == 0 {
            return Err(not_touched_error(conn, scope, id).await?);
        }
        EXTERNAL_IDS.set_keys(conn, id, patch.external_ids.as_ref(), keys).await?;
        get(conn, view, id).await
    })
    .await
}

/// Deletes an attendance record if its version is in `versions`. A council deletes only its own
/// records, while the register is open.
pub async fn delete(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    id: Uuid,
    versions: &[i64],
) -> Result<(), Error> {
    let (all, councils) = scope.parts();
    let sql =
        "DELETE FROM attendance a WHERE a.id = $1 AND a.version = ANY($2) AND ($3 OR (a.council_id = ANY($4)
                 AND EXISTS (SELECT FROM meetings m WHERE m.id = a.meeting_id AND m.register = 'open' FOR SHARE)))";
    let gone = diesel::sql_query(sql)
        .bind::<SqlUuid, _>(id)
        .bind::<Array<BigInt>, _>(versions)
        .bind::<Bool, _>(all)
        .bind::<Array<SqlUuid>, _>(councils)
        .execute(conn)
        .await
        .map_err(Error::deleting)?;
    if gone == 0 { Err(not_touched_error(conn, scope, id).await?) } else { Ok(()) }
}

/// Returns the reason why no attendance record was updated or deleted. The record does not exist,
/// the council is outside the caller's scope, the register is closed, or the version is stale.
async fn not_touched_error(conn: &mut AsyncPgConnection, scope: &Scope, id: Uuid) -> Result<Error, Error> {
    let line = attendance::table.inner_join(meetings::table).filter(attendance::id.eq(id));
    let facts: Option<(String, Option<Uuid>)> = line
        .select((meetings::register, attendance::council_id.nullable()))
        .get_result(conn)
        .await
        .optional()?;
    Ok(match facts {
        None => Error::Missing,
        Some((_, council)) if !scope.contains(council) => OUTSIDE_SCOPE,
        Some((register, _)) if *scope != Scope::All && register != "open" => register_closed(),
        Some(_) => Error::Stale,
    })
}
