//! Meetings, registers and evaluations.

use std::collections::HashSet;

use serde_json::json;
use uuid::Uuid;

use super::groups::seat_key;
use crate::meetings::attendance::model::NewAttendance;
use crate::meetings::evaluations::model::{EvaluationPatch, NewEvaluation, RATINGS};
use crate::meetings::model::{DELIVERABLES, MeetingPatch, NewMeeting};
use crate::transfer::files::{self, Record};
use crate::transfer::keys::MEETING_GROUP;
use crate::transfer::plan::{Items, Listed, Origin, Plan};

const GIVEN: Listed = Listed {
    children: &DELIVERABLES,
    file: &files::DELIVERABLES,
    field: "deliverables",
    operation: "updateMeeting",
    position: None,
};

/// The ratings of an evaluation's scale, in the order of the file's rows.
const SCALES: Listed = Listed {
    children: &RATINGS,
    file: &files::RATINGS,
    field: "ratings",
    operation: "updateEvaluation",
    position: Some("position"),
};

pub(in crate::transfer) fn add(plan: &mut Plan<'_>) {
    add_meetings(plan);
    add_attendance(plan);
    add_evaluations(plan);
}

fn add_meetings(plan: &mut Plan<'_>) {
    let mut rows = Vec::new();
    for record in plan.records(&files::MEETINGS) {
        if let Some(row) = plan.declare_keyed("meetings", record, "key") {
            rows.push((record, row));
        }
    }
    let meeting = |plan: &mut Plan<'_>, record: &Record| Some(plan.refer("meetings", record, "meeting")?.id);
    let deliverables = plan.items(&files::DELIVERABLES, meeting, |_, record| {
        json!({ "deliverable": record.text("deliverable"), "delivered": record.boolean("delivered") })
    });
    let none = Items::default();
    let mut ids = HashSet::new();
    for (record, row) in rows {
        let group = record.get("group").and_then(|_| plan.refer("groups", record, "group"));
        if let Some(group) = group {
            plan.keys.alias(MEETING_GROUP, &row.id.to_string(), group);
        }
        let columns = json!({
            "group_id": group.map(|group| group.id), "title": record.text("title"),
            "held_on": record.text("held_on"), "kind": record.text_or("kind", "meeting"),
            "date_precision": record.text_or("date_precision", "day"),
            "status": record.text_or("status", "scheduled"), "register": record.text_or("register", "open"),
            "constructed": record.boolean_or("constructed", false), "notes": record.text("notes"),
            "one_of_several": record.boolean_or("one_of_several", false),
        });
        let lists = [("deliverables", deliverables.get(&row.id).unwrap_or(&none))];
        plan.check::<NewMeeting>(
            "createMeeting",
            &Origin { place: record.place, lists: &lists },
            columns.clone(),
        );
        plan.put("meetings", row, columns);
        ids.insert(row.id);
    }
    plan.put_listed::<MeetingPatch>(&GIVEN, deliverables, &ids);
}

fn add_attendance(plan: &mut Plan<'_>) {
    for record in plan.records(&files::ATTENDANCE) {
        let Some(meeting) = plan.refer("meetings", record, "meeting") else { continue };
        let council = record.get("council").and_then(|_| plan.refer("councils", record, "council"));
        if record.get("council").is_some() && council.is_none() {
            continue;
        }
        let seat = match (record.get("role"), council) {
            (Some(_), Some(council)) => match seat(plan, record, meeting.id, council.id) {
                Some(seat) => Some(seat),
                None => continue,
            },
            (None, _) if record.get("ordinal").is_some() => {
                plan.add_error(record.place, "ordinal: an ordinal requires a role");
                continue;
            }
            _ => None,
        };
        let who = record.get("delegate_ref").unwrap_or_default();
        let key = match (seat, council) {
            (Some(seat), _) => format!("{}/{seat}", meeting.id),
            (None, Some(council)) => format!("{}/{}/{who}", meeting.id, council.id),
            (None, None) => format!("{}/-/{who}", meeting.id),
        };
        let row = plan.declare("attendance", record.place, &key);
        let columns = json!({
            "meeting_id": meeting.id, "seat_id": seat, "council_id": council.map(|council| council.id),
            "delegate_ref": record.text("delegate_ref"), "status": record.text("status"),
            "attendee_name": record.text("attendee_name"), "note": record.text("note"),
        });
        let origin = Origin { place: record.place, lists: &[] };
        plan.check::<NewAttendance>("createAttendance", &origin, columns.clone());
        plan.put("attendance", row, columns);
    }
}

/// Returns the seat of a register line, which must be a seat of the group that meets.
fn seat(plan: &mut Plan<'_>, record: &Record, meeting: Uuid, council: Uuid) -> Option<Uuid> {
    let Some(group) = plan.group_of(meeting) else {
        plan.add_error(record.place, "role: an open event has no seats; use delegate_ref");
        return None;
    };
    plan.refer_by("seats", record.place, "role", &seat_key(group, council, record)).map(|row| row.id)
}

fn add_evaluations(plan: &mut Plan<'_>) {
    let key =
        |meeting: Uuid, record: &Record| format!("{meeting}/{}", record.get("question").unwrap_or_default());
    let mut rows = Vec::new();
    for record in plan.records(&files::EVALUATIONS) {
        if let Some(meeting) = plan.refer("meetings", record, "meeting") {
            let row = plan.declare("evaluations", record.place, &key(meeting.id, record));
            rows.push((record, meeting, row));
        }
    }
    let evaluation = |plan: &mut Plan<'_>, record: &Record| {
        let meeting = plan.refer("meetings", record, "meeting")?;
        plan.refer_by("evaluations", record.place, "question", &key(meeting.id, record)).map(|row| row.id)
    };
    let ratings = plan.items(
        &files::RATINGS,
        evaluation,
        |_, record| json!({ "rating": record.text("rating"), "forms": record.number("forms") }),
    );
    let none = Items::default();
    let mut ids = HashSet::new();
    for (record, meeting, row) in rows {
        let columns = json!({
            "meeting_id": meeting.id, "question": record.text("question"), "handed_out": record.number("handed_out"),
        });
        let of_row = ratings.get(&row.id).unwrap_or(&none);
        let origin = Origin { place: record.place, lists: &[("ratings", of_row)] };
        plan.check::<NewEvaluation>("createEvaluation", &origin, columns.clone());
        plan.put("evaluations", row, columns);
        ids.insert(row.id);
    }
    plan.put_listed::<EvaluationPatch>(&SCALES, ratings, &ids);
}
