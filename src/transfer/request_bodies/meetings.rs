//! Adds meetings, registers and evaluations to the plan of an import.

use serde_json::json;
use uuid::Uuid;

use super::groups::seat_key;
use crate::meetings::attendance::model::NewAttendance;
use crate::meetings::evaluations::model::{EvaluationPatch, NewEvaluation, RATINGS};
use crate::meetings::model::{DELIVERABLES, MeetingPatch, NewMeeting};
use crate::transfer::files;
use crate::transfer::lists::ListFile;
use crate::transfer::natural_keys::MEETING_GROUP;
use crate::transfer::plan::{Plan, merge};
use crate::transfer::records::Record;

const DELIVERABLE_LISTS: ListFile = ListFile {
    children: &DELIVERABLES,
    file: &files::DELIVERABLES,
    field: "deliverables",
    operation: "updateMeeting",
    position: None,
};

/// The lists of ratings, which are the scale of an evaluation form. The order of the ratings is the
/// order of the rows in the CSV file.
const RATING_LISTS: ListFile = ListFile {
    children: &RATINGS,
    file: &files::RATINGS,
    field: "ratings",
    operation: "updateEvaluation",
    position: Some("position"),
};

pub(super) fn add(plan: &mut Plan<'_>) {
    add_meetings(plan);
    add_attendance(plan);
    add_evaluations(plan);
}

fn add_meetings(plan: &mut Plan<'_>) {
    let rows = plan.declare_all(&files::MEETINGS, "key");
    let meeting =
        |plan: &mut Plan<'_>, record: &Record| Some(plan.resolve_cell("meetings", record, "meeting")?.id);
    let deliverables = plan.items(&files::DELIVERABLES, meeting, |_, record| record.values());
    let ids = rows.iter().map(|(_, row)| row.id).collect();
    for (record, row) in rows {
        let group = plan.resolve_optional("groups", record, "group");
        if let Some(group) = group {
            plan.keys.alias(MEETING_GROUP, &row.id.to_string(), group);
        }
        let columns = merge(record.values(), json!({ "group_id": group.map(|group| group.id) }));
        let lists = [(DELIVERABLE_LISTS.field, deliverables.get(&row.id))];
        plan.add_row::<NewMeeting>("createMeeting", (record, row), &lists, columns);
    }
    plan.add_list_file::<MeetingPatch>(&DELIVERABLE_LISTS, deliverables, &ids);
}

fn add_attendance(plan: &mut Plan<'_>) {
    for record in plan.records(&files::ATTENDANCE) {
        let Some(meeting) = plan.resolve_cell("meetings", record, "meeting") else { continue };
        let council = plan.resolve_optional("councils", record, "council");
        if record.get("council").is_some() && council.is_none() {
            continue;
        }
        let seat = match (record.get("role"), council) {
            (Some(_), Some(council)) => match resolve_seat(plan, record, meeting.id, council.id) {
                Some(seat) => Some(seat),
                None => continue,
            },
            (None, _) if record.get("ordinal").is_some() => {
                plan.add_error(record.location, "ordinal: a CSV row with an ordinal must have a role");
                continue;
            }
            _ => None,
        };
        let delegate = record.get("delegate_ref").unwrap_or_default();
        let key = match (seat, council) {
            (Some(seat), _) => format!("{}/{seat}", meeting.id),
            (None, Some(council)) => format!("{}/{}/{delegate}", meeting.id, council.id),
            (None, None) => format!("{}/-/{delegate}", meeting.id),
        };
        let row = plan.declare(record, &key);
        let references = json!({
            "meeting_id": meeting.id, "seat_id": seat, "council_id": council.map(|council| council.id),
        });
        let columns = merge(record.values(), references);
        plan.add_row::<NewAttendance>("createAttendance", (record, row), &[], columns);
    }
}

/// Returns the seat in an attendance record. It must be a seat of the group that meets.
fn resolve_seat(plan: &mut Plan<'_>, record: &Record, meeting: Uuid, council: Uuid) -> Option<Uuid> {
    let Some(group) = plan.find_group(meeting) else {
        plan.add_error(record.location, "role: an open event has no seats. Use delegate_ref instead");
        return None;
    };
    plan.resolve("seats", record, "role", &seat_key(group, council, record)).map(|row| row.id)
}

fn add_evaluations(plan: &mut Plan<'_>) {
    let key =
        |meeting: Uuid, record: &Record| format!("{meeting}/{}", record.get("question").unwrap_or_default());
    let mut rows = Vec::new();
    for record in plan.records(&files::EVALUATIONS) {
        if let Some(meeting) = plan.resolve_cell("meetings", record, "meeting") {
            rows.push((record, meeting, plan.declare(record, &key(meeting.id, record))));
        }
    }
    let evaluation = |plan: &mut Plan<'_>, record: &Record| {
        let meeting = plan.resolve_cell("meetings", record, "meeting")?;
        plan.resolve("evaluations", record, "question", &key(meeting.id, record)).map(|row| row.id)
    };
    let ratings = plan.items(&files::RATINGS, evaluation, |_, record| record.values());
    let ids = rows.iter().map(|(.., row)| row.id).collect();
    for (record, meeting, row) in rows {
        let columns = merge(record.values(), json!({ "meeting_id": meeting.id }));
        let lists = [(RATING_LISTS.field, ratings.get(&row.id))];
        plan.add_row::<NewEvaluation>("createEvaluation", (record, row), &lists, columns);
    }
    plan.add_list_file::<EvaluationPatch>(&RATING_LISTS, ratings, &ids);
}
