//! The JSON types of explanations: the rule by which a metric is derived, and the rows.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{Alternative, Counts, ExplainedRow, Status, StatusReason, ValueReason};
use crate::progress::entry::Unit;
use crate::rules::measure::AttendanceUnit;
use crate::rules::{self, Aim, Measure, Operator, Tolerance};
use crate::targets::model::MeasureKind;
use crate::values::{
    Code, CouncilKind, Day, Figure, Instant, Number, Percent, ShortText, Slug, Title, text_enum,
};

/// The date of the metric to explain, and which of its rows to return.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ExplanationFilter {
    /// The date of the metric; today by default. The metric counts what happened on or before this
    /// date. A date after the plan period is replaced by the last day of the plan period.
    #[param(inline)]
    pub as_at: Option<Day>,
    /// Derives the figures from the records as they were stored at this instant. Later changes to
    /// the records are ignored. If `as_at` is absent, the day of this instant is used.
    #[param(inline)]
    pub known_at: Option<Instant>,
    /// Returns only rows that count in this way.
    #[param(inline)]
    pub counts: Option<Counts>,
    /// Returns only rows about this meeting.
    pub meeting_id: Option<Uuid>,
}

/// The rule by which a metric is derived, as it applies on the metric's date.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ExplainedRule {
    /// The version of the rules by which figures are derived.
    #[schema(max_length = 20, pattern = "^[0-9.]+$", example = "1")]
    pub version: Cow<'static, str>,
    /// The rule in one sentence.
    #[schema(
        min_length = 1,
        max_length = 4000,
        pattern = "^[^\\x00]+$",
        example = "Number of meetings held from 2017-04-01 to 2018-03-31; green from 2 (expected by 2017-09-30, of 4), else red."
    )]
    pub words: String,
    /// How the target's value is computed.
    pub measure: Measure,
    /// Whether the value is to be at least or at most the threshold.
    pub aim: Aim,
    /// The threshold that applies on the date of the metric, in the value's unit; null if the
    /// target has no threshold.
    pub threshold: Option<Number>,
    /// How far the value may miss the threshold and still have the status `amber`.
    pub tolerance: Tolerance,
    /// The value at the border between the statuses `amber` and `red` on the date of the metric. It
    /// is computed from the threshold, or from the amount expected by now if the value is compared
    /// with that amount.
    pub amber_from: Option<Number>,
    /// The first day of the plan period.
    pub plan_from: Day,
    /// The day after the last day of the plan period.
    pub plan_until: Day,
    /// The due date of a milestone; null for other measures.
    pub due_on: Option<Day>,
    /// The day by which the first reading is due. Before this day, a target without entries has the
    /// status `not_due`.
    pub first_due_on: Day,
    /// The day from which other bodies run all groups of the target. Null if there is no such day
    /// before the end of the plan period.
    pub handed_over_on: Option<Day>,
}

/// The seats, persons or councils that a measure could count.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Cohort {
    /// What the measure counts at a group's meeting. At an open event, it counts councils.
    pub unit: AttendanceUnit,
    /// The roles of the seats that count; empty if seats with any role count.
    #[schema(max_items = 20)]
    pub roles: Vec<Slug>,
    /// The types of councils that count; empty if councils of any type count.
    #[schema(max_items = 3)]
    pub council_kinds: Vec<CouncilKind>,
    /// The day on which a member of the cohort must exist. Null if it must exist on the day of each
    /// meeting.
    pub existing_on: Option<Day>,
    /// The number of members of the cohort. A member is counted once, whatever the number of
    /// meetings. Null if no meeting counts.
    #[schema(minimum = 0)]
    pub size: Option<i64>,
}

text_enum! {
    /// The number with which a value is compared.
    pub enum Against {
        /// The threshold.
        Threshold = "threshold",
        /// The amount that a running count is expected to have reached on the date.
        ExpectedByNow = "expected_by_now",
    }
}

/// A comparison of two whole numbers without rounding. Both numbers are strings, because many JSON
/// parsers round large numbers.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Inequality {
    /// The left side: the numerator times 100, or the value if it is an amount. A factor may be
    /// applied to both sides to make them whole numbers.
    #[schema(min_length = 1, max_length = 40, pattern = "^-?[0-9]+$", example = "1300")]
    pub left: String,
    /// The operator between `left` and `right`.
    pub operator: Operator,
    /// The right side: the denominator times the threshold, or the threshold if the value is an
    /// amount. The factor of `left` is applied.
    #[schema(min_length = 1, max_length = 40, pattern = "^-?[0-9]+$", example = "1320")]
    pub right: String,
    /// Whether the comparison is true.
    pub holds: bool,
}

impl From<rules::Inequality> for Inequality {
    fn from(sides: rules::Inequality) -> Self {
        let (left, right) = (sides.left.to_string(), sides.right.to_string());
        Self { left, operator: sides.operator, right, holds: sides.holds() }
    }
}

/// The comparison of a target's value with its threshold, or with the amount expected by now.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Comparison {
    /// The number with which the value is compared.
    pub against: Against,
    /// The comparison for the status `green`. If it is true, the status is `green`.
    pub green: Inequality,
    /// The comparison for the status `amber`, if `green` is not true. If it is true, the status is
    /// `amber`, otherwise `red`. Null if the rule has no `amber`.
    pub amber: Option<Inequality>,
}

/// A metric, the rule by which it is derived, and a page of the rows that it counts or leaves out.
/// Only the rows differ between pages. The explanation contains no names of people.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Explanation {
    /// Id of the target.
    pub target_id: Uuid,
    /// The target's code, which stays the same in later frameworks.
    pub code: Code,
    /// The target's title.
    pub title: Title,
    /// The kind of measure that computes the target's value.
    pub measured_by: MeasureKind,
    /// The date of the metric.
    pub as_at: Day,
    /// The request's `known_at`: the response is derived from the records as they were at this
    /// instant. Null if it is derived from the current records.
    pub known_at: Option<Instant>,
    /// The unit of the value.
    pub unit: Unit,
    /// The name of the unit, such as `case studies` or `days`. Null if the measure names no unit.
    #[serde(default)]
    pub unit_name: Option<ShortText>,
    /// Whether the value was reported as it is. The server cannot derive it from records below it.
    #[serde(default)]
    pub reported: bool,
    /// The value, if the unit is not per cent. Null if the unit is per cent, or if there is no
    /// value.
    pub value: Option<Figure>,
    /// The value in per cent, rounded half up to two decimals. Null if the unit is not per cent, or
    /// if there is no value.
    pub value_percent: Option<Percent>,
    /// The numerator of a rate or a coverage; null for other values. It is the sum of the
    /// numerators of all rows.
    #[schema(example = 13)]
    pub numerator: Option<i64>,
    /// The denominator of a rate or a coverage; null for other values. It is the sum of the
    /// denominators of all rows.
    #[schema(example = 22)]
    pub denominator: Option<i64>,
    /// Why there is no value; null if there is a value.
    pub value_reason: Option<ValueReason>,
    /// The status of the target.
    pub status: Status,
    /// The reason for the status.
    pub status_reason: StatusReason,
    /// The rule by which the metric is derived.
    pub rule: ExplainedRule,
    /// The seats, persons or councils that an attendance rate or a coverage could count; null for
    /// other measures.
    pub cohort: Option<Cohort>,
    /// The comparison of the value with its threshold. Null if there is no value or no threshold,
    /// and for a milestone.
    pub comparison: Option<Comparison>,
    /// The attendance rate computed in other ways: over several meetings with another aggregate, or
    /// with substitutes counted differently. Empty for other measures.
    #[schema(max_items = 10)]
    pub alternatives: Vec<Alternative>,
    /// Whether the target would have another status if its attendance rate were computed in another
    /// way, as `alternatives` lists.
    pub choice_sensitive: bool,
    /// Whether the target would have another status if its rate were first rounded to a whole per
    /// cent.
    pub rounding_sensitive: bool,
    /// The rows, sorted by kind: meetings, register rows, evaluation forms, councils and progress
    /// entries. Rows of one kind are sorted by date, and councils by occasion.
    #[schema(max_items = 500)]
    pub data: Vec<ExplainedRow>,
    /// The value of the parameter `cursor` that requests the next page; null on the last page.
    #[schema(max_length = 2000, pattern = "^[A-Za-z0-9_-]+$")]
    pub next_cursor: Option<String>,
    /// Whether more rows follow this page.
    pub has_more: bool,
}
