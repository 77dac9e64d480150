//! Metrics as a flat table: one row a target, fixed columns that only grow.

use super::model::Metric;
use crate::values::{Cell, Column, columns};
use crate::web::{Problem, csv};

/// The columns, in order.
pub const COLUMNS: &[Column] = columns! {
    "target_id" Uuid "The target.",
    "framework_id" Uuid "Its framework.",
    "code" Text "The target's stable key.",
    "ref" Text "The printed reference of its action; of its actions, where it hangs on several.",
    "title" Text "What is promised.",
    "kind" Text "How it is measured.",
    "implied" Boolean "Whether only the action's wording implies it.",
    "owner" Text "Who answers for it.",
    "as_at" Date "The date it is read at.",
    "unit" Text "The unit of the value: percent, count, pence or none.",
    "value" Integer "The value where the unit is not per cent: a count, pence, or 1 and 0 for a milestone reached or not.",
    "value_percent" Percentage "The value where the unit is per cent, half up to two places.",
    "numerator" Integer "The numerator, for rates and coverage.",
    "denominator" Integer "The denominator, for rates and coverage.",
    "value_reason" Text "Why there is no value.",
    "aim" Text "Whether more is better: at_least or at_most.",
    "threshold" Decimal "The threshold that holds on the date, in the value's unit.",
    "amber_from" Decimal "The value at which amber begins on the date.",
    "variance" Decimal "Value less threshold; points for rates.",
    "status" Text "How it stands.",
    "status_reason" Text "Why.",
    "rounding_sensitive" Boolean "Whether rounding to whole numbers would flip the status.",
    "choice_sensitive" Boolean "Whether another choice of aggregate or of substitutes would flip the status.",
    "expected_by_now" Decimal "What a running count is held against by then; empty for an at-most target without a profile.",
    "baseline" Decimal "What the value was before.",
    "baseline_variance" Decimal "Value less baseline; points for rates.",
    "provisional" Boolean "Whether something that is due is still to come in.",
    "rule_version" Text "The version of the rules.",
    "forecast" Decimal "What the value would be at the year's end, in its unit: for counts and pooled rates.",
    "forecast_method" Text "How the forecast was made.",
    "known_at" Timestamp "The instant whose knowledge counts; empty if all that is known now does.",
};

/// The metrics as a CSV file.
pub fn file(metrics: &[Metric]) -> Result<Vec<u8>, Problem> {
    csv::file(COLUMNS, metrics.iter().map(row)).map_err(|error| Problem::internal(error.to_string()))
}

/// A metric's cells.
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
    ]
}
