//! The database connection of a background task. After any error the task gets a new connection.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use diesel_async::{AsyncPgConnection, RunQueryDsl};
use futures_util::FutureExt;
use tokio::time::timeout;

use crate::db::{self, Actor, Error, pool};

/// How much longer than the statement timeout the work of one call may take.
const GRACE: Duration = Duration::from_secs(5);

/// Ends the transaction of a server that is suspended in it, so that it does not block other
/// servers.
const NOT_STANDING_STILL: &str = "idle_in_transaction_session_timeout = '30s'";

/// A connection, and the last error that was logged.
pub struct Session {
    database: db::Settings,
    actor: Actor,
    /// The name of the task, for the log.
    what: &'static str,
    /// The timeout of one call.
    limit: Duration,
    /// The statement that begins a transaction, if a pooler may change the connection after each
    /// transaction.
    transaction: &'static str,
    conn: Option<AsyncPgConnection>,
    said: Option<String>,
}

impl Session {
    /// Creates a session, which connects when it is first used. The settings give the statement
    /// timeout.
    pub fn new(database: db::Settings, actor: Actor, what: &'static str) -> Self {
        let limit = database.statement_timeout + GRACE;
        Self { database, actor, what, limit, transaction: "BEGIN READ WRITE", conn: None, said: None }
    }

    /// Sets the timeout of one call.
    pub fn with_limit(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    /// Runs each transaction in a snapshot (`REPEATABLE READ`), for work whose writes depend on its
    /// reads.
    pub fn in_snapshots(self) -> Self {
        Self { transaction: "BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE", ..self }
    }

    /// Runs work on the connection. An error closes the connection and returns `None`. It is logged
    /// unless the previous call failed with the same error.
    pub async fn run<T>(
        &mut self,
        work: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, Error>,
    ) -> Option<T> {
        let limit = self.limit;
        let done = timeout(limit, AssertUnwindSafe(self.connected(work)).catch_unwind()).await;
        let wrong = match done {
            Ok(Ok(Ok(found))) => {
                if self.said.take().is_some() {
                    tracing::info!("{} resumed", self.what);
                }
                return Some(found);
            }
            Ok(Ok(Err(error))) => error.to_string(),
            Ok(Err(panic)) => panicked(&*panic),
            Err(_) => "the database does not answer".to_owned(),
        };
        self.conn = None;
        if self.said.as_ref() != Some(&wrong) {
            tracing::warn!(error = wrong, "{} stalled", self.what);
            self.said = Some(wrong);
        }
        None
    }

    async fn connected<T>(
        &mut self,
        work: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let begin = self.database.target.begin(self.database.statement_timeout, self.transaction);
        if self.conn.is_none() {
            let target = self.database.target.clone();
            let mut conn = pool::connect(target, self.database.statement_timeout).await?;
            if begin.is_none() {
                self.settle(&mut conn, "SET").await?;
            }
            self.conn = Some(conn);
        }
        let Some(mut conn) = self.conn.take() else { return Err(Error::Away("no connection".into())) };
        let done = db::within(&mut conn, begin.as_deref(), async |conn| {
            if begin.is_some() {
                self.settle(conn, "SET LOCAL").await?;
            }
            work(conn).await
        });
        let done = done.await;
        self.conn = Some(conn);
        done
    }

    async fn settle(&self, conn: &mut AsyncPgConnection, set: &str) -> Result<(), Error> {
        diesel::sql_query(format!("{set} {NOT_STANDING_STILL}")).execute(conn).await?;
        self.actor.acts(conn).await
    }
}

fn panicked(panic: &(dyn Any + Send)) -> String {
    let said = panic.downcast_ref::<&str>().copied().or(panic.downcast_ref::<String>().map(String::as_str));
    said.unwrap_or("a panic").to_owned()
}
