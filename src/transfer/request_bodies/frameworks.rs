//! Adds frameworks, themes, outcomes and actions to the plan of an import.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::actions::model::{GROUPS, MEETINGS, NewAction};
use crate::frameworks::model::NewFramework;
use crate::frameworks::outcomes::model::NewOutcome;
use crate::frameworks::themes::model::NewTheme;
use crate::rules::period::USUAL_MONTHS;
use crate::transfer::files;
use crate::transfer::lists::Items;
use crate::transfer::natural_keys::Kind;
use crate::transfer::plan::{Plan, merge};
use crate::transfer::records::Record;
use crate::values::Day;

pub(super) fn add(plan: &mut Plan<'_>) {
    for record in plan.records(&files::FRAMEWORKS) {
        let row = plan.declare(record, record.get("code").unwrap_or_default());
        let columns = with_plan_until(record.values());
        plan.add_row::<NewFramework>("createFramework", (record, row), &[], columns);
    }
    for record in plan.records(&files::THEMES) {
        let Some((framework, row)) = plan.declare_in_framework(record) else { continue };
        let columns = merge(record.values(), json!({ "framework_id": framework.id }));
        plan.add_row::<NewTheme>("createTheme", (record, row), &[], columns);
    }
    add_outcomes(plan);
    add_actions(plan);
}

/// Sets the end of a plan period without a stated end, so that an import writes the same value as
/// the database has.
fn with_plan_until(mut columns: Value) -> Value {
    if columns["plan_until"].is_null() {
        let from: Option<Day> = columns["plan_from"].as_str().and_then(|text| text.parse().ok());
        columns["plan_until"] = json!(from.and_then(|from| from.later(USUAL_MONTHS)));
    }
    columns
}

fn add_outcomes(plan: &mut Plan<'_>) {
    for record in plan.records(&files::OUTCOMES) {
        let Some((framework, row)) = plan.declare_in_framework(record) else { continue };
        let Some(theme) = plan.resolve_in_framework("themes", framework, record, "theme") else { continue };
        let body = merge(record.values(), json!({ "theme_id": theme.id }));
        plan.check::<NewOutcome>("createOutcome", record.location, &[], body.clone());
        plan.put_row(record, row, merge(body, json!({ "framework_id": framework.id })));
    }
}

fn add_actions(plan: &mut Plan<'_>) {
    let (mut groups, mut meetings) = (Vec::new(), Vec::new());
    for record in plan.records(&files::ACTIONS) {
        let Some((framework, row)) = plan.declare_in_framework(record) else { continue };
        let Some(outcome) = plan.resolve_in_framework("outcomes", framework, record, "outcome") else {
            continue;
        };
        let columns = merge(record.values(), json!({ "outcome_id": outcome.id }));
        let group_ids = resolve_list(plan, "groups", record, "groups");
        let meeting_ids = resolve_list(plan, "meetings", record, "meetings");
        let body = merge(columns.clone(), json!({ "group_ids": group_ids, "meeting_ids": meeting_ids }));
        plan.check::<NewAction>("createAction", record.location, &[], body);
        plan.put_row(record, row, merge(columns, json!({ "framework_id": framework.id })));
        groups.push((row.id, Items::references(record.location, "group_id", &group_ids)));
        meetings.push((row.id, Items::references(record.location, "meeting_id", &meeting_ids)));
    }
    plan.add_cell_lists(&GROUPS, groups);
    plan.add_cell_lists(&MEETINGS, meetings);
}

/// Returns the ids of the rows that a CSV cell references. Ignores duplicates.
fn resolve_list(plan: &mut Plan<'_>, kind: Kind, record: &Record, column: &str) -> Vec<Uuid> {
    let keys: BTreeSet<String> = record.list(column).into_iter().collect();
    plan.resolve_all(kind, record, column, keys)
}
