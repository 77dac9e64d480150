//! Counts the registers of meetings for the targets that read them. Each register is loaded once,
//! whatever the number of targets and dates.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use diesel::QueryableByName;
use diesel::sql_types::{Array, Integer, Nullable, Text, Uuid as SqlUuid};
use uuid::Uuid;

use super::facts::{AttendanceFact, AttendanceScope, MeetingFact};
use crate::meetings::attendance::model::AttendanceStatus;
use crate::rules::measure::{AttendanceRate, AttendanceUnit, MeetingAggregate, Substitutes, Vacancies};
use crate::values::{CouncilKind, ShortText, Slug};

/// A seat with one holder, a vacant seat, or a council at open events. Has the attendance at each
/// meeting that expects it.
#[derive(Debug, Clone, QueryableByName)]
pub struct RegisterRow {
    #[diesel(sql_type = SqlUuid)]
    pub council_id: Uuid,
    #[diesel(sql_type = Text)]
    pub council_kind: CouncilKind,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub seat_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    pub role: Option<Slug>,
    #[diesel(sql_type = Nullable<Text>)]
    pub holder_ref: Option<ShortText>,
    /// The numbers of the meetings that expect the seat or council. The loaded meetings are
    /// numbered from 1.
    #[diesel(sql_type = Array<Integer>)]
    pub ordinals: Vec<i32>,
    /// The attendance at each meeting in `ordinals`, one character for each: `p`resent, present
    /// `v`irtually, `s`ubstitute, `a`pologies, absent `x`, or `-` for no record.
    #[diesel(sql_type = Text)]
    pub statuses: String,
}

impl RegisterRow {
    const fn is_vacant(&self) -> bool {
        self.seat_id.is_some() && self.holder_ref.is_none()
    }

    /// Returns the number of each meeting in `ordinals` with the status of the attendance record.
    fn records(&self) -> impl Iterator<Item = (i32, Option<AttendanceStatus>)> {
        self.ordinals.iter().copied().zip(self.statuses.chars().map(parse_status))
    }
}

const fn parse_status(code: char) -> Option<AttendanceStatus> {
    match code {
        'p' => Some(AttendanceStatus::Present),
        'v' => Some(AttendanceStatus::PresentVirtual),
        's' => Some(AttendanceStatus::Substitute),
        'a' => Some(AttendanceStatus::Apologies),
        'x' => Some(AttendanceStatus::Absent),
        _ => None,
    }
}

/// A seat, person or council. The measure counts it once for each meeting.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Unit<'r> {
    Id(Uuid),
    Person(&'r str),
}

/// Whether somebody attended: by the measure's rule for substitutes, with substitutes, and without
/// substitutes.
#[derive(Clone, Copy, Default)]
struct Attended {
    as_measured: bool,
    or_sent: bool,
    oneself: bool,
}

impl Attended {
    fn add(&mut self, measure: &AttendanceRate, status: Option<AttendanceStatus>) {
        let oneself = matches!(status, Some(AttendanceStatus::Present | AttendanceStatus::PresentVirtual));
        let or_sent = oneself || status == Some(AttendanceStatus::Substitute);
        self.oneself |= oneself;
        self.or_sent |= or_sent;
        self.as_measured |= if measure.substitutes == Substitutes::Counted { or_sent } else { oneself };
    }
}

/// The first days on which a seat, person or council was expected, and on which it attended.
#[derive(Clone, Copy, Default)]
struct FirstDays {
    expected: Option<NaiveDate>,
    as_measured: Option<NaiveDate>,
    or_sent: Option<NaiveDate>,
    oneself: Option<NaiveDate>,
}

impl FirstDays {
    fn add(&mut self, day: NaiveDate, attended: Attended) {
        let earliest = |first: &mut Option<NaiveDate>, applies| {
            if applies {
                *first = Some(first.map_or(day, |first| first.min(day)));
            }
        };
        earliest(&mut self.expected, true);
        earliest(&mut self.as_measured, attended.as_measured);
        earliest(&mut self.or_sent, attended.or_sent);
        earliest(&mut self.oneself, attended.oneself);
    }
}

pub struct RegisterCounts {
    /// The attendance at each meeting that expected somebody, with the first day on which figures
    /// count the meeting.
    meetings: Vec<(NaiveDate, AttendanceFact)>,
    over_several: HashMap<(AttendanceScope, Option<Uuid>), Vec<FirstDays>>,
}

impl RegisterCounts {
    /// Counts who was expected and who attended at the meetings of one target. `ordinals` maps the
    /// id of each loaded meeting to its number in `rows`.
    pub fn new(
        measure: &AttendanceRate,
        meetings: &[&MeetingFact],
        ordinals: &HashMap<Uuid, i32>,
        rows: &[RegisterRow],
    ) -> Self {
        let mut counts: Vec<_> =
            meetings.iter().map(|meeting| (meeting.counts_from, AttendanceFact::empty(meeting))).collect();
        let indices: HashMap<i32, usize> = meetings
            .iter()
            .enumerate()
            .filter_map(|(index, meeting)| Some((*ordinals.get(&meeting.meeting_id)?, index)))
            .collect();
        let mut units: HashMap<Unit<'_>, BTreeMap<usize, Attended>> = HashMap::new();
        for row in rows.iter().filter(|row| is_expected(measure, row)) {
            let unit = units.entry(unit(measure, row)).or_default();
            for (ordinal, status) in row.records() {
                let Some(&index) = indices.get(&ordinal) else { continue };
                *count_of_status(&mut counts[index].1, status, row.is_vacant()) += 1;
                unit.entry(index).or_default().add(measure, status);
            }
        }
        let mut over_several: HashMap<_, Vec<FirstDays>> = HashMap::new();
        for attended in units.into_values() {
            let mut scopes: HashMap<_, FirstDays> = HashMap::new();
            for (index, attended) in attended {
                let (day, fact) = &mut counts[index];
                fact.add(attended);
                scopes.entry((AttendanceScope::All, None)).or_default().add(*day, attended);
                if measure.aggregate == MeetingAggregate::Distinct {
                    let group = (AttendanceScope::Group, fact.group_id);
                    scopes.entry(group).or_default().add(*day, attended);
                }
            }
            scopes.into_iter().for_each(|(scope, days)| over_several.entry(scope).or_default().push(days));
        }
        counts.retain(|(_, fact)| fact.expected > 0);
        Self { meetings: counts, over_several }
    }

    /// Returns the attendance at each meeting that counts on the date, and over all these meetings.
    pub fn on(&self, as_at: NaiveDate) -> Vec<AttendanceFact> {
        let reached = |day: &NaiveDate| *day <= as_at;
        let by_meeting = self.meetings.iter().filter(|(day, _)| reached(day)).map(|(_, fact)| fact.clone());
        let over_several = self.over_several.iter().map(|((scope, group_id), units)| {
            let count = |first: fn(&FirstDays) -> Option<NaiveDate>| {
                to_count(units.iter().filter(|days| first(days).as_ref().is_some_and(reached)).count())
            };
            AttendanceFact {
                scope: *scope,
                group_id: *group_id,
                expected: count(|days| days.expected),
                attended: count(|days| days.as_measured),
                attended_or_sent: count(|days| days.or_sent),
                attended_oneself: count(|days| days.oneself),
                ..AttendanceFact::default()
            }
        });
        by_meeting.chain(over_several.filter(|fact| fact.expected > 0)).collect()
    }
}

impl AttendanceFact {
    fn empty(meeting: &MeetingFact) -> Self {
        Self { meeting_id: Some(meeting.meeting_id), group_id: meeting.group_id, ..Self::default() }
    }

    fn add(&mut self, attended: Attended) {
        self.expected += 1;
        self.attended += i64::from(attended.as_measured);
        self.attended_or_sent += i64::from(attended.or_sent);
        self.attended_oneself += i64::from(attended.oneself);
    }
}

fn to_count(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Returns whether the measure expects this seat or council. A council at an open event has no
/// role, so the measure's roles do not exclude it.
fn is_expected(measure: &AttendanceRate, row: &RegisterRow) -> bool {
    (!row.is_vacant() || measure.vacancies == Vacancies::Included)
        && (measure.roles.is_empty() || row.role.as_ref().is_none_or(|role| measure.roles.contains(role)))
        && (measure.council_kinds.is_empty() || measure.council_kinds.contains(&row.council_kind))
}

fn unit<'r>(measure: &AttendanceRate, row: &'r RegisterRow) -> Unit<'r> {
    match (measure.unit, row.seat_id, &row.holder_ref) {
        (AttendanceUnit::Seat, Some(seat), _) | (AttendanceUnit::Person, Some(seat), None) => Unit::Id(seat),
        (AttendanceUnit::Person, Some(_), Some(holder)) => Unit::Person(holder.as_str()),
        (AttendanceUnit::Council, ..) | (_, None, _) => Unit::Id(row.council_id),
    }
}

const fn count_of_status(
    fact: &mut AttendanceFact,
    status: Option<AttendanceStatus>,
    is_vacant: bool,
) -> &mut i64 {
    match status {
        _ if is_vacant => &mut fact.vacant,
        Some(AttendanceStatus::Present) => &mut fact.present,
        Some(AttendanceStatus::PresentVirtual) => &mut fact.present_virtual,
        Some(AttendanceStatus::Substitute) => &mut fact.substitutes,
        Some(AttendanceStatus::Apologies) => &mut fact.apologies,
        Some(AttendanceStatus::Absent) => &mut fact.absent,
        Some(AttendanceStatus::InAttendance) | None => &mut fact.not_recorded,
    }
}
