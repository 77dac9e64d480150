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

/// What a line says, as the API takes it and as the table holds it. A cell that the kind does not use is in neither.
fn entry(record: &Record, council: Value) -> (Value, Value) {
    let fields = match record.get("kind").unwrap_or_default() {
        "coverage" => json!({ "council_id": council, "covered": record.boolean("covered") }),
        "count" => json!({ "count": record.number("count") }),
        "ratio" => {
            json!({ "numerator": record.number("numerator"), "denominator": record.number("denominator") })
        }
        "money" => json!({
            "area": record.text("area"), "income_pence": record.number("income_pence"),
            "cost_pence": record.number("cost_pence"),
        }),
        "milestone" => json!({ "state": record.text("state") }),
        "narrative" => json!({ "text": record.text("text") }),
        "judgement" => json!({ "status": record.text("status"), "reason": record.text("text") }),
        "claim" => json!({
            "printed": record.text("text"), "value": record.number("value"), "unit": record.text("unit"),
            "numerator": record.number("numerator"), "denominator": record.number("denominator"),
        }),
        _ => json!({}),
    };
    let column = |name: &String| match (record.get("kind"), name.as_str()) {
        (Some("milestone"), "state") => "milestone_state".to_owned(),
        (Some("judgement"), "status") => "judged_status".to_owned(),
        (Some("judgement"), "reason") | (Some("claim"), "printed") => "text".to_owned(),
        (Some("claim"), "value") => "claimed_value".to_owned(),
        (Some("claim"), "unit") => "claimed_unit".to_owned(),
        _ => name.clone(),
    };
    let columns = fields.as_object().into_iter().flatten().map(|(name, value)| (column(name), value.clone()));
    let columns = Value::Object(columns.collect());
    let mut entry = with(json!({ "kind": record.text("kind") }), fields);
    if let Some(entry) = entry.as_object_mut() {
        entry.retain(|_, value| !value.is_null());
    }
    (entry, columns)
}
