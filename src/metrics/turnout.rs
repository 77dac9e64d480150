//! The turnout of one meeting: how many are expected and attended, by role and by council.

use std::iter::Sum;

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Bool, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::model::ValueReason;
use crate::db::Error;
use crate::meetings::attendance::model::AttendanceStatus;
use crate::meetings::model::{Meeting, MeetingStatus, RegisterState};
use crate::rules::Rate;
use crate::values::{Day, Percent, ShortText, Slug, text_enum};

text_enum! {
    /// What a turnout counts.
    pub enum TurnoutUnit {
        /// Seats of the group.
        Seat = "seat",
        /// Councils, at an open event.
        Council = "council",
    }
}

/// Expected and attended, and the number of lines with each status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, QueryableByName, Serialize, ToSchema)]
pub struct Tally {
    /// Expected: seats with a holder on the date, or councils that exist on it.
    #[schema(minimum = 0)]
    #[diesel(sql_type = BigInt)]
    pub expected: i64,
    /// Attended: present, present from elsewhere, or by a substitute.
    #[schema(minimum = 0)]
    #[diesel(sql_type = BigInt)]
    pub attended: i64,
    /// Lines with status `present`.
    #[schema(minimum = 0)]
    #[diesel(sql_type = BigInt)]
    pub present: i64,
    /// Lines with status `present_virtual`.
    #[schema(minimum = 0)]
    #[diesel(sql_type = BigInt)]
    pub present_virtual: i64,
    /// Lines with status `substitute`.
    #[schema(minimum = 0)]
    #[diesel(sql_type = BigInt)]
    pub substitutes: i64,
    /// Lines with status `apologies`, which is not attendance.
    #[schema(minimum = 0)]
    #[diesel(sql_type = BigInt)]
    pub apologies: i64,
    /// Lines with status `absent`.
    #[schema(minimum = 0)]
    #[diesel(sql_type = BigInt)]
    pub absent: i64,
    /// Expected seats or councils without a line.
    #[schema(minimum = 0)]
    #[diesel(sql_type = BigInt)]
    pub not_recorded: i64,
    /// Vacant seats, which are not expected.
    #[schema(minimum = 0)]
    #[diesel(sql_type = BigInt)]
    pub vacant: i64,
}

/// The turnout of a role.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoleTurnout {
    /// The role.
    pub role: Slug,
    /// The tally.
    pub tally: Tally,
}

/// The turnout of a council.
#[derive(Debug, Serialize, ToSchema)]
pub struct CouncilTurnout {
    /// The council.
    pub council_id: Uuid,
    /// The council's name.
    pub name: ShortText,
    /// Delegates who attended an open event.
    #[schema(minimum = 0)]
    pub delegates: i64,
    /// The tally.
    pub tally: Tally,
}

/// The turnout of one meeting.
#[derive(Debug, Serialize, ToSchema)]
pub struct Turnout {
    /// The meeting.
    pub meeting_id: Uuid,
    /// The meeting's date.
    pub held_on: Day,
    /// The meeting's status.
    pub status: MeetingStatus,
    /// The state of the register. Until it is closed, the turnout counts the lines entered so far.
    pub register: RegisterState,
    /// Whether the register was constructed to reproduce a published total. The lines of such a
    /// register say nothing about a single council, and neither does `by_council`.
    pub constructed: bool,
    /// What is counted.
    pub unit: TurnoutUnit,
    /// Attended, the numerator.
    #[schema(minimum = 0, example = 29)]
    pub numerator: i64,
    /// Expected, the denominator.
    #[schema(minimum = 0, example = 52)]
    pub denominator: i64,
    /// Attended of expected in per cent, rounded half up.
    pub value_percent: Option<Percent>,
    /// Why there is no percentage.
    pub value_reason: Option<ValueReason>,
    /// The tally of the whole meeting.
    pub tally: Tally,
    /// Delegates who attended an open event.
    #[schema(minimum = 0)]
    pub delegates: i64,
    /// Visitors, who are never counted.
    #[schema(minimum = 0)]
    pub in_attendance: i64,
    /// The turnout by role; empty at an open event.
    #[schema(max_items = 1000)]
    pub by_role: Vec<RoleTurnout>,
    /// The turnout by council.
    #[schema(max_items = 1000)]
    pub by_council: Vec<CouncilTurnout>,
}

/// A seat, a council at an open event, or a visitor, with the register line.
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

/// Loads the facts of one meeting's turnout.
pub async fn load_facts(conn: &mut AsyncPgConnection, meeting: Uuid) -> Result<Vec<TurnoutFact>, Error> {
    let statement = diesel::sql_query(include_str!("sql/turnout.sql"));
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

/// Computes the turnout of a meeting from its facts.
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

/// Returns why there is no percentage: the meeting is in the future, was not held, has no records,
/// or nobody was expected.
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

/// Groups the facts by council. They must be sorted by council.
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
