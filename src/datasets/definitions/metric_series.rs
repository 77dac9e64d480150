//! Metrics through the plan year, point by point, framework by framework.

use diesel_async::AsyncPgConnection;
use futures_util::FutureExt;

use crate::db::Error;
use crate::metrics::model::Moment;
use crate::metrics::series::model::{SeriesPoint, SeriesQuery};
use crate::metrics::series::{series, table};
use crate::reports::dataset::{Asked, Dataset, Rows, Source};
use crate::reports::queries::{Plan, plans};
use crate::values::{Cell, columns};

pub(super) const DATASET: Dataset = Dataset {
    name: "metric_series",
    grain: "One row for each target and interval of its plan year that has begun by `as_at`; `interval` is a month if not said.",
    occurred_on: "The interval's first day.",
    own: columns! {
        "framework_code" Text "The framework's stable key.",
        "occurred_on" Date "The interval's first day: the window goes by it, and it never changes.",
        "updated_at" Timestamp "When the figure may last have become another: the last change of any record, or the beginning of as_at.",
    },
    shared: table::COLUMNS,
    parameters: &["framework_id", "as_at", "interval"],
    reads: crate::metrics::READS,
    source: Source::Derived(|conn, asked, rows| read(conn, asked, rows).boxed_local()),
};

async fn read(conn: &mut AsyncPgConnection, asked: &Asked, rows: &Rows) -> Result<(), Error> {
    let moment = Moment { as_at: asked.as_at, known_at: None };
    let query = SeriesQuery { interval: Some(asked.interval), as_at: None, known_at: None, last_year: None };
    for plan in plans(conn, asked).await? {
        let found = series(conn, plan.id, moment, &query).await?;
        let points =
            found.iter().flat_map(table::rows).filter(|(point, _)| asked.contains(point.period_from));
        let row =
            |(point, shared): (&SeriesPoint, Vec<Cell>)| [own(&plan, asked, point).to_vec(), shared].concat();
        rows.take(points.map(row).collect()).await?;
    }
    Ok(())
}

fn own(plan: &Plan, asked: &Asked, point: &SeriesPoint) -> [Cell; 3] {
    [Cell::text(&plan.code), point.period_from.into(), asked.updated_at(point.as_at)]
}
