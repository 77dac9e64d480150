//! Answers too large for memory: written to a file without a name, and sent from there. A slow reader holds that file and
//! no connection to the database, and what goes wrong in writing is an error and no broken answer.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::body::SizedStream;
use futures_util::StreamExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit, mpsc};
use tokio::task::JoinHandle;
use tokio_util::io::ReaderStream;

use crate::db::Error;

/// So many answers are written at once: each holds a connection while it is. Whoever comes later waits, but not for ever.
const WRITTEN_AT_ONCE: usize = 2;
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// So many answers wait on the disk to be read, each so long.
const KEPT_AT_ONCE: usize = 32;
const LONGEST_READ: Duration = Duration::from_secs(15 * 60);

/// How many batches wait for whoever writes them.
const AHEAD: usize = 2;

/// How many bytes are read from the file at once.
const CHUNK: usize = 64 * 1024;

/// Where large answers are written, and how many at once.
pub struct Spools {
    dir: PathBuf,
    writing: Semaphore,
    kept: Arc<Semaphore>,
}

/// A turn to write an answer.
pub struct Turn<'s> {
    dir: &'s Path,
    kept: OwnedSemaphorePermit,
    _writing: SemaphorePermit<'s>,
}

/// An answer that is being written, batch by batch, off the async threads.
pub struct Spool<T, E> {
    batches: mpsc::Sender<T>,
    written: JoinHandle<Result<File, E>>,
}

/// An answer that is written.
pub struct Spooled {
    file: File,
    length: u64,
    kept: OwnedSemaphorePermit,
}

impl Spools {
    /// Answers are written to this directory.
    pub fn new(dir: PathBuf) -> Self {
        let (writing, kept) = (Semaphore::new(WRITTEN_AT_ONCE), Arc::new(Semaphore::new(KEPT_AT_ONCE)));
        Self { dir, writing, kept }
    }

    /// Waits for a turn, in a bounded time.
    pub async fn turn(&self) -> Result<Turn<'_>, Error> {
        let kept = self.kept.clone().try_acquire_owned().map_err(|_| Error::Busy)?;
        let turn = tokio::time::timeout(LONGEST_WAIT, self.writing.acquire()).await;
        let writing = turn.map_err(|_| Error::Busy)?.map_err(|error| Error::Internal(error.to_string()))?;
        Ok(Turn { dir: &self.dir, kept, _writing: writing })
    }
}

impl<'s> Turn<'s> {
    /// Begins to write: `write` gets a file, the directory for more, and the batches until there are no more.
    pub fn begin<T: Send + 'static, E: From<io::Error> + Send + 'static>(
        &self,
        write: impl FnOnce(File, &Path, mpsc::Receiver<T>) -> Result<File, E> + Send + 'static,
    ) -> Spool<T, E> {
        let (batches, receiver) = mpsc::channel(AHEAD);
        let dir = self.dir.to_owned();
        let written =
            tokio::task::spawn_blocking(move || write(tempfile::tempfile_in(&dir)?, &dir, receiver));
        Spool { batches, written }
    }

    /// The answer that was written in this turn, which ends.
    pub fn end(self, file: File) -> io::Result<Spooled> {
        Ok(Spooled { length: file.metadata()?.len(), file, kept: self.kept })
    }
}

impl<T, E> Spool<T, E> {
    /// Hands over a batch, when there is room for it. Whoever writes may have given up, and then says so at the end.
    pub async fn take(&self, batch: T) -> Result<(), Error> {
        self.batches
            .send(batch)
            .await
            .map_err(|_| Error::Internal("the answer is not written any more".into()))
    }

    /// Ends the answer, of which everything has been handed over or never will be.
    pub async fn end(self) -> Result<Result<File, E>, Error> {
        drop(self.batches);
        self.written.await.map_err(|error| Error::Internal(error.to_string()))
    }
}

impl Spooled {
    /// The file as a body, from its beginning.
    pub fn into_body(
        self,
    ) -> io::Result<SizedStream<impl futures_util::Stream<Item = io::Result<actix_web::web::Bytes>>>> {
        let Self { mut file, length, kept } = self;
        io::Seek::rewind(&mut file)?;
        let until = Instant::now() + LONGEST_READ;
        let chunks = ReaderStream::with_capacity(tokio::fs::File::from_std(file), CHUNK);
        let chunks = chunks.map(move |chunk| {
            let _kept = &kept;
            if Instant::now() > until { Err(io::ErrorKind::TimedOut.into()) } else { chunk }
        });
        Ok(SizedStream::new(length, chunks))
    }
}
