//! Explanations in requests and responses: the rule and the rows behind a metric.

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

/// The date of the metric, and which rows to list.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ExplanationFilter {
    /// The date of the metric, by when things happened. Defaults to today. A date after the plan
    /// year counts as the year's last day.
    #[param(inline)]
    pub as_at: Option<Day>,
    /// Use only what was known at this instant, and nothing that was entered, corrected or deleted
    /// later. `as_at` then defaults to the day of this instant.
    #[param(inline)]
    pub known_at: Option<Instant>,
    /// Only rows that count in this way.
    #[param(inline)]
    pub counts: Option<Counts>,
    /// Only rows of this meeting.
    pub meeting_id: Option<Uuid>,
}

/// The rule by which a metric is derived, as it is on the date.
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
    /// How the target is measured.
    pub measure: Measure,
    /// Whether the value is to be at least or at most the threshold.
    pub aim: Aim,
    /// The threshold on the date, in the value's unit.
    pub threshold: Option<Number>,
    /// How far from the threshold the value may be and still be amber.
    pub tolerance: Tolerance,
    /// The value at which amber begins on the date. It follows from the amount expected by now if
    /// the value is compared with that, and otherwise from the threshold.
    pub amber_from: Option<Number>,
    /// The first day of the plan year.
    pub plan_from: Day,
    /// The day after the plan year's last.
    pub plan_until: Day,
    /// The due date of a milestone; null for other measures.
    pub due_on: Option<Day>,
    /// The day on which the first reading is due. Before that day, a target without an entry is not
    /// due.
    pub first_due_on: Day,
    /// The day from which other bodies run all groups of the target; null unless that is before the
    /// plan year's end.
    pub handed_over_on: Option<Day>,
}

/// The cohort: the seats, persons or councils that could count.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Cohort {
    /// What is counted. At an event without a group, councils are counted.
    pub unit: AttendanceUnit,
    /// Only seats of these roles; empty for all.
    #[schema(max_items = 20)]
    pub roles: Vec<Slug>,
    /// Only councils of these kinds; empty for all.
    #[schema(max_items = 3)]
    pub council_kinds: Vec<CouncilKind>,
    /// The day on which the cohort must exist; null if that is the day of each meeting.
    pub existing_on: Option<Day>,
    /// The size of the cohort, each member counted once; null if no meeting counts.
    #[schema(minimum = 0)]
    pub size: Option<i64>,
}

text_enum! {
    /// What a value is compared with.
    pub enum Against {
        /// The threshold.
        Threshold = "threshold",
        /// The amount that a running count is expected to reach by the date.
        ExpectedByNow = "expected_by_now",
    }
}

/// An exact comparison of two whole numbers. They are strings, because they can be larger than the
/// numbers that JSON parsers keep exactly.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Inequality {
    /// The value: the numerator times 100, or the amount. It is multiplied by the factor that makes
    /// both sides whole numbers.
    #[schema(min_length = 1, max_length = 40, pattern = "^-?[0-9]+$", example = "1300")]
    pub left: String,
    /// The operator of the comparison.
    pub operator: Operator,
    /// The number that the value is compared with: the denominator times the threshold, multiplied
    /// by the same factor.
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

/// How a value was compared with its threshold.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Comparison {
    /// What the value is compared with.
    pub against: Against,
    /// The status is green if this comparison is true.
    pub green: Inequality,
    /// A status that is not green is amber if this comparison is true, and otherwise red; null if
    /// no value is amber.
    pub amber: Option<Inequality>,
}

/// A metric, the rule by which it is derived, and a page of the rows behind it. Everything but the
/// rows is the same on each page. It names no person.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Explanation {
    /// The target.
    pub target_id: Uuid,
    /// The target's stable key.
    pub code: Code,
    /// The target's title.
    pub title: Title,
    /// The kind of measure.
    pub measured_by: MeasureKind,
    /// The date of the metric.
    pub as_at: Day,
    /// The instant of an as-of query: only what was known then counts. Null for current data.
    pub known_at: Option<Instant>,
    /// The unit of the value.
    pub unit: Unit,
    /// The value, if the unit is not per cent.
    pub value: Option<i64>,
    /// The value, if the unit is per cent, rounded half up to two decimals.
    pub value_percent: Option<Percent>,
    /// The numerator, for rates and coverage. It equals the sum of the rows' numerators.
    #[schema(example = 13)]
    pub numerator: Option<i64>,
    /// The denominator, for rates and coverage. It equals the sum of the rows' denominators.
    #[schema(example = 22)]
    pub denominator: Option<i64>,
    /// Why there is no value.
    pub value_reason: Option<ValueReason>,
    /// The status.
    pub status: Status,
    /// The reason for the status.
    pub status_reason: StatusReason,
    /// The rule.
    pub rule: ExplainedRule,
    /// The cohort, for attendance rates and coverage.
    pub cohort: Option<Cohort>,
    /// How the value was compared with its threshold; null without a value or a threshold, and for
    /// a milestone.
    pub comparison: Option<Comparison>,
    /// The results of other choices, for attendance rates.
    #[schema(max_items = 10)]
    pub alternatives: Vec<Alternative>,
    /// Whether another choice would change the status.
    pub choice_sensitive: bool,
    /// Whether rounding to whole numbers would change the status.
    pub rounding_sensitive: bool,
    /// The rows: meetings, then register lines, forms, councils and entries. Rows of a kind are
    /// sorted by date, and councils by occasion.
    #[schema(max_items = 500)]
    pub data: Vec<ExplainedRow>,
    /// The `cursor` of the next page; null on the last page.
    #[schema(max_length = 2000, pattern = "^[A-Za-z0-9_-]+$")]
    pub next_cursor: Option<String>,
    /// Whether there are rows after this page.
    pub has_more: bool,
}
