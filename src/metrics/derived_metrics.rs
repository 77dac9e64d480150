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

/// The resources from which figures are derived.
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

/// Runs `work` in a snapshot transaction: on current data, or on the data known at
/// `moment.known_at`.
pub async fn read_at<T>(
    pool: &Pool,
    moment: Moment,
    work: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, Error>,
) -> Result<T, Error> {
    let conn = &mut pool.get().await?;
    db::in_snapshot(conn, async |conn| {
        if let Some(known_at) = moment.known_at {
            db::as_of::look_back(conn, known_at).await?;
        }
        work(conn).await
    })
    .await
}

/// The metrics derived by one request, with the facts from which they were derived.
#[derive(Debug)]
pub struct DerivedMetrics {
    /// The requested targets, and the targets of last year that they continue.
    pub targets: Vec<TargetFact>,
    pub evidence: HashMap<(Uuid, NaiveDate), Evidence>,
    /// The metric of each requested target, in the order of the targets.
    pub metrics: Vec<Metric>,
}

impl DerivedMetrics {
    pub fn requested(&self) -> impl Iterator<Item = (&TargetFact, &Evidence)> {
        static NO_EVIDENCE: LazyLock<Evidence> = LazyLock::new(Evidence::default);
        let requested = self.targets.iter().filter(|target| !target.is_last_year);
        requested.map(|target| (target, self.evidence.get(&target.about()).unwrap_or(&NO_EVIDENCE)))
    }
}

/// Derives metrics on given dates. Each item of `requested` pairs a date with the id of a target,
/// or of a framework whose targets are all derived.
pub async fn derive_metrics_on(
    conn: &mut AsyncPgConnection,
    requested: &[(Uuid, NaiveDate)],
) -> Result<DerivedMetrics, Error> {
    let targets = queries::load_targets_on(conn, requested).await?;
    let evidence = queries::load_evidence(conn, &targets).await?;
    let metrics = derive::metrics(&targets, &evidence);
    Ok(DerivedMetrics { targets, evidence, metrics })
}

/// Derives the metric of a target, or the metrics of all targets in a framework. `id` is the
/// target's or the framework's id.
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
