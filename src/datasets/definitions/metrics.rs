//! Metrics: the figures of every target, framework by framework.

use diesel_async::AsyncPgConnection;
use futures_util::FutureExt;

use crate::db::Error;
use crate::metrics::model::Moment;
use crate::metrics::{self, table};
use crate::reports::dataset::{Asked, Dataset, Rows, Source};
use crate::reports::queries::{Plan, plans};
use crate::values::{Cell, columns};

pub(super) const DATASET: Dataset = Dataset {
    name: "metrics",
    grain: "One row for each target, as it stands at `as_at`: today if not said, and never past its plan year's last day.",
    occurred_on: "The first day of the framework's plan year, which is never changed.",
    own: columns! {
        "framework_code" Text "The framework's stable key.",
        "occurred_on" Date "The first day of the plan year: the window goes by it, and it never changes.",
        "updated_at" Timestamp "When the figure may last have become another: the last change of any record, or the beginning of as_at.",
    },
    shared: table::COLUMNS,
    parameters: &["framework_id", "as_at"],
    reads: metrics::READS,
    source: Source::Derived(|conn, asked, rows| read(conn, asked, rows).boxed_local()),
};

async fn read(conn: &mut AsyncPgConnection, asked: &Asked, rows: &Rows) -> Result<(), Error> {
    let moment = Moment { as_at: asked.as_at, known_at: None };
    for plan in plans(conn, asked).await?.iter().filter(|plan| asked.contains(plan.plan_from)) {
        let metrics = metrics::derived(conn, plan.id, moment).await?.metrics;
        let row = |metric| [own(plan, asked, metric).to_vec(), table::row(metric)].concat();
        rows.take(metrics.iter().map(row).collect()).await?;
    }
    Ok(())
}

fn own(plan: &Plan, asked: &Asked, metric: &metrics::model::Metric) -> [Cell; 3] {
    [Cell::text(&plan.code), plan.plan_from.into(), asked.updated_at(metric.as_at)]
}
