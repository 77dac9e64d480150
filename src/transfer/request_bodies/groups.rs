//! Adds groups, seats and terms to the plan of an import.

use serde_json::json;
use uuid::Uuid;

use crate::groups::model::NewGroup;
use crate::groups::seats::model::{NewSeat, SeatPatch, TERMS};
use crate::transfer::files;
use crate::transfer::lists::ListFile;
use crate::transfer::natural_keys::Row;
use crate::transfer::plan::{Plan, merge};
use crate::transfer::records::Record;
use crate::values::csv_file;

const TERM_LISTS: ListFile = ListFile {
    children: &TERMS,
    file: &files::TERMS,
    field: "terms",
    operation: "updateSeat",
    position: None,
};

pub(super) fn add(plan: &mut Plan<'_>) {
    for record in plan.records(&files::GROUPS) {
        let row = plan.declare(record, record.get("code").unwrap_or_default());
        plan.add_row::<NewGroup>("createGroup", (record, row), &[], record.values());
    }
    add_seats(plan);
}

/// Returns the natural key of a seat: its group, council, role and ordinal.
pub(super) fn seat_key(group: Uuid, council: Uuid, record: &Record) -> String {
    let role = record.get("role").unwrap_or_default();
    let ordinal = record.get("ordinal").unwrap_or("1");
    let ordinal = csv_file::integer(ordinal).map_or_else(|| ordinal.to_owned(), |whole| whole.to_string());
    format!("{group}/{council}/{role}/{ordinal}")
}

fn resolve_parents(plan: &mut Plan<'_>, record: &Record) -> Option<(Row, Row, String)> {
    let group = plan.resolve_cell("groups", record, "group");
    let council = plan.resolve_cell("councils", record, "council");
    let (group, council) = group.zip(council)?;
    Some((group, council, seat_key(group.id, council.id, record)))
}

fn add_seats(plan: &mut Plan<'_>) {
    let mut rows = Vec::new();
    for record in plan.records(&files::SEATS) {
        if let Some((group, council, key)) = resolve_parents(plan, record) {
            rows.push((record, group, council, plan.declare(record, &key)));
        }
    }
    let seat = |plan: &mut Plan<'_>, record: &Record| {
        let (_, _, key) = resolve_parents(plan, record)?;
        plan.resolve("seats", record, "role", &key).map(|row| row.id)
    };
    let terms = plan.items(&files::TERMS, seat, |_, record| record.values());
    let ids = rows.iter().map(|(.., row)| row.id).collect();
    for (record, group, council, row) in rows {
        let columns = merge(record.values(), json!({ "group_id": group.id, "council_id": council.id }));
        plan.add_row::<NewSeat>(
            "createSeat",
            (record, row),
            &[(TERM_LISTS.field, terms.get(&row.id))],
            columns,
        );
    }
    plan.add_list_file::<SeatPatch>(&TERM_LISTS, terms, &ids);
}
