//! Times at which senders observed the data in their bulk requests. Older data that arrives late is
//! not applied.

use crate::values::Instant;

/// The time at which the sender observed a line, and the times of the stored data for the same row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observation {
    /// Time at which the sender observed the content of the line of the bulk request.
    pub observed_at: Instant,
    /// Whether `observed_at` is ahead of the database's clock by more than the accepted difference.
    pub is_ahead: bool,
    /// Times at which the last accepted data for the row was observed by its sender and recorded by
    /// the server.
    pub last: Option<(Instant, Instant)>,
    /// Time of the row's last change. `None` if the row does not exist.
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
