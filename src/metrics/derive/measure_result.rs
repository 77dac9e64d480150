//! The result of a measure, before its value is compared with a threshold.

use crate::metrics::model::{Choice, Completeness, Detail, Part, ValueReason};
use crate::rules::{Quantity, Rate};
use crate::values::Percent;

/// A derived value, exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value {
    /// A numerator of a denominator.
    Rate(Rate),
    /// A count, an amount in pence, or 1 and 0 for a milestone.
    Amount(i64),
}

/// A reading that the direction of travel compares.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    /// The series. Readings of one series can be compared: those of one group, or of one occasion.
    pub(super) series: Option<String>,
    /// The value of the reading.
    pub(super) quantity: Quantity,
    /// The size of the cohort.
    pub(super) cohort: Option<i64>,
}

/// The result of another choice of aggregate or of substitutes.
#[derive(Debug, Clone, Copy)]
pub(super) struct AlternativeResult {
    pub(super) choice: Choice,
    pub(super) rate: Option<Rate>,
    /// The mean in per cent, which has no exact numerator and denominator. It is shown and gets no
    /// status.
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

/// The value of a measure, and what is derived with it from the same facts.
#[derive(Debug, Clone)]
pub(super) struct MeasureResult {
    /// The value, or why there is none.
    pub(super) value: Result<Value, ValueReason>,
    /// The rate to show if the denominator is 0 and there is no value.
    pub(super) empty_rate: Option<Rate>,
    /// The readings that the direction of travel compares, by date.
    pub(super) readings: Vec<Reading>,
    /// The number of meetings from which the value is derived.
    pub(super) basis_meetings: Option<i64>,
    /// The size of the cohort.
    pub(super) cohort: Option<i64>,
    /// The number of meetings that were to be held by the date.
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

    /// Returns the value as an exact quantity.
    pub(super) fn quantity(&self) -> Option<Quantity> {
        match self.value.ok()? {
            Value::Rate(rate) => Quantity::rate(rate),
            Value::Amount(amount) => Some(Quantity::amount(amount)),
        }
    }

    /// Returns the latest reading and the one before it in the same series, the earlier one first.
    pub(super) fn last_two(&self) -> Option<(&Reading, &Reading)> {
        let (later, earlier) = self.readings.split_last()?;
        let before = earlier.iter().rev().find(|reading| reading.series == later.series)?;
        Some((before, later))
    }
}
