//! Floor 3: what the server derives. SQL gathers facts, one statement for each kind of fact whatever the number of
//! targets; `derive` gives them meaning and is pure.

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
pub mod table;
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

/// Every resource that a figure may rest on: a figure rests on whatever its target reads.
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

/// Reads one state of the database: as it is, or as it was known at an instant.
pub async fn read<T>(
    pool: &Pool,
    moment: Moment,
    work: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, Error>,
) -> Result<T, Error> {
    let conn = &mut pool.get().await?;
    db::in_snapshot(conn, async |conn| {
        if let Some(known_at) = moment.known_at {
            db::known::look_back(conn, known_at).await?;
        }
        work(conn).await
    })
    .await
}

/// Targets on a day, what there is about them, and the metrics that follow.
#[derive(Debug)]
pub struct Derived {
    /// The targets, and last year's that they continue.
    pub targets: Vec<TargetFact>,
    /// What there is about each on its date.
    pub evidence: HashMap<(Uuid, NaiveDate), Evidence>,
    /// The metric of each target that was asked for, in the targets' order.
    pub metrics: Vec<Metric>,
}

impl Derived {
    /// The targets that were asked for, each with what there is about it.
    pub fn asked(&self) -> impl Iterator<Item = (&TargetFact, &Evidence)> {
        static NONE: LazyLock<Evidence> = LazyLock::new(Evidence::default);
        let asked = self.targets.iter().filter(|target| !target.is_last_year);
        asked.map(|target| (target, self.evidence.get(&target.about()).unwrap_or(&NONE)))
    }
}

/// The metrics of each of these targets, or of these frameworks' targets, on the day beside it.
pub async fn derived_on(conn: &mut AsyncPgConnection, asked: &[(Uuid, NaiveDate)]) -> Result<Derived, Error> {
    let targets = queries::targets_on(conn, asked).await?;
    let evidence = queries::evidence(conn, &targets).await?;
    let metrics = derive::metrics(&targets, &evidence);
    Ok(Derived { targets, evidence, metrics })
}

/// The metrics of a target or of a framework's targets.
pub async fn derived(conn: &mut AsyncPgConnection, id: Uuid, moment: Moment) -> Result<Derived, Error> {
    let Derived { targets, evidence, metrics } = derived_on(conn, &[(id, moment.as_at.0)]).await?;
    let metrics = metrics.into_iter().map(|metric| Metric { known_at: moment.known_at, ..metric });
    Ok(Derived { targets, evidence, metrics: metrics.collect() })
}
