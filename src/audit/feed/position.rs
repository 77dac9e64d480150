//! The position of a client in the change feed.
//!
//! A client reads one range after another. A range is the set of transactions that ended
//! between two snapshots ([`crate::db::snapshot`]). Within a range, changes are in the order of
//! their log ids, so the changes of one row keep their order even if transactions overlap. An open
//! transaction does not delay the changes of other transactions.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::db::snapshot::{Now, Snapshot, SnapshotRange};

/// The number of days for which a token of the change feed is valid.
const VALID_DAYS: i64 = 30;

/// The place in a range of the change log at which the last page ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Within {
    until: Snapshot,
    /// The line of the change log that contains the last change on the page.
    line: i64,
    id: Uuid,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The snapshot of the transactions whose changes the client has read.
    after: Snapshot,
    /// The last line of the change log that was restored from another server's change log.
    restored_line: i64,
    /// The position within a range of the change log. `None` between two ranges.
    within: Option<Within>,
    /// The day on which the client read the page before this position.
    read_on: NaiveDate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidToken {
    Unreadable,
    /// The token is too old, or contains a snapshot that the database has not reached.
    Expired,
}

impl Position {
    /// Returns the position at the beginning of the change log.
    pub fn start() -> Self {
        let (after, read_on) = (Snapshot::empty(), Utc::now().date_naive());
        Self { after, restored_line: 0, within: None, read_on }
    }

    pub fn is_start(&self) -> bool {
        self.after == Snapshot::empty() && self.within.is_none()
    }

    /// Returns the next range of the change log to read, with the line and the change after which
    /// to continue. Fails if the database has not reached the position's snapshot.
    pub fn range(&self, now: &Now) -> Result<(SnapshotRange, i64, Uuid), InvalidToken> {
        let (until, line, id) = match &self.within {
            Some(within) => (within.until.clone(), within.line, within.id),
            None => (now.snapshot.clone(), 0, Uuid::nil()),
        };
        if !self.after.is_reached_by(&now.snapshot) || !until.is_reached_by(&now.snapshot) {
            return Err(InvalidToken::Expired);
        }
        let restored_line = now.restored_line.unwrap_or(self.restored_line);
        Ok((SnapshotRange { after: self.after.clone(), until, restored_line }, line, id))
    }

    /// Returns the position after the change `id` in the line `line` of a range of the change log.
    pub fn within(range: SnapshotRange, line: i64, id: Uuid) -> Self {
        let SnapshotRange { after, until, restored_line } = range;
        let within = Some(Within { until, line, id });
        Self { after, restored_line, within, read_on: Utc::now().date_naive() }
    }

    /// Returns the position at the end of a range of the change log.
    pub fn after(range: SnapshotRange) -> Self {
        let SnapshotRange { until, restored_line, .. } = range;
        Self { after: until, restored_line, within: None, read_on: Utc::now().date_naive() }
    }

    /// Returns the same position, read today. It is used if a range contains no line of the change
    /// log. The token then stays the same until something is written.
    pub fn unchanged(&self) -> Self {
        Self { read_on: Utc::now().date_naive(), ..self.clone() }
    }

    pub fn token(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    /// Parses a token of the change feed, and checks its age.
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
