//! Readings that are due, and those that exist.

use chrono::NaiveDate;

use super::target::year;
use crate::metrics::facts::{EntryFact, Evidence, TargetFact};
use crate::metrics::model::{Completeness, ValueReason};
use crate::progress::entry::MilestoneState;
use crate::rules::period::{Period, schedule};
use crate::values::Day;

/// Returns the reporting periods whose last day is on or before the date.
pub(super) fn ended(target: &TargetFact) -> Vec<Period> {
    let periods = schedule(&year(target), &target.frequencies);
    periods.into_iter().filter(|period| period.is_over(target.as_at)).collect()
}

/// Returns the day since which a milestone is achieved, if it still is by its latest entry.
fn achieved_on(evidence: &Evidence) -> Option<NaiveDate> {
    let is_achieved = |entry: &&EntryFact| entry.milestone_state == Some(MilestoneState::Achieved);
    evidence.entries.iter().rev().take_while(is_achieved).last().map(|entry| entry.occurred_on)
}

/// Returns the reporting periods whose reading is due. A reading may still be entered on the last
/// day of its period. Once a milestone is achieved, no reading is due for a later period.
fn due(target: &TargetFact, evidence: &Evidence) -> Vec<Period> {
    let achieved_on = achieved_on(evidence);
    let is_due =
        |period: &Period| period.until <= target.due_by && achieved_on.is_none_or(|day| period.from <= day);
    ended(target).into_iter().filter(is_due).collect()
}

/// Returns the periods whose reading is due and missing.
pub(super) fn missing(target: &TargetFact, evidence: &Evidence) -> Vec<Period> {
    let is_missing =
        |period: &Period| !evidence.entries.iter().any(|entry| period.contains(entry.occurred_on));
    due(target, evidence).into_iter().filter(is_missing).collect()
}

/// Counts the readings that are due, and those of them that exist. Without a schedule both are
/// `None`.
pub(super) fn completeness(target: &TargetFact, evidence: &Evidence) -> Completeness {
    if target.frequencies.iter().all(|frequency| frequency.per_year().is_none()) {
        return Completeness::default();
    }
    let (due, missing) = (due(target, evidence).len(), missing(target, evidence).len());
    Completeness {
        readings_due: i64::try_from(due).ok(),
        readings_received: i64::try_from(due - missing).ok(),
        provisional: missing > 0,
        ..Completeness::default()
    }
}

/// Returns the day on which the first reading is due: the last day of the first reporting period,
/// or of the year without a schedule.
pub(super) fn first_due_on(target: &TargetFact) -> Day {
    let year = year(target);
    let first = schedule(&year, &target.frequencies).first().copied();
    Day(first.unwrap_or(year.0).until).before()
}

/// Returns why there is no value without an entry: no entry is due yet, or one is missing.
pub(super) fn no_entry_reason(target: &TargetFact) -> ValueReason {
    if target.as_at < first_due_on(target).0 { ValueReason::NotDue } else { ValueReason::NoEntries }
}
