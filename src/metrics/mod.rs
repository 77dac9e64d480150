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

use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use crate::db::{self, Error, Pool};
use facts::TargetFact;
use model::{Metric, Moment};

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

/// The metrics of a target or of a framework's targets, and the facts they came from.
pub async fn derived(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    moment: Moment,
) -> Result<(Vec<TargetFact>, Vec<Metric>), Error> {
    let targets = queries::targets(conn, id, moment.as_at.0).await?;
    let evidence = queries::evidence(conn, &targets).await?;
    let metrics = derive::metrics(&targets, &evidence);
    let metrics = metrics.into_iter().map(|metric| Metric { known_at: moment.known_at, ..metric });
    Ok((targets, metrics.collect()))
}
