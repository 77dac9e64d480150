//! Colours (red, amber, green). The comparison of a value with a threshold and a tolerance gives
//! the colour.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Quantity, Rate};
use crate::values::{Number, jsonb, text_enum};

text_enum! {
    /// Whether a value is to be at least or at most the threshold.
    pub enum Aim {
        /// The value should reach the threshold.
        AtLeast = "at_least",
        /// The value should not exceed the threshold.
        AtMost = "at_most",
    }
}

impl Aim {
    /// Returns the worst of several rates. If the aim is at least, it is the lowest rate. If the
    /// aim is at most, it is the highest.
    pub fn worst(self, rates: impl IntoIterator<Item = Rate>) -> Option<Rate> {
        self.worst_by(rates, |rate| *rate)
    }

    /// Returns the first item that has the worst rate.
    pub fn worst_by<T>(self, things: impl IntoIterator<Item = T>, rate: impl Fn(&T) -> Rate) -> Option<T> {
        things.into_iter().min_by(|a, b| match self {
            Self::AtLeast => rate(a).compare(rate(b)),
            Self::AtMost => rate(b).compare(rate(a)),
        })
    }
}

text_enum! {
    /// The operator that compares a left side with a right side.
    pub enum Operator {
        /// The left side is greater than or equal to the right side.
        AtLeast = "at_least",
        /// The left side is greater than the right side.
        MoreThan = "more_than",
        /// The left side is less than or equal to the right side.
        AtMost = "at_most",
        /// The left side is less than the right side.
        LessThan = "less_than",
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inequality {
    pub left: i128,
    pub operator: Operator,
    pub right: i128,
}

impl Inequality {
    pub const fn holds(&self) -> bool {
        match self.operator {
            Operator::AtLeast => self.left >= self.right,
            Operator::MoreThan => self.left > self.right,
            Operator::AtMost => self.left <= self.right,
            Operator::LessThan => self.left < self.right,
        }
    }
}

text_enum! {
    /// The unit of a tolerance.
    pub enum ToleranceKind {
        /// The tolerance is in per cent of the threshold.
        Relative = "relative",
        /// The tolerance is in the target's unit.
        Absolute = "absolute",
    }
}

jsonb! {
    /// How far from the threshold a value may be and still be amber.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
    #[serde(deny_unknown_fields)]
    pub struct Tolerance {
        /// The unit of the tolerance: per cent of the threshold, or the target's unit.
        #[schema(example = "relative")]
        pub kind: ToleranceKind,
        /// The amount of the tolerance. With 0, no value is amber.
        #[schema(minimum = 0, example = 10)]
        pub value: Number,
    }
}

impl Tolerance {
    /// A tolerance of 0. A value is then green or red, never amber.
    pub const NONE: Self = Self { kind: ToleranceKind::Absolute, value: Number(Decimal::ZERO) };

    /// A tolerance of ten per cent of the threshold. If the threshold is at least 60, values from
    /// 54 are amber.
    pub const USUAL: Self = Self { kind: ToleranceKind::Relative, value: Number(Decimal::TEN) };

    /// Returns whether the tolerance is so large that no value could be red. This is an absolute
    /// tolerance that is larger than the threshold of an at-least target.
    pub fn exceeds(self, aim: Aim, threshold: Number) -> bool {
        let is_absolute = self.kind == ToleranceKind::Absolute && self.value.0 > Decimal::ZERO;
        is_absolute && aim == Aim::AtLeast && self.value > threshold
    }

    /// Returns the tolerance in a smaller unit. One unit of the target is `scale` smaller units. A
    /// relative tolerance does not change.
    pub fn times(self, scale: i64) -> Self {
        match self.kind {
            ToleranceKind::Absolute => Self { value: Number(self.value.0 * Decimal::from(scale)), ..self },
            ToleranceKind::Relative => self,
        }
    }

    fn width(self, threshold: Decimal) -> Decimal {
        match self.kind {
            ToleranceKind::Absolute => self.value.0,
            ToleranceKind::Relative => threshold.abs() * self.value.0 / Decimal::ONE_HUNDRED,
        }
    }
}

/// The colour of a value. The colours are ordered from worst to best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Colour {
    /// The value misses the threshold by more than the tolerance.
    Red,
    /// The value misses the threshold by no more than the tolerance.
    Amber,
    Green,
}

/// A threshold with its aim and tolerance. A quantity is compared with it to get a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThresholdRule {
    pub aim: Aim,
    pub threshold: Decimal,
    pub tolerance: Tolerance,
    /// Whether a quantity that equals the threshold does not meet it, as for a surplus.
    pub strict: bool,
}

impl ThresholdRule {
    /// Returns the limit of the amber values. If the aim is at least, it is the lowest amber value.
    /// If the aim is at most, it is the highest. The limit is 54 for at least 60 with a tolerance
    /// of ten per cent. It is never negative if an at-least threshold is 0 or more.
    pub fn amber_from(&self) -> Decimal {
        let width = self.tolerance.width(self.threshold);
        match self.aim {
            Aim::AtLeast => (self.threshold - width).max(self.threshold.min(Decimal::ZERO)),
            Aim::AtMost => self.threshold + width,
        }
    }

    /// Returns the amber value that is farthest from the threshold, or `None` if no value is amber.
    /// `edge` is the limit of the amber values. For whole values, it is rounded towards the
    /// threshold. For at least 4 and the edge 3.6, the result is `None` for whole values, because 4
    /// is green. Otherwise the result is 3.6.
    pub fn first_amber(&self, edge: Decimal, is_whole: bool) -> Option<Decimal> {
        let first = match (self.aim, is_whole) {
            (_, false) => edge,
            (Aim::AtLeast, true) => edge.ceil(),
            (Aim::AtMost, true) => edge.floor(),
        };
        let falls_short = match self.aim {
            Aim::AtLeast => first < self.threshold,
            Aim::AtMost => first > self.threshold,
        };
        let is_amber = falls_short || self.strict && first == self.threshold;
        Some(first).filter(|_| is_amber && self.tolerance.value.0 > Decimal::ZERO)
    }

    /// Returns the comparison that is true if the quantity meets the threshold and is green.
    pub fn green(&self, quantity: Quantity) -> Inequality {
        self.inequality(quantity, self.threshold, self.strict)
    }

    /// Returns the comparison that is true if the quantity is amber or green. Returns `None` if the
    /// tolerance is 0.
    pub fn amber(&self, quantity: Quantity) -> Option<Inequality> {
        let is_tolerant = self.tolerance.value.0 > Decimal::ZERO;
        is_tolerant.then(|| self.inequality(quantity, self.amber_from(), false))
    }

    fn inequality(&self, quantity: Quantity, bound: Decimal, strict: bool) -> Inequality {
        let (left, right) = quantity.to_comparable(bound);
        let operator = match (self.aim, strict) {
            (Aim::AtLeast, false) => Operator::AtLeast,
            (Aim::AtLeast, true) => Operator::MoreThan,
            (Aim::AtMost, false) => Operator::AtMost,
            (Aim::AtMost, true) => Operator::LessThan,
        };
        Inequality { left, operator, right }
    }

    pub fn colour_of(&self, quantity: Quantity) -> Colour {
        if self.green(quantity).holds() {
            Colour::Green
        } else if self.amber(quantity).is_some_and(|amber| amber.holds()) {
            Colour::Amber
        } else {
            Colour::Red
        }
    }
}
