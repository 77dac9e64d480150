//! Resolves which row each line means.

use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Bool, Integer, Jsonb, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::Serialize;
use uuid::Uuid;

use super::model::AttendanceLine;
use crate::db::Error;
use crate::db::bulk::{self, Match};
use crate::meetings;
use crate::policy::Scope;
use crate::values::{Code, FieldError};

/// The row that a line means: of a seat at a meeting, or of a delegate or visitor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedKey {
    pub(super) meeting_id: Uuid,
    pub(super) seat_id: Option<Uuid>,
    pub(super) council_id: Option<Uuid>,
    pub(super) delegate_ref: Option<String>,
}

impl ResolvedKey {
    /// Returns the key that distinguishes the row from all other rows of attendance.
    pub(super) fn key(&self) -> String {
        let none = Uuid::nil();
        match (&self.delegate_ref, self.seat_id) {
            (Some(delegate), _) => {
                format!("{}/{}/{delegate}", self.meeting_id, self.council_id.unwrap_or(none))
            }
            (None, seat) => format!("{}/{}", self.meeting_id, seat.unwrap_or(none)),
        }
    }
}

#[derive(Serialize)]
struct Input<'l> {
    n: usize,
    meeting_id: Option<Uuid>,
    #[serde(flatten)]
    line: Seated<'l>,
}

#[derive(Serialize)]
struct Seated<'l> {
    external_id: Option<&'l str>,
    seat_id: Option<Uuid>,
    seat_external_id: Option<&'l str>,
    council_id: Option<Uuid>,
    council_gss_code: Option<&'l str>,
    role: Option<&'l str>,
    ordinal: Option<i32>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Integer)]
    n: i32,
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
    /// Returns the row that the line's own key identifies.
    fn known(&self) -> Option<ResolvedKey> {
        Some(ResolvedKey {
            meeting_id: self.known_meeting_id?,
            seat_id: self.known_seat_id,
            council_id: self.known_council_id,
            delegate_ref: self.known_delegate_ref.clone(),
        })
    }
}

/// Returns the rows that lines mean, or every reason why one cannot be resolved. Councils and seats
/// are looked up within the scope, so a council learns nothing about other councils.
pub(super) async fn find(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    named: Option<&Code>,
    own: Option<&Code>,
    lines: &[&AttendanceLine],
) -> Result<Vec<Result<ResolvedKey, Vec<FieldError>>>, Error> {
    let names: Vec<_> = lines.iter().map(|line| line.meeting()).collect();
    let meetings = meetings::named::find(conn, named, &names).await?;
    let given: Vec<Input<'_>> = lines
        .iter()
        .zip(&meetings)
        .enumerate()
        .map(|(n, (line, meeting))| given(n, line, *meeting))
        .collect();
    let given = serde_json::to_value(given).map_err(|error| Error::Internal(error.to_string()))?;
    let (all, councils) = scope.parts();
    let rows: Vec<Row> = diesel::sql_query(include_str!("sql/names.sql"))
        .bind::<Jsonb, _>(given)
        .bind::<Nullable<Text>, _>(named)
        .bind::<Bool, _>(all)
        .bind::<Array<SqlUuid>, _>(councils)
        .bind::<Nullable<Text>, _>(own)
        .load(conn)
        .await?;
    let mut resolved = vec![Err(Vec::new()); lines.len()];
    for row in rows {
        let n = usize::try_from(row.n).unwrap_or(usize::MAX);
        if let (Some(place), Some(line), Some(meeting)) = (resolved.get_mut(n), lines.get(n), meetings.get(n))
        {
            *place = judge(scope, own, line, *meeting, &row);
        }
    }
    Ok(resolved)
}

fn given<'l>(n: usize, line: &'l AttendanceLine, meeting: Match) -> Input<'l> {
    let meeting_id = match meeting {
        Match::One(id) => Some(id),
        Match::None | Match::Several => None,
    };
    let line = Seated {
        external_id: line.external_id.as_ref().map(|key| key.as_str()),
        seat_id: line.seat_id,
        seat_external_id: line.seat_external_id.as_ref().map(|key| key.as_str()),
        council_id: line.council_id,
        council_gss_code: line.council_gss_code.as_ref().map(|code| code.as_str()),
        role: line.role.as_ref().map(|role| role.as_str()),
        ordinal: line.ordinal,
    };
    Input { n, meeting_id, line }
}

/// Returns the row that a line means, or every field error in how it names the row.
fn judge(
    scope: &Scope,
    own: Option<&Code>,
    line: &AttendanceLine,
    meeting: Match,
    row: &Row,
) -> Result<ResolvedKey, Vec<FieldError>> {
    if line.external_id.is_some() && own.is_none() {
        return Err(vec![bulk::system_required()]);
    }
    let known = row.known();
    if line.is_known_by_key() {
        let within = known.filter(|known| scope.contains(known.council_id));
        return within.ok_or_else(|| vec![bulk::unknown_key()]);
    }
    let meeting = line.meeting().found(meeting);
    let seated = if line.delegate_ref.is_some() { delegate(scope, line, row) } else { seat(line, row) };
    let (meeting_id, (seat_id, council_id)) = match (meeting, seated) {
        (Ok(meeting), Ok(seated)) => (meeting, seated),
        // A role names a seat of the meeting's group, so without the meeting the seat is not looked
        // at.
        (Err(fault), _) if line.role.is_some() => return Err(vec![fault]),
        (meeting, seated) => return Err(meeting.err().into_iter().chain(seated.err()).collect()),
    };
    let delegate_ref = line.delegate_ref.as_ref().map(|delegate| delegate.as_str().to_owned());
    let resolved = ResolvedKey { meeting_id, seat_id, council_id, delegate_ref };
    if known.is_some_and(|known| known.key() != resolved.key()) {
        return Err(vec![bulk::key_of_another()]);
    }
    Ok(resolved)
}

type Seat = (Option<Uuid>, Option<Uuid>);

fn council(line: &AttendanceLine, row: &Row) -> Result<Uuid, FieldError> {
    Match::of(row.councils, row.council_id).council(line.council_id.is_some())
}

fn delegate(scope: &Scope, line: &AttendanceLine, row: &Row) -> Result<Seat, FieldError> {
    if line.names_council() {
        return council(line, row).map(|council| (None, Some(council)));
    }
    if scope.contains(None) {
        return Ok((None, None));
    }
    let detail = "Name the council: a council writes lines of its own delegates only.";
    Err(FieldError::body("/council_gss_code", "required", detail))
}

fn seat(line: &AttendanceLine, row: &Row) -> Result<Seat, FieldError> {
    let named = line.names_council().then(|| council(line, row)).transpose()?;
    let (field, name) = match line {
        AttendanceLine { seat_id: Some(_), .. } => ("/seat_id", "id"),
        AttendanceLine { seat_external_id: Some(_), .. } => ("/seat_external_id", "external id"),
        _ => ("/role", "role"),
    };
    let none = format!("No seat has this {name} at this meeting, or you may not see it.");
    let several = "Several seats match; an `ordinal` distinguishes seats of one role.";
    let seat = Match::of(row.seats, row.seat_id).one(field, &none, several)?;
    if named.is_some() && named != row.seat_council_id {
        return Err(FieldError::body(field, "unknown_reference", "The seat belongs to another council."));
    }
    Ok((Some(seat), row.seat_council_id))
}
