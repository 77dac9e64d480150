//! Errors of imports and exports.

use std::fmt;

use crate::db;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("nothing was imported because of {}:\n{}", count(.0.len()), list(.0))]
    Invalid(Vec<ImportError>),
    #[error("{0}")]
    Io(String),
    /// The database refused the import or export, or is unavailable.
    #[error("nothing was imported because of a database error: {}", database_detail(.0))]
    Database(#[from] db::Error),
}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        Self::Database(error.into())
    }
}

fn count(errors: usize) -> String {
    if errors == 1 { "1 error".to_owned() } else { format!("{errors} errors") }
}

fn list(errors: &[ImportError]) -> String {
    errors.iter().map(|error| format!("  {error}")).collect::<Vec<_>>().join("\n")
}

/// Returns the text about a database error that the operator of the command reads.
pub(super) fn database_detail(error: &db::Error) -> String {
    match error {
        db::Error::Invalid(field_errors) => {
            field_errors.iter().map(|error| error.detail.as_str()).collect::<Vec<_>>().join("; ")
        }
        other => other.to_string(),
    }
}

/// The CSV file and the line number, from 1, at which a CSV row begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct SourceLocation {
    pub(super) file: &'static str,
    pub(super) line: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ImportError {
    file: String,
    line: Option<u64>,
    detail: String,
}

impl ImportError {
    pub(super) fn at(location: SourceLocation, detail: impl Into<String>) -> Self {
        Self { file: location.file.to_owned(), line: Some(location.line), detail: detail.into() }
    }

    pub(super) fn of(file: &str, detail: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line: None, detail: detail.into() }
    }
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.detail),
            None => write!(f, "{}: {}", self.file, self.detail),
        }
    }
}
