//! Readings received of readings due.

use super::entries::achieved_on;
use super::judge::year;
use crate::metrics::facts::{Evidence, TargetFact};
use crate::metrics::model::{Completeness, ValueReason};
use crate::rules::period::{Period, schedule};
use crate::values::Day;

/// The reporting periods whose last day has come by the date.
pub(super) fn ended(target: &TargetFact) -> Vec<Period> {
    let periods = schedule(&year(target), &target.frequencies);
    periods.into_iter().filter(|period| period.is_over(target.as_at)).collect()
}

/// Those of them whose reading should be there: it may still come in on the period's last day. Of an achieved milestone no
/// reading is owed for a period that begins after it was achieved.
fn owed(target: &TargetFact, evidence: &Evidence) -> Vec<Period> {
    let achieved_on = achieved_on(evidence);
    let is_owed =
        |period: &Period| period.until <= target.due_by && achieved_on.is_none_or(|day| period.from <= day);
    ended(target).into_iter().filter(is_owed).collect()
}

/// Those of them without a reading.
pub(super) fn missing(target: &TargetFact, evidence: &Evidence) -> Vec<Period> {
    let is_missing =
        |period: &Period| !evidence.entries.iter().any(|entry| period.contains(entry.occurred_on));
    owed(target, evidence).into_iter().filter(is_missing).collect()
}

/// Periods of which a reading is owed, and those of them with one; none of both without a schedule.
pub(super) fn completeness(target: &TargetFact, evidence: &Evidence) -> Completeness {
    if target.frequencies.iter().all(|frequency| frequency.per_year().is_none()) {
        return Completeness::default();
    }
    let (due, missing) = (owed(target, evidence).len(), missing(target, evidence).len());
    Completeness {
        readings_due: i64::try_from(due).ok(),
        readings_received: i64::try_from(due - missing).ok(),
        provisional: missing > 0,
        ..Completeness::default()
    }
}

/// The day on which the first reading is due: the last of the first reporting period, of the year without a schedule.
pub(super) fn first_due_on(target: &TargetFact) -> Day {
    let year = year(target);
    let first = schedule(&year, &target.frequencies).first().copied();
    Day(first.unwrap_or(year.0).until).before()
}

/// Why there is no entry: none is due yet, or one is.
pub(super) fn why_no_entry(target: &TargetFact) -> ValueReason {
    if target.as_at < first_due_on(target).0 { ValueReason::NotDue } else { ValueReason::NoEntries }
}
