//! Derives values from progress entries: counts, ratios, balances, milestones and narratives.

use super::measure_result::{MeasureResult, Reading, Value};
use super::readings;
use super::target::due_on;
use crate::metrics::facts::{EntryFact, Evidence, TargetFact};
use crate::metrics::model::{
    BalanceDetail, CountDetail, Detail, MilestoneDetail, NoDetail, RatioDetail, ValueReason,
};
use crate::progress::entry::MilestoneState;
use crate::rules::measure::{CountTotal, FinancialBalance, Ratio, RatioAggregate};
use crate::rules::{Quantity, Rate};

fn entries(evidence: &Evidence) -> i64 {
    i64::try_from(evidence.entries.len()).unwrap_or(i64::MAX)
}

/// Sums `amount` over the entries of each reporting period that has ended. Skips periods without
/// entries. The direction of travel compares the sums.
fn by_period(target: &TargetFact, evidence: &Evidence, amount: fn(&EntryFact) -> i64) -> Vec<Reading> {
    readings::ended(target)
        .iter()
        .filter_map(|period| {
            let within = evidence.entries.iter().filter(|entry| period.contains(entry.occurred_on));
            let amounts: Vec<i64> = within.map(amount).collect();
            let quantity = Quantity::amount(amounts.iter().sum());
            (!amounts.is_empty()).then_some(Reading { series: None, quantity, cohort: None })
        })
        .collect()
}

pub(super) fn counted(entry: &EntryFact) -> i64 {
    entry.count.unwrap_or(0)
}

pub(super) fn derive_count(target: &TargetFact, measure: &CountTotal, evidence: &Evidence) -> MeasureResult {
    let value = match entries(evidence) {
        0 => Err(readings::no_entry_reason(target)),
        _ => Ok(Value::Amount(evidence.entries.iter().map(counted).sum())),
    };
    let detail = CountDetail { unit_name: measure.unit_name.clone(), entries: entries(evidence) };
    MeasureResult {
        readings: by_period(target, evidence, counted),
        completeness: readings::completeness(target, evidence),
        ..MeasureResult::new(value, Detail::Count(detail))
    }
}

pub(super) fn derive_ratio(target: &TargetFact, measure: &Ratio, evidence: &Evidence) -> MeasureResult {
    let decisive = decisive(target, measure, &evidence.entries).into_iter();
    let chosen = Some(Rate::pooled(decisive.filter_map(rate))).filter(|rate| rate.denominator > 0);
    let value = match (chosen, evidence.entries.is_empty()) {
        (Some(rate), _) => Ok(Value::Rate(rate)),
        (None, true) => Err(readings::no_entry_reason(target)),
        (None, false) => Err(ValueReason::ZeroDenominator),
    };
    let reading = |entry: &EntryFact| {
        let rate = rate(entry)?;
        let series = entry.occasion.as_ref().map(ToString::to_string);
        Some(Reading { series, quantity: Quantity::rate(rate)?, cohort: Some(rate.denominator) })
    };
    MeasureResult {
        empty_rate: Some(Rate::new(0, 0)).filter(|_| !evidence.entries.is_empty()),
        readings: evidence.entries.iter().filter_map(reading).collect(),
        completeness: readings::completeness(target, evidence),
        ..MeasureResult::new(value, Detail::Ratio(RatioDetail { readings: entries(evidence) }))
    }
}

pub(super) fn rate(entry: &EntryFact) -> Option<Rate> {
    Some(Rate::new(entry.numerator?, entry.denominator?))
}

/// Returns the readings that decide the value of a ratio. Depending on the measure's aggregate,
/// these are all readings, the latest reading, or the worst among the latest readings of each
/// occasion.
pub(super) fn decisive<'e>(
    target: &TargetFact,
    measure: &Ratio,
    entries: &'e [EntryFact],
) -> Vec<&'e EntryFact> {
    let worst = || {
        let latest = (0..entries.len()).filter(|i| !is_overtaken(entries, *i)).map(|i| &entries[i]);
        let some = latest.filter_map(|entry| Some((entry, rate(entry)?))).filter(|(_, r)| r.denominator > 0);
        target.aim.worst_by(some, |(_, rate)| *rate).map(|(entry, _)| entry)
    };
    match measure.aggregate {
        RatioAggregate::Summed => entries.iter().collect(),
        RatioAggregate::Latest => entries.last().into_iter().collect(),
        RatioAggregate::Minimum => worst().into_iter().collect(),
    }
}

/// Returns whether an entry after `entries[i]` is about the same occasion. Returns false if
/// `entries[i]` has no occasion.
pub(super) fn is_overtaken(entries: &[EntryFact], i: usize) -> bool {
    let occasion = &entries[i].occasion;
    occasion.is_some() && entries[i + 1..].iter().any(|later| later.occasion == *occasion)
}

/// Returns the income of an entry minus its cost, in pence.
pub(super) fn net(entry: &EntryFact) -> i64 {
    entry.income_pence.unwrap_or(0) - entry.cost_pence.unwrap_or(0)
}

/// Derives a financial balance: the income of the measure's area minus its cost, in pence.
pub(super) fn derive_balance(
    target: &TargetFact,
    measure: &FinancialBalance,
    evidence: &Evidence,
) -> MeasureResult {
    let income = evidence.entries.iter().filter_map(|entry| entry.income_pence).sum();
    let cost = evidence.entries.iter().filter_map(|entry| entry.cost_pence).sum();
    let value = match entries(evidence) {
        0 => Err(readings::no_entry_reason(target)),
        _ => Ok(Value::Amount(income - cost)),
    };
    let detail = BalanceDetail { area: measure.area.clone(), income_pence: income, cost_pence: cost };
    MeasureResult {
        readings: by_period(target, evidence, net),
        completeness: readings::completeness(target, evidence),
        ..MeasureResult::new(value, Detail::Balance(detail))
    }
}

/// Derives the result of a narrative target. It has no value, but its readings can be due.
pub(super) fn derive_narrative(target: &TargetFact, evidence: &Evidence) -> MeasureResult {
    MeasureResult {
        completeness: readings::completeness(target, evidence),
        ..MeasureResult::without(ValueReason::JudgedOnly, Detail::Narrative(NoDetail {}))
    }
}

/// Returns 1 if the milestone is achieved, otherwise 0.
pub(super) fn milestone_value(state: MilestoneState) -> i64 {
    i64::from(state == MilestoneState::Achieved)
}

pub(super) fn derive_milestone(target: &TargetFact, evidence: &Evidence) -> MeasureResult {
    let due_on = due_on(target);
    let states: Vec<MilestoneState> =
        evidence.entries.iter().filter_map(|entry| entry.milestone_state).collect();
    let state = states.last().copied();
    let value = match state {
        Some(state) => Ok(Value::Amount(milestone_value(state))),
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
    MeasureResult {
        readings: states.iter().map(reading).collect(),
        completeness: readings::completeness(target, evidence),
        ..MeasureResult::new(value, Detail::Milestone(MilestoneDetail { state, due_on }))
    }
}
