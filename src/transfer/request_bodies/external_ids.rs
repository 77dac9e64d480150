//! Adds external ids to the plan of an import. The import's own keys are also external ids, with
//! which a later import finds rows. An import adds external ids to rows and removes none.

use std::collections::HashMap;

use serde_json::json;
use uuid::Uuid;

use crate::db::Children;
use crate::groups::model as groups;
use crate::groups::seats::model as seats;
use crate::meetings::attendance::model as attendance;
use crate::meetings::evaluations::model as evaluations;
use crate::meetings::model as meetings;
use crate::progress::model as progress;
use crate::transfer::cells;
use crate::transfer::files;
use crate::transfer::lists::Items;
use crate::transfer::natural_keys::{Kind, SYSTEM};
use crate::transfer::plan::Plan;
use crate::transfer::records::Record;

const KINDS: [(Kind, &Children); 6] = [
    ("groups", &groups::EXTERNAL_IDS),
    ("seats", &seats::EXTERNAL_IDS),
    ("meetings", &meetings::EXTERNAL_IDS),
    ("attendance", &attendance::EXTERNAL_IDS),
    ("evaluations", &evaluations::EXTERNAL_IDS),
    ("progress", &progress::EXTERNAL_IDS),
];

pub(super) fn add(plan: &mut Plan<'_>) {
    let mut keys: Keys = HashMap::new();
    for (kind, spec) in [("meetings", &files::MEETINGS), ("progress", &files::PROGRESS)] {
        for record in plan.records(spec) {
            let key = record.get("key").filter(|key| key.parse::<Uuid>().is_err());
            if let Some((key, row)) = key.and_then(|key| Some((key, plan.keys.find(kind, key)?))) {
                let external_id = json!({ "system": SYSTEM, "external_id": key });
                keys.entry(kind).or_default().entry(row.id).or_default().push(record.location, external_id);
            }
        }
    }
    for record in plan.records(&files::EXTERNAL_IDS) {
        add_key(plan, record, &mut keys);
    }
    for (kind, children) in KINDS {
        plan.add_items(children, &files::EXTERNAL_IDS, keys.remove(kind).unwrap_or_default());
    }
}

type Keys = HashMap<Kind, HashMap<Uuid, Items>>;

fn add_key(plan: &mut Plan<'_>, record: &Record, keys: &mut Keys) {
    let kind = KINDS.iter().find(|(kind, _)| record.get("resource") == Some(kind));
    let Some((kind, _)) = kind else {
        let known: Vec<&str> = KINDS.iter().map(|(kind, _)| *kind).collect();
        return plan.add_error(record.location, format!("resource: must be one of {}", known.join(", ")));
    };
    for column in ["system", "external_id"] {
        plan.require(record, column);
    }
    let Some(id) = resolve_row(plan, kind, record) else { return };
    keys.entry(kind).or_default().entry(id).or_default().push(record.location, record.values());
}

/// Returns the row to which a row of the file `external_ids.csv` refers. Its cell `row` contains
/// the cells of the natural key, separated by `/`.
fn resolve_row(plan: &mut Plan<'_>, kind: Kind, record: &Record) -> Option<Uuid> {
    let name = record.get("row").unwrap_or_default();
    let id = |plan: &mut Plan<'_>, kind, key: &str| plan.resolve(kind, record, "row", key).map(|row| row.id);
    let parts = cells::split(name, '/');
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let key = match (kind, parts.as_slice()) {
        ("seats", [group, council, role, ordinal]) => {
            let (group, council) = (id(plan, "groups", group)?, id(plan, "councils", council)?);
            format!("{group}/{council}/{role}/{ordinal}")
        }
        ("attendance", [meeting, council, role, ordinal]) => {
            let (meeting, council) = (id(plan, "meetings", meeting)?, id(plan, "councils", council)?);
            let Some(group) = plan.find_group(meeting) else {
                plan.add_error(record.location, "row: the meeting is an open event, which has no seats");
                return None;
            };
            let seat = id(plan, "seats", &format!("{group}/{council}/{role}/{ordinal}"))?;
            format!("{meeting}/{seat}")
        }
        ("attendance", [meeting, "-", delegate]) => {
            format!("{}/-/{delegate}", id(plan, "meetings", meeting)?)
        }
        ("attendance", [meeting, council, delegate]) => {
            format!("{}/{}/{delegate}", id(plan, "meetings", meeting)?, id(plan, "councils", council)?)
        }
        ("evaluations", [meeting, question]) => format!("{}/{question}", id(plan, "meetings", meeting)?),
        (_, [only]) => (*only).to_owned(),
        _ => name.to_owned(),
    };
    id(plan, kind, &key)
}
