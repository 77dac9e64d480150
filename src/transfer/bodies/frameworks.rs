//! Frameworks, themes, outcomes and actions.

use std::collections::HashSet;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::actions::model::{GROUPS, MEETINGS, NewAction};
use crate::frameworks::model::NewFramework;
use crate::frameworks::outcomes::model::NewOutcome;
use crate::frameworks::themes::model::NewTheme;
use crate::transfer::files::{self, Record};
use crate::transfer::keys::Row;
use crate::transfer::plan::{Items, Origin, Plan, with};

pub(in crate::transfer) fn add(plan: &mut Plan<'_>) {
    for record in plan.records(&files::FRAMEWORKS) {
        let row = plan.declare("frameworks", record.place, record.get("code").unwrap_or_default());
        let columns = json!({
            "code": record.text("code"), "title": record.text("title"), "plan_from": record.text("plan_from"),
            "status": record.text_or("status", "draft"), "notes": record.text("notes"),
        });
        plan.check::<NewFramework>("createFramework", &origin(record), columns.clone());
        plan.put("frameworks", row, columns);
    }
    add_themes(plan);
    add_outcomes(plan);
    add_actions(plan);
}

fn origin(record: &Record) -> Origin<'static> {
    Origin { place: record.place, lists: &[] }
}

/// Returns a line's framework, and the line's row, whose natural key is its code within the
/// framework.
fn part(plan: &mut Plan<'_>, kind: &'static str, record: &Record) -> Option<(Row, Row)> {
    let framework = plan.refer("frameworks", record, "framework")?;
    let key = format!("{}/{}", framework.id, record.get("code").unwrap_or_default());
    Some((framework, plan.declare(kind, record.place, &key)))
}

/// Returns the row of the framework that a cell references by its code.
pub(super) fn refer(
    plan: &mut Plan<'_>,
    kind: &'static str,
    framework: Uuid,
    record: &Record,
    column: &str,
) -> Option<Row> {
    match record.get(column) {
        Some(code) => plan.refer_by(kind, record.place, column, &format!("{framework}/{code}")),
        None => {
            plan.add_error(record.place, format!("{column}: a value is required"));
            None
        }
    }
}

fn common(record: &Record) -> Value {
    json!({
        "code": record.text("code"), "ref": record.text("ref"), "title": record.text("title"),
        "position": record.number("position"),
    })
}

fn add_themes(plan: &mut Plan<'_>) {
    for record in plan.records(&files::THEMES) {
        let Some((framework, row)) = part(plan, "themes", record) else { continue };
        let body = with(common(record), json!({ "framework_id": framework.id }));
        plan.check::<NewTheme>("createTheme", &origin(record), body.clone());
        plan.put("themes", row, body);
    }
}

fn add_outcomes(plan: &mut Plan<'_>) {
    for record in plan.records(&files::OUTCOMES) {
        let Some((framework, row)) = part(plan, "outcomes", record) else { continue };
        let Some(theme) = refer(plan, "themes", framework.id, record, "theme") else { continue };
        let body = with(common(record), json!({ "theme_id": theme.id }));
        plan.check::<NewOutcome>("createOutcome", &origin(record), body.clone());
        plan.put("outcomes", row, with(body, json!({ "framework_id": framework.id })));
    }
}

fn add_actions(plan: &mut Plan<'_>) {
    let (mut groups, mut meetings) = (Vec::new(), Vec::new());
    for record in plan.records(&files::ACTIONS) {
        let Some((framework, row)) = part(plan, "actions", record) else { continue };
        let Some(outcome) = refer(plan, "outcomes", framework.id, record, "outcome") else { continue };
        let columns = with(
            common(record),
            json!({
                "outcome_id": outcome.id, "source_lines": record.text("source_lines"),
                "quirks": record.texts("quirks"), "notes": record.text("notes"),
            }),
        );
        let group_ids = named(plan, "groups", record, "groups");
        let meeting_ids = named(plan, "meetings", record, "meetings");
        let body = with(columns.clone(), json!({ "group_ids": group_ids, "meeting_ids": meeting_ids }));
        plan.check::<NewAction>("createAction", &origin(record), body);
        plan.put("actions", row, with(columns, json!({ "framework_id": framework.id })));
        groups.push((row.id, links(record, "group_id", &group_ids)));
        meetings.push((row.id, links(record, "meeting_id", &meeting_ids)));
    }
    plan.put_lists(&GROUPS, groups);
    plan.put_lists(&MEETINGS, meetings);
}

/// Returns the list items for a cell with several references.
pub(super) fn links(record: &Record, column: &str, ids: &[Uuid]) -> Items {
    Items::at(record.place, ids.iter().map(|id| json!({ column: id })).collect())
}

/// Returns the rows that a cell references. Duplicates are ignored.
fn named(plan: &mut Plan<'_>, kind: &'static str, record: &Record, column: &str) -> Vec<Uuid> {
    let mut seen = HashSet::new();
    let names = record.list(column).into_iter().filter(|name| seen.insert(name.clone()));
    names.filter_map(|name| Some(plan.refer_by(kind, record.place, column, &name)?.id)).collect()
}
