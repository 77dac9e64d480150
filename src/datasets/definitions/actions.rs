//! Actions, with the theme and outcome they stand under.

use crate::reports::dataset::{Dataset, Source};
use crate::values::columns;

pub(super) const DATASET: Dataset = Dataset {
    name: "actions",
    grain: "One row for each action of a framework, with its theme and outcome.",
    occurred_on: "The first day of the framework's plan year, which is never changed.",
    own: columns! {
        "id" Uuid "The action.",
        "occurred_on" Date "The first day of the plan year: the window goes by it, and it never changes.",
        "updated_at" Timestamp "When anything in the row last changed.",
        "framework_id" Uuid "The framework.",
        "framework_code" Text "The framework's stable key.",
        "theme_id" Uuid "The theme.",
        "theme_code" Text "The theme's stable key.",
        "theme_ref" Text "The theme's printed reference.",
        "theme_title" Text "What the theme says.",
        "outcome_id" Uuid "The outcome.",
        "outcome_code" Text "The outcome's stable key.",
        "outcome_ref" Text "The outcome's printed reference.",
        "outcome_title" Text "What the outcome says.",
        "code" Text "The action's stable key.",
        "ref" Text "The action's printed reference; empty where none is printed.",
        "title" Text "What is done.",
        "position" Integer "The action's place among those of its outcome.",
    },
    shared: &[],
    parameters: &[],
    reads: &["actions", "outcomes", "themes", "frameworks"],
    source: Source::Table(include_str!("sql/actions.sql")),
};
