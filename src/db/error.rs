//! Database errors, in terms of what a request tried to do.

use std::borrow::Cow;

use deadpool::managed::TimeoutType;
use diesel::ConnectionError;
use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as Diesel};
use diesel_async::pooled_connection::PoolError as Backend;
use diesel_async::pooled_connection::deadpool::PoolError;

use super::constraints::{self, Constraint, ENDS_AFTER_START};
use crate::values::FieldError;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The row does not exist, or the caller may not see the row.
    #[error("the row does not exist")]
    Missing,
    #[error("the version of the row has changed")]
    Stale,
    /// The caller may see the row but must not change it.
    #[error("{0}")]
    Forbidden(&'static str),
    /// The state of this row or of another row does not allow the change.
    #[error("{detail}")]
    Conflict {
        code: &'static str,
        detail: Cow<'static, str>,
        /// The field errors of the fields that conflict with other data.
        field_errors: Vec<FieldError>,
    },
    /// The request violates rules that only the database can check.
    #[error("the request has {} field errors", .0.len())]
    Invalid(Vec<FieldError>),
    /// The cursor contains a sort key that no row of the list can have.
    #[error("the cursor is not valid")]
    BadCursor,
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    #[error("another request with this idempotency key is in progress")]
    InProgress,
    #[error("another request has used this idempotency key")]
    KeyReused,
    /// The database is read-only, because it is a standby server or is configured to be read-only.
    #[error("the database does not accept writes: {0}")]
    ReadOnly(String),
    /// The database, or a connection pooler, accepts no further connections.
    #[error("the database has too many connections: {0}")]
    TooManyConnections(String),
    #[error("the database's disk is full: {0}")]
    StorageFull(String),
    /// The database has a configuration with which the server cannot work.
    #[error("the database is misconfigured: {0}")]
    Misconfigured(String),
    #[error("the database has a newer schema than this program: {0}")]
    NewerSchema(String),
    #[error("every database connection is in use")]
    Busy,
    #[error("the database did not complete the statement in time")]
    Slow,
    /// The transaction conflicted with another transaction and was rolled back.
    #[error("conflict with another transaction")]
    Contended,
    /// Any other error, which is a defect of the server.
    #[error("{0}")]
    Internal(String),
}

/// The placeholder for the name of the written table if a row is deleted.
const DELETING: &str = "(deleting)";

impl Error {
    /// Converts a driver error of a deletion. If a foreign key is violated, the row is still in
    /// use.
    pub fn deleting(error: Diesel) -> Self {
        Self::writing(DELETING)(error)
    }

    pub fn conflict(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::Conflict { code, detail: detail.into(), field_errors: Vec::new() }
    }

    /// Creates the error for a violated foreign key. Queries use it when they find that a
    /// referenced row is missing.
    pub fn missing_reference(foreign_key: &str) -> Self {
        Self::Invalid(vec![constraints::field_error_of(foreign_key)])
    }

    /// Converts a violated constraint to an error. `table_written` is the table that was written.
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
                field_errors: constraint.field_error().into_iter().collect(),
            },
            None => Self::Invalid(constraint.field_error().into_iter().collect()),
        }
    }

    /// Creates the conflict error for a row that rows of `table` still reference.
    pub fn in_use(table: &str) -> Self {
        let detail =
            format!("Records of {} use this record. Change or delete them first.", table.replace('_', " "));
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
        let cause = cause(info);
        match (sqlstate(info), kind) {
            (Some(state), _) => Self::from_sqlstate(state, cause),
            (None, DatabaseErrorKind::UnableToSendCommand | DatabaseErrorKind::ClosedConnection) => {
                Self::Unavailable(cause)
            }
            (None, _) => Self::Internal(format!("{kind:?}: {cause}")),
        }
    }

    /// Converts a database error by its SQLSTATE. The message is not used, because `lc_messages`
    /// changes messages.
    ///
    /// <https://www.postgresql.org/docs/current/errcodes-appendix.html>
    fn from_sqlstate(state: &str, cause: String) -> Self {
        match state {
            // query_canceled, by statement_timeout or by an operator
            "57014" => Self::Slow,
            // serialization_failure, deadlock_detected, lock_not_available
            "40001" | "40P01" | "55P03" => Self::Contended,
            // read_only_sql_transaction
            "25006" => Self::ReadOnly(cause),
            // too_many_connections
            "53300" => Self::TooManyConnections(cause),
            // disk_full
            "53100" => Self::StorageFull(cause),
            // character_not_in_repertoire: the text cannot be represented in the database's
            // encoding, UTF8
            "22021" => Self::Invalid(vec![FieldError::body(
                "",
                "unstorable_text",
                "The body contains text that the database cannot store.",
            )]),
            // data_exception: a range that ends before it begins, and that violates no constraint
            "22000" => Self::Invalid(vec![FieldError::body("", "out_of_order", ENDS_AFTER_START)]),
            // numeric_value_out_of_range, datetime_field_overflow
            "22003" | "22008" => Self::Invalid(vec![FieldError::body(
                "",
                "out_of_range",
                "A number or a date is outside the range that can be stored.",
            )]),
            // untranslatable_character: the encoding is not UTF8
            "22P05" => Self::Misconfigured(cause),
            // invalid_sql_statement_name, duplicate_prepared_statement: a transaction pooler that
            // the configuration does not declare
            "26000" | "42P05" => Self::Misconfigured(cause),
            // idle_in_transaction_session_timeout, transaction_timeout
            "25P03" | "25P04" => Self::Slow,
            // connection_exception, insufficient_resources, or operator_intervention (a shutdown, a
            // crash or recovery)
            state if ["08", "53", "57"].contains(&state.get(..2).unwrap_or_default()) => {
                Self::Unavailable(cause)
            }
            _ => Self::Internal(cause),
        }
    }

    /// Converts a driver error of a write to `table`. If the violated foreign key references
    /// `table`, the written row is still in use. For any other foreign key, a referenced row does
    /// not exist.
    pub fn writing(table: &'static str) -> impl FnOnce(Diesel) -> Self {
        move |error| match error {
            Diesel::DatabaseError(kind, info) => Self::from_database(kind, &*info, Some(table)),
            other => other.into(),
        }
    }

    /// Converts a driver error of a write to rows with a start and an end. If the request did not
    /// send the end, a field error for the end is moved to the start.
    pub fn writing_span(
        table: &'static str,
        (from, until): (&'static str, &'static str),
        sends_end: bool,
    ) -> impl FnOnce(Diesel) -> Self {
        move |error| match Self::writing(table)(error) {
            Self::Invalid(field_errors) if !sends_end => {
                let at_end = FieldError::body(until, "", "");
                let placed =
                    field_errors.into_iter().map(|field_error| match field_error.pointer == at_end.pointer {
                        true => FieldError::body(from, field_error.code, field_error.detail),
                        false => field_error,
                    });
                Self::Invalid(placed.collect())
            }
            error => error,
        }
    }
}

impl From<Diesel> for Error {
    fn from(error: Diesel) -> Self {
        match error {
            Diesel::NotFound => Self::Missing,
            Diesel::DatabaseError(kind, info) => Self::from_database(kind, &*info, None),
            Diesel::BrokenTransactionManager => {
                Self::Unavailable("the connection broke inside a transaction".into())
            }
            other => Self::Internal(other.to_string()),
        }
    }
}

impl From<ConnectionError> for Error {
    /// Converts a connection error. The cause is always the database or its operator, and never a
    /// defect of the server.
    fn from(error: ConnectionError) -> Self {
        match error {
            ConnectionError::CouldntSetupConfiguration(error) => match error.into() {
                Self::Internal(cause) | Self::Unavailable(cause) => Self::Unavailable(cause),
                Self::Slow => {
                    Self::Unavailable("a statement that sets up the connection took too long".into())
                }
                known => known,
            },
            error => Self::Unavailable(error.to_string()),
        }
    }
}

impl From<PoolError> for Error {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Timeout(TimeoutType::Wait) => Self::Busy,
            PoolError::Backend(Backend::ConnectionError(error)) => error.into(),
            PoolError::Backend(Backend::QueryError(error)) => error.into(),
            error => Self::Unavailable(error.to_string()),
        }
    }
}

/// Returns the SQLSTATE of a database error. The `wire` module stores the SQLSTATE in the hint.
fn sqlstate(info: &(dyn DatabaseErrorInformation + Send + Sync)) -> Option<&str> {
    let is_state = |text: &&str| {
        text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
    };
    info.hint().filter(is_state)
}

fn cause(info: &(dyn DatabaseErrorInformation + Send + Sync)) -> String {
    let constraint = info.constraint_name().map(|name| format!(" (constraint {name})")).unwrap_or_default();
    match sqlstate(info) {
        Some(state) => format!("SQLSTATE {state}: {}{constraint}", info.message()),
        None => format!("{}{constraint}", info.message()),
    }
}
