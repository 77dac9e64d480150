//! Which row each line means.

use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Bool, Integer, Jsonb, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::Serialize;
use uuid::Uuid;

use super::model::AttendanceLine;
use crate::db::Error;
use crate::db::bulk::{self, Found};
use crate::meetings;
use crate::policy::Scope;
use crate::values::{Code, Fault};

/// The row a line means: a seat's at a meeting, or a delegate's or visitor's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meant {
    pub(super) meeting_id: Uuid,
    pub(super) seat_id: Option<Uuid>,
    pub(super) council_id: Option<Uuid>,
    pub(super) delegate_ref: Option<String>,
}

impl Meant {
    /// What tells it from every other row of attendance.
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
struct Given<'l> {
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
    /// The row that the line's own key stands for.
    fn known(&self) -> Option<Meant> {
        Some(Meant {
            meeting_id: self.known_meeting_id?,
            seat_id: self.known_seat_id,
            council_id: self.known_council_id,
            delegate_ref: self.known_delegate_ref.clone(),
        })
    }
}

/// The rows that lines mean, or every reason why one cannot be told. Councils and seats are looked for within the scope:
/// whoever writes for some learns nothing of others.
pub(super) async fn find(
    conn: &mut AsyncPgConnection,
    scope: &Scope,
    named: Option<&Code>,
    own: Option<&Code>,
    lines: &[&AttendanceLine],
) -> Result<Vec<Result<Meant, Vec<Fault>>>, Error> {
    let names: Vec<_> = lines.iter().map(|line| line.meeting()).collect();
    let meetings = meetings::named::find(conn, named, &names).await?;
    let given: Vec<Given<'_>> = lines
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
    let mut meant = vec![Err(Vec::new()); lines.len()];
    for row in rows {
        let n = usize::try_from(row.n).unwrap_or(usize::MAX);
        if let (Some(place), Some(line), Some(meeting)) = (meant.get_mut(n), lines.get(n), meetings.get(n)) {
            *place = judge(scope, own, line, *meeting, &row);
        }
    }
    Ok(meant)
}

fn given<'l>(n: usize, line: &'l AttendanceLine, meeting: Found) -> Given<'l> {
    let meeting_id = match meeting {
        Found::One(id) => Some(id),
        Found::None | Found::Several => None,
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
    Given { n, meeting_id, line }
}

/// What a line means, or every fault in how it says so.
fn judge(
    scope: &Scope,
    own: Option<&Code>,
    line: &AttendanceLine,
    meeting: Found,
    row: &Row,
) -> Result<Meant, Vec<Fault>> {
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
        // A role is a seat's of the meeting's group: without the meeting nothing can be said of it.
        (Err(fault), _) if line.role.is_some() => return Err(vec![fault]),
        (meeting, seated) => return Err(meeting.err().into_iter().chain(seated.err()).collect()),
    };
    let delegate_ref = line.delegate_ref.as_ref().map(|delegate| delegate.as_str().to_owned());
    let meant = Meant { meeting_id, seat_id, council_id, delegate_ref };
    if known.is_some_and(|known| known.key() != meant.key()) {
        return Err(vec![bulk::key_of_another()]);
    }
    Ok(meant)
}

type Seat = (Option<Uuid>, Option<Uuid>);

fn council(line: &AttendanceLine, row: &Row) -> Result<Uuid, Fault> {
    Found::of(row.councils, row.council_id).council(line.council_id.is_some())
}

fn delegate(scope: &Scope, line: &AttendanceLine, row: &Row) -> Result<Seat, Fault> {
    if line.names_council() {
        return council(line, row).map(|council| (None, Some(council)));
    }
    if scope.contains(None) {
        return Ok((None, None));
    }
    let detail = "A council lists its own: name the council.";
    Err(Fault::body("/council_gss_code", "required", detail))
}

fn seat(line: &AttendanceLine, row: &Row) -> Result<Seat, Fault> {
    let named = line.names_council().then(|| council(line, row)).transpose()?;
    let (field, name) = match line {
        AttendanceLine { seat_id: Some(_), .. } => ("/seat_id", "id"),
        AttendanceLine { seat_external_id: Some(_), .. } => ("/seat_external_id", "external id"),
        _ => ("/role", "role"),
    };
    let none = format!("No seat has this {name} at this meeting, or you may not see it.");
    let several = "Several seats go by this name; an ordinal tells those of one role apart.";
    let seat = Found::of(row.seats, row.seat_id).one(field, &none, several)?;
    if named.is_some() && named != row.seat_council_id {
        return Err(Fault::body(field, "unknown_reference", "The seat is not this council's."));
    }
    Ok((Some(seat), row.seat_council_id))
}
