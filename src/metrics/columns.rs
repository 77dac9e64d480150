//! Metrics as a flat table with one row for each target. New columns are only added at the end.

use super::model::Metric;
use crate::values::{Cell, Column, columns};
use crate::web::{Problem, csv};

pub const COLUMNS: &[Column] = columns! {
    "target_id" Uuid "Id of the target.",
    "framework_id" Uuid "Id of the framework to which the target belongs.",
    "code" Text "The target's code, which stays the same in later frameworks.",
    "ref" Text "The printed reference of the target's action, or of its actions if it is a joint target.",
    "title" Text "The target's title.",
    "kind" Text "The kind of measure.",
    "implied" Boolean "Whether only the action's text implies the target.",
    "owner" Text "Who is responsible for the target.",
    "as_at" Date "The date of the metric.",
    "unit" Text "The unit of the value: percent, count, pence, named or none.",
    "value" Decimal "The value, if the unit is not per cent: a count, pence, a number in the named unit, or for a milestone 1 if it is achieved and otherwise 0.",
    "value_percent" Percentage "The value, if the unit is per cent, rounded half up to two decimals.",
    "numerator" Integer "The numerator of a rate or coverage.",
    "denominator" Integer "The denominator of a rate or coverage.",
    "value_reason" Text "Why there is no value; empty if there is a value.",
    "aim" Text "Whether the value is to be at least or at most the threshold: at_least or at_most.",
    "threshold" Decimal "The threshold on the date, in the value's unit.",
    "amber_from" Decimal "The value at which amber begins on the date.",
    "variance" Decimal "The value minus the threshold, for rates in percentage points.",
    "status" Text "The status of the target.",
    "status_reason" Text "The reason for the status.",
    "rounding_sensitive" Boolean "Whether rounding to whole numbers would change the status.",
    "choice_sensitive" Boolean "Whether another choice of aggregate or of substitutes would change the status.",
    "expected_by_now" Decimal "The amount that a running count is expected to have reached on the date; empty for a target with aim at_most and without a profile.",
    "baseline" Decimal "The value before the plan, as the target states it.",
    "baseline_variance" Decimal "The value minus the baseline, for rates in percentage points.",
    "provisional" Boolean "Whether a record that is due is missing.",
    "rule_version" Text "The version of the rules by which the metric was derived.",
    "forecast" Decimal "The forecast of the value at the plan period's end, in its unit, for counts and pooled rates.",
    "forecast_method" Text "How the forecast was computed.",
    "known_at" Timestamp "The instant of an as-of query, at which the counted records were known; empty for current data.",
    "unit_name" Text "The name of the unit, if the measure names one.",
    "reported" Boolean "Whether the value was reported as it is, and not derived.",
};

pub fn file(metrics: &[Metric]) -> Result<Vec<u8>, Problem> {
    csv::file(COLUMNS, metrics.iter().map(row)).map_err(|error| Problem::internal(error.to_string()))
}

pub fn row(metric: &Metric) -> Vec<Cell> {
    let forecast = metric.forecast.as_ref();
    vec![
        metric.target_id.into(),
        metric.framework_id.into(),
        Cell::text(&metric.code),
        Cell::text_of(metric.printed_ref.as_ref()),
        Cell::text(&metric.title),
        Cell::text(metric.kind),
        metric.implied.into(),
        Cell::text_of(metric.owner.as_ref()),
        metric.as_at.into(),
        Cell::text(metric.unit),
        metric.value.into(),
        metric.value_percent.into(),
        metric.numerator.into(),
        metric.denominator.into(),
        Cell::text_of(metric.value_reason),
        Cell::text(metric.aim),
        metric.threshold.into(),
        metric.amber_from.into(),
        metric.variance.into(),
        Cell::text(metric.status),
        Cell::text(metric.status_reason),
        metric.rounding_sensitive.into(),
        metric.choice_sensitive.into(),
        metric.expected_by_now.into(),
        metric.baseline.as_ref().map(|baseline| baseline.value).into(),
        metric.baseline_variance.into(),
        metric.completeness.provisional.into(),
        Cell::text(&metric.rule_version),
        forecast.map(|forecast| forecast.value).into(),
        Cell::text_of(forecast.map(|forecast| forecast.method)),
        metric.known_at.into(),
        Cell::text_of(metric.unit_name.as_ref()),
        metric.reported.into(),
    ]
}
