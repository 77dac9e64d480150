//! What can go wrong below the handlers, in the domain's terms.

use std::borrow::Cow;

use deadpool::managed::TimeoutType;
use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as Diesel};
use diesel_async::pooled_connection::deadpool::PoolError;

use super::constraints::{self, Constraint};
use crate::values::Fault;

/// A statement that did not do what was asked, and why.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such row, or none the caller may see.
    #[error("no such row")]
    Missing,
    /// The row is at another version than the one named.
    #[error("the row has changed since")]
    Stale,
    /// The row is visible, but not the caller's to change.
    #[error("{0}")]
    Forbidden(&'static str),
    /// The row's state, or another row's, does not allow it.
    #[error("{detail}")]
    Conflict {
        /// A stable code.
        code: &'static str,
        /// One sentence for people.
        detail: Cow<'static, str>,
        /// The fields that clash, where some do.
        faults: Vec<Fault>,
    },
    /// What was sent breaks rules that only the database can check.
    #[error("{} faults", .0.len())]
    Invalid(Vec<Fault>),
    /// A page was asked for behind a row that no list has.
    #[error("not a cursor of ours")]
    BadCursor,
    /// The database cannot be reached just now.
    #[error("the database is away: {0}")]
    Away(String),
    /// The same is being asked under the same key just now.
    #[error("a request with this key is in hand")]
    InHand,
    /// Something else was asked under the same key.
    #[error("another request had this key")]
    AnotherAsked,
    /// Every connection is in use.
    #[error("every connection is in use")]
    Busy,
    /// A statement took longer than it may.
    #[error("the database took too long")]
    Slow,
    /// Two callers waited for each other's rows; this one gave way.
    #[error("two requests waited for each other")]
    Contended,
    /// Everything else: a fault of ours.
    #[error("{0}")]
    Internal(String),
}

/// In place of a written table: rows were deleted.
const DELETING: &str = "(deleting)";

impl Error {
    /// Reads a driver error of a deletion: every foreign key says that the row is still in use.
    pub fn deleting(error: Diesel) -> Self {
        Self::writing(DELETING)(error)
    }

    /// A conflict without a field of its own.
    pub fn conflict(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::Conflict { code, detail: detail.into(), faults: Vec::new() }
    }

    /// What breaking `constraint` means to someone who wrote to `table`.
    fn broken(constraint: &Constraint, table_written: Option<&str>) -> Self {
        let is_used = constraint.refers_to.is_some_and(|referred| match table_written {
            Some(DELETING) => true,
            Some(written) => written == referred && written != constraint.table,
            None => false,
        });
        match constraint.clash {
            _ if is_used => Self::in_use(constraint.table),
            Some(code) => Self::Conflict {
                code,
                detail: constraint.detail.into(),
                faults: constraint.fault().into_iter().collect(),
            },
            None => Self::Invalid(constraint.fault().into_iter().collect()),
        }
    }

    /// A row of another table still needs this one.
    pub fn in_use(table: &str) -> Self {
        let detail = format!("Rows of {} rest on it; change or delete those first.", table.replace('_', " "));
        Self::conflict("in_use", detail)
    }

    fn from_database(
        kind: DatabaseErrorKind,
        info: &(dyn DatabaseErrorInformation + Send + Sync),
        table_written: Option<&str>,
    ) -> Self {
        if let Some(constraint) = info.constraint_name().and_then(constraints::find) {
            return Self::broken(constraint, table_written);
        }
        let message = info.message();
        match kind {
            DatabaseErrorKind::UnableToSendCommand | DatabaseErrorKind::ClosedConnection => {
                Self::Away(message.to_owned())
            }
            _ if message.contains("statement timeout") => Self::Slow,
            DatabaseErrorKind::SerializationFailure => Self::Contended,
            _ if message.contains("deadlock detected") || message.contains("lock timeout") => Self::Contended,
            _ if message.contains("terminating connection") || message.contains("shutting down") => {
                Self::Away(message.to_owned())
            }
            _ => Self::Internal(format!("{kind:?}: {message} ({:?})", info.constraint_name())),
        }
    }

    /// Reads a driver error, knowing which table the statement wrote to: a foreign key that refers to that table says
    /// that the row is still in use, any other that a row does not exist.
    pub fn writing(table: &'static str) -> impl FnOnce(Diesel) -> Self {
        move |error| match error {
            Diesel::DatabaseError(kind, info) => Self::from_database(kind, &*info, Some(table)),
            other => other.into(),
        }
    }
}

impl From<Diesel> for Error {
    fn from(error: Diesel) -> Self {
        match error {
            Diesel::NotFound => Self::Missing,
            Diesel::DatabaseError(kind, info) => Self::from_database(kind, &*info, None),
            Diesel::BrokenTransactionManager => {
                Self::Away("the connection broke inside a transaction".into())
            }
            other => Self::Internal(other.to_string()),
        }
    }
}

impl From<PoolError> for Error {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Timeout(TimeoutType::Wait) => Self::Busy,
            error => Self::Away(error.to_string()),
        }
    }
}
