//! Exact rates and quantities, and how they are rounded to be shown.

use std::cmp::Ordering;

use num_bigint::BigInt;
use rust_decimal::{Decimal, RoundingStrategy};

use crate::values::{Number, Percent};

/// A rate: `numerator` of `denominator`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rate {
    /// The part that counts.
    pub numerator: i64,
    /// The whole.
    pub denominator: i64,
}

impl Rate {
    /// Creates a rate.
    pub const fn new(numerator: i64, denominator: i64) -> Self {
        Self { numerator, denominator }
    }

    /// Returns the percentage, rounded half up to two decimals; `None` if the denominator is 0.
    pub fn percent(self) -> Option<Percent> {
        self.scaled(10_000).map(|hundredths| Percent(Number(Decimal::from_i128_with_scale(hundredths, 2))))
    }

    /// Returns the percentage as a whole number, rounded half up, as it would be printed.
    pub fn whole_percent(self) -> Option<i64> {
        self.scaled(100).and_then(|whole| i64::try_from(whole).ok())
    }

    fn scaled(self, factor: i128) -> Option<i128> {
        let denominator = i128::from(self.denominator);
        let doubled = i128::from(self.numerator) * factor * 2 + denominator;
        (denominator > 0).then(|| doubled.div_euclid(denominator * 2))
    }

    /// Returns the pooled rate: the sum of the numerators out of the sum of the denominators.
    pub fn pooled(rates: impl IntoIterator<Item = Self>) -> Self {
        rates.into_iter().fold(Self::new(0, 0), |sum, rate| {
            Self::new(sum.numerator + rate.numerator, sum.denominator + rate.denominator)
        })
    }

    /// Compares two rates exactly. Both denominators must be positive.
    pub fn compare(self, other: Self) -> Ordering {
        let left = i128::from(self.numerator) * i128::from(other.denominator);
        let right = i128::from(other.numerator) * i128::from(self.denominator);
        left.cmp(&right)
    }
}

/// Returns the mean of the rates in per cent, computed exactly and rounded once, half up to two
/// decimals. It is for comparison and never a target's value.
pub fn mean_percent(rates: &[Rate]) -> Option<Percent> {
    let rates: Vec<&Rate> = rates.iter().filter(|rate| rate.denominator > 0).collect();
    rates.first()?;
    let sum = rates.iter().fold((BigInt::from(0), BigInt::from(1)), |(over, under), rate| {
        (over * rate.denominator + &under * rate.numerator, under * rate.denominator)
    });
    let (over, under) = (sum.0, sum.1 * rates.len());
    let hundredths = (over * 20_000 + &under) / (under * 2);
    let hundredths = i128::try_from(hundredths).ok()?;
    Some(Percent(Number(Decimal::from_i128_with_scale(hundredths, 2))))
}

/// Rounds half up to two decimals. Negative values are rounded half away from zero.
pub fn half_up(value: Decimal) -> Decimal {
    value.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

/// An exact quantity in a target's unit, as a fraction: 13 of 22 is 1300/22 per cent, 3 meetings are 3/1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Quantity {
    over: i128,
    under: i128,
}

impl Quantity {
    /// Creates a quantity in per cent from a rate; `None` if the denominator is 0.
    pub fn rate(rate: Rate) -> Option<Self> {
        let (over, under) = (i128::from(rate.numerator) * 100, i128::from(rate.denominator));
        (under > 0).then_some(Self { over, under })
    }

    /// Creates a quantity from a count or from pence.
    pub const fn amount(amount: i64) -> Self {
        Self { over: amount as i128, under: 1 }
    }

    /// Returns two whole numbers that compare as the quantity and the decimal do. For 13 of 22 and
    /// 60 per cent they are 1300 and 1320.
    pub fn beside(self, other: Decimal) -> (i128, i128) {
        let other = other.normalize();
        (self.over * 10_i128.pow(other.scale()), self.under * other.mantissa())
    }

    /// Compares with an exact decimal, never with a rounded value.
    pub fn compare(self, other: Decimal) -> Ordering {
        let (own, others) = self.beside(other);
        own.cmp(&others)
    }

    /// Compares two exact quantities of one unit.
    pub fn compare_with(self, other: Self) -> Ordering {
        (self.over * other.under).cmp(&(other.over * self.under))
    }

    /// Creates a quantity from an exact decimal.
    pub fn decimal(value: Decimal) -> Self {
        Self { over: value.mantissa(), under: 10_i128.pow(value.scale()) }
    }
}
