//! Adds progress entries to the plan of an import.

use serde_json::{Value, json};

use crate::progress::model::NewProgress;
use crate::transfer::files;
use crate::transfer::plan::{Plan, merge, take};
use crate::transfer::records::Record;

pub(super) fn add(plan: &mut Plan<'_>) {
    for (record, row) in plan.declare_all(&files::PROGRESS, "key") {
        let Some(framework) = plan.resolve_cell("frameworks", record, "framework") else { continue };
        let Some(target) = plan.resolve_in_framework("targets", framework, record, "target") else {
            continue;
        };
        let council = plan.resolve_optional("councils", record, "council");
        let supersedes = plan.resolve_optional("progress", record, "supersedes");
        let references = json!({
            "council": council.map(|row| row.id), "target_id": target.id,
            "supersedes_id": supersedes.map(|row| row.id),
        });
        let mut common = merge(record.values(), references);
        let (entry, columns) = take_entry(plan, record, &mut common);
        let body = merge(common.clone(), json!({ "entry": entry }));
        plan.check::<NewProgress>("createProgress", record.location, &[], body);
        plan.put_row(record, row, merge(common, columns));
    }
}

/// The CSV columns with the values of progress entries of all kinds. Each has the name of its
/// column in the table `progress`.
const VALUES: [(&str, &str); 14] = [
    ("council", "council_id"),
    ("covered", "covered"),
    ("count", "count"),
    ("numerator", "numerator"),
    ("denominator", "denominator"),
    ("reading", "reading"),
    ("area", "area"),
    ("income_pence", "income_pence"),
    ("cost_pence", "cost_pence"),
    ("state", "milestone_state"),
    ("status", "judged_status"),
    ("text", "text"),
    ("value", "claimed_value"),
    ("unit", "claimed_unit"),
];

/// Removes the kind and the values of a progress entry from a CSV row's values. Returns them as the
/// member `entry` of a request body, and as columns of the table. Adds an error for each cell that
/// this kind of entry does not use, because the import would lose the cell's value.
fn take_entry(plan: &mut Plan<'_>, record: &Record, values: &mut Value) -> (Value, Value) {
    let kind = take(values, "kind");
    let fields = entry_fields(kind.as_str().unwrap_or_default());
    let (mut entry, mut columns) = (json!({ "kind": kind }), json!({ "kind": kind }));
    for (cell, column) in VALUES {
        let value = take(values, cell);
        match fields.iter().find(|(used, _)| *used == cell) {
            Some((_, field)) if !value.is_null() => entry[*field] = value.clone(),
            None if record.get(cell).is_some() => plan.add_error(
                record.location,
                format!("{cell}: progress entries of this kind do not have this value. Leave the cell empty"),
            ),
            _ => {}
        }
        columns[column] = value;
    }
    (entry, columns)
}

/// Returns the cells that a kind of progress entry uses. Each has the name of its member in the
/// request's `entry`.
fn entry_fields(kind: &str) -> &'static [(&'static str, &'static str)] {
    match kind {
        "coverage" => &[("council", "council_id"), ("covered", "covered")],
        "count" => &[("count", "count")],
        "ratio" => &[("numerator", "numerator"), ("denominator", "denominator")],
        "reading" => &[("reading", "value")],
        "money" => &[("area", "area"), ("income_pence", "income_pence"), ("cost_pence", "cost_pence")],
        "milestone" => &[("state", "state")],
        "narrative" => &[("text", "text")],
        "judgement" => &[("status", "status"), ("text", "reason")],
        "claim" => &[
            ("text", "printed"),
            ("value", "value"),
            ("unit", "unit"),
            ("numerator", "numerator"),
            ("denominator", "denominator"),
        ],
        _ => &[],
    }
}
