//! An embedded PostgreSQL server for installations without their own: a data directory, a Unix
//! socket, no TCP, fsync on.
//!
//! A supervisor thread starts `postgres`, restarts it if it ends, and stops it when the [`Cluster`]
//! is dropped. If this process is killed, Linux interrupts the child (PR_SET_PDEATHSIG). On other
//! systems, and whenever that fails, the next start finds the orphan by its pid file and stops it
//! first.

mod binaries;
mod process;

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{self, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use nix::unistd::{Uid, User};

/// Why the embedded database cannot run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The machine has no PostgreSQL server programs.
    #[error(
        "PostgreSQL's programs were not found (looked in {0}); install PostgreSQL, set PG_BINDIR, or set DATABASE_URL"
    )]
    NoBinaries(String),
    /// Root may not run PostgreSQL, and there is no user to run it instead.
    #[error("running as root needs a user named postgres, which runs the database")]
    NoUser,
    /// A directory of root does not admit the user that runs the database.
    #[error(
        "the user {user}, who runs the database, may not enter {directory}; set OUTTURN_DATA_DIR to another directory, or chmod +x it"
    )]
    NoAccess {
        /// The user.
        user: String,
        /// The directory.
        directory: PathBuf,
    },
    /// Another process runs the database in the directory.
    #[error("another outturn already runs the database in {0}")]
    InUse(PathBuf),
    /// The path is too long for a socket address.
    #[error("the path {0} is too long for a unix socket; set OUTTURN_DATA_DIR to a shorter one")]
    PathTooLong(PathBuf),
    /// A program of PostgreSQL failed.
    #[error("{0}")]
    Failed(String),
    /// An operation of the file system failed.
    #[error("{path}: {source}")]
    Io {
        /// The path of the operation.
        path: PathBuf,
        /// The error of the operation.
        source: io::Error,
    },
}

fn at<T>(path: &Path, result: io::Result<T>) -> Result<T, Error> {
    result.map_err(|source| Error::Io { path: path.to_owned(), source })
}

/// The directory and the settings of a cluster.
#[derive(Debug, Clone)]
pub struct Options {
    /// The directory for the cluster, its socket and its log.
    pub dir: PathBuf,
    /// Further settings, `name=value`, as `postgres -c` accepts them.
    pub settings: Vec<String>,
}

/// The paths, programs and user of one cluster.
#[derive(Debug, Clone)]
pub(crate) struct Home {
    binaries: PathBuf,
    data: PathBuf,
    socket: PathBuf,
    log: PathBuf,
    settings: Vec<String>,
    user: Option<User>,
}

/// The maximum length of the path of a socket's directory: 107 bytes less `/.s.PGSQL.5432`.
const LONGEST_SOCKET_DIR: usize = 107 - 14;

/// A running cluster; dropping it stops it.
pub struct Cluster {
    socket: PathBuf,
    stop: Sender<()>,
    supervisor: Option<JoinHandle<()>>,
    _lock: File,
}

impl Cluster {
    /// Creates the cluster if there is none, then starts it and waits until it accepts connections.
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
        started.recv().unwrap_or_else(|_| Err(Error::Failed("the database's supervisor ended".into())))?;
        Ok(cluster)
    }

    /// Returns the connection string of a database in this cluster.
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

/// Returns the connection string of a database that another process runs in `dir`, if there is one.
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

impl Home {
    fn prepare(options: &Options) -> Result<Self, Error> {
        let dir = &options.dir;
        at(dir, fs::create_dir_all(dir))?;
        let dir = at(dir, dir.canonicalize())?;
        let socket = dir.join("socket");
        if socket.as_os_str().len() > LONGEST_SOCKET_DIR {
            return Err(Error::PathTooLong(socket));
        }
        let home = Self {
            binaries: binaries::find()?,
            data: dir.join("postgres"),
            log: dir.join("postgres.log"),
            socket,
            settings: options.settings.clone(),
            user: user_to_run_as()?,
        };
        home.check_access(&dir)?;
        at(&home.socket, fs::create_dir_all(&home.socket))?;
        at(&home.socket, fs::set_permissions(&home.socket, fs::Permissions::from_mode(0o700)))?;
        at(&home.log, File::options().create(true).append(true).open(&home.log))?;
        home.own(&home.socket)?;
        home.own(&home.log)?;
        Ok(home)
    }

    /// Fails if the user that runs the database may not enter a directory on the path to the
    /// cluster.
    fn check_access(&self, dir: &Path) -> Result<(), Error> {
        let Some(user) = &self.user else { return Ok(()) };
        for directory in dir.ancestors() {
            let metadata = at(directory, fs::metadata(directory))?;
            let class = match () {
                () if metadata.uid() == user.uid.as_raw() => 0o100,
                () if metadata.gid() == user.gid.as_raw() => 0o010,
                () => 0o001,
            };
            if metadata.mode() & class == 0 {
                return Err(Error::NoAccess { user: user.name.clone(), directory: directory.to_owned() });
            }
        }
        Ok(())
    }

    fn own(&self, path: &Path) -> Result<(), Error> {
        match &self.user {
            Some(user) => at(path, chown(path, Some(user.uid.as_raw()), Some(user.gid.as_raw()))),
            None => Ok(()),
        }
    }

    /// Returns a command for a program of PostgreSQL, which runs as the right user.
    fn command(&self, program: &str) -> Command {
        use std::os::unix::process::CommandExt;
        let mut command = Command::new(self.binaries.join(program));
        command.current_dir("/").env("LC_ALL", "C");
        if let Some(user) = &self.user {
            command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
        }
        command
    }

    /// Runs `initdb` in a separate directory and renames it when it is complete, so that a crash
    /// leaves no incomplete cluster.
    fn initialise(&self) -> Result<(), Error> {
        if self.data.join("PG_VERSION").exists() {
            return Ok(());
        }
        let fresh = self.data.with_extension("new");
        if fresh.exists() {
            at(&fresh, fs::remove_dir_all(&fresh))?;
        }
        at(&fresh, fs::create_dir(&fresh))?;
        self.own(&fresh)?;
        let made = self
            .command("initdb")
            .args(["-U", "postgres", "-E", "UTF8", "--locale=C", "--auth=trust", "--data-checksums", "-D"])
            .arg(&fresh)
            .output();
        let made = at(&self.binaries, made)?;
        if !made.status.success() {
            let said = String::from_utf8_lossy(&made.stderr);
            return Err(Error::Failed(format!("initdb failed: {}", said.trim())));
        }
        at(&self.data, fs::rename(&fresh, &self.data))
    }
}

fn user_to_run_as() -> Result<Option<User>, Error> {
    if !Uid::effective().is_root() {
        return Ok(None);
    }
    let found = User::from_name("postgres").map_err(|error| Error::Failed(error.to_string()))?;
    found.map(Some).ok_or(Error::NoUser)
}

/// How long a cluster may take to stop before it must stop immediately.
const PATIENCE: Duration = Duration::from_secs(30);
