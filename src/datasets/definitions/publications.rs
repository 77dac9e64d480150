//! Publications: the figures as they were published.

use diesel_async::AsyncPgConnection;
use futures_util::FutureExt;

use crate::db::Error;
use crate::metrics::model::Metric;
use crate::metrics::table;
use crate::publications::model::Publication;
use crate::publications::{queries, sealed};
use crate::reports::dataset::{Asked, Dataset, Rows, Source};
use crate::values::{Cell, columns};

pub(super) const DATASET: Dataset = Dataset {
    name: "publications",
    grain: "One row for each target of each publication that was published, with its figures as they were sealed.",
    occurred_on: "The day that the publication reads at, which never changes.",
    own: columns! {
        "publication_id" Uuid "The publication.",
        "publication_title" Text "What it is called.",
        "occurred_on" Date "The day that it reads at: the window goes by it, and it never changes.",
        "updated_at" Timestamp "When the publication last changed. Its figures never do.",
        "publication_status" Text "How far it is on its way: published or reopened.",
        "published_at" Timestamp "When it was published.",
        "content_sha256" Text "The SHA-256 digest of what is sealed.",
    },
    shared: table::COLUMNS,
    parameters: &["framework_id"],
    reads: &["publications"],
    source: Source::Derived(|conn, asked, rows| read(conn, asked, rows).boxed_local()),
};

/// Publications are read one by one, so that no more than one of them is in memory.
async fn read(conn: &mut AsyncPgConnection, asked: &Asked, rows: &Rows) -> Result<(), Error> {
    for publication in queries::published_between(conn, asked.from, asked.until, asked.framework).await? {
        let metrics = sealed::metrics(conn, publication.id).await?;
        let row = |metric: &Metric| [own(&publication).to_vec(), table::row(metric)].concat();
        rows.take(metrics.iter().map(row).collect()).await?;
    }
    Ok(())
}

fn own(publication: &Publication) -> [Cell; 7] {
    [
        publication.id.into(),
        Cell::text(&publication.title),
        publication.as_at.into(),
        Some(publication.updated_at).into(),
        Cell::text(publication.status),
        publication.published_at.into(),
        Cell::text(&publication.content_sha256),
    ]
}
