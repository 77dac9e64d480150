//! The limits of spool files.

use std::time::Duration;

#[derive(Debug, Clone)]
pub struct SpoolLimits {
    pub total: usize,
    /// Maximum number of spool files of one caller that exist at the same time.
    pub per_caller: usize,
    /// Maximum number of spool files for one client address that exist at the same time.
    pub per_address: usize,
    pub bytes: u64,
    pub free_bytes: u64,
    /// Maximum time that a response waits until the server may write it to a spool file. The same
    /// limit then applies to the wait for a database connection.
    pub wait_timeout: Duration,
    pub download_timeout: Duration,
    /// Time window in which a client must read at least `window_bytes`. Otherwise the server ends
    /// the download.
    pub window: Duration,
    /// Minimum number of bytes that a client must read in each `window`. The number is smaller than
    /// a socket's send buffer.
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
