//! Figures as they are read: exact, rounded nowhere but to the two decimals of a percentage.

use rust_decimal::prelude::ToPrimitive;

use super::view::{Amount, Amounts};
use super::words;
use crate::metrics::model::{Detail, Metric};
use crate::progress::entry::Unit;
use crate::rules::measure::AttendanceUnit;
use crate::rules::{Aim, Measure};
use crate::targets::model::Target;
use crate::values::{Day, Number, Percent};

/// `31 December 2017`.
pub fn day(day: Day) -> String {
    day.0.format("%-d %B %Y").to_string()
}

/// `59.09 %`.
pub fn percent(percent: Percent) -> String {
    format!("{:.2} %", percent.0.0)
}

/// `1,234,567`.
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

/// `£1,234.56`.
pub fn money(pence: i64) -> String {
    let sign = if pence < 0 { "-" } else { "" };
    let pounds = i64::try_from(pence.unsigned_abs() / 100).unwrap_or(i64::MAX);
    format!("{sign}\u{a3}{}.{:02}", thousands(pounds), pence.unsigned_abs() % 100)
}

/// A number of a unit: a threshold, a baseline.
pub fn number(unit: Unit, number: Number) -> String {
    match (unit, number.0.to_i64()) {
        (Unit::Percent, _) => format!("{number} %"),
        (Unit::Pence, Some(pence)) => money(pence),
        (_, Some(whole)) if number.0.is_integer() => thousands(whole),
        _ => number.to_string(),
    }
}

/// A metric's value; none if there is none.
pub fn value(metric: &Metric) -> Option<String> {
    if let Detail::Milestone(detail) = &metric.detail {
        return metric.value.map(|_| words::milestone(detail.state).to_owned());
    }
    if let Some(share) = metric.value_percent {
        return Some(percent(share));
    }
    metric.value.map(|value| match (&metric.detail, metric.unit) {
        (_, Unit::Pence) => money(value),
        // The name is of many: of one it stands apart.
        (Detail::Count(detail), _) if value == 1 => format!("1 ({})", detail.unit_name),
        (Detail::Count(detail), _) => format!("{} {}", thousands(value), detail.unit_name),
        (Detail::Meetings(_), _) => words::counted(value, "meeting", "meetings"),
        (Detail::Coverage(_), _) => words::counted(value, "council", "councils"),
        _ => thousands(value),
    })
}

/// A metric's figures as numbers. A milestone is reached or not, which is a word, and is held to a day.
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

/// A number of a unit, as a number.
pub const fn amount(unit: Unit, number: Number) -> Amount {
    match unit {
        Unit::Percent => Amount::Percent(number.0),
        Unit::Pence => Amount::Pence(number.0),
        Unit::Count | Unit::None => Amount::Count(number.0),
    }
}

/// `13 of 22 seats`, or of a balance what it is made of.
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

/// Where amber begins on the day: `, amber from 54 %`, or `, no amber`.
pub fn amber(metric: &Metric, measure: &Measure) -> String {
    let edge = if metric.aim == Aim::AtLeast { "from" } else { "up to" };
    let first = metric.first_amber(measure);
    first.map_or_else(
        || ", no amber".to_owned(),
        |first| format!(", amber {edge} {}", number(metric.unit, first)),
    )
}

/// What a count is held against by now, if that is not the threshold yet.
pub fn expected(metric: &Metric) -> Option<Number> {
    metric.expected_by_now.filter(|expected| Some(*expected) != metric.threshold)
}

/// What a target is held to: `At least 60 %, amber from 54 %`. Where less is expected by now, amber belongs to that.
pub fn threshold(metric: &Metric, target: &Target) -> String {
    if let Detail::Milestone(detail) = &metric.detail {
        return format!("Due by {}", day(detail.due_on));
    }
    let Some(threshold) = metric.threshold else { return "No threshold: the figure alone".to_owned() };
    let side = match (metric.aim, target.measure.is_strict()) {
        (Aim::AtLeast, false) => "At least",
        (Aim::AtLeast, true) => "More than",
        (Aim::AtMost, false) => "At most",
        (Aim::AtMost, true) => "Less than",
    };
    let amber = if expected(metric).is_some() { String::new() } else { amber(metric, &target.measure) };
    format!("{side} {}{amber}", number(metric.unit, threshold))
}
