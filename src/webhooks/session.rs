//! The database connection of a background task. After any error the task gets a new connection.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use diesel_async::{AsyncPgConnection, RunQueryDsl};
use futures_util::FutureExt;
use tokio::time::timeout;

use crate::db::{self, Actor, Error, pool};

/// How much longer than the statement timeout the work of one call may take.
const TIMEOUT_MARGIN: Duration = Duration::from_secs(5);

/// Ends the transaction of a server that is suspended in it, so that it does not block other
/// servers.
const IDLE_TIMEOUT_SETTING: &str = "idle_in_transaction_session_timeout = '30s'";

/// A connection, and the last error that was logged.
pub struct Session {
    database: db::Settings,
    actor: Actor,
    /// The name of the task, for the log.
    task: &'static str,
    /// The timeout of one call.
    limit: Duration,
    /// The statement that begins a transaction, if a pooler may change the connection after each
    /// transaction.
    transaction: &'static str,
    conn: Option<AsyncPgConnection>,
    last_error: Option<String>,
}

impl Session {
    /// Creates a session, which connects when it is first used. The settings give the statement
    /// timeout.
    pub fn new(database: db::Settings, actor: Actor, task: &'static str) -> Self {
        let limit = database.statement_timeout + TIMEOUT_MARGIN;
        Self { database, actor, task, limit, transaction: "BEGIN READ WRITE", conn: None, last_error: None }
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
        let done = timeout(limit, AssertUnwindSafe(self.run_on_connection(work)).catch_unwind()).await;
        let failure = match done {
            Ok(Ok(Ok(found))) => {
                if self.last_error.take().is_some() {
                    tracing::info!(task = self.task, "webhook task recovered");
                }
                return Some(found);
            }
            Ok(Ok(Err(error))) => error.to_string(),
            Ok(Err(panic)) => panic_message(&*panic),
            Err(_) => "the database does not answer".to_owned(),
        };
        self.conn = None;
        if self.last_error.as_ref() != Some(&failure) {
            tracing::warn!(task = self.task, error = failure, "webhook task stalled");
            self.last_error = Some(failure);
        }
        None
    }

    async fn run_on_connection<T>(
        &mut self,
        work: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let begin = self.database.target.begin(self.database.statement_timeout, self.transaction);
        if self.conn.is_none() {
            let target = self.database.target.clone();
            let mut conn = pool::connect(target, self.database.statement_timeout).await?;
            if begin.is_none() {
                self.configure(&mut conn, "SET").await?;
            }
            self.conn = Some(conn);
        }
        let Some(mut conn) = self.conn.take() else { return Err(Error::Away("no connection".into())) };
        let done = db::within(&mut conn, begin.as_deref(), async |conn| {
            if begin.is_some() {
                self.configure(conn, "SET LOCAL").await?;
            }
            work(conn).await
        });
        let done = done.await;
        self.conn = Some(conn);
        done
    }

    async fn configure(&self, conn: &mut AsyncPgConnection, set: &str) -> Result<(), Error> {
        diesel::sql_query(format!("{set} {IDLE_TIMEOUT_SETTING}")).execute(conn).await?;
        self.actor.acts(conn).await
    }
}

fn panic_message(panic: &(dyn Any + Send)) -> String {
    let message =
        panic.downcast_ref::<&str>().copied().or(panic.downcast_ref::<String>().map(String::as_str));
    message.unwrap_or("a panic").to_owned()
}
