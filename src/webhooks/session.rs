//! A connection of those who work beside the server, made anew after whatever went wrong on it.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use diesel_async::{AsyncPgConnection, RunQueryDsl};
use futures_util::FutureExt;
use tokio::time::timeout;

use crate::db::{self, Actor, Error, pool};

/// How much longer than a statement other work may take.
const GRACE: Duration = Duration::from_secs(5);

/// A server that stands still amid a transaction loses it, and does not hold up the others.
const NOT_STANDING_STILL: &str = "idle_in_transaction_session_timeout = '30s'";

/// A connection, and what was last said of it.
pub struct Session {
    database: db::Settings,
    actor: Actor,
    /// What does not go on while something is wrong.
    what: &'static str,
    /// How long work may take.
    limit: Duration,
    /// How a transaction begins where a pooler lets nothing outlast one.
    transaction: &'static str,
    conn: Option<AsyncPgConnection>,
    said: Option<String>,
}

impl Session {
    /// A connection that is made when it is first needed, on which a statement takes no longer than the settings say.
    pub fn new(database: db::Settings, actor: Actor, what: &'static str) -> Self {
        let limit = database.statement_timeout + GRACE;
        Self { database, actor, what, limit, transaction: "BEGIN READ WRITE", conn: None, said: None }
    }

    /// Gives work so much time.
    pub fn with_limit(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    /// For work that reads one state of the database and writes what follows from it.
    pub fn in_snapshots(self) -> Self {
        Self { transaction: "BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE", ..self }
    }

    /// Runs work. What goes wrong is said once as long as it is the same, ends the connection, and gives none.
    pub async fn run<T>(
        &mut self,
        work: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, Error>,
    ) -> Option<T> {
        let limit = self.limit;
        let done = timeout(limit, AssertUnwindSafe(self.connected(work)).catch_unwind()).await;
        let wrong = match done {
            Ok(Ok(Ok(found))) => {
                if self.said.take().is_some() {
                    tracing::info!("it goes on: {}", self.what);
                }
                return Some(found);
            }
            Ok(Ok(Err(error))) => error.to_string(),
            Ok(Err(panic)) => panicked(&*panic),
            Err(_) => "the database is silent".to_owned(),
        };
        self.conn = None;
        if self.said.as_ref() != Some(&wrong) {
            tracing::warn!(error = wrong, "for now it does not go on: {}", self.what);
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
