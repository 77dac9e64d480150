//! Derives coverage.

use super::measure_result::{MeasureResult, Reading, Value};
use super::meetings::{awaits_register, no_meeting_reason, register_completeness};
use super::readings;
use crate::metrics::facts::{CoverageFact, EntryFact, Evidence, MeetingFact, TargetFact};
use crate::metrics::model::{CoverageDetail, Detail, OccasionDetail, ValueReason};
use crate::rules::measure::{CouncilCoverage, CoverageBasis, CoverageTime, OccasionAggregate};
use crate::rules::{Quantity, Rate};
use crate::values::ShortText;

const fn rate(fact: &CoverageFact) -> Rate {
    Rate::new(fact.covered, fact.cohort)
}

/// Derives a coverage: the number of covered councils divided by the number of councils in the
/// cohort on the date.
pub(super) fn derive(target: &TargetFact, measure: &CouncilCoverage, evidence: &Evidence) -> MeasureResult {
    let occasions = recorded_occasions(target, measure, evidence);
    let cohort = evidence.coverage.first().map(|fact| fact.cohort);
    let counted = decisive(target, measure, occasions.clone());
    let rate_of_all =
        Some(Rate::pooled(counted.iter().map(|fact| rate(fact)))).filter(|_| !counted.is_empty());
    let value = match rate_of_all {
        Some(rate) if rate.denominator > 0 => Ok(Value::Rate(rate)),
        Some(_) => Err(ValueReason::NoEligible),
        None => Err(no_value_reason(target, measure, evidence)),
    };
    let reading = |fact: &&CoverageFact| {
        Some(Reading { series: None, quantity: Quantity::rate(rate(fact))?, cohort: Some(fact.cohort) })
    };
    MeasureResult {
        readings: occasions.iter().filter_map(reading).collect(),
        cohort,
        completeness: match measure.basis {
            CoverageBasis::Entries => readings::completeness(target, evidence),
            CoverageBasis::Attendance => register_completeness(&evidence.meetings),
            CoverageBasis::Membership => Default::default(),
        },
        ..MeasureResult::new(value, Detail::Coverage(CoverageDetail { occasions: details(&occasions) }))
    }
}

/// Returns true if the coverage counts councils that are members during the plan period, and the
/// plan period has not begun.
pub(super) fn is_before_its_year(target: &TargetFact, measure: &CouncilCoverage) -> bool {
    let is_during = (measure.basis, measure.when) == (CoverageBasis::Membership, CoverageTime::During);
    is_during && target.as_at < target.plan_from
}

/// Returns the occasions for which coverage was recorded.
pub(super) fn recorded_occasions<'e>(
    target: &TargetFact,
    measure: &CouncilCoverage,
    evidence: &'e Evidence,
) -> Vec<&'e CoverageFact> {
    if is_before_its_year(target, measure) {
        return Vec::new();
    }
    let is_recorded = measure.basis == CoverageBasis::Attendance
        && evidence.meetings.iter().any(|m| m.has_closed_register());
    evidence.coverage.iter().filter(|fact| fact.entries > 0 || is_recorded).collect()
}

/// Returns the occasions that decide the value: all occasions, or only the occasion with the worst
/// coverage. Of several equally bad occasions, returns the one whose latest entry is the earliest.
pub(super) fn decisive<'e>(
    target: &TargetFact,
    measure: &CouncilCoverage,
    occasions: Vec<&'e CoverageFact>,
) -> Vec<&'e CoverageFact> {
    match measure.over_occasions {
        // For the aggregate `distinct`, the SQL statement has merged all occasions into one fact.
        OccasionAggregate::Minimum | OccasionAggregate::Distinct => {
            target.aim.worst_by(occasions, |fact| rate(fact)).into_iter().collect()
        }
        OccasionAggregate::Pooled => occasions,
    }
}

pub(super) fn is_about_occasion(fact: &CoverageFact, occasion: Option<&ShortText>) -> bool {
    fact.occasion.as_ref() == occasion
}

/// Returns whether `entries[i]` does not count because a later entry has the same council and
/// occasion. Returns false if the measure counts what happened during the year. Every entry then
/// counts.
pub(super) fn is_overtaken(measure: &CouncilCoverage, entries: &[EntryFact], i: usize) -> bool {
    let is_same = |later: &EntryFact| {
        (&later.occasion, later.council_id) == (&entries[i].occasion, entries[i].council_id)
    };
    measure.when == CoverageTime::AsAt && entries[i + 1..].iter().any(is_same)
}

fn no_value_reason(target: &TargetFact, measure: &CouncilCoverage, evidence: &Evidence) -> ValueReason {
    match measure.basis {
        CoverageBasis::Entries => readings::no_entry_reason(target),
        CoverageBasis::Membership if is_before_its_year(target, measure) => ValueReason::NotDue,
        CoverageBasis::Membership => ValueReason::NoEntries,
        CoverageBasis::Attendance => {
            let meetings = &evidence.meetings;
            if meetings.iter().any(awaits_register) {
                ValueReason::RegisterOpen
            } else if meetings.iter().any(MeetingFact::is_held) {
                ValueReason::NoEntries
            } else {
                no_meeting_reason(target, meetings)
            }
        }
    }
}

fn details(occasions: &[&CoverageFact]) -> Vec<OccasionDetail> {
    let detail = |fact: &&CoverageFact| OccasionDetail {
        occasion: fact.occasion.clone(),
        numerator: fact.covered,
        denominator: fact.cohort,
    };
    occasions.iter().map(detail).collect()
}
