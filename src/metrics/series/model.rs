//! The JSON types of series: a target's metric at the end of each interval of its plan year.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::metrics::model::{Direction, Forecast, Metric, RevisionNote, Status, StatusReason, ValueReason};
use crate::progress::entry::Unit;
use crate::rules::Aim;
use crate::rules::period::{Interval, Period};
use crate::targets::model::MeasureKind;
use crate::values::{Code, Day, Instant, Number, Percent, ShortText, Title};

/// The interval and the last date of a series.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SeriesQuery {
    /// The interval between points; `month` by default.
    #[param(inline)]
    pub interval: Option<Interval>,
    /// The date of the last point; today by default. A date after the plan year is replaced by the
    /// last day of the plan year.
    #[param(inline)]
    pub as_at: Option<Day>,
    /// Derive the figures from the records that were known at this instant. Records that were
    /// created, corrected or deleted later count as they were at this instant. `as_at` is then by
    /// default the day of this instant.
    #[param(inline)]
    pub known_at: Option<Instant>,
    /// Whether to include, for each target, the series of last year's target that the target
    /// continues. A CSV file never contains the series of last year's target.
    pub last_year: Option<bool>,
}

/// The figures of a target at the end of one interval.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SeriesPoint {
    /// The first day of the interval.
    pub period_from: Day,
    /// The date of the metric: the interval's last day, or the requested date if the interval has
    /// not ended.
    pub as_at: Day,
    /// Whether the interval has ended. Only the last point can be within an interval that has not
    /// ended.
    pub finished: bool,
    /// The value; null if the unit is per cent or there is no value.
    #[schema(example = json!(null))]
    pub value: Option<i64>,
    /// The value in per cent, rounded half up to two decimals; null if the unit is not per cent or
    /// there is no value.
    pub value_percent: Option<Percent>,
    /// The numerator of a rate or coverage.
    #[schema(example = 13)]
    pub numerator: Option<i64>,
    /// The denominator of a rate or coverage.
    #[schema(example = 22)]
    pub denominator: Option<i64>,
    /// Why there is no value; null if there is a value.
    pub value_reason: Option<ValueReason>,
    /// The threshold on the date, in the value's unit.
    pub threshold: Option<Number>,
    /// The amount that a running count is expected to have reached on the date; null for a target
    /// with aim `at_most` and without a profile.
    pub expected_by_now: Option<Number>,
    /// The status by the threshold on the date.
    pub status: Status,
    /// The reason for the status.
    pub status_reason: StatusReason,
    /// The revision that set the threshold, with the status by the previous threshold; null before
    /// the first revision.
    pub revision: Option<RevisionNote>,
    /// Whether rounding to whole numbers would change the status.
    pub rounding_sensitive: bool,
    /// Whether a record that was due is missing.
    pub provisional: bool,
}

impl SeriesPoint {
    pub(super) fn new(interval: &Period, metric: &Metric) -> Self {
        Self {
            period_from: Day(interval.from),
            as_at: metric.as_at,
            finished: interval.is_expired(metric.as_at.0),
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

/// The series of last year's target, which this year's target continues.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LastYear {
    /// Id of last year's target.
    pub target_id: Uuid,
    /// Id of the framework to which last year's target belongs.
    pub framework_id: Uuid,
    /// The code of last year's target.
    pub code: Code,
    /// The kind of measure.
    pub kind: MeasureKind,
    /// The unit of the values.
    pub unit: Unit,
    /// One point for each interval that has begun.
    #[schema(max_items = 12)]
    pub points: Vec<SeriesPoint>,
}

/// The series of a target in its plan year.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TargetSeries {
    /// Id of the target.
    pub target_id: Uuid,
    /// Id of the target's framework.
    pub framework_id: Uuid,
    /// The target's code, which stays the same in later frameworks.
    pub code: Code,
    /// The printed reference of the target's action, or of its actions if it is a joint target.
    #[serde(rename = "ref")]
    #[schema(max_length = 2000, pattern = "^[^\\x00]+$", example = "4.1.1")]
    pub printed_ref: Option<String>,
    /// The target's title.
    pub title: Title,
    /// The kind of measure.
    pub kind: MeasureKind,
    /// Whether only the action's text implies the target.
    pub implied: bool,
    /// Who is responsible for the target.
    pub owner: Option<ShortText>,
    /// The interval between points.
    pub interval: Interval,
    /// The date of the last point.
    pub as_at: Day,
    /// The instant of an as-of query, at which the counted records were known; null for current
    /// data.
    pub known_at: Option<Instant>,
    /// The unit of the values.
    pub unit: Unit,
    /// Whether the value is to be at least or at most the threshold.
    pub aim: Aim,
    /// One point for each interval that has begun.
    #[schema(max_items = 12)]
    pub points: Vec<SeriesPoint>,
    /// The forecast, at `as_at`, of the value at the end of the plan year.
    pub forecast: Option<Forecast>,
    /// The direction of travel at `as_at`.
    pub direction: Direction,
    /// The series of last year's target that this target continues; null unless the request sets
    /// `last_year`.
    pub last_year: Option<LastYear>,
    /// The version of the rules.
    #[schema(max_length = 20, pattern = "^[0-9.]+$", example = "1")]
    pub rule_version: &'static str,
}

/// The series of all targets in a framework.
#[derive(Debug, Serialize, ToSchema)]
pub struct FrameworkSeries {
    /// Id of the framework.
    pub framework_id: Uuid,
    /// The framework's key, such as `2017-18`.
    pub code: Code,
    /// The interval between points.
    pub interval: Interval,
    /// The date of the last point.
    pub as_at: Day,
    /// The instant of an as-of query, at which the counted records were known; null for current
    /// data.
    pub known_at: Option<Instant>,
    /// The version of the rules.
    #[schema(max_length = 20, pattern = "^[0-9.]+$", example = "1")]
    pub rule_version: &'static str,
    /// One series for each target, in the order of the targets.
    #[schema(max_items = 10000)]
    pub data: Vec<TargetSeries>,
}
