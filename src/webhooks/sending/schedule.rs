//! The backoff between delivery attempts. All functions are pure.

use std::time::Duration;

const fn minutes(count: u64) -> Duration {
    Duration::from_secs(60 * count)
}

/// The backoff after each failed delivery attempt, as Standard Webhooks suggests. The sum is about
/// three days.
const BACKOFF_SCHEDULE: [Duration; 9] = [
    Duration::from_secs(5),
    minutes(5),
    minutes(30),
    minutes(2 * 60),
    minutes(5 * 60),
    minutes(10 * 60),
    minutes(14 * 60),
    minutes(20 * 60),
    minutes(24 * 60),
];

const MAX_RETRY_AFTER: Duration = minutes(24 * 60);

/// Returns the backoff after this number of delivery attempts, or `None` if no attempt follows.
/// `spread` lengthens the backoff by up to a fifth, so that deliveries that failed together are
/// retried at different times. `requested` is the delay that the receiver requests. The longer
/// delay applies.
pub fn backoff(attempts: i32, spread: u8, requested: Option<Duration>) -> Option<Duration> {
    let index = usize::try_from(attempts).ok()?.checked_sub(1)?;
    let backoff = *BACKOFF_SCHEDULE.get(index)?;
    let backoff = backoff + backoff * u32::from(spread) / (5 * 256);
    Some(requested.map_or(backoff, |requested| backoff.max(requested.min(MAX_RETRY_AFTER))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_waits_ever_longer_and_then_gives_up() {
        let backoffs: Vec<u64> = (1..=9).map(|n| backoff(n, 0, None).expect("a backoff").as_secs()).collect();
        assert_eq!(backoffs, [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]);
        assert_eq!((backoff(10, 0, None), backoff(0, 0, None), backoff(-1, 0, None)), (None, None, None));
    }

    #[test]
    fn it_is_spread_and_a_receiver_may_ask_for_more() {
        let seconds = |requested: u64| Some(Duration::from_secs(requested));
        assert_eq!(backoff(2, 128, None), seconds(330));
        assert!(backoff(2, 255, None).expect("a backoff") < Duration::from_secs(360));
        assert_eq!(backoff(1, 0, seconds(120)), seconds(120));
        assert_eq!(backoff(2, 0, seconds(120)), seconds(300));
        assert_eq!(backoff(1, 0, seconds(1_000_000)), seconds(86_400));
    }
}
