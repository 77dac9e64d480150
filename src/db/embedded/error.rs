//! The errors of the embedded database.

use std::io;
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(
        "PostgreSQL's programs were not found (looked in {0}); install PostgreSQL, set PG_BINDIR, or set DATABASE_URL"
    )]
    NoBinaries(String),
    /// The process runs as root, and the user `postgres` does not exist. PostgreSQL refuses to run
    /// as root.
    #[error("PostgreSQL cannot run as root; create a user named postgres, which then runs the database")]
    NoUser,
    #[error(
        "the user {user}, which runs PostgreSQL, has no access to {directory}; set OUTTURN_DATA_DIR to another directory, or run chmod +x on this one"
    )]
    NoAccess { user: String, directory: PathBuf },
    #[error("another outturn already runs the database in {0}")]
    InUse(PathBuf),
    #[error("the path {0} is too long for a unix socket; set OUTTURN_DATA_DIR to a shorter one")]
    PathTooLong(PathBuf),
    #[error("{0}")]
    Failed(String),
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: io::Error },
}

/// Adds the path to the error of a file system operation.
pub(super) fn at<T>(path: &Path, result: io::Result<T>) -> Result<T, Error> {
    result.map_err(|source| Error::Io { path: path.to_owned(), source })
}
