//! The result of a measure, before the value is compared with a threshold.

use crate::metrics::model::{Choice, Completeness, Detail, Part, ValueReason};
use crate::rules::{Quantity, Rate};
use crate::values::Percent;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value {
    Rate(Rate),
    /// A count, an amount in pence, or for a milestone 1 (achieved) or 0.
    Amount(i64),
}

/// A reading that the direction of travel compares with an earlier reading.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    /// The id of the group or the name of the occasion. Only readings with the same series are
    /// compared.
    pub(super) series: Option<String>,
    pub(super) quantity: Quantity,
    /// The size of the cohort on the day of the reading.
    pub(super) cohort: Option<i64>,
}

/// The result of an attendance rate under another choice of aggregate or of substitutes.
#[derive(Debug, Clone, Copy)]
pub(super) struct AlternativeResult {
    pub(super) choice: Choice,
    pub(super) rate: Option<Rate>,
    /// The mean of the meetings' rates in per cent. A mean has no exact numerator and denominator,
    /// and gets no status.
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

/// The value of a measure, with everything else that is derived from the same facts.
#[derive(Debug, Clone)]
pub(super) struct MeasureResult {
    pub(super) value: Result<Value, ValueReason>,
    /// The rate to show although there is no value, because the denominator is 0.
    pub(super) empty_rate: Option<Rate>,
    /// The readings that the direction of travel compares, ordered by date.
    pub(super) readings: Vec<Reading>,
    pub(super) basis_meetings: Option<i64>,
    /// The number of seats, persons or councils that the measure could count.
    pub(super) cohort: Option<i64>,
    /// The number of planned meetings whose date is not after the metric's date.
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
            Value::Rate(rate) => Quantity::rate(rate),
            Value::Amount(amount) => Some(Quantity::amount(amount)),
        }
    }

    /// Returns the last two readings in the series of the latest reading, in order of date.
    pub(super) fn last_two(&self) -> Option<(&Reading, &Reading)> {
        let (later, earlier) = self.readings.split_last()?;
        let before = earlier.iter().rev().find(|reading| reading.series == later.series)?;
        Some((before, later))
    }
}
