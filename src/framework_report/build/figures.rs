//! Formats the figures of metrics. Figures are exact, except percentages, which are rounded to two
//! decimals.

use rust_decimal::prelude::ToPrimitive;

use crate::framework_report::content::{Amount, Amounts};
use crate::framework_report::format::{counted, day, money, number, percent, thousands};
use crate::framework_report::labels;
use crate::metrics::model::{Detail, Metric};
use crate::rules::measure::AttendanceUnit;
use crate::rules::{Aim, Measure};
use crate::targets::model::Target;
use crate::values::Number;

pub fn value(metric: &Metric) -> Option<String> {
    if let Detail::Milestone(detail) = &metric.detail {
        return metric.value.map(|_| labels::milestone_state(detail.state).to_owned());
    }
    if let Some(share) = metric.value_percent {
        return Some(percent(share));
    }
    let value = metric.value?;
    // The name of the unit is a plural noun. For the number 1, it is written in brackets.
    if let Some(unit) = &metric.unit_name {
        let is_one = value.0 == rust_decimal::Decimal::ONE;
        return Some(if is_one {
            format!("1 ({unit})")
        } else {
            format!("{} {unit}", number(metric.unit, value))
        });
    }
    Some(match (&metric.detail, value.0.to_i64()) {
        (Detail::Meetings(_), Some(value)) => counted(value, "meeting", "meetings"),
        (Detail::Coverage(_), Some(value)) => counted(value, "council", "councils"),
        _ => number(metric.unit, value),
    })
}

/// Returns the value and the threshold of a metric as numbers. For a milestone, the value is
/// `None`, and the threshold is the due date.
pub fn amounts(metric: &Metric) -> Amounts {
    let (value, threshold) = match &metric.detail {
        Detail::Milestone(detail) => (None, Some(Amount::Day(detail.due_on))),
        _ => (
            Amount::of_figure(metric.unit, metric.value_percent, metric.value),
            metric.threshold.map(|threshold| Amount::new(metric.unit, threshold)),
        ),
    };
    Amounts { value, numerator: metric.numerator, denominator: metric.denominator, threshold }
}

/// Formats the numerator and denominator of a metric, such as `13 of 22 seats`. For a financial
/// balance, formats its income and cost. For a reported value, says that it is reported.
pub fn numerator_and_denominator(metric: &Metric, target: &Target) -> Option<String> {
    if let (Detail::Balance(detail), Some(_)) = (&metric.detail, metric.value) {
        let (income, cost) = (money(detail.income_pence), money(detail.cost_pence));
        return Some(format!("{income} income less {cost} cost"));
    }
    if metric.reported {
        return Some("As reported, not derived".to_owned());
    }
    let (numerator, denominator) = metric.numerator.zip(metric.denominator)?;
    let (singular, plural) = match &target.measure {
        Measure::AttendanceRate(measure) => match measure.unit {
            AttendanceUnit::Seat => ("seat", "seats"),
            AttendanceUnit::Person => ("person", "persons"),
            AttendanceUnit::Council => ("council", "councils"),
        },
        Measure::DeliverablePerMeeting(_) => ("meeting", "meetings"),
        Measure::EvaluationRate(_) => ("form", "forms"),
        Measure::CouncilCoverage(_) => ("council", "councils"),
        _ => return Some(format!("{} of {}", thousands(numerator), thousands(denominator))),
    };
    Some(format!("{} of {}", thousands(numerator), counted(denominator, singular, plural)))
}

/// Formats the value at which the status `amber` begins, such as `, amber from 54 %`, or formats `,
/// no amber`.
pub fn amber_limit(metric: &Metric, measure: &Measure) -> String {
    let Some(limit) = metric.first_amber(measure) else { return ", no amber".to_owned() };
    let preposition = if metric.aim == Aim::AtLeast { "from" } else { "up to" };
    format!(", amber {preposition} {}", number(metric.unit, limit))
}

/// Returns the amount expected by now, or `None` if this amount is the whole threshold.
pub fn expected_by_now(metric: &Metric) -> Option<Number> {
    metric.expected_by_now.filter(|expected| Some(*expected) != metric.threshold)
}

/// Formats a target's threshold, such as `At least 60 %, amber from 54 %`. If less than the
/// threshold is expected by now, leaves out the part about amber, which then depends on the
/// expected amount.
pub fn threshold(metric: &Metric, target: &Target) -> String {
    if let Detail::Milestone(detail) = &metric.detail {
        return format!("Due by {}", day(detail.due_on));
    }
    let Some(threshold) = metric.threshold else { return "No threshold: for information only".to_owned() };
    let side = match (metric.aim, target.measure.is_strict()) {
        (Aim::AtLeast, false) => "At least",
        (Aim::AtLeast, true) => "More than",
        (Aim::AtMost, false) => "At most",
        (Aim::AtMost, true) => "Less than",
    };
    let amber =
        if expected_by_now(metric).is_some() { String::new() } else { amber_limit(metric, &target.measure) };
    format!("{side} {}{amber}", number(metric.unit, threshold))
}
