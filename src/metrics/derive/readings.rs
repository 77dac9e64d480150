//! Determines which readings are due and which exist.

use chrono::NaiveDate;

use super::target::year;
use crate::metrics::facts::{EntryFact, Evidence, TargetFact};
use crate::metrics::model::{Completeness, ValueReason};
use crate::progress::entry::MilestoneState;
use crate::rules::period::{Period, schedule};
use crate::values::Day;

/// Returns the reporting periods of the target that ended before or on the metric's date.
pub(super) fn ended(target: &TargetFact) -> Vec<Period> {
    let periods = schedule(&year(target), &target.frequencies);
    periods.into_iter().filter(|period| period.is_expired(target.as_at)).collect()
}

/// Returns the day since which the milestone has been achieved. Returns `None` if the latest entry
/// does not have the state `achieved`.
fn achieved_on(evidence: &Evidence) -> Option<NaiveDate> {
    let is_achieved = |entry: &&EntryFact| entry.milestone_state == Some(MilestoneState::Achieved);
    evidence.entries.iter().rev().take_while(is_achieved).last().map(|entry| entry.occurred_on)
}

/// Returns the first day on which the reading for a period is overdue if it does not exist. It is
/// the day after the period's last day, or later if the target's data arrive late.
fn due_from(target: &TargetFact, period: &Period) -> NaiveDate {
    target.reading_lag.map_or(period.until, |lag| lag.after(period.until))
}

/// Returns the reporting periods for which a reading is needed. Periods after a milestone was
/// achieved need no reading.
fn needed(target: &TargetFact, evidence: &Evidence) -> Vec<Period> {
    let achieved_on = achieved_on(evidence);
    let is_needed = |period: &Period| achieved_on.is_none_or(|day| period.from <= day);
    schedule(&year(target), &target.frequencies).into_iter().filter(is_needed).collect()
}

/// Returns whether a period has ended and its reading is due.
fn is_due(target: &TargetFact, period: &Period) -> bool {
    period.is_expired(target.as_at) && due_from(target, period) <= target.due_by
}

fn has_reading(evidence: &Evidence, period: &Period) -> bool {
    evidence.entries.iter().any(|entry| period.contains(entry.occurred_on))
}

/// Returns the reporting periods for which a reading is due and does not exist.
pub(super) fn missing(target: &TargetFact, evidence: &Evidence) -> Vec<Period> {
    let is_missing = |period: &Period| is_due(target, period) && !has_reading(evidence, period);
    needed(target, evidence).into_iter().filter(is_missing).collect()
}

/// Counts the readings that are due, and those of them that exist. Both numbers are `None` for a
/// target without reporting periods.
pub(super) fn completeness(target: &TargetFact, evidence: &Evidence) -> Completeness {
    let provisional = evidence.entries.iter().filter(|entry| entry.provisional).count();
    let of_entries = Completeness {
        entries_provisional: i64::try_from(provisional).ok(),
        provisional: provisional > 0,
        ..Completeness::default()
    };
    if target.frequencies.iter().all(|frequency| frequency.length().is_none()) {
        return of_entries;
    }
    let needed = needed(target, evidence);
    let without_reading: Vec<&Period> =
        needed.iter().filter(|period| !has_reading(evidence, period)).collect();
    let due = needed.iter().filter(|period| is_due(target, period)).count();
    let missing = without_reading.iter().filter(|period| is_due(target, period)).count();
    Completeness {
        readings_due: i64::try_from(due).ok(),
        readings_received: i64::try_from(due - missing).ok(),
        next_reading_due_on: without_reading.first().map(|period| Day(due_from(target, period))),
        provisional: of_entries.provisional || missing > 0,
        ..of_entries
    }
}

/// Returns the last day of the first reporting period, by which the first reading is due. Returns
/// the last day of the plan period for a target without reporting periods.
pub(super) fn first_due_on(target: &TargetFact) -> Day {
    let year = year(target);
    let first = schedule(&year, &target.frequencies).first().copied();
    Day(first.unwrap_or(year.0).until).before()
}

/// Returns the reason why a target without progress entries has no value: no entry is due yet, or
/// an entry is missing.
pub(super) fn no_entry_reason(target: &TargetFact) -> ValueReason {
    if target.as_at < first_due_on(target).0 { ValueReason::NotDue } else { ValueReason::NoEntries }
}
