//! The result of a measure, before the value is compared with a threshold.

use crate::metrics::model::{Choice, Completeness, Detail, Part, ValueReason};
use crate::rules::{Quantity, Rate};
use crate::values::Percent;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value {
    Rate(Rate),
    /// A count, or an amount in pence. For a milestone: 1 if it is achieved, otherwise 0.
    Amount(i64),
    /// A value that progress entries state as it is, or a sum or mean of such values.
    Reported(Quantity),
}

/// A value at one time, which the direction of travel compares with the value before.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    /// The id of the group or the name of the occasion to which the reading belongs. Only readings
    /// with the same `series` are compared.
    pub(super) series: Option<String>,
    pub(super) quantity: Quantity,
    /// The number of seats, persons or councils in the cohort on the day of the reading.
    pub(super) cohort: Option<i64>,
}

/// An attendance rate computed in another way than the measure prescribes.
#[derive(Debug, Clone, Copy)]
pub(super) struct AlternativeResult {
    pub(super) choice: Choice,
    pub(super) rate: Option<Rate>,
    /// The mean of the meetings' rates, in per cent. `None` unless `choice` is the mean, which has
    /// no exact numerator and denominator.
    pub(super) mean: Option<Percent>,
}

impl AlternativeResult {
    pub(super) fn quantity(&self) -> Option<Quantity> {
        self.rate.and_then(Quantity::rate)
    }

    pub(super) fn percent(&self) -> Option<Percent> {
        self.rate.map_or(self.mean, Rate::percent)
    }
}

/// The value of a target before its comparison with the threshold, with the details that responses
/// show beside it.
#[derive(Debug, Clone)]
pub(super) struct MeasureResult {
    pub(super) value: Result<Value, ValueReason>,
    /// What a rate is multiplied by: 100 for per cent.
    pub(super) per: i64,
    /// The number of decimal places of the value that responses show.
    pub(super) decimals: u32,
    /// The rate 0/0 of a target without a value, if responses show its numerator and denominator.
    pub(super) empty_rate: Option<Rate>,
    /// The earlier and latest values that the direction of travel compares, ordered by date.
    pub(super) readings: Vec<Reading>,
    pub(super) basis_meetings: Option<i64>,
    /// The number of seats, persons or councils that the measure could count.
    pub(super) cohort: Option<i64>,
    /// The number of planned meetings on or before the metric's date.
    pub(super) meetings_due: Option<i64>,
    pub(super) completeness: Completeness,
    pub(super) parts: Vec<Part>,
    pub(super) alternatives: Vec<AlternativeResult>,
    pub(super) detail: Detail,
}

impl MeasureResult {
    pub(super) fn new(value: Result<Value, ValueReason>, detail: Detail) -> Self {
        Self {
            value,
            per: 100,
            decimals: 2,
            empty_rate: None,
            readings: Vec::new(),
            basis_meetings: None,
            cohort: None,
            meetings_due: None,
            completeness: Completeness::default(),
            parts: Vec::new(),
            alternatives: Vec::new(),
            detail,
        }
    }

    pub(super) fn without(reason: ValueReason, detail: Detail) -> Self {
        Self::new(Err(reason), detail)
    }

    pub(super) fn quantity(&self) -> Option<Quantity> {
        match self.value.ok()? {
            Value::Rate(rate) => Quantity::per(rate, self.per),
            Value::Amount(amount) => Some(Quantity::amount(amount)),
            Value::Reported(quantity) => Some(quantity),
        }
    }

    /// Returns the latest reading and the reading before it in the same series, the earlier first.
    pub(super) fn last_two(&self) -> Option<(&Reading, &Reading)> {
        let (later, earlier) = self.readings.split_last()?;
        let before = earlier.iter().rev().find(|reading| reading.series == later.series)?;
        Some((before, later))
    }
}
