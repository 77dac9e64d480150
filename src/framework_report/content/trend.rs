//! The monthly figures of a target, as integers for a chart and as text.

use super::amount::Amount;
use crate::metrics::model::Status;
use crate::values::Day;

#[derive(Debug, Default)]
pub struct Trend {
    pub months: Vec<MonthFigure>,
    /// The number of the last month of the plan period. The first month has the number 0.
    pub last_month: i32,
    /// The number of each month that has a threshold, with the threshold. The first month of the
    /// plan period has the number 0.
    pub thresholds: Vec<(i32, i64)>,
    /// The top of the chart's scale. If it is `None`, the figures determine the scale.
    pub ceiling: Option<i64>,
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthFigure {
    /// The number of the month in the plan period. The first month has the number 0.
    pub month: i32,
    pub first_day: Day,
    pub amount: Amount,
    /// The figure in the chart: hundredths of a per cent, a count, or pence.
    pub value: i64,
    pub status: Status,
}
