//! The fill level of a rate-limit bucket.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

/// A level that requests lower and time raises. Times are in nanoseconds since the server started.
#[derive(Debug, Default)]
pub struct Level {
    /// Time at which the bucket will be full.
    full_at: AtomicU64,
    /// Nanoseconds that requests have taken, less refunds, since the last exchange with the other
    /// servers.
    unshared: AtomicI64,
    /// Whether the level waits for the next exchange.
    pub(super) is_listed: AtomicBool,
}

impl Level {
    pub fn full_at(&self) -> u64 {
        self.full_at.load(Ordering::Relaxed)
    }

    /// Returns a level that is full at the same time and is not shared.
    pub fn copy(&self) -> Self {
        Self { full_at: self.full_at().into(), ..Self::default() }
    }

    /// Takes `step` nanoseconds unless the bucket would then be full later than `max_full_at`. Returns
    /// the excess in that case.
    pub fn take(&self, step: u64, now: u64, max_full_at: u64) -> Result<(), u64> {
        let next = |full: u64| full.max(now) + step;
        let taken = self.full_at.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |full| {
            Some(next(full)).filter(|full| *full <= max_full_at)
        });
        taken.map_err(|full| next(full) - max_full_at)?;
        self.unshared.fetch_add(signed(step), Ordering::Relaxed);
        Ok(())
    }

    pub fn refund(&self, step: u64) {
        self.full_at.fetch_sub(step, Ordering::Relaxed);
        self.unshared.fetch_sub(signed(step), Ordering::Relaxed);
    }

    /// Returns the nanoseconds that were taken since the last exchange, and begins to count anew.
    pub fn begin_exchange(&self) -> i64 {
        self.unshared.swap(0, Ordering::Relaxed)
    }

    /// Adds the nanoseconds of an exchange that failed to those of the next exchange.
    pub fn undo_exchange(&self, taken: i64) {
        self.unshared.fetch_add(taken, Ordering::Relaxed);
    }

    /// Sets the level to that of all servers, less what this server has taken since the exchange
    /// began. `full_in` is the time after `now` at which the bucket of all servers will be full.
    pub fn end_exchange(&self, full_in: u64, now: u64) {
        let shared = now.saturating_add(full_in);
        let full_at = shared.saturating_add_signed(self.unshared.load(Ordering::Relaxed));
        self.full_at.store(full_at, Ordering::Relaxed);
    }
}

fn signed(step: u64) -> i64 {
    i64::try_from(step).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: u64 = 10;

    fn level(taken: usize) -> Level {
        let level = Level::default();
        for _ in 0..taken {
            assert_eq!(level.take(STEP, 100, 1000), Ok(()));
        }
        level
    }

    #[test]
    fn an_exchange_counts_each_request_once() {
        let level = level(3);
        level.refund(STEP);
        assert_eq!(level.begin_exchange(), 20);
        assert_eq!(level.begin_exchange(), 0);
        level.undo_exchange(20);
        assert_eq!(level.take(STEP, 100, 1000), Ok(()));
        assert_eq!(level.begin_exchange(), 30);
    }

    #[test]
    fn the_level_after_an_exchange_is_that_of_all_servers() {
        // (taken before the exchange, taken during it, full_in of all servers, expected full_at)
        for (before, during, full_in, full_at) in
            [(0, 0, 0, 100), (3, 0, 30, 130), (3, 2, 30, 150), (3, 2, 500, 620), (1, 1, 0, 110)]
        {
            let level = level(before);
            level.begin_exchange();
            for _ in 0..during {
                assert_eq!(level.take(STEP, 100, 1000), Ok(()));
            }
            level.end_exchange(full_in, 100);
            assert_eq!(level.full_at(), full_at, "{before} {during} {full_in}");
            assert_eq!(level.begin_exchange(), i64::from(during) * 10, "the next exchange has the rest");
        }
    }

    #[test]
    fn other_servers_can_empty_a_bucket() {
        let level = level(0);
        level.end_exchange(900, 100);
        assert_eq!(level.take(STEP, 100, 1000), Err(STEP));
        assert_eq!(level.take(STEP, 110, 1010), Ok(()));
    }

    #[test]
    fn a_refund_during_an_exchange_is_kept() {
        let level = level(1);
        level.begin_exchange();
        level.refund(STEP);
        level.end_exchange(10, 100);
        assert_eq!((level.full_at(), level.begin_exchange()), (100, -10));
    }
}
