//! Writes the lines of bulk requests to the database, and returns the outcome of each line.

mod apply;
mod lock;
mod observation;
mod observation_queries;
mod resource;

use uuid::Uuid;

use super::{Error, constraints};
use crate::values::{FieldError, ShortText};

pub use apply::apply;
pub use lock::LOCK_TIMEOUT;
pub use observation::Observation;
pub use resource::{
    BulkResource, DecidedLine, Decision, LineToWrite, ResolvedLine, Row, RowColumns, Touched, column,
    external_ids, to_delete, to_write,
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineStatus {
    Created,
    Updated,
    Deleted,
    Unchanged,
    Stale,
    /// The line of the bulk request cannot be applied. The JSON pointers of the field errors are
    /// relative to the line.
    Failed(Vec<FieldError>),
}

#[derive(Debug, Clone)]
pub struct LineOutcome {
    pub status: LineStatus,
    /// The id of the row to which the line refers. `None` if the row does not exist.
    pub id: Option<Uuid>,
    pub version: Option<i64>,
}

impl LineOutcome {
    pub fn failed(field_errors: Vec<FieldError>) -> Self {
        Self { status: LineStatus::Failed(field_errors), id: None, version: None }
    }

    pub fn has_failed(&self) -> bool {
        matches!(self.status, LineStatus::Failed(_))
    }
}

#[derive(Debug, Default)]
pub struct Applied {
    pub outcomes: Vec<LineOutcome>,
    pub registers_closed: Vec<Uuid>,
}

/// Fails if a line of a bulk request would change the figures of a published period.
pub fn check_unpublished(changes_published_figures: bool) -> Result<(), FieldError> {
    if changes_published_figures {
        Err(constraints::field_error_of("publications_period_is_published"))
    } else {
        Ok(())
    }
}

/// The number of rows that an id, a GSS code or an external id matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    None,
    One(Uuid),
    Several,
}

impl Match {
    /// Creates a match from the number of matching rows and the id of one of them.
    pub fn of(count: i64, id: Option<Uuid>) -> Self {
        match (count, id) {
            (1, Some(id)) => Self::One(id),
            (0, _) | (_, None) => Self::None,
            _ => Self::Several,
        }
    }

    pub fn id(self) -> Option<Uuid> {
        if let Self::One(id) = self { Some(id) } else { None }
    }

    /// Returns the council that a line of a bulk request refers to by id or by GSS code. Fails with
    /// a field error if the council does not exist or the caller may not write for the council.
    /// Both cases have the same error, so the error does not disclose other councils.
    pub fn council(self, is_by_id: bool) -> Result<Uuid, FieldError> {
        let (field, noun) = if is_by_id { ("/council_id", "id") } else { ("/council_gss_code", "GSS code") };
        let none = format!("No council has this {noun}, or you may not write records of the council.");
        self.one(field, &none, "Several councils have or had this GSS code. Send `council_id` instead.")
    }

    /// Returns the matching row. If no row matches, fails with the text `none`. If several rows
    /// match, fails with the text `several`. The field error is at `field`.
    pub fn one(self, field: &str, none: &str, several: &str) -> Result<Uuid, FieldError> {
        match self {
            Self::One(id) => Ok(id),
            Self::None => Err(FieldError::body(field, "unknown_reference", none)),
            Self::Several => Err(FieldError::body(field, "ambiguous", several)),
        }
    }
}

/// Returns the value that a line sends for a field. If the field is absent, returns the row's
/// current value.
pub fn patched_value<T: ToString>(sent: Option<&Option<T>>, current: Option<&String>) -> Option<String> {
    match sent {
        Some(sent) => sent.as_ref().map(ToString::to_string),
        None => current.cloned(),
    }
}

/// Returns whether the row already has the external id that a line sends. Returns true if the line
/// sends no external id.
pub fn has_key(sent: Option<&ShortText>, current: Option<&String>) -> bool {
    sent.is_none_or(|key| current.is_some_and(|current| current == key.as_str()))
}

pub fn system_required() -> FieldError {
    let detail = "The line has an external id, but the request does not name the external system. Send the query parameter `system`.";
    FieldError::body("/external_id", "system_required", detail)
}

/// Creates the field error for a line whose external id matches no row. The line has no other
/// fields that identify a row.
pub fn unknown_key() -> FieldError {
    let detail = "No record has this external id. Send the other fields that identify the record.";
    FieldError::body("/external_id", "unknown_reference", detail)
}

/// Creates the field error for a line whose external id belongs to another row.
pub fn key_of_another() -> FieldError {
    FieldError::body("/external_id", "already_exists", "Another record of this external system has the id.")
}

/// Fails unless a statement returned one row for each line of the bulk request.
pub fn check_row_for_each(lines: usize, rows: usize) -> Result<(), Error> {
    let defect = || Error::Internal(format!("a statement returned {rows} rows for {lines} request lines"));
    if lines == rows { Ok(()) } else { Err(defect()) }
}
