//! What is to be done about a line, from what it says and what stands. Pure.

use super::model::AttendanceLine;
use super::standing::Standing;
use crate::db::bulk::{Decision, has_key, said};
use crate::db::constraints;
use crate::meetings::attendance::model::AttendanceStatus;
use crate::values::Fault;

/// What a row is to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    pub(super) status: AttendanceStatus,
    pub(super) attendee_name: Option<String>,
    pub(super) note: Option<String>,
    /// Whether only the row's key is new.
    pub(super) is_same: bool,
}

/// What a line asks for, if nothing newer stands.
pub(super) fn wanted(line: &AttendanceLine, standing: &Standing) -> Decision<Content> {
    if line.is_delete() { Decision::Delete } else { put(line, standing) }
}

fn put(line: &AttendanceLine, standing: &Standing) -> Decision<Content> {
    let Some(status) = line.status else { return Decision::Leave };
    if let Some(fault) = standing.fault.as_deref() {
        return Decision::Refuse(vec![constraints::fault_of(fault)]);
    }
    let attendee_name = said(line.attendee_name.as_ref(), standing.attendee_name.as_ref());
    let note = said(line.note.as_ref(), standing.note.as_ref());
    let is_same =
        (Some(status), &attendee_name, &note) == (standing.status, &standing.attendee_name, &standing.note);
    if is_same && has_key(line.external_id.as_ref(), standing.external_id.as_ref()) {
        return Decision::Leave;
    }
    Decision::Write(Content { status, attendee_name, note, is_same })
}

/// Whether a line would change what counts: who came, not how it is noted.
pub(super) fn counts(line: &AttendanceLine, standing: &Standing) -> bool {
    line.is_delete() || line.status != standing.status
}

/// The fault of a caller who may write while the register is open, and not after.
pub(super) fn register_closed(line: &AttendanceLine) -> Fault {
    let field = if line.is_known_by_key() { "/external_id" } else { line.meeting().field() };
    Fault::body(
        field,
        "register_closed",
        "The register is closed; ask the association's officers to open it.",
    )
}
