//! Describes which part of the records a figure is based on. Pure: no I/O.

use super::words::counted;
use crate::metrics::model::{Completeness, Detail, Metric};

/// Returns sentences on the part of the records on which a figure is based. The list is empty if it
/// is based on all of them.
pub fn basis(metric: &Metric, constructed: i64) -> Vec<String> {
    let known = &metric.completeness;
    let held = known.meetings_held.unwrap_or(0);
    let of_meetings = match metric.detail {
        Detail::Attendance(_) => part(known.registers_closed.unwrap_or(0), held, "a register"),
        Detail::Evaluation(_) => part(held - known.meetings_without_forms.unwrap_or(0), held, "forms"),
        Detail::Deliverable(_) => part(held - known.deliverables_unknown.unwrap_or(0), held, "an answer"),
        _ => None,
    };
    [of_meetings, forms(known), readings(metric), built(constructed)].into_iter().flatten().collect()
}

/// Formats a part of the meetings: `1 of 2 meetings has a register`.
fn part(some: i64, all: i64, what: &str) -> Option<String> {
    let meetings = counted(all, "meeting", "meetings");
    match some {
        _ if some >= all => None,
        0 => Some(format!("None of {meetings} has {what}")),
        1 => Some(format!("1 of {meetings} has {what}")),
        _ => Some(format!(
            "{some} of {meetings} have {}",
            if what == "a register" { "registers" } else { what }
        )),
    }
}

fn forms(known: &Completeness) -> Option<String> {
    let (answered, expected) = known.forms_answered.zip(known.forms_expected)?;
    (answered < expected).then(|| format!("{answered} of {} answered", counted(expected, "form", "forms")))
}

fn readings(metric: &Metric) -> Option<String> {
    let (received, due) = metric.completeness.readings_received.zip(metric.completeness.readings_due)?;
    let is_partial = received > 0 && received < due;
    is_partial.then(|| format!("{received} of {} received", counted(due, "reading due", "readings due")))
}

fn built(constructed: i64) -> Option<String> {
    let verb = if constructed == 1 { "is" } else { "are" };
    let registers = counted(constructed, "register", "registers");
    (constructed > 0).then(|| format!("{registers} {verb} constructed to give a published total"))
}
