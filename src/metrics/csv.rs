//! Metrics as a flat file: one row a target, fixed columns that only grow.

use super::model::Metric;

/// The columns, in order.
const COLUMNS: [&str; 31] = [
    "target_id",
    "framework_id",
    "code",
    "ref",
    "title",
    "kind",
    "implied",
    "owner",
    "as_at",
    "unit",
    "value",
    "value_percent",
    "numerator",
    "denominator",
    "value_reason",
    "aim",
    "threshold",
    "amber_from",
    "variance",
    "status",
    "status_reason",
    "rounding_sensitive",
    "choice_sensitive",
    "expected_by_now",
    "baseline",
    "baseline_variance",
    "provisional",
    "rule_version",
    "forecast",
    "forecast_method",
    "known_at",
];

/// A spreadsheet must not take a text for a formula: such a text gets an apostrophe in front.
pub(super) fn harmless(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text }
}

pub(super) fn or_empty<T: ToString>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// The file, header included even when there is no row.
pub fn write(metrics: &[Metric]) -> Result<Vec<u8>, csv::Error> {
    file(COLUMNS, metrics.iter().map(row))
}

/// A file of these columns and rows.
pub(super) fn file<const N: usize>(
    columns: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(columns)?;
    for row in rows {
        writer.write_record(row)?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

fn row(metric: &Metric) -> [String; 31] {
    [
        metric.target_id.to_string(),
        metric.framework_id.to_string(),
        harmless(metric.code.to_string()),
        harmless(or_empty(metric.printed_ref.clone())),
        harmless(metric.title.to_string()),
        metric.kind.to_string(),
        metric.implied.to_string(),
        harmless(or_empty(metric.owner.clone())),
        metric.as_at.to_string(),
        metric.unit.to_string(),
        or_empty(metric.value),
        or_empty(metric.value_percent),
        or_empty(metric.numerator),
        or_empty(metric.denominator),
        or_empty(metric.value_reason),
        metric.aim.to_string(),
        or_empty(metric.threshold),
        or_empty(metric.amber_from),
        or_empty(metric.variance),
        metric.status.to_string(),
        metric.status_reason.to_string(),
        metric.rounding_sensitive.to_string(),
        metric.choice_sensitive.to_string(),
        or_empty(metric.expected_by_now),
        or_empty(metric.baseline.as_ref().map(|baseline| baseline.value)),
        or_empty(metric.baseline_variance),
        metric.completeness.provisional.to_string(),
        metric.rule_version.to_string(),
        or_empty(metric.forecast.as_ref().map(|forecast| forecast.value)),
        or_empty(metric.forecast.as_ref().map(|forecast| forecast.method)),
        or_empty(metric.known_at),
    ]
}
