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
        let rates = rates.into_iter();
        match self {
            Self::AtLeast => rates.min_by(|a, b| a.compare(*b)),
            Self::AtMost => rates.max_by(|a, b| a.compare(*b)),
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
    /// The value from which (or up to which) the colour is amber: 60 at least, with ten per cent, is 54.
    pub fn amber_from(&self) -> Decimal {
        let width = self.tolerance.width(self.threshold);
        match self.aim {
            Aim::AtLeast => self.threshold - width,
            Aim::AtMost => self.threshold + width,
        }
    }

    /// The colour of a quantity.
    pub fn judge(&self, quantity: Quantity) -> Colour {
        let order = |bound| match self.aim {
            Aim::AtLeast => quantity.compare(bound),
            Aim::AtMost => quantity.compare(bound).reverse(),
        };
        let met = if self.strict { order(self.threshold).is_gt() } else { order(self.threshold).is_ge() };
        let tolerated = self.tolerance.value.0 > Decimal::ZERO && order(self.amber_from()).is_ge();
        match (met, tolerated) {
            (true, _) => Colour::Green,
            (false, true) => Colour::Amber,
            (false, false) => Colour::Red,
        }
    }
}
