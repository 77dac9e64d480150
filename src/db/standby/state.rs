//! Whether the standby can be used, and from which position on.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::Position;
use super::samples::{Sample, Unusable};
use crate::db::{Pools, Target};

/// A standby, and what the server knows about it. All threads of the server share it.
#[derive(Clone)]
pub struct Standby {
    pub target: Target,
    /// The maximum staleness of a read.
    pub max_lag: Duration,
    pub pools: Pools,
    state: Arc<Mutex<Result<Replayed, Unusable>>>,
}

/// What a standby has replayed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Replayed {
    /// The latest sample that the standby has replayed. Its age is the staleness of the standby.
    pub(super) sample: Sample,
    /// The position up to which the standby has replayed the WAL.
    pub(super) until: Position,
}

impl Standby {
    pub fn new(target: Target, max_lag: Duration) -> Self {
        let state = Arc::new(Mutex::new(Err(Unusable::NoSample)));
        Self { target, max_lag, pools: Pools::default(), state }
    }

    /// Returns the position that a connection to the standby must have replayed to serve a read
    /// after `written`. Returns `None` if the read must use the primary.
    pub fn position_for_read(&self, written: Option<Position>) -> Option<Position> {
        let replayed = self.usable().ok()?;
        let Position { timeline, lsn } = replayed.sample.position;
        match written {
            Some(written) if !written.is_replayed_at(replayed.until) => None,
            written => Some(Position { timeline, lsn: written.map_or(lsn, |written| written.lsn.max(lsn)) }),
        }
    }

    pub(super) fn usable(&self) -> Result<Replayed, Unusable> {
        let replayed = (*self.state.lock().unwrap_or_else(PoisonError::into_inner))?;
        if replayed.sample.at.elapsed() > self.max_lag { Err(Unusable::Behind) } else { Ok(replayed) }
    }

    pub(super) fn set(&self, state: Result<Replayed, Unusable>) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }
}

impl fmt::Debug for Standby {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Standby")
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn standby(sampled: Instant, sample: u64, until: u64) -> Standby {
        let standby = Standby::new(Target::from(String::new()), Duration::from_secs(5));
        let at = |lsn| Position { timeline: 2, lsn };
        standby.set(Ok(Replayed { sample: Sample { at: sampled, position: at(sample) }, until: at(until) }));
        standby
    }

    #[test]
    fn a_read_after_a_write_needs_the_position_of_the_write() {
        let standby = standby(Instant::now(), 10, 30);
        let required = |timeline, lsn| {
            standby.position_for_read(Some(Position { timeline, lsn })).map(|position| position.lsn)
        };
        assert_eq!(standby.position_for_read(None).map(|position| position.lsn), Some(10));
        assert_eq!([required(2, 5), required(2, 30), required(1, 20)], [Some(10), Some(30), Some(20)]);
        assert_eq!([required(2, 31), required(1, 31), required(3, 5)], [None; 3]);
    }

    #[test]
    fn a_read_uses_the_primary_when_the_replayed_sample_is_too_old() {
        let Some(long_ago) = Instant::now().checked_sub(Duration::from_millis(5001)) else { return };
        assert!(standby(long_ago, 10, 30).position_for_read(None).is_none());
    }
}
