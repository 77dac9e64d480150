//! The database that a command of the program uses. It is the database of `DATABASE_URL`, or the
//! embedded database of a running server. If neither exists, this process starts and stops an
//! embedded database.

use std::future::Future;
use std::time::Duration;

use diesel::QueryableByName;
use diesel::sql_types::{Bool, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use nix::unistd::{Uid, User};

use super::error::CommandError;
use crate::config::Config;
use crate::db::embedded::{self, Cluster};
use crate::db::{self, Actor, Target, identity, migrations, pool};

const DATABASE_NAME: &str = "outturn";

/// Statement timeout of the program's commands. Migrations and imports can take long.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(3600);

pub(super) struct Database {
    target: Target,
    /// The embedded database cluster that this process started. Dropping this value stops the
    /// cluster.
    _cluster: Option<Cluster>,
}

impl Database {
    /// Opens the database for a server. Without `DATABASE_URL`, starts the embedded database
    /// cluster. Fails if another process already runs the cluster.
    pub(super) fn open_own(config: &Config) -> Result<Self, CommandError> {
        if let Some(url) = &config.database_url {
            let (connect_timeout, is_transaction_pooled) =
                (config.connect_timeout, config.is_transaction_pooled);
            let target = Target { url: url.clone(), connect_timeout, is_transaction_pooled };
            return Ok(Self { target, _cluster: None });
        }
        let options = embedded::Options {
            dir: config.data_dir.clone(),
            programs: config.postgres_programs.clone(),
            settings: vec!["max_connections=200".into()],
        };
        let cluster = Cluster::start(&options)?;
        block_on(create_database(&cluster))?;
        Ok(Self { target: cluster.url(DATABASE_NAME).into(), _cluster: Some(cluster) })
    }

    /// Opens the database for a command. Uses the embedded database cluster of a running server. If
    /// none runs, starts the cluster.
    pub(super) fn open(config: &Config) -> Result<Self, CommandError> {
        let running = || embedded::running(&config.data_dir, DATABASE_NAME);
        match config.database_url.is_none().then(running).flatten() {
            Some(url) => Ok(Self { target: url.into(), _cluster: None }),
            None => Self::open_own(config),
        }
    }

    pub(super) const fn target(&self) -> &Target {
        &self.target
    }

    async fn connect(&self) -> Result<AsyncPgConnection, CommandError> {
        pool::connect(self.target.clone(), STATEMENT_TIMEOUT)
            .await
            .map_err(|error| format!("the database cannot be reached: {error}").into())
    }

    /// Checks the database and runs work on a connection that may write. The change log records the
    /// operator of the command.
    pub(super) async fn run<T>(
        &self,
        command: &str,
        work: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, CommandError>,
    ) -> Result<T, CommandError> {
        self.work("BEGIN READ WRITE", async |conn| {
            Actor::operator(operator(), command).acts(conn).await?;
            work(conn).await
        })
        .await
    }

    /// Checks the database and runs read-only work on a connection.
    pub(super) async fn read<T>(
        &self,
        work: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, CommandError>,
    ) -> Result<T, CommandError> {
        self.work("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", work).await
    }

    async fn work<T>(
        &self,
        transaction: &str,
        work: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, CommandError>,
    ) -> Result<T, CommandError> {
        let begin = self.target.begin(STATEMENT_TIMEOUT, transaction);
        db::within(&mut self.connect().await?, begin.as_deref(), async |conn| {
            identity::check(conn).await?;
            work(conn).await
        })
        .await
    }

    /// Checks the database and applies the migrations. Returns the number of applied migrations.
    pub(super) async fn migrate(&self) -> Result<usize, CommandError> {
        let mut conn = self.connect().await?;
        if let Some(begin) = self.target.begin(STATEMENT_TIMEOUT, "BEGIN READ WRITE") {
            db::begin(&mut conn, &begin).await?;
        }
        identity::check(&mut conn).await?;
        Ok(migrations::run(conn).await?)
    }
}

/// Returns the operating system's user name of this process. Without a name, returns the user id.
pub(super) fn operator() -> String {
    let uid = Uid::current();
    User::from_uid(uid).ok().flatten().map_or_else(|| uid.to_string(), |user| user.name)
}

#[derive(QueryableByName)]
struct Exists {
    #[diesel(sql_type = Bool)]
    exists: bool,
}

async fn create_database(cluster: &Cluster) -> Result<(), CommandError> {
    let mut conn = pool::connect(cluster.url("postgres"), STATEMENT_TIMEOUT).await?;
    let row: Exists =
        diesel::sql_query("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1) AS exists")
            .bind::<Text, _>(DATABASE_NAME)
            .get_result(&mut conn)
            .await?;
    if !row.exists {
        diesel::sql_query(format!("CREATE DATABASE {DATABASE_NAME}")).execute(&mut conn).await?;
    }
    Ok(())
}

/// Runs a future on a runtime with several threads, which the migrations require.
pub(super) fn block_on<T>(future: impl Future<Output = Result<T, CommandError>>) -> Result<T, CommandError> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(future)
}
