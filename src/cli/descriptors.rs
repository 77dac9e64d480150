//! File descriptors. When the server starts, it raises the limit of file descriptors. It then
//! limits client connections, so that the number of open descriptors stays below that limit.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

use super::error::CommandError;
use crate::config::{AdminEndpoints, Config};

pub(super) const ADMIN_CONNECTIONS: usize = 16;

/// Number of file descriptors for purposes other than connections of clients and to the database.
/// Examples are listeners, event loops, dataset downloads, webhook deliveries, identity providers,
/// keys and the log.
const RESERVED: usize = 192;

/// Number of file descriptors for the event loop of each server thread.
const PER_WORKER: usize = 8;

/// Number of database connections outside the connection pools. Two are for webhooks, one is for
/// deleting expired rows, and one is for the admin address.
const OTHER_DATABASE_CONNECTIONS: usize = 4;

/// Number of database connections that compare a standby with the primary.
const STANDBY_CONNECTIONS: usize = 2;

/// Maximum number of concurrent client connections, however high the limit of file descriptors is.
const MAX_CONNECTIONS: usize = 10_000;

/// Minimum number of client connections. The server does not start with fewer connections.
const MIN_CONNECTIONS: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Connections {
    pub(super) per_worker: usize,
    workers: usize,
    limit: usize,
}

impl Connections {
    pub(super) fn log(&self) {
        tracing::info!(
            max_file_descriptors = self.limit,
            max_connections = self.per_worker * self.workers,
            "client connections are limited"
        );
    }
}

/// Raises the limit of file descriptors to the hard limit, and computes the maximum number of
/// client connections.
pub(super) fn connections(config: &Config) -> Result<Connections, CommandError> {
    let limit = raise_limit()?;
    let admin = matches!(config.admin_endpoints(), AdminEndpoints::Separate(_));
    let (databases, compared) =
        if config.read_database_url.is_some() { (2, STANDBY_CONNECTIONS) } else { (1, 0) };
    let needed = needed(config.workers, databases * config.pool_size, admin)
        + compared
        + usize::from(config.shares_rates);
    bound(limit, needed, config.workers).ok_or_else(|| {
        let minimum = needed + MIN_CONNECTIONS.max(config.workers);
        format!(
            "the limit of open files (ulimit -n) is {limit}, but {minimum} are needed for {} threads with {} database connections each",
            config.workers, databases * config.pool_size,
        )
        .into()
    })
}

fn raise_limit() -> Result<usize, CommandError> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    let limit = match setrlimit(Resource::RLIMIT_NOFILE, hard, hard) {
        Ok(()) => hard,
        Err(error) => {
            tracing::warn!(%error, soft_limit = soft, hard_limit = hard, "file descriptor limit cannot be raised");
            soft
        }
    };
    Ok(usize::try_from(limit).unwrap_or(usize::MAX))
}

/// Returns the number of file descriptors that client connections cannot use.
fn needed(workers: usize, pool_size: usize, has_admin_address: bool) -> usize {
    let admin = if has_admin_address { ADMIN_CONNECTIONS } else { 0 };
    RESERVED + workers * (pool_size + PER_WORKER) + OTHER_DATABASE_CONNECTIONS + admin
}

/// Computes the maximum number of client connections from a limit of file descriptors. Returns
/// `None` if the remaining number is below the minimum.
fn bound(limit: usize, needed: usize, workers: usize) -> Option<Connections> {
    let free = limit.checked_sub(needed).filter(|free| *free >= MIN_CONNECTIONS.max(workers))?;
    Some(Connections { per_worker: (free.min(MAX_CONNECTIONS) / workers).max(1), workers, limit })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_and_what_else_is_open_stay_below_the_limit() {
        for (limit, workers, pool_size) in [(300, 2, 4), (1024, 4, 4), (65_536, 256, 100), (usize::MAX, 8, 4)]
        {
            let needed = needed(workers, pool_size, true);
            let Connections { per_worker, .. } = bound(limit, needed, workers).expect("enough");
            assert!(per_worker * workers + needed <= limit && per_worker * workers <= MAX_CONNECTIONS);
        }
        assert_eq!(bound(200, needed(2, 4, false), 2), None);
        assert_eq!(bound(20_000, needed(256, 100, false), 256), None);
    }
}
