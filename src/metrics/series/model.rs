//! Series in requests and responses: a target's metric at the end of each interval of its plan
//! year.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::metrics::model::{Direction, Forecast, Metric, RevisionNote, Status, StatusReason, ValueReason};
use crate::progress::entry::Unit;
use crate::rules::Aim;
use crate::rules::period::{Interval, Period};
use crate::targets::model::MeasureKind;
use crate::values::{Code, Day, Instant, Number, Percent, ShortText, Title};

/// The intervals of a series, and its last date.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SeriesQuery {
    /// The interval between points. Defaults to `month`.
    #[param(inline)]
    pub interval: Option<Interval>,
    /// The date of the last point. Defaults to today. A date after the plan year counts as the
    /// year's last day.
    #[param(inline)]
    pub as_at: Option<Day>,
    /// Use only what was known at this instant, and nothing that was entered, corrected or deleted
    /// later. `as_at` then defaults to the day of this instant.
    #[param(inline)]
    pub known_at: Option<Instant>,
    /// Whether to include, beside each target, the series of last year's target that it continues.
    /// A CSV file never includes it.
    pub last_year: Option<bool>,
}

/// The figures of a target's metric at the end of one interval.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SeriesPoint {
    /// The interval's first day.
    pub period_from: Day,
    /// The date of the metric: the interval's last day, or the requested date if the interval has
    /// not ended.
    pub as_at: Day,
    /// Whether the interval has ended. The last point may be within an interval.
    pub finished: bool,
    /// The value, if the unit is not per cent.
    #[schema(example = json!(null))]
    pub value: Option<i64>,
    /// The value, if the unit is per cent, rounded half up to two decimals.
    pub value_percent: Option<Percent>,
    /// The numerator, for rates and coverage.
    #[schema(example = 13)]
    pub numerator: Option<i64>,
    /// The denominator, for rates and coverage.
    #[schema(example = 22)]
    pub denominator: Option<i64>,
    /// Why there is no value.
    pub value_reason: Option<ValueReason>,
    /// The threshold on the date, in the value's unit.
    pub threshold: Option<Number>,
    /// The amount that a running count is compared with on the date; null for an at-most target
    /// without a profile.
    pub expected_by_now: Option<Number>,
    /// The status, against the threshold on the date.
    pub status: Status,
    /// The reason for the status.
    pub status_reason: StatusReason,
    /// The revision that set the threshold, with the status against the previous threshold; null
    /// before the first revision.
    pub revision: Option<RevisionNote>,
    /// Whether rounding to whole numbers would change the status.
    pub rounding_sensitive: bool,
    /// Whether a record that was due is missing.
    pub provisional: bool,
}

impl SeriesPoint {
    /// Creates the point of an interval.
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

/// The series of last year's target, which another target continues.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LastYear {
    /// Last year's target.
    pub target_id: Uuid,
    /// Its framework.
    pub framework_id: Uuid,
    /// Its stable key.
    pub code: Code,
    /// The kind of measure.
    pub kind: MeasureKind,
    /// The unit of the values.
    pub unit: Unit,
    /// A point for each interval that has begun.
    #[schema(max_items = 12)]
    pub points: Vec<SeriesPoint>,
}

/// The series of a target in its plan year.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TargetSeries {
    /// The target.
    pub target_id: Uuid,
    /// Its framework.
    pub framework_id: Uuid,
    /// The target's stable key.
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
    /// The instant of an as-of query: only what was known then counts. Null for current data.
    pub known_at: Option<Instant>,
    /// The unit of the values.
    pub unit: Unit,
    /// Whether the value is to be at least or at most the threshold.
    pub aim: Aim,
    /// A point for each interval that has begun.
    #[schema(max_items = 12)]
    pub points: Vec<SeriesPoint>,
    /// The forecast at `as_at` of the value at the plan year's end.
    pub forecast: Option<Forecast>,
    /// The direction of travel at `as_at`.
    pub direction: Direction,
    /// The series of last year's target that this one continues; null unless the request asks for
    /// it.
    pub last_year: Option<LastYear>,
    /// The version of the rules.
    #[schema(max_length = 20, pattern = "^[0-9.]+$", example = "1")]
    pub rule_version: &'static str,
}

/// The series of all targets of a framework in the plan year.
#[derive(Debug, Serialize, ToSchema)]
pub struct FrameworkSeries {
    /// The framework.
    pub framework_id: Uuid,
    /// Its stable key.
    pub code: Code,
    /// The interval between points.
    pub interval: Interval,
    /// The date of the last point.
    pub as_at: Day,
    /// The instant of an as-of query: only what was known then counts. Null for current data.
    pub known_at: Option<Instant>,
    /// The version of the rules.
    #[schema(max_length = 20, pattern = "^[0-9.]+$", example = "1")]
    pub rule_version: &'static str,
    /// One series for each target, in the targets' order.
    #[schema(max_items = 10000)]
    pub data: Vec<TargetSeries>,
}
