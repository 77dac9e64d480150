//! Responses that are too large for memory. A spool is a file without a name: the response is
//! written to it and then sent from it. A slow reader occupies that file and no database
//! connection. A failed write is an error and never a truncated response.

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

/// How many responses are written at once. Each uses a database connection while it is written.
const MAX_WRITERS: usize = 2;

/// How many batches wait for the thread that writes them.
const MAX_QUEUED_BATCHES: usize = 2;

/// The directory of spools and their limits, for all server threads.
pub struct Spools {
    dir: PathBuf,
    writing: Semaphore,
    usage: Arc<Usage>,
}

/// A turn to write a response.
pub struct Turn<'s> {
    dir: &'s Path,
    reservation: Arc<Reservation>,
    _writing: SemaphorePermit<'s>,
}

/// A response that is being written, batch by batch, outside the async threads.
pub struct Spool<T, E> {
    batches: mpsc::Sender<T>,
    written: JoinHandle<Result<SpoolFile, E>>,
    reservation: Arc<Reservation>,
}

impl Spools {
    /// Opens the spools in `dir`, which is created with mode 0700 if it does not exist. `disks` are
    /// further directories whose disks spools must not fill. Fails if no file can be created in
    /// `dir`.
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

    /// Returns how long a response waits for its turn.
    pub fn wait_timeout(&self) -> Duration {
        self.usage.limits.wait_timeout
    }

    /// Waits for a turn, for a bounded time.
    pub async fn turn(&self, reader: Reader) -> Result<Turn<'_>, Problem> {
        let reservation = self.usage.clone().reserve(reader)?;
        let writing = tokio::time::timeout(self.wait_timeout(), self.writing.acquire()).await;
        let writing = writing.map_err(|_| Problem::busy("no turn to write a dataset"))?;
        let writing = writing.map_err(|error| Problem::internal(error.to_string()))?;
        self.usage.check_disks()?;
        Ok(Turn { dir: &self.dir, reservation: Arc::new(reservation), _writing: writing })
    }

    /// Returns how many spools exist, and how many bytes they have.
    pub fn in_use(&self) -> (usize, u64) {
        self.usage.in_use()
    }
}

impl Turn<'_> {
    /// Returns how long the work of this turn waits for a database connection.
    pub fn wait_timeout(&self) -> Duration {
        self.reservation.limits().wait_timeout
    }

    /// Starts to write. `write` gets a file, the directory for further files, and the batches until
    /// there are no more.
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

    /// Ends the turn, and returns the response that was written in it.
    pub fn end(self, file: SpoolFile) -> io::Result<Spooled> {
        file.into_spooled()
    }
}

impl<T, E> Spool<T, E> {
    /// Sends a batch to the writer, when there is room for it. If the writer has stopped,
    /// [`Self::end`] returns the reason.
    pub async fn take(&self, batch: T) -> Result<(), Error> {
        self.batches
            .send(batch)
            .await
            .map_err(|_| Error::Internal("the response is no longer being written".into()))
    }

    /// Ends the response, whether all batches were sent or not. Fails with 503 or 507 if the budget
    /// or the disk had no room for it.
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

/// Converts a panic of the writer. rust_xlsxwriter panics if it cannot write its own temporary
/// file; the panic's message contains the error.
fn panicked(panic: &(dyn Any + Send)) -> Problem {
    let text = panic.downcast_ref::<String>().map_or("a thread panicked", String::as_str);
    let kinds = ["StorageFull", "QuotaExceeded", "FileTooLarge"];
    let is_full = kinds.iter().any(|kind| text.contains(&format!("kind: {kind}")));
    if is_full { Problem::storage_full(text) } else { Problem::internal(text) }
}
