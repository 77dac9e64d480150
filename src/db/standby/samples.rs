//! The staleness of a standby, from positions of the primary that the server has sampled.
//!
//! A standby that has replayed a position has every transaction that was committed when the
//! position was sampled. The age of the sample is therefore an upper bound of the staleness. The
//! server measures the age with its own monotonic clock.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::Position;

/// Identifies a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Database {
    /// The identifier that `initdb` gave to the cluster. All its standbys have the same one.
    pub(super) system: i64,
    /// The identifier of the database in the cluster.
    pub(super) oid: i64,
}

/// What a primary reports about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Primary {
    pub(super) database: Database,
    pub(super) flushed: Position,
    /// Whether a transaction becomes visible only after its commit record has been flushed.
    pub(super) is_durable: bool,
}

/// What the server behind the address of the standby reports about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Replica {
    pub(super) database: Database,
    pub(super) is_in_recovery: bool,
    /// The position that the standby has replayed. The timeline can be an earlier one for some
    /// minutes after a promotion.
    pub(super) replayed: Position,
}

/// A sampled position of the primary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sample {
    /// When the server began to sample the position.
    pub(super) at: Instant,
    pub(super) position: Position,
}

/// The reason why the standby cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unusable {
    NoSample,
    Unreachable,
    NotAStandby,
    OtherDatabase,
    OtherTimeline,
    NotDurable,
    Behind,
}

impl Unusable {
    pub(super) const fn reason(self) -> &'static str {
        match self {
            Self::NoSample => "no position of the primary is known",
            Self::Unreachable => "the standby cannot be reached",
            Self::NotAStandby => "the server is not in recovery, so it is not a standby",
            Self::OtherDatabase => "the standby has another database",
            Self::OtherTimeline => "the standby follows another timeline than the primary",
            Self::NotDurable => "synchronous_commit is off",
            Self::Behind => "the standby lags behind",
        }
    }
}

/// The positions of the primary that were sampled within the maximum lag, oldest first.
#[derive(Debug, Default)]
pub(super) struct Samples {
    primary: Option<Primary>,
    kept: VecDeque<Sample>,
}

impl Samples {
    /// Adds what the primary reported to a query that began at `at`. Drops samples that are older
    /// than `max_lag`, and all samples of another database or timeline.
    pub(super) fn add(&mut self, at: Instant, primary: Primary, max_lag: Duration) {
        let is_same = |known: Primary| {
            known.database == primary.database && known.flushed.timeline == primary.flushed.timeline
        };
        if !self.primary.is_some_and(is_same) {
            self.kept.clear();
        }
        self.primary = Some(primary);
        self.kept.push_back(Sample { at, position: primary.flushed });
        while self.kept.front().is_some_and(|sample| at.duration_since(sample.at) > max_lag) {
            self.kept.pop_front();
        }
    }

    /// Returns the latest sample that a standby has replayed.
    pub(super) fn latest_replayed(&self, replica: Replica) -> Result<Sample, Unusable> {
        let primary = self.primary.ok_or(Unusable::NoSample)?;
        match () {
            () if !primary.is_durable => Err(Unusable::NotDurable),
            () if !replica.is_in_recovery => Err(Unusable::NotAStandby),
            () if replica.database != primary.database => Err(Unusable::OtherDatabase),
            () if replica.replayed.timeline != primary.flushed.timeline => Err(Unusable::OtherTimeline),
            () => {
                let is_replayed = |sample: &&Sample| sample.position.lsn <= replica.replayed.lsn;
                self.kept.iter().rev().find(is_replayed).copied().ok_or(Unusable::Behind)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX_LAG: Duration = Duration::from_secs(5);

    const DATABASE: Database = Database { system: 7, oid: 16_384 };

    fn primary(lsn: u64) -> Primary {
        Primary { database: DATABASE, flushed: Position { timeline: 1, lsn }, is_durable: true }
    }

    fn replica(lsn: u64) -> Replica {
        Replica { database: DATABASE, is_in_recovery: true, replayed: Position { timeline: 1, lsn } }
    }

    /// Samples of the positions 10, 20, and so on, one second apart.
    fn sampled(start: Instant, count: u64) -> Samples {
        let mut samples = Samples::default();
        for n in 1..=count {
            samples.add(start + Duration::from_secs(n), primary(10 * n), MAX_LAG);
        }
        samples
    }

    #[test]
    fn the_latest_replayed_sample_bounds_the_staleness() {
        let start = Instant::now();
        let samples = sampled(start, 4);
        for (replayed, second) in [(10, 1), (19, 1), (20, 2), (39, 3), (40, 4), (99, 4)] {
            let sample = samples.latest_replayed(replica(replayed)).expect("a sample");
            assert_eq!(sample.at, start + Duration::from_secs(second), "{replayed}");
        }
        assert_eq!(samples.latest_replayed(replica(9)), Err(Unusable::Behind));
    }

    #[test]
    fn samples_older_than_the_maximum_lag_are_dropped() {
        let samples = sampled(Instant::now(), 9);
        assert_eq!(samples.kept.len(), 6);
        assert_eq!(samples.latest_replayed(replica(39)), Err(Unusable::Behind));
        assert!(samples.latest_replayed(replica(40)).is_ok());
    }

    #[test]
    fn only_a_standby_of_the_same_database_and_timeline_is_used() {
        let start = Instant::now();
        let mut samples = sampled(start, 3);
        let refused = |samples: &Samples, replica| samples.latest_replayed(replica).expect_err("a reason");
        assert_eq!(refused(&Samples::default(), replica(99)), Unusable::NoSample);
        let promoted = Replica { is_in_recovery: false, ..replica(99) };
        assert_eq!(refused(&samples, promoted), Unusable::NotAStandby);
        for database in [Database { system: 8, ..DATABASE }, Database { oid: 16_385, ..DATABASE }] {
            assert_eq!(refused(&samples, Replica { database, ..replica(99) }), Unusable::OtherDatabase);
        }
        let later = Position { timeline: 2, lsn: 99 };
        assert_eq!(refused(&samples, Replica { replayed: later, ..replica(0) }), Unusable::OtherTimeline);

        // After a promotion, the samples of the earlier timeline do not count.
        let promoted = Primary { flushed: Position { timeline: 2, lsn: 15 }, ..primary(0) };
        samples.add(start + Duration::from_secs(4), promoted, MAX_LAG);
        assert_eq!(refused(&samples, replica(99)), Unusable::OtherTimeline);
        let follows = Replica { replayed: Position { timeline: 2, lsn: 14 }, ..replica(0) };
        assert_eq!(refused(&samples, follows), Unusable::Behind);

        let at = start + Duration::from_secs(5);
        samples.add(at, Primary { is_durable: false, ..primary(50) }, MAX_LAG);
        assert_eq!(refused(&samples, replica(99)), Unusable::NotDurable);
    }
}
