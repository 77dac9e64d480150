//! Holding a value against its threshold.

use rust_decimal::Decimal;

use super::outturn::{Outturn, Value};
use crate::metrics::facts::TargetFact;
use crate::metrics::model::{Detail, Forecast, ForecastMethod, Status, StatusReason, ValueReason};
use crate::progress::entry::MilestoneState;
use crate::rules::measure::BalanceRequirement;
use crate::rules::rate::half_up;
use crate::rules::{Aim, Bar, Colour, Measure, PlanYear, Quantity, Rate, Tolerance, promise};
use crate::values::Number;

/// A status and its reason.
pub(super) struct Judged {
    pub(super) status: Status,
    pub(super) reason: StatusReason,
}

const fn judged(status: Status, reason: StatusReason) -> Judged {
    Judged { status, reason }
}

pub(super) fn year(target: &TargetFact) -> PlanYear {
    PlanYear::new(target.plan_from, target.plan_until)
}

/// The tolerance: the target's own, or the usual one of the threshold that holds.
pub(super) fn tolerance(target: &TargetFact, threshold: Option<Number>) -> Tolerance {
    target.tolerance.unwrap_or_else(|| promise::usual_tolerance(&target.measure, threshold))
}

/// The threshold as a bar.
pub(super) fn bar(target: &TargetFact, threshold: Number) -> Bar {
    let strict = matches!(&target.measure, Measure::FinancialBalance(balance)
        if balance.requirement == BalanceRequirement::Surplus);
    let tolerance = tolerance(target, Some(threshold));
    Bar { aim: target.aim, threshold: threshold.0, tolerance, strict }
}

/// The status of an outturn against a threshold.
pub(super) fn judge(target: &TargetFact, outturn: &Outturn, threshold: Option<Number>) -> Judged {
    if let Detail::Milestone(milestone) = &outturn.detail {
        return judge_milestone(milestone.state, milestone.due_on.0 <= target.as_at);
    }
    if let Err(reason) = outturn.value {
        return without_value(target, reason);
    }
    let Some(threshold) = threshold else { return judged(Status::Contextual, StatusReason::NoThreshold) };
    let Some(weighing) = weigh(target, outturn, threshold) else {
        return without_value(target, ValueReason::ZeroDenominator);
    };
    if weighing.is_nothing_yet() {
        return judged(Status::NotDue, StatusReason::NothingExpectedYet);
    }
    let colour = weighing.bar.judge(weighing.quantity);
    // None was held though meetings were planned: there is a value because every one was cancelled.
    if matches!((&outturn.detail, outturn.value), (Detail::Meetings(_), Ok(Value::Amount(0)))) {
        return judged(colour.into(), StatusReason::MeetingCancelled);
    }
    judged(
        colour.into(),
        match (colour, weighing.by_now) {
            (Colour::Green, false) => StatusReason::MeetsThreshold,
            (Colour::Amber, false) => StatusReason::WithinTolerance,
            (Colour::Red, false) => StatusReason::MissesThreshold,
            (Colour::Green, true) => StatusReason::OnCourse,
            (Colour::Amber, true) => StatusReason::SlightlyBehind,
            (Colour::Red, true) => StatusReason::Behind,
        },
    )
}

/// A value beside what it is held against.
pub(super) struct Weighing {
    pub(super) quantity: Quantity,
    pub(super) bar: Bar,
    /// Whether the bar is what is expected by now, and not yet the threshold.
    pub(super) by_now: bool,
}

impl Weighing {
    /// Whether nothing is expected by now, and there is nothing.
    fn is_nothing_yet(&self) -> bool {
        let is_nothing = self.bar.threshold.is_zero() && self.quantity == Quantity::amount(0);
        self.by_now && is_nothing && self.bar.aim == Aim::AtLeast
    }
}

/// What a value is held against: the threshold, or within the year a running count against what is expected by now.
pub(super) fn weigh(target: &TargetFact, outturn: &Outturn, threshold: Number) -> Option<Weighing> {
    let is_over = year(target).0.is_over(target.as_at);
    match outturn.value.ok()? {
        Value::Amount(amount) if target.measure.is_cumulative() && !is_over => {
            Some(weigh_course(target, outturn, amount, threshold))
        }
        _ => Some(Weighing { quantity: outturn.quantity()?, bar: bar(target, threshold), by_now: false }),
    }
}

fn without_value(target: &TargetFact, reason: ValueReason) -> Judged {
    let status = match reason {
        ValueReason::NotDue => Status::NotDue,
        ValueReason::HandedOver => Status::NotApplicable,
        ValueReason::ZeroDenominator if matches!(target.measure, Measure::Ratio(_)) => Status::NotApplicable,
        ValueReason::JudgedOnly => return judged(Status::Contextual, StatusReason::JudgedOnly),
        _ => Status::NoData,
    };
    judged(status, StatusReason::NoValue)
}

fn judge_milestone(state: Option<MilestoneState>, is_due: bool) -> Judged {
    match state {
        Some(MilestoneState::Achieved) => judged(Status::Green, StatusReason::Achieved),
        Some(MilestoneState::Missed) => judged(Status::Red, StatusReason::Missed),
        _ if !is_due => judged(Status::NotDue, StatusReason::BeforeDueDate),
        Some(_) => judged(Status::Red, StatusReason::Overdue),
        None => judged(Status::NoData, StatusReason::NoValue),
    }
}

fn weigh_course(target: &TargetFact, outturn: &Outturn, amount: i64, threshold: Number) -> Weighing {
    let year = year(target);
    // At an even pace elapsed / days of the threshold is expected: both sides times days, so that nothing is rounded.
    let (expected, scale) = match stepped(target, outturn, threshold) {
        Some(expected) => (expected.0, 1),
        None => (threshold.0 * Decimal::from(year.elapsed(target.as_at)), year.days()),
    };
    let whole = bar(target, threshold);
    let so_far = Bar { threshold: expected, tolerance: whole.tolerance.times(scale), ..whole };
    Weighing { quantity: Quantity::amount(amount.saturating_mul(scale)), bar: so_far, by_now: true }
}

/// What is expected by now in steps: meetings by their schedule, a count by its profile; never above the target.
fn stepped(target: &TargetFact, outturn: &Outturn, threshold: Number) -> Option<Number> {
    if let Some(due) = outturn.meetings_due {
        return Some(Number::from(due).min(threshold));
    }
    let Measure::CountTotal(measure) = &target.measure else { return None };
    measure.profile.first()?;
    let reached = measure.profile.iter().rev().find(|point| point.by_on.0 <= target.as_at);
    Some(reached.map_or(Number::from(0), |point| point.expected).min(threshold))
}

/// What a running count should have reached by the date; the threshold itself once the year is over.
pub(super) fn expected_by_now(
    target: &TargetFact,
    outturn: &Outturn,
    threshold: Option<Number>,
) -> Option<Number> {
    let threshold = threshold.filter(|_| target.measure.is_cumulative())?;
    let year = year(target);
    if year.0.is_over(target.as_at) {
        return Some(threshold);
    }
    let even = || year.expected(threshold.0, target.as_at);
    Some(stepped(target, outturn, threshold).unwrap_or_else(even))
}

/// What the value would be at the year's end: a count at its pace so far, a rate as it is over everything so far.
pub(super) fn forecast(target: &TargetFact, outturn: &Outturn) -> Option<Forecast> {
    let year = year(target);
    let value = outturn.value.ok().filter(|_| !year.0.is_over(target.as_at))?;
    match value {
        Value::Amount(amount) if target.measure.is_cumulative() => {
            let elapsed = Decimal::from(year.elapsed(target.as_at));
            let whole = (Decimal::from(amount) * Decimal::from(year.days())).checked_div(elapsed)?;
            Some(Forecast { value: Number(half_up(whole)), method: ForecastMethod::CarriedOn })
        }
        Value::Amount(_) => None,
        Value::Rate(_) => {
            Some(Forecast { value: outturn.pooled?.percent()?.0, method: ForecastMethod::PooledSoFar })
        }
    }
}

/// Whether the status would be another if the rate were rounded to whole per cent first.
pub(super) fn is_rounding_sensitive(
    target: &TargetFact,
    outturn: &Outturn,
    threshold: Option<Number>,
) -> bool {
    let (Some(threshold), Ok(Value::Rate(rate))) = (threshold, outturn.value) else { return false };
    let rounded = rate.whole_percent().and_then(|whole| Quantity::rate(Rate::new(whole, 100)));
    let bar = bar(target, threshold);
    rounded.zip(outturn.quantity()).is_some_and(|(rounded, exact)| bar.judge(rounded) != bar.judge(exact))
}
