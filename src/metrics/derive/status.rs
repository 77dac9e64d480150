//! Compares values with thresholds, and computes forecasts.

use rust_decimal::Decimal;

use super::measure_result::{MeasureResult, Value};
use super::target::{tolerance, year};
use crate::metrics::facts::TargetFact;
use crate::metrics::model::{Detail, Forecast, ForecastMethod, Status, StatusReason, ValueReason};
use crate::progress::entry::MilestoneState;
use crate::rules::rounding::half_up;
use crate::rules::{Aim, Colour, Measure, Quantity, Rate, ThresholdRule, profile, threshold_defaults};
use crate::values::{Day, Number};

pub(super) struct DerivedStatus {
    pub(super) status: Status,
    pub(super) reason: StatusReason,
}

impl DerivedStatus {
    const fn new(status: Status, reason: StatusReason) -> Self {
        Self { status, reason }
    }
}

/// Returns the rule that assigns green, amber or red to a value: aim, threshold and tolerance.
pub(super) fn rule(target: &TargetFact, threshold: Number) -> ThresholdRule {
    let tolerance = tolerance(target, Some(threshold));
    ThresholdRule { aim: target.aim, threshold: threshold.0, tolerance, strict: target.measure.is_strict() }
}

pub(super) fn derive_status(
    target: &TargetFact,
    result: &MeasureResult,
    threshold: Option<Number>,
) -> DerivedStatus {
    if let Detail::Milestone(milestone) = &result.detail {
        return milestone_status(milestone.state, milestone.due_on.0 <= target.as_at);
    }
    if let Err(reason) = result.value {
        return without_value(target, reason);
    }
    let Some(threshold) = threshold else {
        return DerivedStatus::new(Status::Contextual, StatusReason::NoThreshold);
    };
    let Some(comparison) = compare_with_bar(target, result, threshold) else {
        return without_value(target, ValueReason::ZeroDenominator);
    };
    if comparison.is_nothing_expected_yet() {
        return DerivedStatus::new(Status::NotDue, StatusReason::NothingExpectedYet);
    }
    let colour = comparison.rule.colour_of(comparison.quantity);
    // The value 0 exists only because all planned meetings were cancelled.
    if matches!((&result.detail, result.value), (Detail::Meetings(_), Ok(Value::Amount(0)))) {
        return DerivedStatus::new(colour.into(), StatusReason::MeetingCancelled);
    }
    DerivedStatus::new(
        colour.into(),
        match (colour, comparison.by_now) {
            (Colour::Green, false) => StatusReason::MeetsThreshold,
            (Colour::Amber, false) => StatusReason::WithinTolerance,
            (Colour::Red, false) => StatusReason::MissesThreshold,
            (Colour::Green, true) => StatusReason::OnCourse,
            (Colour::Amber, true) => StatusReason::SlightlyBehind,
            (Colour::Red, true) => StatusReason::Behind,
        },
    )
}

/// The rule that assigns a colour on the metric's date, by the threshold or by the amount expected
/// by now. All numbers of the rule are multiplied by `scale`, which avoids a division.
pub(super) struct CurrentBar {
    rule: ThresholdRule,
    scale: i64,
    by_now: bool,
}

impl CurrentBar {
    pub(super) fn amber_from(&self) -> Number {
        Number(half_up(self.rule.amber_from() / Decimal::from(self.scale)))
    }
}

/// Returns the rule that assigns a colour to the target's value on the metric's date.
pub(super) fn current_bar(target: &TargetFact, result: &MeasureResult, threshold: Number) -> CurrentBar {
    let (year, whole) = (year(target), rule(target, threshold));
    if !threshold_defaults::has_pace(&target.measure, target.aim) || year.0.is_expired(target.as_at) {
        return CurrentBar { rule: whole, scale: 1, by_now: false };
    }
    let (expected, scale) = match expected_in_steps(target, result, threshold) {
        Some(expected) => (expected.0, 1),
        None => (threshold.0 * Decimal::from(year.elapsed(target.as_at)), year.days()),
    };
    let rule = ThresholdRule { threshold: expected, tolerance: whole.tolerance.times(scale), ..whole };
    CurrentBar { rule, scale, by_now: true }
}

/// A value, and the rule that assigns green, amber or red to it.
pub(super) struct RuleComparison {
    pub(super) quantity: Quantity,
    pub(super) rule: ThresholdRule,
    /// Whether the rule compares the value with the amount expected by now instead of the
    /// threshold.
    pub(super) by_now: bool,
}

impl RuleComparison {
    /// Returns true if the aim is `at_least`, and both the value and the amount expected by now are
    /// 0.
    fn is_nothing_expected_yet(&self) -> bool {
        let is_nothing = self.rule.threshold.is_zero() && self.quantity == Quantity::amount(0);
        self.by_now && is_nothing && self.rule.aim == Aim::AtLeast
    }
}

/// Returns the target's value together with the rule that assigns its colour. Returns `None` if
/// there is no value.
pub(super) fn compare_with_bar(
    target: &TargetFact,
    result: &MeasureResult,
    threshold: Number,
) -> Option<RuleComparison> {
    let CurrentBar { rule, scale, by_now } = current_bar(target, result, threshold);
    let quantity = match result.value.ok()? {
        Value::Amount(_) | Value::Reported(_) => result.quantity()?.times(scale),
        Value::Rate(_) => result.quantity()?,
    };
    Some(RuleComparison { quantity, rule, by_now })
}

fn without_value(target: &TargetFact, reason: ValueReason) -> DerivedStatus {
    let status = match reason {
        ValueReason::NotDue => Status::NotDue,
        ValueReason::HandedOver => Status::NotApplicable,
        ValueReason::ZeroDenominator if matches!(target.measure, Measure::Ratio(_)) => Status::NotApplicable,
        ValueReason::JudgedOnly => return DerivedStatus::new(Status::Contextual, StatusReason::JudgedOnly),
        _ => Status::NoData,
    };
    DerivedStatus::new(status, StatusReason::NoValue)
}

fn milestone_status(state: Option<MilestoneState>, is_due: bool) -> DerivedStatus {
    match state {
        Some(MilestoneState::Achieved) => DerivedStatus::new(Status::Green, StatusReason::Achieved),
        Some(MilestoneState::Missed) => DerivedStatus::new(Status::Red, StatusReason::Missed),
        _ if !is_due => DerivedStatus::new(Status::NotDue, StatusReason::BeforeDueDate),
        Some(_) => DerivedStatus::new(Status::Red, StatusReason::Overdue),
        None => DerivedStatus::new(Status::NoData, StatusReason::NoValue),
    }
}

/// Returns the amount expected by now, if it does not grow evenly. It is the number of meetings
/// due, or the amount that the target's profile states for the date. It never exceeds the
/// threshold.
fn expected_in_steps(target: &TargetFact, result: &MeasureResult, threshold: Number) -> Option<Number> {
    if let Some(due) = result.meetings_due {
        return Some(Number::from(due).min(threshold));
    }
    let expected = profile::expected(target.measure.profile(), Day(target.as_at))?;
    Some(expected.min(threshold))
}

/// Returns the amount that a running count should have reached on the metric's date. After the
/// year's end, this amount is the threshold. Returns `None` for values that are always compared
/// with the threshold.
pub(super) fn expected_by_now(
    target: &TargetFact,
    result: &MeasureResult,
    threshold: Option<Number>,
) -> Option<Number> {
    let threshold = threshold.filter(|_| threshold_defaults::has_pace(&target.measure, target.aim))?;
    let year = year(target);
    if year.0.is_expired(target.as_at) {
        return Some(threshold);
    }
    let even = || year.expected(threshold.0, target.as_at);
    Some(expected_in_steps(target, result, threshold).unwrap_or_else(even))
}

/// Forecasts the value at the end of the year. A count continues at its average daily pace, and a
/// pooled rate stays the same. Returns `None` for a value that one reading, occasion or meeting
/// decides.
pub(super) fn forecast(target: &TargetFact, result: &MeasureResult) -> Option<Forecast> {
    let year = year(target);
    match result.value.ok().filter(|_| !year.0.is_expired(target.as_at))? {
        Value::Amount(_) | Value::Reported(_) if target.measure.is_cumulative() => {
            let whole = result.quantity()?.times(year.days()).over(year.elapsed(target.as_at))?;
            Some(Forecast { value: whole.rounded(2)?, method: ForecastMethod::CarriedOn })
        }
        Value::Rate(_) | Value::Reported(_) if target.measure.is_pooled() => Some(Forecast {
            value: result.quantity()?.rounded(result.decimals)?,
            method: ForecastMethod::PooledSoFar,
        }),
        Value::Amount(_) | Value::Rate(_) | Value::Reported(_) => None,
    }
}

/// Returns whether the status would change if the rate were first rounded to whole per cent.
pub(super) fn is_rounding_sensitive(
    target: &TargetFact,
    result: &MeasureResult,
    threshold: Option<Number>,
) -> bool {
    let (Some(threshold), Ok(Value::Rate(rate)), 100) = (threshold, result.value, result.per) else {
        return false;
    };
    let rounded = rate.whole_percent().and_then(|whole| Quantity::rate(Rate::new(whole, 100)));
    let rule = rule(target, threshold);
    rounded
        .zip(result.quantity())
        .is_some_and(|(rounded, exact)| rule.colour_of(rounded) != rule.colour_of(exact))
}
