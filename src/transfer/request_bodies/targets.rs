//! Adds targets and revisions to the plan of an import.

use serde_json::{Map, Value, json};

use crate::targets::model::{ACTIONS, NewTarget};
use crate::targets::revisions::model::NewRevision;
use crate::transfer::files;
use crate::transfer::lists::Items;
use crate::transfer::plan::{Plan, merge, take};
use crate::transfer::records::{Record, boolean, number};

pub(super) fn add(plan: &mut Plan<'_>) {
    add_targets(plan);
    add_revisions(plan);
}

/// Adds targets to the plan of an import. First gives all targets their ids, because a target may
/// reference a target of an earlier year on a later CSV row.
fn add_targets(plan: &mut Plan<'_>) {
    let mut rows = Vec::new();
    for record in plan.records(&files::TARGETS) {
        rows.extend(plan.declare_in_framework(record).map(|(framework, row)| (record, framework, row)));
    }
    let mut linked = Vec::new();
    for (record, framework, row) in rows {
        let keys = record.list("actions").into_iter().map(|code| format!("{}/{code}", framework.id));
        let actions = plan.resolve_all("actions", record, "actions", keys);
        let columns = columns(plan, record);
        let body = merge(columns.clone(), json!({ "action_ids": actions }));
        let Some(new) = plan.check::<NewTarget>("createTarget", record.location, &[], body) else { continue };
        // The parsed values contain every parameter, as do rows that the API wrote.
        let parsed = json!({
            "framework_id": framework.id, "measure": new.measure, "tolerance": new.tolerance, "baseline": new.baseline,
            "reading_lag": new.reading_lag,
        });
        plan.put_row(record, row, merge(columns, parsed));
        linked.push((row.id, Items::references(record.location, "action_id", &actions)));
    }
    plan.add_cell_lists(&ACTIONS, linked);
}

fn columns(plan: &mut Plan<'_>, record: &Record) -> Value {
    let mut columns = record.values();
    let computed = json!({
        "measure": measure(plan, record), "tolerance": tolerance(record), "reading_lag": reading_lag(record),
        "baseline": take_baseline(plan, record, &mut columns), "continues_target_id": continues(plan, record),
    });
    merge(columns, computed)
}

/// Parses the tolerance of a target, such as `relative 10` or `absolute 0`.
fn tolerance(record: &Record) -> Value {
    let Some(cell) = record.get("tolerance") else { return Value::Null };
    let (kind, value) = cell.split_once(' ').unwrap_or((cell, ""));
    json!({ "kind": kind, "value": number(value.trim()) })
}

/// Parses the reading lag of a target, such as `12 months` or `30 days`.
fn reading_lag(record: &Record) -> Value {
    let Some(cell) = record.get("reading_lag") else { return Value::Null };
    let (length, unit) = cell.split_once(' ').unwrap_or((cell, ""));
    json!({ "length": number(length), "unit": unit.trim() })
}

/// The members of a target's baseline that have CSV columns of their own. The source of the
/// baseline is not in this list.
const BASELINE: [&str; 5] = ["value", "numerator", "denominator", "meetings", "note"];

/// Removes the members of the baseline from a CSV row's values, and returns them as one object.
fn take_baseline(plan: &mut Plan<'_>, record: &Record, values: &mut Value) -> Value {
    let mut baseline = json!({});
    for member in BASELINE {
        baseline[member] = take(values, &format!("baseline_{member}"));
    }
    if baseline["value"].is_null() {
        for member in BASELINE.into_iter().chain(["source"]) {
            let column = format!("baseline_{member}");
            if record.get(&column).is_some() {
                plan.add_error(record.location, format!("{column}: baseline_value is missing"));
            }
        }
        return Value::Null;
    }
    baseline["source"] = baseline_source(plan, record);
    baseline
}

/// Parses the source of a baseline. It has the form `framework/target`, then a space and a date.
fn baseline_source(plan: &mut Plan<'_>, record: &Record) -> Value {
    let Some(cell) = record.get("baseline_source") else { return Value::Null };
    let (target, as_at) = cell.rsplit_once(' ').unwrap_or((cell, ""));
    json!({ "target_id": resolve_target(plan, record, "baseline_source", target), "as_at": as_at })
}

/// Parses the reference to the target that this target continues. It has the form
/// `framework/target`.
fn continues(plan: &mut Plan<'_>, record: &Record) -> Value {
    record.get("continues").map_or(Value::Null, |cell| resolve_target(plan, record, "continues", cell))
}

fn resolve_target(plan: &mut Plan<'_>, record: &Record, column: &str, cell: &str) -> Value {
    let (framework, code) = cell.split_once('/').unwrap_or((cell, ""));
    let Some(framework) = plan.resolve("frameworks", record, column, framework) else { return Value::Null };
    let key = format!("{}/{code}", framework.id);
    plan.resolve("targets", record, column, &key).map_or(Value::Null, |row| json!(row.id))
}

/// Parses the measure of a target and its parameters. Parameters are `name=value` pairs separated
/// by `;`. The items of a list value are separated by `,`.
fn measure(plan: &mut Plan<'_>, record: &Record) -> Value {
    let mut measure = Map::new();
    let mut selector = Map::new();
    measure.insert("kind".into(), record.get("measure").map_or(Value::Null, Value::from));
    for pair in record.list("parameters") {
        let Some((name, value)) = pair.split_once('=') else {
            plan.add_error(record.location, format!("parameters: {pair:?} must be name=value"));
            continue;
        };
        let items: Vec<&str> = value.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
        match name.trim() {
            "groups" => {
                let codes = items.iter().map(|code| (*code).to_owned());
                let ids = plan.resolve_all("groups", record, "parameters", codes);
                selector.insert("group_ids".into(), json!(ids));
            }
            "meeting_kinds" => drop(selector.insert("meeting_kinds".into(), items.into())),
            name @ ("roles" | "council_kinds") => drop(measure.insert(name.to_owned(), items.into())),
            "profile" => drop(measure.insert("profile".into(), profile(&items))),
            name @ ("per" | "decimals") => drop(measure.insert(name.to_owned(), number(value.trim()))),
            "may_exceed" => drop(measure.insert("may_exceed".into(), boolean(value.trim()))),
            name => drop(measure.insert(name.to_owned(), Value::from(value.trim_start_matches(' ')))),
        }
    }
    if !selector.is_empty() {
        measure.insert("selector".into(), Value::Object(selector));
    }
    Value::Object(measure)
}

/// Parses the expected amounts of a target's profile. Each has the form `2017-09-30:5`, which is a
/// day and an amount.
fn profile(points: &[&str]) -> Value {
    let point = |point: &&str| {
        let (day, expected) = point.split_once(':').unwrap_or((point, ""));
        json!({ "by_on": day, "expected": number(expected) })
    };
    points.iter().map(point).collect()
}

fn add_revisions(plan: &mut Plan<'_>) {
    for record in plan.records(&files::REVISIONS) {
        let Some(framework) = plan.resolve_cell("frameworks", record, "framework") else { continue };
        let Some(target) = plan.resolve_in_framework("targets", framework, record, "target") else {
            continue;
        };
        let row =
            plan.declare(record, &format!("{}/{}", target.id, record.get("revised_on").unwrap_or_default()));
        let columns = merge(record.values(), json!({ "target_id": target.id }));
        plan.add_row::<NewRevision>("createRevision", (record, row), &[], columns);
    }
}
