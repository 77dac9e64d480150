//! Builds a target's trend from its series.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::framework_report::content::{Amount, MonthFigure, Trend};
use crate::framework_report::{format, labels};
use crate::metrics::series::model::{SeriesPoint, TargetSeries};
use crate::progress::entry::Unit;
use crate::rules::PlanPeriod;
use crate::values::{Figure, Number};

/// Returns the trend that a chart and a text show for a monthly series in a plan period. Without a
/// series, the trend is empty.
pub fn trend(series: Option<&TargetSeries>, plan: &PlanPeriod) -> Trend {
    let Some(series) = series else { return Trend::default() };
    let months = || (0i32..).zip(&series.points);
    let month_figure = |(month, point): (i32, &SeriesPoint)| {
        let (first_day, amount) =
            (point.period_from, Amount::of_figure(series.unit, point.value_percent, point.value)?);
        Some(MonthFigure {
            month,
            first_day,
            amount,
            value: value(series.unit, point)?,
            status: point.status,
        })
    };
    let scale = |number: Number| to_chart_value(series.unit, number);
    Trend {
        months: months().filter_map(month_figure).collect(),
        last_month: i32::try_from(plan.months()).map_or(0, |months| months - 1),
        thresholds: months().filter_map(|(month, point)| Some((month, scale(point.threshold?)?))).collect(),
        ceiling: (series.unit == Unit::Percent).then_some(10_000),
        text: text(series),
    }
}

fn value(unit: Unit, point: &SeriesPoint) -> Option<i64> {
    to_chart_value(unit, point.value_percent.map(|percent| percent.0).or(point.value)?)
}

/// Converts a figure to an integer for the chart: hundredths of a per cent, a count, pence, or
/// ten-thousandths of a named unit.
fn to_chart_value(unit: Unit, number: impl Into<Figure>) -> Option<i64> {
    let factor = match unit {
        Unit::Percent => 100,
        Unit::Named => 10_000,
        Unit::Count | Unit::Pence | Unit::None => 1,
    };
    let number: Figure = number.into();
    (number.0 * Decimal::from(factor)).to_i64()
}

/// Lists the changes of a figure over the months, such as `54.55 % (red) from October 2017`.
fn text(series: &TargetSeries) -> String {
    let mut changes: Vec<String> = Vec::new();
    let mut last = None;
    for point in &series.points {
        let Some(figure) = figure_text(series.unit, point) else { continue };
        let now = Some((figure, labels::status_badge(Some(point.status)).word));
        if let Some((figure, word)) = now.as_ref().filter(|_| now != last) {
            let month = point.period_from.0.format("%B %Y");
            changes.push(format!("{figure} ({}) from {month}", word.to_lowercase()));
        }
        last = now;
    }
    if changes.is_empty() { "No figure in any month".to_owned() } else { changes.join(", ") }
}

fn figure_text(unit: Unit, point: &SeriesPoint) -> Option<String> {
    point.value_percent.map(format::percent).or_else(|| point.value.map(|value| format::number(unit, value)))
}
