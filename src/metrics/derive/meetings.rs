//! Derives values from meetings. Contains the functions that all measures of meetings share.

use uuid::Uuid;

use super::measure_result::{MeasureResult, Reading, Value};
use super::readings;
use crate::meetings::model::{MeetingStatus, RegisterState};
use crate::metrics::facts::{Evidence, MeetingFact, TargetFact};
use crate::metrics::model::{
    Completeness, DeliverableDetail, Detail, NoDetail, Part, RowReason, ValueReason,
};
use crate::rules::measure::{DeliverablePerMeeting, MeetingAggregate};
use crate::rules::period::Period;
use crate::rules::{Quantity, Rate};

/// Returns whether the meeting's date has come although its status is still `scheduled`.
pub(super) fn is_unreported(meeting: &MeetingFact) -> bool {
    !meeting.is_ahead && meeting.status == MeetingStatus::Scheduled
}

pub(super) fn awaits_register(meeting: &MeetingFact) -> bool {
    meeting.is_held() && meeting.register == RegisterState::Open
}

/// Returns whether the meeting was held, and no record says whether it got the deliverable.
pub(super) fn awaits_deliverable(meeting: &MeetingFact) -> bool {
    meeting.is_held() && meeting.delivered.is_none()
}

/// Returns whether the meeting was cancelled and its date is not after the metric's date. A
/// cancelled meeting with a later date counts as a future meeting.
fn is_cancelled(meeting: &MeetingFact) -> bool {
    !meeting.is_ahead && meeting.status == MeetingStatus::Cancelled
}

/// Returns whether all planned meetings were cancelled. Returns false if no meeting was planned.
fn are_all_cancelled(meetings: &[MeetingFact]) -> bool {
    !meetings.is_empty() && meetings.iter().all(is_cancelled)
}

fn count(meetings: &[MeetingFact], counts: impl Fn(&MeetingFact) -> bool) -> i64 {
    i64::try_from(meetings.iter().filter(|meeting| counts(meeting)).count()).unwrap_or(i64::MAX)
}

/// Returns the reason why a meeting is not counted as held, or `None` if it is counted.
pub(super) fn not_held_reason(meeting: &MeetingFact) -> Option<RowReason> {
    if meeting.is_held() {
        None
    } else if meeting.is_ahead {
        Some(RowReason::MeetingInFuture)
    } else if is_cancelled(meeting) {
        Some(RowReason::MeetingCancelled)
    } else {
        Some(RowReason::MeetingUnreported)
    }
}

/// Returns the reason why an attendance rate excludes a meeting because of its register. Returns
/// `None` if the register is closed.
pub(super) const fn no_register_reason(meeting: &MeetingFact) -> Option<RowReason> {
    match meeting.register {
        RegisterState::Closed => None,
        RegisterState::Open => Some(RowReason::RegisterOpen),
        RegisterState::NotKept => Some(RowReason::RegisterNotKept),
    }
}

/// Returns whether, on the date of the metric, other bodies run all groups of the target.
pub(super) fn is_handed_over(target: &TargetFact) -> bool {
    target.handed_over_on.is_some_and(|day| day <= target.as_at)
}

/// Returns the reason why a target has no value if no meeting was held.
pub(super) fn no_meeting_reason(target: &TargetFact, meetings: &[MeetingFact]) -> ValueReason {
    if meetings.iter().any(|meeting| meeting.is_ahead) {
        ValueReason::NotDue
    } else if is_handed_over(target) {
        ValueReason::HandedOver
    } else if target.as_at < target.plan_from {
        ValueReason::NotDue
    } else if are_all_cancelled(meetings) {
        ValueReason::MeetingCancelled
    } else {
        ValueReason::NoMeeting
    }
}

pub(super) fn completeness(meetings: &[MeetingFact]) -> Completeness {
    let unreported = count(meetings, is_unreported);
    Completeness {
        meetings_planned: Some(count(meetings, |_| true)),
        meetings_held: Some(count(meetings, MeetingFact::is_held)),
        meetings_inquorate: Some(count(meetings, |m| m.is_held() && m.status == MeetingStatus::Inquorate)),
        meetings_cancelled: Some(count(meetings, is_cancelled)),
        meetings_unreported: Some(unreported),
        provisional: unreported > 0,
        ..Completeness::default()
    }
}

/// Counts the planned, held and cancelled meetings, and the registers of held meetings that are
/// open, closed or not kept.
pub(super) fn register_completeness(meetings: &[MeetingFact]) -> Completeness {
    let in_state = |state| count(meetings, |meeting| meeting.is_held() && meeting.register == state);
    let open = count(meetings, awaits_register);
    let base = completeness(meetings);
    Completeness {
        registers_closed: Some(in_state(RegisterState::Closed)),
        registers_open: Some(open),
        registers_not_kept: Some(in_state(RegisterState::NotKept)),
        provisional: base.provisional || open > 0,
        ..base
    }
}

/// Returns the id of the meeting's group. The direction of travel compares only the rates of
/// meetings with the same id.
pub(super) fn series(meeting: &MeetingFact) -> Option<String> {
    meeting.group_id.map(|group| group.to_string())
}

/// Computes the part of the value that each group's meetings contribute. Returns nothing unless the
/// meetings belong to several groups. `share` returns a group's number of counted meetings and its
/// rate.
pub(super) fn parts(
    meetings: &[MeetingFact],
    aggregate: Option<MeetingAggregate>,
    share: impl Fn(Option<Uuid>, &[&MeetingFact]) -> (i64, Option<Rate>),
) -> Vec<Part> {
    let mut groups: Vec<(Option<Uuid>, Vec<&MeetingFact>)> = Vec::new();
    for meeting in meetings {
        match groups.iter_mut().find(|(group, _)| *group == meeting.group_id) {
            Some((_, of_group)) => of_group.push(meeting),
            None => groups.push((meeting.group_id, vec![meeting])),
        }
    }
    if groups.len() < 2 {
        return Vec::new();
    }
    let part = |(group_id, of_group): (Option<Uuid>, Vec<&MeetingFact>)| {
        let (meetings, rate) = share(group_id, &of_group);
        Part {
            group_id,
            name: of_group.first().and_then(|meeting| meeting.group_name.clone()),
            meetings,
            aggregate,
            numerator: rate.map(|rate| rate.numerator),
            denominator: rate.map(|rate| rate.denominator),
            value_percent: rate.and_then(Rate::percent),
        }
    };
    groups.into_iter().map(part).collect()
}

/// Derives the number of meetings held. Cancelled meetings were due, so they count as missed. If
/// all meetings were cancelled, the value is 0.
pub(super) fn derive_meetings_held(target: &TargetFact, evidence: &Evidence) -> MeasureResult {
    let meetings = &evidence.meetings;
    let held = count(meetings, MeetingFact::is_held);
    let value = match held {
        _ if is_handed_over(target) => Err(ValueReason::HandedOver),
        0 if !are_all_cancelled(meetings) => Err(no_meeting_reason(target, meetings)),
        held => Ok(Value::Amount(held)),
    };
    MeasureResult {
        readings: held_by_period(target, meetings),
        meetings_due: Some(count(meetings, |meeting| !meeting.is_ahead)),
        completeness: completeness(meetings),
        parts: parts(meetings, None, |_, group| {
            let of_group = group.iter().filter(|meeting| meeting.is_held()).count();
            (i64::try_from(of_group).unwrap_or(i64::MAX), None)
        }),
        ..MeasureResult::new(value, Detail::Meetings(NoDetail {}))
    }
}

/// Counts the meetings held in each reporting period that has ended. Skips periods without a
/// planned meeting.
fn held_by_period(target: &TargetFact, meetings: &[MeetingFact]) -> Vec<Reading> {
    let within = |period: &Period| {
        let of_period = meetings.iter().filter(|meeting| period.contains(meeting.counts_from));
        let held = of_period.clone().filter(|meeting| meeting.is_held()).count();
        let quantity = Quantity::amount(i64::try_from(held).unwrap_or(i64::MAX));
        (of_period.count() > 0).then_some(Reading { series: None, quantity, cohort: None })
    };
    readings::ended(target).iter().filter_map(within).collect()
}

/// Derives a deliverable rate: the number of meetings that got the deliverable, divided by the
/// number of held meetings with a record about it.
pub(super) fn derive_deliverables(
    target: &TargetFact,
    measure: &DeliverablePerMeeting,
    evidence: &Evidence,
) -> MeasureResult {
    let meetings = &evidence.meetings;
    let held: Vec<_> = meetings.iter().filter(|meeting| meeting.is_held()).collect();
    let rate_of = |meetings: &[&MeetingFact]| {
        let known =
            meetings.iter().filter(|meeting| meeting.is_held()).filter_map(|meeting| meeting.delivered);
        Rate::pooled(known.map(|delivered| Rate::new(i64::from(delivered), 1)))
    };
    let rate = rate_of(&held);
    let value = match (rate.denominator, held.is_empty()) {
        (0, true) => Err(no_meeting_reason(target, meetings)),
        (0, false) => Err(ValueReason::NoEntries),
        _ => Ok(Value::Rate(rate)),
    };
    let unknown = count(meetings, awaits_deliverable);
    let base = completeness(meetings);
    let reading = |meeting: &&MeetingFact| {
        let quantity = Quantity::rate(Rate::new(i64::from(meeting.delivered?), 1))?;
        Some(Reading { series: series(meeting), quantity, cohort: None })
    };
    MeasureResult {
        basis_meetings: Some(rate.denominator),
        readings: held.iter().filter_map(reading).collect(),
        completeness: Completeness {
            deliverables_unknown: Some(unknown),
            provisional: base.provisional || unknown > 0,
            ..base
        },
        parts: parts(meetings, Some(MeetingAggregate::Pooled), |_, group| {
            let rate = rate_of(group);
            (rate.denominator, Some(rate))
        }),
        ..MeasureResult::new(
            value,
            Detail::Deliverable(DeliverableDetail { deliverable: measure.deliverable.clone() }),
        )
    }
}
