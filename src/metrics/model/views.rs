//! The JSON types of a framework's metrics and roll-ups.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Completeness, Metric, Moment, Status};
use crate::frameworks::model::Framework;
use crate::rules;
use crate::values::{Code, Day, Instant, ShortText, Title, text_enum};

/// All metrics of a framework on a date.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct FrameworkMetrics {
    /// Id of the framework.
    pub framework_id: Uuid,
    /// The framework's key, such as `2017-18`.
    pub code: Code,
    /// The date of the metrics.
    pub as_at: Day,
    /// The instant of an as-of query, at which the counted records were known; null for current
    /// data.
    pub known_at: Option<Instant>,
    /// The version of the rules.
    #[schema(max_length = 20, pattern = "^[0-9.]+$", example = "1")]
    pub rule_version: Cow<'static, str>,
    /// One metric for each target, in the order of the targets.
    #[schema(max_items = 10000)]
    pub data: Vec<Metric>,
}

impl FrameworkMetrics {
    /// Creates the response from metrics that were derived with the current version of the rules.
    pub fn new(framework: &Framework, moment: Moment, data: Vec<Metric>) -> Self {
        Self {
            framework_id: framework.id,
            code: framework.code.clone(),
            as_at: moment.as_at.min(framework.plan_until.before()),
            known_at: moment.known_at,
            rule_version: rules::VERSION.into(),
            data,
        }
    }
}

/// The number of targets with each status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StatusCounts {
    /// The number of all targets.
    #[schema(minimum = 0)]
    pub targets: i64,
    /// The number of targets with status `green`.
    #[schema(minimum = 0)]
    pub green: i64,
    /// The number of targets with status `amber`.
    #[schema(minimum = 0)]
    pub amber: i64,
    /// The number of targets with status `red`.
    #[schema(minimum = 0)]
    pub red: i64,
    /// The number of targets with status `not_due`.
    #[schema(minimum = 0)]
    pub not_due: i64,
    /// The number of targets with status `no_data`.
    #[schema(minimum = 0)]
    pub no_data: i64,
    /// The number of targets with status `not_applicable`.
    #[schema(minimum = 0)]
    pub not_applicable: i64,
    /// The number of targets with status `contextual`.
    #[schema(minimum = 0)]
    pub contextual: i64,
    /// The number of targets, with any status, for which a record that is due is missing.
    #[schema(minimum = 0)]
    pub provisional: i64,
}

text_enum! {
    /// The reason for the status of a roll-up.
    pub enum RollUpReason {
        /// The roll-up has the worst colour of its stated targets.
        WorstTarget = "worst_target",
        /// The roll-up has targets, but no stated target has a colour.
        NoColour = "no_colour",
        /// The roll-up has no targets.
        NoTargets = "no_targets",
    }
}

/// The roll-up of several targets. Stated targets decide the colour. Implied targets are counted
/// separately.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RollUp {
    /// The worst of red, amber and green; null if no stated target has a colour.
    pub status: Option<Status>,
    /// The reason for the status.
    pub status_reason: RollUpReason,
    /// The targets that the plan states.
    pub stated: StatusCounts,
    /// The targets that only an action's text implies.
    pub implied: StatusCounts,
    /// How many of the records that are due for the stated targets exist, added up over the
    /// targets. A meeting that two targets use counts twice.
    pub completeness: Completeness,
}

/// The roll-up of a framework on a date.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct FrameworkSummary {
    /// Id of the framework.
    pub framework_id: Uuid,
    /// The framework's key, such as `2017-18`.
    pub code: Code,
    /// The title.
    pub title: Title,
    /// The date of the roll-up.
    pub as_at: Day,
    /// The instant of an as-of query, at which the counted records were known; null for current
    /// data.
    pub known_at: Option<Instant>,
    /// The version of the rules.
    #[schema(max_length = 20, pattern = "^[0-9.]+$", example = "1")]
    pub rule_version: Cow<'static, str>,
    /// The roll-up of the whole framework. A joint target counts once.
    pub roll_up: RollUp,
    /// The roll-ups of the framework's themes.
    #[schema(max_items = 1000)]
    pub themes: Vec<ThemeSummary>,
    /// The records that are due and missing, by the owner of the target.
    #[schema(max_items = 1000)]
    pub overdue: Vec<Overdue>,
}

/// The roll-up of the targets in one theme.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ThemeSummary {
    /// Id of the theme.
    pub theme_id: Uuid,
    /// The theme's code, which stays the same in later frameworks.
    pub code: Code,
    /// The reference in the published document; null if the document has no reference.
    #[serde(rename = "ref")]
    pub printed_ref: Option<ShortText>,
    /// The title.
    pub title: Title,
    /// The roll-up of the targets in the theme.
    pub roll_up: RollUp,
    /// The roll-ups of the theme's outcomes.
    #[schema(max_items = 1000)]
    pub outcomes: Vec<OutcomeSummary>,
}

/// The roll-up of the targets in one outcome.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct OutcomeSummary {
    /// Id of the outcome.
    pub outcome_id: Uuid,
    /// The outcome's code, which stays the same in later frameworks.
    pub code: Code,
    /// The reference in the published document; null if the document has no reference.
    #[serde(rename = "ref")]
    pub printed_ref: Option<ShortText>,
    /// The title.
    pub title: Title,
    /// The roll-up of the targets in the outcome.
    pub roll_up: RollUp,
}

/// The number of records that are due and missing for the targets of one owner.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Overdue {
    /// The owner; null for targets without an owner.
    pub owner: Option<ShortText>,
    /// Ids of the targets for which a record is missing.
    #[schema(max_items = 10000)]
    pub target_ids: Vec<Uuid>,
    /// The number of reporting periods that have ended without a reading.
    #[schema(minimum = 0)]
    pub readings: i64,
    /// The number of meetings with status `scheduled` whose date has come. A meeting counts once
    /// for each target that uses the meeting.
    #[schema(minimum = 0)]
    pub meetings_unreported: i64,
    /// The number of held meetings whose register is open. A meeting counts once for each target
    /// that uses the meeting.
    #[schema(minimum = 0)]
    pub registers_open: i64,
    /// The number of held meetings for which no record says whether they got the deliverable. A
    /// meeting counts once for each target that uses the meeting.
    #[schema(minimum = 0)]
    pub deliverables_unknown: i64,
    /// The number of held meetings without evaluation forms. A meeting counts once for each target
    /// that uses the meeting.
    #[schema(minimum = 0)]
    pub meetings_without_forms: i64,
}
