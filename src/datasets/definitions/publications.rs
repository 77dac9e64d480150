//! The dataset of publications, with the sealed figures of each target.

use diesel_async::AsyncPgConnection;
use futures_util::FutureExt;

use crate::datasets::dataset::{Dataset, DatasetRequest, Rows, Source};
use crate::db::Error;
use crate::metrics::columns;
use crate::metrics::model::Metric;
use crate::publications::model::Publication;
use crate::publications::{queries, sealed};
use crate::values::{Cell, columns};

pub(super) const DATASET: Dataset = Dataset {
    name: "publications",
    grain: "One row for each target of each published or reopened publication, with its sealed figures.",
    occurred_on: "The day of the publication's figures (`as_at`), which never changes.",
    own: columns! {
        "publication_id" Uuid "The publication's id.",
        "publication_title" Text "The publication's title.",
        "occurred_on" Date "The day of the publication's figures, by which `occurred_from` and `occurred_until` filter. It never changes.",
        "updated_at" Timestamp "When the publication last changed. Its figures never change.",
        "publication_status" Text "The publication's status: published or reopened.",
        "published_at" Timestamp "When the publication was published.",
        "content_sha256" Text "The SHA-256 digest of the sealed content.",
    },
    shared: columns::COLUMNS,
    parameters: &["framework_id"],
    reads: &["publications"],
    source: Source::Derived(|conn, request, rows| read(conn, request, rows).boxed_local()),
};

/// Reads the publications one after another, so that memory contains at most one of them.
async fn read(conn: &mut AsyncPgConnection, request: &DatasetRequest, rows: &Rows) -> Result<(), Error> {
    for publication in queries::list_published(conn, request.from, request.until, request.framework).await? {
        let metrics = sealed::metrics(conn, publication.id).await?;
        let row = |metric: &Metric| [own_cells(&publication).to_vec(), columns::row(metric)].concat();
        rows.take(metrics.iter().map(row).collect()).await?;
    }
    Ok(())
}

fn own_cells(publication: &Publication) -> [Cell; 7] {
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
