//! Adds councils to the plan of an import, with their GSS codes, memberships and predecessors.

use std::collections::HashMap;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::councils::model::{CouncilPatch, GSS_CODES, MEMBERSHIPS, NewCouncil, PREDECESSORS};
use crate::db::Children;
use crate::transfer::files::{self, FileSpec};
use crate::transfer::lists::{Items, ListFile};
use crate::transfer::plan::{Plan, merge};
use crate::transfer::records::Record;

const CODE_LISTS: ListFile = list_file(&GSS_CODES, &files::GSS_CODES, "gss_codes");
const MEMBERSHIP_LISTS: ListFile = list_file(&MEMBERSHIPS, &files::MEMBERSHIPS, "memberships");
const PREDECESSOR_LISTS: ListFile = list_file(&PREDECESSORS, &files::SUCCESSIONS, "predecessors");

const fn list_file(children: &'static Children, file: &'static FileSpec, field: &'static str) -> ListFile {
    ListFile { children, file, field, operation: "updateCouncil", position: None }
}

pub(super) fn add(plan: &mut Plan<'_>) {
    let rows = plan.declare_all(&files::COUNCILS, "gss_code");
    let council = |column: &'static str| {
        move |plan: &mut Plan<'_>, record: &Record| Some(plan.resolve_cell("councils", record, column)?.id)
    };
    let mut codes = plan.items(&files::GSS_CODES, council("council"), |plan, record| {
        let council = record.get("council").and_then(|key| plan.keys.find("councils", key));
        if let Some((code, row)) = record.get("gss_code").zip(council) {
            plan.keys.alias("councils", code, row);
        }
        record.values()
    });
    let memberships = plan.items(&files::MEMBERSHIPS, council("council"), |_, record| record.values());
    let predecessors = plan.items(&files::SUCCESSIONS, council("successor"), |plan, record| {
        let before = plan.resolve_cell("councils", record, "predecessor").map(|row| row.id);
        merge(record.values(), json!({ "predecessor_id": before.unwrap_or_default() }))
    });
    let ids = rows.iter().map(|(_, row)| row.id).collect();
    let has_codes = plan.has_file(&files::GSS_CODES);
    for (record, row) in rows {
        let code = record.get("gss_code").unwrap_or_default();
        // If the directory has no file `council_gss_codes.csv`, an existing council keeps its GSS
        // codes.
        if code.parse::<Uuid>().is_err() && (has_codes || !row.exists) {
            let codes = codes.entry(row.id).or_default();
            if !codes.values.iter().any(|known| known["gss_code"] == code) {
                codes.push(record.location, json!({ "gss_code": code }));
            }
        }
        let lists = [
            (CODE_LISTS.field, codes.get(&row.id)),
            (MEMBERSHIP_LISTS.field, memberships.get(&row.id)),
            (PREDECESSOR_LISTS.field, predecessors.get(&row.id)),
        ];
        plan.add_row::<NewCouncil>("createCouncil", (record, row), &lists, record.values());
    }
    check_shared_codes(plan, &codes);
    plan.add_list_file::<CouncilPatch>(&CODE_LISTS, codes, &ids);
    plan.add_list_file::<CouncilPatch>(&MEMBERSHIP_LISTS, memberships, &ids);
    plan.add_list_file::<CouncilPatch>(&PREDECESSOR_LISTS, predecessors, &ids);
}

/// Adds an error for each GSS code that two councils in the CSV files have. The database would also
/// refuse the second council, but without the line number.
fn check_shared_codes(plan: &mut Plan<'_>, codes: &HashMap<Uuid, Items>) {
    let mut seen: Vec<(&Value, Uuid)> = Vec::new();
    for (council, items) in codes {
        for (value, location) in items.with_locations() {
            let code = &value["gss_code"];
            let has_range = value.get("valid_from").is_some() || value.get("valid_until").is_some();
            if seen.iter().any(|(other, owner)| *other == code && owner != council) && !has_range {
                plan.add_error(location, format!("gss_code: another council has the GSS code {code}"));
            }
            seen.push((code, *council));
        }
    }
}
