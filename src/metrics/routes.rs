//! The operations on what the server derives.

use actix_web::HttpRequest;
use actix_web::web::Data;
use uuid::Uuid;

use super::model::{AsAt, FrameworkMetrics, FrameworkSummary, Metric, Moment};
use super::rollup;
use super::tree::{self, FrameworkTree};
use super::turnout::{self, Turnout};
use super::{Derived, derived, read, table};
use crate::db::{self, Error, Pool, Visibility};
use crate::frameworks;
use crate::meetings;
use crate::values::Day;
use crate::web::reply::CsvFile;
use crate::web::{Id, Problem, Query, Reply, reply};

/// Read a target's metric
///
/// How the target stands at a date, derived from the records below it: value, numerator and denominator, threshold,
/// variance, status and its reason, direction, completeness. Where there is no number, `value_reason` says why.
#[utoipa::path(get, path = "/v1/targets/{id}/metric", tag = "metrics", params(AsAt),
    responses((status = 200, description = "The metric.", body = Metric)))]
pub async fn get_target_metric(request: HttpRequest, pool: Data<Pool>, id: Id, query: Query<AsAt>) -> Reply {
    let moment = Moment::of(query.0.as_at, query.0.known_at)?;
    let Derived { metrics, .. } = read(&pool, moment, async |conn| derived(conn, id.0, moment).await).await?;
    let metric = metrics.into_iter().find(|metric| metric.target_id == id.0);
    reply::view(&request, &metric.ok_or_else(Problem::not_found)?)
}

/// Read a framework's metrics
///
/// All targets of the framework in one response, in their order. `/metrics.csv` has them as a CSV file.
#[utoipa::path(get, path = "/v1/frameworks/{id}/metrics", tag = "metrics", params(AsAt),
    responses((status = 200, description = "The metrics.", body = FrameworkMetrics)))]
pub async fn get_framework_metrics(
    request: HttpRequest,
    pool: Data<Pool>,
    id: Id,
    query: Query<AsAt>,
) -> Reply {
    reply::view(&request, &framework_metrics(&pool, id.0, &query.0).await?)
}

/// Read a framework's metrics as CSV
///
/// A header row, then one row for each target of the framework, in their order. The columns, to which later versions
/// only add: target_id, framework_id, code, ref, title, kind, implied, owner, as_at,
/// unit, value, value_percent, numerator, denominator, value_reason, aim, threshold, amber_from, variance, status,
/// status_reason, rounding_sensitive, choice_sensitive, expected_by_now, baseline, baseline_variance, provisional,
/// rule_version, forecast, forecast_method, known_at. Texts that a spreadsheet would take for a formula begin with an apostrophe.
#[utoipa::path(get, path = "/v1/frameworks/{id}/metrics.csv", tag = "metrics", params(AsAt),
    responses((status = 200, description = "The metrics.", body = CsvFile, content_type = "text/csv")))]
pub async fn get_framework_metrics_csv(
    request: HttpRequest,
    pool: Data<Pool>,
    id: Id,
    query: Query<AsAt>,
) -> Reply {
    let metrics = framework_metrics(&pool, id.0, &query.0).await?;
    let name = format!("metrics-{}-{}.csv", metrics.code, metrics.as_at);
    reply::csv(&request, &name, table::file(&metrics.data)?)
}

async fn framework_metrics(pool: &Pool, id: Uuid, query: &AsAt) -> Result<FrameworkMetrics, Problem> {
    let moment = Moment::of(query.as_at, query.known_at)?;
    let (framework, metrics) = read(pool, moment, async |conn| {
        Ok((frameworks::queries::get(conn, id).await?, derived(conn, id, moment).await?.metrics))
    })
    .await?;
    Ok(FrameworkMetrics::new(&framework, moment, metrics))
}

/// Read a framework's summary
///
/// The roll-up by theme and outcome: how many targets have each status, and the worst of red, amber and green.
/// Implied targets are counted apart and colour nothing. A joint target counts once.
#[utoipa::path(get, path = "/v1/frameworks/{id}/summary", tag = "metrics", params(AsAt),
    responses((status = 200, description = "The summary.", body = FrameworkSummary)))]
pub async fn get_framework_summary(
    request: HttpRequest,
    pool: Data<Pool>,
    id: Id,
    query: Query<AsAt>,
) -> Reply {
    let moment = Moment::of(query.0.as_at, query.0.known_at)?;
    let (rows, derived) = read(&pool, moment, async |conn| {
        Ok((tree::rows(conn, id.0).await?, derived(conn, id.0, moment).await?))
    })
    .await?;
    reply::view(&request, &rollup::summary(rows, &rollup::placed(&derived), moment))
}

/// Read a framework whole
///
/// Themes, outcomes, actions and targets, nested and in order, in one answer. A joint target stands under each of
/// its actions.
#[utoipa::path(get, path = "/v1/frameworks/{id}/tree", tag = "metrics",
    responses((status = 200, description = "The framework.", body = FrameworkTree)))]
pub async fn get_framework_tree(request: HttpRequest, pool: Data<Pool>, id: Id) -> Reply {
    let conn = &mut pool.get().await?;
    let tree = db::in_snapshot(conn, async |conn| tree::tree(conn, id.0).await).await?;
    reply::view(&request, &tree)
}

/// Read a meeting's turnout
///
/// Who is expected and who attended, by role and by council. At an open event councils are counted, by any delegate.
#[utoipa::path(get, path = "/v1/meetings/{id}/turnout", tag = "metrics",
    responses((status = 200, description = "The turnout.", body = Turnout)))]
pub async fn get_meeting_turnout(request: HttpRequest, pool: Data<Pool>, id: Id) -> Reply {
    let conn = &mut pool.get().await?;
    let (meeting, facts) = db::in_snapshot(conn, async |conn| {
        Ok::<_, Error>((
            meetings::queries::get(conn, &Visibility::ALL, id.0).await?,
            turnout::facts(conn, id.0).await?,
        ))
    })
    .await?;
    reply::view(&request, &turnout::turnout(&meeting, &facts, Day::today()))
}
