//! The two reads, by the code that answers requests, and whether plain SQL finds the same.

use std::time::{Duration, Instant};

use diesel_async::AsyncPgConnection;
use outturn::db::{self, Error};
use outturn::metrics::model::{Metric, Moment};
use outturn::metrics::series::model::SeriesQuery;
use outturn::metrics::series::series;
use outturn::metrics::{derive, queries};
use outturn::rules::Measure;
use outturn::rules::measure::AttendanceUnit;
use outturn::values::Day;
use uuid::Uuid;

use crate::database::{FRAMEWORK, id_of};

/// A read of the framework on the last day of its year.
pub struct Read {
    pub name: &'static str,
    /// The days that it reads, as SQL.
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

/// Reads, and says how long that took.
pub async fn run(conn: &mut AsyncPgConnection, read: &Read) -> Duration {
    let framework = id_of(conn, FRAMEWORK).await;
    let started = Instant::now();
    if read.is_series {
        let query = SeriesQuery { interval: None, as_at: Some(last_day()), known_at: None, last_year: None };
        let found = db::in_snapshot(conn, async |conn| series(conn, framework, moment(), &query).await);
        assert!(found.await.expect("a series").iter().all(|series| series.points.len() == 12));
    } else {
        metrics(conn, framework).await;
    }
    started.elapsed()
}

/// Metrics, and which of them are of seats.
async fn metrics(conn: &mut AsyncPgConnection, framework: Uuid) -> Vec<(Metric, bool)> {
    let found = db::in_snapshot(conn, async |conn| {
        let targets = queries::targets(conn, framework, last_day().0).await?;
        let evidence = queries::evidence(conn, &targets).await?;
        let of_seats = targets.iter().filter(|target| !target.is_last_year).map(|target| {
            matches!(&target.measure, Measure::AttendanceRate(rate) if rate.unit == AttendanceUnit::Seat)
        });
        Ok::<_, Error>(derive::metrics(&targets, &evidence).into_iter().zip(of_seats).collect())
    });
    found.await.expect("metrics")
}

/// Plain SQL must have found the same on the year's last day, of seats: what it leaves out is not in there.
pub async fn compare(conn: &mut AsyncPgConnection, read: &Read, said: &str) {
    let framework = id_of(conn, FRAMEWORK).await;
    let mut same = 0;
    for (metric, is_of_seats) in metrics(conn, framework).await {
        let head = format!("{}|{}|", metric.code, last_day());
        let is_rate = |line: &&str| line.starts_with(&head) && line.matches('|').count() == 3;
        if let Some(line) = said.lines().find(|line| is_of_seats && is_rate(line)) {
            let (attended, expected) = (metric.numerator.unwrap_or(0), metric.denominator.unwrap_or(0));
            assert_eq!(line, format!("{head}{attended}|{expected}"), "{}", read.name);
            same += 1;
        }
    }
    assert!(same > 3, "{same} rates compared: {said}");
}
