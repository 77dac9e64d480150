//! Connection pools. Each server thread has a small pool, and recycling a connection needs no round
//! trip.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

use deadpool::managed::Timeouts;
use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::deadpool::{Object, Pool as Deadpool};
use tokio::runtime::Handle;

use super::actor::write_as;
use super::condition::Condition;
use super::connections::Connections;
use super::identity;
pub use super::session::{CONNECT_TIMEOUT, connect, trusting_known_authorities};
use super::session::{SessionSettings, Target};
use super::standby::StandbyPool;
use super::transaction::{TransactionEnd, begin, rollback};
use super::{Actor, Error, Pools, Position, Standby};

/// Maximum number of requests that wait, per connection of the pool. Further requests would not be
/// served in time.
const MAX_WAITING_PER_CONNECTION: usize = 32;

#[derive(Debug, Clone)]
pub struct Settings {
    pub target: Target,
    pub size: usize,
    pub statement_timeout: Duration,
    pub wait: Duration,
    pub pools: Pools,
    pub standby: Option<Standby>,
}

#[derive(Clone)]
pub struct Pool {
    pool: Deadpool<AsyncPgConnection>,
    begin: Arc<Begin>,
    condition: Condition,
    standby: Option<StandbyPool>,
}

struct Begin {
    /// The SQL that begins a transaction for reading, if a transaction pooler is used. The pooler
    /// can assign another server connection to each transaction, so reads also need one.
    read: Option<String>,
    write: String,
    /// The SQL that begins a transaction for writing on a database that refuses writes. A write
    /// then fails with the database's own error.
    write_refused: String,
}

impl Begin {
    fn new(target: &Target, session: SessionSettings) -> Self {
        if !target.is_transaction_pooled {
            let (write, write_refused) = ("BEGIN READ WRITE".into(), "BEGIN READ ONLY".into());
            return Self { read: None, write, write_refused };
        }
        Self {
            // All statements of a request read one snapshot. A nested snapshot needs this isolation
            // level.
            read: Some(session.begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")),
            write: session.begin("BEGIN READ WRITE"),
            write_refused: session.begin("BEGIN READ ONLY"),
        }
    }
}

impl Pool {
    /// Creates a pool. The pool opens connections on first use.
    pub fn new(settings: &Settings) -> Result<Self, Error> {
        let session = SessionSettings { statement_timeout: settings.statement_timeout, is_read_only: true };
        let begin = Arc::new(Begin::new(&settings.target, session));
        let condition = settings.pools.condition.clone();
        let connections = Connections { size: settings.size, wait: settings.wait, session };
        let pool = connections.build(&settings.target, Some(&condition))?;
        settings.pools.add(&pool);
        let standby = settings.standby.as_ref().map(|standby| StandbyPool::new(standby, connections));
        Ok(Self { pool, begin, condition, standby: standby.transpose()? })
    }

    /// Returns the standby that serves reads, if one is configured.
    pub fn standby(&self) -> Option<&Standby> {
        self.standby.as_ref().map(StandbyPool::standby)
    }

    /// Returns a connection to the standby that has replayed a position. Returns `None` if no such
    /// connection can be opened soon. The read must then use the primary.
    pub async fn get_standby(&self, position: Position) -> Option<Connection> {
        let conn = self.standby.as_ref()?.get(position).await?;
        Some(Connection { conn: Some(conn), is_in_transaction: true })
    }

    /// Returns a read-only connection. Fails with [`Error::Busy`] if the wait or the queue is too
    /// long.
    pub async fn get(&self) -> Result<Connection, Error> {
        self.lend(self.acquire().await?).await
    }

    /// Returns a read-only connection, as [`Self::get`] does, with another limit for the wait.
    pub async fn get_within(&self, wait: Duration) -> Result<Connection, Error> {
        let timeouts = Timeouts { wait: Some(wait), ..self.pool.timeouts() };
        self.lend(self.acquire_within(&timeouts).await?).await
    }

    async fn lend(&self, mut conn: Object<AsyncPgConnection>) -> Result<Connection, Error> {
        if let Some(sql) = &self.begin.read {
            begin(&mut conn, sql).await?;
        }
        Ok(Connection { conn: Some(conn), is_in_transaction: self.begin.read.is_some() })
    }

    async fn acquire(&self) -> Result<Object<AsyncPgConnection>, Error> {
        self.acquire_within(&self.pool.timeouts()).await
    }

    async fn acquire_within(&self, timeouts: &Timeouts) -> Result<Object<AsyncPgConnection>, Error> {
        let status = self.pool.status();
        if status.waiting >= status.max_size * MAX_WAITING_PER_CONNECTION {
            crate::telemetry::counter!("db_requests_shed_total").increment(1);
            return Err(Error::Busy);
        }
        Ok(self.pool.timeout_get(timeouts).await?)
    }

    /// Runs work in a transaction that may write. The change log records the actor. All connections
    /// outside this function are read-only.
    pub async fn write<T>(
        &self,
        actor: &Actor,
        work: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.write_with_condition(actor, "true", async |conn, _| work(conn).await.map(TransactionEnd::Commit))
            .await
    }

    /// Runs work in a transaction that may write. The work also decides how the transaction ends,
    /// and receives the value of an SQL condition at the start of the transaction.
    pub async fn write_with_condition<T>(
        &self,
        actor: &Actor,
        condition: &'static str,
        work: impl AsyncFnOnce(&mut AsyncPgConnection, bool) -> Result<TransactionEnd<T>, Error>,
    ) -> Result<T, Error> {
        let Begin { write, write_refused, .. } = &*self.begin;
        let sql = if self.condition.is_read_only() { write_refused } else { write };
        let mut conn = self.acquire().await?;
        let result = write_as(&mut conn, sql, actor, condition, work).await;
        self.condition.record_write(&result);
        if matches!(result, Err(Error::ReadOnly(_))) {
            // Another server may have become the primary. A new connection finds it, and observes
            // whether the database accepts writes.
            drop(Object::take(conn));
        }
        result
    }

    /// Fails if the server cannot serve reads and writes. The check treats the disk as full if the
    /// last write failed because of a full disk.
    pub async fn check(&self) -> Result<(), Error> {
        let checked = identity::check(&mut *self.get().await?).await;
        match &checked {
            Ok(()) => self.condition.set_read_only(false),
            Err(Error::ReadOnly(_)) => self.condition.set_read_only(true),
            Err(_) => {}
        }
        checked?;
        self.condition.check_storage()
    }
}

/// A connection from the pool. Dropping it ends its transaction and returns the connection to the
/// pool.
pub struct Connection {
    conn: Option<Object<AsyncPgConnection>>,
    is_in_transaction: bool,
}

impl Deref for Connection {
    type Target = AsyncPgConnection;

    fn deref(&self) -> &AsyncPgConnection {
        match &self.conn {
            Some(conn) => conn,
            None => unreachable!("the connection is taken only when this is dropped"),
        }
    }
}

impl DerefMut for Connection {
    fn deref_mut(&mut self) -> &mut AsyncPgConnection {
        match &mut self.conn {
            Some(conn) => conn,
            None => unreachable!("the connection is taken only when this is dropped"),
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // Without an async runtime, the transaction cannot be rolled back. The pool then discards
        // the connection.
        if let (true, Some(mut conn), Ok(runtime)) =
            (self.is_in_transaction, self.conn.take(), Handle::try_current())
        {
            runtime.spawn(async move { rollback(&mut conn).await });
        }
    }
}
