//! An entry on the wire and in its table.

use diesel::sql_types::{Jsonb, Nullable, Uuid as SqlUuid};
use diesel::{Insertable, Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::{Validate, ValidationError};

use super::entry::{
    Claim, Count, Coverage, Entry, JudgedStatus, Judgement, MilestoneReading, MilestoneState, Money,
    NarrativeText, RatioReading, Unit,
};
use crate::db::schema::progress;
use crate::db::sql::{Fixed, fixed};
use crate::db::{Reference, Restricted, children, sorts};
use crate::values::external_id::are_one_per_system;
use crate::values::{Code, Day, ExternalId, Findings, Instant, Line, Listed, Number, Prose, Url, text_enum};
use crate::web::{page, versioned};

text_enum! {
    /// What an entry says.
    pub enum ProgressKind {
        /// Whether a council has it.
        Coverage = "coverage",
        /// So many more.
        Count = "count",
        /// So many of so many.
        Ratio = "ratio",
        /// Income and cost of an area.
        Money = "money",
        /// How far a milestone is.
        Milestone = "milestone",
        /// Words.
        Narrative = "narrative",
        /// A status set by a person.
        Judgement = "judgement",
        /// A figure as published.
        Claim = "claim",
    }
}

children! {
    /// The keys other systems know an entry by.
    EXTERNAL_IDS, READ_EXTERNAL_IDS: progress_external_ids of progress by progress_id, told apart by system,
    { system: "text", external_id: "text" }
}

const SUPERSEDED_BY: &str = "(SELECT later.id FROM progress later WHERE later.supersedes_id = progress.id)";

/// One dated entry against a target.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Progress {
    /// Our id.
    pub id: Uuid,
    /// Goes up with every change; in quotes it is the ETag.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was entered.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// The target.
    pub target_id: Uuid,
    /// The date it is about.
    pub occurred_on: Day,
    /// What it says.
    pub entry: Entry,
    /// The occasion it belongs to: a canvass, a project.
    pub occasion: Option<Line>,
    /// Where the figure comes from.
    pub source: Line,
    /// Who entered it.
    pub author: Line,
    /// Anything else worth knowing.
    pub note: Option<Prose>,
    /// Where the evidence is.
    pub evidence_url: Option<Url>,
    /// The entry that this one corrects.
    pub supersedes_id: Option<Uuid>,
    /// The entry that corrects this one: then this one no longer counts.
    pub superseded_by_id: Option<Uuid>,
    /// The keys other systems know it by.
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
    /// How progress is sorted.
    ProgressSort of Progress in progress:
    Occurred = "occurred_on" by occurred_on: Day, ascending;
    OccurredDescending = "-occurred_on" by occurred_on: Day, descending;
    Updated = "updated_at" by updated_at: Instant, ascending;
}

/// What it takes to enter progress.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "target_id": "0198c5b0-0000-7000-8000-000000000009", "occurred_on": "2017-12-31",
    "entry": { "kind": "ratio", "numerator": 32, "denominator": 34 }, "occasion": "July to September data",
    "source": "E-paychek"
}))]
pub struct NewProgress {
    /// The target.
    pub target_id: Uuid,
    /// The date it is about.
    pub occurred_on: Day,
    /// What it says.
    #[validate(custom(function = "is_within"))]
    pub entry: Entry,
    /// The occasion it belongs to: a canvass, a project.
    #[serde(default)]
    pub occasion: Option<Line>,
    /// Where the figure comes from; the caller if not said.
    #[serde(default)]
    pub source: Option<Line>,
    /// Who says so; the caller if not said.
    #[serde(default)]
    pub author: Option<Line>,
    /// Anything else worth knowing.
    #[serde(default)]
    pub note: Option<Prose>,
    /// Where the evidence is.
    #[serde(default)]
    pub evidence_url: Option<Url>,
    /// The entry that this one corrects: of the same target and kind, and not corrected yet.
    #[serde(default)]
    pub supersedes_id: Option<Uuid>,
    /// The keys other systems know it by.
    #[serde(default)]
    #[schema(max_items = 20, nullable = false)]
    #[validate(custom(function = "are_one_per_system"))]
    pub external_ids: Option<Vec<ExternalId>>,
}

fn is_within(entry: &Entry) -> Result<(), ValidationError> {
    let mut findings = Findings::default();
    if let Entry::Ratio(reading) = entry {
        let beyond = reading.numerator > reading.denominator;
        findings.add_if(beyond, "/numerator", "out_of_range", "The numerator is at most the denominator.");
    }
    findings.into_result()
}

/// What may change of an entry: how it is documented. What it says is corrected by a new entry.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, Validate, diesel::AsChangeset)]
#[diesel(table_name = progress)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "evidence_url": "https://example.org/minutes/12" }))]
pub struct ProgressPatch {
    /// Where the figure comes from.
    #[serde(default)]
    #[schema(nullable = false)]
    pub source: Option<Line>,
    /// Anything else worth knowing.
    #[serde(default, deserialize_with = "crate::web::patch::given")]
    #[schema(value_type = Option<Prose>)]
    pub note: Option<Option<Prose>>,
    /// Where the evidence is.
    #[serde(default, deserialize_with = "crate::web::patch::given")]
    #[schema(value_type = Option<Url>)]
    pub evidence_url: Option<Option<Url>>,
    /// The keys other systems know it by.
    #[serde(default)]
    #[schema(max_items = 20, nullable = false)]
    #[diesel(skip_update)]
    #[validate(custom(function = "are_one_per_system"))]
    pub external_ids: Option<Vec<ExternalId>>,
}

impl NewProgress {
    /// The rows it names.
    pub fn references(&self) -> Vec<Reference> {
        let named = [
            Some(Reference::new("/target_id", "targets", self.target_id)),
            self.entry.council().map(|council| Reference::new("/entry/council_id", "councils", council)),
            self.supersedes_id.map(|entry| Reference::new("/supersedes_id", "progress", entry)),
        ];
        named.into_iter().flatten().collect()
    }
}

/// An entry's columns: those of its kind are filled, the others are null.
#[derive(Debug, Clone, Default, Queryable, Selectable, Insertable)]
#[diesel(table_name = progress)]
pub struct EntryColumns {
    council_id: Option<Uuid>,
    covered: Option<bool>,
    count: Option<i64>,
    numerator: Option<i64>,
    denominator: Option<i64>,
    area: Option<Line>,
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
    /// The entry of this kind; none if a column of the kind is null, which a constraint rules out.
    fn into_entry(self, kind: ProgressKind) -> Option<Entry> {
        Some(match kind {
            ProgressKind::Coverage => {
                Entry::Coverage(Coverage { council_id: self.council_id?, covered: self.covered? })
            }
            ProgressKind::Count => Entry::Count(Count { count: self.count? }),
            ProgressKind::Ratio => {
                Entry::Ratio(RatioReading { numerator: self.numerator?, denominator: self.denominator? })
            }
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

/// An entry as it is read.
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
    occasion: Option<Line>,
    source: Line,
    author: Line,
    note: Option<Prose>,
    evidence_url: Option<Url>,
    supersedes_id: Option<Uuid>,
    #[diesel(select_expression = fixed::<Nullable<SqlUuid>>(SUPERSEDED_BY))]
    #[diesel(select_expression_type = Fixed<Nullable<SqlUuid>>)]
    superseded_by_id: Option<Uuid>,
    #[diesel(embed)]
    columns: EntryColumns,
    #[diesel(deserialize_as = Listed<ExternalId>)]
    #[diesel(select_expression = fixed::<Jsonb>(READ_EXTERNAL_IDS), select_expression_type = Fixed<Jsonb>)]
    external_ids: Vec<ExternalId>,
}

impl ProgressRow {
    /// The entry as it is sent.
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

/// Which entries to list, and in which order.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ProgressFilter {
    /// Entries against this target.
    pub target_id: Option<Uuid>,
    /// Coverage entries of this council.
    pub council_id: Option<Uuid>,
    /// Entries of this kind.
    #[param(inline)]
    pub kind: Option<ProgressKind>,
    /// Entries about this date or a later one.
    #[param(inline)]
    pub occurred_from: Option<Day>,
    /// Entries about an earlier date than this one.
    #[param(inline)]
    pub occurred_until: Option<Day>,
    /// The entry another system knows by this key.
    #[param(inline)]
    pub external_id: Option<Line>,
    /// Which system's key it is; any if not said.
    #[param(inline)]
    pub external_system: Option<Code>,
    /// The order; dates if not said.
    #[param(inline)]
    pub sort: Option<ProgressSort>,
}
