//! Rounding of exact figures for display.

use num_bigint::BigInt;
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

use super::rate::{Quantity, Rate};
use crate::values::{Figure, Percent};

impl Quantity {
    /// Returns the quantity rounded half up to this many decimals. A negative quantity is rounded
    /// half away from zero. Returns `None` for a quantity that is too large for a decimal.
    pub fn rounded(self, decimals: u32) -> Option<Figure> {
        let (over, under) = self.fraction();
        let doubled = over.unsigned_abs().checked_mul(2 * 10_u128.pow(decimals))? + under.unsigned_abs();
        let units = i128::try_from(doubled / (2 * under.unsigned_abs())).ok()?;
        Some(Figure(Decimal::try_from_i128_with_scale(units * over.signum(), decimals).ok()?.normalize()))
    }
}

impl Rate {
    /// Returns the rate in per cent, rounded half up to two decimals. Returns `None` if the
    /// denominator is 0.
    pub fn percent(self) -> Option<Percent> {
        Quantity::rate(self)?.rounded(2).map(Percent)
    }

    /// Returns the rate in per cent, rounded half up to a whole number. Reports print this number.
    pub fn whole_percent(self) -> Option<i64> {
        Quantity::rate(self)?.rounded(0)?.0.to_i64()
    }
}

/// Returns the mean of several rates in per cent, rounded half up to two decimals. It is computed
/// exactly and rounded once. The mean is only shown for comparison. No target's value is a mean of
/// rates.
pub fn mean_percent(rates: &[Rate]) -> Option<Percent> {
    let rates: Vec<&Rate> = rates.iter().filter(|rate| rate.denominator > 0).collect();
    rates.first()?;
    let sum = rates.iter().fold((BigInt::from(0), BigInt::from(1)), |(over, under), rate| {
        (over * rate.denominator + &under * rate.numerator, under * rate.denominator)
    });
    let (over, under) = (sum.0, sum.1 * rates.len());
    let hundredths = (over * 20_000 + &under) / (under * 2);
    let hundredths = i128::try_from(hundredths).ok()?;
    Some(Percent(Figure(Decimal::from_i128_with_scale(hundredths, 2))))
}

/// Rounds a value half up to two decimals. Negative values are rounded half away from zero.
pub fn half_up(value: Decimal) -> Decimal {
    value.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}
