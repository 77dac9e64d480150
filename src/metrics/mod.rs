//! Layer 3: derived figures. SQL statements load facts, one statement for each kind of fact
//! whatever the number of targets. The pure functions of `derive` compute metrics from the facts.

pub mod columns;
pub mod derive;
pub mod engagement;
pub mod explain;
pub mod facts;
pub mod model;
pub mod overdue;
pub mod queries;
pub mod rollup;
pub mod routes;
pub mod series;
pub mod tree;
pub mod turnout;

use std::collections::HashMap;
use std::sync::LazyLock;

use chrono::NaiveDate;
use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use crate::db::{self, Error, Pool};
use facts::{About, Evidence, TargetFact};
use model::{Metric, Moment};

/// The resources that figures are derived from.
pub const READS: &[&str] = &[
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
pub async fn read<T>(
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
pub struct Derived {
    /// The targets, and last year's targets that they continue.
    pub targets: Vec<TargetFact>,
    /// The evidence about each target on its date.
    pub evidence: HashMap<(Uuid, NaiveDate), Evidence>,
    /// The metric of each requested target, in the targets' order.
    pub metrics: Vec<Metric>,
}

impl Derived {
    /// Returns the requested targets, each with the evidence about it.
    pub fn asked(&self) -> impl Iterator<Item = (&TargetFact, &Evidence)> {
        static NONE: LazyLock<Evidence> = LazyLock::new(Evidence::default);
        let asked = self.targets.iter().filter(|target| !target.is_last_year);
        asked.map(|target| (target, self.evidence.get(&target.about()).unwrap_or(&NONE)))
    }
}

/// Derives the metrics of each of these targets, or of these frameworks' targets, on the day that
/// is paired with the id.
pub async fn derived_on(conn: &mut AsyncPgConnection, asked: &[(Uuid, NaiveDate)]) -> Result<Derived, Error> {
    let targets = queries::targets_on(conn, asked).await?;
    let evidence = queries::evidence(conn, &targets).await?;
    let metrics = derive::metrics(&targets, &evidence);
    Ok(Derived { targets, evidence, metrics })
}

/// Derives the metrics of a target or of a framework's targets.
pub async fn derived(conn: &mut AsyncPgConnection, id: Uuid, moment: Moment) -> Result<Derived, Error> {
    let Derived { targets, evidence, metrics } = derived_on(conn, &[(id, moment.as_at.0)]).await?;
    let metrics = metrics.into_iter().map(|metric| Metric { known_at: moment.known_at, ..metric });
    Ok(Derived { targets, evidence, metrics: metrics.collect() })
}
