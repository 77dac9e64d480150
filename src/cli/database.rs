//! The database a command works on: the one DATABASE_URL names, the embedded one that a server already runs, or
//! the embedded one started for as long as the command lasts.

use std::future::Future;
use std::time::Duration;

use diesel::QueryableByName;
use diesel::sql_types::{Bool, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use nix::unistd::{Uid, User};

use super::Failure;
use crate::config::Config;
use crate::db::embedded::{self, Cluster};
use crate::db::{self, Actor, Target, identity, migrations, pool};

/// The embedded cluster's database.
const NAME: &str = "outturn";

/// Migrations and imports may take their time.
const UNHURRIED: Duration = Duration::from_secs(3600);

/// A database that can be connected to, and the cluster behind it if it is ours.
pub(super) struct Database {
    target: Target,
    /// Stops when this is dropped.
    _cluster: Option<Cluster>,
}

impl Database {
    /// For a server: its own cluster, and no other process's.
    pub(super) fn own(config: &Config) -> Result<Self, Failure> {
        if let Some(url) = &config.database_url {
            let (connect_timeout, is_transaction_pooled) =
                (config.connect_timeout, config.is_transaction_pooled);
            let target = Target { url: url.clone(), connect_timeout, is_transaction_pooled };
            return Ok(Self { target, _cluster: None });
        }
        let options =
            embedded::Options { dir: config.data_dir.clone(), settings: vec!["max_connections=200".into()] };
        let cluster = Cluster::start(&options)?;
        block_on(make(&cluster))?;
        Ok(Self { target: cluster.url(NAME).into(), _cluster: Some(cluster) })
    }

    /// For any other command: a running server's cluster too.
    pub(super) fn open(config: &Config) -> Result<Self, Failure> {
        let running = || embedded::running(&config.data_dir, NAME);
        match config.database_url.is_none().then(running).flatten() {
            Some(url) => Ok(Self { target: url.into(), _cluster: None }),
            None => Self::own(config),
        }
    }

    /// How to connect to it.
    pub(super) const fn target(&self) -> &Target {
        &self.target
    }

    async fn connect(&self) -> Result<AsyncPgConnection, Failure> {
        pool::connect(self.target.clone(), UNHURRIED)
            .await
            .map_err(|error| format!("the database cannot be reached: {error}").into())
    }

    /// Runs work on a connection without hurry, after a check of the database. Changes are on record as the operator's.
    pub(super) async fn run<T>(
        &self,
        command: &str,
        work: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.work("BEGIN READ WRITE", async |conn| {
            Actor::operator(operator(), command).acts(conn).await?;
            work(conn).await
        })
        .await
    }

    /// Runs work that only reads, on a connection without hurry, after a check of the database.
    pub(super) async fn read<T>(
        &self,
        work: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.work("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", work).await
    }

    async fn work<T>(
        &self,
        transaction: &str,
        work: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let begin = self.target.begin(UNHURRIED, transaction);
        db::within(&mut self.connect().await?, begin.as_deref(), async |conn| {
            identity::check(conn).await?;
            work(conn).await
        })
        .await
    }

    /// Brings the database up to date, after a check of it.
    pub(super) async fn migrate(&self) -> Result<usize, Failure> {
        let mut conn = self.connect().await?;
        if let Some(begin) = self.target.begin(UNHURRIED, "BEGIN READ WRITE") {
            db::begin(&mut conn, &begin).await?;
        }
        identity::check(&mut conn).await?;
        Ok(migrations::run(conn).await?)
    }
}

/// Whoever runs this program: by name, or by number where the machine has no name for them.
pub(super) fn operator() -> String {
    let uid = Uid::current();
    User::from_uid(uid).ok().flatten().map_or_else(|| uid.to_string(), |user| user.name)
}

#[derive(QueryableByName)]
struct Exists {
    #[diesel(sql_type = Bool)]
    exists: bool,
}

async fn make(cluster: &Cluster) -> Result<(), Failure> {
    let mut conn = pool::connect(cluster.url("postgres"), UNHURRIED).await?;
    let found: Exists =
        diesel::sql_query("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1) AS exists")
            .bind::<Text, _>(NAME)
            .get_result(&mut conn)
            .await?;
    if !found.exists {
        diesel::sql_query(format!("CREATE DATABASE {NAME}")).execute(&mut conn).await?;
    }
    Ok(())
}

/// Runs a future on several threads, as migrations need it.
pub(super) fn block_on<T>(future: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(future)
}
