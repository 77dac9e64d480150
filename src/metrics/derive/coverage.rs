//! Coverage of councils.

use chrono::NaiveDate;

use super::meetings::{is_held, register_completeness, why_none_held};
use super::outturn::{Outturn, Reading, Value};
use super::readings;
use crate::meetings::model::RegisterState;
use crate::metrics::facts::{CoverageFact, Evidence, TargetFact};
use crate::metrics::model::{CoverageDetail, Detail, OccasionDetail, ValueReason};
use crate::rules::measure::{CouncilCoverage, CoverageBasis, OccasionAggregate};
use crate::rules::{Quantity, Rate};

const fn rate(fact: &CoverageFact) -> Rate {
    Rate::new(fact.covered, fact.cohort)
}

/// Councils covered of the councils of the cohort that exist on the date.
pub(super) fn derive(target: &TargetFact, measure: &CouncilCoverage, evidence: &Evidence) -> Outturn {
    let is_recorded = measure.basis == CoverageBasis::Attendance
        && evidence.meetings.iter().any(|m| is_held(m) && m.register == RegisterState::Closed);
    let says_something = |fact: &&CoverageFact| fact.entries > 0 || is_recorded;
    let occasions: Vec<&CoverageFact> = evidence.coverage.iter().filter(says_something).collect();
    let cohort = evidence.coverage.first().map(|fact| fact.cohort);
    let value = match aggregate(target, measure.over_occasions, &occasions) {
        Some(rate) if rate.denominator > 0 => Ok(Value::Rate(rate)),
        Some(_) => Err(ValueReason::NoEligible),
        None => Err(why_none(target, measure.basis, evidence)),
    };
    let reading = |fact: &&CoverageFact| {
        Some(Reading { series: None, quantity: Quantity::rate(rate(fact))?, cohort: Some(fact.cohort) })
    };
    let days: Vec<NaiveDate> = evidence.entries.iter().map(|entry| entry.occurred_on).collect();
    Outturn {
        readings: occasions.iter().filter_map(reading).collect(),
        cohort,
        completeness: match measure.basis {
            CoverageBasis::Entries => readings::completeness(target, &days),
            CoverageBasis::Attendance => register_completeness(&evidence.meetings),
            CoverageBasis::Membership => Default::default(),
        },
        ..Outturn::new(value, Detail::Coverage(CoverageDetail { occasions: details(&occasions) }))
    }
}

fn aggregate(target: &TargetFact, choice: OccasionAggregate, occasions: &[&CoverageFact]) -> Option<Rate> {
    let rates = occasions.iter().map(|fact| rate(fact));
    match choice {
        // The statement has put a distinct coverage's occasions together.
        OccasionAggregate::Minimum | OccasionAggregate::Distinct => target.aim.worst(rates),
        OccasionAggregate::Pooled if occasions.is_empty() => None,
        OccasionAggregate::Pooled => Some(Rate::pooled(rates)),
    }
}

fn why_none(target: &TargetFact, basis: CoverageBasis, evidence: &Evidence) -> ValueReason {
    match basis {
        CoverageBasis::Entries => readings::why_no_entry(target),
        CoverageBasis::Membership => ValueReason::NoEntries,
        CoverageBasis::Attendance => {
            let meetings = &evidence.meetings;
            let is_open = |m: &&_| is_held(m) && m.register == RegisterState::Open;
            if meetings.iter().find(is_open).is_some() {
                ValueReason::RegisterOpen
            } else if meetings.iter().any(is_held) {
                ValueReason::NoEntries
            } else {
                why_none_held(target, meetings)
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
