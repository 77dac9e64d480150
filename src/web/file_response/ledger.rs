//! What spools hold: how many there are, how many bytes they have, and how much of the disk is left.

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

/// The disks are looked at each time a spool has grown by this many bytes.
const CHECK_EVERY: u64 = 4 << 20;

/// Seconds after which a caller with too many downloads may try again.
const RETRY_SECONDS: u64 = 10;

/// The spools that exist.
#[derive(Default)]
struct Places {
    in_all: usize,
    by_caller: HashMap<String, usize>,
    by_address: HashMap<IpAddr, usize>,
}

/// The account of all spools.
pub(super) struct Ledger {
    disks: Vec<PathBuf>,
    pub(super) limits: SpoolLimits,
    places: Mutex<Places>,
    bytes: AtomicU64,
}

/// Why a spool may not grow any more.
#[derive(Debug, Clone)]
pub(super) enum Refusal {
    /// Other spools have the bytes.
    Busy,
    /// Waiting does not help.
    Full(String),
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Busy => Self::busy("the byte budget of spools is used up"),
            Refusal::Full(cause) => Self::storage_full(cause),
        }
    }
}

impl Ledger {
    pub(super) fn new(disks: Vec<PathBuf>, limits: SpoolLimits) -> Self {
        Self { disks, limits, places: Mutex::default(), bytes: AtomicU64::new(0) }
    }

    /// A place for one more spool of this reader.
    pub(super) fn hold(self: Arc<Self>, reader: Reader) -> Result<Holding, Problem> {
        let mut places = self.places();
        let count = |of: Option<&usize>| of.copied().unwrap_or_default();
        if count(places.by_caller.get(&reader.caller)) >= self.limits.per_caller
            || count(places.by_address.get(&reader.address)) >= self.limits.per_address
        {
            return Err(Problem::too_many_downloads(RETRY_SECONDS));
        }
        if places.in_all >= self.limits.in_all {
            return Err(Problem::busy("as many spools exist as may"));
        }
        places.in_all += 1;
        *places.by_caller.entry(reader.caller.clone()).or_default() += 1;
        *places.by_address.entry(reader.address).or_default() += 1;
        drop(places);
        Ok(Holding { ledger: self, reader, bytes: AtomicU64::new(0), refusal: Mutex::default() })
    }

    pub(super) fn in_use(&self) -> (usize, u64) {
        (self.places().in_all, self.bytes.load(Ordering::Relaxed))
    }

    /// Refuses with 507 where a disk has no more room than spools leave free.
    pub(super) fn check_disks(&self) -> Result<(), Problem> {
        self.disk_refusal().map_or(Ok(()), |refusal| Err(refusal.into()))
    }

    fn disk_refusal(&self) -> Option<Refusal> {
        self.disks.iter().find_map(|disk| match statvfs(disk) {
            Ok(found) => {
                let free = found.blocks_available().saturating_mul(found.fragment_size());
                let is_full = free < self.limits.free_bytes;
                is_full.then(|| Refusal::Full(format!("{} has {free} bytes left", disk.display())))
            }
            Err(error) => Some(Refusal::Full(format!("{}: {error}", disk.display()))),
        })
    }

    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One spool's part of the ledger, until it is dropped.
pub(super) struct Holding {
    ledger: Arc<Ledger>,
    pub(super) reader: Reader,
    bytes: AtomicU64,
    refusal: Mutex<Option<Refusal>>,
}

impl Holding {
    pub(super) fn limits(&self) -> &SpoolLimits {
        &self.ledger.limits
    }

    /// Counts bytes before they are written. Fails where the budget or a disk has no room for them.
    pub(super) fn add(&self, bytes: u64) -> io::Result<()> {
        let before = self.bytes.fetch_add(bytes, Ordering::Relaxed);
        let (own, limit) = (before + bytes, self.ledger.limits.bytes);
        let in_all = self.ledger.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let refusal = if own > limit {
            Some(Refusal::Full(format!("one answer has more than the {limit} bytes of all spools")))
        } else if in_all > limit {
            Some(Refusal::Busy)
        } else if own / CHECK_EVERY != before / CHECK_EVERY {
            self.ledger.disk_refusal()
        } else {
            None
        };
        match refusal {
            Some(refusal) => Err(self.refuse(refusal)),
            None => Ok(()),
        }
    }

    /// Sets the count to the bytes that the spool has in the end.
    pub(super) fn settle(&self, length: u64) {
        let before = self.bytes.swap(length, Ordering::Relaxed);
        self.ledger.bytes.fetch_add(length, Ordering::Relaxed);
        self.ledger.bytes.fetch_sub(before, Ordering::Relaxed);
    }

    /// Notes an error of the file system that means that there is no room.
    pub(super) fn note(&self, error: &io::Error) {
        if is_full(error) && self.refusal().is_none() {
            self.refuse(Refusal::Full(error.to_string()));
        }
    }

    fn refuse(&self, refusal: Refusal) -> io::Error {
        let error = io::Error::other("the spool may not grow");
        *self.refusal.lock().unwrap_or_else(PoisonError::into_inner) = Some(refusal);
        error
    }

    pub(super) fn refusal(&self) -> Option<Refusal> {
        self.refusal.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Holding {
    fn drop(&mut self) {
        self.ledger.bytes.fetch_sub(*self.bytes.get_mut(), Ordering::Relaxed);
        let mut places = self.ledger.places();
        places.in_all = places.in_all.saturating_sub(1);
        let_go(&mut places.by_caller, &self.reader.caller);
        let_go(&mut places.by_address, &self.reader.address);
    }
}

/// Counts one fewer, and forgets who has none.
fn let_go<K: Hash + Eq>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count = count.saturating_sub(1);
        if *count == 0 {
            counts.remove(key);
        }
    }
}

/// Whether an error of the file system means that there is no room.
pub fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}
