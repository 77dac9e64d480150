//! The JSON types of a framework's metrics and roll-ups.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Completeness, Metric, Moment, Status};
use crate::frameworks::model::Framework;
use crate::rules;
use crate::values::{Code, Day, Instant, ShortText, Title, text_enum};

/// The metrics of all targets in a framework on one date.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct FrameworkMetrics {
    /// Id of the framework.
    pub framework_id: Uuid,
    /// The code that identifies the framework, such as `2017-18`.
    pub code: Code,
    /// The date of the metrics.
    pub as_at: Day,
    /// The request's `known_at`: the response is derived from the records as they were at this
    /// instant. Null if it is derived from the current records.
    pub known_at: Option<Instant>,
    /// The version of the rules by which figures are derived.
    #[schema(max_length = 20, pattern = "^[0-9.]+$", example = "1")]
    pub rule_version: Cow<'static, str>,
    /// One metric for each target, in the order of the targets.
    #[schema(max_items = 10000)]
    pub data: Vec<Metric>,
}

impl FrameworkMetrics {
    /// Creates the response from metrics of all targets, derived with the current version of the
    /// rules.
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

/// The number of targets that have each status.
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
    /// Why a roll-up has its status.
    pub enum RollUpReason {
        /// The status is the worst colour of the stated targets.
        WorstTarget = "worst_target",
        /// The roll-up has targets, but no stated target has a colour.
        NoColour = "no_colour",
        /// The roll-up has no targets.
        NoTargets = "no_targets",
    }
}

/// The targets of a framework, theme or outcome, counted by status. Targets that the plan states
/// decide the colour. Implied targets are counted separately.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RollUp {
    /// The worst of red, amber and green; null if no stated target has a colour.
    pub status: Option<Status>,
    /// Why the roll-up has its status.
    pub status_reason: RollUpReason,
    /// The number of targets with each status, of the targets in the plan's table of targets.
    pub stated: StatusCounts,
    /// The number of targets with each status, of the targets that follow from an action's text
    /// only.
    pub implied: StatusCounts,
    /// How many records are due for the stated targets, and how many exist. The numbers of all
    /// targets are added up, so a meeting of two targets counts twice.
    pub completeness: Completeness,
}

/// The roll-up of a framework on a date.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct FrameworkSummary {
    /// Id of the framework.
    pub framework_id: Uuid,
    /// The code that identifies the framework, such as `2017-18`.
    pub code: Code,
    /// The framework's title.
    pub title: Title,
    /// The date of the roll-up.
    pub as_at: Day,
    /// The request's `known_at`: the response is derived from the records as they were at this
    /// instant. Null if it is derived from the current records.
    pub known_at: Option<Instant>,
    /// The version of the rules by which figures are derived.
    #[schema(max_length = 20, pattern = "^[0-9.]+$", example = "1")]
    pub rule_version: Cow<'static, str>,
    /// The roll-up of all targets in the framework. A target of several actions counts once.
    pub roll_up: RollUp,
    /// The roll-ups of the framework's themes.
    #[schema(max_items = 1000)]
    pub themes: Vec<ThemeSummary>,
    /// The number of records that are due and missing, for each owner of targets.
    #[schema(max_items = 1000)]
    pub overdue: Vec<Overdue>,
}

/// The roll-up of the targets in one theme, and of each of its outcomes.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ThemeSummary {
    /// Id of the theme.
    pub theme_id: Uuid,
    /// The theme's code, which stays the same in later frameworks.
    pub code: Code,
    /// The reference that the published plan prints for it; null if the plan prints no reference.
    #[serde(rename = "ref")]
    pub printed_ref: Option<ShortText>,
    /// The theme's title.
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
    /// The reference that the published plan prints for it; null if the plan prints no reference.
    #[serde(rename = "ref")]
    pub printed_ref: Option<ShortText>,
    /// The outcome's title.
    pub title: Title,
    /// The roll-up of the targets in the outcome.
    pub roll_up: RollUp,
}

/// The number of records that are due and missing for the targets of one owner.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Overdue {
    /// The person or body responsible for the targets; null for targets without an owner.
    pub owner: Option<ShortText>,
    /// Ids of the targets for which a record is missing.
    #[schema(max_items = 10000)]
    pub target_ids: Vec<Uuid>,
    /// The number of reporting periods that have ended and have no reading.
    #[schema(minimum = 0)]
    pub readings: i64,
    /// The number of meetings that still have the status `scheduled` although their date has come.
    /// A meeting counts once for each target that uses it.
    #[schema(minimum = 0)]
    pub meetings_unreported: i64,
    /// The number of held meetings whose register is open. A meeting counts once for each target
    /// that uses it.
    #[schema(minimum = 0)]
    pub registers_open: i64,
    /// The number of held meetings without a record of whether they got the deliverable. A meeting
    /// counts once for each target that uses it.
    #[schema(minimum = 0)]
    pub deliverables_unknown: i64,
    /// The number of held meetings without evaluation forms. A meeting counts once for each target
    /// that uses it.
    #[schema(minimum = 0)]
    pub meetings_without_forms: i64,
}
