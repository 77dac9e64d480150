//! Where a reader of the feed stands.
//!
//! The feed goes in stretches. Each takes the changes of all transactions that had ended when it began and that no earlier
//! stretch took, in the order of the log. Of two changes of one row the first is by a transaction that had ended before the
//! second was made, so it is never in a later stretch; within one, the log's order is theirs.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How long a reader may stay away: what is older need not be kept for it.
const DAYS: i64 = 30;

/// A stretch that is not read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Within {
    /// The transaction at which it ends.
    pub until: i64,
    /// The line of the log of the last change that was read.
    pub line: i64,
    /// That change.
    pub id: Uuid,
}

/// A position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The transaction before which everything was read.
    pub from: i64,
    /// The stretch that is being read.
    pub within: Option<Within>,
    /// The day on which the page was read that led here.
    read_on: NaiveDate,
}

/// Why a position cannot be gone on from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// It is none of ours.
    Unreadable,
    /// It is too old.
    Expired,
}

impl Position {
    /// The beginning of the log.
    pub fn start() -> Self {
        Self::at(0, None)
    }

    /// A position that was reached just now.
    pub fn at(from: i64, within: Option<Within>) -> Self {
        Self { from, within, read_on: Utc::now().date_naive() }
    }

    /// The position as a token.
    pub fn token(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    /// The position that a token stands for.
    pub fn read(token: &str) -> Result<Self, Lost> {
        let json = URL_SAFE_NO_PAD.decode(token).map_err(|_| Lost::Unreadable)?;
        let position: Self = serde_json::from_slice(&json).map_err(|_| Lost::Unreadable)?;
        if position.from < 0 || position.within.is_some_and(|within| within.line < 0) {
            return Err(Lost::Unreadable);
        }
        let is_old = Utc::now().date_naive() - position.read_on > TimeDelta::days(DAYS);
        if is_old { Err(Lost::Expired) } else { Ok(position) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_leads_back_until_it_is_thirty_days_old() {
        let within = Some(Within { until: 9, line: 7, id: Uuid::nil() });
        let today = Utc::now().date_naive();
        let at = |days: i64| Position { from: 5, within, read_on: today - TimeDelta::days(days) };
        let (new, old) = (at(30), at(31));
        assert_eq!(Position::read(&new.token()), Ok(new));
        assert_eq!(Position::read(&old.token()), Err(Lost::Expired));
        assert_eq!(Position::read("no-token"), Err(Lost::Unreadable));
        let negative = Position { from: -1, ..new };
        assert_eq!(Position::read(&negative.token()), Err(Lost::Unreadable));
    }
}
