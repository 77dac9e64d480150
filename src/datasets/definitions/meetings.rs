//! Meetings.

use crate::reports::dataset::{Dataset, Source};
use crate::values::columns;

pub(super) const DATASET: Dataset = Dataset {
    name: "meetings",
    grain: "One row for each meeting of a group, and each event without one.",
    occurred_on: "The day for which the meeting was first entered; `held_on` may be corrected, this stays.",
    own: columns! {
        "id" Uuid "The meeting.",
        "occurred_on" Date "The day for which it was first entered: the window goes by it, and it never changes.",
        "updated_at" Timestamp "When anything in the row last changed.",
        "group_id" Uuid "The group that meets; empty for an open event.",
        "group_code" Text "The group's stable key.",
        "group_name" Text "The group's name.",
        "kind" Text "What sort of gathering.",
        "title" Text "What it is called.",
        "held_on" Date "The day it was or will be held on.",
        "date_precision" Text "How precisely that day is known: day, month or year.",
        "plan_from" Date "The first day of the plan year that day lies in.",
        "status" Text "What became of it: scheduled, held, inquorate or cancelled.",
        "register" Text "The state of its register: open, closed or not_kept. Only closed ones count in figures.",
        "constructed" Boolean "Whether its register was constructed to reproduce a published total: its lines say nothing about a single council.",
    },
    shared: &[],
    parameters: &[],
    reads: &["meetings", "groups"],
    source: Source::Table(include_str!("sql/meetings.sql")),
};
