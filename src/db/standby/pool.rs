//! Connections to the standby.

use std::time::Duration;

use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::deadpool::{Object, Pool as Deadpool};
use tokio::time::timeout;

use super::{Position, Standby};
use crate::db::connections::Connections;
use crate::db::{Error, begin};

/// Maximum time until a connection to the standby can be used. After this time, the read uses the
/// primary.
const WAIT_TIMEOUT: Duration = Duration::from_secs(1);

const BEGIN_READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

#[derive(Clone)]
pub struct StandbyPool {
    standby: Standby,
    pool: Deadpool<AsyncPgConnection>,
    /// The SQL that begins a transaction for reading.
    begin: String,
}

impl StandbyPool {
    pub(in crate::db) fn new(standby: &Standby, connections: Connections) -> Result<Self, Error> {
        let pool = connections.build(&standby.target, None)?;
        standby.pools.add(&pool);
        let is_pooled = standby.target.is_transaction_pooled;
        let begin = if is_pooled { connections.session.begin(BEGIN_READ) } else { BEGIN_READ.to_owned() };
        Ok(Self { standby: standby.clone(), pool, begin })
    }

    pub const fn standby(&self) -> &Standby {
        &self.standby
    }

    /// Returns a connection that reads a snapshot with everything up to a position. Returns `None`
    /// if the server behind the connection has not replayed the position, is not a standby or does
    /// not respond in time.
    pub async fn get(&self, position: Position) -> Option<Object<AsyncPgConnection>> {
        let mut conn = timeout(WAIT_TIMEOUT, self.pool.get()).await.ok()?.ok()?;
        let sql = format!("{}; {}", check(position), self.begin);
        match timeout(WAIT_TIMEOUT, begin(&mut conn, &sql)).await {
            Ok(Ok(())) => Some(conn),
            _ => {
                // The state of the connection is unknown, and its server may not be the standby.
                drop(Object::take(conn));
                None
            }
        }
    }
}

/// Returns the SQL of a transaction that fails, with a division by zero, unless a standby has
/// replayed a position. The position is read before the snapshot of the next transaction is taken.
/// Both transactions are in one message, so a transaction pooler sends them to the same server.
fn check(position: Position) -> String {
    let position = position.pg_lsn();
    format!(
        "BEGIN; SELECT 1 / (pg_is_in_recovery() AND pg_last_wal_replay_lsn() >= '{position}')::int; COMMIT"
    )
}
