//! Builds connection pools.

use std::time::Duration;

use deadpool::managed::QueueMode;
use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::deadpool::Pool;
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod};

use super::Error;
use super::condition::Condition;
use super::session::{SessionSettings, Target, open};

/// The number, the limits and the sessions of a pool's connections.
#[derive(Debug, Clone, Copy)]
pub(super) struct Connections {
    pub(super) size: usize,
    /// Maximum time that a request waits for a connection.
    pub(super) wait: Duration,
    pub(super) session: SessionSettings,
}

impl Connections {
    /// Builds a pool. The pool opens connections on first use. Each new connection stores in
    /// `condition` whether the database accepts writes.
    pub(super) fn build(
        self,
        target: &Target,
        condition: Option<&Condition>,
    ) -> Result<Pool<AsyncPgConnection>, Error> {
        let mut config = ManagerConfig::default();
        config.recycling_method = RecyclingMethod::Fast;
        let (opened, condition) = (target.clone(), condition.cloned());
        config.custom_setup = Box::new(move |_| open(opened.clone(), self.session, condition.clone()));
        let manager = AsyncDieselConnectionManager::new_with_config(&target.url, config);
        Pool::builder(manager)
            .max_size(self.size)
            .wait_timeout(Some(self.wait))
            // The connection that was used last has the statements of most requests prepared.
            .queue_mode(QueueMode::Lifo)
            .runtime(deadpool::Runtime::Tokio1)
            .build()
            .map_err(|error| Error::Internal(error.to_string()))
    }
}
