//! The JSON types of progress entries, and their mapping to the table `progress`.

use diesel::sql_types::{Jsonb, Nullable, Uuid as SqlUuid};
use diesel::{Insertable, Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::{Validate, ValidationError};

use super::entry::{
    Claim, Count, Coverage, Entry, JudgedStatus, Judgement, MilestoneReading, MilestoneState, Money,
    NarrativeText, RatioReading, StatedReading, Unit,
};
use crate::db::schema::progress;
use crate::db::sql::{FixedSql, fixed};
use crate::db::{Reference, Restricted, children, sorts};
use crate::values::external_id::are_one_per_system;
use crate::values::{
    Code, Day, ExternalId, Figure, Instant, Listed, Number, Prose, RuleErrors, ShortText, Url, text_enum,
};
use crate::web::{page, versioned};

text_enum! {
    /// What a progress entry states: a kind of value, or a kind of text.
    pub enum ProgressKind {
        /// Whether a council has received or answered what the target counts.
        Coverage = "coverage",
        /// A number that is added to the target's running count.
        Count = "count",
        /// The numerator and the denominator of a ratio.
        Ratio = "ratio",
        /// A value that is stated as it is.
        Reading = "reading",
        /// The income and the cost of an area of work.
        Money = "money",
        /// The state of a milestone.
        Milestone = "milestone",
        /// A text about the target.
        Narrative = "narrative",
        /// A status that a person has set.
        Judgement = "judgement",
        /// A figure that was printed somewhere, such as in a report.
        Claim = "claim",
    }
}

children! {
    /// The external ids of an entry: its keys in external systems.
    EXTERNAL_IDS, READ_EXTERNAL_IDS: progress_external_ids of progress by progress_id, keyed by system,
    { system: "text", external_id: "text" }
}

const SUPERSEDED_BY: &str = "(SELECT later.id FROM progress later WHERE later.supersedes_id = progress.id)";

/// A progress entry: a dated record for one target.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Progress {
    /// Id of the resource, assigned by the server.
    pub id: Uuid,
    /// Increases with every change. In quotation marks, it is the value of the header `ETag`.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When the resource was created.
    pub created_at: Instant,
    /// When the resource last changed.
    pub updated_at: Instant,
    /// Id of the target.
    pub target_id: Uuid,
    /// The date to which the progress entry refers.
    pub occurred_on: Day,
    /// What the progress entry states.
    pub entry: Entry,
    /// The occasion to which the progress entry refers, such as a canvass or a project.
    pub occasion: Option<ShortText>,
    /// Whether the figure is provisional. It counts, and metrics that count it are provisional.
    pub provisional: bool,
    /// Where the figure comes from.
    pub source: ShortText,
    /// The author of the progress entry.
    pub author: ShortText,
    /// A note about the progress entry, as free text.
    pub note: Option<Prose>,
    /// The URL of evidence for the figure.
    pub evidence_url: Option<Url>,
    /// Id of the entry that this entry corrects; null if this entry is not a correction.
    pub supersedes_id: Option<Uuid>,
    /// Id of the correction that replaces this entry; null if there is none. Figures no longer
    /// count this entry from the correction's date on.
    pub superseded_by_id: Option<Uuid>,
    /// The entry's keys in external systems.
    #[schema(max_items = 20)]
    pub external_ids: Vec<ExternalId>,
}

impl Restricted for Progress {
    fn council(&self) -> Option<Uuid> {
        self.entry.council()
    }

    fn clear_note(&mut self) {
        self.note = None;
    }

    fn keys(&mut self) -> &mut Vec<ExternalId> {
        &mut self.external_ids
    }
}
versioned!(Progress);
page!(ProgressPage of Progress);
sorts! {
    /// The orders in which a list of progress entries can be sorted.
    ProgressSort of Progress in progress:
    Occurred = "occurred_on" by occurred_on: Day, ascending;
    OccurredDescending = "-occurred_on" by occurred_on: Day, descending;
    Updated = "updated_at" by updated_at: Instant, ascending;
}

/// Fields of a new progress entry.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "names_its_source", skip_on_field_errors = false))]
#[schema(example = json!({
    "target_id": "0198c5b0-0000-7000-8000-000000000009", "occurred_on": "2017-12-31",
    "entry": { "kind": "ratio", "numerator": 32, "denominator": 34 }, "occasion": "July to September data",
    "source": "E-paychek"
}))]
pub struct NewProgress {
    /// Id of the target.
    pub target_id: Uuid,
    /// The date to which the progress entry refers.
    pub occurred_on: Day,
    /// What the progress entry states.
    pub entry: Entry,
    /// The occasion to which the progress entry refers, such as a canvass or a project.
    #[serde(default)]
    pub occasion: Option<ShortText>,
    /// Whether the figure is provisional; false by default. To replace a provisional figure by the
    /// final one, create an entry that supersedes it.
    #[serde(default)]
    pub provisional: bool,
    /// Where the figure comes from; the caller by default. Required for an entry of kind `reading`.
    #[serde(default)]
    pub source: Option<ShortText>,
    /// The author of the progress entry; the caller by default.
    #[serde(default)]
    pub author: Option<ShortText>,
    /// A note about the progress entry, as free text.
    #[serde(default)]
    pub note: Option<Prose>,
    /// The URL of evidence for the figure.
    #[serde(default)]
    pub evidence_url: Option<Url>,
    /// Id of the entry that this entry corrects. It must have the same target and kind, and must
    /// not have a correction yet.
    #[serde(default)]
    pub supersedes_id: Option<Uuid>,
    /// The entry's keys in external systems, at most one for each system.
    #[serde(default)]
    #[schema(max_items = 20, nullable = false)]
    #[validate(custom(function = "are_one_per_system"))]
    pub external_ids: Option<Vec<ExternalId>>,
}

fn names_its_source(new: &NewProgress) -> Result<(), ValidationError> {
    let mut errors = RuleErrors::default();
    let is_missing = matches!(new.entry, Entry::Reading(_)) && new.source.is_none();
    errors.add_if(is_missing, "/source", "required", "An entry of kind `reading` must have a `source`.");
    errors.into_result()
}

/// Fields of a progress entry to update: its source, note, URL and external ids. To correct what
/// the entry states, create a new entry.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, Validate, diesel::AsChangeset)]
#[diesel(table_name = progress)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "evidence_url": "https://example.org/minutes/12" }))]
pub struct ProgressPatch {
    /// Where the figure comes from.
    #[serde(default)]
    #[schema(nullable = false)]
    pub source: Option<ShortText>,
    /// A note about the progress entry, as free text.
    #[serde(default, deserialize_with = "crate::web::patch::given")]
    #[schema(value_type = Option<Prose>)]
    pub note: Option<Option<Prose>>,
    /// The URL of evidence for the figure.
    #[serde(default, deserialize_with = "crate::web::patch::given")]
    #[schema(value_type = Option<Url>)]
    pub evidence_url: Option<Option<Url>>,
    /// The entry's keys in external systems, at most one for each system.
    #[serde(default)]
    #[schema(max_items = 20, nullable = false)]
    #[diesel(skip_update)]
    #[validate(custom(function = "are_one_per_system"))]
    pub external_ids: Option<Vec<ExternalId>>,
}

impl NewProgress {
    pub fn references(&self) -> Vec<Reference> {
        let named = [
            Some(Reference::new("/target_id", "targets", self.target_id)),
            self.entry.council().map(|council| Reference::new("/entry/council_id", "councils", council)),
            self.supersedes_id.map(|entry| Reference::new("/supersedes_id", "progress", entry)),
        ];
        named.into_iter().flatten().collect()
    }
}

/// The columns for what a progress entry states. Columns that its kind does not use are null.
#[derive(Debug, Clone, Default, Queryable, Selectable, Insertable)]
#[diesel(table_name = progress)]
pub struct EntryColumns {
    council_id: Option<Uuid>,
    covered: Option<bool>,
    count: Option<i64>,
    numerator: Option<i64>,
    denominator: Option<i64>,
    reading: Option<Figure>,
    area: Option<ShortText>,
    income_pence: Option<i64>,
    cost_pence: Option<i64>,
    milestone_state: Option<MilestoneState>,
    judged_status: Option<JudgedStatus>,
    text: Option<Prose>,
    claimed_value: Option<Number>,
    claimed_unit: Option<Unit>,
}

impl From<&Entry> for EntryColumns {
    fn from(entry: &Entry) -> Self {
        let none = Self::default();
        match entry.clone() {
            Entry::Coverage(Coverage { council_id, covered }) => {
                Self { council_id: Some(council_id), covered: Some(covered), ..none }
            }
            Entry::Count(Count { count }) => Self { count: Some(count), ..none },
            Entry::Ratio(RatioReading { numerator, denominator }) => {
                Self { numerator: Some(numerator), denominator: Some(denominator), ..none }
            }
            Entry::Reading(StatedReading { value }) => Self { reading: Some(value), ..none },
            Entry::Money(Money { area, income_pence, cost_pence }) => Self {
                area: Some(area),
                income_pence: Some(income_pence),
                cost_pence: Some(cost_pence),
                ..none
            },
            Entry::Milestone(MilestoneReading { state }) => Self { milestone_state: Some(state), ..none },
            Entry::Narrative(NarrativeText { text }) => Self { text: Some(text), ..none },
            Entry::Judgement(Judgement { status, reason }) => {
                Self { judged_status: Some(status), text: Some(reason), ..none }
            }
            Entry::Claim(Claim { printed, value, unit, numerator, denominator }) => Self {
                text: Some(printed),
                claimed_value: value,
                claimed_unit: unit,
                numerator,
                denominator,
                ..none
            },
        }
    }
}

impl EntryColumns {
    /// Builds what the entry states from its columns. Returns `None` if a column that the kind
    /// needs is null, which a database constraint prevents.
    fn into_entry(self, kind: ProgressKind) -> Option<Entry> {
        Some(match kind {
            ProgressKind::Coverage => {
                Entry::Coverage(Coverage { council_id: self.council_id?, covered: self.covered? })
            }
            ProgressKind::Count => Entry::Count(Count { count: self.count? }),
            ProgressKind::Ratio => {
                Entry::Ratio(RatioReading { numerator: self.numerator?, denominator: self.denominator? })
            }
            ProgressKind::Reading => Entry::Reading(StatedReading { value: self.reading? }),
            ProgressKind::Money => Entry::Money(Money {
                area: self.area?,
                income_pence: self.income_pence?,
                cost_pence: self.cost_pence?,
            }),
            ProgressKind::Milestone => Entry::Milestone(MilestoneReading { state: self.milestone_state? }),
            ProgressKind::Narrative => Entry::Narrative(NarrativeText { text: self.text? }),
            ProgressKind::Judgement => {
                Entry::Judgement(Judgement { status: self.judged_status?, reason: self.text? })
            }
            ProgressKind::Claim => Entry::Claim(Claim {
                printed: self.text?,
                value: self.claimed_value,
                unit: self.claimed_unit,
                numerator: self.numerator,
                denominator: self.denominator,
            }),
        })
    }
}

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = progress)]
pub struct ProgressRow {
    id: Uuid,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
    target_id: Uuid,
    kind: ProgressKind,
    occurred_on: Day,
    occasion: Option<ShortText>,
    provisional: bool,
    source: ShortText,
    author: ShortText,
    note: Option<Prose>,
    evidence_url: Option<Url>,
    supersedes_id: Option<Uuid>,
    #[diesel(select_expression = fixed::<Nullable<SqlUuid>>(SUPERSEDED_BY))]
    #[diesel(select_expression_type = FixedSql<Nullable<SqlUuid>>)]
    superseded_by_id: Option<Uuid>,
    #[diesel(embed)]
    columns: EntryColumns,
    #[diesel(deserialize_as = Listed<ExternalId>)]
    #[diesel(select_expression = fixed::<Jsonb>(READ_EXTERNAL_IDS), select_expression_type = FixedSql<Jsonb>)]
    external_ids: Vec<ExternalId>,
}

impl ProgressRow {
    /// Converts the row to JSON. Returns `None` if a column that the entry's kind needs is null.
    pub fn into_progress(self) -> Option<Progress> {
        Some(Progress {
            entry: self.columns.into_entry(self.kind)?,
            id: self.id,
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
            target_id: self.target_id,
            occurred_on: self.occurred_on,
            occasion: self.occasion,
            provisional: self.provisional,
            source: self.source,
            author: self.author,
            note: self.note,
            evidence_url: self.evidence_url,
            supersedes_id: self.supersedes_id,
            superseded_by_id: self.superseded_by_id,
            external_ids: self.external_ids,
        })
    }
}

/// Filters and sort order of a list of progress entries.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ProgressFilter {
    /// Returns only entries for this target.
    pub target_id: Option<Uuid>,
    /// Returns only coverage entries about this council.
    pub council_id: Option<Uuid>,
    /// Returns only entries of this kind.
    #[param(inline)]
    pub kind: Option<ProgressKind>,
    /// Returns only entries that refer to this date or a later date.
    #[param(inline)]
    pub occurred_from: Option<Day>,
    /// Returns only entries that refer to a date before this date.
    #[param(inline)]
    pub occurred_until: Option<Day>,
    /// Returns only the entry with this key in an external system.
    #[param(inline)]
    pub external_id: Option<ShortText>,
    /// The external system in which `external_id` is a key; any external system by default.
    #[param(inline)]
    pub external_system: Option<Code>,
    /// The order of the returned list; `occurred_on` by default.
    #[param(inline)]
    pub sort: Option<ProgressSort>,
}
