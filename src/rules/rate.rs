//! Exact rates and quantities.

use std::cmp::Ordering;

use rust_decimal::Decimal;

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

/// An exact quantity in a target's unit, as a fraction: 13 of 22 is 1300/22 per cent, 3 meetings
/// are 3/1.
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
    pub fn to_comparable(self, other: Decimal) -> (i128, i128) {
        let other = other.normalize();
        (self.over * 10_i128.pow(other.scale()), self.under * other.mantissa())
    }

    /// Compares with an exact decimal, never with a rounded value.
    pub fn compare(self, other: Decimal) -> Ordering {
        let (own, others) = self.to_comparable(other);
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
