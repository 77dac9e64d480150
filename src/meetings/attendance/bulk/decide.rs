//! Pure functions that decide, from a line of the request and the stored record, what to do with
//! the line.

use super::current_row::CurrentRow;
use super::model::AttendanceLine;
use crate::db::bulk::{Decision, has_key, patched_value};
use crate::db::constraints;
use crate::meetings::attendance::model::AttendanceStatus;
use crate::values::FieldError;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    pub(super) status: AttendanceStatus,
    pub(super) attendee_name: Option<String>,
    pub(super) note: Option<String>,
    /// Whether all values equal the stored record, so that the line of the request only adds an
    /// external id.
    pub(super) is_same: bool,
}

pub(super) fn decide(line: &AttendanceLine, current: &CurrentRow) -> Decision<Content> {
    if line.is_delete() { Decision::Delete } else { decide_put(line, current) }
}

fn decide_put(line: &AttendanceLine, current: &CurrentRow) -> Decision<Content> {
    let Some(status) = line.status else { return Decision::Leave };
    if let Some(constraint) = current.violated_constraint.as_deref() {
        return Decision::Refuse(vec![constraints::field_error_of(constraint)]);
    }
    let attendee_name = patched_value(line.attendee_name.as_ref(), current.attendee_name.as_ref());
    let note = patched_value(line.note.as_ref(), current.note.as_ref());
    let is_same =
        (Some(status), &attendee_name, &note) == (current.status, &current.attendee_name, &current.note);
    if is_same && has_key(line.external_id.as_ref(), current.external_id.as_ref()) {
        return Decision::Leave;
    }
    Decision::Write(Content { status, attendee_name, note, is_same })
}

/// Returns whether the line of the request would change a figure. A changed name or note changes no
/// figure.
pub(super) fn changes_figures(line: &AttendanceLine, current: &CurrentRow) -> bool {
    line.is_delete() || line.status != current.status
}

/// Returns the field error for a line whose register is closed, if the caller may write only to
/// open registers.
pub(super) fn register_closed(line: &AttendanceLine) -> FieldError {
    let field = if line.is_known_by_key() { "/external_id" } else { line.meeting().field() };
    FieldError::body(
        field,
        "register_closed",
        "The register is closed. Ask the association's officers to open it.",
    )
}
