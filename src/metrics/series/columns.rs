//! A framework's series as a flat table: one row a target and point, fixed columns that only grow.

use super::model::{SeriesPoint, TargetSeries};
use crate::values::{Cell, Column, columns};

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
    "interval" Text "How far the points lie apart.",
    "period_from" Date "The interval's first day.",
    "as_at" Date "The date it is read at: the interval's last day, or the asked date in one that has not ended.",
    "finished" Boolean "Whether the interval has ended; the last point may lie within one.",
    "unit" Text "The unit of the value: percent, count, pence or none.",
    "value" Integer "The value where the unit is not per cent: a count, pence, or 1 and 0 for a milestone reached or not.",
    "value_percent" Percentage "The value where the unit is per cent, half up to two places.",
    "numerator" Integer "The numerator, for rates and coverage.",
    "denominator" Integer "The denominator, for rates and coverage.",
    "value_reason" Text "Why there is no value.",
    "aim" Text "Whether more is better: at_least or at_most.",
    "threshold" Decimal "The threshold that held on the date, in the value's unit.",
    "expected_by_now" Decimal "What a running count is held against by then; empty for an at-most target without a profile.",
    "status" Text "How it stood, against the threshold that held.",
    "status_reason" Text "Why.",
    "revised_on" Date "From which day the revision holds that set the threshold.",
    "previous_threshold" Decimal "The threshold before that revision.",
    "previous_status" Text "The status against that threshold.",
    "rounding_sensitive" Boolean "Whether rounding to whole numbers would flip the status.",
    "provisional" Boolean "Whether something that is due is still to come in.",
    "rule_version" Text "The version of the rules.",
};

/// The cells of each point of the series.
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
    ]
}
