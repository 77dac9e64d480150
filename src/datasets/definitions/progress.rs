//! Progress, entry by entry.

use super::with_named_councils;
use crate::reports::dataset::{Dataset, Source};
use crate::values::columns;

pub(super) const DATASET: Dataset = Dataset {
    name: "progress",
    grain: "One row for each progress entry, corrected ones included.",
    occurred_on: "The entry's date, which a correction leaves as it is.",
    own: columns! {
        "id" Uuid "The entry.",
        "occurred_on" Date "The entry's date: the window goes by it, and it never changes.",
        "updated_at" Timestamp "When anything in the row last changed.",
        "framework_id" Uuid "The framework.",
        "framework_code" Text "The framework's stable key.",
        "target_id" Uuid "The target.",
        "target_code" Text "The target's stable key.",
        "kind" Text "What sort of entry: coverage, count, ratio, money, milestone, narrative, judgement or claim.",
        "source" Text "Where the figure comes from.",
        "occasion" Text "The occasion it is about: a canvass, a project.",
        "superseded" Boolean "Whether another entry corrects it; then it counts only on days before that entry's.",
        "supersedes_id" Uuid "The entry that it corrects.",
        "council_id" Uuid "The council, of coverage.",
        "gss_code" Text "The GSS code that council goes by now, or went by last.",
        "council_name" Text "The council's name.",
        "covered" Boolean "Whether the council is covered.",
        "count" Integer "The count.",
        "numerator" Integer "The numerator, of a ratio or claim.",
        "denominator" Integer "The denominator, of a ratio or claim.",
        "area" Text "The area, of money.",
        "income_pence" Integer "The income in pence.",
        "cost_pence" Integer "The cost in pence.",
        "milestone_state" Text "The state of a milestone.",
        "judged_status" Text "The status that a person set.",
        "claimed_value" Decimal "The value as published.",
        "claimed_unit" Text "Its unit.",
        "text" Text "A narrative, the reason of a judgement, or the words as published.",
        "note" Text "Anything else worth knowing.",
        "evidence_url" Text "Where the evidence is.",
    },
    shared: &[],
    parameters: &[],
    reads: &["progress", "targets", "frameworks", "councils"],
    source: Source::Table(with_named_councils!("sql/progress.sql")),
};
