//! Attendance. Neither names nor references to persons are in it, whoever asks: what is fetched is copied onwards.

use super::with_named_councils;
use crate::reports::dataset::{Dataset, Source};
use crate::values::columns;

pub(super) const DATASET: Dataset = Dataset {
    name: "attendance",
    grain: "One row for each line of a meeting's register, without personal data.",
    occurred_on: "The day for which the line's meeting was first entered; `held_on` may be corrected, this stays.",
    own: columns! {
        "id" Uuid "The line.",
        "occurred_on" Date "The day for which its meeting was first entered: the window goes by it, and it never changes.",
        "updated_at" Timestamp "When anything in the row last changed.",
        "meeting_id" Uuid "The meeting.",
        "meeting_title" Text "What the meeting is called.",
        "meeting_kind" Text "What sort of gathering it is.",
        "meeting_status" Text "What became of the meeting.",
        "held_on" Date "The day the meeting was held on.",
        "register" Text "The state of the register: open, closed or not_kept. Only closed ones count in figures.",
        "group_id" Uuid "The group that met; empty for an open event.",
        "group_code" Text "The group's stable key.",
        "group_name" Text "The group's name.",
        "council_id" Uuid "The council of the seat or delegate; empty for a visitor of none.",
        "gss_code" Text "The GSS code that council goes by now, or went by last.",
        "council_name" Text "The council's name.",
        "council_kind" Text "The council's tier.",
        "seat_id" Uuid "The seat; empty for delegates and visitors.",
        "seat_role" Text "The seat's role.",
        "seat_ordinal" Integer "Tells apart several seats of one council in one role.",
        "status" Text "What the line says: present, present_virtual, substitute, apologies, absent or in_attendance.",
    },
    shared: &[],
    parameters: &[],
    reads: &["attendance", "meetings", "groups", "councils", "seats"],
    source: Source::Table(with_named_councils!("sql/attendance.sql")),
};
