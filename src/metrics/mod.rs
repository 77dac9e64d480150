//! Floor 3: what the server derives. SQL gathers facts, one statement for each kind of fact whatever the number of
//! targets; `derive` gives them meaning and is pure.

pub mod csv;
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

use diesel_async::AsyncPgConnection;

use crate::db::{self, Error, Pool};
use model::Moment;

/// Reads one state of the database: as it is, or as it was known at an instant.
async fn read<T>(
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
