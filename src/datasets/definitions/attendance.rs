//! The dataset of attendance records. It contains neither names of persons nor references to them,
//! whatever the caller's role is, because downloads are passed on.

use crate::datasets::dataset::{Dataset, Source};
use crate::values::columns;

pub(super) const DATASET: Dataset = Dataset {
    name: "attendance",
    grain: "One row for each line of a meeting's register, without personal data.",
    occurred_on: "The meeting's `held_on` when it was created. It never changes, even if `held_on` is corrected.",
    own: columns! {
        "id" Uuid "The attendance record's id.",
        "occurred_on" Date "The meeting's `held_on` when it was created, by which `occurred_from` and `occurred_until` filter. It never changes.",
        "updated_at" Timestamp "When a value of the row last changed.",
        "meeting_id" Uuid "The meeting's id.",
        "meeting_title" Text "The meeting's title.",
        "meeting_kind" Text "The kind of meeting.",
        "meeting_status" Text "The status of the meeting.",
        "held_on" Date "The day of the meeting.",
        "register" Text "The state of the register: open, closed or not_kept. Figures count closed registers only.",
        "group_id" Uuid "The id of the group that met; empty for an open event.",
        "group_code" Text "The group's stable key.",
        "group_name" Text "The group's name.",
        "council_id" Uuid "The id of the seat's or delegate's council; empty for a visitor without a council.",
        "gss_code" Text "The council's current or last GSS code.",
        "council_name" Text "The council's name.",
        "council_kind" Text "The council's tier.",
        "seat_id" Uuid "The seat's id; empty for delegates and visitors.",
        "seat_role" Text "The seat's role.",
        "seat_ordinal" Integer "Distinguishes several seats of one council in one role.",
        "status" Text "The attendance status: present, present_virtual, substitute, apologies, absent or in_attendance.",
    },
    shared: &[],
    parameters: &[],
    reads: &["attendance", "meetings", "groups", "councils", "seats"],
    source: Source::Table(include_str!("sql/attendance.sql")),
};
