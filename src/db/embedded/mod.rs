//! An embedded PostgreSQL server for installations that have no other PostgreSQL server. It has a
//! data directory and a Unix socket. It has no TCP port, and fsync is on.
//!
//! A supervisor thread starts `postgres` and restarts it if it ends. Dropping the [`Cluster`] stops
//! `postgres`. If this process is killed, Linux interrupts `postgres` (PR_SET_PDEATHSIG). On other
//! systems, the next start finds the orphaned `postgres` by its pid file and stops it.

mod binaries;
mod error;
mod home;
mod process;

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Sender};
use std::thread::{self, JoinHandle};

pub use self::error::Error;
use self::error::at;
use self::home::Home;
pub use self::home::Options;

/// A running PostgreSQL cluster. Dropping this value stops the cluster.
pub struct Cluster {
    socket: PathBuf,
    stop: Sender<()>,
    supervisor: Option<JoinHandle<()>>,
    _lock: File,
}

impl Cluster {
    /// Creates the PostgreSQL cluster if it does not exist, starts it, and waits until it accepts
    /// connections.
    pub fn start(options: &Options) -> Result<Self, Error> {
        let home = Home::prepare(options)?;
        let lock = lock(&options.dir)?;
        process::stop_orphan(&home.data);
        home.initialise()?;
        let (stop, stopped) = mpsc::channel();
        let (ready, started) = mpsc::channel();
        let socket = home.socket.clone();
        let supervisor = thread::Builder::new()
            .name("postgres".into())
            .spawn(move || process::supervise(&home, &ready, &stopped))
            .map_err(|source| Error::Io { path: options.dir.clone(), source })?;
        let cluster = Self { socket, stop, supervisor: Some(supervisor), _lock: lock };
        started.recv().unwrap_or_else(|_| Err(Error::Failed("the database thread has ended".into())))?;
        Ok(cluster)
    }

    pub fn url(&self, database: &str) -> String {
        url(&self.socket, database)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = self.stop.send(());
        if let Some(supervisor) = self.supervisor.take() {
            let _ = supervisor.join();
        }
    }
}

/// Returns the connection string of a database in the cluster in `dir`. Returns `None` if no
/// process runs the cluster.
pub fn running(dir: &Path, database: &str) -> Option<String> {
    match lock(dir) {
        Err(Error::InUse(_)) => Some(url(&dir.canonicalize().ok()?.join("socket"), database)),
        _ => None,
    }
}

fn url(socket: &Path, database: &str) -> String {
    let socket = socket.display().to_string().replace('\\', "\\\\").replace('\'', "\\'");
    format!("host='{socket}' user=postgres dbname={database}")
}

fn lock(dir: &Path) -> Result<File, Error> {
    let path = dir.join("lock");
    let file = at(&path, File::options().create(true).append(true).open(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::InUse(dir.to_owned())),
        Err(TryLockError::Error(source)) => Err(Error::Io { path, source }),
    }
}
