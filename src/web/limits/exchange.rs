//! The levels that a server exchanges with the other servers.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

use super::level::Level;

/// Maximum number of buckets in one exchange.
const BATCH_SIZE: usize = 5000;

/// Maximum number of buckets that wait for an exchange while the database is unavailable.
const MAX_CHANGED: usize = 50_000;

/// The levels that have changed since the last exchange.
#[derive(Default)]
pub(super) struct Changed(Mutex<Vec<(Uuid, Arc<Level>)>>);

/// What one exchange sends for a bucket. A bucket has two levels if it was dropped from memory and
/// created again.
#[derive(Default)]
pub(super) struct Sent {
    pub(super) taken: i64,
    pub(super) levels: Vec<(Arc<Level>, i64)>,
}

impl Changed {
    /// Adds a level to the next exchange.
    pub(super) fn add(&self, level: &Arc<Level>, bucket: impl FnOnce() -> Uuid) {
        if !level.is_listed.swap(true, Ordering::Relaxed) {
            self.push(bucket(), level.clone());
        }
    }

    fn push(&self, bucket: Uuid, level: Arc<Level>) {
        let mut changed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if changed.len() < MAX_CHANGED {
            changed.push((bucket, level));
        } else {
            level.is_listed.store(false, Ordering::Relaxed);
        }
    }

    /// Begins an exchange. Returns what the exchange sends for each bucket.
    pub(super) fn begin_exchange(&self) -> BTreeMap<Uuid, Sent> {
        let mut changed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = changed.len().min(BATCH_SIZE);
        let mut buckets: BTreeMap<Uuid, Sent> = BTreeMap::new();
        for (bucket, level) in changed.drain(..count) {
            level.is_listed.store(false, Ordering::Relaxed);
            let (taken, sent) = (level.begin_exchange(), buckets.entry(bucket).or_default());
            sent.taken = sent.taken.saturating_add(taken);
            sent.levels.push((level, taken));
        }
        buckets
    }

    /// Adds the buckets of an exchange that failed to the next one.
    pub(super) fn undo_exchange(&self, buckets: BTreeMap<Uuid, Sent>) {
        for (bucket, sent) in buckets {
            for (level, taken) in sent.levels {
                level.undo_exchange(taken);
                self.add(&level, || bucket);
            }
        }
    }
}
