//! What the server last observed about the database: whether it refuses writes and whether its disk
//! is full.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Error;

/// Time after a write failed because of a full disk, during which the server reports that the disk
/// is full.
const STORAGE_FULL_PERIOD: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, Default)]
pub struct Condition(Arc<Observed>);

#[derive(Debug, Default)]
struct Observed {
    is_read_only: AtomicBool,
    storage_full: Mutex<Option<(Instant, String)>>,
}

impl Condition {
    pub(super) fn is_read_only(&self) -> bool {
        self.0.is_read_only.load(Ordering::Relaxed)
    }

    pub(super) fn set_read_only(&self, is_read_only: bool) {
        self.0.is_read_only.store(is_read_only, Ordering::Relaxed);
    }

    /// Records the result of a write. A full disk is remembered until a later write succeeds.
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
