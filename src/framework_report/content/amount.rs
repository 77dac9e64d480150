//! Exact figures with their units.

use rust_decimal::Decimal;

use crate::progress::entry::Unit;
use crate::values::{Day, Number, Percent};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    Percent(Decimal),
    Pence(Decimal),
    Count(Decimal),
    Day(Day),
}

impl Amount {
    pub const fn new(unit: Unit, number: Number) -> Self {
        match unit {
            Unit::Percent => Self::Percent(number.0),
            Unit::Pence => Self::Pence(number.0),
            Unit::Count | Unit::None => Self::Count(number.0),
        }
    }

    /// Returns the percentage if there is one, otherwise the value with its unit.
    pub fn of_figure(unit: Unit, percent: Option<Percent>, value: Option<i64>) -> Option<Self> {
        let share = percent.map(|percent| Self::Percent(percent.0.0));
        share.or_else(|| value.map(|value| Self::new(unit, value.into())))
    }
}
