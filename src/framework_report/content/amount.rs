//! Figures with their units.

use rust_decimal::Decimal;

use crate::progress::entry::Unit;
use crate::values::{Day, Number, Percent};

/// An exact figure with its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    /// Per cent.
    Percent(Decimal),
    /// An amount of money, in pence.
    Pence(Decimal),
    /// A count.
    Count(Decimal),
    /// A day.
    Day(Day),
}

impl Amount {
    /// Returns a number as an amount of a unit.
    pub const fn new(unit: Unit, number: Number) -> Self {
        match unit {
            Unit::Percent => Self::Percent(number.0),
            Unit::Pence => Self::Pence(number.0),
            Unit::Count | Unit::None => Self::Count(number.0),
        }
    }

    /// Returns a figure: its percentage, or otherwise its value in a unit.
    pub fn of_figure(unit: Unit, percent: Option<Percent>, value: Option<i64>) -> Option<Self> {
        let share = percent.map(|percent| Self::Percent(percent.0.0));
        share.or_else(|| value.map(|value| Self::new(unit, value.into())))
    }
}
