//! Resolves the attendance record to which each line of a bulk request refers.

use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Bool, Integer, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::AttendanceLine;
use super::request::AttendanceBulk;
use crate::access::Scope;
use crate::db::bulk::{self, Match};
use crate::db::{Error, Statement};
use crate::meetings;
use crate::values::{FieldError, ShortText};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedKey {
    pub(super) meeting_id: Uuid,
    /// The council to which the seat, delegate or visitor belongs.
    pub(super) council_id: Option<Uuid>,
    attendee: Attendee,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Attendee {
    Seat(Uuid),
    Delegate(String),
}

/// The text in place of the council's id in [`ResolvedKey::to_text`], for a visitor without a
/// council. Stored texts contain it, so it must not change.
const NO_COUNCIL: &str = "00000000-0000-0000-0000-000000000000";

impl ResolvedKey {
    /// Returns a text that identifies the attendance record among all attendance records.
    pub(super) fn to_text(&self) -> String {
        let meeting_id = self.meeting_id;
        match &self.attendee {
            Attendee::Seat(seat_id) => format!("{meeting_id}/{seat_id}"),
            Attendee::Delegate(delegate_ref) => {
                let council_id = self.council_id.map_or_else(|| NO_COUNCIL.to_owned(), |id| id.to_string());
                format!("{meeting_id}/{council_id}/{delegate_ref}")
            }
        }
    }

    pub(super) fn seat_id(&self) -> Option<Uuid> {
        if let Attendee::Seat(id) = &self.attendee { Some(*id) } else { None }
    }

    pub(super) fn delegate_ref(&self) -> Option<&str> {
        if let Attendee::Delegate(delegate_ref) = &self.attendee { Some(delegate_ref) } else { None }
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    councils: i64,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    council_id: Option<Uuid>,
    #[diesel(sql_type = BigInt)]
    seats: i64,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    seat_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    seat_council_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    known_meeting_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    known_seat_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    known_council_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    known_delegate_ref: Option<String>,
}

impl Row {
    /// Returns the key of the stored attendance record whose external id the line of the request
    /// names.
    fn known(&self) -> Option<ResolvedKey> {
        let attendee = match self.known_seat_id {
            Some(seat_id) => Attendee::Seat(seat_id),
            None => Attendee::Delegate(self.known_delegate_ref.clone()?),
        };
        Some(ResolvedKey { meeting_id: self.known_meeting_id?, council_id: self.known_council_id, attendee })
    }
}

/// Resolves each line of the request to the key of its attendance record, or to all its field
/// errors. Ignores councils and seats outside the caller's scope, so that a council learns nothing
/// about others.
pub(super) async fn keys(
    conn: &mut AsyncPgConnection,
    resource: &AttendanceBulk<'_>,
    lines: &[&AttendanceLine],
) -> Result<Vec<Result<ResolvedKey, Vec<FieldError>>>, Error> {
    let names: Vec<_> = lines.iter().map(|line| line.meeting()).collect();
    let meetings = meetings::resolve::meetings(conn, resource.named_system, &names).await?;
    let (all, councils) = resource.scope.parts();
    let rows: Vec<Row> = Statement::new(include_str!("sql/resolve.sql"))
        .bind::<Array<Nullable<SqlUuid>>, _>(meetings.iter().map(|meeting| meeting.id()).collect::<Vec<_>>())
        .bind::<Array<Nullable<Text>>, _>(column(lines, |line| line.external_id.as_ref()))
        .bind::<Array<Nullable<SqlUuid>>, _>(column(lines, |line| line.seat_id))
        .bind::<Array<Nullable<Text>>, _>(column(lines, |line| line.seat_external_id.as_ref()))
        .bind::<Array<Nullable<SqlUuid>>, _>(column(lines, |line| line.council_id))
        .bind::<Array<Nullable<Text>>, _>(column(lines, |line| line.council_gss_code.as_ref()))
        .bind::<Array<Nullable<Text>>, _>(column(lines, |line| line.role.as_ref()))
        .bind::<Array<Nullable<Integer>>, _>(column(lines, |line| line.ordinal))
        .bind::<Bool, _>(all)
        .bind::<Array<SqlUuid>, _>(councils)
        .bind::<Nullable<Text>, _>(resource.named_system)
        .bind::<Nullable<Text>, _>(resource.own_system)
        .load(conn)
        .await?;
    bulk::check_row_for_each(lines.len(), rows.len())?;
    let resolved = lines.iter().zip(meetings).zip(rows);
    Ok(resolved.map(|((line, meeting), row)| key(resource, line, meeting, &row)).collect())
}

fn column<'l, T>(lines: &[&'l AttendanceLine], value: impl Fn(&'l AttendanceLine) -> T) -> Vec<T> {
    lines.iter().copied().map(value).collect()
}

/// Resolves one line of the request to the key of its attendance record, or to all its field
/// errors.
fn key(
    resource: &AttendanceBulk<'_>,
    line: &AttendanceLine,
    meeting: Match,
    row: &Row,
) -> Result<ResolvedKey, Vec<FieldError>> {
    let scope = resource.scope;
    if line.external_id.is_some() && resource.own_system.is_none() {
        return Err(vec![bulk::system_required()]);
    }
    let known = row.known();
    if line.is_known_by_key() {
        let visible = known.filter(|known| scope.contains(known.council_id));
        return visible.ok_or_else(|| vec![bulk::unknown_key()]);
    }
    let meeting = line.meeting().meeting_id(meeting);
    let attendee = match &line.delegate_ref {
        Some(delegate_ref) => delegate(scope, line, delegate_ref, row),
        None => seat(line, row),
    };
    let key = match (meeting, attendee) {
        (Ok(meeting_id), Ok((council_id, attendee))) => ResolvedKey { meeting_id, council_id, attendee },
        // A role identifies a seat only within a group, and the group is unknown without the
        // meeting.
        (Err(field_error), _) if line.role.is_some() => return Err(vec![field_error]),
        (meeting, attendee) => return Err(meeting.err().into_iter().chain(attendee.err()).collect()),
    };
    if known.is_some_and(|known| known.to_text() != key.to_text()) {
        return Err(vec![bulk::key_of_another()]);
    }
    Ok(key)
}

type CouncilAttendee = (Option<Uuid>, Attendee);

fn council(line: &AttendanceLine, row: &Row) -> Result<Uuid, FieldError> {
    Match::of(row.councils, row.council_id).council(line.council_id.is_some())
}

fn delegate(
    scope: &Scope,
    line: &AttendanceLine,
    delegate_ref: &ShortText,
    row: &Row,
) -> Result<CouncilAttendee, FieldError> {
    let council_id = line.names_council().then(|| council(line, row)).transpose()?;
    if council_id.is_none() && !scope.contains(None) {
        let detail = "Send the delegate's council as `council_id` or `council_gss_code`. A council may write attendance records for its own delegates only.";
        return Err(FieldError::body("/council_gss_code", "required", detail));
    }
    Ok((council_id, Attendee::Delegate(delegate_ref.as_str().to_owned())))
}

fn seat(line: &AttendanceLine, row: &Row) -> Result<CouncilAttendee, FieldError> {
    let named = line.names_council().then(|| council(line, row)).transpose()?;
    let (field, name) = match line {
        AttendanceLine { seat_id: Some(_), .. } => ("/seat_id", "id"),
        AttendanceLine { seat_external_id: Some(_), .. } => ("/seat_external_id", "external id"),
        _ => ("/role", "role"),
    };
    let none = format!("No seat has this {name} at this meeting, or you have no permission to see the seat.");
    let several = "Several seats match the line of the request. Send an `ordinal`, which distinguishes seats with the same role.";
    let seat_id = Match::of(row.seats, row.seat_id).one(field, &none, several)?;
    if named.is_some() && named != row.seat_council_id {
        return Err(FieldError::body(field, "unknown_reference", "The seat belongs to another council."));
    }
    Ok((row.seat_council_id, Attendee::Seat(seat_id)))
}
