//! Responses that are too large for memory. The server writes such a response to a spool, which is
//! a file without a name, and then sends the file. A slow client therefore occupies a file and no
//! database connection. A failed write produces an error and never a truncated response.

mod download;
mod file;
mod limits;
mod reader;
mod usage;

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use std::{any::Any, io};

use tokio::sync::{Semaphore, SemaphorePermit, mpsc};
use tokio::task::JoinHandle;

pub use self::download::{Download, Spooled};
pub use self::file::SpoolFile;
pub use self::limits::SpoolLimits;
pub use self::reader::Reader;
pub use self::usage::is_full;
use self::usage::{Reservation, Usage};
use super::Problem;
use crate::db::Error;

/// Maximum number of responses that are written to spool files at the same time. Each response uses
/// a database connection while it is written.
const MAX_WRITERS: usize = 2;

/// Maximum number of batches that wait for the thread that writes the spool file.
const MAX_QUEUED_BATCHES: usize = 2;

/// The spool directory and the limits of spool files. All server threads share one value.
pub struct Spools {
    dir: PathBuf,
    writing: Semaphore,
    usage: Arc<Usage>,
}

/// The permission to write one response to a spool file.
pub struct WritePermit<'s> {
    dir: &'s Path,
    reservation: Arc<Reservation>,
    _writing: SemaphorePermit<'s>,
}

/// A response that a blocking thread writes to a spool file, batch by batch.
pub struct Spool<T, E> {
    batches: mpsc::Sender<T>,
    written: JoinHandle<Result<SpoolFile, E>>,
    reservation: Arc<Reservation>,
}

impl Spools {
    /// Opens the spool directory `dir`. Creates the directory with mode 0700 if it does not exist.
    /// Spool files also leave free space on the disks of the paths `disks`. Fails if no file can be
    /// created in `dir`.
    pub fn open(dir: &Path, disks: &[&Path], limits: SpoolLimits) -> Result<Self, String> {
        let unusable = |error: io::Error| {
            let path = dir.display();
            format!("no file can be created in the spool directory {path} (OUTTURN_SPOOL_DIR): {error}")
        };
        if !fs::exists(dir).map_err(unusable)? {
            DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(unusable)?;
        }
        tempfile::tempfile_in(dir).map_err(unusable)?;
        let disks = std::iter::once(&dir).chain(disks).map(|disk| disk.to_path_buf()).collect();
        let usage = Arc::new(Usage::new(disks, limits));
        Ok(Self { dir: dir.to_owned(), writing: Semaphore::new(MAX_WRITERS), usage })
    }

    pub fn wait_timeout(&self) -> Duration {
        self.usage.limits.wait_timeout
    }

    /// Waits until the server may write a response to a spool file. Fails with 503 after the time
    /// limit.
    pub async fn turn(&self, reader: Reader) -> Result<WritePermit<'_>, Problem> {
        let reservation = self.usage.clone().reserve(reader)?;
        let writing = tokio::time::timeout(self.wait_timeout(), self.writing.acquire()).await;
        let writing = writing.map_err(|_| Problem::busy("too many responses are being written"))?;
        let writing = writing.map_err(|error| Problem::internal(error.to_string()))?;
        self.usage.check_disks()?;
        Ok(WritePermit { dir: &self.dir, reservation: Arc::new(reservation), _writing: writing })
    }

    pub fn in_use(&self) -> (usize, u64) {
        self.usage.in_use()
    }
}

impl WritePermit<'_> {
    pub fn wait_timeout(&self) -> Duration {
        self.reservation.limits().wait_timeout
    }

    /// Starts to write the response on a blocking thread. `write` receives the spool file, the
    /// directory for temporary files and the channel of batches.
    pub fn begin<T: Send + 'static, E: From<io::Error> + Send + 'static>(
        &self,
        write: impl FnOnce(SpoolFile, &Path, mpsc::Receiver<T>) -> Result<SpoolFile, E> + Send + 'static,
    ) -> Spool<T, E> {
        let (batches, receiver) = mpsc::channel(MAX_QUEUED_BATCHES);
        let (dir, reservation) = (self.dir.to_owned(), self.reservation.clone());
        let written =
            tokio::task::spawn_blocking(move || write(SpoolFile::create(&dir, reservation)?, &dir, receiver));
        Spool { batches, written, reservation: self.reservation.clone() }
    }

    /// Returns the response in the complete spool file. Gives back the permission to write.
    pub fn end(self, file: SpoolFile) -> io::Result<Spooled> {
        file.into_spooled()
    }
}

impl<T, E> Spool<T, E> {
    /// Sends a batch to the writing thread, and waits while the channel is full. Fails if the
    /// thread has stopped. [`Self::end`] then returns the reason.
    pub async fn take(&self, batch: T) -> Result<(), Error> {
        self.batches
            .send(batch)
            .await
            .map_err(|_| Error::Internal("the task that writes the spool file has ended".into()))
    }

    /// Closes the channel and waits for the writing thread. Fails with 503 if other spool files use
    /// the byte budget. Fails with 507 if the response is too large or a disk is full.
    pub async fn end(self) -> Result<Result<SpoolFile, E>, Problem> {
        drop(self.batches);
        let written = self.written.await;
        if let Some(refusal) = self.reservation.refusal() {
            return Err(refusal.into());
        }
        written.map_err(|error| match error.try_into_panic() {
            Ok(panic) => panicked(&*panic),
            Err(error) => Problem::internal(error.to_string()),
        })
    }
}

/// Converts a panic of the writing thread to a problem. rust_xlsxwriter panics if it cannot write
/// its temporary file, and the panic's message contains the I/O error.
fn panicked(panic: &(dyn Any + Send)) -> Problem {
    let text = panic.downcast_ref::<String>().map_or("the writing thread panicked", String::as_str);
    let kinds = ["StorageFull", "QuotaExceeded", "FileTooLarge"];
    let is_full = kinds.iter().any(|kind| text.contains(&format!("kind: {kind}")));
    if is_full { Problem::storage_full(text) } else { Problem::internal(text) }
}
