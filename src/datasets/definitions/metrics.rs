//! The dataset of the metrics of every target. Each framework is read separately.

use diesel_async::AsyncPgConnection;
use futures_util::FutureExt;

use crate::datasets::dataset::{Dataset, DatasetRequest, Rows, Source};
use crate::datasets::queries::{FrameworkRow, list_frameworks};
use crate::db::Error;
use crate::metrics::model::Moment;
use crate::metrics::{self, FactLoader, columns};
use crate::values::{Cell, columns};

pub(super) const DATASET: Dataset = Dataset {
    name: "metrics",
    grain: "One row for each target, as at `as_at` (default: today), but at the latest on the last day of its plan period.",
    occurred_on: "The first day of the framework's plan period, which never changes.",
    own: columns! {
        "framework_code" Text "The framework's stable key.",
        "occurred_on" Date "The first day of the plan period, by which `occurred_from` and `occurred_until` filter. It never changes.",
        "updated_at" Timestamp "When the figure may last have changed: at the last change of any record, or at the start of as_at.",
    },
    shared: columns::COLUMNS,
    parameters: &["framework_id", "as_at"],
    reads: metrics::SOURCE_RESOURCES,
    source: Source::Derived(|conn, request, rows| read(conn, request, rows).boxed_local()),
};

async fn read(conn: &mut AsyncPgConnection, request: &DatasetRequest, rows: &Rows) -> Result<(), Error> {
    let moment = Moment { as_at: request.as_at, known_at: None };
    for framework in
        list_frameworks(conn, request).await?.iter().filter(|framework| request.contains(framework.plan_from))
    {
        let metrics =
            metrics::derive_metrics(&mut FactLoader::new(conn), framework.id, moment).await?.metrics;
        let row = |metric| [own_cells(framework, request, metric).to_vec(), columns::row(metric)].concat();
        rows.take(metrics.iter().map(row).collect()).await?;
    }
    Ok(())
}

fn own_cells(
    framework: &FrameworkRow,
    request: &DatasetRequest,
    metric: &metrics::model::Metric,
) -> [Cell; 3] {
    [Cell::text(&framework.code), framework.plan_from.into(), request.updated_at(metric.as_at)]
}
