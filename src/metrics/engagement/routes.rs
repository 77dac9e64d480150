//! The operations on engagement.

use actix_web::HttpRequest;
use actix_web::web::Data;

use super::model::{CouncilDriftPage, CouncilEngagement, DriftFilter, EngagementQuery};
use super::queries::Span;
use super::{drift, history, queries};
use crate::db::{self, Error, Pool};
use crate::values::{Day, Fault};
use crate::web::{Id, Problem, Query, Ranking, Reply, reply};

/// Read a council's engagement
///
/// Its attendance by plan year, group and role, what it received and answered, and what is missing of it; if asked, also
/// that of the councils it took over from, each for itself. Attendance is counted as a metric counts it: at closed registers
/// of meetings held, seats that somebody holds are expected, and substitutes attend. `meetings_constructed` counts the registers
/// that were constructed to reproduce a published total.
#[utoipa::path(get, path = "/v1/councils/{id}/engagement", tag = "metrics", params(EngagementQuery),
    responses((status = 200, description = "The engagement.", body = CouncilEngagement)))]
pub async fn get_council_engagement(
    request: HttpRequest,
    pool: Data<Pool>,
    id: Id,
    query: Query<EngagementQuery>,
) -> Reply {
    let EngagementQuery { as_at, from, include_predecessors } = query.0;
    let as_at = as_at.unwrap_or_else(Day::today);
    if from.is_some_and(|from| from > as_at) {
        let detail = "The first day that counts is not later than the last.";
        return Err(Problem::invalid(vec![Fault::parameter("from", "out_of_order", detail)]));
    }
    let conn = &mut pool.get().await?;
    let (line, facts) = db::in_snapshot(conn, async |conn| {
        let line = queries::lineage(conn, id.0, as_at, include_predecessors.unwrap_or(false)).await?;
        let councils: Vec<_> = line.iter().map(|council| council.council_id).collect();
        let facts = queries::facts(conn, &Span { councils: &councils, as_at, from }).await?;
        Ok::<_, Error>((line, facts))
    })
    .await?;
    if line.is_empty() {
        return Err(Problem::not_found());
    }
    let councils = history::histories(line, &facts);
    reply::view(&request, &CouncilEngagement { council_id: id.0, as_at, counted_from: from, councils })
}

/// List councils by their engagement
///
/// Which council is drifting away: each one that exists on the day, with its attendance in the twelve months up to it and in
/// the twelve before, the largest drop first; those that have no change to show come last. A council's years are its own: one
/// that has just taken over from others has no year before. Registers that were constructed to reproduce a published total are left
/// out: their lines say nothing about a single council.
#[utoipa::path(get, path = "/v1/engagement", tag = "metrics", params(Ranking<DriftFilter>),
    responses((status = 200, description = "A page of councils.", body = CouncilDriftPage)))]
pub async fn list_engagement(
    request: HttpRequest,
    pool: Data<Pool>,
    Ranking(listing): Ranking<DriftFilter>,
) -> Reply {
    let conn = &mut pool.get().await?;
    let facts = queries::drift(conn, listing.filter.as_at.unwrap_or_else(Day::today)).await?;
    let total = listing.total.then(|| i64::try_from(facts.len()).unwrap_or(i64::MAX));
    let rows = drift::page(facts, &listing.window)?;
    listing.reply::<CouncilDriftPage>(&request, rows, total, drift::key)
}
