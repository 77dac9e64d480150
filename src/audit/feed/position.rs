//! The position of a reader in the feed.
//!
//! A reader reads one stretch after another ([`crate::db::snapshot`]), and each stretch in the
//! order of the log's ids. So the changes of one row keep their order, even if transactions
//! overlap. An open transaction does not delay the changes of other transactions.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::db::snapshot::{Now, Snapshot, Stretch};

/// How many days a token is valid. Older lines of the log need not be kept for readers.
const VALID_DAYS: i64 = 30;

/// A stretch of which a part has been read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Within {
    /// The snapshot at which it ends.
    until: Snapshot,
    /// The line of the log with the last change that was read.
    line: i64,
    /// The id of that change.
    id: Uuid,
}

/// A position in the feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The transactions whose changes have been read.
    after: Snapshot,
    /// The last line that was restored from another server's log.
    restored_line: i64,
    /// The stretch that is being read.
    within: Option<Within>,
    /// The day on which the page that ended here was read.
    read_on: NaiveDate,
}

/// Why a reader cannot continue from a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidToken {
    /// It is not a token of the feed.
    Unreadable,
    /// It is too old, or from a state that the log has not reached.
    Expired,
}

impl Position {
    /// Returns the position at the beginning of the log.
    pub fn start() -> Self {
        let (after, read_on) = (Snapshot::empty(), Utc::now().date_naive());
        Self { after, restored_line: 0, within: None, read_on }
    }

    /// Returns whether the next stretch is the first one.
    pub fn is_start(&self) -> bool {
        self.after == Snapshot::empty() && self.within.is_none()
    }

    /// Returns the stretch to read from here, with the line and the id of the change after which to
    /// continue.
    pub fn stretch(&self, now: &Now) -> Result<(Stretch, i64, Uuid), InvalidToken> {
        let (until, line, id) = match &self.within {
            Some(within) => (within.until.clone(), within.line, within.id),
            None => (now.snapshot.clone(), 0, Uuid::nil()),
        };
        if !self.after.is_reached_by(&now.snapshot) || !until.is_reached_by(&now.snapshot) {
            return Err(InvalidToken::Expired);
        }
        let restored_line = now.restored_line.unwrap_or(self.restored_line);
        Ok((Stretch { after: self.after.clone(), until, restored_line }, line, id))
    }

    /// Returns the position within a stretch, after its change `id` in this line of the log.
    pub fn within(stretch: Stretch, line: i64, id: Uuid) -> Self {
        let Stretch { after, until, restored_line } = stretch;
        let within = Some(Within { until, line, id });
        Self { after, restored_line, within, read_on: Utc::now().date_naive() }
    }

    /// Returns the position after a stretch.
    pub fn after(stretch: Stretch) -> Self {
        let Stretch { until, restored_line, .. } = stretch;
        Self { after: until, restored_line, within: None, read_on: Utc::now().date_naive() }
    }

    /// Returns the same position, read today. A reader whose stretch contains no line keeps its
    /// position, so that its token stays the same until something is written.
    pub fn unchanged(&self) -> Self {
        Self { read_on: Utc::now().date_naive(), ..self.clone() }
    }

    /// Returns the position as a token.
    pub fn token(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    /// Parses a token.
    pub fn parse(token: &str) -> Result<Self, InvalidToken> {
        let json = URL_SAFE_NO_PAD.decode(token).map_err(|_| InvalidToken::Unreadable)?;
        let position: Self = serde_json::from_slice(&json).map_err(|_| InvalidToken::Unreadable)?;
        if position.restored_line < 0 || position.within.as_ref().is_some_and(|within| within.line < 0) {
            return Err(InvalidToken::Unreadable);
        }
        let is_old = Utc::now().date_naive() - position.read_on > TimeDelta::days(VALID_DAYS);
        if is_old { Err(InvalidToken::Expired) } else { Ok(position) }
    }
}

#[cfg(test)]
mod tests;
