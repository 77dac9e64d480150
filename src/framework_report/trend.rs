//! The trend of a target: monthly figures as integers for a chart, and the same in words.

use super::figures;
use super::view::Amount;
use super::words::badge;
use crate::metrics::model::Status;
use crate::metrics::series::model::{SeriesPoint, TargetSeries};
use crate::progress::entry::Unit;
use crate::values::{Day, Number};

/// The trend of a target.
#[derive(Debug, Default)]
pub struct Trend {
    /// The months that have a figure.
    pub readings: Vec<Reading>,
    /// The months that have a threshold, each with the threshold.
    pub thresholds: Vec<(i32, i64)>,
    /// The maximum of the scale, if it is known.
    pub ceiling: Option<i64>,
    /// The trend in words.
    pub says: String,
}

/// A month with a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// The month of the plan year, starting with 0.
    pub month: i32,
    /// The first day of the month.
    pub from: Day,
    /// The figure as a number.
    pub amount: Amount,
    /// The figure for the chart: hundredths of a per cent, a count, or pence.
    pub value: i64,
    /// The status.
    pub status: Status,
}

/// Returns the trend of a series.
pub fn trend(series: Option<&TargetSeries>) -> Trend {
    let Some(series) = series else { return Trend::default() };
    let months = || (0i32..).zip(&series.points);
    let reading = |(month, point): (i32, &SeriesPoint)| {
        let (from, amount) = (point.period_from, amount(series.unit, point)?);
        Some(Reading { month, from, amount, value: value(point)?, status: point.status })
    };
    let scale = |number: Number| scaled(series.unit, number);
    Trend {
        readings: months().filter_map(reading).collect(),
        thresholds: months().filter_map(|(month, point)| Some((month, scale(point.threshold?)?))).collect(),
        ceiling: (series.unit == Unit::Percent).then_some(10_000),
        says: says(series),
    }
}

fn amount(unit: Unit, point: &SeriesPoint) -> Option<Amount> {
    let share = point.value_percent.map(|share| Amount::Percent(share.0.0));
    share.or_else(|| point.value.map(|value| figures::amount(unit, value.into())))
}

fn value(point: &SeriesPoint) -> Option<i64> {
    point.value_percent.and_then(|percent| scaled(Unit::Percent, percent.0)).or(point.value)
}

/// Converts a number to an integer, percentages to hundredths of a per cent.
fn scaled(unit: Unit, number: Number) -> Option<i64> {
    let factor = if unit == Unit::Percent { 100 } else { 1 };
    rust_decimal::prelude::ToPrimitive::to_i64(&(number.0 * rust_decimal::Decimal::from(factor)))
}

/// Lists each change of the figure with its first month: `54.55 % (red) from October 2017`.
fn says(series: &TargetSeries) -> String {
    let mut told: Vec<String> = Vec::new();
    let mut last = None;
    for point in &series.points {
        let Some(figure) = figure(series.unit, point) else { continue };
        let now = Some((figure, badge(Some(point.status)).word));
        if let Some((figure, word)) = now.as_ref().filter(|_| now != last) {
            let month = point.period_from.0.format("%B %Y");
            told.push(format!("{figure} ({}) from {month}", word.to_lowercase()));
        }
        last = now;
    }
    if told.is_empty() { "No figure in any month".to_owned() } else { told.join(", ") }
}

fn figure(unit: Unit, point: &SeriesPoint) -> Option<String> {
    point
        .value_percent
        .map(figures::percent)
        .or_else(|| point.value.map(|value| figures::number(unit, Number::from(value))))
}
