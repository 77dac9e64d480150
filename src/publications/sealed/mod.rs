//! The sealed content of a publication.

pub mod routes;

use diesel_async::AsyncPgConnection;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::queries::{self, PublicationView, SealedPart};
use crate::db::Error;
use crate::metrics::model::{FrameworkMetrics, FrameworkSummary, Metric};

pub(super) fn parse<T: DeserializeOwned>(line: &str) -> Result<T, Error> {
    serde_json::from_str(line)
        .map_err(|error| Error::Internal(format!("a line of the sealed content cannot be parsed: {error}")))
}

/// Reads the sealed metrics of a publication. Does not check whether the caller may see the
/// publication.
pub async fn metrics(conn: &mut AsyncPgConnection, id: Uuid) -> Result<Vec<Metric>, Error> {
    let line = queries::read_part(conn, PublicationView::Staff, id, SealedPart::Metrics).await?;
    Ok(parse::<FrameworkMetrics>(&line)?.data)
}

/// Reads the sealed summary of a publication. Does not check whether the caller may see the
/// publication.
pub async fn summary(conn: &mut AsyncPgConnection, id: Uuid) -> Result<FrameworkSummary, Error> {
    parse(&queries::read_part(conn, PublicationView::Staff, id, SealedPart::Summary).await?)
}
