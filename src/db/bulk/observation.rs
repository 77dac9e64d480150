//! When a sender observed what it reports. An older report that arrives late is not applied.

use crate::values::Instant;

/// When a line was observed, and how old the stored data about its key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observation {
    /// When the sender observed the content of the line.
    pub observed_at: Instant,
    /// Whether `observed_at` is ahead of the database's clock by more than the accepted difference.
    pub is_ahead: bool,
    /// When the sender of the last report observed it, and when it was recorded.
    pub last: Option<(Instant, Instant)>,
    /// When the row last changed, if there is one.
    pub row_updated_at: Option<Instant>,
}

impl Observation {
    /// Returns whether newer data is stored: from the last report, or from a later change of the
    /// row.
    pub fn is_late(&self) -> bool {
        let since = match (self.last, self.row_updated_at) {
            (Some((observed, recorded)), Some(updated)) if updated <= recorded => Some(observed),
            (Some((observed, _)), None) => Some(observed),
            (_, updated) => updated,
        };
        since.is_some_and(|since| self.observed_at < since)
    }
}
