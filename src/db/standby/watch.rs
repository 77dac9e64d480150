//! Compares the standby with the primary, several times in a second.

use std::time::{Duration, Instant};

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Bool};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use tokio::time::{sleep, timeout};

use super::Position;
use super::samples::{Database, Primary, Replica, Samples, Unusable};
use super::state::{Replayed, Standby};
use crate::db::session::connect;
use crate::db::{Error, Statement, Target};

const INTERVAL: Duration = Duration::from_millis(250);

/// Time limit of a query on an open connection.
const QUERY_TIMEOUT: Duration = Duration::from_secs(1);

/// A database server without a connection until the first query, and after a failed one.
struct Server {
    target: Target,
    conn: Option<AsyncPgConnection>,
}

impl Server {
    const fn new(target: Target) -> Self {
        Self { target, conn: None }
    }

    /// Runs a query. A failure closes the connection, so that the next query connects again, if
    /// necessary to another host.
    async fn query<T>(
        &mut self,
        query: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut conn = match self.conn.take() {
            Some(conn) => conn,
            None => connect(self.target.clone(), QUERY_TIMEOUT).await?,
        };
        let found = timeout(QUERY_TIMEOUT, query(&mut conn)).await.map_err(|_| Error::Slow)??;
        self.conn = Some(conn);
        Ok(found)
    }
}

impl Standby {
    /// Compares the standby with the primary until the future is dropped. Logs when reads begin and
    /// stop to use the standby.
    pub async fn watch(self, primary: Target) {
        let (mut primary, mut replica) = (Server::new(primary), Server::new(self.target.clone()));
        let (mut samples, mut known) = (Samples::default(), Err(Unusable::NoSample));
        loop {
            // The primary is sampled first. What the standby has replayed later includes it.
            let at = Instant::now();
            match primary.query(sample_primary).await {
                Ok(sample) => samples.add(at, sample, self.max_lag),
                Err(error) => tracing::debug!(%error, "position of the primary is unknown"),
            }
            let replica = replica.query(sample_replica).await.map_err(|error| {
                tracing::debug!(%error, "position of the standby is unknown");
                Unusable::Unreachable
            });
            self.set(replica.and_then(|replica| {
                let sample = samples.latest_replayed(replica)?;
                Ok(Replayed { sample, until: replica.replayed })
            }));
            known = self.report(known);
            sleep(INTERVAL).await;
        }
    }

    /// Updates the gauges, and logs the state if it differs from the known one. Returns the state.
    fn report(&self, known: Result<(), Unusable>) -> Result<(), Unusable> {
        let usable = self.usable();
        crate::telemetry::gauge!("db_standby_in_use").set(if usable.is_ok() { 1.0 } else { 0.0 });
        if let Ok(Replayed { sample, .. }) = usable {
            crate::telemetry::gauge!("db_standby_lag_seconds").set(sample.at.elapsed().as_secs_f64());
        }
        let state = usable.map(drop);
        match state {
            state if state == known => {}
            Ok(()) => tracing::info!("reads use the standby"),
            Err(unusable) => tracing::warn!(reason = unusable.reason(), "reads use the primary"),
        }
        state
    }
}

#[derive(QueryableByName)]
struct PrimaryRow {
    #[diesel(embed)]
    database: DatabaseRow,
    #[diesel(embed)]
    flushed: PositionRow,
    #[diesel(sql_type = Bool)]
    is_durable: bool,
}

#[derive(QueryableByName)]
struct ReplicaRow {
    #[diesel(embed)]
    database: DatabaseRow,
    #[diesel(sql_type = Bool)]
    is_in_recovery: bool,
    #[diesel(embed)]
    replayed: PositionRow,
}

#[derive(QueryableByName)]
struct DatabaseRow {
    #[diesel(sql_type = BigInt)]
    system: i64,
    #[diesel(sql_type = BigInt)]
    oid: i64,
}

impl From<DatabaseRow> for Database {
    fn from(DatabaseRow { system, oid }: DatabaseRow) -> Self {
        Self { system, oid }
    }
}

#[derive(QueryableByName)]
struct PositionRow {
    #[diesel(sql_type = BigInt)]
    timeline: i64,
    #[diesel(sql_type = BigInt)]
    lsn: i64,
}

impl TryFrom<PositionRow> for Position {
    type Error = Error;

    fn try_from(PositionRow { timeline, lsn }: PositionRow) -> Result<Self, Error> {
        let invalid = |_| Error::Internal(format!("invalid WAL position: timeline {timeline}, {lsn}"));
        Ok(Self { timeline: timeline.try_into().map_err(invalid)?, lsn: lsn.try_into().map_err(invalid)? })
    }
}

async fn sample_primary(conn: &mut AsyncPgConnection) -> Result<Primary, Error> {
    let row: PrimaryRow = Statement::new(include_str!("sql/primary.sql")).get_result(conn).await?;
    let PrimaryRow { database, flushed, is_durable } = row;
    Ok(Primary { database: database.into(), flushed: flushed.try_into()?, is_durable })
}

async fn sample_replica(conn: &mut AsyncPgConnection) -> Result<Replica, Error> {
    let row: ReplicaRow = Statement::new(include_str!("sql/replica.sql")).get_result(conn).await?;
    let ReplicaRow { database, is_in_recovery, replayed } = row;
    Ok(Replica { database: database.into(), is_in_recovery, replayed: replayed.try_into()? })
}

/// Returns the position up to which the primary has flushed its WAL. It includes every transaction
/// whose commit has been acknowledged.
pub async fn flushed_position(conn: &mut AsyncPgConnection) -> Result<Position, Error> {
    sample_primary(conn).await.map(|primary| primary.flushed)
}
