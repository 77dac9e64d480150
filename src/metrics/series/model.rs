//! The JSON types of series: a target's metric at the end of each interval of its plan period.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::metrics::model::{Direction, Forecast, Metric, RevisionNote, Status, StatusReason, ValueReason};
use crate::progress::entry::Unit;
use crate::rules::Aim;
use crate::rules::period::{Interval, Period};
use crate::targets::model::MeasureKind;
use crate::values::{Code, Day, Figure, Instant, Number, Percent, ShortText, Title};

/// The interval between the points of a series, and the date of its last point.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SeriesQuery {
    /// The interval between the points of the series; `month` by default.
    #[param(inline)]
    pub interval: Option<Interval>,
    /// The date of the last point; today by default. A date after the plan period is replaced by
    /// the last day of the plan period.
    #[param(inline)]
    pub as_at: Option<Day>,
    /// Derives the figures from the records as they were stored at this instant. Later changes to
    /// the records are ignored. If `as_at` is absent, the day of this instant is used.
    #[param(inline)]
    pub known_at: Option<Instant>,
    /// Whether to return, with each target, the series of the target of last year that it
    /// continues. A CSV file never contains last year's series.
    pub last_year: Option<bool>,
}

/// A target's figures at the end of one interval.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SeriesPoint {
    /// The first day of the interval.
    pub period_from: Day,
    /// The date of the figures: the interval's last day, or the requested date if the interval has
    /// not ended.
    pub as_at: Day,
    /// Whether the interval has ended. It can be false for the last point only.
    pub finished: bool,
    /// The value, if the unit is not per cent. Null if the unit is per cent, or if there is no
    /// value.
    #[schema(example = json!(null))]
    pub value: Option<Figure>,
    /// The value in per cent, rounded half up to two decimals. Null if the unit is not per cent, or
    /// if there is no value.
    pub value_percent: Option<Percent>,
    /// The numerator of a rate or a coverage; null for other values.
    #[schema(example = 13)]
    pub numerator: Option<i64>,
    /// The denominator of a rate or a coverage; null for other values.
    #[schema(example = 22)]
    pub denominator: Option<i64>,
    /// Why there is no value; null if there is a value.
    pub value_reason: Option<ValueReason>,
    /// The threshold that applies on the date of the metric, in the value's unit; null if the
    /// target has no threshold.
    pub threshold: Option<Number>,
    /// The amount that a running count should have reached on the date of the point. Null for a
    /// target with the aim `at_most` and without a profile.
    pub expected_by_now: Option<Number>,
    /// The status by the threshold that applies on the date of the point.
    pub status: Status,
    /// The reason for the status.
    pub status_reason: StatusReason,
    /// The revision that set the threshold, with the status by the threshold before it; null before
    /// the first revision.
    pub revision: Option<RevisionNote>,
    /// Whether the target would have another status if its rate were first rounded to a whole per
    /// cent.
    pub rounding_sensitive: bool,
    /// Whether a record that was due on the date of the point is missing.
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

/// The series of the target of the last plan period that a target continues.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LastYear {
    /// Id of last year's target.
    pub target_id: Uuid,
    /// Id of the framework to which last year's target belongs.
    pub framework_id: Uuid,
    /// The code of last year's target.
    pub code: Code,
    /// The kind of measure that computes the target's value.
    pub kind: MeasureKind,
    /// The unit of the values in the points.
    pub unit: Unit,
    /// One point for each interval of last year that has begun.
    #[schema(max_items = 60)]
    pub points: Vec<SeriesPoint>,
}

/// The series of a target in its plan period.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TargetSeries {
    /// Id of the target.
    pub target_id: Uuid,
    /// Id of the target's framework.
    pub framework_id: Uuid,
    /// The target's code, which stays the same in later frameworks.
    pub code: Code,
    /// The reference of the target's action in the published plan. For a joint target, the
    /// references of all its actions.
    #[serde(rename = "ref")]
    #[schema(max_length = 2000, pattern = "^[^\\x00]+$", example = "4.1.1")]
    pub printed_ref: Option<String>,
    /// The target's title.
    pub title: Title,
    /// The kind of measure that computes the target's value.
    pub kind: MeasureKind,
    /// Whether the target follows only from the text of an action, and is not in the plan's table
    /// of targets.
    pub implied: bool,
    /// The person or body responsible for the target.
    pub owner: Option<ShortText>,
    /// The interval between the points of the series.
    pub interval: Interval,
    /// The date of the last point.
    pub as_at: Day,
    /// The request's `known_at`: the response is derived from the records as they were at this
    /// instant. Null if it is derived from the current records.
    pub known_at: Option<Instant>,
    /// The unit of the values in the points.
    pub unit: Unit,
    /// The name of the unit, such as `case studies` or `days`. Null if the measure names no unit.
    pub unit_name: Option<ShortText>,
    /// Whether the values were reported as they are. The server cannot derive them from records below
    /// them.
    pub reported: bool,
    /// Whether the value is to be at least or at most the threshold.
    pub aim: Aim,
    /// One point for each interval of the plan period that has begun.
    #[schema(max_items = 60)]
    pub points: Vec<SeriesPoint>,
    /// The forecast, made on the date `as_at`, of the value at the end of the plan period.
    pub forecast: Option<Forecast>,
    /// Whether the value on the date `as_at` is better or worse than earlier values of the target.
    pub direction: Direction,
    /// The series of the target of last year that this target continues. Null unless the request
    /// sets `last_year` and there is such a target.
    pub last_year: Option<LastYear>,
    /// The version of the rules by which figures are derived.
    #[schema(max_length = 20, pattern = "^[0-9.]+$", example = "1")]
    pub rule_version: &'static str,
}

/// The series of all targets in a framework.
#[derive(Debug, Serialize, ToSchema)]
pub struct FrameworkSeries {
    /// Id of the framework.
    pub framework_id: Uuid,
    /// The code that identifies the framework, such as `2017-18`.
    pub code: Code,
    /// The interval between the points of the series.
    pub interval: Interval,
    /// The date of the last point.
    pub as_at: Day,
    /// The request's `known_at`: the response is derived from the records as they were at this
    /// instant. Null if it is derived from the current records.
    pub known_at: Option<Instant>,
    /// The version of the rules by which figures are derived.
    #[schema(max_length = 20, pattern = "^[0-9.]+$", example = "1")]
    pub rule_version: &'static str,
    /// One series for each target, in the order of the targets.
    #[schema(max_items = 10000)]
    pub data: Vec<TargetSeries>,
}
