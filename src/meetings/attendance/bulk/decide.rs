//! What is to be done about a line, from what it says and what stands. Pure.

use super::model::AttendanceLine;
use super::standing::Standing;
use crate::db::bulk::Observed;
use crate::db::constraints;
use crate::meetings::attendance::model::AttendanceStatus;
use crate::values::{Fault, Line};

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Decision {
    /// The row is made, or made to say this.
    Write(Content),
    /// The row is deleted.
    Delete,
    /// Nothing: it says so already.
    Leave,
    /// Nothing: something newer stands.
    Stale,
    /// Nothing: it cannot be.
    Refuse(Vec<Fault>),
}

/// What a row is to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) status: AttendanceStatus,
    pub(super) attendee_name: Option<String>,
    pub(super) note: Option<String>,
    /// Whether only the row's key is new.
    pub(super) is_same: bool,
}

/// Decides about a line. `is_bound` callers write while the register is open, and not after.
pub(super) fn decide(
    line: &AttendanceLine,
    standing: &Standing,
    observed: Option<&Observed>,
    is_bound: bool,
) -> Decision {
    if observed.is_some_and(|seen| seen.is_ahead) {
        let detail = "This is later than the server's clock by more than five minutes.";
        return Decision::Refuse(vec![Fault::body("/observed_at", "in_the_future", detail)]);
    }
    let wanted = if line.is_delete() { Decision::Delete } else { put(line, standing) };
    let wanted = match wanted {
        Decision::Delete if standing.id.is_none() => Decision::Leave,
        wanted => wanted,
    };
    if matches!(wanted, Decision::Leave | Decision::Refuse(_)) {
        return wanted;
    }
    match observed {
        Some(seen) if seen.is_late() => Decision::Stale,
        _ if is_bound && standing.register != "open" => Decision::Refuse(vec![register_closed(line)]),
        _ => wanted,
    }
}

/// What putting a line comes to, if nothing newer stands.
fn put(line: &AttendanceLine, standing: &Standing) -> Decision {
    let Some(status) = line.status else { return Decision::Leave };
    if let Some(fault) = standing.fault.as_deref() {
        return Decision::Refuse(vec![broken(fault)]);
    }
    let attendee_name = said(&line.attendee_name, &standing.attendee_name);
    let note = said(&line.note, &standing.note);
    let is_same =
        (Some(status), &attendee_name, &note) == (standing.status, &standing.attendee_name, &standing.note);
    let has_key =
        line.external_id.as_ref().is_none_or(|key| standing.external_id.as_deref() == Some(key.as_str()));
    if is_same && has_key {
        return Decision::Leave;
    }
    Decision::Write(Content { status, attendee_name, note, is_same })
}

/// What a field is to say: what was sent, or what it says already.
fn said(sent: &Option<Option<Line>>, stands: &Option<String>) -> Option<String> {
    match sent {
        Some(sent) => sent.as_ref().map(|text| text.as_str().to_owned()),
        None => stands.clone(),
    }
}

/// The fault that a rule of the database stands for.
fn broken(name: &str) -> Fault {
    match constraints::find(name) {
        Some(rule) => {
            let code = rule.clash.unwrap_or(rule.code);
            Fault::body(rule.pointer.unwrap_or_default(), code, rule.detail)
        }
        None => Fault::body("", "invalid", "The line does not suit its meeting."),
    }
}

fn register_closed(line: &AttendanceLine) -> Fault {
    let field = if line.is_known_by_key() { "/external_id" } else { line.meeting().field() };
    Fault::body(
        field,
        "register_closed",
        "The register is closed; ask the association's officers to open it.",
    )
}
