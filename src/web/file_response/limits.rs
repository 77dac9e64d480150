//! The limits of spools.

use std::time::Duration;

/// The limits of spools.
#[derive(Debug, Clone)]
pub struct SpoolLimits {
    /// How many spools may exist at once: in total, for one caller, and for one client address.
    pub total: usize,
    /// See `total`.
    pub per_caller: usize,
    /// See `total`.
    pub per_address: usize,
    /// The maximum size of all spools together, in bytes.
    pub bytes: u64,
    /// The free space that spools leave on a disk, in bytes.
    pub free_bytes: u64,
    /// How long a response waits for its turn to be written, and then for a database connection.
    pub wait_timeout: Duration,
    /// How long a download may take.
    pub download_timeout: Duration,
    /// A download that reads fewer than `window_bytes` in a `window` is ended.
    pub window: Duration,
    /// See `window`. It is less than a socket's send buffer takes at once.
    pub window_bytes: u64,
}

impl Default for SpoolLimits {
    fn default() -> Self {
        Self {
            total: 64,
            per_caller: 4,
            per_address: 8,
            bytes: 4 << 30,
            free_bytes: 1 << 30,
            wait_timeout: Duration::from_secs(30),
            download_timeout: Duration::from_secs(15 * 60),
            window: Duration::from_secs(30),
            window_bytes: 1 << 20,
        }
    }
}
