//! The dataset of actions, with their theme and outcome.

use crate::datasets::dataset::{Dataset, Source};
use crate::values::columns;

pub(super) const DATASET: Dataset = Dataset {
    name: "actions",
    grain: "One row for each action of a framework, with its theme and outcome.",
    occurred_on: "The first day of the framework's plan period, which never changes.",
    own: columns! {
        "id" Uuid "The action's id.",
        "occurred_on" Date "The first day of the plan period, by which `occurred_from` and `occurred_until` filter. It never changes.",
        "updated_at" Timestamp "When a value of the row last changed.",
        "framework_id" Uuid "The framework's id.",
        "framework_code" Text "The framework's stable key.",
        "theme_id" Uuid "The theme's id.",
        "theme_code" Text "The theme's stable key.",
        "theme_ref" Text "The theme's printed reference.",
        "theme_title" Text "The theme's title.",
        "outcome_id" Uuid "The outcome's id.",
        "outcome_code" Text "The outcome's stable key.",
        "outcome_ref" Text "The outcome's printed reference.",
        "outcome_title" Text "The outcome's title.",
        "code" Text "The action's stable key.",
        "ref" Text "The action's printed reference; empty if it has none.",
        "title" Text "The action's title.",
        "position" Integer "The action's position within its outcome.",
    },
    shared: &[],
    parameters: &[],
    reads: &["actions", "outcomes", "themes", "frameworks"],
    source: Source::Table(include_str!("sql/actions.sql")),
};
