//! Loads the rows of a page: one statement for each kind of row, and only as many lines as the page
//! needs.

use diesel_async::AsyncPgConnection;

use super::place::{Part, RowPosition};
use super::queries::{self, LinesAsked};
use super::rows::{self, PositionedRow};
use crate::db::Error;
use crate::metrics::derive::Verdicts;
use crate::metrics::facts::{Evidence, TargetFact};
use crate::metrics::model::ExplanationFilter;
use crate::metrics::queries::{reads_coverage, reads_entries, reads_forms, reads_meetings, reads_registers};

/// Which rows of an explanation to load.
#[derive(Debug, Clone, Copy)]
pub struct RowRequest<'a> {
    /// The filter of the rows.
    pub filter: &'a ExplanationFilter,
    /// The row after which the page begins.
    pub behind: Option<&'a RowPosition>,
    /// The maximum number of rows.
    pub limit: i64,
}

/// Loads a page of the rows behind a target's metric, and one row more if there is a next page.
pub async fn page(
    conn: &mut AsyncPgConnection,
    target: &TargetFact,
    evidence: &Evidence,
    asked: RowRequest<'_>,
) -> Result<Vec<PositionedRow>, Error> {
    let verdicts = Verdicts::of(target, evidence);
    let mut found = listed(conn, target, &verdicts).await?;
    found.retain(|(place, row)| {
        asked.behind.is_none_or(|behind| place > behind) && rows::is_asked(asked.filter, row)
    });
    found.extend(lines(conn, target, evidence, &verdicts, asked).await?);
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    found.truncate(usize::try_from(asked.limit + 1).unwrap_or(usize::MAX));
    Ok(found)
}

/// Loads all rows except lines. They are as many as those from which the metric itself is derived.
async fn listed(
    conn: &mut AsyncPgConnection,
    target: &TargetFact,
    verdicts: &Verdicts<'_>,
) -> Result<Vec<PositionedRow>, Error> {
    let (id, measure) = (target.target_id, &target.measure);
    let mut found = Vec::new();
    if reads_meetings(measure) {
        let meetings = queries::meetings(conn, id).await?;
        found.extend(meetings.into_iter().map(|row| rows::meeting(verdicts, row)));
    }
    if reads_forms(measure) {
        let evaluations = queries::evaluations(conn, id).await?;
        found.extend(evaluations.into_iter().map(|row| rows::evaluation(verdicts, row)));
    }
    let mut councils = Vec::new();
    if reads_coverage(measure) {
        let of_target = queries::councils(conn, target).await?;
        councils.extend(of_target.into_iter().map(|row| rows::council(verdicts, row)));
    }
    if reads_entries(measure) {
        let entries = queries::entries(conn, target).await?;
        found.extend(rows::entries(target, verdicts, &councils, entries));
    }
    found.extend(councils);
    Ok(found)
}

async fn lines(
    conn: &mut AsyncPgConnection,
    target: &TargetFact,
    evidence: &Evidence,
    verdicts: &Verdicts<'_>,
    asked: RowRequest<'_>,
) -> Result<Vec<PositionedRow>, Error> {
    let has_lines = reads_registers(&target.measure) || reads_coverage(&target.measure);
    if !has_lines || asked.behind.is_some_and(|behind| behind.part > Part::Lines) {
        return Ok(Vec::new());
    }
    let why_not = |meeting| verdicts.meeting(meeting).and_then(|share| share.reason);
    let lines = LinesAsked {
        meetings: evidence.meetings.iter().map(|fact| (fact.meeting_id, why_not(fact.meeting_id))).collect(),
        counts: asked.filter.counts,
        meeting: asked.filter.meeting_id,
        behind: asked.behind.filter(|behind| behind.part == Part::Lines),
        limit: asked.limit + 1,
    };
    if lines.meetings.is_empty() {
        return Ok(Vec::new());
    }
    let lines = queries::lines(conn, target, lines).await?;
    Ok(lines.into_iter().map(rows::line).collect())
}
