//! The operations that read what is sealed.

use actix_web::HttpRequest;
use actix_web::web::Data;
use diesel_async::AsyncPgConnection;
use serde::de::DeserializeOwned;
use serde_json::json;
use uuid::Uuid;

use super::model::PublishedExplanationQuery;
use super::queries::{self, Place, Shown};
use super::routes::shown;
use crate::db::{After, Error, Pool};
use crate::metrics::explain::rows;
use crate::metrics::model::{Explanation, FrameworkMetrics, FrameworkSummary, Metric};
use crate::metrics::table;
use crate::web::reply::{CsvFile, LinesFile};
use crate::web::{Caller, Id, Paged, Reply, reply};

/// What a sealed line says.
pub(super) fn parse<T: DeserializeOwned>(line: &str) -> Result<T, Error> {
    serde_json::from_str(line).map_err(|error| Error::Internal(format!("a sealed line: {error}")))
}

/// The metrics that a publication holds, for whoever may see it.
pub async fn metrics(conn: &mut AsyncPgConnection, id: Uuid) -> Result<Vec<Metric>, Error> {
    let line = queries::part(conn, Shown::ToStaff, id, Place::Metrics).await?;
    Ok(parse::<FrameworkMetrics>(&line)?.data)
}

/// The summary that a publication holds, for whoever may see it.
pub async fn summary(conn: &mut AsyncPgConnection, id: Uuid) -> Result<FrameworkSummary, Error> {
    parse(&queries::part(conn, Shown::ToStaff, id, Place::Summary).await?)
}

async fn read<T: DeserializeOwned>(pool: &Pool, caller: &Caller, id: Uuid, place: Place) -> Result<T, Error> {
    parse(&queries::part(&mut *pool.get().await?, shown(caller), id, place).await?)
}

/// Read a publication's metrics
///
/// All targets of the framework as they were sealed, with the fields of a framework's metrics. `/metrics.csv` has them as a
/// CSV file.
#[utoipa::path(get, path = "/v1/publications/{id}/metrics", tag = "publications",
    responses((status = 200, description = "The metrics.", body = FrameworkMetrics)))]
pub async fn get_publication_metrics(
    request: HttpRequest,
    pool: Data<Pool>,
    caller: Caller,
    id: Id,
) -> Reply {
    let metrics: FrameworkMetrics = read(&pool, &caller, id.0, Place::Metrics).await?;
    reply::view(&request, &metrics)
}

/// Read a publication's metrics as CSV
///
/// All targets of the framework as they were sealed, with the columns of a framework's metrics.
#[utoipa::path(get, path = "/v1/publications/{id}/metrics.csv", tag = "publications",
    responses((status = 200, description = "The metrics.", body = CsvFile, content_type = "text/csv")))]
pub async fn get_publication_metrics_csv(
    request: HttpRequest,
    pool: Data<Pool>,
    caller: Caller,
    id: Id,
) -> Reply {
    let metrics: FrameworkMetrics = read(&pool, &caller, id.0, Place::Metrics).await?;
    let name = format!("published-{}-{}.csv", metrics.code, metrics.as_at);
    reply::csv(&request, &name, table::file(&metrics.data)?)
}

/// Read a publication's summary
///
/// The roll-up by theme and outcome as it was sealed.
#[utoipa::path(get, path = "/v1/publications/{id}/summary", tag = "publications",
    responses((status = 200, description = "The summary.", body = FrameworkSummary)))]
pub async fn get_publication_summary(
    request: HttpRequest,
    pool: Data<Pool>,
    caller: Caller,
    id: Id,
) -> Reply {
    let summary: FrameworkSummary = read(&pool, &caller, id.0, Place::Summary).await?;
    reply::view(&request, &summary)
}

/// Explain a published metric
///
/// The explanation of a target's metric as it was sealed: the rule, the cohort, the comparison, and page by page every row that counted or did not.
#[utoipa::path(get, path = "/v1/publications/{id}/explanation", tag = "publications", params(Paged<PublishedExplanationQuery>),
    responses((status = 200, description = "The explanation, with a page of its rows.", body = Explanation)))]
pub async fn explain_published_metric(
    request: HttpRequest,
    pool: Data<Pool>,
    caller: Caller,
    id: Id,
    paged: Paged<PublishedExplanationQuery>,
) -> Reply {
    let start = paged.after.as_ref().map_or(Ok(0), place)?;
    let target = paged.filter.target_id;
    let sealed: Explanation = read(&pool, &caller, id.0, Place::Explanation(target)).await?;
    let asked = paged.filter.rows();
    let mut found: Vec<_> = sealed.data.into_iter().enumerate().skip(start).collect();
    found.retain(|(_, row)| rows::is_asked(&asked, row));
    let next = paged.cut(&mut found).map(|(n, _)| paged.cursor(json!(n + 1), target));
    let data = found.into_iter().map(|(_, row)| row).collect();
    let page = Explanation { data, has_more: next.is_some(), next_cursor: next, ..sealed };
    paged.reply(&request, &page, page.next_cursor.as_deref())
}

/// Behind how many rows a page begins.
fn place(after: &After) -> Result<usize, Error> {
    after.key.as_u64().and_then(|n| usize::try_from(n).ok()).ok_or(Error::BadCursor)
}

/// Read what is sealed
///
/// Byte for byte what the publication's `content_sha256` is the SHA-256 digest of, in lines of JSON: the summary, the metrics, and the explanation of each target with all its rows.
#[utoipa::path(get, path = "/v1/publications/{id}/content", tag = "publications",
    responses((status = 200, description = "The content.", body = LinesFile, content_type = "application/x-ndjson")))]
pub async fn get_publication_content(
    request: HttpRequest,
    pool: Data<Pool>,
    caller: Caller,
    id: Id,
) -> Reply {
    let content = queries::content(&mut *pool.get().await?, shown(&caller), id.0).await?;
    let name = format!("publication-{}.ndjson", id.0);
    Ok(reply::tagged(&request, "application/x-ndjson", Some(&name), content.into()))
}
