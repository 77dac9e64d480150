//! File descriptors. At start the server raises the limit of descriptors, and limits client
//! connections so that all open descriptors stay below it.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

use super::error::CommandError;
use crate::config::{AdminEndpoints, Config};

/// The maximum number of connections to a separate admin address.
pub(super) const ADMIN_CONNECTIONS: usize = 16;

/// Descriptors for everything except client and database connections: listeners, event loops,
/// dataset downloads with the temporary files of workbooks, webhook deliveries, identity providers,
/// keys, the log.
const RESERVED: usize = 192;

/// Descriptors for the event loop of each server thread.
const PER_WORKER: usize = 8;

/// Database connections outside the pools: two for webhooks, one for purges, one for the admin
/// address.
const OTHER_DATABASE_CONNECTIONS: usize = 4;

/// The maximum number of concurrent client connections, however high the limit of descriptors is.
const MAX_CONNECTIONS: usize = 10_000;

/// The minimum number of client connections. With fewer the server does not start.
const MIN_CONNECTIONS: usize = 64;

/// The maximum number of concurrent client connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Connections {
    /// The maximum for each server thread.
    pub(super) per_worker: usize,
    workers: usize,
    limit: usize,
}

impl Connections {
    /// Logs the limits.
    pub(super) fn log(&self) {
        tracing::info!(
            file_descriptors = self.limit,
            connections = self.per_worker * self.workers,
            "client connections are bounded"
        );
    }
}

/// Raises the limit of file descriptors to the hard limit, and computes the limit of client
/// connections from it.
pub(super) fn connections(config: &Config) -> Result<Connections, CommandError> {
    let limit = raise_limit()?;
    let admin = matches!(config.admin_endpoints(), AdminEndpoints::Separate(_));
    let needed = needed(config.workers, config.pool_size, admin);
    bound(limit, needed, config.workers).ok_or_else(|| {
        let minimum = needed + MIN_CONNECTIONS.max(config.workers);
        format!(
            "the limit of open files (ulimit -n) is {limit}; {minimum} are needed for {} threads with {} database connections each",
            config.workers, config.pool_size,
        )
        .into()
    })
}

/// Raises the soft limit to the hard limit, and returns the resulting limit.
fn raise_limit() -> Result<usize, CommandError> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    let limit = match setrlimit(Resource::RLIMIT_NOFILE, hard, hard) {
        Ok(()) => hard,
        Err(error) => {
            tracing::warn!(%error, soft, hard, "file descriptor limit not raised");
            soft
        }
    };
    Ok(usize::try_from(limit).unwrap_or(usize::MAX))
}

/// Returns the number of descriptors that are not available to client connections.
fn needed(workers: usize, pool_size: usize, has_admin_address: bool) -> usize {
    let admin = if has_admin_address { ADMIN_CONNECTIONS } else { 0 };
    RESERVED + workers * (pool_size + PER_WORKER) + OTHER_DATABASE_CONNECTIONS + admin
}

/// Computes the limits of client connections from a limit of descriptors. Returns `None` if too few
/// descriptors are left.
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
