//! The rows of a page: of each kind one statement, and lines no more than the page takes.

use diesel_async::AsyncPgConnection;

use super::place::{Part, Place};
use super::queries::{self, LinesAsked};
use super::rows::{self, Placed};
use crate::db::Error;
use crate::metrics::derive::Verdicts;
use crate::metrics::facts::{Evidence, TargetFact};
use crate::metrics::model::ExplanationFilter;
use crate::metrics::queries::{reads_coverage, reads_entries, reads_forms, reads_meetings, reads_registers};

/// Which rows of an explanation are asked for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Which rows.
    pub filter: &'a ExplanationFilter,
    /// Those behind this one.
    pub behind: Option<&'a Place>,
    /// How many.
    pub limit: i64,
}

/// A page of the rows behind a target's metric, and one more if there is one.
pub async fn page(
    conn: &mut AsyncPgConnection,
    target: &TargetFact,
    evidence: &Evidence,
    asked: Asked<'_>,
) -> Result<Vec<Placed>, Error> {
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

/// All rows but lines: as many as the metric itself is derived from.
async fn listed(
    conn: &mut AsyncPgConnection,
    target: &TargetFact,
    verdicts: &Verdicts<'_>,
) -> Result<Vec<Placed>, Error> {
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
    asked: Asked<'_>,
) -> Result<Vec<Placed>, Error> {
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
