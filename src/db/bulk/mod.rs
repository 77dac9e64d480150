//! Common parts of bulk writes below HTTP: applying the lines, and the outcome of each.

mod apply;
mod lock;
mod observed;

use uuid::Uuid;

use super::{Error, constraints};
use crate::values::{FieldError, ShortText};

pub use apply::{Bulk, Decision, Row, Work, apply, gone, keys, written};
pub use lock::LOCK_TIMEOUT;
pub use observed::Observed;

/// What happened to a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
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

/// The verdict about a line, and its row.
#[derive(Debug, Clone)]
pub struct LineOutcome {
    /// What happened to the line.
    pub verdict: Verdict,
    /// The id of its row, if there is one.
    pub id: Option<Uuid>,
    /// The current version of the row.
    pub version: Option<i64>,
}

impl LineOutcome {
    /// Returns the outcome of a line that cannot be applied.
    pub fn failed(faults: Vec<FieldError>) -> Self {
        Self { verdict: Verdict::Failed(faults), id: None, version: None }
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

/// Returns the field error of a line that would change the figures of a published period.
pub fn period_published() -> FieldError {
    constraints::field_error_of("publications_close_their_period")
}

/// The row that a name resolves to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    /// No row.
    None,
    /// One row.
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
pub fn patched_value<T: ToString>(sent: Option<&Option<T>>, stands: Option<&String>) -> Option<String> {
    match sent {
        Some(sent) => sent.as_ref().map(ToString::to_string),
        None => stands.cloned(),
    }
}

/// Returns whether a row already has the external id of its line, or the line has none.
pub fn has_key(sent: Option<&ShortText>, stands: Option<&String>) -> bool {
    sent.is_none_or(|key| stands.is_some_and(|stands| stands == key.as_str()))
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

/// Fails unless as many rows were written as intended. Otherwise one has changed since it was read.
pub fn check_touched(touched: i64, wanted: usize) -> Result<(), Error> {
    if usize::try_from(touched).is_ok_and(|touched| touched == wanted) {
        Ok(())
    } else {
        Err(Error::Contended)
    }
}
