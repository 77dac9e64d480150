//! Statuses as badges.

use crate::metrics::model::Status;

/// A status as a badge: a colour, a symbol and a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Badge {
    /// The status, or `None` for no colour.
    pub status: Option<Status>,
    /// The word.
    pub word: &'static str,
    /// The symbol.
    pub symbol: &'static str,
}

impl Badge {
    /// Returns the name of the CSS class.
    pub fn css_class(&self) -> &'static str {
        self.status.map_or("none", Status::as_str)
    }
}

/// The worst colour of some targets, and how many of them have data.
#[derive(Debug, Clone, Copy)]
pub struct WorstStatus {
    /// The colour.
    pub badge: Badge,
    /// The number of stated targets with a figure.
    pub with_data: usize,
    /// The number of stated targets.
    pub targets: usize,
}

impl WorstStatus {
    /// Formats the colour and the numbers: `Green, 1 of 8 targets with data`.
    pub fn description(&self) -> String {
        let Self { badge, with_data, targets } = self;
        match targets {
            0 => badge.word.to_owned(),
            1 => format!("{}, {with_data} of 1 target with data", badge.word),
            _ => format!("{}, {with_data} of {targets} targets with data", badge.word),
        }
    }

    /// Returns whether most of the targets have no data.
    pub const fn is_partial(&self) -> bool {
        self.badge.status.is_some() && 2 * self.with_data < self.targets
    }
}
