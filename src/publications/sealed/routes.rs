//! HTTP handlers that return the sealed content of a publication.

use actix_web::HttpRequest;
use serde::de::DeserializeOwned;
use serde_json::json;
use uuid::Uuid;

use super::parse;
use crate::db::{After, Error};
use crate::metrics::columns;
use crate::metrics::explain::rows;
use crate::metrics::model::{Explanation, FrameworkMetrics, FrameworkSummary};
use crate::publications::model::PublishedExplanationQuery;
use crate::publications::queries::{self, SealedPart};
use crate::publications::routes::view_of;
use crate::web::reply::{CsvFile, LinesFile, Rendered};
use crate::web::{Caller, Id, Paged, ReadPool, Reply, reply};

async fn read_part<T: DeserializeOwned>(
    pool: &ReadPool,
    caller: &Caller,
    id: Uuid,
    part: SealedPart,
) -> Result<T, Error> {
    parse(&queries::read_part(&mut *pool.get().await?, view_of(caller), id, part).await?)
}

/// Get a publication's metrics
///
/// Returns the sealed metrics of all targets of the framework, with the same fields as a
/// framework's metrics. `/metrics.csv` returns the metrics as a CSV file.
#[utoipa::path(get, path = "/v1/publications/{id}/metrics", tag = "publications",
    responses((status = 200, description = "Returns the sealed metrics.", body = FrameworkMetrics)))]
pub async fn get_publication_metrics(request: HttpRequest, pool: ReadPool, caller: Caller, id: Id) -> Reply {
    let metrics: FrameworkMetrics = read_part(&pool, &caller, id.0, SealedPart::Metrics).await?;
    reply::view(&request, &metrics)
}

/// Get a publication's metrics as CSV
///
/// Returns the sealed metrics of all targets of the framework, with the same columns as a
/// framework's metrics.
#[utoipa::path(get, path = "/v1/publications/{id}/metrics.csv", tag = "publications",
    responses((status = 200, description = "Returns the sealed metrics.", body = CsvFile, content_type = "text/csv")))]
pub async fn get_publication_metrics_csv(
    request: HttpRequest,
    pool: ReadPool,
    caller: Caller,
    id: Id,
) -> Reply {
    let metrics: FrameworkMetrics = read_part(&pool, &caller, id.0, SealedPart::Metrics).await?;
    let name = format!("published-{}-{}.csv", metrics.code, metrics.as_at);
    Ok(Rendered::csv(name, columns::file(&metrics.data)?).reply(&request))
}

/// Get a publication's summary
///
/// Returns the sealed roll-up of the framework, of each theme and of each outcome.
#[utoipa::path(get, path = "/v1/publications/{id}/summary", tag = "publications",
    responses((status = 200, description = "Returns the sealed summary.", body = FrameworkSummary)))]
pub async fn get_publication_summary(request: HttpRequest, pool: ReadPool, caller: Caller, id: Id) -> Reply {
    let summary: FrameworkSummary = read_part(&pool, &caller, id.0, SealedPart::Summary).await?;
    reply::view(&request, &summary)
}

/// Explain a published metric
///
/// Returns the sealed explanation of a target's metric: the rule, the cohort, the comparison, and a
/// page of the rows. The rows include those that did not count.
///
/// Fails with 404 `not_found` if the publication has no explanation for the target.
#[utoipa::path(get, path = "/v1/publications/{id}/explanation", tag = "publications", params(Paged<PublishedExplanationQuery>),
    responses((status = 200, description = "Returns the explanation with a page of its rows.", body = Explanation)))]
pub async fn explain_published_metric(
    request: HttpRequest,
    pool: ReadPool,
    caller: Caller,
    id: Id,
    paged: Paged<PublishedExplanationQuery>,
) -> Reply {
    let start = paged.after.as_ref().map_or(Ok(0), parse_offset)?;
    let target = paged.filter.target_id;
    let sealed: Explanation = read_part(&pool, &caller, id.0, SealedPart::Explanation(target)).await?;
    let filter = paged.filter.rows();
    let mut found: Vec<_> = sealed.data.into_iter().enumerate().skip(start).collect();
    found.retain(|(_, row)| rows::matches_filter(&filter, row));
    let next = paged.cut(&mut found).map(|(n, _)| paged.cursor(json!(n + 1), target));
    let data = found.into_iter().map(|(_, row)| row).collect();
    let page = Explanation { data, has_more: next.is_some(), next_cursor: next, ..sealed };
    paged.reply(&request, &page, page.next_cursor.as_deref())
}

/// Returns the number of rows that precede the page, as the cursor states it.
fn parse_offset(after: &After) -> Result<usize, Error> {
    after.key.as_u64().and_then(|n| usize::try_from(n).ok()).ok_or(Error::BadCursor)
}

/// Get a publication's content
///
/// Returns the sealed content as lines of JSON: the summary, the metrics, and the explanation of
/// each target's metric with all rows. The publication's `content_sha256` is the SHA-256 digest of
/// exactly these bytes.
#[utoipa::path(get, path = "/v1/publications/{id}/content", tag = "publications",
    responses((status = 200, description = "Returns the content.", body = LinesFile, content_type = "application/x-ndjson")))]
pub async fn get_publication_content(request: HttpRequest, pool: ReadPool, caller: Caller, id: Id) -> Reply {
    let content = queries::read_content(&mut *pool.get().await?, view_of(&caller), id.0).await?;
    let name = format!("publication-{}.ndjson", id.0);
    Ok(Rendered::new("application/x-ndjson", content).named(name).reply(&request))
}
