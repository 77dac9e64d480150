//! HTTP handlers for series.

use uuid::Uuid;

use super::model::{FrameworkSeries, SeriesQuery, TargetSeries};
use super::{columns, derive_series};
use crate::db::Error;
use crate::frameworks;
use crate::metrics::model::Moment;
use crate::metrics::{FactLoader, Views};
use crate::rules::period::Interval;
use crate::web::reply::{CsvFile, Rendered};
use crate::web::{Id, Problem, Query, Reply, csv};

/// Get a target's series
///
/// Returns the target's metric at the end of each month, quarter or year of its plan period, up to
/// a date. If the date is within an interval, the last point has `finished` false.
///
/// Each point has the threshold that applies on its date. From the date of a revision on, each
/// point also has the previous threshold and the status by the previous threshold. A client can
/// thus distinguish a revision of the plan from a change in the work. `forecast` and `direction`
/// refer to the last point. With `last_year`, the response also contains the series of the target
/// of last year that this target continues.
///
/// Fails with 422 `in_the_future` if `known_at` is in the future.
#[utoipa::path(get, path = "/v1/targets/{id}/series", tag = "metrics", params(SeriesQuery),
    responses((status = 200, description = "Returns the series.", body = TargetSeries)))]
pub async fn get_target_series(views: Views, id: Id, query: Query<SeriesQuery>) -> Reply {
    let moment = Moment::of(query.0.as_at, query.0.known_at)?;
    let load = async |facts: &mut FactLoader<'_>| {
        let found = derive_series(facts, id.0, moment, &query.0).await?;
        found.into_iter().find(|series| series.target_id == id.0).ok_or(Error::Missing)
    };
    views.reply(moment, load, |series| Rendered::json(&series)).await
}

/// Get a framework's series
///
/// Returns the series of all targets in the framework in one response, in the order of the targets.
/// `/series.csv` returns the series as a CSV file.
///
/// Fails with 422 `in_the_future` if `known_at` is in the future.
#[utoipa::path(get, path = "/v1/frameworks/{id}/series", tag = "metrics", params(SeriesQuery),
    responses((status = 200, description = "Returns the series.", body = FrameworkSeries)))]
pub async fn get_framework_series(views: Views, id: Id, query: Query<SeriesQuery>) -> Reply {
    framework_series(&views, id.0, &query.0, |series| Rendered::json(&series)).await
}

/// Get a framework's series as CSV
///
/// Returns a header row, then one row for each target and point, in the order of the targets. New
/// columns are only added at the end. A text that a spreadsheet would interpret as a formula begins
/// with an apostrophe.
///
/// The columns are: target_id, framework_id, code, ref, title, kind, implied, owner, interval,
/// period_from, as_at, finished, unit, value, value_percent, numerator, denominator, value_reason,
/// aim, threshold, expected_by_now, status, status_reason, revised_on, previous_threshold,
/// previous_status, rounding_sensitive, provisional, rule_version.
///
/// Fails with 422 `in_the_future` if `known_at` is in the future.
#[utoipa::path(get, path = "/v1/frameworks/{id}/series.csv", tag = "metrics", params(SeriesQuery),
    responses((status = 200, description = "Returns the series.", body = CsvFile, content_type = "text/csv")))]
pub async fn get_framework_series_csv(views: Views, id: Id, query: Query<SeriesQuery>) -> Reply {
    let render = |series: FrameworkSeries| {
        let rows = series.data.iter().flat_map(columns::rows).map(|(_, row)| row);
        let file = csv::file(columns::COLUMNS, rows).map_err(|error| Problem::internal(error.to_string()))?;
        let name = format!("series-{}-{}-{}.csv", series.code, series.interval, series.as_at);
        Ok(Rendered::csv(name, file))
    };
    framework_series(&views, id.0, &query.0, render).await
}

async fn framework_series(
    views: &Views,
    id: Uuid,
    query: &SeriesQuery,
    render: impl FnOnce(FrameworkSeries) -> Result<Rendered, Problem>,
) -> Reply {
    let moment = Moment::of(query.as_at, query.known_at)?;
    let load = async |facts: &mut FactLoader<'_>| {
        let framework = frameworks::queries::get(facts.conn, id).await?;
        let data = derive_series(facts, id, moment, query).await?;
        Ok(FrameworkSeries {
            framework_id: id,
            code: framework.code,
            interval: query.interval.unwrap_or(Interval::Month),
            as_at: moment.as_at.min(framework.plan_until.before()),
            known_at: moment.known_at,
            rule_version: crate::rules::VERSION,
            data,
        })
    };
    views.reply(moment, load, render).await
}
