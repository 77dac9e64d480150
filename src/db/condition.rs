//! What the server knows of the state of its database, from the last that it saw.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Error;

/// How long a full disk is remembered: the server is not ready until no write has met it for so long.
const STORAGE_FULL_FOR: Duration = Duration::from_secs(60);

/// The state of a database, shared by the pools of all server threads.
#[derive(Debug, Clone, Default)]
pub struct Condition(Arc<Known>);

#[derive(Debug, Default)]
struct Known {
    is_read_only: AtomicBool,
    storage_full: Mutex<Option<(Instant, String)>>,
}

impl Condition {
    /// Whether the database refuses writes, as far as its newest connection knows.
    pub(super) fn is_read_only(&self) -> bool {
        self.0.is_read_only.load(Ordering::Relaxed)
    }

    pub(super) fn set_read_only(&self, is_read_only: bool) {
        self.0.is_read_only.store(is_read_only, Ordering::Relaxed);
    }

    /// Remembers what a write met.
    pub(super) fn note<T>(&self, done: &Result<T, Error>) {
        let seen = match done {
            Ok(_) => None,
            Err(Error::StorageFull(cause)) => Some((Instant::now(), cause.clone())),
            Err(_) => return,
        };
        *self.0.storage_full.lock().unwrap_or_else(PoisonError::into_inner) = seen;
    }

    /// The disk full error that a write met within the last minute, unless a later write succeeded.
    pub(super) fn check_storage(&self) -> Result<(), Error> {
        match &*self.0.storage_full.lock().unwrap_or_else(PoisonError::into_inner) {
            Some((at, cause)) if at.elapsed() < STORAGE_FULL_FOR => Err(Error::StorageFull(cause.clone())),
            _ => Ok(()),
        }
    }
}
