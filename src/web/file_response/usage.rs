//! The resources that spool files use: their number, their bytes and the free space on disks.

use std::collections::HashMap;
use std::hash::Hash;
use std::io;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nix::sys::statvfs::statvfs;

use super::{Reader, SpoolLimits};
use crate::web::Problem;

/// Number of bytes by which a spool file grows between two checks of the disks.
const DISK_CHECK_BYTES: u64 = 4 << 20;

/// Seconds after which a caller with too many downloads may retry.
const RETRY_SECONDS: u64 = 10;

#[derive(Default)]
struct SpoolCounts {
    total: usize,
    by_caller: HashMap<String, usize>,
    by_address: HashMap<IpAddr, usize>,
}

pub(super) struct Usage {
    disks: Vec<PathBuf>,
    pub(super) limits: SpoolLimits,
    counts: Mutex<SpoolCounts>,
    bytes: AtomicU64,
}

#[derive(Debug, Clone)]
pub(super) enum Refusal {
    /// Other spool files use the byte budget.
    Busy,
    /// The spool file alone exceeds the byte budget, or a disk is full. A retry does not help.
    Full(String),
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Busy => Self::busy("the spool files use all bytes of OUTTURN_SPOOL_BYTES"),
            Refusal::Full(cause) => Self::storage_full(cause),
        }
    }
}

impl Usage {
    pub(super) fn new(disks: Vec<PathBuf>, limits: SpoolLimits) -> Self {
        Self { disks, limits, counts: Mutex::default(), bytes: AtomicU64::new(0) }
    }

    /// Counts a further spool file for a client. Fails if the client or the server has reached a
    /// limit.
    pub(super) fn reserve(self: Arc<Self>, reader: Reader) -> Result<Reservation, Problem> {
        let mut counts = self.counts();
        let count = |of: Option<&usize>| of.copied().unwrap_or_default();
        if count(counts.by_caller.get(&reader.caller)) >= self.limits.per_caller
            || count(counts.by_address.get(&reader.address)) >= self.limits.per_address
        {
            return Err(Problem::too_many_downloads(RETRY_SECONDS));
        }
        if counts.total >= self.limits.total {
            return Err(Problem::busy("the number of spool files is at its maximum"));
        }
        counts.total += 1;
        *counts.by_caller.entry(reader.caller.clone()).or_default() += 1;
        *counts.by_address.entry(reader.address).or_default() += 1;
        drop(counts);
        Ok(Reservation { usage: self, reader, bytes: AtomicU64::new(0), refusal: Mutex::default() })
    }

    pub(super) fn in_use(&self) -> (usize, u64) {
        (self.counts().total, self.bytes.load(Ordering::Relaxed))
    }

    /// Fails with 507 if a disk has less free space than the limit requires.
    pub(super) fn check_disks(&self) -> Result<(), Problem> {
        self.disk_refusal().map_or(Ok(()), |refusal| Err(refusal.into()))
    }

    fn disk_refusal(&self) -> Option<Refusal> {
        self.disks.iter().find_map(|disk| match statvfs(disk) {
            Ok(disk_state) => {
                let free = disk_state.blocks_available().saturating_mul(disk_state.fragment_size());
                let is_full = free < self.limits.free_bytes;
                is_full.then(|| Refusal::Full(format!("disk of {} has {free} bytes left", disk.display())))
            }
            Err(error) => Some(Refusal::Full(format!("{}: {error}", disk.display()))),
        })
    }

    fn counts(&self) -> MutexGuard<'_, SpoolCounts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A counted spool file. Dropping the reservation subtracts the file and its bytes from the counts.
pub(super) struct Reservation {
    usage: Arc<Usage>,
    pub(super) reader: Reader,
    bytes: AtomicU64,
    refusal: Mutex<Option<Refusal>>,
}

impl Reservation {
    pub(super) fn limits(&self) -> &SpoolLimits {
        &self.usage.limits
    }

    /// Counts bytes of a spool file before they are written. Fails if the byte budget or a disk has
    /// no room for the bytes.
    pub(super) fn add(&self, bytes: u64) -> io::Result<()> {
        let before = self.bytes.fetch_add(bytes, Ordering::Relaxed);
        let (own, limit) = (before + bytes, self.usage.limits.bytes);
        let total = self.usage.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let refusal = if own > limit {
            Some(Refusal::Full(format!("one spool file exceeds the {limit} bytes of OUTTURN_SPOOL_BYTES")))
        } else if total > limit {
            Some(Refusal::Busy)
        } else if own / DISK_CHECK_BYTES != before / DISK_CHECK_BYTES {
            self.usage.disk_refusal()
        } else {
            None
        };
        match refusal {
            Some(refusal) => Err(self.refuse(refusal)),
            None => Ok(()),
        }
    }

    /// Replaces the counted bytes by the final size of the spool file.
    pub(super) fn set_length(&self, length: u64) {
        let before = self.bytes.swap(length, Ordering::Relaxed);
        self.usage.bytes.fetch_add(length, Ordering::Relaxed);
        self.usage.bytes.fetch_sub(before, Ordering::Relaxed);
    }

    /// Records an I/O error if the error means that a disk or quota is full.
    pub(super) fn record_error(&self, error: &io::Error) {
        if is_full(error) && self.refusal().is_none() {
            self.refuse(Refusal::Full(error.to_string()));
        }
    }

    fn refuse(&self, refusal: Refusal) -> io::Error {
        let error = io::Error::other("the spool file reached a limit");
        *self.refusal.lock().unwrap_or_else(PoisonError::into_inner) = Some(refusal);
        error
    }

    pub(super) fn refusal(&self) -> Option<Refusal> {
        self.refusal.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.usage.bytes.fetch_sub(*self.bytes.get_mut(), Ordering::Relaxed);
        let mut counts = self.usage.counts();
        counts.total = counts.total.saturating_sub(1);
        decrement(&mut counts.by_caller, &self.reader.caller);
        decrement(&mut counts.by_address, &self.reader.address);
    }
}

/// Reduces the count of a key by one. Removes the key when its count is zero.
fn decrement<K: Hash + Eq>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count = count.saturating_sub(1);
        if *count == 0 {
            counts.remove(key);
        }
    }
}

pub fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}
