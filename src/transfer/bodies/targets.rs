//! Targets and revisions.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::frameworks::{links, refer};
use crate::targets::model::{ACTIONS, NewTarget};
use crate::targets::revisions::model::NewRevision;
use crate::transfer::files::{self, Record};
use crate::transfer::plan::{Origin, Plan, with};

pub(in crate::transfer) fn add(plan: &mut Plan<'_>) {
    declare_targets(plan);
    add_targets(plan);
    add_revisions(plan);
}

/// Declares all targets first, because a target may reference one of an earlier year on a later
/// line.
fn declare_targets(plan: &mut Plan<'_>) {
    for record in plan.records(&files::TARGETS) {
        if let Some(framework) = plan.refer("frameworks", record, "framework") {
            let key = format!("{}/{}", framework.id, record.get("code").unwrap_or_default());
            plan.declare("targets", record.place, &key);
        }
    }
}

fn add_targets(plan: &mut Plan<'_>) {
    let mut linked = Vec::new();
    for record in plan.records(&files::TARGETS) {
        let Some(framework) = record.get("framework").and_then(|code| plan.keys.find("frameworks", code))
        else {
            continue;
        };
        let key = format!("{}/{}", framework.id, record.get("code").unwrap_or_default());
        let Some(row) = plan.keys.find("targets", &key) else { continue };
        let actions = actions(plan, framework.id, record);
        let columns = columns(plan, record);
        let body = with(columns.clone(), json!({ "action_ids": actions }));
        let origin = Origin { place: record.place, lists: &[] };
        let Some(new) = plan.check::<NewTarget>("createTarget", &origin, body) else { continue };
        // As the API stores them: with a value for every parameter.
        let whole = json!({
            "framework_id": framework.id, "measure": new.measure, "tolerance": new.tolerance, "baseline": new.baseline,
        });
        plan.put("targets", row, with(columns, whole));
        linked.push((row.id, links(record, "action_id", &actions)));
    }
    plan.put_lists(&ACTIONS, linked);
}

fn actions(plan: &mut Plan<'_>, framework: Uuid, record: &Record) -> Vec<Uuid> {
    let codes = record.list("actions").into_iter();
    let key = |code: &str| format!("{framework}/{code}");
    codes
        .filter_map(|code| Some(plan.refer_by("actions", record.place, "actions", &key(&code))?.id))
        .collect()
}

fn columns(plan: &mut Plan<'_>, record: &Record) -> Value {
    let frequencies =
        if record.get("frequencies").is_some() { record.texts("frequencies") } else { json!(["unknown"]) };
    let flag = |column| if record.get(column).is_some() { record.boolean(column) } else { json!(false) };
    json!({
        "code": record.text("code"), "title": record.text("title"), "position": record.number("position"),
        "measure": measure(plan, record), "aim": record.text_or("aim", "at_least"),
        "threshold": record.number("threshold"), "tolerance": tolerance(record), "frequencies": frequencies,
        "frequency_printed": record.text("frequency_printed"), "sources": record.texts("sources"),
        "baseline": baseline(plan, record), "owner": record.text("owner"), "due_on": record.text("due_on"),
        "notes": record.text("notes"), "implied": flag("implied"), "council_reported": flag("council_reported"),
        "continues_target_id": continues(plan, record),
    })
}

/// Parses a tolerance: `relative 10` or `absolute 0`.
fn tolerance(record: &Record) -> Value {
    let Some(cell) = record.get("tolerance") else { return Value::Null };
    let (kind, value) = cell.split_once(' ').unwrap_or((cell, ""));
    json!({ "kind": kind, "value": files::number(value.trim()) })
}

/// The columns of a baseline besides its value.
const BASELINE: [&str; 5] =
    ["baseline_numerator", "baseline_denominator", "baseline_meetings", "baseline_note", "baseline_source"];

fn baseline(plan: &mut Plan<'_>, record: &Record) -> Value {
    if record.get("baseline_value").is_none() {
        for column in BASELINE.iter().filter(|column| record.get(column).is_some()) {
            plan.add_error(record.place, format!("{column}: requires a baseline_value"));
        }
        return Value::Null;
    }
    let parts = [
        ("value", record.number("baseline_value")),
        ("numerator", record.number("baseline_numerator")),
        ("denominator", record.number("baseline_denominator")),
        ("meetings", record.number("baseline_meetings")),
        ("note", record.text("baseline_note")),
        ("source", source(plan, record)),
    ];
    Value::Object(parts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// Parses the source of a baseline: `framework/target` and a day.
fn source(plan: &mut Plan<'_>, record: &Record) -> Value {
    let Some(cell) = record.get("baseline_source") else { return Value::Null };
    let (target, as_at) = cell.rsplit_once(' ').unwrap_or((cell, ""));
    json!({ "target_id": earlier(plan, record, "baseline_source", target), "as_at": as_at })
}

/// Parses the reference to the continued target: `framework/target`.
fn continues(plan: &mut Plan<'_>, record: &Record) -> Value {
    record.get("continues").map_or(Value::Null, |cell| earlier(plan, record, "continues", cell))
}

/// Resolves a reference to a target: `framework/target`.
fn earlier(plan: &mut Plan<'_>, record: &Record, column: &'static str, cell: &str) -> Value {
    let (framework, code) = cell.split_once('/').unwrap_or((cell, ""));
    let Some(framework) = plan.refer_by("frameworks", record.place, column, framework) else {
        return Value::Null;
    };
    let key = format!("{}/{code}", framework.id);
    plan.refer_by("targets", record.place, column, &key).map_or(Value::Null, |row| json!(row.id))
}

/// Parses a measure and its parameters: `name=value` pairs separated by `;`, with list items
/// separated by `,`.
fn measure(plan: &mut Plan<'_>, record: &Record) -> Value {
    let mut measure = Map::new();
    let mut selector = Map::new();
    measure.insert("kind".into(), record.text("measure"));
    for pair in record.list("parameters") {
        let Some((name, value)) = pair.split_once('=') else {
            plan.add_error(record.place, format!("parameters: {pair:?} is not name=value"));
            continue;
        };
        let several: Vec<&str> = value.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
        match name.trim() {
            "groups" => {
                let ids = several
                    .iter()
                    .filter_map(|code| plan.refer_by("groups", record.place, "parameters", code));
                let ids: Vec<Value> = ids.map(|row| json!(row.id)).collect();
                selector.insert("group_ids".into(), Value::Array(ids));
            }
            "meeting_kinds" => drop(selector.insert("meeting_kinds".into(), several.into())),
            name @ ("roles" | "council_kinds") => drop(measure.insert(name.to_owned(), several.into())),
            "profile" => drop(measure.insert("profile".into(), profile(&several))),
            name => drop(measure.insert(name.to_owned(), Value::from(value.trim_start_matches(' ')))),
        }
    }
    if !selector.is_empty() {
        measure.insert("selector".into(), Value::Object(selector));
    }
    Value::Object(measure)
}

/// Parses the points of a profile, such as `2017-09-30:5`.
fn profile(points: &[&str]) -> Value {
    let point = |point: &&str| {
        let (day, expected) = point.split_once(':').unwrap_or((point, ""));
        json!({ "by_on": day, "expected": files::number(expected) })
    };
    points.iter().map(point).collect()
}

fn add_revisions(plan: &mut Plan<'_>) {
    for record in plan.records(&files::REVISIONS) {
        let Some(framework) = plan.refer("frameworks", record, "framework") else { continue };
        let Some(target) = refer(plan, "targets", framework.id, record, "target") else { continue };
        let key = format!("{}/{}", target.id, record.get("revised_on").unwrap_or_default());
        let row = plan.declare("revisions", record.place, &key);
        let columns = json!({
            "target_id": target.id, "revised_on": record.text("revised_on"), "threshold": record.number("threshold"),
            "reason": record.text("reason"), "reference": record.text("reference"),
        });
        let origin = Origin { place: record.place, lists: &[] };
        plan.check::<NewRevision>("createRevision", &origin, columns.clone());
        plan.put("revisions", row, columns);
    }
}
