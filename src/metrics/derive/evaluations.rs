//! Derives evaluation rates.

use super::measure_result::{MeasureResult, Reading, Value};
use super::meetings::{completeness, no_meeting_reason, parts, series};
use crate::metrics::facts::{EvaluationFact, Evidence, MeetingFact, TargetFact};
use crate::metrics::model::{Completeness, Detail, EvaluationDetail, ValueReason};
use crate::rules::measure::MeetingAggregate;
use crate::rules::{Quantity, Rate};

pub(super) const fn rate(fact: &EvaluationFact) -> Rate {
    Rate::new(fact.rated, fact.answered)
}

/// Returns whether the forms of an event have a scale on which the measure's rating does not exist.
/// The measure cannot count these forms.
pub(super) const fn is_on_another_scale(fact: &EvaluationFact) -> bool {
    fact.is_scale_foreign && fact.answered > 0
}

/// Returns the number of forms answered divided by the number handed out. If the number handed out
/// is unknown, divides by the number of attendees. Leaves out events with neither number, and
/// events with more answers than that number.
fn return_rate(counted: &[&EvaluationFact]) -> Rate {
    let known = counted.iter().filter_map(|fact| {
        let expected = fact.handed_out.unwrap_or(fact.attendees);
        (expected >= fact.answered).then_some(Rate::new(fact.answered, expected))
    });
    Rate::pooled(known)
}

pub(super) fn awaits_forms(meeting: &MeetingFact, evidence: &Evidence) -> bool {
    meeting.is_held() && !evidence.evaluations.iter().any(|fact| fact.meeting_id == meeting.meeting_id)
}

/// Derives an evaluation rate: the number of forms with at least the measure's rating, divided by
/// the number of forms that answer the question. Forms of all events are added up.
pub(super) fn derive(target: &TargetFact, evidence: &Evidence) -> MeasureResult {
    let meetings = &evidence.meetings;
    let (on_another_scale, counted): (Vec<_>, Vec<_>) =
        evidence.evaluations.iter().partition(|fact| is_on_another_scale(fact));
    let pooled = Rate::pooled(counted.iter().map(|fact| rate(fact)));
    let value = if pooled.denominator > 0 {
        Ok(Value::Rate(pooled))
    } else if !on_another_scale.is_empty() {
        Err(ValueReason::OtherScale)
    } else if meetings.iter().any(MeetingFact::is_held) {
        Err(ValueReason::NoEntries)
    } else {
        Err(no_meeting_reason(target, meetings))
    };
    let return_rate = return_rate(&counted);
    let events = i64::try_from(counted.len()).unwrap_or(i64::MAX);
    let reading = |fact: &&EvaluationFact| {
        let quantity = Quantity::rate(rate(fact))?;
        let meeting = meetings.iter().find(|meeting| meeting.meeting_id == fact.meeting_id)?;
        Some(Reading { series: series(meeting), quantity, cohort: None })
    };
    let base = completeness(meetings);
    let without_forms = meetings.iter().filter(|meeting| awaits_forms(meeting, evidence)).count();
    let without_forms = i64::try_from(without_forms).unwrap_or(i64::MAX);
    MeasureResult {
        empty_rate: Some(pooled).filter(|_| !counted.is_empty()),
        readings: counted.iter().filter_map(reading).collect(),
        basis_meetings: Some(events),
        completeness: Completeness {
            meetings_without_forms: Some(without_forms),
            forms_answered: Some(if return_rate.denominator > 0 {
                return_rate.numerator
            } else {
                pooled.denominator
            }),
            forms_expected: Some(return_rate.denominator).filter(|expected| *expected > 0),
            provisional: base.provisional || without_forms > 0,
            ..base
        },
        parts: parts(meetings, Some(MeetingAggregate::Pooled), |_, group| {
            let of_group =
                counted.iter().filter(|fact| group.iter().any(|m| m.meeting_id == fact.meeting_id));
            let rates: Vec<Rate> = of_group.map(|fact| rate(fact)).collect();
            (i64::try_from(rates.len()).unwrap_or(i64::MAX), Some(Rate::pooled(rates)))
        }),
        ..MeasureResult::new(
            value,
            Detail::Evaluation(EvaluationDetail {
                events,
                events_on_another_scale: i64::try_from(on_another_scale.len()).unwrap_or(i64::MAX),
                return_percent: return_rate.percent(),
            }),
        )
    }
}
