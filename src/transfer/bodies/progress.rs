//! Progress entries.

use serde_json::{Value, json};

use super::frameworks::refer;
use crate::progress::model::NewProgress;
use crate::transfer::files::{self, Record};
use crate::transfer::plan::{Origin, Plan, with};

pub(in crate::transfer) fn add(plan: &mut Plan<'_>) {
    let mut rows = Vec::new();
    for record in plan.records(&files::PROGRESS) {
        if let Some(row) = plan.declare_keyed("progress", record, "key") {
            rows.push((record, row));
        }
    }
    for (record, row) in rows {
        let Some(framework) = plan.refer("frameworks", record, "framework") else { continue };
        let Some(target) = refer(plan, "targets", framework.id, record, "target") else { continue };
        refuse_unused(plan, record);
        let council = record.get("council").and_then(|_| plan.refer("councils", record, "council"));
        let supersedes = record.get("supersedes").and_then(|_| plan.refer("progress", record, "supersedes"));
        let about = json!({
            "target_id": target.id, "occurred_on": record.text("occurred_on"), "occasion": record.text("occasion"),
            "source": record.text_or("source", "import"), "author": record.text_or("author", "import"),
            "note": record.text("note"), "evidence_url": record.text("evidence_url"),
            "supersedes_id": supersedes.map(|row| row.id),
        });
        let (entry, columns) = entry(record, council.map_or(Value::Null, |row| json!(row.id)));
        let origin = Origin { place: record.place, lists: &[] };
        plan.check::<NewProgress>("createProgress", &origin, with(about.clone(), json!({ "entry": entry })));
        plan.put("progress", row, with(with(about, json!({ "kind": record.text("kind") })), columns));
    }
}

/// Returns a line's entry, as in a request's body and as columns of the table.
fn entry(record: &Record, council: Value) -> (Value, Value) {
    let (mut entry, mut columns) = (json!({ "kind": record.text("kind") }), json!({}));
    for (cell, field, column) in used(record) {
        let value = match *cell {
            "council" => council.clone(),
            "covered" => record.boolean(cell),
            "area" | "state" | "status" | "text" | "unit" => record.text(cell),
            _ => record.number(cell),
        };
        if !value.is_null() {
            entry[*field] = value.clone();
        }
        columns[*column] = value;
    }
    (entry, columns)
}

/// The cells with an entry's value, for all kinds of entries.
const VALUES: [&str; 13] = [
    "council",
    "covered",
    "count",
    "numerator",
    "denominator",
    "area",
    "income_pence",
    "cost_pence",
    "state",
    "status",
    "text",
    "value",
    "unit",
];

/// The cells that entries of the line's kind use, each with the entry's field and the table's column.
fn used(record: &Record) -> &'static [(&'static str, &'static str, &'static str)] {
    match record.get("kind").unwrap_or_default() {
        "coverage" => &[("council", "council_id", "council_id"), ("covered", "covered", "covered")],
        "count" => &[("count", "count", "count")],
        "ratio" => &[("numerator", "numerator", "numerator"), ("denominator", "denominator", "denominator")],
        "money" => &[
            ("area", "area", "area"),
            ("income_pence", "income_pence", "income_pence"),
            ("cost_pence", "cost_pence", "cost_pence"),
        ],
        "milestone" => &[("state", "state", "milestone_state")],
        "narrative" => &[("text", "text", "text")],
        "judgement" => &[("status", "status", "judged_status"), ("text", "reason", "text")],
        "claim" => &[
            ("text", "printed", "text"),
            ("value", "value", "claimed_value"),
            ("unit", "unit", "claimed_unit"),
            ("numerator", "numerator", "numerator"),
            ("denominator", "denominator", "denominator"),
        ],
        _ => &[],
    }
}

/// Reports cells that entries of the line's kind do not use, because their values would be lost.
fn refuse_unused(plan: &mut Plan<'_>, record: &Record) {
    let is_used = |cell: &str| used(record).iter().any(|(used, ..)| *used == cell);
    for cell in VALUES.iter().filter(|cell| record.get(cell).is_some() && !is_used(cell)) {
        plan.add_error(
            record.place,
            format!("{cell}: entries of this kind do not have this value; leave the cell empty"),
        );
    }
}
