//! Badges: statuses with a colour, a symbol and a word.

use crate::metrics::model::Status;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Badge {
    /// The status; `None` if there is no green, amber or red status.
    pub status: Option<Status>,
    pub word: &'static str,
    pub symbol: &'static str,
}

impl Badge {
    pub fn css_class(&self) -> &'static str {
        self.status.map_or("none", Status::as_str)
    }
}

/// The worst colour of the stated targets in a theme or outcome, and how many of these targets have
/// a figure.
#[derive(Debug, Clone, Copy)]
pub struct WorstStatus {
    pub badge: Badge,
    pub with_data: usize,
    pub targets: usize,
}

impl WorstStatus {
    /// Formats the colour and the two numbers, such as `Green, 1 of 8 targets with data`.
    pub fn description(&self) -> String {
        let Self { badge, with_data, targets } = self;
        match targets {
            0 => badge.word.to_owned(),
            1 => format!("{}, {with_data} of 1 target with data", badge.word),
            _ => format!("{}, {with_data} of {targets} targets with data", badge.word),
        }
    }

    /// Returns whether fewer than half of the targets have a figure. Documents then do not fill the
    /// cell with the colour.
    pub const fn is_partial(&self) -> bool {
        self.badge.status.is_some() && 2 * self.with_data < self.targets
    }
}
