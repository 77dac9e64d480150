//! The dataset of meetings.

use crate::datasets::dataset::{Dataset, Source};
use crate::values::columns;

pub(super) const DATASET: Dataset = Dataset {
    name: "meetings",
    grain: "One row for each meeting of a group and each open event.",
    occurred_on: "The meeting's `held_on` when it was created. It never changes, even if `held_on` is corrected.",
    own: columns! {
        "id" Uuid "The meeting's id.",
        "occurred_on" Date "The meeting's `held_on` when it was created, by which `occurred_from` and `occurred_until` filter. It never changes.",
        "updated_at" Timestamp "When a value of the row last changed.",
        "group_id" Uuid "The id of the group that meets; empty for an open event.",
        "group_code" Text "The group's stable key.",
        "group_name" Text "The group's name.",
        "kind" Text "The kind of meeting.",
        "title" Text "The title.",
        "held_on" Date "The day of the meeting, past or planned.",
        "date_precision" Text "The precision of that day: day, month or year.",
        "plan_from" Date "The first day of the year from 1 April to 31 March that contains that day.",
        "status" Text "The status: scheduled, held, inquorate or cancelled.",
        "register" Text "The state of the register: open, closed or not_kept. Figures count closed registers only.",
        "constructed" Boolean "Whether the register was constructed to reproduce a published total. Its lines are no evidence about a single council.",
    },
    shared: &[],
    parameters: &[],
    reads: &["meetings", "groups"],
    source: Source::Table(include_str!("sql/meetings.sql")),
};
