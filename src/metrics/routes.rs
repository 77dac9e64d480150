//! HTTP handlers for metrics, roll-ups, the tree of a framework, and turnout.

use uuid::Uuid;

use super::framework_tree::{self, FrameworkTree};
use super::model::{AsAt, FrameworkMetrics, FrameworkSummary, Metric, Moment};
use super::turnout::{self, Turnout};
use super::{FactLoader, Views, columns, derive_metrics, rollup};
use crate::db::{Error, Visibility};
use crate::frameworks;
use crate::meetings;
use crate::web::reply::{CsvFile, Rendered};
use crate::web::{Id, Problem, Query, Reply};

/// Get a target's metric
///
/// Returns the value, status and reasons of the target on a date, derived from records. If there is
/// no value, `value_reason` states why.
///
/// Fails with 422 `in_the_future` if `known_at` is in the future.
#[utoipa::path(get, path = "/v1/targets/{id}/metric", tag = "metrics", params(AsAt),
    responses((status = 200, description = "Returns the metric.", body = Metric)))]
pub async fn get_target_metric(views: Views, id: Id, query: Query<AsAt>) -> Reply {
    let moment = Moment::of(query.0.as_at, query.0.known_at)?;
    let load = async |facts: &mut FactLoader<'_>| {
        let metrics = derive_metrics(facts, id.0, moment).await?.metrics;
        metrics.into_iter().find(|metric| metric.target_id == id.0).ok_or(Error::Missing)
    };
    views.reply(moment, load, |metric| Rendered::json(&metric)).await
}

/// Get a framework's metrics
///
/// Returns the metrics of all targets in the framework in one response, in the order of the
/// targets. `/metrics.csv` returns the metrics as a CSV file.
///
/// Fails with 422 `in_the_future` if `known_at` is in the future.
#[utoipa::path(get, path = "/v1/frameworks/{id}/metrics", tag = "metrics", params(AsAt),
    responses((status = 200, description = "Returns the metrics.", body = FrameworkMetrics)))]
pub async fn get_framework_metrics(views: Views, id: Id, query: Query<AsAt>) -> Reply {
    framework_metrics(&views, id.0, &query.0, |metrics| Rendered::json(&metrics)).await
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
pub async fn get_framework_metrics_csv(views: Views, id: Id, query: Query<AsAt>) -> Reply {
    let render = |metrics: FrameworkMetrics| {
        let name = format!("metrics-{}-{}.csv", metrics.code, metrics.as_at);
        Ok(Rendered::csv(name, columns::file(&metrics.data)?))
    };
    framework_metrics(&views, id.0, &query.0, render).await
}

async fn framework_metrics(
    views: &Views,
    id: Uuid,
    query: &AsAt,
    render: impl FnOnce(FrameworkMetrics) -> Result<Rendered, Problem>,
) -> Reply {
    let moment = Moment::of(query.as_at, query.known_at)?;
    let load = async |facts: &mut FactLoader<'_>| {
        let framework = frameworks::queries::get(facts.conn, id).await?;
        Ok(FrameworkMetrics::new(&framework, moment, derive_metrics(facts, id, moment).await?.metrics))
    };
    views.reply(moment, load, render).await
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
pub async fn get_framework_summary(views: Views, id: Id, query: Query<AsAt>) -> Reply {
    let moment = Moment::of(query.0.as_at, query.0.known_at)?;
    let load = async |facts: &mut FactLoader<'_>| {
        let rows = framework_tree::load_framework_rows(facts.conn, id.0).await?;
        let derived = derive_metrics(facts, id.0, moment).await?;
        Ok(rollup::summary(rows, &rollup::target_metrics(&derived), moment))
    };
    views.reply(moment, load, |summary| Rendered::json(&summary)).await
}

/// Get a framework's tree
///
/// Returns the framework's themes, outcomes, actions and targets, nested and in order, in one
/// response. A joint target appears under each of its actions.
#[utoipa::path(get, path = "/v1/frameworks/{id}/tree", tag = "metrics",
    responses((status = 200, description = "Returns the tree.", body = FrameworkTree)))]
pub async fn get_framework_tree(views: Views, id: Id) -> Reply {
    let load = async |facts: &mut FactLoader<'_>| framework_tree::load_tree(facts.conn, id.0).await;
    views.reply(Moment::now(), load, |tree| Rendered::json(&tree)).await
}

/// Get a meeting's turnout
///
/// Returns how many seats are expected and how many of them attended, by role and by council. At an
/// open event, the turnout counts councils instead of seats. A council attends an open event if any
/// of its delegates attends.
#[utoipa::path(get, path = "/v1/meetings/{id}/turnout", tag = "metrics",
    responses((status = 200, description = "Returns the turnout.", body = Turnout)))]
pub async fn get_meeting_turnout(views: Views, id: Id) -> Reply {
    let moment = Moment::now();
    let load = async |facts: &mut FactLoader<'_>| {
        let meeting = meetings::queries::get(facts.conn, &Visibility::ALL, id.0).await?;
        let facts = turnout::load_facts(facts.conn, id.0).await?;
        Ok(turnout::compute_turnout(&meeting, &facts, moment.as_at))
    };
    views.reply(moment, load, |turnout| Rendered::json(&turnout)).await
}
