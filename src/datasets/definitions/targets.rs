//! The dataset of targets.

use crate::datasets::dataset::{Dataset, Source};
use crate::values::columns;

pub(super) const DATASET: Dataset = Dataset {
    name: "targets",
    grain: "One row for each target. A joint target, which belongs to several actions, is one row too.",
    occurred_on: "The first day of the framework's plan period, which never changes.",
    own: columns! {
        "id" Uuid "The target's id.",
        "occurred_on" Date "The first day of the plan period, by which `occurred_from` and `occurred_until` filter. It never changes.",
        "updated_at" Timestamp "When a value of the row last changed.",
        "framework_id" Uuid "The framework's id.",
        "framework_code" Text "The framework's stable key.",
        "code" Text "The target's stable key.",
        "title" Text "The target's title.",
        "position" Integer "The target's position within the framework.",
        "action_codes" Text "The stable keys of the target's actions, separated by spaces.",
        "kind" Text "The kind of measure.",
        "aim" Text "The aim: at_least or at_most the threshold.",
        "threshold" Decimal "The threshold as first agreed, in the measure's unit. The dataset metrics has the current threshold.",
        "frequencies" Text "The reporting frequencies, separated by spaces.",
        "owner" Text "The owner.",
        "due_on" Date "The due date.",
        "implied" Boolean "Whether the target is only implied by an action's text.",
        "council_reported" Boolean "Whether councils report it themselves.",
        "continues_target_id" Uuid "The id of the target of an earlier year that it continues.",
    },
    shared: &[],
    parameters: &[],
    reads: &["targets", "actions", "frameworks"],
    source: Source::Table(include_str!("sql/targets.sql")),
};
