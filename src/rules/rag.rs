//! Red, amber, green.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Quantity, Rate};
use crate::values::{Number, jsonb, text_enum};

text_enum! {
    /// Whether more is better.
    pub enum Aim {
        /// The value should reach the threshold.
        AtLeast = "at_least",
        /// The value should not pass the threshold.
        AtMost = "at_most",
    }
}

impl Aim {
    /// The worst of several rates: the lowest, or the highest where less is better.
    pub fn worst(self, rates: impl IntoIterator<Item = Rate>) -> Option<Rate> {
        self.worst_by(rates, |rate| *rate)
    }

    /// Of several things in their order the first with the worst rate.
    pub fn worst_by<T>(self, things: impl IntoIterator<Item = T>, rate: impl Fn(&T) -> Rate) -> Option<T> {
        things.into_iter().min_by(|a, b| match self {
            Self::AtLeast => rate(a).compare(rate(b)),
            Self::AtMost => rate(b).compare(rate(a)),
        })
    }
}

text_enum! {
    /// How two sides are compared.
    pub enum Operator {
        /// Left is right, or greater.
        AtLeast = "at_least",
        /// Left is greater than right.
        MoreThan = "more_than",
        /// Left is right, or less.
        AtMost = "at_most",
        /// Left is less than right.
        LessThan = "less_than",
    }
}

/// Two whole numbers held against each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inequality {
    /// What there is.
    pub left: i128,
    /// How the two are compared.
    pub operator: Operator,
    /// What it is held against.
    pub right: i128,
}

impl Inequality {
    /// Whether it is true.
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
    /// How a tolerance is counted.
    pub enum ToleranceKind {
        /// Per cent of the threshold.
        Relative = "relative",
        /// In the target's unit.
        Absolute = "absolute",
    }
}

jsonb! {
    /// How far from the threshold is still amber.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
    #[serde(deny_unknown_fields)]
    pub struct Tolerance {
        /// Per cent of the threshold, or an amount in the target's unit.
        #[schema(example = "relative")]
        pub kind: ToleranceKind,
        /// How much; 0 leaves no amber.
        #[schema(minimum = 0, example = 10)]
        pub value: Number,
    }
}

impl Tolerance {
    /// No tolerance: green or red.
    pub const NONE: Self = Self { kind: ToleranceKind::Absolute, value: Number(Decimal::ZERO) };

    /// Ten per cent of the threshold: 60 has amber from 54.
    pub const USUAL: Self = Self { kind: ToleranceKind::Relative, value: Number(Decimal::TEN) };

    /// Whether it is absolute and larger than the threshold of an at-least target: then no value would be red.
    pub fn exceeds(self, aim: Aim, threshold: Number) -> bool {
        let is_absolute = self.kind == ToleranceKind::Absolute && self.value.0 > Decimal::ZERO;
        is_absolute && aim == Aim::AtLeast && self.value > threshold
    }

    /// The tolerance of a value that is counted in parts, `scale` to the unit.
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

/// The three colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Colour {
    /// Beyond the tolerance.
    Red,
    /// Short of the threshold, within the tolerance.
    Amber,
    /// The threshold is met.
    Green,
}

/// What a quantity is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bar {
    /// Whether more is better.
    pub aim: Aim,
    /// The threshold.
    pub threshold: Decimal,
    /// How far from it is still amber.
    pub tolerance: Tolerance,
    /// Whether meeting the threshold exactly is not enough: a surplus is more than nothing.
    pub strict: bool,
}

impl Bar {
    /// The value from which (or up to which) the colour is amber: 60 at least, with ten per cent, is 54. Where little is
    /// expected yet, an absolute tolerance reaches down to 0 and no further.
    pub fn amber_from(&self) -> Decimal {
        let width = self.tolerance.width(self.threshold);
        match self.aim {
            Aim::AtLeast => (self.threshold - width).max(self.threshold.min(Decimal::ZERO)),
            Aim::AtMost => self.threshold + width,
        }
    }

    /// The first value that is amber, from an edge of amber on: a whole number where values are whole. None without a
    /// tolerance, and where every value from there on meets the threshold.
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

    /// What is true of a quantity that meets the threshold.
    pub fn green(&self, quantity: Quantity) -> Inequality {
        self.hold(quantity, self.threshold, self.strict)
    }

    /// What is true of a quantity that is at least amber; nothing is amber without a tolerance.
    pub fn amber(&self, quantity: Quantity) -> Option<Inequality> {
        let is_tolerant = self.tolerance.value.0 > Decimal::ZERO;
        is_tolerant.then(|| self.hold(quantity, self.amber_from(), false))
    }

    fn hold(&self, quantity: Quantity, bound: Decimal, strict: bool) -> Inequality {
        let (left, right) = quantity.beside(bound);
        let operator = match (self.aim, strict) {
            (Aim::AtLeast, false) => Operator::AtLeast,
            (Aim::AtLeast, true) => Operator::MoreThan,
            (Aim::AtMost, false) => Operator::AtMost,
            (Aim::AtMost, true) => Operator::LessThan,
        };
        Inequality { left, operator, right }
    }

    /// The colour of a quantity.
    pub fn judge(&self, quantity: Quantity) -> Colour {
        if self.green(quantity).holds() {
            Colour::Green
        } else if self.amber(quantity).is_some_and(|amber| amber.holds()) {
            Colour::Amber
        } else {
            Colour::Red
        }
    }
}
