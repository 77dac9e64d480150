//! What a measure's facts come to, before it is held against anything.

use crate::metrics::model::{Choice, Completeness, Detail, Part, ValueReason};
use crate::rules::{Quantity, Rate};
use crate::values::Percent;

/// A derived value, exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value {
    /// So many of so many.
    Rate(Rate),
    /// A count, pence, or 1 and 0.
    Amount(i64),
}

/// One of several readings that a direction compares.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    /// Readings of one series are comparable: those of one group, or of one occasion.
    pub(super) series: Option<String>,
    /// What was read.
    pub(super) quantity: Quantity,
    /// How many could have been.
    pub(super) cohort: Option<i64>,
}

/// What another choice of aggregate or substitutes comes to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Other {
    pub(super) choice: Choice,
    pub(super) rate: Option<Rate>,
    /// Per cent, where there are no honest integers: shown, never judged.
    pub(super) mean: Option<Percent>,
}

impl Other {
    pub(super) fn quantity(&self) -> Option<Quantity> {
        self.rate.and_then(Quantity::rate)
    }

    pub(super) fn percent(&self) -> Option<Percent> {
        self.rate.map_or(self.mean, Rate::percent)
    }
}

/// What a measure's facts come to.
#[derive(Debug, Clone)]
pub(super) struct Outturn {
    /// The value, or why there is none.
    pub(super) value: Result<Value, ValueReason>,
    /// The parts of a rate whose denominator is zero.
    pub(super) empty_rate: Option<Rate>,
    /// The readings that a direction compares, by date.
    pub(super) readings: Vec<Reading>,
    /// How many meetings the value rests on.
    pub(super) basis_meetings: Option<i64>,
    /// How many are in the cohort.
    pub(super) cohort: Option<i64>,
    /// How many meetings were to be held by the date.
    pub(super) meetings_due: Option<i64>,
    pub(super) completeness: Completeness,
    pub(super) parts: Vec<Part>,
    pub(super) alternatives: Vec<Other>,
    pub(super) detail: Detail,
}

impl Outturn {
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

    /// The value as an exact quantity.
    pub(super) fn quantity(&self) -> Option<Quantity> {
        match self.value.ok()? {
            Value::Rate(rate) => Quantity::rate(rate),
            Value::Amount(amount) => Some(Quantity::amount(amount)),
        }
    }

    /// The latest reading and the one before it in its series.
    pub(super) fn last_two(&self) -> Option<(&Reading, &Reading)> {
        let (later, earlier) = self.readings.split_last()?;
        let before = earlier.iter().rev().find(|reading| reading.series == later.series)?;
        Some((before, later))
    }
}
