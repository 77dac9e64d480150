//! Derives values from progress entries: counts, ratios, readings, balances, milestones and
//! narratives.

use std::cmp::Ordering;

use rust_decimal::Decimal;

use super::measure_result::{MeasureResult, Reading, Value};
use super::readings;
use super::target::due_on;
use crate::metrics::facts::{EntryFact, Evidence, TargetFact};
use crate::metrics::model::{
    BalanceDetail, CountDetail, Detail, MilestoneDetail, NoDetail, RatioDetail, ReadingDetail, ValueReason,
};
use crate::progress::entry::MilestoneState;
use crate::rules::measure::{self, CountTotal, FinancialBalance, Ratio, RatioAggregate, ReadingAggregate};
use crate::rules::{Quantity, Rate};

fn entries(evidence: &Evidence) -> i64 {
    i64::try_from(evidence.entries.len()).unwrap_or(i64::MAX)
}

/// Sums `amount` over the entries of each reporting period that has ended. Skips periods without
/// entries. The direction of travel compares the sums.
fn by_period(
    target: &TargetFact,
    evidence: &Evidence,
    amount: fn(&EntryFact) -> Option<Decimal>,
) -> Vec<Reading> {
    readings::ended(target)
        .iter()
        .filter_map(|period| {
            let within = evidence.entries.iter().filter(|entry| period.contains(entry.occurred_on));
            let amounts: Vec<Decimal> = within.filter_map(amount).collect();
            let quantity = Quantity::sum(amounts.iter().copied());
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
        readings: by_period(target, evidence, |entry| Some(counted(entry).into())),
        completeness: readings::completeness(target, evidence),
        ..MeasureResult::new(value, Detail::Count(detail))
    }
}

pub(super) fn derive_ratio(target: &TargetFact, measure: &Ratio, evidence: &Evidence) -> MeasureResult {
    let decisive = decisive(measure, &evidence.entries).into_iter();
    let chosen = Some(Rate::pooled(decisive.filter_map(rate))).filter(|rate| rate.denominator > 0);
    let value = match (chosen, evidence.entries.is_empty()) {
        (Some(rate), _) => Ok(Value::Rate(rate)),
        (None, true) => Err(readings::no_entry_reason(target)),
        (None, false) => Err(ValueReason::ZeroDenominator),
    };
    let reading = |entry: &EntryFact| {
        let rate = rate(entry)?;
        let series = entry.occasion.as_ref().map(ToString::to_string);
        let quantity = Quantity::per(rate, measure.per)?;
        Some(Reading { series, quantity, cohort: Some(rate.denominator) })
    };
    MeasureResult {
        per: measure.per,
        decimals: measure.decimals,
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
/// these are all readings, the latest reading, or the lowest or highest of the latest readings on
/// each occasion.
pub(super) fn decisive<'e>(measure: &Ratio, entries: &'e [EntryFact]) -> Vec<&'e EntryFact> {
    let quantity = |entry: &EntryFact| Quantity::rate(rate(entry)?);
    match measure.aggregate {
        RatioAggregate::Summed => entries.iter().collect(),
        RatioAggregate::Latest => entries.last().into_iter().collect(),
        RatioAggregate::Minimum => extreme(entries, quantity, Ordering::Less).into_iter().collect(),
        RatioAggregate::Maximum => extreme(entries, quantity, Ordering::Greater).into_iter().collect(),
    }
}

/// Returns the entry with the lowest quantity (`Less`) or the highest (`Greater`), of the latest
/// entries on each occasion. Of several such entries, returns the first. Leaves out entries without
/// a quantity.
fn extreme(
    entries: &[EntryFact],
    quantity: impl Fn(&EntryFact) -> Option<Quantity>,
    wanted: Ordering,
) -> Option<&EntryFact> {
    let latest = (0..entries.len()).filter(|i| !is_overtaken(entries, *i)).map(|i| &entries[i]);
    let some = latest.filter_map(|entry| Some((entry, quantity(entry)?)));
    let decisive =
        some.reduce(|first, next| if next.1.compare_with(first.1) == wanted { next } else { first });
    decisive.map(|(entry, _)| entry)
}

/// Derives the value of readings: the latest, their sum or mean, or the lowest or highest.
pub(super) fn derive_reading(
    target: &TargetFact,
    measure: &measure::Reading,
    evidence: &Evidence,
) -> MeasureResult {
    let decisive = decisive_readings(measure, &evidence.entries);
    let values: Vec<Decimal> = decisive.into_iter().filter_map(stated).collect();
    let quantity = match measure.aggregate {
        ReadingAggregate::Mean => Quantity::mean(&values),
        _ => Some(Quantity::sum(values.iter().copied())).filter(|_| !values.is_empty()),
    };
    let value = match quantity {
        Some(quantity) => Ok(Value::Reported(quantity)),
        None => Err(readings::no_entry_reason(target)),
    };
    let reading = |entry: &EntryFact| {
        let series = entry.occasion.as_ref().map(ToString::to_string);
        Some(Reading { series, quantity: Quantity::decimal(stated(entry)?), cohort: None })
    };
    let readings = match measure.aggregate {
        ReadingAggregate::Sum => by_period(target, evidence, stated),
        _ => evidence.entries.iter().filter_map(reading).collect(),
    };
    MeasureResult {
        decimals: READING_DECIMALS,
        readings,
        completeness: readings::completeness(target, evidence),
        ..MeasureResult::new(value, Detail::Reading(ReadingDetail { readings: entries(evidence) }))
    }
}

/// The number of decimal places of readings, to which a mean is rounded.
const READING_DECIMALS: u32 = 4;

/// Returns the value that a reading states.
pub(super) fn stated(entry: &EntryFact) -> Option<Decimal> {
    entry.reading.map(|reading| reading.0)
}

/// Returns the readings that decide the value.
pub(super) fn decisive_readings<'e>(
    measure: &measure::Reading,
    entries: &'e [EntryFact],
) -> Vec<&'e EntryFact> {
    let quantity = |entry: &EntryFact| stated(entry).map(Quantity::decimal);
    match measure.aggregate {
        ReadingAggregate::Latest => entries.last().into_iter().collect(),
        ReadingAggregate::Sum | ReadingAggregate::Mean => entries.iter().collect(),
        ReadingAggregate::Minimum => extreme(entries, quantity, Ordering::Less).into_iter().collect(),
        ReadingAggregate::Maximum => extreme(entries, quantity, Ordering::Greater).into_iter().collect(),
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
        readings: by_period(target, evidence, |entry| Some(net(entry).into())),
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
