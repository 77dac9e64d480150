//! Counts the registers of meetings for the targets that read them.

use std::collections::HashMap;

use chrono::NaiveDate;
use indexmap::set::Slice;
use uuid::Uuid;

use super::facts::{AttendanceFact, AttendanceScope, MeetingFact};
use super::registers::{Attendee, Registers};
use crate::meetings::attendance::model::AttendanceStatus;
use crate::rules::measure::{AttendanceRate, AttendanceUnit, MeetingAggregate, Substitutes, Vacancies};

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
    /// The first days of each unit. A unit that was not expected has no first day.
    over_several: HashMap<(AttendanceScope, Option<Uuid>), Vec<FirstDays>>,
}

/// The seats, persons or councils that a measure counts.
struct Units {
    count: usize,
    /// The number of each attendee's unit, from 0. `None` if the measure does not expect the
    /// attendee.
    by_attendee: Vec<Option<usize>>,
}

impl Units {
    fn new(measure: &AttendanceRate, attendees: &Slice<Attendee>) -> Self {
        let mut numbers: HashMap<Unit<'_>, usize> = HashMap::new();
        let by_attendee = attendees.iter().map(|attendee| {
            let next = numbers.len();
            let number = |unit| *numbers.entry(unit).or_insert(next);
            is_expected(measure, attendee).then(|| unit(measure, attendee)).map(number)
        });
        Self { by_attendee: by_attendee.collect(), count: numbers.len() }
    }
}

impl RegisterCounts {
    /// Counts who was expected and who attended at the meetings of one target.
    pub fn new(measure: &AttendanceRate, meetings: &[&MeetingFact], registers: &Registers) -> Self {
        let units = Units::new(measure, registers.attendees());
        let mut counts = Vec::new();
        let mut over_all = vec![FirstDays::default(); units.count];
        let mut over_groups: HashMap<_, Vec<FirstDays>> = HashMap::new();
        let mut at_meeting: Vec<Option<Attended>> = vec![None; units.count];
        let mut expected = Vec::new();
        for meeting in meetings {
            let (day, mut fact) = (meeting.counts_from, AttendanceFact::empty(meeting));
            for entry in registers.of(meeting.meeting_id) {
                let Some(unit) = units.by_attendee[entry.attendee()] else { continue };
                let is_vacant = registers.attendees()[entry.attendee()].is_vacant();
                *count_of_status(&mut fact, entry.status, is_vacant) += 1;
                if at_meeting[unit].is_none() {
                    expected.push(unit);
                }
                at_meeting[unit].get_or_insert_default().add(measure, entry.status);
            }
            for unit in expected.drain(..) {
                let attended = at_meeting[unit].take().unwrap_or_default();
                fact.add(attended);
                over_all[unit].add(day, attended);
                if measure.aggregate == MeetingAggregate::Distinct {
                    let group = over_groups.entry(fact.group_id);
                    let first_days = group.or_insert_with(|| vec![FirstDays::default(); units.count]);
                    first_days[unit].add(day, attended);
                }
            }
            if fact.expected > 0 {
                counts.push((day, fact));
            }
        }
        let over_groups = over_groups.into_iter().map(|(id, days)| ((AttendanceScope::Group, id), days));
        let over_all = ((AttendanceScope::All, None), over_all);
        Self { meetings: counts, over_several: over_groups.chain([over_all]).collect() }
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
fn is_expected(measure: &AttendanceRate, attendee: &Attendee) -> bool {
    (!attendee.is_vacant() || measure.vacancies == Vacancies::Included)
        && (measure.roles.is_empty()
            || attendee.role.as_ref().is_none_or(|role| measure.roles.contains(role)))
        && (measure.council_kinds.is_empty() || measure.council_kinds.contains(&attendee.council_kind))
}

fn unit<'r>(measure: &AttendanceRate, attendee: &'r Attendee) -> Unit<'r> {
    match (measure.unit, attendee.seat_id, &attendee.holder_ref) {
        (AttendanceUnit::Seat, Some(seat), _) | (AttendanceUnit::Person, Some(seat), None) => Unit::Id(seat),
        (AttendanceUnit::Person, Some(_), Some(holder)) => Unit::Person(holder.as_str()),
        (AttendanceUnit::Council, ..) | (_, None, _) => Unit::Id(attendee.council_id),
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
