//! Exact rates and quantities, which are stored as fractions.

use std::cmp::Ordering;

use rust_decimal::Decimal;

/// An exact fraction. The numerator counts a part of what the denominator counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rate {
    pub numerator: i64,
    pub denominator: i64,
}

impl Rate {
    pub const fn new(numerator: i64, denominator: i64) -> Self {
        Self { numerator, denominator }
    }

    /// Returns one rate for several rates: the sum of their numerators, divided by the sum of their
    /// denominators.
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

/// An exact quantity in a target's unit, stored as a fraction. The rate 13 of 22 is stored as
/// 1300/22 (per cent), and 3 meetings are stored as 3/1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Quantity {
    over: i128,
    under: i128,
}

impl Quantity {
    /// Creates a quantity in per cent from a rate. Returns `None` if the denominator is 0.
    pub fn rate(rate: Rate) -> Option<Self> {
        Self::per(rate, 100)
    }

    /// Creates the quantity `per` times the rate: with 100 in per cent, with 1,000 per thousand.
    /// Returns `None` if the denominator is 0.
    pub fn per(rate: Rate, per: i64) -> Option<Self> {
        let (over, under) = (i128::from(rate.numerator) * i128::from(per), i128::from(rate.denominator));
        (under > 0).then_some(Self { over, under })
    }

    /// Creates a quantity from a count, or from an amount in pence.
    pub const fn amount(amount: i64) -> Self {
        Self { over: amount as i128, under: 1 }
    }

    /// Returns two whole numbers, one for this quantity and one for `other`. They compare as the
    /// quantity and `other` compare. For the rate 13 of 22 and 60 per cent they are 1300 and 1320.
    pub fn to_comparable(self, other: Decimal) -> (i128, i128) {
        let other = other.normalize();
        (self.over * 10_i128.pow(other.scale()), self.under * other.mantissa())
    }

    pub fn compare(self, other: Decimal) -> Ordering {
        let (own, others) = self.to_comparable(other);
        own.cmp(&others)
    }

    /// Returns the numerator and the denominator. The denominator is positive.
    pub(super) const fn fraction(self) -> (i128, i128) {
        (self.over, self.under)
    }

    pub fn compare_with(self, other: Self) -> Ordering {
        (self.over * other.under).cmp(&(other.over * self.under))
    }

    pub fn decimal(value: Decimal) -> Self {
        Self { over: value.mantissa(), under: 10_i128.pow(value.scale()) }
    }

    /// Returns the sum of decimals. The sum of no decimals is 0.
    pub fn sum(values: impl IntoIterator<Item = Decimal>) -> Self {
        Self::decimal(values.into_iter().sum())
    }

    /// Returns the exact mean of decimals. Returns `None` if there are no decimals.
    pub fn mean(values: &[Decimal]) -> Option<Self> {
        let sum = Self::sum(values.iter().copied());
        let count = i128::try_from(values.len()).ok().filter(|count| *count > 0)?;
        Some(Self { under: sum.under * count, ..sum })
    }

    /// Returns the quantity divided by `divisor`. Returns `None` if `divisor` is not positive.
    pub fn over(self, divisor: i64) -> Option<Self> {
        (divisor > 0).then(|| Self { under: self.under * i128::from(divisor), ..self })
    }

    /// Returns `factor` times the quantity.
    pub fn times(self, factor: i64) -> Self {
        Self { over: self.over * i128::from(factor), ..self }
    }
}
