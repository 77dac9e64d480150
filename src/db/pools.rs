//! The connection pools of all server threads, for monitoring.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use deadpool::managed::WeakPool;
use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::AsyncDieselConnectionManager;
use diesel_async::pooled_connection::deadpool::Pool;

use super::condition::Condition;

type Weak = WeakPool<AsyncDieselConnectionManager<AsyncPgConnection>>;

/// All existing connection pools, and the state of their database.
#[derive(Clone, Default)]
pub struct Pools {
    pools: Arc<Mutex<Vec<Weak>>>,
    pub(super) condition: Condition,
}

impl Pools {
    /// Updates the gauges for open connections, free connections and waiting requests. Their names
    /// begin with `prefix`.
    pub fn record(&self, prefix: &str) {
        let (mut open, mut free, mut waiting) = (0, 0, 0);
        for pool in self.pools.lock().unwrap_or_else(PoisonError::into_inner).iter().filter_map(Weak::upgrade)
        {
            let status = pool.status();
            open += status.size;
            free += status.available;
            waiting += status.waiting;
        }
        crate::telemetry::gauge!(format!("{prefix}_connections"), "state" => "open").set(open as f64);
        crate::telemetry::gauge!(format!("{prefix}_connections"), "state" => "free").set(free as f64);
        crate::telemetry::gauge!(format!("{prefix}_requests_waiting")).set(waiting as f64);
    }

    pub(super) fn add(&self, pool: &Pool<AsyncPgConnection>) {
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        pools.retain(|pool| pool.upgrade().is_some());
        pools.push(pool.weak());
    }
}

impl fmt::Debug for Pools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pools")
    }
}
