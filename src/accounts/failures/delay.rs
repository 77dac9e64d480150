//! The delay before the next sign-in attempt after failed attempts. Times are in milliseconds of
//! one monotonic clock.

use std::time::Duration;

/// The number of failed sign-in attempts after which a source must wait. With fewer failures, it
/// does not wait.
pub const FAILURES_BEFORE_DELAY: u64 = 3;

/// The longest delay between two sign-in attempts. It equals the largest `Retry-After` of a rate
/// limit.
pub const MAX_WAIT: Duration = Duration::from_secs(120);

/// The time after which a count of failed sign-in attempts decreases by one.
pub const FORGET_INTERVAL: Duration = Duration::from_secs(600);

pub const MAX_COUNT: u64 = 20;

const FORGET_MILLIS: u64 = FORGET_INTERVAL.as_secs() * 1000;

/// A count of failed sign-in attempts. The count decreases by one in each [`FORGET_INTERVAL`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// The time at which the count will have decreased to 0.
    forgotten_at: u64,
}

impl Count {
    pub fn add(self, now: u64) -> Self {
        let forgotten_at = self.forgotten_at.max(now) + FORGET_MILLIS;
        Self { forgotten_at: forgotten_at.min(now + FORGET_MILLIS * MAX_COUNT) }
    }

    pub fn at(self, now: u64) -> u64 {
        self.forgotten_at.saturating_sub(now).div_ceil(FORGET_MILLIS)
    }
}

/// The failed sign-in attempts of one source on one account. A source is an address or a session.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Source {
    failures: Count,
    last_failure: u64,
    is_known: bool,
}

impl Source {
    pub fn known() -> Self {
        Self { is_known: true, ..Self::default() }
    }

    pub fn is_known(self) -> bool {
        self.is_known
    }

    pub fn failed(self, now: u64) -> Self {
        Self { failures: self.failures.add(now), last_failure: now, ..self }
    }

    /// Returns how long the source must wait, or `None` if a sign-in attempt is allowed now.
    /// `total` counts the account's failures from all sources. It lengthens the delay only for a
    /// source that has failed itself and has never signed in.
    pub fn wait(self, total: Count, now: u64) -> Option<Duration> {
        let own = self.failures.at(now);
        if own < FAILURES_BEFORE_DELAY {
            return None;
        }
        let counted = if self.is_known { own } else { own.max(total.at(now)) };
        let until = self.last_failure + delay(counted).as_secs() * 1000;
        Some(Duration::from_millis(until.saturating_sub(now))).filter(|wait| !wait.is_zero())
    }
}

/// Returns the delay after this number of failed sign-in attempts. It is zero below
/// [`FAILURES_BEFORE_DELAY`], and then one second. Each further failure doubles the delay, up to
/// [`MAX_WAIT`].
pub fn delay(failures: u64) -> Duration {
    match failures.checked_sub(FAILURES_BEFORE_DELAY) {
        None => Duration::ZERO,
        Some(further) => {
            let doublings = u32::try_from(further).unwrap_or(u32::MAX);
            let seconds = 1_u64.checked_shl(doublings).unwrap_or(u64::MAX);
            Duration::from_secs(seconds).min(MAX_WAIT)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn counted(times: u64, now: u64) -> Count {
        (0..times).fold(Count::default(), |count, _| count.add(now))
    }

    fn failed(times: u64, now: u64) -> Source {
        (0..times).fold(Source::default(), |source, _| source.failed(now))
    }

    #[test]
    fn the_delay_doubles_up_to_two_minutes() {
        let seconds =
            [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 64, 67, 68, u64::MAX].map(|n| delay(n).as_secs());
        assert_eq!(seconds, [0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 120, 120, 120, 120, 120, 120]);
    }

    #[test]
    fn a_source_without_failures_never_waits_and_others_wait_for_the_accounts_total() {
        let total = counted(300, 0);
        for (own, wait) in [(0, None), (2, None), (3, Some(120)), (9, Some(120))] {
            assert_eq!(failed(own, 0).wait(total, 0), wait.map(Duration::from_secs), "{own} failures");
        }
        let alone = |own| failed(own, 0).wait(counted(own, 0), 0).map(|wait| wait.as_secs());
        assert_eq!([2, 3, 4, 5].map(alone), [None, Some(1), Some(2), Some(4)]);
    }

    #[test]
    fn a_source_that_signed_in_before_waits_for_its_own_failures_alone() {
        let total = counted(300, 0);
        let known = (0..4).fold(Source::known(), |source, _| source.failed(0));
        assert_eq!(Source::known().wait(total, 0), None);
        assert_eq!(known.wait(total, 0), Some(Duration::from_secs(2)));
        assert_eq!(known.wait(total, 2000), None);
    }

    proptest! {
        #[test]
        fn failures_are_forgotten_one_by_one(times in 0_u64..40, start in 0_u64..1 << 40, steps in 0_u64..40) {
            let now = start + steps * FORGET_MILLIS;
            prop_assert_eq!(counted(times, start).at(now), times.min(MAX_COUNT).saturating_sub(steps));
        }

        #[test]
        fn whoever_waits_as_long_as_told_may_try(
            own in 0_u64..30, others in 0_u64..300, is_known: bool, start in 0_u64..1 << 40, later in 0_u64..1 << 22,
        ) {
            let source = Source { is_known, ..failed(own, start) };
            let (total, now) = (counted(own + others, start), start + later);
            let wait = source.wait(total, now).unwrap_or_default();
            prop_assert!(wait <= MAX_WAIT);
            let millis = u64::try_from(wait.as_millis()).expect("milliseconds");
            prop_assert_eq!(source.wait(total, now + millis), None);
            if own < FAILURES_BEFORE_DELAY {
                prop_assert_eq!(wait, Duration::ZERO);
            }
        }

        #[test]
        fn a_further_failure_never_shortens_the_wait(own in 0_u64..30, others in 0_u64..30, now in 0_u64..1 << 40) {
            let wait = |own: u64, others: u64| failed(own, now).wait(counted(own + others, now), now).unwrap_or_default();
            prop_assert!(wait(own + 1, others) >= wait(own, others));
            prop_assert!(wait(own, others + 1) >= wait(own, others));
        }
    }
}
