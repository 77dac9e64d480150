//! A series on the wire: what a target's metric was at the end of each interval of its plan year.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::metrics::model::{Direction, Forecast, Metric, RevisionNote, Status, StatusReason, ValueReason};
use crate::progress::entry::Unit;
use crate::rules::Aim;
use crate::rules::period::{Interval, Period};
use crate::targets::model::MeasureKind;
use crate::values::{Code, Day, Instant, Line, Number, Percent, Title};

/// At which intervals, up to which date.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SeriesQuery {
    /// How far the points lie apart; a month if not said.
    #[param(inline)]
    pub interval: Option<Interval>,
    /// The date of the last point; today if not said, and never past the plan year's last day.
    #[param(inline)]
    pub as_at: Option<Day>,
    /// Read what was known at this instant, and not what has been entered, corrected or deleted since; `as_at` is then that
    /// day if not said.
    #[param(inline)]
    pub known_at: Option<Instant>,
    /// Whether to show, beside each target, the year of the target that it continues; a CSV file never does.
    pub last_year: Option<bool>,
}

/// How a target stood at the end of one interval: what its metric says at that date.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SeriesPoint {
    /// The interval's first day.
    pub period_from: Day,
    /// The date it is read at: the interval's last day, or the asked date in one that has not ended.
    pub as_at: Day,
    /// Whether the interval has ended; the last point may lie within one.
    pub finished: bool,
    /// The value where the unit is not per cent.
    #[schema(example = json!(null))]
    pub value: Option<i64>,
    /// The value where the unit is per cent, half up to two decimals.
    pub value_percent: Option<Percent>,
    /// The numerator, for rates and coverage.
    #[schema(example = 13)]
    pub numerator: Option<i64>,
    /// The denominator, for rates and coverage.
    #[schema(example = 22)]
    pub denominator: Option<i64>,
    /// Why there is no value.
    pub value_reason: Option<ValueReason>,
    /// The threshold that held on the date, in the value's unit.
    pub threshold: Option<Number>,
    /// What a running count is held against by then; null for an at-most target without a profile.
    pub expected_by_now: Option<Number>,
    /// How it stood, against the threshold that held.
    pub status: Status,
    /// Why.
    pub status_reason: StatusReason,
    /// The revision that set the threshold, with the status against the one before; null until one has.
    pub revision: Option<RevisionNote>,
    /// Whether rounding to whole numbers would flip the status.
    pub rounding_sensitive: bool,
    /// Whether something that was due is still to come in.
    pub provisional: bool,
}

impl SeriesPoint {
    /// The point of an interval.
    pub(super) fn new(interval: &Period, metric: &Metric) -> Self {
        Self {
            period_from: Day(interval.from),
            as_at: metric.as_at,
            finished: interval.is_over(metric.as_at.0),
            value: metric.value,
            value_percent: metric.value_percent,
            numerator: metric.numerator,
            denominator: metric.denominator,
            value_reason: metric.value_reason,
            threshold: metric.threshold,
            expected_by_now: metric.expected_by_now,
            status: metric.status,
            status_reason: metric.status_reason,
            revision: metric.revision.clone(),
            rounding_sensitive: metric.rounding_sensitive,
            provisional: metric.completeness.provisional,
        }
    }
}

/// The year of the target that another continues.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LastYear {
    /// That target.
    pub target_id: Uuid,
    /// Its framework.
    pub framework_id: Uuid,
    /// Its stable key.
    pub code: Code,
    /// How it is measured.
    pub kind: MeasureKind,
    /// The unit of its values.
    pub unit: Unit,
    /// A point for each interval that has begun.
    #[schema(max_items = 12)]
    pub points: Vec<SeriesPoint>,
}

/// A target through its plan year.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TargetSeries {
    /// The target.
    pub target_id: Uuid,
    /// Its framework.
    pub framework_id: Uuid,
    /// The target's stable key.
    pub code: Code,
    /// The printed reference of its action; of its actions, where it hangs on several.
    #[serde(rename = "ref")]
    #[schema(max_length = 2000, pattern = "^[^\\x00]+$", example = "4.1.1")]
    pub printed_ref: Option<String>,
    /// What is promised.
    pub title: Title,
    /// How it is measured.
    pub kind: MeasureKind,
    /// Whether only the action's wording implies it.
    pub implied: bool,
    /// Who answers for it.
    pub owner: Option<Line>,
    /// How far the points lie apart.
    pub interval: Interval,
    /// The date up to which it goes.
    pub as_at: Day,
    /// The instant whose knowledge counts; null if all that is known now does.
    pub known_at: Option<Instant>,
    /// The unit of the values.
    pub unit: Unit,
    /// Whether more is better.
    pub aim: Aim,
    /// A point for each interval that has begun.
    #[schema(max_items = 12)]
    pub points: Vec<SeriesPoint>,
    /// What the value would be at the year's end, as it stands at `as_at`.
    pub forecast: Option<Forecast>,
    /// Direction of travel at `as_at`.
    pub direction: Direction,
    /// The year of the target that this one continues, where that was asked for.
    pub last_year: Option<LastYear>,
    /// The version of the rules.
    #[schema(max_length = 20, pattern = "^[0-9.]+$", example = "1")]
    pub rule_version: &'static str,
}

/// All targets of a framework through the plan year.
#[derive(Debug, Serialize, ToSchema)]
pub struct FrameworkSeries {
    /// The framework.
    pub framework_id: Uuid,
    /// Its stable key.
    pub code: Code,
    /// How far the points lie apart.
    pub interval: Interval,
    /// The date up to which they go.
    pub as_at: Day,
    /// The instant whose knowledge counts; null if all that is known now does.
    pub known_at: Option<Instant>,
    /// The version of the rules.
    #[schema(max_length = 20, pattern = "^[0-9.]+$", example = "1")]
    pub rule_version: &'static str,
    /// One series for each target, in the targets' order.
    #[schema(max_items = 10000)]
    pub data: Vec<TargetSeries>,
}
