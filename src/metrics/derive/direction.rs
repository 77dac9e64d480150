//! The direction of travel: whether a value is better than an earlier value.

use super::measure_result::{MeasureResult, Value};
use super::target::{unit, year};
use crate::metrics::facts::TargetFact;
use crate::metrics::model::{ComparedWith, Direction};
use crate::rules::Quantity;
use crate::rules::threshold_defaults::ValueUnit;
use crate::rules::trend::{Travel, trend};
use crate::targets::model::Baseline;

pub(super) fn direction(
    target: &TargetFact,
    result: &MeasureResult,
    last_year: Option<&(&TargetFact, MeasureResult)>,
) -> Direction {
    let last_two = result.last_two().filter(|_| result.value.is_ok());
    let (short, short_basis_changed) = last_two.map_or((Travel::None, false), |(earlier, later)| {
        (trend(target.aim, later.quantity.compare_with(earlier.quantity)), later.cohort != earlier.cohort)
    });
    let (long, long_compared_with, basis_changed) = long_direction(target, result, last_year);
    Direction { short, short_basis_changed, long, long_compared_with, basis_changed }
}

fn long_direction(
    target: &TargetFact,
    result: &MeasureResult,
    last_year: Option<&(&TargetFact, MeasureResult)>,
) -> (Travel, ComparedWith, bool) {
    let nothing = (Travel::None, ComparedWith::None, false);
    let Some(now) = shown_quantity(target, result) else { return nothing };
    if let Some((last, last_result)) = last_year
        && let Some(then) = shown_quantity(last, last_result)
        && unit(last) == unit(target)
    {
        let changed = last.measure.basis() != target.measure.basis()
            || last_result.basis_meetings != result.basis_meetings
            || last_result.cohort != result.cohort;
        return (trend(target.aim, now.compare_with(then)), ComparedWith::LastYear, changed);
    }
    let Some(baseline) = &target.baseline else { return nothing };
    let travel = trend(target.aim, now.compare_with(Quantity::decimal(baseline.value.0)));
    (travel, ComparedWith::Baseline, is_another_basis(target, result, baseline))
}

/// Returns the value without rounding, in the form that responses show. For a coverage without a
/// threshold, this form is the number of covered councils.
fn shown_quantity(target: &TargetFact, result: &MeasureResult) -> Option<Quantity> {
    match result.value.ok()? {
        Value::Rate(rate) if unit(target) == ValueUnit::Count => Some(Quantity::amount(rate.numerator)),
        _ => result.quantity(),
    }
}

/// Returns whether the baseline has another basis than the value: another number of meetings or
/// another denominator. A running count has another basis until the year's end.
fn is_another_basis(target: &TargetFact, result: &MeasureResult, baseline: &Baseline) -> bool {
    let differs = |stated: Option<i64>, own: Option<i64>| stated.zip(own).is_some_and(|(a, b)| a != b);
    let denominator = match result.value {
        Ok(Value::Rate(rate)) => Some(rate.denominator),
        _ => None,
    };
    differs(baseline.meetings, result.basis_meetings)
        || differs(baseline.denominator, denominator)
        || target.measure.is_cumulative() && !year(target).0.is_expired(target.as_at)
}
