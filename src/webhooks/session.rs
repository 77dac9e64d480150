//! The database connection of a background task. It is opened again after each error.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use diesel_async::{AsyncPgConnection, RunQueryDsl};
use futures_util::FutureExt;
use tokio::time::timeout;

use crate::db::{self, Actor, Error, pool};

/// The time by which one call may exceed the statement timeout.
const TIMEOUT_MARGIN: Duration = Duration::from_secs(5);

/// The database setting that ends the transactions of a suspended server, because their locks block
/// other servers.
const IDLE_TIMEOUT_SETTING: &str = "idle_in_transaction_session_timeout = '30s'";

/// A background task's database connection, which is opened again after an error. Errors are logged
/// once.
pub struct Session {
    database: db::Settings,
    actor: Actor,
    task: &'static str,
    limit: Duration,
    /// The statement that begins a transaction. Used if a transaction pooler may assign another
    /// server connection to each transaction.
    transaction: &'static str,
    conn: Option<AsyncPgConnection>,
    last_error: Option<String>,
}

impl Session {
    /// Creates a session. It connects to the database on first use.
    pub fn new(database: db::Settings, actor: Actor, task: &'static str) -> Self {
        let limit = database.statement_timeout + TIMEOUT_MARGIN;
        Self { database, actor, task, limit, transaction: "BEGIN READ WRITE", conn: None, last_error: None }
    }

    pub fn with_limit(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    /// Makes each transaction read one snapshot (`REPEATABLE READ`). Work whose writes depend on
    /// its reads needs this.
    pub fn in_snapshots(self) -> Self {
        Self { transaction: "BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE", ..self }
    }

    /// Runs work on the connection. After an error or a timeout, closes the connection and returns
    /// `None`. The error is logged unless the previous call failed with the same error.
    pub async fn run<T>(
        &mut self,
        work: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, Error>,
    ) -> Option<T> {
        let limit = self.limit;
        let done = timeout(limit, AssertUnwindSafe(self.run_on_connection(work)).catch_unwind()).await;
        let failure = match done {
            Ok(Ok(Ok(found))) => {
                if self.last_error.take().is_some() {
                    tracing::info!(task = self.task, "background task works again");
                }
                return Some(found);
            }
            Ok(Ok(Err(error))) => error.to_string(),
            Ok(Err(panic)) => panic_message(&*panic),
            Err(_) => "the database did not respond before the timeout".to_owned(),
        };
        self.conn = None;
        if self.last_error.as_ref() != Some(&failure) {
            tracing::warn!(task = self.task, error = failure, "background task failed and is retried");
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
        let Some(mut conn) = self.conn.take() else {
            return Err(Error::Unavailable("no database connection".into()));
        };
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
