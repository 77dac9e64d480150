//! Loads the facts of targets and derives their metrics.

use std::collections::HashMap;
use std::sync::LazyLock;

use chrono::NaiveDate;
use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use super::facts::{About, Evidence, TargetFact};
use super::model::{Metric, Moment};
use super::{derive, queries};
use crate::db::{self, Error, Pool};

/// The resources that figures are derived from.
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

/// Runs `work` on one state of the database: the current one, or what was known at an instant.
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

/// Targets on a day, the evidence about them, and their metrics.
#[derive(Debug)]
pub struct DerivedMetrics {
    /// The targets, and last year's targets that they continue.
    pub targets: Vec<TargetFact>,
    /// The evidence about each target on its date.
    pub evidence: HashMap<(Uuid, NaiveDate), Evidence>,
    /// The metric of each requested target, in the targets' order.
    pub metrics: Vec<Metric>,
}

impl DerivedMetrics {
    /// Returns the requested targets, each with the evidence about it.
    pub fn requested(&self) -> impl Iterator<Item = (&TargetFact, &Evidence)> {
        static NO_EVIDENCE: LazyLock<Evidence> = LazyLock::new(Evidence::default);
        let requested = self.targets.iter().filter(|target| !target.is_last_year);
        requested.map(|target| (target, self.evidence.get(&target.about()).unwrap_or(&NO_EVIDENCE)))
    }
}

/// Derives the metrics of each of these targets, or of these frameworks' targets, on the day that
/// is paired with the id.
pub async fn derive_metrics_on(
    conn: &mut AsyncPgConnection,
    requested: &[(Uuid, NaiveDate)],
) -> Result<DerivedMetrics, Error> {
    let targets = queries::load_targets_on(conn, requested).await?;
    let evidence = queries::load_evidence(conn, &targets).await?;
    let metrics = derive::metrics(&targets, &evidence);
    Ok(DerivedMetrics { targets, evidence, metrics })
}

/// Derives the metrics of a target or of a framework's targets.
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
