//! HTTP handler for explanations.

use actix_web::HttpRequest;
use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use super::assemble;
use super::load::{self, RowRequest};
use super::position::PageStart;
use super::rows::PositionedRow;
use crate::db::Error;
use crate::metrics::fact_set::FactSet;
use crate::metrics::facts::{Evidence, TargetFact};
use crate::metrics::model::{Explanation, ExplanationFilter, Moment};
use crate::metrics::read_at;
use crate::values::Day;
use crate::web::{Id, Paged, Problem, ReadPool, Reply};

struct ExplanationPage {
    target: TargetFact,
    evidence: Evidence,
    rows: Vec<PositionedRow>,
}

async fn load_page(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    day: Day,
    row_request: RowRequest<'_>,
) -> Result<Option<ExplanationPage>, Error> {
    let Some((target, evidence)) = FactSet::load_one(conn, id, day.0).await? else { return Ok(None) };
    let rows = load::load_page(conn, &target, &evidence, row_request).await?;
    Ok(Some(ExplanationPage { target, evidence, rows }))
}

/// Explain a target's metric
///
/// Returns the rule in words and as data, the cohort, and the comparison with the threshold in
/// exact whole numbers. Also returns, page by page, all rows that were considered: meetings,
/// attendance records, evaluation forms, councils and progress entries. Each row states what it
/// adds to numerator and denominator, or the reason why it adds nothing. Over all pages, the rows
/// add up to the metric. All pages use the date of the first page. The response contains no names
/// of people.
///
/// Fails with 422 `in_the_future` if `known_at` is in the future.
#[utoipa::path(get, path = "/v1/targets/{id}/metric/explanation", tag = "metrics", params(Paged<ExplanationFilter>),
    responses((status = 200, description = "Returns the explanation with a page of its rows.", body = Explanation)))]
pub async fn explain_target_metric(
    request: HttpRequest,
    pool: ReadPool,
    id: Id,
    paged: Paged<ExplanationFilter>,
) -> Reply {
    let start = paged.after.as_ref().map(PageStart::parse).transpose()?;
    let first_page_day = start.as_ref().map(|start| start.as_at);
    let moment = Moment::of(first_page_day.or(paged.filter.as_at), paged.filter.known_at)?;
    let after = start.as_ref().map(|start| &start.after);
    let row_request = RowRequest { filter: &paged.filter, after, limit: paged.limit };
    let page =
        read_at(&pool, moment, async |conn| load_page(conn, id.0, moment.as_at, row_request).await).await?;
    let mut page = page.ok_or_else(Problem::not_found)?;
    let next = paged
        .cut(&mut page.rows)
        .map(|(position, _)| PageStart { as_at: moment.as_at, after: position.clone() });
    let next = next.map(|start| paged.cursor(serde_json::json!(start), start.after.id));
    let ExplanationPage { target, evidence, rows } = page;
    let explanation = assemble::to_explanation(&target, &evidence, rows, moment, next);
    paged.reply(&request, &explanation, explanation.next_cursor.as_deref())
}
