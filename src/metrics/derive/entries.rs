//! Measures that read progress entries: counts, ratios, balances, milestones.

use chrono::NaiveDate;

use super::outturn::{Outturn, Reading, Value};
use super::readings;
use crate::metrics::facts::{EntryFact, Evidence, TargetFact};
use crate::metrics::model::{
    BalanceDetail, CountDetail, Detail, MilestoneDetail, NoDetail, RatioDetail, ValueReason,
};
use crate::progress::entry::MilestoneState;
use crate::rules::measure::{CountTotal, FinancialBalance, Ratio, RatioAggregate};
use crate::rules::{Quantity, Rate};
use crate::values::Day;

fn days(evidence: &Evidence) -> Vec<NaiveDate> {
    evidence.entries.iter().map(|entry| entry.occurred_on).collect()
}

fn entries(evidence: &Evidence) -> i64 {
    i64::try_from(evidence.entries.len()).unwrap_or(i64::MAX)
}

/// What an amount came to in each reporting period that has ended and was reported: readings that can be compared.
fn by_period(target: &TargetFact, evidence: &Evidence, amount: fn(&EntryFact) -> i64) -> Vec<Reading> {
    readings::due(target)
        .iter()
        .filter_map(|period| {
            let within = evidence.entries.iter().filter(|entry| period.contains(entry.occurred_on));
            let amounts: Vec<i64> = within.map(amount).collect();
            let quantity = Quantity::amount(amounts.iter().sum());
            (!amounts.is_empty()).then_some(Reading { series: None, quantity, cohort: None })
        })
        .collect()
}

/// A running count.
pub(super) fn count(target: &TargetFact, measure: &CountTotal, evidence: &Evidence) -> Outturn {
    let amount = |entry: &EntryFact| entry.count.unwrap_or(0);
    let value = match entries(evidence) {
        0 => Err(readings::why_no_entry(target)),
        _ => Ok(Value::Amount(evidence.entries.iter().map(amount).sum())),
    };
    let detail = CountDetail { unit_name: measure.unit_name.clone(), entries: entries(evidence) };
    Outturn {
        readings: by_period(target, evidence, amount),
        completeness: readings::completeness(target, &days(evidence)),
        ..Outturn::new(value, Detail::Count(detail))
    }
}

/// So many of so many. Nothing of nothing is not applicable.
pub(super) fn ratio(target: &TargetFact, measure: &Ratio, evidence: &Evidence) -> Outturn {
    let rates = latest_by_occasion(&evidence.entries);
    let some = rates.iter().copied().filter(|rate| rate.denominator > 0);
    let summed =
        Rate::pooled(evidence.entries.iter().filter_map(|e| Some(Rate::new(e.numerator?, e.denominator?))));
    let chosen = match measure.aggregate {
        RatioAggregate::Summed => Some(summed).filter(|rate| rate.denominator > 0),
        RatioAggregate::Latest => rates.last().copied().filter(|rate| rate.denominator > 0),
        RatioAggregate::Minimum => target.aim.worst(some),
    };
    let value = match (chosen, evidence.entries.is_empty()) {
        (Some(rate), _) => Ok(Value::Rate(rate)),
        (None, true) => Err(readings::why_no_entry(target)),
        (None, false) => Err(ValueReason::ZeroDenominator),
    };
    let reading = |entry: &EntryFact| {
        let rate = Rate::new(entry.numerator?, entry.denominator?);
        let series = entry.occasion.as_ref().map(ToString::to_string);
        Some(Reading { series, quantity: Quantity::rate(rate)?, cohort: Some(rate.denominator) })
    };
    Outturn {
        empty_rate: Some(Rate::new(0, 0)).filter(|_| !evidence.entries.is_empty()),
        pooled: match measure.aggregate {
            RatioAggregate::Latest => chosen,
            RatioAggregate::Summed | RatioAggregate::Minimum => Some(summed),
        },
        readings: evidence.entries.iter().filter_map(reading).collect(),
        completeness: readings::completeness(target, &days(evidence)),
        ..Outturn::new(value, Detail::Ratio(RatioDetail { readings: entries(evidence) }))
    }
}

/// The latest reading of each occasion, by date; readings without an occasion stand for themselves.
fn latest_by_occasion(entries: &[EntryFact]) -> Vec<Rate> {
    let is_overtaken = |i: usize, entry: &EntryFact| {
        entry.occasion.is_some() && entries[i + 1..].iter().any(|later| later.occasion == entry.occasion)
    };
    let latest = entries.iter().enumerate().filter(|(i, entry)| !is_overtaken(*i, entry));
    latest.filter_map(|(_, entry)| Some(Rate::new(entry.numerator?, entry.denominator?))).collect()
}

/// Income less cost of the measure's area.
pub(super) fn balance(target: &TargetFact, measure: &FinancialBalance, evidence: &Evidence) -> Outturn {
    let income = evidence.entries.iter().filter_map(|entry| entry.income_pence).sum();
    let cost = evidence.entries.iter().filter_map(|entry| entry.cost_pence).sum();
    let value = match entries(evidence) {
        0 => Err(readings::why_no_entry(target)),
        _ => Ok(Value::Amount(income - cost)),
    };
    let net = |entry: &EntryFact| entry.income_pence.unwrap_or(0) - entry.cost_pence.unwrap_or(0);
    let detail = BalanceDetail { area: measure.area.clone(), income_pence: income, cost_pence: cost };
    Outturn {
        readings: by_period(target, evidence, net),
        completeness: readings::completeness(target, &days(evidence)),
        ..Outturn::new(value, Detail::Balance(detail))
    }
}

/// What a person judges: no number, but readings that are due.
pub(super) fn narrative(target: &TargetFact, evidence: &Evidence) -> Outturn {
    Outturn {
        completeness: readings::completeness(target, &days(evidence)),
        ..Outturn::without(ValueReason::JudgedOnly, Detail::Narrative(NoDetail {}))
    }
}

/// A state to reach; its value is 1 when reached, else 0.
pub(super) fn milestone(target: &TargetFact, evidence: &Evidence) -> Outturn {
    let due_on = target.due_on.map_or_else(|| Day(target.plan_until).before(), Day);
    let states: Vec<MilestoneState> =
        evidence.entries.iter().filter_map(|entry| entry.milestone_state).collect();
    let state = states.last().copied();
    let reached = |state| i64::from(state == MilestoneState::Achieved);
    let value = match state {
        Some(state) => Ok(Value::Amount(reached(state))),
        None if due_on.0 > target.as_at => Err(ValueReason::NotDue),
        None => Err(ValueReason::NoEntries),
    };
    let progress = |state: &MilestoneState| match state {
        MilestoneState::Missed => 0,
        MilestoneState::Planned => 1,
        MilestoneState::Started => 2,
        MilestoneState::Achieved => 3,
    };
    let reading = |state| Reading { series: None, quantity: Quantity::amount(progress(state)), cohort: None };
    Outturn {
        readings: states.iter().map(reading).collect(),
        completeness: readings::completeness(target, &days(evidence)),
        ..Outturn::new(value, Detail::Milestone(MilestoneDetail { state, due_on }))
    }
}
