//! Councils.

use super::with_named_councils;
use crate::reports::dataset::{Dataset, Source};
use crate::values::columns;

pub(super) const DATASET: Dataset = Dataset {
    name: "councils",
    grain: "One row for each council, past and present.",
    occurred_on: "The day on which the council was entered here.",
    own: columns! {
        "id" Uuid "The council.",
        "occurred_on" Date "The day on which it was entered here: the window goes by it, and it never changes.",
        "updated_at" Timestamp "When anything in the row last changed.",
        "gss_code" Text "The GSS code it goes by now, or went by last.",
        "name" Text "Its name.",
        "kind" Text "Its tier: county, unitary or district.",
        "county" Text "The county it lies in.",
        "exists_from" Date "The first day it exists; empty for before anything on record.",
        "exists_until" Date "The day after the last; empty while it exists.",
        "member_from" Date "The first day of its latest membership of the association.",
        "member_until" Date "The day after the last of that; empty while it lasts.",
    },
    shared: &[],
    parameters: &[],
    reads: &["councils"],
    source: Source::Table(with_named_councils!("sql/councils.sql")),
};
