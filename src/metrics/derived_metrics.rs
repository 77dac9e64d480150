//! Loads the facts about targets and derives their metrics.

use std::collections::HashMap;
use std::sync::LazyLock;

use chrono::NaiveDate;
use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use super::facts::{About, Evidence, TargetFact};
use super::model::{Metric, Moment};
use super::{derive, queries};
use crate::db::{self, Error, Pool};

/// The resources from whose records figures are derived.
pub const SOURCE_RESOURCES: &[&str] = &[
    "councils",
    "groups",
    "seats",
    "meetings",
    "attendance",
    "evaluations",
    "frameworks",
    "themes",
    "outcomes",
    "actions",
    "targets",
    "revisions",
    "progress",
];

/// Runs `work` in a transaction that sees one snapshot of the database. `work` reads the current
/// records, or the records as they were at `moment.known_at`.
pub async fn read_at<T>(
    pool: &Pool,
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
    /// The requested targets, and the targets of last year whose work the requested targets
    /// continue.
    pub targets: Vec<TargetFact>,
    pub evidence: HashMap<(Uuid, NaiveDate), Evidence>,
    pub metrics: Vec<Metric>,
}

impl DerivedMetrics {
    pub fn requested(&self) -> impl Iterator<Item = (&TargetFact, &Evidence)> {
        static NO_EVIDENCE: LazyLock<Evidence> = LazyLock::new(Evidence::default);
        let requested = self.targets.iter().filter(|target| !target.is_last_year);
        requested.map(|target| (target, self.evidence.get(&target.about()).unwrap_or(&NO_EVIDENCE)))
    }
}

/// Derives metrics on several dates. Each item of `requested` is a date with an id. The id of a
/// framework stands for all its targets.
pub async fn derive_metrics_on(
    conn: &mut AsyncPgConnection,
    requested: &[(Uuid, NaiveDate)],
) -> Result<DerivedMetrics, Error> {
    let targets = queries::load_targets_on(conn, requested).await?;
    let evidence = queries::load_evidence(conn, &targets).await?;
    let metrics = derive::metrics(&targets, &evidence);
    Ok(DerivedMetrics { targets, evidence, metrics })
}

/// Derives the metrics of one target or of all targets in a framework. `id` is the id of the target
/// or of the framework.
pub async fn derive_metrics(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    moment: Moment,
) -> Result<DerivedMetrics, Error> {
    let DerivedMetrics { targets, evidence, metrics } =
        derive_metrics_on(conn, &[(id, moment.as_at.0)]).await?;
    let metrics = metrics.into_iter().map(|metric| Metric { known_at: moment.known_at, ..metric });
    Ok(DerivedMetrics { targets, evidence, metrics: metrics.collect() })
}
