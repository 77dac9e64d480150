//! The two reads with the API's own code, and the comparison of their results with plain SQL.

use std::time::{Duration, Instant};

use diesel_async::AsyncPgConnection;
use outturn::db::{self, Error};
use outturn::metrics::model::{Metric, Moment};
use outturn::metrics::series::derive_series;
use outturn::metrics::series::model::SeriesQuery;
use outturn::metrics::{FactLoader, derive_metrics};
use outturn::rules::Measure;
use outturn::rules::measure::AttendanceUnit;
use outturn::values::Day;
use uuid::Uuid;

use crate::database::{FRAMEWORK, id_of};

/// A read of the framework on the last day of its year.
pub struct Read {
    pub name: &'static str,
    /// A query for the days that it reads.
    pub days: &'static str,
    is_series: bool,
}

pub const READS: [Read; 2] = [
    Read { name: "metrics", days: "SELECT DATE '2018-03-31' AS day", is_series: false },
    Read {
        name: "series",
        days: "SELECT (DATE '2017-04-01' + make_interval(months => n))::date - 1 AS day FROM generate_series(1, 12) n",
        is_series: true,
    },
];

fn moment() -> Moment {
    Moment { as_at: last_day(), known_at: None }
}

fn last_day() -> Day {
    "2018-03-31".parse().expect("a day")
}

/// Reads once and returns the time that it took.
pub async fn run(conn: &mut AsyncPgConnection, read: &Read) -> Duration {
    let framework = id_of(conn, FRAMEWORK).await;
    let started = Instant::now();
    if read.is_series {
        let query = SeriesQuery { interval: None, as_at: Some(last_day()), known_at: None, last_year: None };
        let result = db::in_snapshot(conn, async |conn| {
            derive_series(&mut FactLoader::new(conn), framework, moment(), &query).await
        });
        assert!(result.await.expect("a series").iter().all(|series| series.points.len() == 12));
    } else {
        metrics(conn, framework).await;
    }
    started.elapsed()
}

/// The framework's metrics, and whether each is an attendance rate of seats.
async fn metrics(conn: &mut AsyncPgConnection, framework: Uuid) -> Vec<(Metric, bool)> {
    let result = db::in_snapshot(conn, async |conn| {
        let derived = derive_metrics(&mut FactLoader::new(conn), framework, moment()).await?;
        let are_of_seats = derived.facts.requested().map(|(target, _)| {
            matches!(&target.measure, Measure::AttendanceRate(rate) if rate.unit == AttendanceUnit::Seat)
        });
        Ok::<_, Error>(derived.metrics.into_iter().zip(are_of_seats).collect())
    });
    result.await.expect("metrics")
}

/// Asserts that plain SQL returned the same attendance rates of seats on the last day of the year.
pub async fn compare(conn: &mut AsyncPgConnection, read: &Read, plain_output: &str) {
    let framework = id_of(conn, FRAMEWORK).await;
    let mut equal_rates = 0;
    for (metric, is_of_seats) in metrics(conn, framework).await {
        let prefix = format!("{}|{}|", metric.code, last_day());
        let is_rate = |line: &&str| line.starts_with(&prefix) && line.matches('|').count() == 3;
        if let Some(line) = plain_output.lines().find(|line| is_of_seats && is_rate(line)) {
            let (attended, expected) = (metric.numerator.unwrap_or(0), metric.denominator.unwrap_or(0));
            assert_eq!(line, format!("{prefix}{attended}|{expected}"), "{}", read.name);
            equal_rates += 1;
        }
    }
    assert!(equal_rates > 3, "{equal_rates} rates compared: {plain_output}");
}
