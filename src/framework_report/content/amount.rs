//! Exact figures with their units.

use rust_decimal::Decimal;

use crate::progress::entry::Unit;
use crate::values::{Day, Figure, Percent};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    Percent(Decimal),
    Pence(Decimal),
    Count(Decimal),
    Day(Day),
}

impl Amount {
    pub fn new(unit: Unit, number: impl Into<Figure>) -> Self {
        let number: Figure = number.into();
        match unit {
            Unit::Percent => Self::Percent(number.0),
            Unit::Pence => Self::Pence(number.0),
            Unit::Count | Unit::Named | Unit::None => Self::Count(number.0),
        }
    }

    /// Returns the percentage if there is one, otherwise the value with its unit.
    pub fn of_figure(unit: Unit, percent: Option<Percent>, value: Option<Figure>) -> Option<Self> {
        let share = percent.map(|percent| Self::Percent(percent.0.0));
        share.or_else(|| value.map(|value| Self::new(unit, value)))
    }
}
