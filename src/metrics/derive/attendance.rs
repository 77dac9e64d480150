//! Derives attendance rates.

use std::collections::HashMap;

use chrono::NaiveDate;
use uuid::Uuid;

use super::measure_result::{AlternativeResult, MeasureResult, Reading, Value};
use super::meetings::{no_meeting_reason, parts, register_completeness, series};
use crate::meetings::model::RegisterState;
use crate::metrics::facts::{AttendanceFact, AttendanceScope, Evidence, MeetingFact, TargetFact};
use crate::metrics::model::{AttendanceDetail, Choice, Detail, ValueReason};
use crate::rules::measure::{AttendanceRate, MeetingAggregate};
use crate::rules::rounding::mean_percent;
use crate::rules::{Aim, Quantity, Rate};

const fn rate(fact: &AttendanceFact) -> Rate {
    Rate::new(fact.attended, fact.expected)
}

/// Returns the meetings that count in an attendance rate, ordered by date and id. A meeting counts
/// if it was held, its register is closed, and at least one seat or council is expected.
pub(super) fn counted(evidence: &Evidence) -> Vec<&AttendanceFact> {
    let days: HashMap<Uuid, NaiveDate> =
        evidence.meetings.iter().map(|meeting| (meeting.meeting_id, meeting.counts_from)).collect();
    let facts = evidence.attendance.iter();
    let mut counted: Vec<&AttendanceFact> =
        facts.filter(|fact| fact.scope == AttendanceScope::Meeting && fact.expected > 0).collect();
    counted.sort_by_key(|fact| (fact.meeting_id.and_then(|id| days.get(&id)), fact.meeting_id));
    counted
}

/// Returns the one meeting whose rate is the target's value, for a measure with the aggregate
/// `min_meeting`. If several meetings have this rate, returns the first by date and id.
pub(super) fn decisive(
    target: &TargetFact,
    measure: &AttendanceRate,
    counted: &[&AttendanceFact],
) -> Option<Uuid> {
    let facts = counted.iter().filter(|_| measure.aggregate == MeetingAggregate::MinMeeting);
    target.aim.worst_by(facts, |fact| rate(fact))?.meeting_id
}

/// Derives an attendance rate: the number that attended divided by the number expected, over all
/// held meetings with a closed register.
pub(super) fn derive(target: &TargetFact, measure: &AttendanceRate, evidence: &Evidence) -> MeasureResult {
    let meetings = &evidence.meetings;
    let counted = counted(evidence);
    let over = |scope| evidence.attendance.iter().filter(move |fact| fact.scope == scope);
    let over_all = over(AttendanceScope::All).next();
    let aggregates = Aggregates::of(target.aim, &counted, over_all, |fact| fact.attended);
    let value = match aggregates.chosen(measure.aggregate) {
        Some(rate) if rate.denominator > 0 => Ok(Value::Rate(rate)),
        _ => Err(no_value_reason(target, meetings)),
    };
    let by_date = meetings.iter().filter_map(|meeting| {
        let fact = counted.iter().find(|fact| fact.meeting_id == Some(meeting.meeting_id))?;
        let quantity = Quantity::rate(rate(fact))?;
        Some(Reading { series: series(meeting), quantity, cohort: Some(fact.expected) })
    });
    MeasureResult {
        readings: by_date.collect(),
        basis_meetings: Some(len(&counted)),
        cohort: over_all.map(|fact| fact.expected),
        completeness: register_completeness(meetings),
        parts: parts(meetings, Some(measure.aggregate), |group_id, _| {
            let of_group: Vec<&AttendanceFact> =
                counted.iter().filter(|fact| fact.group_id == group_id).copied().collect();
            let over_group = over(AttendanceScope::Group).find(|fact| fact.group_id == group_id);
            let aggregates = Aggregates::of(target.aim, &of_group, over_group, |fact| fact.attended);
            (len(&of_group), Some(aggregates.chosen(measure.aggregate).unwrap_or(Rate::new(0, 0))))
        }),
        alternatives: alternatives(target.aim, measure.aggregate, &aggregates, &counted, over_all),
        ..MeasureResult::new(value, Detail::Attendance(detail(&counted)))
    }
}

fn len(facts: &[&AttendanceFact]) -> i64 {
    i64::try_from(facts.len()).unwrap_or(i64::MAX)
}

fn no_value_reason(target: &TargetFact, meetings: &[MeetingFact]) -> ValueReason {
    let in_state = |state| meetings.iter().any(|meeting| meeting.is_held() && meeting.register == state);
    if in_state(RegisterState::Open) {
        ValueReason::RegisterOpen
    } else if in_state(RegisterState::Closed) {
        ValueReason::NoEligible
    } else if in_state(RegisterState::NotKept) {
        ValueReason::NoEntries
    } else {
        no_meeting_reason(target, meetings)
    }
}

fn detail(counted: &[&AttendanceFact]) -> AttendanceDetail {
    let sum = |part: fn(&AttendanceFact) -> i64| counted.iter().map(|fact| part(fact)).sum();
    AttendanceDetail {
        meetings: len(counted),
        present: sum(|fact| fact.present),
        present_virtual: sum(|fact| fact.present_virtual),
        substitutes: sum(|fact| fact.substitutes),
        apologies: sum(|fact| fact.apologies),
        absent: sum(|fact| fact.absent),
        not_recorded: sum(|fact| fact.not_recorded),
        vacant: sum(|fact| fact.vacant),
    }
}

/// The attendance rate over the counted meetings, computed once with each aggregate.
struct Aggregates {
    pooled: Option<Rate>,
    distinct: Option<Rate>,
    min_meeting: Option<Rate>,
}

/// A function that returns a number of attendees: counted by the measure's rule for substitutes,
/// always with substitutes, or always without substitutes.
type Part = fn(&AttendanceFact) -> i64;

impl Aggregates {
    fn of(aim: Aim, counted: &[&AttendanceFact], over_all: Option<&AttendanceFact>, part: Part) -> Self {
        let rates = || counted.iter().map(|fact| Rate::new(part(fact), fact.expected));
        let some = |rate: &Rate| rate.denominator > 0;
        Self {
            pooled: Some(Rate::pooled(rates())).filter(some),
            distinct: over_all.map(|fact| Rate::new(part(fact), fact.expected)).filter(some),
            min_meeting: aim.worst(rates()),
        }
    }

    const fn chosen(&self, aggregate: MeetingAggregate) -> Option<Rate> {
        match aggregate {
            MeetingAggregate::Pooled => self.pooled,
            MeetingAggregate::Distinct => self.distinct,
            MeetingAggregate::MinMeeting => self.min_meeting,
        }
    }
}

/// Returns the attendance rate computed in other ways: with each aggregate, and with substitutes
/// counted and not counted.
fn alternatives(
    aim: Aim,
    aggregate: MeetingAggregate,
    as_measured: &Aggregates,
    counted: &[&AttendanceFact],
    over_all: Option<&AttendanceFact>,
) -> Vec<AlternativeResult> {
    if counted.is_empty() {
        return Vec::new();
    }
    let of = |part| Aggregates::of(aim, counted, over_all, part);
    let other = |choice, rate| AlternativeResult { choice, rate, mean: None };
    let rates: Vec<Rate> = counted.iter().map(|fact| rate(fact)).collect();
    vec![
        other(Choice::Pooled, as_measured.pooled),
        other(Choice::Distinct, as_measured.distinct),
        other(Choice::MinMeeting, as_measured.min_meeting),
        AlternativeResult { choice: Choice::Mean, rate: None, mean: mean_percent(&rates) },
        other(Choice::SubstitutesCounted, of(|fact| fact.attended_or_sent).chosen(aggregate)),
        other(Choice::SubstitutesNotCounted, of(|fact| fact.attended_oneself).chosen(aggregate)),
    ]
}
