//! What every API test stands on: a server of its own, over a database of its own, and people who ask.

mod answer;
mod app;
mod cluster;
mod issuer;
mod made;
mod person;
mod receiver;
mod wire;
mod world;

use std::time::Duration;

pub use answer::Answer;
pub use app::{App, WEBHOOK_KEY, contracts, run_alone};
pub use cluster::{administer, bare_database, directory, drop_database, run, url};
pub use issuer::{AUDIENCE, Instead, Issuer, TokenKey, claims, now};
pub use made::{Made, id};
pub use person::Person;
pub use receiver::{Received, Receiver, Step};
pub use wire::behind_a_wire;
pub use world::{RESOURCES, Resource, World, as_read, every_resource, in_days};

/// Waits until what is asked again and again is so, for half a minute at most; gives what was found then.
pub async fn until<T: std::fmt::Debug>(mut ask: impl AsyncFnMut() -> T, holds: impl Fn(&T) -> bool) -> T {
    for _ in 0..1500 {
        let found = ask().await;
        if holds(&found) {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it never came to that: {:?}", ask().await);
}
