//! The dataset of councils.

use crate::datasets::dataset::{Dataset, Source};
use crate::values::columns;

pub(super) const DATASET: Dataset = Dataset {
    name: "councils",
    grain: "One row for each council, past and present.",
    occurred_on: "The day on which the council was created in this system.",
    own: columns! {
        "id" Uuid "The council's id.",
        "occurred_on" Date "The day on which the council was created in this system, by which `occurred_from` and `occurred_until` filter. It never changes.",
        "updated_at" Timestamp "When a value of the row last changed.",
        "gss_code" Text "Its current or last GSS code.",
        "name" Text "Its name.",
        "kind" Text "Its tier: county, unitary or district.",
        "county" Text "Its county.",
        "exists_from" Date "The first day of its existence; empty if it is before all records.",
        "exists_until" Date "The day after its last day; empty while it exists.",
        "member_from" Date "The first day of its latest membership of the association.",
        "member_until" Date "The day after the last day of that membership; empty while it lasts.",
    },
    shared: &[],
    parameters: &[],
    reads: &["councils"],
    source: Source::Table(include_str!("sql/councils.sql")),
};
