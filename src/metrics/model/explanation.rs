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
use crate::values::{Code, CouncilKind, Day, Instant, Number, Percent, Slug, Title, text_enum};

/// The date of the metric to explain, and filters of the rows.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ExplanationFilter {
    /// The date of the metric; today by default. The metric counts what happened on or before this
    /// date. A date after the plan year is replaced by the last day of the plan year.
    #[param(inline)]
    pub as_at: Option<Day>,
    /// Derive the figures from the records that were known at this instant. Records that were
    /// created, corrected or deleted later count as they were at this instant. `as_at` is then by
    /// default the day of this instant.
    #[param(inline)]
    pub known_at: Option<Instant>,
    /// Only rows that count in this way.
    #[param(inline)]
    pub counts: Option<Counts>,
    /// Only rows about this meeting.
    pub meeting_id: Option<Uuid>,
}

/// The rule by which a metric is derived, as the rule was on the metric's date.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ExplainedRule {
    /// The version of the rules.
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
    /// The threshold on the date, in the value's unit.
    pub threshold: Option<Number>,
    /// How far from the threshold the value may be and still be amber.
    pub tolerance: Tolerance,
    /// The value at which amber begins on the date. If the value is compared with the amount
    /// expected by now, amber depends on that amount; otherwise amber depends on the threshold.
    pub amber_from: Option<Number>,
    /// The first day of the plan year.
    pub plan_from: Day,
    /// The day after the last day of the plan year.
    pub plan_until: Day,
    /// The due date of a milestone; null for other measures.
    pub due_on: Option<Day>,
    /// The day on which the first reading is due. Before this day, a target without entries has the
    /// status `not_due`.
    pub first_due_on: Day,
    /// The day from which other bodies run all groups of the target; null unless the day is before
    /// the end of the plan year.
    pub handed_over_on: Option<Day>,
}

/// The cohort: the seats, persons or councils that could count.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Cohort {
    /// What the measure counts. At an open event, the measure counts councils.
    pub unit: AttendanceUnit,
    /// The roles whose seats count; empty if all roles count.
    #[schema(max_items = 20)]
    pub roles: Vec<Slug>,
    /// The kinds of councils that count; empty if all kinds count.
    #[schema(max_items = 3)]
    pub council_kinds: Vec<CouncilKind>,
    /// The day on which members of the cohort must exist; null if they must exist on the day of
    /// each meeting.
    pub existing_on: Option<Day>,
    /// The number of members, each counted once; null if no meeting counts.
    #[schema(minimum = 0)]
    pub size: Option<i64>,
}

text_enum! {
    /// What a value is compared with.
    pub enum Against {
        /// The threshold.
        Threshold = "threshold",
        /// The amount that a running count is expected to have reached on the date.
        ExpectedByNow = "expected_by_now",
    }
}

/// An exact comparison of two whole numbers. The numbers are strings, because many JSON parsers
/// round large numbers.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Inequality {
    /// The value's side: the numerator times 100, or the amount. A common factor makes both sides
    /// whole numbers.
    #[schema(min_length = 1, max_length = 40, pattern = "^-?[0-9]+$", example = "1300")]
    pub left: String,
    /// The operator between the two sides.
    pub operator: Operator,
    /// The threshold's side: the denominator times the threshold, or the threshold, multiplied by
    /// the same factor as `left`.
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

/// The comparison of a value with its threshold.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Comparison {
    /// What the value is compared with.
    pub against: Against,
    /// The comparison that decides green: the status is green if the comparison is true.
    pub green: Inequality,
    /// The comparison that decides between amber and red if the status is not green. True means
    /// amber, and false means red. Null if no value is amber.
    pub amber: Option<Inequality>,
}

/// A metric, the rule by which the metric is derived, and a page of rows. All fields except the
/// rows are the same on each page. The explanation contains no names of people.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Explanation {
    /// Id of the target.
    pub target_id: Uuid,
    /// The target's code, which stays the same in later frameworks.
    pub code: Code,
    /// The target's title.
    pub title: Title,
    /// The kind of measure.
    pub measured_by: MeasureKind,
    /// The date of the metric.
    pub as_at: Day,
    /// The instant of an as-of query, at which the counted records were known; null for current
    /// data.
    pub known_at: Option<Instant>,
    /// The unit of the value.
    pub unit: Unit,
    /// The value; null if the unit is per cent or there is no value.
    pub value: Option<i64>,
    /// The value in per cent, rounded half up to two decimals; null if the unit is not per cent or
    /// there is no value.
    pub value_percent: Option<Percent>,
    /// The numerator of a rate or coverage, which equals the sum of the rows' numerators.
    #[schema(example = 13)]
    pub numerator: Option<i64>,
    /// The denominator of a rate or coverage, which equals the sum of the rows' denominators.
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
    /// The cohort of an attendance rate or coverage; null for other measures.
    pub cohort: Option<Cohort>,
    /// The comparison of the value with its threshold; null without a value or a threshold, and for
    /// a milestone.
    pub comparison: Option<Comparison>,
    /// The results that other choices yield for an attendance rate.
    #[schema(max_items = 10)]
    pub alternatives: Vec<Alternative>,
    /// Whether another choice in `alternatives` would change the status.
    pub choice_sensitive: bool,
    /// Whether rounding to whole numbers would change the status.
    pub rounding_sensitive: bool,
    /// The rows: meetings, then register lines, evaluation forms, councils and entries. Rows of one
    /// kind are sorted by date, and councils by occasion.
    #[schema(max_items = 500)]
    pub data: Vec<ExplainedRow>,
    /// The `cursor` of the next page; null on the last page.
    #[schema(max_length = 2000, pattern = "^[A-Za-z0-9_-]+$")]
    pub next_cursor: Option<String>,
    /// Whether more rows follow this page.
    pub has_more: bool,
}
