//! Describes which records a figure is based on. Pure functions without I/O.

use crate::framework_report::format::counted;
use crate::metrics::model::{Completeness, Detail, Metric};

/// Returns sentences about records that a figure lacks, and about registers that were constructed.
/// Returns none if there are none of either.
pub fn completeness_notes(metric: &Metric, constructed_registers: i64) -> Vec<String> {
    let completeness = &metric.completeness;
    let held = completeness.meetings_held.unwrap_or(0);
    let meetings = match metric.detail {
        Detail::Attendance(_) => {
            meetings_with(completeness.registers_closed.unwrap_or(0), held, "a register")
        }
        Detail::Evaluation(_) => {
            meetings_with(held - completeness.meetings_without_forms.unwrap_or(0), held, "forms")
        }
        Detail::Deliverable(_) => {
            meetings_with(held - completeness.deliverables_unknown.unwrap_or(0), held, "an answer")
        }
        _ => None,
    };
    [meetings, forms(completeness), readings(metric), constructed(constructed_registers)]
        .into_iter()
        .flatten()
        .collect()
}

/// Formats how many meetings have a record, such as `1 of 2 meetings has a register`.
fn meetings_with(count: i64, all: i64, record: &str) -> Option<String> {
    let meetings = counted(all, "meeting", "meetings");
    match count {
        _ if count >= all => None,
        0 => Some(format!("None of {meetings} has {record}")),
        1 => Some(format!("1 of {meetings} has {record}")),
        _ => Some(format!(
            "{count} of {meetings} have {}",
            if record == "a register" { "registers" } else { record }
        )),
    }
}

fn forms(completeness: &Completeness) -> Option<String> {
    let (answered, expected) = completeness.forms_answered.zip(completeness.forms_expected)?;
    (answered < expected).then(|| format!("{answered} of {} answered", counted(expected, "form", "forms")))
}

fn readings(metric: &Metric) -> Option<String> {
    let (received, due) = metric.completeness.readings_received.zip(metric.completeness.readings_due)?;
    let is_partial = received > 0 && received < due;
    is_partial.then(|| format!("{received} of {} received", counted(due, "reading due", "readings due")))
}

fn constructed(count: i64) -> Option<String> {
    let verb = if count == 1 { "is" } else { "are" };
    let registers = counted(count, "register", "registers");
    (count > 0).then(|| format!("{registers} {verb} constructed to give a published total"))
}
