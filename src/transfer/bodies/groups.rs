//! Groups, seats and terms.

use std::collections::HashSet;

use serde_json::json;
use uuid::Uuid;

use crate::groups::model::NewGroup;
use crate::groups::seats::model::{NewSeat, SeatPatch, TERMS};
use crate::transfer::files::{self, Record};
use crate::transfer::keys::Row;
use crate::transfer::plan::{Items, Listed, Origin, Plan};
use crate::values::csv_file;

const HOLDERS: Listed =
    Listed { children: &TERMS, file: &files::TERMS, field: "terms", operation: "updateSeat", position: None };

pub(in crate::transfer) fn add(plan: &mut Plan<'_>) {
    add_groups(plan);
    add_seats(plan);
}

fn add_groups(plan: &mut Plan<'_>) {
    for record in plan.records(&files::GROUPS) {
        let row = plan.declare("groups", record.place, record.get("code").unwrap_or_default());
        let columns = json!({
            "code": record.text("code"), "name": record.text("name"),
            "responsible_from": record.text("responsible_from"),
            "responsible_until": record.text("responsible_until"), "handed_to": record.text("handed_to"),
            "notes": record.text("notes"),
        });
        plan.check::<NewGroup>("createGroup", &Origin { place: record.place, lists: &[] }, columns.clone());
        plan.put("groups", row, columns);
    }
}

/// Returns the natural key of a seat: group, council, role and ordinal.
pub(super) fn seat_key(group: Uuid, council: Uuid, record: &Record) -> String {
    let role = record.get("role").unwrap_or_default();
    let ordinal = record.get("ordinal").unwrap_or("1");
    let ordinal = csv_file::integer(ordinal).map_or_else(|| ordinal.to_owned(), |whole| whole.to_string());
    format!("{group}/{council}/{role}/{ordinal}")
}

fn parents(plan: &mut Plan<'_>, record: &Record) -> Option<(Row, Row)> {
    let group = plan.refer("groups", record, "group");
    let council = plan.refer("councils", record, "council");
    group.zip(council)
}

fn add_seats(plan: &mut Plan<'_>) {
    let mut rows = Vec::new();
    for record in plan.records(&files::SEATS) {
        if let Some((group, council)) = parents(plan, record) {
            let key = seat_key(group.id, council.id, record);
            rows.push((record, group, council, plan.declare("seats", record.place, &key)));
        }
    }
    let seat = |plan: &mut Plan<'_>, record: &Record| {
        let (group, council) = parents(plan, record)?;
        let key = seat_key(group.id, council.id, record);
        plan.refer_by("seats", record.place, "role", &key).map(|row| row.id)
    };
    let terms = plan.items(&files::TERMS, seat, |_, record| {
        json!({
            "holder_ref": record.text("holder_ref"), "holder_name": record.text("holder_name"),
            "held_from": record.text("held_from"), "held_until": record.text("held_until"),
        })
    });
    let none = Items::default();
    let mut ids = HashSet::new();
    for (record, group, council, row) in rows {
        let ordinal = if record.get("ordinal").is_some() { record.number("ordinal") } else { json!(1) };
        let columns = json!({
            "group_id": group.id, "council_id": council.id, "role": record.text("role"), "ordinal": ordinal,
            "exists_from": record.text("exists_from"), "exists_until": record.text("exists_until"),
        });
        let lists = [("terms", terms.get(&row.id).unwrap_or(&none))];
        plan.check::<NewSeat>("createSeat", &Origin { place: record.place, lists: &lists }, columns.clone());
        plan.put("seats", row, columns);
        ids.insert(row.id);
    }
    plan.put_listed::<SeatPatch>(&HOLDERS, terms, &ids);
}
