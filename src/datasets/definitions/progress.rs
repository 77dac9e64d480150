//! Progress entries.

use super::named_councils::with_named_councils;
use crate::datasets::dataset::{Dataset, Source};
use crate::values::columns;

pub(super) const DATASET: Dataset = Dataset {
    name: "progress",
    grain: "One row for each progress entry, including corrected ones.",
    occurred_on: "The entry's date, which a correction does not change.",
    own: columns! {
        "id" Uuid "The entry's id.",
        "occurred_on" Date "The entry's date, by which `occurred_from` and `occurred_until` filter. It never changes.",
        "updated_at" Timestamp "When a value of the row last changed.",
        "framework_id" Uuid "The framework's id.",
        "framework_code" Text "The framework's stable key.",
        "target_id" Uuid "The target's id.",
        "target_code" Text "The target's stable key.",
        "kind" Text "The kind of entry: coverage, count, ratio, money, milestone, narrative, judgement or claim.",
        "source" Text "The source of the figure.",
        "occasion" Text "The occasion, such as a canvass or a project.",
        "superseded" Boolean "Whether another entry corrects it. It then counts only on days before that entry's date.",
        "supersedes_id" Uuid "The id of the entry that it corrects.",
        "council_id" Uuid "The council's id, for coverage.",
        "gss_code" Text "The council's current or last GSS code.",
        "council_name" Text "The council's name.",
        "covered" Boolean "Whether the council is covered.",
        "count" Integer "The count.",
        "numerator" Integer "The numerator, for a ratio or claim.",
        "denominator" Integer "The denominator, for a ratio or claim.",
        "area" Text "The area, for money.",
        "income_pence" Integer "The income in pence.",
        "cost_pence" Integer "The cost in pence.",
        "milestone_state" Text "The state of a milestone.",
        "judged_status" Text "The status that a person set.",
        "claimed_value" Decimal "The published value, for a claim.",
        "claimed_unit" Text "The unit of the published value.",
        "text" Text "The narrative, the reason for the judgement, or the published text of the claim.",
        "note" Text "A note.",
        "evidence_url" Text "The address of the evidence.",
    },
    shared: &[],
    parameters: &[],
    reads: &["progress", "targets", "frameworks", "councils"],
    source: Source::Table(with_named_councils!("sql/progress.sql")),
};
