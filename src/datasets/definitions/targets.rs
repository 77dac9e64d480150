//! Targets, as they are promised.

use crate::reports::dataset::{Dataset, Source};
use crate::values::columns;

pub(super) const DATASET: Dataset = Dataset {
    name: "targets",
    grain: "One row for each target; a joint one, which hangs on several actions, is one row too.",
    occurred_on: "The first day of the framework's plan year, which is never changed.",
    own: columns! {
        "id" Uuid "The target.",
        "occurred_on" Date "The first day of the plan year: the window goes by it, and it never changes.",
        "updated_at" Timestamp "When anything in the row last changed.",
        "framework_id" Uuid "The framework.",
        "framework_code" Text "The framework's stable key.",
        "code" Text "The target's stable key.",
        "title" Text "What is promised.",
        "position" Integer "Its place in the framework.",
        "action_codes" Text "The stable keys of its actions, separated by spaces.",
        "kind" Text "How it is measured.",
        "aim" Text "Whether more is better: at_least or at_most.",
        "threshold" Decimal "The threshold as first agreed, in the measure's unit; the dataset metrics has the one that holds.",
        "frequencies" Text "How often it is reported, separated by spaces.",
        "owner" Text "Who answers for it.",
        "due_on" Date "The day it is due.",
        "implied" Boolean "Whether only the action's wording implies it.",
        "council_reported" Boolean "Whether councils report it themselves.",
        "continues_target_id" Uuid "The target of an earlier year that it continues.",
    },
    shared: &[],
    parameters: &[],
    reads: &["targets", "actions", "frameworks"],
    source: Source::Table(include_str!("sql/targets.sql")),
};
