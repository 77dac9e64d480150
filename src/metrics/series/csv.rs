//! A framework's series as a flat file: one row a target and point, fixed columns that only grow.

use super::model::{SeriesPoint, TargetSeries};
use crate::metrics::csv::{file, harmless, or_empty};

/// The columns, in order.
const COLUMNS: [&str; 29] = [
    "target_id",
    "framework_id",
    "code",
    "ref",
    "title",
    "kind",
    "implied",
    "owner",
    "interval",
    "period_from",
    "as_at",
    "finished",
    "unit",
    "value",
    "value_percent",
    "numerator",
    "denominator",
    "value_reason",
    "aim",
    "threshold",
    "expected_by_now",
    "status",
    "status_reason",
    "revised_on",
    "previous_threshold",
    "previous_status",
    "rounding_sensitive",
    "provisional",
    "rule_version",
];

/// The file, header included even when there is no row.
pub fn write(series: &[TargetSeries]) -> Result<Vec<u8>, csv::Error> {
    file(COLUMNS, series.iter().flat_map(|series| series.points.iter().map(|point| row(series, point))))
}

fn row(series: &TargetSeries, point: &SeriesPoint) -> [String; 29] {
    let revision = point.revision.as_ref();
    [
        series.target_id.to_string(),
        series.framework_id.to_string(),
        harmless(series.code.to_string()),
        harmless(or_empty(series.printed_ref.clone())),
        harmless(series.title.to_string()),
        series.kind.to_string(),
        series.implied.to_string(),
        harmless(or_empty(series.owner.clone())),
        series.interval.to_string(),
        point.period_from.to_string(),
        point.as_at.to_string(),
        point.finished.to_string(),
        series.unit.to_string(),
        or_empty(point.value),
        or_empty(point.value_percent),
        or_empty(point.numerator),
        or_empty(point.denominator),
        or_empty(point.value_reason),
        series.aim.to_string(),
        or_empty(point.threshold),
        or_empty(point.expected_by_now),
        point.status.to_string(),
        point.status_reason.to_string(),
        or_empty(revision.map(|revision| revision.revised_on)),
        or_empty(revision.and_then(|revision| revision.previous_threshold)),
        or_empty(revision.map(|revision| revision.previous_status)),
        point.rounding_sensitive.to_string(),
        point.provisional.to_string(),
        series.rule_version.to_owned(),
    ]
}
