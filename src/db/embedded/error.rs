//! The errors of the embedded database.

use std::io;
use std::path::{Path, PathBuf};

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

/// Adds the path of an operation to its error.
pub(super) fn at<T>(path: &Path, result: io::Result<T>) -> Result<T, Error> {
    result.map_err(|source| Error::Io { path: path.to_owned(), source })
}
