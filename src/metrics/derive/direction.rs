//! The direction of travel: whether a value is better than an earlier one.

use super::outturn::{Outturn, Value};
use super::target::{unit, year};
use crate::metrics::facts::TargetFact;
use crate::metrics::model::{ComparedWith, Direction};
use crate::rules::Quantity;
use crate::rules::threshold_defaults::ValueUnit;
use crate::rules::trend::{Travel, trend};
use crate::targets::model::Baseline;

pub(super) fn direction(
    target: &TargetFact,
    outturn: &Outturn,
    last_year: Option<&(&TargetFact, Outturn)>,
) -> Direction {
    let last_two = outturn.last_two().filter(|_| outturn.value.is_ok());
    let (short, short_basis_changed) = last_two.map_or((Travel::None, false), |(earlier, later)| {
        (trend(target.aim, later.quantity.compare_with(earlier.quantity)), later.cohort != earlier.cohort)
    });
    let (long, long_compared_with, basis_changed) = long_direction(target, outturn, last_year);
    Direction { short, short_basis_changed, long, long_compared_with, basis_changed }
}

fn long_direction(
    target: &TargetFact,
    outturn: &Outturn,
    last_year: Option<&(&TargetFact, Outturn)>,
) -> (Travel, ComparedWith, bool) {
    let nothing = (Travel::None, ComparedWith::None, false);
    let Some(now) = shown_quantity(target, outturn) else { return nothing };
    if let Some((last, last_outturn)) = last_year
        && let Some(then) = shown_quantity(last, last_outturn)
        && unit(last) == unit(target)
    {
        let changed = last.measure.basis() != target.measure.basis()
            || last_outturn.basis_meetings != outturn.basis_meetings
            || last_outturn.cohort != outturn.cohort;
        return (trend(target.aim, now.compare_with(then)), ComparedWith::LastYear, changed);
    }
    let Some(baseline) = &target.baseline else { return nothing };
    let travel = trend(target.aim, now.compare_with(Quantity::decimal(baseline.value.0)));
    (travel, ComparedWith::Baseline, is_another_basis(target, outturn, baseline))
}

/// Returns the exact value as it is shown. For a coverage without a threshold it is the number of
/// councils.
fn shown_quantity(target: &TargetFact, outturn: &Outturn) -> Option<Quantity> {
    match outturn.value.ok()? {
        Value::Rate(rate) if unit(target) == ValueUnit::Count => Some(Quantity::amount(rate.numerator)),
        _ => outturn.quantity(),
    }
}

/// Returns whether a baseline has another basis: another number of meetings or another denominator.
/// Until the year is over, a running count has another basis than any baseline.
fn is_another_basis(target: &TargetFact, outturn: &Outturn, baseline: &Baseline) -> bool {
    let differs = |stated: Option<i64>, own: Option<i64>| stated.zip(own).is_some_and(|(a, b)| a != b);
    let denominator = match outturn.value {
        Ok(Value::Rate(rate)) => Some(rate.denominator),
        _ => None,
    };
    differs(baseline.meetings, outturn.basis_meetings)
        || differs(baseline.denominator, denominator)
        || target.measure.is_cumulative() && !year(target).0.is_over(target.as_at)
}
