//! Assembles explanations from a metric and its rows.

use diesel_async::AsyncPgConnection;

use super::load::{self, RowRequest};
use super::rows::PositionedRow;
use crate::db::Error;
use crate::metrics::derive::explanation;
use crate::metrics::facts::{Evidence, TargetFact};
use crate::metrics::model::{Explanation, ExplanationFilter, Moment};

/// A page size that is larger than the number of rows in any explanation.
const MAX_ROWS: i64 = 1_000_000_000;

pub async fn load_explanation(
    conn: &mut AsyncPgConnection,
    target: &TargetFact,
    evidence: &Evidence,
    moment: Moment,
) -> Result<Explanation, Error> {
    let filter = ExplanationFilter::default();
    let request = RowRequest { filter: &filter, after: None, limit: MAX_ROWS };
    let rows = load::load_page(conn, target, evidence, request).await?;
    Ok(to_explanation(target, evidence, rows, moment, None))
}

pub fn to_explanation(
    target: &TargetFact,
    evidence: &Evidence,
    rows: Vec<PositionedRow>,
    moment: Moment,
    next_cursor: Option<String>,
) -> Explanation {
    let (metric, cohort, comparison) = explanation::explain(target, evidence);
    Explanation {
        target_id: metric.target_id,
        rule: explanation::rule(target, &metric),
        cohort,
        comparison,
        code: metric.code,
        title: metric.title,
        measured_by: metric.kind,
        as_at: metric.as_at,
        known_at: moment.known_at,
        unit: metric.unit,
        unit_name: metric.unit_name,
        reported: metric.reported,
        value: metric.value,
        value_percent: metric.value_percent,
        numerator: metric.numerator,
        denominator: metric.denominator,
        value_reason: metric.value_reason,
        status: metric.status,
        status_reason: metric.status_reason,
        alternatives: metric.alternatives,
        choice_sensitive: metric.choice_sensitive,
        rounding_sensitive: metric.rounding_sensitive,
        has_more: next_cursor.is_some(),
        next_cursor,
        data: rows.into_iter().map(|(_, row)| row).collect(),
    }
}
