//! Shared by all API tests: a server with its own database, callers, rows, and servers of other
//! systems.

mod app;
mod caller;
mod cluster;
mod fixtures;
mod issuer;
mod local_server;
mod port;
mod receiver;
mod resources;
mod response;
mod stalling_proxy;

use std::time::{Duration, Instant};

pub use app::{App, WEBHOOK_KEY, contracts, execute_sql, metric};
pub use caller::Caller;
pub use cluster::{
    create_database_without_tables, directory, drop_database, execute_as_admin, root_directory, run, target,
    url,
};
pub use fixtures::{Fixtures, id, merge};
pub use issuer::{AUDIENCE, Issuer, ResponseOverride, TokenKey, claims, now};
pub use port::ClosedPort;
pub use receiver::{ReceivedMessage, Receiver, Reply};
pub use resources::{RESOURCES, Resource, ResourceFixtures, all_resources, days_from_now, without_secret};
pub use response::ApiResponse;
pub use stalling_proxy::start_stalling_proxy;

/// The longest time that a test waits for a condition. It only ends tests that would hang.
pub const MAX_WAIT: Duration = Duration::from_secs(120);

/// The time between two checks of a condition.
pub const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Polls a value until a condition holds, and returns that value. Panics after [`MAX_WAIT`].
pub async fn poll_until<T: std::fmt::Debug>(
    mut read: impl AsyncFnMut() -> T,
    condition: impl Fn(&T) -> bool,
) -> T {
    let started = Instant::now();
    loop {
        let value = read().await;
        if condition(&value) {
            return value;
        }
        assert!(started.elapsed() < MAX_WAIT, "the condition was not met in time: {value:?}");
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

/// Like [`poll_until`], outside of a runtime.
pub fn poll_until_blocking<T: std::fmt::Debug>(
    mut read: impl FnMut() -> T,
    condition: impl Fn(&T) -> bool,
) -> T {
    let started = Instant::now();
    loop {
        let value = read();
        if condition(&value) {
            return value;
        }
        assert!(started.elapsed() < MAX_WAIT, "the condition was not met in time: {value:?}");
        std::thread::sleep(POLL_INTERVAL);
    }
}
