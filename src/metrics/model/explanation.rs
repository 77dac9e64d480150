//! The rows and the rule behind a metric, on the wire.

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

/// Which rows to read, at which date.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ExplanationFilter {
    /// The date to read at, by when things happened; today if not said, and never past the plan year's last day.
    #[param(inline)]
    pub as_at: Option<Day>,
    /// Read what was known at this instant, and not what has been entered, corrected or deleted since; `as_at` is then that
    /// day if not said.
    #[param(inline)]
    pub known_at: Option<Instant>,
    /// Only rows that count so.
    #[param(inline)]
    pub counts: Option<Counts>,
    /// Only rows of this meeting.
    pub meeting_id: Option<Uuid>,
}

/// The rule that makes a metric, as it holds on the date.
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
    /// Whether more is better.
    pub aim: Aim,
    /// The threshold that holds on the date, in the value's unit.
    pub threshold: Option<Number>,
    /// How far from it is still amber.
    pub tolerance: Tolerance,
    /// The value at which amber begins on the date: of what is expected by then, where the value is held against that.
    pub amber_from: Option<Number>,
    /// The first day of the plan year.
    pub plan_from: Day,
    /// The day after its last.
    pub plan_until: Day,
    /// When a milestone is due; null for other measures.
    pub due_on: Option<Day>,
    /// When the first reading of progress is due: before, having none is no fault.
    pub first_due_on: Day,
    /// From when all bodies of the target are another's, if that is before the plan year's end.
    pub handed_over_on: Option<Day>,
}

/// Who could count.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Cohort {
    /// What is counted; at an event without a group it is councils.
    pub unit: AttendanceUnit,
    /// Only seats of these roles; empty for all.
    #[schema(max_items = 20)]
    pub roles: Vec<Slug>,
    /// Only councils of these kinds; empty for all.
    #[schema(max_items = 3)]
    pub council_kinds: Vec<CouncilKind>,
    /// The day on which they exist; null where that is each meeting's.
    pub existing_on: Option<Day>,
    /// How many they are, each counted once; null where no meeting counts.
    #[schema(minimum = 0)]
    pub size: Option<i64>,
}

text_enum! {
    /// What a value is held against.
    pub enum Against {
        /// The threshold.
        Threshold = "threshold",
        /// What a running count should have reached by the date.
        ExpectedByNow = "expected_by_now",
    }
}

/// Two whole numbers held against each other, exactly. They can be larger than JSON readers keep, so they are texts.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Inequality {
    /// The value: the numerator times a hundred, or the amount; times what makes both sides whole.
    #[schema(min_length = 1, max_length = 40, pattern = "^-?[0-9]+$", example = "1300")]
    pub left: String,
    /// How they are compared.
    pub operator: Operator,
    /// What it is held against: the denominator times the threshold; times the same.
    #[schema(min_length = 1, max_length = 40, pattern = "^-?[0-9]+$", example = "1320")]
    pub right: String,
    /// Whether it is true.
    pub holds: bool,
}

impl From<rules::Inequality> for Inequality {
    fn from(sides: rules::Inequality) -> Self {
        let (left, right) = (sides.left.to_string(), sides.right.to_string());
        Self { left, operator: sides.operator, right, holds: sides.holds() }
    }
}

/// How a value was held against its threshold.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Comparison {
    /// What it is held against.
    pub against: Against,
    /// It is green if this holds,
    pub green: Inequality,
    /// amber if this holds, and else red; null where nothing is amber.
    pub amber: Option<Inequality>,
}

/// A metric, the rule that makes it, and a page of the rows it is made from. All but the page is the same on each
/// page. No person is named.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Explanation {
    /// The target.
    pub target_id: Uuid,
    /// The target's stable key.
    pub code: Code,
    /// What is promised.
    pub title: Title,
    /// How it is measured.
    pub measured_by: MeasureKind,
    /// The date it is read at.
    pub as_at: Day,
    /// The instant whose knowledge counts; null if all that is known now does.
    pub known_at: Option<Instant>,
    /// The unit of the value.
    pub unit: Unit,
    /// The value where the unit is not per cent.
    pub value: Option<i64>,
    /// The value where the unit is per cent, half up to two decimals.
    pub value_percent: Option<Percent>,
    /// The numerator, for rates and coverage: what the rows add up to.
    #[schema(example = 13)]
    pub numerator: Option<i64>,
    /// The denominator, for rates and coverage: what the rows add up to.
    #[schema(example = 22)]
    pub denominator: Option<i64>,
    /// Why there is no value.
    pub value_reason: Option<ValueReason>,
    /// How it stands.
    pub status: Status,
    /// Why.
    pub status_reason: StatusReason,
    /// The rule.
    pub rule: ExplainedRule,
    /// Who could count, for rates of attendance and coverage.
    pub cohort: Option<Cohort>,
    /// How the value was held against its threshold; null without either, and for a milestone.
    pub comparison: Option<Comparison>,
    /// What other choices would have given; for rates of attendance.
    #[schema(max_items = 10)]
    pub alternatives: Vec<Alternative>,
    /// Whether another choice would flip the status.
    pub choice_sensitive: bool,
    /// Whether rounding to whole numbers would flip the status.
    pub rounding_sensitive: bool,
    /// The rows: meetings, then lines of registers, forms, councils, entries; each by date.
    #[schema(max_items = 500)]
    pub data: Vec<ExplainedRow>,
    /// What to send as `cursor` for the next page; null on the last one.
    #[schema(max_length = 2000, pattern = "^[A-Za-z0-9_-]+$")]
    pub next_cursor: Option<String>,
    /// Whether there are rows behind this page.
    pub has_more: bool,
}
