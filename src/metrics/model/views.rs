//! A framework's metrics and its roll-ups.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Completeness, Metric, Moment, Status};
use crate::frameworks::model::Framework;
use crate::rules;
use crate::values::{Code, Day, Instant, Line, Title, text_enum};

/// All metrics of a framework at a date.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct FrameworkMetrics {
    /// The framework.
    pub framework_id: Uuid,
    /// Its stable key.
    pub code: Code,
    /// The date they are read at.
    pub as_at: Day,
    /// The instant whose knowledge counts; null if all that is known now does.
    pub known_at: Option<Instant>,
    /// The version of the rules.
    #[schema(max_length = 20, pattern = "^[0-9.]+$", example = "1")]
    pub rule_version: Cow<'static, str>,
    /// One metric for each target, in the targets' order.
    #[schema(max_items = 10000)]
    pub data: Vec<Metric>,
}

impl FrameworkMetrics {
    /// The metrics of a framework's targets at a moment, as today's rules have them.
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

/// How many targets have each status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StatusCounts {
    /// All of them.
    #[schema(minimum = 0)]
    pub targets: i64,
    /// Green.
    #[schema(minimum = 0)]
    pub green: i64,
    /// Amber.
    #[schema(minimum = 0)]
    pub amber: i64,
    /// Red.
    #[schema(minimum = 0)]
    pub red: i64,
    /// Not due yet.
    #[schema(minimum = 0)]
    pub not_due: i64,
    /// Without data.
    #[schema(minimum = 0)]
    pub no_data: i64,
    /// Not applicable.
    #[schema(minimum = 0)]
    pub not_applicable: i64,
    /// Contextual.
    #[schema(minimum = 0)]
    pub contextual: i64,
    /// Those, of all, for which something that is due is still to come in.
    #[schema(minimum = 0)]
    pub provisional: i64,
}

text_enum! {
    /// Why a part of a framework has the status it has.
    pub enum RollUpReason {
        /// The worst of its coloured targets.
        WorstTarget = "worst_target",
        /// It has targets, and none has a colour.
        NoColour = "no_colour",
        /// It has no targets.
        NoTargets = "no_targets",
    }
}

/// The roll-up of targets: stated ones colour it, implied ones are counted apart.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RollUp {
    /// The worst of red, amber and green; null where no target has a colour.
    pub status: Option<Status>,
    /// Why.
    pub status_reason: RollUpReason,
    /// The targets the plan states.
    pub stated: StatusCounts,
    /// The targets only an action's wording implies.
    pub implied: StatusCounts,
    /// How much of what is due has come in for the stated targets, target by target added up: a meeting that matters
    /// to two of them counts for both.
    pub completeness: Completeness,
}

/// The roll-up of a framework at a date.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct FrameworkSummary {
    /// The framework.
    pub framework_id: Uuid,
    /// Its stable key.
    pub code: Code,
    /// What it is called.
    pub title: Title,
    /// The date it is read at.
    pub as_at: Day,
    /// The instant whose knowledge counts; null if all that is known now does.
    pub known_at: Option<Instant>,
    /// The version of the rules.
    #[schema(max_length = 20, pattern = "^[0-9.]+$", example = "1")]
    pub rule_version: Cow<'static, str>,
    /// The whole framework; a joint target counts once.
    pub roll_up: RollUp,
    /// Its themes.
    #[schema(max_items = 1000)]
    pub themes: Vec<ThemeSummary>,
    /// What is due and has not come in, by owner.
    #[schema(max_items = 1000)]
    pub overdue: Vec<Overdue>,
}

/// The roll-up of a theme.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ThemeSummary {
    /// The theme.
    pub theme_id: Uuid,
    /// Its stable key.
    pub code: Code,
    /// The printed reference.
    #[serde(rename = "ref")]
    pub printed_ref: Option<Line>,
    /// What it says.
    pub title: Title,
    /// Its roll-up.
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
    /// Its stable key.
    pub code: Code,
    /// The printed reference.
    #[serde(rename = "ref")]
    pub printed_ref: Option<Line>,
    /// What it says.
    pub title: Title,
    /// Its roll-up.
    pub roll_up: RollUp,
}

/// What an owner still owes.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Overdue {
    /// The owner; null for targets without one.
    pub owner: Option<Line>,
    /// The targets for which something is due and missing.
    #[schema(max_items = 10000)]
    pub target_ids: Vec<Uuid>,
    /// Reporting periods that are past, without a reading.
    #[schema(minimum = 0)]
    pub readings: i64,
    /// Meetings past their date that are still scheduled, counted for each target they matter to.
    #[schema(minimum = 0)]
    pub meetings_unreported: i64,
    /// Registers still open after their meeting, counted so too.
    #[schema(minimum = 0)]
    pub registers_open: i64,
    /// Meetings of which it is not known whether it was delivered, counted so too.
    #[schema(minimum = 0)]
    pub deliverables_unknown: i64,
    /// Meetings of which no forms are entered, counted so too.
    #[schema(minimum = 0)]
    pub meetings_without_forms: i64,
}
