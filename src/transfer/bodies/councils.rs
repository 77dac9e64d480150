//! Councils with their GSS codes, memberships and predecessors.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::councils::model::{CouncilPatch, GSS_CODES, MEMBERSHIPS, NewCouncil, PREDECESSORS};
use crate::db::Children;
use crate::transfer::files;
use crate::transfer::plan::{Items, Listed, Origin, Plan};

const CODES: Listed = listed(&GSS_CODES, &files::GSS_CODES, "gss_codes");
const MEMBERS: Listed = listed(&MEMBERSHIPS, &files::MEMBERSHIPS, "memberships");
const SUCCESSIONS: Listed = listed(&PREDECESSORS, &files::SUCCESSIONS, "predecessors");

const fn listed(children: &'static Children, file: &'static files::FileSpec, field: &'static str) -> Listed {
    Listed { children, file, field, operation: "updateCouncil", position: None }
}

pub(in crate::transfer) fn add(plan: &mut Plan<'_>) {
    let mut rows = Vec::new();
    for record in plan.records(&files::COUNCILS) {
        if let Some((row, code)) =
            plan.declare_keyed("councils", record, "gss_code").zip(record.get("gss_code"))
        {
            rows.push((record, code, row));
        }
    }
    let council = |column: &'static str| {
        move |plan: &mut Plan<'_>, record: &files::Record| Some(plan.refer("councils", record, column)?.id)
    };
    let mut codes = plan.items(&files::GSS_CODES, council("council"), |plan, record| {
        if let (Some(alias), Some(row)) =
            (record.get("gss_code"), record.get("council").and_then(|code| plan.keys.find("councils", code)))
        {
            plan.keys.alias("councils", alias, row);
        }
        json!({
            "gss_code": record.text("gss_code"), "valid_from": record.text("valid_from"),
            "valid_until": record.text("valid_until"),
        })
    });
    let memberships = plan.items(&files::MEMBERSHIPS, council("council"), |_, record| {
        json!({ "member_from": record.text("member_from"), "member_until": record.text("member_until") })
    });
    let predecessors = plan.items(&files::SUCCESSIONS, council("successor"), |plan, record| {
        let before = plan.refer("councils", record, "predecessor").map(|row| row.id).unwrap_or_default();
        json!({ "predecessor_id": before, "kind": record.text("kind"), "succeeded_on": record.text("succeeded_on") })
    });
    let none = Items::default();
    let has_codes = plan.has(&files::GSS_CODES);
    let mut ids = HashSet::new();
    for (record, code, row) in rows {
        // Without the file of codes an existing council keeps its codes, including this one.
        if code.parse::<Uuid>().is_err() && (has_codes || !row.exists) {
            let codes = codes.entry(row.id).or_default();
            if !codes.values.iter().any(|known| known["gss_code"] == code) {
                codes.push(record.place, json!({ "gss_code": code }));
            }
        }
        let columns = json!({
            "name": record.text("name"), "kind": record.text("kind"), "county": record.text("county"),
            "exists_from": record.text("exists_from"), "exists_until": record.text("exists_until"),
        });
        let origin = Origin {
            place: record.place,
            lists: &[
                ("gss_codes", codes.get(&row.id).unwrap_or(&none)),
                ("memberships", memberships.get(&row.id).unwrap_or(&none)),
                ("predecessors", predecessors.get(&row.id).unwrap_or(&none)),
            ],
        };
        plan.check::<NewCouncil>("createCouncil", &origin, columns.clone());
        plan.put("councils", row, columns);
        ids.insert(row.id);
    }
    refuse_shared_codes(plan, &codes);
    plan.put_listed::<CouncilPatch>(&CODES, codes, &ids);
    plan.put_listed::<CouncilPatch>(&MEMBERS, memberships, &ids);
    plan.put_listed::<CouncilPatch>(&SUCCESSIONS, predecessors, &ids);
}

/// Reports codes that two councils of the files share, because the database would refuse the
/// second.
fn refuse_shared_codes(plan: &mut Plan<'_>, codes: &HashMap<Uuid, Items>) {
    let mut seen: Vec<(&Value, Uuid)> = Vec::new();
    let mut errors = Vec::new();
    for (council, items) in codes {
        for (value, place) in items.with_places() {
            let code = &value["gss_code"];
            let ranges_known = value.get("valid_from").is_some() || value.get("valid_until").is_some();
            if seen.iter().any(|(other, owner)| *other == code && owner != council) && !ranges_known {
                errors.push((place, format!("gss_code: another council has the code {code}")));
            }
            seen.push((code, *council));
        }
    }
    for (place, detail) in errors {
        plan.add_error(place, detail);
    }
}
