//! The trend of a target: its monthly figures as integers for a chart, and the same in words.

use super::amount::Amount;
use crate::metrics::model::Status;
use crate::values::Day;

/// The trend of a target.
#[derive(Debug, Default)]
pub struct Trend {
    /// The months that have a figure.
    pub months: Vec<MonthFigure>,
    /// The months that have a threshold, each with the threshold.
    pub thresholds: Vec<(i32, i64)>,
    /// The maximum of the scale, if it is known.
    pub ceiling: Option<i64>,
    /// The trend in words.
    pub text: String,
}

/// A month with a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthFigure {
    /// The month of the plan year, starting with 0.
    pub month: i32,
    /// The first day of the month.
    pub first_day: Day,
    /// The figure as a number.
    pub amount: Amount,
    /// The figure for the chart: hundredths of a per cent, a count, or pence.
    pub value: i64,
    /// The status.
    pub status: Status,
}
