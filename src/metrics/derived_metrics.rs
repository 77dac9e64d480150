//! Loads the facts about targets and derives their metrics.

use std::sync::Arc;

use chrono::NaiveDate;
use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use super::derive;
use super::fact_cache::FactLoader;
use super::fact_set::FactSet;
use super::model::{Metric, Moment};
use crate::db::{self, Error};
use crate::web::ReadPool;

/// Runs `work` in a transaction that sees one snapshot of the database. `work` reads the current
/// records, or the records as they were at `moment.known_at`.
pub async fn read_at<T>(
    pool: &ReadPool,
    moment: Moment,
    work: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, Error>,
) -> Result<T, Error> {
    let conn = &mut pool.get().await?;
    db::in_snapshot(conn, async |conn| {
        look_back_to(conn, moment).await?;
        work(conn).await
    })
    .await
}

/// Lets all further statements of the transaction read the records as they were at
/// `moment.known_at`. Without it, they read the current records.
pub(super) async fn look_back_to(conn: &mut AsyncPgConnection, moment: Moment) -> Result<(), Error> {
    match moment.known_at {
        Some(known_at) => db::as_of::look_back(conn, known_at).await,
        None => Ok(()),
    }
}

#[derive(Debug)]
pub struct DerivedMetrics {
    pub facts: Arc<FactSet>,
    pub metrics: Vec<Metric>,
}

/// Derives metrics on several dates. Each item of `requested` is a date with an id. The id of a
/// framework stands for all its targets.
pub async fn derive_metrics_on(
    loader: &mut FactLoader<'_>,
    requested: Vec<(Uuid, NaiveDate)>,
) -> Result<DerivedMetrics, Error> {
    let facts = loader.load(requested).await?;
    let metrics = derive::metrics(&facts.targets, &facts.evidence);
    Ok(DerivedMetrics { facts, metrics })
}

/// Derives the metrics of one target or of all targets in a framework. `id` is the id of the target
/// or of the framework.
pub async fn derive_metrics(
    loader: &mut FactLoader<'_>,
    id: Uuid,
    moment: Moment,
) -> Result<DerivedMetrics, Error> {
    let DerivedMetrics { facts, metrics } = derive_metrics_on(loader, vec![(id, moment.as_at.0)]).await?;
    let metrics = metrics.into_iter().map(|metric| Metric { known_at: moment.known_at, ..metric });
    Ok(DerivedMetrics { facts, metrics: metrics.collect() })
}
