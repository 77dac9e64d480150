//! A target's trend: the monthly figures as integers for a chart, and as text.

use super::amount::Amount;
use crate::metrics::model::Status;
use crate::values::Day;

#[derive(Debug, Default)]
pub struct Trend {
    pub months: Vec<MonthFigure>,
    /// The index and the threshold of each month that has a threshold.
    pub thresholds: Vec<(i32, i64)>,
    /// The maximum of the chart's scale; `None` if the figures determine it.
    pub ceiling: Option<i64>,
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthFigure {
    /// The index of the month in the plan year, from 0.
    pub month: i32,
    pub first_day: Day,
    pub amount: Amount,
    /// The figure for the chart, in hundredths of a per cent, as a count, or in pence.
    pub value: i64,
    pub status: Status,
}
