//! HTTP handlers for metrics, roll-ups, the tree of a framework, and turnout.

use actix_web::HttpRequest;
use actix_web::web::Data;
use uuid::Uuid;

use super::framework_tree::{self, FrameworkTree};
use super::model::{AsAt, FrameworkMetrics, FrameworkSummary, Metric, Moment};
use super::rollup;
use super::turnout::{self, Turnout};
use super::{DerivedMetrics, columns, derive_metrics, read_at};
use crate::db::{self, Error, Pool, Visibility};
use crate::frameworks;
use crate::meetings;
use crate::values::Day;
use crate::web::reply::CsvFile;
use crate::web::{Id, Problem, Query, Reply, reply};

/// Get a target's metric
///
/// Returns the value, status and reasons of the target on a date, derived from records. If there is
/// no value, `value_reason` states why.
///
/// Fails with 422 `in_the_future` if `known_at` is in the future.
#[utoipa::path(get, path = "/v1/targets/{id}/metric", tag = "metrics", params(AsAt),
    responses((status = 200, description = "Returns the metric.", body = Metric)))]
pub async fn get_target_metric(request: HttpRequest, pool: Data<Pool>, id: Id, query: Query<AsAt>) -> Reply {
    let moment = Moment::of(query.0.as_at, query.0.known_at)?;
    let DerivedMetrics { metrics, .. } =
        read_at(&pool, moment, async |conn| derive_metrics(conn, id.0, moment).await).await?;
    let metric = metrics.into_iter().find(|metric| metric.target_id == id.0);
    reply::view(&request, &metric.ok_or_else(Problem::not_found)?)
}

/// Get a framework's metrics
///
/// Returns the metrics of all targets in the framework in one response, in the order of the
/// targets. `/metrics.csv` returns the metrics as a CSV file.
///
/// Fails with 422 `in_the_future` if `known_at` is in the future.
#[utoipa::path(get, path = "/v1/frameworks/{id}/metrics", tag = "metrics", params(AsAt),
    responses((status = 200, description = "Returns the metrics.", body = FrameworkMetrics)))]
pub async fn get_framework_metrics(
    request: HttpRequest,
    pool: Data<Pool>,
    id: Id,
    query: Query<AsAt>,
) -> Reply {
    reply::view(&request, &framework_metrics(&pool, id.0, &query.0).await?)
}

/// Get a framework's metrics as CSV
///
/// Returns a header row, then one row for each target in the framework, in the order of the
/// targets. New columns are only added at the end. A text that a spreadsheet would interpret as a
/// formula begins with an apostrophe.
///
/// The columns are: target_id, framework_id, code, ref, title, kind, implied, owner, as_at, unit,
/// value, value_percent, numerator, denominator, value_reason, aim, threshold, amber_from,
/// variance, status, status_reason, rounding_sensitive, choice_sensitive, expected_by_now,
/// baseline, baseline_variance, provisional, rule_version, forecast, forecast_method, known_at.
///
/// Fails with 422 `in_the_future` if `known_at` is in the future.
#[utoipa::path(get, path = "/v1/frameworks/{id}/metrics.csv", tag = "metrics", params(AsAt),
    responses((status = 200, description = "Returns the metrics.", body = CsvFile, content_type = "text/csv")))]
pub async fn get_framework_metrics_csv(
    request: HttpRequest,
    pool: Data<Pool>,
    id: Id,
    query: Query<AsAt>,
) -> Reply {
    let metrics = framework_metrics(&pool, id.0, &query.0).await?;
    let name = format!("metrics-{}-{}.csv", metrics.code, metrics.as_at);
    reply::csv(&request, &name, columns::file(&metrics.data)?)
}

async fn framework_metrics(pool: &Pool, id: Uuid, query: &AsAt) -> Result<FrameworkMetrics, Problem> {
    let moment = Moment::of(query.as_at, query.known_at)?;
    let (framework, metrics) = read_at(pool, moment, async |conn| {
        Ok((frameworks::queries::get(conn, id).await?, derive_metrics(conn, id, moment).await?.metrics))
    })
    .await?;
    Ok(FrameworkMetrics::new(&framework, moment, metrics))
}

/// Get a framework's summary
///
/// Returns the roll-up of the framework, of each theme and of each outcome. A roll-up is the number
/// of targets with each status, and the worst of red, amber and green. Implied targets are counted
/// separately and do not decide a colour. A joint target counts once. The response also contains
/// the number of records that are due and missing, by owner.
///
/// Fails with 422 `in_the_future` if `known_at` is in the future.
#[utoipa::path(get, path = "/v1/frameworks/{id}/summary", tag = "metrics", params(AsAt),
    responses((status = 200, description = "Returns the summary.", body = FrameworkSummary)))]
pub async fn get_framework_summary(
    request: HttpRequest,
    pool: Data<Pool>,
    id: Id,
    query: Query<AsAt>,
) -> Reply {
    let moment = Moment::of(query.0.as_at, query.0.known_at)?;
    let (rows, derived) = read_at(&pool, moment, async |conn| {
        Ok((
            framework_tree::load_framework_rows(conn, id.0).await?,
            derive_metrics(conn, id.0, moment).await?,
        ))
    })
    .await?;
    reply::view(&request, &rollup::summary(rows, &rollup::target_metrics(&derived), moment))
}

/// Get a framework's tree
///
/// Returns the framework's themes, outcomes, actions and targets, nested and in order, in one
/// response. A joint target appears under each of its actions.
#[utoipa::path(get, path = "/v1/frameworks/{id}/tree", tag = "metrics",
    responses((status = 200, description = "Returns the tree.", body = FrameworkTree)))]
pub async fn get_framework_tree(request: HttpRequest, pool: Data<Pool>, id: Id) -> Reply {
    let conn = &mut pool.get().await?;
    let tree = db::in_snapshot(conn, async |conn| framework_tree::load_tree(conn, id.0).await).await?;
    reply::view(&request, &tree)
}

/// Get a meeting's turnout
///
/// Returns how many seats are expected and how many of them attended, by role and by council. At an
/// open event, the turnout counts councils instead of seats. A council attends an open event if any
/// of its delegates attends.
#[utoipa::path(get, path = "/v1/meetings/{id}/turnout", tag = "metrics",
    responses((status = 200, description = "Returns the turnout.", body = Turnout)))]
pub async fn get_meeting_turnout(request: HttpRequest, pool: Data<Pool>, id: Id) -> Reply {
    let conn = &mut pool.get().await?;
    let (meeting, facts) = db::in_snapshot(conn, async |conn| {
        Ok::<_, Error>((
            meetings::queries::get(conn, &Visibility::ALL, id.0).await?,
            turnout::load_facts(conn, id.0).await?,
        ))
    })
    .await?;
    reply::view(&request, &turnout::compute_turnout(&meeting, &facts, Day::today()))
}
