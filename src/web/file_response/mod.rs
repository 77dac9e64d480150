//! Responses that are too large for memory. A spool is a file without a name: the response is
//! written to it and then sent from it. A slow reader occupies that file and no database
//! connection. A failed write is an error and never a truncated response.

mod download;
mod file;
mod ledger;

use std::fs::{self, DirBuilder};
use std::future::{Ready, ready};
use std::net::IpAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use std::{any::Any, io};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use tokio::sync::{Semaphore, SemaphorePermit, mpsc};
use tokio::task::JoinHandle;

pub use self::download::{Download, Spooled};
pub use self::file::SpoolFile;
pub use self::ledger::is_full;
use self::ledger::{Holding, Ledger};
use super::{Caller, Problem, limits};
use crate::db::Error;

/// How many responses are written at once. Each uses a database connection while it is written.
const WRITTEN_AT_ONCE: usize = 2;

/// How many batches wait for the thread that writes them.
const AHEAD: usize = 2;

/// The limits of spools.
#[derive(Debug, Clone)]
pub struct SpoolLimits {
    /// How many spools may exist at once: in total, for one caller, and for one client address.
    pub in_all: usize,
    /// See `in_all`.
    pub per_caller: usize,
    /// See `in_all`.
    pub per_address: usize,
    /// The maximum size of all spools together, in bytes.
    pub bytes: u64,
    /// The free space that spools leave on a disk, in bytes.
    pub free_bytes: u64,
    /// How long a response waits for its turn to be written, and then for a database connection.
    pub longest_wait: Duration,
    /// How long a download may take.
    pub longest_download: Duration,
    /// A download that reads fewer than `window_bytes` in a `window` is ended.
    pub window: Duration,
    /// See `window`. It is less than a socket's send buffer takes at once.
    pub window_bytes: u64,
}

impl Default for SpoolLimits {
    fn default() -> Self {
        Self {
            in_all: 64,
            per_caller: 4,
            per_address: 8,
            bytes: 4 << 30,
            free_bytes: 1 << 30,
            longest_wait: Duration::from_secs(30),
            longest_download: Duration::from_secs(15 * 60),
            window: Duration::from_secs(30),
            window_bytes: 1 << 20,
        }
    }
}

/// The reader of a download: the identity that rate limits use, and the client address.
#[derive(Debug, Clone)]
pub struct Reader {
    /// The account, or the token's subject.
    pub caller: String,
    /// The client address.
    pub address: IpAddr,
}

impl FromRequest for Reader {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let caller = request.extensions().get::<Caller>().map(Caller::identity);
        let caller = caller.ok_or_else(|| Problem::internal("a download without a caller"));
        ready(caller.and_then(|caller| Ok(Self { caller, address: limits::address(request)? })))
    }
}

/// The directory of spools and their limits, for all server threads.
pub struct Spools {
    dir: PathBuf,
    writing: Semaphore,
    ledger: Arc<Ledger>,
}

/// A turn to write a response.
pub struct Turn<'s> {
    dir: &'s Path,
    holding: Arc<Holding>,
    _writing: SemaphorePermit<'s>,
}

/// A response that is being written, batch by batch, outside the async threads.
pub struct Spool<T, E> {
    batches: mpsc::Sender<T>,
    written: JoinHandle<Result<SpoolFile, E>>,
    holding: Arc<Holding>,
}

impl Spools {
    /// Opens the spools in `dir`, which is created with mode 0700 if it does not exist. `disks` are
    /// further directories whose disks spools must not fill. Fails if no file can be created in
    /// `dir`.
    pub fn open(dir: &Path, disks: &[&Path], limits: SpoolLimits) -> Result<Self, String> {
        let cannot = |error: io::Error| {
            let path = dir.display();
            format!("no file can be created in the spool directory {path} (OUTTURN_SPOOL_DIR): {error}")
        };
        if !fs::exists(dir).map_err(cannot)? {
            DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(cannot)?;
        }
        tempfile::tempfile_in(dir).map_err(cannot)?;
        let disks = std::iter::once(&dir).chain(disks).map(|disk| disk.to_path_buf()).collect();
        let ledger = Arc::new(Ledger::new(disks, limits));
        Ok(Self { dir: dir.to_owned(), writing: Semaphore::new(WRITTEN_AT_ONCE), ledger })
    }

    /// Returns how long a response waits for its turn.
    pub fn longest_wait(&self) -> Duration {
        self.ledger.limits.longest_wait
    }

    /// Waits for a turn, for a bounded time.
    pub async fn turn(&self, reader: Reader) -> Result<Turn<'_>, Problem> {
        let holding = self.ledger.clone().hold(reader)?;
        let writing = tokio::time::timeout(self.longest_wait(), self.writing.acquire()).await;
        let writing = writing.map_err(|_| Problem::busy("no turn to write a dataset"))?;
        let writing = writing.map_err(|error| Problem::internal(error.to_string()))?;
        self.ledger.check_disks()?;
        Ok(Turn { dir: &self.dir, holding: Arc::new(holding), _writing: writing })
    }

    /// Returns how many spools exist, and how many bytes they have.
    pub fn in_use(&self) -> (usize, u64) {
        self.ledger.in_use()
    }
}

impl Turn<'_> {
    /// Returns how long the work of this turn waits for a database connection.
    pub fn longest_wait(&self) -> Duration {
        self.holding.limits().longest_wait
    }

    /// Starts to write. `write` gets a file, the directory for further files, and the batches until
    /// there are no more.
    pub fn begin<T: Send + 'static, E: From<io::Error> + Send + 'static>(
        &self,
        write: impl FnOnce(SpoolFile, &Path, mpsc::Receiver<T>) -> Result<SpoolFile, E> + Send + 'static,
    ) -> Spool<T, E> {
        let (batches, receiver) = mpsc::channel(AHEAD);
        let (dir, holding) = (self.dir.to_owned(), self.holding.clone());
        let written =
            tokio::task::spawn_blocking(move || write(SpoolFile::create(&dir, holding)?, &dir, receiver));
        Spool { batches, written, holding: self.holding.clone() }
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
        if let Some(refusal) = self.holding.refusal() {
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
