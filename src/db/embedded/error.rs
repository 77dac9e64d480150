//! The errors of the embedded database.

use std::io;
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(
        "PostgreSQL's programs were not found in {0}. Install PostgreSQL, or set PG_BINDIR or DATABASE_URL"
    )]
    NoBinaries(String),
    /// The process runs as root, and the user `postgres` does not exist. PostgreSQL refuses to run
    /// as root.
    #[error("PostgreSQL cannot run as root. Create a user named postgres, which then runs the database")]
    NoUser,
    #[error(
        "the user {user}, which runs PostgreSQL, has no access to {directory}. Set OUTTURN_DATA_DIR to another directory, or run chmod +x {directory}"
    )]
    NoAccess { user: String, directory: PathBuf },
    #[error("another outturn process already runs the database in {0}")]
    InUse(PathBuf),
    #[error("the path {0} is too long for a Unix socket. Set OUTTURN_DATA_DIR to a shorter path")]
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
