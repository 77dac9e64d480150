//! A connection of those who work beside the server, made anew after whatever went wrong on it.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use diesel_async::{AsyncPgConnection, RunQueryDsl};
use futures_util::FutureExt;
use tokio::time::timeout;

use crate::db::{self, Actor, Error, pool};

/// How long connecting may take, and how much longer than a statement other work may take.
const GRACE: Duration = Duration::from_secs(5);

/// A server that stands still amid a transaction loses it, and does not hold up the others.
const NOT_STANDING_STILL: &str = "SET idle_in_transaction_session_timeout = '30s'";

/// A connection, and what was last said of it.
pub struct Session {
    database: db::Settings,
    actor: Actor,
    /// What does not go on while something is wrong.
    what: &'static str,
    /// How long work may take.
    limit: Duration,
    conn: Option<AsyncPgConnection>,
    said: Option<String>,
}

impl Session {
    /// A connection that is made when it is first needed, on which a statement takes no longer than the settings say.
    pub fn new(database: db::Settings, actor: Actor, what: &'static str) -> Self {
        let limit = database.statement_timeout + GRACE;
        Self { database, actor, what, limit, conn: None, said: None }
    }

    /// Gives work so much time.
    pub fn with_limit(self, limit: Duration) -> Self {
        Self { limit, ..self }
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
        if self.conn.is_none() {
            let away = |error: diesel::ConnectionError| Error::Away(error.to_string());
            let connect = pool::connect(self.database.url.clone(), self.database.statement_timeout);
            let silent = |_| Error::Away("the database is silent".into());
            let mut conn = timeout(GRACE, connect).await.map_err(silent)?.map_err(away)?;
            diesel::sql_query(NOT_STANDING_STILL).execute(&mut conn).await?;
            self.actor.acts(&mut conn).await?;
            self.conn = Some(conn);
        }
        match &mut self.conn {
            Some(conn) => work(conn).await,
            None => Err(Error::Away("no connection".into())),
        }
    }
}

fn panicked(panic: &(dyn Any + Send)) -> String {
    let said = panic.downcast_ref::<&str>().copied().or(panic.downcast_ref::<String>().map(String::as_str));
    said.unwrap_or("a panic").to_owned()
}
