//! Formats figures for readers. Figures are exact, except percentages, which are rounded to two
//! decimals.

use rust_decimal::prelude::ToPrimitive;

use super::view::{Amount, Amounts};
use super::words;
use crate::metrics::model::{Detail, Metric};
use crate::progress::entry::Unit;
use crate::rules::measure::AttendanceUnit;
use crate::rules::{Aim, Measure};
use crate::targets::model::Target;
use crate::values::{Day, Number, Percent};

/// Formats a day: `31 December 2017`.
pub fn day(day: Day) -> String {
    day.0.format("%-d %B %Y").to_string()
}

/// Formats a percentage: `59.09 %`.
pub fn percent(percent: Percent) -> String {
    format!("{:.2} %", percent.0.0)
}

/// Formats a count: `1,234,567`.
pub fn thousands(count: i64) -> String {
    let digits = count.unsigned_abs().to_string();
    let mut text = if count < 0 { "-".to_owned() } else { String::new() };
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Formats an amount of pence: `£1,234.56`.
pub fn money(pence: i64) -> String {
    let sign = if pence < 0 { "-" } else { "" };
    let pounds = i64::try_from(pence.unsigned_abs() / 100).unwrap_or(i64::MAX);
    format!("{sign}\u{a3}{}.{:02}", thousands(pounds), pence.unsigned_abs() % 100)
}

/// Formats a number with its unit, such as a threshold or a baseline.
pub fn number(unit: Unit, number: Number) -> String {
    match (unit, number.0.to_i64()) {
        (Unit::Percent, _) => format!("{number} %"),
        (Unit::Pence, Some(pence)) => money(pence),
        (_, Some(whole)) if number.0.is_integer() => thousands(whole),
        _ => number.to_string(),
    }
}

/// Formats a metric's value. Returns `None` if there is no value.
pub fn value(metric: &Metric) -> Option<String> {
    if let Detail::Milestone(detail) = &metric.detail {
        return metric.value.map(|_| words::milestone(detail.state).to_owned());
    }
    if let Some(share) = metric.value_percent {
        return Some(percent(share));
    }
    metric.value.map(|value| match (&metric.detail, metric.unit) {
        (_, Unit::Pence) => money(value),
        // The unit's name is a plural, so it is in brackets after 1.
        (Detail::Count(detail), _) if value == 1 => format!("1 ({})", detail.unit_name),
        (Detail::Count(detail), _) => format!("{} {}", thousands(value), detail.unit_name),
        (Detail::Meetings(_), _) => words::counted(value, "meeting", "meetings"),
        (Detail::Coverage(_), _) => words::counted(value, "council", "councils"),
        _ => thousands(value),
    })
}

/// Returns a metric's figures as numbers. The value of a milestone is a word and its threshold is a
/// day.
pub fn amounts(metric: &Metric) -> Amounts {
    let of_unit = |number: Number| amount(metric.unit, number);
    let (value, threshold) = match &metric.detail {
        Detail::Milestone(detail) => (None, Some(Amount::Day(detail.due_on))),
        _ => {
            let share = metric.value_percent.map(|share| Amount::Percent(share.0.0));
            let value = share.or_else(|| metric.value.map(|value| of_unit(value.into())));
            (value, metric.threshold.map(of_unit))
        }
    };
    Amounts { value, numerator: metric.numerator, denominator: metric.denominator, threshold }
}

/// Returns a number with its unit as a type.
pub const fn amount(unit: Unit, number: Number) -> Amount {
    match unit {
        Unit::Percent => Amount::Percent(number.0),
        Unit::Pence => Amount::Pence(number.0),
        Unit::Count | Unit::None => Amount::Count(number.0),
    }
}

/// Formats numerator and denominator, such as `13 of 22 seats`, or the income and cost of a
/// balance.
pub fn parts(metric: &Metric, target: &Target) -> Option<String> {
    if let (Detail::Balance(detail), Some(_)) = (&metric.detail, metric.value) {
        let (income, cost) = (money(detail.income_pence), money(detail.cost_pence));
        return Some(format!("{income} income less {cost} cost"));
    }
    let (numerator, denominator) = metric.numerator.zip(metric.denominator)?;
    let (one, many) = match &target.measure {
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
    Some(format!("{} of {}", thousands(numerator), words::counted(denominator, one, many)))
}

/// Formats the limit of amber on the day: `, amber from 54 %`, or `, no amber`.
pub fn amber(metric: &Metric, measure: &Measure) -> String {
    let edge = if metric.aim == Aim::AtLeast { "from" } else { "up to" };
    let first = metric.first_amber(measure);
    first.map_or_else(
        || ", no amber".to_owned(),
        |first| format!(", amber {edge} {}", number(metric.unit, first)),
    )
}

/// Returns the part of the threshold that is expected by now, if it is not the whole threshold.
pub fn expected(metric: &Metric) -> Option<Number> {
    metric.expected_by_now.filter(|expected| Some(*expected) != metric.threshold)
}

/// Formats a target's threshold: `At least 60 %, amber from 54 %`. If less is expected by now, the
/// limit of amber is shown with that figure instead.
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
    let amber = if expected(metric).is_some() { String::new() } else { amber(metric, &target.measure) };
    format!("{side} {}{amber}", number(metric.unit, threshold))
}
