//! Series as a flat table with one row for each target and point. New columns are only added at the
//! end.

use super::model::{SeriesPoint, TargetSeries};
use crate::values::{Cell, Column, columns};

pub const COLUMNS: &[Column] = columns! {
    "target_id" Uuid "Id of the target.",
    "framework_id" Uuid "Id of the framework to which the target belongs.",
    "code" Text "The target's code, which stays the same in later frameworks.",
    "ref" Text "The printed reference of the target's action, or of its actions if it is a joint target.",
    "title" Text "The target's title.",
    "kind" Text "The kind of measure.",
    "implied" Boolean "Whether only the action's text implies the target.",
    "owner" Text "Who is responsible for the target.",
    "interval" Text "The interval between points.",
    "period_from" Date "The first day of the interval.",
    "as_at" Date "The date of the metric: the interval's last day, or the requested date if the interval has not ended.",
    "finished" Boolean "Whether the interval has ended. The last point may be within an interval.",
    "unit" Text "The unit of the value: percent, count, pence, named or none.",
    "value" Decimal "The value, if the unit is not per cent: a count, pence, a number in the named unit, or for a milestone 1 if it is achieved and otherwise 0.",
    "value_percent" Percentage "The value, if the unit is per cent, rounded half up to two decimals.",
    "numerator" Integer "The numerator of a rate or coverage.",
    "denominator" Integer "The denominator of a rate or coverage.",
    "value_reason" Text "Why there is no value; empty if there is a value.",
    "aim" Text "Whether the value is to be at least or at most the threshold: at_least or at_most.",
    "threshold" Decimal "The threshold on the date, in the value's unit.",
    "expected_by_now" Decimal "The amount that a running count is expected to have reached on the date; empty for a target with aim at_most and without a profile.",
    "status" Text "The status by the threshold on the date.",
    "status_reason" Text "The reason for the status.",
    "revised_on" Date "The day from which the revised threshold applies.",
    "previous_threshold" Decimal "The threshold before the latest revision.",
    "previous_status" Text "The status by the previous threshold.",
    "rounding_sensitive" Boolean "Whether rounding to whole numbers would change the status.",
    "provisional" Boolean "Whether a record that is due is missing.",
    "rule_version" Text "The version of the rules by which the metric was derived.",
    "unit_name" Text "The name of the unit, if the measure names one.",
    "reported" Boolean "Whether the value was reported as it is, and not derived.",
};

pub fn rows(series: &TargetSeries) -> impl Iterator<Item = (&SeriesPoint, Vec<Cell>)> {
    series.points.iter().map(move |point| (point, row(series, point)))
}

fn row(series: &TargetSeries, point: &SeriesPoint) -> Vec<Cell> {
    let revision = point.revision.as_ref();
    vec![
        series.target_id.into(),
        series.framework_id.into(),
        Cell::text(&series.code),
        Cell::text_of(series.printed_ref.as_ref()),
        Cell::text(&series.title),
        Cell::text(series.kind),
        series.implied.into(),
        Cell::text_of(series.owner.as_ref()),
        Cell::text(series.interval),
        point.period_from.into(),
        point.as_at.into(),
        point.finished.into(),
        Cell::text(series.unit),
        point.value.into(),
        point.value_percent.into(),
        point.numerator.into(),
        point.denominator.into(),
        Cell::text_of(point.value_reason),
        Cell::text(series.aim),
        point.threshold.into(),
        point.expected_by_now.into(),
        Cell::text(point.status),
        Cell::text(point.status_reason),
        revision.map(|revision| revision.revised_on).into(),
        revision.and_then(|revision| revision.previous_threshold).into(),
        Cell::text_of(revision.map(|revision| revision.previous_status)),
        point.rounding_sensitive.into(),
        point.provisional.into(),
        Cell::text(series.rule_version),
        Cell::text_of(series.unit_name.as_ref()),
        series.reported.into(),
    ]
}
