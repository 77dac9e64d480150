//! A framework's metrics and its roll-ups.

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
    /// The framework.
    pub framework_id: Uuid,
    /// The stable key.
    pub code: Code,
    /// The date of the metrics.
    pub as_at: Day,
    /// The instant of an as-of query: only what was known then counts. Null for current data.
    pub known_at: Option<Instant>,
    /// The version of the rules.
    #[schema(max_length = 20, pattern = "^[0-9.]+$", example = "1")]
    pub rule_version: Cow<'static, str>,
    /// One metric for each target, in the targets' order.
    #[schema(max_items = 10000)]
    pub data: Vec<Metric>,
}

impl FrameworkMetrics {
    /// Creates the view of a framework's metrics at a moment, derived by the current rules.
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
    /// All targets.
    #[schema(minimum = 0)]
    pub targets: i64,
    /// Targets with status `green`.
    #[schema(minimum = 0)]
    pub green: i64,
    /// Targets with status `amber`.
    #[schema(minimum = 0)]
    pub amber: i64,
    /// Targets with status `red`.
    #[schema(minimum = 0)]
    pub red: i64,
    /// Targets with status `not_due`.
    #[schema(minimum = 0)]
    pub not_due: i64,
    /// Targets with status `no_data`.
    #[schema(minimum = 0)]
    pub no_data: i64,
    /// Targets with status `not_applicable`.
    #[schema(minimum = 0)]
    pub not_applicable: i64,
    /// Targets with status `contextual`.
    #[schema(minimum = 0)]
    pub contextual: i64,
    /// Targets, whatever their status, for which a record that is due is missing.
    #[schema(minimum = 0)]
    pub provisional: i64,
}

text_enum! {
    /// The reason for the status of a roll-up.
    pub enum RollUpReason {
        /// The status is the worst colour of its stated targets.
        WorstTarget = "worst_target",
        /// It has targets, but no stated target has a colour.
        NoColour = "no_colour",
        /// It has no targets.
        NoTargets = "no_targets",
    }
}

/// The roll-up of targets. Stated targets decide its colour. Implied targets are counted
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
    /// targets. A meeting that two targets use counts for both.
    pub completeness: Completeness,
}

/// The roll-up of a framework on a date.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct FrameworkSummary {
    /// The framework.
    pub framework_id: Uuid,
    /// The stable key.
    pub code: Code,
    /// The title.
    pub title: Title,
    /// The date of the roll-up.
    pub as_at: Day,
    /// The instant of an as-of query: only what was known then counts. Null for current data.
    pub known_at: Option<Instant>,
    /// The version of the rules.
    #[schema(max_length = 20, pattern = "^[0-9.]+$", example = "1")]
    pub rule_version: Cow<'static, str>,
    /// The roll-up of the whole framework. A joint target counts once.
    pub roll_up: RollUp,
    /// Its themes.
    #[schema(max_items = 1000)]
    pub themes: Vec<ThemeSummary>,
    /// Records that are due and missing, by owner.
    #[schema(max_items = 1000)]
    pub overdue: Vec<Overdue>,
}

/// The roll-up of a theme.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ThemeSummary {
    /// The theme.
    pub theme_id: Uuid,
    /// The stable key.
    pub code: Code,
    /// The printed reference.
    #[serde(rename = "ref")]
    pub printed_ref: Option<ShortText>,
    /// The title.
    pub title: Title,
    /// The roll-up.
    pub roll_up: RollUp,
    /// Its outcomes.
    #[schema(max_items = 1000)]
    pub outcomes: Vec<OutcomeSummary>,
}

/// The roll-up of an outcome.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct OutcomeSummary {
    /// The outcome.
    pub outcome_id: Uuid,
    /// The stable key.
    pub code: Code,
    /// The printed reference.
    #[serde(rename = "ref")]
    pub printed_ref: Option<ShortText>,
    /// The title.
    pub title: Title,
    /// The roll-up.
    pub roll_up: RollUp,
}

/// The records that are due and missing for an owner's targets.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Overdue {
    /// The owner; null for targets without one.
    pub owner: Option<ShortText>,
    /// The targets for which a record is missing.
    #[schema(max_items = 10000)]
    pub target_ids: Vec<Uuid>,
    /// Reporting periods that have ended without a reading.
    #[schema(minimum = 0)]
    pub readings: i64,
    /// Meetings with status `scheduled` whose date has come, counted once for each target that uses
    /// them.
    #[schema(minimum = 0)]
    pub meetings_unreported: i64,
    /// Registers that are open after their meeting, counted in the same way.
    #[schema(minimum = 0)]
    pub registers_open: i64,
    /// Meetings held for which it is not known whether they got the deliverable, counted in the
    /// same way.
    #[schema(minimum = 0)]
    pub deliverables_unknown: i64,
    /// Meetings held without evaluation forms, counted in the same way.
    #[schema(minimum = 0)]
    pub meetings_without_forms: i64,
}
