//! File descriptors: the limit is raised at start, and connections are bounded below it.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

use super::Failure;
use crate::config::{AdminEndpoints, Config};

/// Connections to a separate admin address.
pub(super) const ADMIN_CONNECTIONS: usize = 16;

/// Descriptors for everything but client and database connections: listeners, event loops, reports on their way out with
/// the files that a workbook needs besides, deliveries to webhooks, identity providers, keys, the log.
const RESERVED: usize = 192;

/// What each thread needs for its event loop.
const EACH_WORKER: usize = 8;

/// Database connections outside the pools: two for webhooks, one for clearing up, one for the admin address.
const DATABASE_BESIDES: usize = 4;

/// More connections than this are not served at once, however high the limit is.
const MAX_CONNECTIONS: usize = 10_000;

/// Fewer connections than this are not worth starting for.
const MIN_CONNECTIONS: usize = 64;

/// How many client connections the server keeps at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Connections {
    /// For each server thread.
    pub(super) per_worker: usize,
    workers: usize,
    limit: usize,
}

impl Connections {
    /// Logs the bound, once the server is about to serve.
    pub(super) fn log(&self) {
        tracing::info!(
            file_descriptors = self.limit,
            connections = self.per_worker * self.workers,
            "client connections are bounded"
        );
    }
}

/// Raises the limit of file descriptors as far as it goes, and bounds the connections below it.
pub(super) fn connections(config: &Config) -> Result<Connections, Failure> {
    let limit = raise_limit()?;
    let admin = matches!(config.admin_endpoints(), AdminEndpoints::Separate(_));
    let needed = needed(config.workers, config.pool_size, admin);
    bound(limit, needed, config.workers).ok_or_else(|| {
        let least = needed + MIN_CONNECTIONS.max(config.workers);
        format!(
            "the limit of open files (ulimit -n) is {limit}; {least} are needed for {} threads with {} database connections each",
            config.workers, config.pool_size,
        )
        .into()
    })
}

/// Raises the soft limit to the hard one, and returns what holds then.
fn raise_limit() -> Result<usize, Failure> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    let limit = match setrlimit(Resource::RLIMIT_NOFILE, hard, hard) {
        Ok(()) => hard,
        Err(error) => {
            tracing::warn!(%error, soft, hard, "the limit of file descriptors stays as it is");
            soft
        }
    };
    Ok(usize::try_from(limit).unwrap_or(usize::MAX))
}

/// Descriptors that client connections must leave free.
fn needed(workers: usize, pool_size: usize, has_admin_address: bool) -> usize {
    let admin = if has_admin_address { ADMIN_CONNECTIONS } else { 0 };
    RESERVED + workers * (pool_size + EACH_WORKER) + DATABASE_BESIDES + admin
}

/// The bound under a limit of descriptors, or none where too few are left.
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
