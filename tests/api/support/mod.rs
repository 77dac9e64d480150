//! What every API test stands on: a server of its own, over a database of its own, and people who ask.

mod answer;
mod app;
mod cluster;
mod issuer;
mod made;
mod person;
mod port;
mod receiver;
mod wire;
mod world;

use std::time::{Duration, Instant};

pub use answer::Answer;
pub use app::{App, WEBHOOK_KEY, contracts, metric, run_alone};
pub use cluster::{administer, bare_database, directory, drop_database, run, target, url};
pub use issuer::{AUDIENCE, Instead, Issuer, TokenKey, claims, now};
pub use made::{Made, id};
pub use person::Person;
pub use port::ClosedPort;
pub use receiver::{Received, Receiver, Step};
pub use wire::behind_a_wire;
pub use world::{RESOURCES, Resource, World, as_read, every_resource, in_days};

/// How long a test waits for something that must happen. It only ends a test that would hang: no rule depends on it.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// How often a test looks whether something has happened.
pub const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Polls a value until a condition holds, and returns that value. Panics after [`PATIENCE`].
pub async fn until<T: std::fmt::Debug>(mut ask: impl AsyncFnMut() -> T, holds: impl Fn(&T) -> bool) -> T {
    let started = Instant::now();
    loop {
        let found = ask().await;
        if holds(&found) {
            return found;
        }
        assert!(started.elapsed() < PATIENCE, "the condition never held: {found:?}");
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

/// The same outside of a runtime.
pub fn until_blocking<T: std::fmt::Debug>(mut ask: impl FnMut() -> T, holds: impl Fn(&T) -> bool) -> T {
    let started = Instant::now();
    loop {
        let found = ask();
        if holds(&found) {
            return found;
        }
        assert!(started.elapsed() < PATIENCE, "the condition never held: {found:?}");
        std::thread::sleep(POLL_INTERVAL);
    }
}
