//! Common parts of bulk writes below HTTP: applying the lines, and the outcome of each.

mod apply;
mod lock;
mod observation;
mod observations;
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

/// What happened to a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineStatus {
    /// The row was created.
    Created,
    /// The row was updated.
    Updated,
    /// The row was deleted.
    Deleted,
    /// The row already had this content, or the row to delete did not exist.
    Unchanged,
    /// Newer data is stored.
    Stale,
    /// The line cannot be applied. The pointers of the field errors are relative to the line.
    Failed(Vec<FieldError>),
}

/// The outcome of a line, and its row.
#[derive(Debug, Clone)]
pub struct LineOutcome {
    /// What happened to the line.
    pub status: LineStatus,
    /// The id of its row, if there is one.
    pub id: Option<Uuid>,
    /// The current version of the row.
    pub version: Option<i64>,
}

impl LineOutcome {
    /// Returns the outcome of a line that cannot be applied.
    pub fn failed(field_errors: Vec<FieldError>) -> Self {
        Self { status: LineStatus::Failed(field_errors), id: None, version: None }
    }

    /// Returns whether the line cannot be applied.
    pub fn has_failed(&self) -> bool {
        matches!(self.status, LineStatus::Failed(_))
    }
}

/// The outcomes of the valid lines.
#[derive(Debug, Default)]
pub struct Applied {
    /// An outcome for each line, in the order of the lines.
    pub outcomes: Vec<LineOutcome>,
    /// The meetings whose registers were closed.
    pub registers_closed: Vec<Uuid>,
}

/// Fails if a line would change the figures of a published period.
pub fn check_unpublished(changes_published_figures: bool) -> Result<(), FieldError> {
    if changes_published_figures {
        Err(constraints::field_error_of("publications_period_is_published"))
    } else {
        Ok(())
    }
}

/// The row that a name resolves to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    /// No row.
    None,
    /// Exactly the row with this id.
    One(Uuid),
    /// Several rows. The name is refused, and no row is guessed.
    Several,
}

impl Match {
    /// Converts the number of rows that have a name, and the id of one of them.
    pub fn of(count: i64, id: Option<Uuid>) -> Self {
        match (count, id) {
            (1, Some(id)) => Self::One(id),
            (0, _) | (_, None) => Self::None,
            _ => Self::Several,
        }
    }

    /// Returns the row, if it is one.
    pub fn id(self) -> Option<Uuid> {
        if let Self::One(id) = self { Some(id) } else { None }
    }

    /// Returns the council that a line names by id or by GSS code, or the field error. The council
    /// of another caller has the same error as a council that does not exist.
    pub fn council(self, is_by_id: bool) -> Result<Uuid, FieldError> {
        let (field, noun) = if is_by_id { ("/council_id", "id") } else { ("/council_gss_code", "code") };
        let none = format!("No council has this {noun}, or you may not write for it.");
        self.one(field, &none, "Several councils have had this code; send council_id instead.")
    }

    /// Returns the row, or the field error at the field that names it.
    pub fn one(self, field: &str, none: &str, several: &str) -> Result<Uuid, FieldError> {
        match self {
            Self::One(id) => Ok(id),
            Self::None => Err(FieldError::body(field, "unknown_reference", none)),
            Self::Several => Err(FieldError::body(field, "ambiguous", several)),
        }
    }
}

/// Returns the content of a field: what was sent, or what the row already contains.
pub fn patched_value<T: ToString>(sent: Option<&Option<T>>, current: Option<&String>) -> Option<String> {
    match sent {
        Some(sent) => sent.as_ref().map(ToString::to_string),
        None => current.cloned(),
    }
}

/// Returns whether a row already has the external id of its line, or the line has none.
pub fn has_key(sent: Option<&ShortText>, current: Option<&String>) -> bool {
    sent.is_none_or(|key| current.is_some_and(|current| current == key.as_str()))
}

/// Returns the field error of a line's own key without a system.
pub fn system_required() -> FieldError {
    let detail = "An external id belongs to a system; name the system in the parameter system.";
    FieldError::body("/external_id", "system_required", detail)
}

/// Returns the field error of a line's own key that matches no row, if the line names nothing else.
pub fn unknown_key() -> FieldError {
    let detail = "No record has this external id; send the fields that identify the record.";
    FieldError::body("/external_id", "unknown_reference", detail)
}

/// Returns the field error of a line's own key that belongs to another row than the line's.
pub fn key_of_another() -> FieldError {
    FieldError::body("/external_id", "already_exists", "Another record has this external id in that system.")
}

/// Fails unless a statement returned a row for each line.
pub fn check_row_for_each(lines: usize, rows: usize) -> Result<(), Error> {
    let defect = || Error::Internal(format!("a statement returned {rows} rows for {lines} lines"));
    if lines == rows { Ok(()) } else { Err(defect()) }
}
