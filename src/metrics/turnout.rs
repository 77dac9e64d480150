//! The turnout of one meeting: how many are expected and attended, by role and by council.

use std::iter::Sum;

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Bool, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::model::ValueReason;
use crate::db::{Error, Statement};
use crate::meetings::attendance::model::AttendanceStatus;
use crate::meetings::model::{Meeting, MeetingStatus, RegisterState};
use crate::rules::Rate;
use crate::values::{Day, Percent, ShortText, Slug, text_enum};

text_enum! {
    /// What the turnout of a meeting counts.
    pub enum TurnoutUnit {
        /// Seats, at a meeting of a group.
        Seat = "seat",
        /// Councils, at an open event.
        Council = "council",
    }
}

/// The number of seats or councils that were expected and that attended, and the number of
/// attendance records with each status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, QueryableByName, Serialize, ToSchema)]
pub struct Tally {
    /// The number expected: seats with a holder on the meeting's date, or councils that exist on
    /// that date.
    #[schema(minimum = 0)]
    #[diesel(sql_type = BigInt)]
    pub expected: i64,
    /// The number that attended: in person, remotely, or by a substitute.
    #[schema(minimum = 0)]
    #[diesel(sql_type = BigInt)]
    pub attended: i64,
    /// The number of attendance records with status `present`.
    #[schema(minimum = 0)]
    #[diesel(sql_type = BigInt)]
    pub present: i64,
    /// The number of attendance records with status `present_virtual`.
    #[schema(minimum = 0)]
    #[diesel(sql_type = BigInt)]
    pub present_virtual: i64,
    /// The number of attendance records with status `substitute`.
    #[schema(minimum = 0)]
    #[diesel(sql_type = BigInt)]
    pub substitutes: i64,
    /// The number of attendance records with status `apologies`. Apologies are not attendance.
    #[schema(minimum = 0)]
    #[diesel(sql_type = BigInt)]
    pub apologies: i64,
    /// The number of attendance records with status `absent`.
    #[schema(minimum = 0)]
    #[diesel(sql_type = BigInt)]
    pub absent: i64,
    /// The number of expected seats or councils without an attendance record.
    #[schema(minimum = 0)]
    #[diesel(sql_type = BigInt)]
    pub not_recorded: i64,
    /// The number of vacant seats. Vacant seats are not expected.
    #[schema(minimum = 0)]
    #[diesel(sql_type = BigInt)]
    pub vacant: i64,
}

/// The turnout of the seats with one role.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoleTurnout {
    /// The role of the seats.
    pub role: Slug,
    /// The numbers for the seats with this role.
    pub tally: Tally,
}

/// The turnout of one council's seats, or of the council at an open event.
#[derive(Debug, Serialize, ToSchema)]
pub struct CouncilTurnout {
    /// Id of the council.
    pub council_id: Uuid,
    /// The council's name.
    pub name: ShortText,
    /// The number of the council's delegates who attended an open event; 0 at a meeting of a group.
    #[schema(minimum = 0)]
    pub delegates: i64,
    /// The numbers for this council.
    pub tally: Tally,
}

/// The turnout of one meeting: how many seats or councils were expected, and how many attended.
#[derive(Debug, Serialize, ToSchema)]
pub struct Turnout {
    /// Id of the meeting.
    pub meeting_id: Uuid,
    /// The meeting's date.
    pub held_on: Day,
    /// The meeting's status.
    pub status: MeetingStatus,
    /// The state of the register. Until the register is closed, the turnout counts the attendance
    /// records entered so far.
    pub register: RegisterState,
    /// Whether the register was constructed to reproduce a published total. If true, the attendance
    /// records and `by_council` are no evidence about a single council.
    pub constructed: bool,
    /// What the turnout counts: seats or councils.
    pub unit: TurnoutUnit,
    /// The number of seats or councils that attended.
    #[schema(minimum = 0, example = 29)]
    pub numerator: i64,
    /// The number of seats or councils that were expected.
    #[schema(minimum = 0, example = 52)]
    pub denominator: i64,
    /// The number that attended divided by the number expected, in per cent, rounded half up; null
    /// if there is no percentage.
    pub value_percent: Option<Percent>,
    /// Why there is no percentage; null if there is a percentage.
    pub value_reason: Option<ValueReason>,
    /// The numbers for the whole meeting.
    pub tally: Tally,
    /// The number of delegates who attended an open event, of all councils; 0 at a meeting of a
    /// group.
    #[schema(minimum = 0)]
    pub delegates: i64,
    /// The number of visitors. Visitors do not count as expected or attended.
    #[schema(minimum = 0)]
    pub in_attendance: i64,
    /// The turnout by role; empty at an open event.
    #[schema(max_items = 1000)]
    pub by_role: Vec<RoleTurnout>,
    /// The turnout by council.
    #[schema(max_items = 1000)]
    pub by_council: Vec<CouncilTurnout>,
}

/// A seat at the meeting, a council at an open event, or a visitor, with its attendance record.
#[derive(Debug, Clone, QueryableByName)]
pub struct TurnoutFact {
    #[diesel(sql_type = Nullable<Text>)]
    pub role: Option<Slug>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub council_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    pub council_name: Option<ShortText>,
    #[diesel(sql_type = Nullable<Text>)]
    pub status: Option<AttendanceStatus>,
    #[diesel(sql_type = Bool)]
    pub is_vacant: bool,
    #[diesel(sql_type = BigInt)]
    pub delegates: i64,
}

/// Loads the seats, councils and visitors from which a meeting's turnout is computed.
pub async fn load_facts(conn: &mut AsyncPgConnection, meeting: Uuid) -> Result<Vec<TurnoutFact>, Error> {
    let statement = Statement::new(include_str!("sql/turnout.sql"));
    Ok(statement.bind::<SqlUuid, _>(meeting).load(conn).await?)
}

impl Tally {
    fn of<'f>(facts: impl IntoIterator<Item = &'f TurnoutFact>) -> Self {
        let mut tally = Self::default();
        facts.into_iter().for_each(|fact| tally.add(fact));
        tally
    }

    const fn add(&mut self, fact: &TurnoutFact) {
        if fact.is_vacant {
            self.vacant += 1;
            return;
        }
        self.expected += 1;
        let (part, attended) = match fact.status {
            Some(AttendanceStatus::Present) => (&mut self.present, true),
            Some(AttendanceStatus::PresentVirtual) => (&mut self.present_virtual, true),
            Some(AttendanceStatus::Substitute) => (&mut self.substitutes, true),
            Some(AttendanceStatus::Apologies) => (&mut self.apologies, false),
            Some(AttendanceStatus::Absent) => (&mut self.absent, false),
            Some(AttendanceStatus::InAttendance) | None => (&mut self.not_recorded, false),
        };
        *part += 1;
        self.attended += attended as i64;
    }
}

impl Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(tallies: I) -> Self {
        tallies.fold(Self::default(), |a, b| Self {
            expected: a.expected + b.expected,
            attended: a.attended + b.attended,
            present: a.present + b.present,
            present_virtual: a.present_virtual + b.present_virtual,
            substitutes: a.substitutes + b.substitutes,
            apologies: a.apologies + b.apologies,
            absent: a.absent + b.absent,
            not_recorded: a.not_recorded + b.not_recorded,
            vacant: a.vacant + b.vacant,
        })
    }
}

pub fn compute_turnout(meeting: &Meeting, facts: &[TurnoutFact], today: Day) -> Turnout {
    let (visitors, expected): (Vec<&TurnoutFact>, Vec<&TurnoutFact>) =
        facts.iter().partition(|fact| fact.status == Some(AttendanceStatus::InAttendance));
    let tally = Tally::of(expected.iter().copied());
    let reason = no_value_reason(meeting, &tally, today);
    let percent = Rate::new(tally.attended, tally.expected).percent().filter(|_| reason.is_none());
    Turnout {
        meeting_id: meeting.id,
        held_on: meeting.held_on,
        status: meeting.status,
        register: meeting.register,
        constructed: meeting.constructed,
        unit: if meeting.group_id.is_some() { TurnoutUnit::Seat } else { TurnoutUnit::Council },
        numerator: tally.attended,
        denominator: tally.expected,
        value_percent: percent,
        value_reason: reason,
        tally,
        delegates: expected.iter().map(|fact| fact.delegates).sum(),
        in_attendance: i64::try_from(visitors.len()).unwrap_or(i64::MAX),
        by_role: by_role(&expected),
        by_council: by_council(&expected),
    }
}

/// Returns the reason why the turnout has no percentage, or `None` if it has one.
fn no_value_reason(meeting: &Meeting, tally: &Tally, today: Day) -> Option<ValueReason> {
    let is_nothing_recorded = tally.not_recorded == tally.expected;
    match (meeting.status, meeting.register) {
        _ if meeting.counts_on > today => Some(ValueReason::NotDue),
        (MeetingStatus::Cancelled, _) => Some(ValueReason::MeetingCancelled),
        (MeetingStatus::Scheduled, _) => Some(ValueReason::NoMeeting),
        (_, RegisterState::NotKept) => Some(ValueReason::NoEntries),
        _ if tally.expected == 0 => Some(ValueReason::NoEligible),
        (_, RegisterState::Open) if is_nothing_recorded => Some(ValueReason::RegisterOpen),
        _ => None,
    }
}

fn by_role(facts: &[&TurnoutFact]) -> Vec<RoleTurnout> {
    let mut roles: Vec<&Slug> = facts.iter().filter_map(|fact| fact.role.as_ref()).collect();
    roles.sort();
    roles.dedup();
    let of_role =
        |role: &Slug| Tally::of(facts.iter().copied().filter(|fact| fact.role.as_ref() == Some(role)));
    roles.into_iter().map(|role| RoleTurnout { role: role.clone(), tally: of_role(role) }).collect()
}

/// Computes the turnout of each council. `facts` must be sorted by council.
fn by_council(facts: &[&TurnoutFact]) -> Vec<CouncilTurnout> {
    let chunks = facts.chunk_by(|a, b| a.council_id == b.council_id);
    let council = |of_council: &[&TurnoutFact]| {
        let first = of_council.first()?;
        Some(CouncilTurnout {
            council_id: first.council_id?,
            name: first.council_name.clone()?,
            delegates: of_council.iter().map(|fact| fact.delegates).sum(),
            tally: Tally::of(of_council.iter().copied()),
        })
    };
    chunks.filter_map(council).collect()
}
