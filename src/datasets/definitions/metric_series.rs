//! The dataset of series, which are each target's metrics at the end of each interval of its plan
//! period. Each framework is read separately.

use diesel_async::AsyncPgConnection;
use futures_util::FutureExt;

use crate::datasets::dataset::{Dataset, DatasetRequest, Rows, Source};
use crate::datasets::queries::{FrameworkRow, list_frameworks};
use crate::db::Error;
use crate::metrics::FactLoader;
use crate::metrics::model::Moment;
use crate::metrics::series::model::{SeriesPoint, SeriesQuery};
use crate::metrics::series::{columns, derive_series};
use crate::values::{Cell, columns};

pub(super) const DATASET: Dataset = Dataset {
    name: "metric_series",
    grain: "One row for each target and interval of its plan period that has begun by `as_at`. The default `interval` is a month.",
    occurred_on: "The interval's first day.",
    own: columns! {
        "framework_code" Text "The framework's stable key.",
        "occurred_on" Date "The interval's first day, by which `occurred_from` and `occurred_until` filter. It never changes.",
        "updated_at" Timestamp "When the figure may last have changed: at the last change of any record, or at the start of as_at.",
    },
    shared: columns::COLUMNS,
    parameters: &["framework_id", "as_at", "interval"],
    reads: crate::metrics::SOURCE_RESOURCES,
    source: Source::Derived(|conn, request, rows| read(conn, request, rows).boxed_local()),
};

async fn read(conn: &mut AsyncPgConnection, request: &DatasetRequest, rows: &Rows) -> Result<(), Error> {
    let moment = Moment { as_at: request.as_at, known_at: None };
    let query =
        SeriesQuery { interval: Some(request.interval), as_at: None, known_at: None, last_year: None };
    for framework in list_frameworks(conn, request).await? {
        let all = derive_series(&mut FactLoader::new(conn), framework.id, moment, &query).await?;
        let points =
            all.iter().flat_map(columns::rows).filter(|(point, _)| request.contains(point.period_from));
        let row = |(point, shared): (&SeriesPoint, Vec<Cell>)| {
            [own_cells(&framework, request, point).to_vec(), shared].concat()
        };
        rows.take(points.map(row).collect()).await?;
    }
    Ok(())
}

fn own_cells(framework: &FrameworkRow, request: &DatasetRequest, point: &SeriesPoint) -> [Cell; 3] {
    [Cell::text(&framework.code), point.period_from.into(), request.updated_at(point.as_at)]
}
