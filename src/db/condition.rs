//! The state of the database, as the server last observed it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Error;

/// How long a full disk is remembered. The server is not ready until this time has passed without
/// another such error.
const STORAGE_FULL_PERIOD: Duration = Duration::from_secs(60);

/// The state of a database, shared by the pools of all server threads.
#[derive(Debug, Clone, Default)]
pub struct Condition(Arc<Observed>);

#[derive(Debug, Default)]
struct Observed {
    is_read_only: AtomicBool,
    storage_full: Mutex<Option<(Instant, String)>>,
}

impl Condition {
    /// Returns whether the database refuses writes, according to its newest connection.
    pub(super) fn is_read_only(&self) -> bool {
        self.0.is_read_only.load(Ordering::Relaxed)
    }

    pub(super) fn set_read_only(&self, is_read_only: bool) {
        self.0.is_read_only.store(is_read_only, Ordering::Relaxed);
    }

    /// Records whether a write failed because the disk is full.
    pub(super) fn record_write<T>(&self, result: &Result<T, Error>) {
        let full_since = match result {
            Ok(_) => None,
            Err(Error::StorageFull(cause)) => Some((Instant::now(), cause.clone())),
            Err(_) => return,
        };
        *self.0.storage_full.lock().unwrap_or_else(PoisonError::into_inner) = full_since;
    }

    /// Returns the disk full error of a write within the last minute, unless a later write
    /// succeeded.
    pub(super) fn check_storage(&self) -> Result<(), Error> {
        match &*self.0.storage_full.lock().unwrap_or_else(PoisonError::into_inner) {
            Some((at, cause)) if at.elapsed() < STORAGE_FULL_PERIOD => Err(Error::StorageFull(cause.clone())),
            _ => Ok(()),
        }
    }
}
