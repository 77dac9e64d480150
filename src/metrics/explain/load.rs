//! Loads a page of an explanation's rows, with one SQL statement for each kind of row. Only the
//! statement for register rows has a limit: the number of rows that the page needs.

use diesel_async::AsyncPgConnection;

use super::position::{Part, RowPosition};
use super::queries::{self, LineRequest};
use super::rows::{self, PositionedRow};
use crate::db::Error;
use crate::metrics::derive::RowShares;
use crate::metrics::facts::{Evidence, TargetFact};
use crate::metrics::model::ExplanationFilter;
use crate::metrics::queries::{reads_coverage, reads_entries, reads_forms, reads_meetings, reads_registers};

#[derive(Debug, Clone, Copy)]
pub struct RowRequest<'a> {
    pub filter: &'a ExplanationFilter,
    /// The position of the last row on the previous page; `None` for the first page.
    pub after: Option<&'a RowPosition>,
    pub limit: i64,
}

/// Loads a page of the rows that explain a target's metric. The page has up to `request.limit + 1`
/// rows, because the extra row shows that another page follows.
pub async fn load_page(
    conn: &mut AsyncPgConnection,
    target: &TargetFact,
    evidence: &Evidence,
    request: RowRequest<'_>,
) -> Result<Vec<PositionedRow>, Error> {
    let row_shares = RowShares::of(target, evidence);
    let mut rows_found = load_other_rows(conn, target, &row_shares).await?;
    rows_found.retain(|(position, row)| {
        request.after.is_none_or(|after| position > after) && rows::matches_filter(request.filter, row)
    });
    rows_found.extend(load_lines(conn, target, evidence, &row_shares, request).await?);
    rows_found.sort_by(|(a, _), (b, _)| a.cmp(b));
    rows_found.truncate(usize::try_from(request.limit + 1).unwrap_or(usize::MAX));
    Ok(rows_found)
}

/// Loads all rows that do not come from registers. Deriving the metric loads the same number of
/// rows.
async fn load_other_rows(
    conn: &mut AsyncPgConnection,
    target: &TargetFact,
    row_shares: &RowShares<'_>,
) -> Result<Vec<PositionedRow>, Error> {
    let (id, measure) = (target.target_id, &target.measure);
    let mut rows_found = Vec::new();
    if reads_meetings(measure) {
        let meetings = queries::meetings(conn, id).await?;
        rows_found.extend(meetings.into_iter().map(|row| rows::meeting(row_shares, row)));
    }
    if reads_forms(measure) {
        let evaluations = queries::evaluations(conn, id).await?;
        rows_found.extend(evaluations.into_iter().map(|row| rows::evaluation(row_shares, row)));
    }
    let mut councils = Vec::new();
    if reads_coverage(measure) {
        let of_target = queries::councils(conn, target).await?;
        councils.extend(of_target.into_iter().map(|row| rows::council(row_shares, row)));
    }
    if reads_entries(measure) {
        let entries = queries::entries(conn, target).await?;
        rows_found.extend(rows::entries(target, row_shares, &councils, entries));
    }
    rows_found.extend(councils);
    Ok(rows_found)
}

async fn load_lines(
    conn: &mut AsyncPgConnection,
    target: &TargetFact,
    evidence: &Evidence,
    row_shares: &RowShares<'_>,
    request: RowRequest<'_>,
) -> Result<Vec<PositionedRow>, Error> {
    let has_lines = reads_registers(&target.measure) || reads_coverage(&target.measure);
    if !has_lines || request.after.is_some_and(|after| after.part > Part::Lines) {
        return Ok(Vec::new());
    }
    let exclusion_reason = |meeting| row_shares.meeting(meeting).and_then(|share| share.reason);
    let lines = LineRequest {
        meetings: evidence
            .meetings
            .iter()
            .map(|fact| (fact.meeting_id, exclusion_reason(fact.meeting_id)))
            .collect(),
        counts: request.filter.counts,
        meeting: request.filter.meeting_id,
        after: request.after.filter(|after| after.part == Part::Lines),
        limit: request.limit + 1,
    };
    if lines.meetings.is_empty() {
        return Ok(Vec::new());
    }
    let lines = queries::lines(conn, target, lines).await?;
    Ok(lines.into_iter().map(rows::line).collect())
}
