//! A PostgreSQL with the sample and a configurable number of additional rows.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Double, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use outturn::db::embedded::Cluster;
use outturn::db::{Actor, migrations};
use outturn::web::Contracts;
use outturn::{openapi, transfer};
use uuid::Uuid;

use crate::reads::{self, Read};
use crate::support::{connect, directory, execute, start_cluster};

/// Selects the framework that the bench reads.
pub const FRAMEWORK: &str = "SELECT id FROM frameworks WHERE code = '2017-18'";

const SETTINGS: [&str; 8] = [
    "fsync=off",
    "autovacuum=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_wal_size=4GB",
    "max_parallel_workers_per_gather=0",
    "shared_preload_libraries=pg_stat_statements,auto_explain",
    "pg_stat_statements.track_planning=on",
];

/// The number of additional rows; `bulk.sql` explains each variable.
pub struct Bulk {
    pub first: u16,
    pub last: u16,
    pub bodies: u16,
    pub own: u16,
}

/// A PostgreSQL cluster; dropping it deletes its directory.
pub struct Bench {
    dir: PathBuf,
    cluster: Option<Cluster>,
}

impl Bench {
    /// Starts a cluster with the sample.
    pub async fn start() -> Self {
        let dir = directory(false);
        let cluster = start_cluster(&dir, &SETTINGS);
        let bench = Self { dir, cluster: Some(cluster) };
        execute(&mut bench.connect_to("postgres").await, "CREATE DATABASE sample").await;
        migrations::run(bench.connect_to("sample").await).await.expect("migrations");
        let mut conn = bench.connect_to("sample").await;
        let contracts = Contracts::compile(&openapi::document()).expect("contracts");
        Actor::operator("bench".into(), "import").acts(&mut conn).await.expect("an actor");
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample");
        transfer::import(&mut conn, &contracts, &sample, outturn::values::UnknownColumns::Refuse)
            .await
            .expect("the sample");
        execute(&mut conn, "CREATE EXTENSION pg_stat_statements").await;
        bench
    }

    /// Replaces the database `bulk` by the sample with additional rows.
    pub async fn rebuild(&self, bulk: &Bulk) {
        let mut conn = self.connect_to("postgres").await;
        execute(&mut conn, "DROP DATABASE IF EXISTS bulk WITH (FORCE)").await;
        execute(&mut conn, "CREATE DATABASE bulk TEMPLATE sample").await;
        let Bulk { first, last, bodies, own } = bulk;
        let variables = [("first", first), ("last", last), ("bodies", bodies), ("own", own)];
        let variables = variables.map(|(name, value)| (name, value.to_string()));
        self.psql(&variables, include_str!("bulk.sql"));
    }

    /// Runs the plain SQL this many times and returns its output.
    pub fn run_plain_sql(&self, days: &str, rounds: usize) -> String {
        self.psql(&[("days", days.to_owned())], &include_str!("plain.sql").repeat(rounds))
    }

    fn psql(&self, variables: &[(&str, String)], sql: &str) -> String {
        let file = self.dir.join("script.sql");
        fs::write(&file, sql).expect("a script");
        let program =
            std::env::var_os("PG_BINDIR").map_or("psql".into(), |dir| PathBuf::from(dir).join("psql"));
        let mut command = Command::new(program);
        command.args(["-XqAt", "-v", "ON_ERROR_STOP=1", "-d", &self.cluster().url("bulk"), "-f"]).arg(file);
        for (name, value) in variables {
            command.arg("-v").arg(format!("{name}={value}"));
        }
        let output = command.output().expect("psql");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Resets the time that [`Self::milliseconds`] returns.
    pub async fn reset_statistics(&self) {
        execute(&mut self.connect().await, "SELECT pg_stat_statements_reset()").await;
    }

    /// The time in the database for planning and running the statements of metrics, in
    /// milliseconds.
    pub async fn milliseconds(&self) -> f64 {
        #[derive(QueryableByName)]
        struct Time {
            #[diesel(sql_type = Double)]
            ms: f64,
        }
        let sql = "SELECT COALESCE(sum(total_plan_time + total_exec_time), 0) AS ms FROM pg_stat_statements
                   WHERE query LIKE '%WITH%' AND query NOT LIKE '%pg_stat_statements%'";
        let time: Time = diesel::sql_query(sql).get_result(&mut self.connect().await).await.expect(sql);
        time.ms
    }

    /// Reads once more and writes the statements with their plans to a file.
    pub async fn write_plans(&self, conn: &mut AsyncPgConnection, case: &str, read: &Read) {
        let log = self.dir.join("postgres.log");
        let before = fs::read_to_string(&log).expect("a log").len();
        for setting in ["log_analyze = on", "log_buffers = on", "log_min_duration = 0"] {
            execute(conn, &format!("SET auto_explain.{setting}")).await;
        }
        reads::run(conn, read).await;
        execute(conn, "RESET auto_explain.log_min_duration").await;
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/framework_cost");
        fs::create_dir_all(&dir).expect("a directory");
        let file = dir.join(format!("{} {case}.txt", read.name).replace([' ', ','], "_"));
        fs::write(&file, &fs::read_to_string(&log).expect("a log")[before..]).expect("a file");
    }

    /// The number in the column `n` of a statement's result.
    pub async fn number(&self, sql: &str) -> i64 {
        #[derive(QueryableByName)]
        struct Number {
            #[diesel(sql_type = BigInt)]
            n: i64,
        }
        let row: Number = diesel::sql_query(sql).get_result(&mut self.connect().await).await.expect(sql);
        row.n
    }

    /// A connection to the database `bulk`.
    pub async fn connect(&self) -> AsyncPgConnection {
        self.connect_to("bulk").await
    }

    async fn connect_to(&self, database: &str) -> AsyncPgConnection {
        connect(self.cluster(), database).await
    }

    fn cluster(&self) -> &Cluster {
        self.cluster.as_ref().expect("a running cluster")
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.cluster = None;
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// The id that a statement selects.
pub async fn id_of(conn: &mut AsyncPgConnection, sql: &str) -> Uuid {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SqlUuid)]
        id: Uuid,
    }
    let row: Row = diesel::sql_query(sql).get_result(conn).await.expect(sql);
    row.id
}
