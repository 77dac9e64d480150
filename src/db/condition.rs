//! The state of the database, as the server has last observed it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Error;

/// Time for which the server reports a full disk after the last write that failed because of a full
/// disk.
const STORAGE_FULL_PERIOD: Duration = Duration::from_secs(60);

/// The state of a database. The pools of all server threads share one value.
#[derive(Debug, Clone, Default)]
pub struct Condition(Arc<Observed>);

#[derive(Debug, Default)]
struct Observed {
    is_read_only: AtomicBool,
    storage_full: Mutex<Option<(Instant, String)>>,
}

impl Condition {
    /// Returns whether the database refuses writes. The newest connection determines the value.
    pub(super) fn is_read_only(&self) -> bool {
        self.0.is_read_only.load(Ordering::Relaxed)
    }

    pub(super) fn set_read_only(&self, is_read_only: bool) {
        self.0.is_read_only.store(is_read_only, Ordering::Relaxed);
    }

    /// Records a write that failed because the disk is full. A successful write clears the record.
    pub(super) fn record_write<T>(&self, result: &Result<T, Error>) {
        let full_since = match result {
            Ok(_) => None,
            Err(Error::StorageFull(cause)) => Some((Instant::now(), cause.clone())),
            Err(_) => return,
        };
        *self.0.storage_full.lock().unwrap_or_else(PoisonError::into_inner) = full_since;
    }

    /// Fails if a write has failed within the last minute because the disk is full, and no later
    /// write has succeeded.
    pub(super) fn check_storage(&self) -> Result<(), Error> {
        match &*self.0.storage_full.lock().unwrap_or_else(PoisonError::into_inner) {
            Some((at, cause)) if at.elapsed() < STORAGE_FULL_PERIOD => Err(Error::StorageFull(cause.clone())),
            _ => Ok(()),
        }
    }
}
