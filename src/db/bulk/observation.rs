//! Times at which senders observed the data in their bulk requests. Older data that arrives late is
//! not applied.

use crate::values::Instant;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observation {
    pub observed_at: Instant,
    /// Whether `observed_at` is ahead of the database's clock by more than the accepted difference.
    pub is_ahead: bool,
    /// Times at which the last accepted data for the row was observed by its sender and recorded by
    /// the server.
    pub last: Option<(Instant, Instant)>,
    pub row_updated_at: Option<Instant>,
}

impl Observation {
    /// Returns whether the database already has newer data. Newer data is from a line that was
    /// accepted before, or from a later change of the row.
    pub fn is_late(&self) -> bool {
        let since = match (self.last, self.row_updated_at) {
            (Some((observed, recorded)), Some(updated)) if updated <= recorded => Some(observed),
            (Some((observed, _)), None) => Some(observed),
            (_, updated) => updated,
        };
        since.is_some_and(|since| self.observed_at < since)
    }
}
