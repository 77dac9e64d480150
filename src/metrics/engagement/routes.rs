//! HTTP handlers for engagement.

use actix_web::HttpRequest;

use super::model::{CouncilDriftPage, CouncilEngagement, DriftFilter, EngagementQuery};
use super::queries::Span;
use super::{drift, history, queries};
use crate::db::Error;
use crate::metrics::model::Moment;
use crate::metrics::{FactLoader, Views};
use crate::values::{Day, FieldError};
use crate::web::reply::Rendered;
use crate::web::{Id, Problem, Query, Ranking, ReadPool, Reply};

/// Get a council's engagement
///
/// Returns the council's attendance by year, group and role. A year is from 1 April to 31 March,
/// whatever the plan periods of frameworks are. Also returns what the council received and
/// answered, and which records about it are missing. With `include_predecessors`, the response
/// contains the same figures for each council from which this council took over.
///
/// Only closed registers of held meetings count, as in a metric. Each seat with a holder is
/// expected, and substitutes count as attended. `meetings_constructed` counts the registers that
/// were constructed to reproduce a published total.
///
/// Fails with 422 `out_of_order` if `from` is later than `as_at`.
#[utoipa::path(get, path = "/v1/councils/{id}/engagement", tag = "metrics", params(EngagementQuery),
    responses((status = 200, description = "Returns the engagement.", body = CouncilEngagement)))]
pub async fn get_council_engagement(views: Views, id: Id, query: Query<EngagementQuery>) -> Reply {
    let EngagementQuery { as_at, from, include_predecessors } = query.0;
    let moment = Moment::of(as_at, None)?;
    let as_at = moment.as_at;
    if from.is_some_and(|from| from > as_at) {
        let detail = "`from` must not be later than `as_at`.";
        return Err(Problem::invalid(vec![FieldError::parameter("from", "out_of_order", detail)]));
    }
    let load = async |facts: &mut FactLoader<'_>| {
        let conn = &mut *facts.conn;
        let line = queries::lineage(conn, id.0, as_at, include_predecessors.unwrap_or(false)).await?;
        if line.is_empty() {
            return Err(Error::Missing);
        }
        let councils: Vec<_> = line.iter().map(|council| council.council_id).collect();
        let facts = queries::facts(conn, &Span { councils: &councils, as_at, from }).await?;
        let councils = history::histories(line, &facts);
        Ok(CouncilEngagement { council_id: id.0, as_at, counted_from: from, councils })
    };
    views.reply(moment, load, |engagement| Rendered::json(&engagement)).await
}

/// List councils by change of attendance
///
/// Returns each council that exists on the day. Its attendance in the twelve months up to the day
/// is compared with the twelve months before. The council with the largest drop is first, and
/// councils without a change are last.
///
/// The figures count a council's own records only. A council that has just taken over from other
/// councils therefore has no attendance in the year before. Registers that were constructed to
/// reproduce a published total are left out, because they are no evidence about a single council.
#[utoipa::path(get, path = "/v1/engagement", tag = "metrics", params(Ranking<DriftFilter>),
    responses((status = 200, description = "Returns a page of councils.", body = CouncilDriftPage)))]
pub async fn list_engagement(
    request: HttpRequest,
    pool: ReadPool,
    Ranking(listing): Ranking<DriftFilter>,
) -> Reply {
    let conn = &mut pool.get().await?;
    let facts = queries::drift(conn, listing.filter.as_at.unwrap_or_else(Day::today)).await?;
    let total = listing.total.then(|| i64::try_from(facts.len()).unwrap_or(i64::MAX));
    let rows = drift::page(facts, &listing.page)?;
    listing.reply::<CouncilDriftPage>(&request, rows, total, drift::key)
}
