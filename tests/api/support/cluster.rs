//! One PostgreSQL for all tests, in memory if possible and without fsync. Each test's database is a
//! copy of a migrated template or of a template with the sample.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use diesel_async::{AsyncPgConnection, RunQueryDsl};
use outturn::db::embedded::{Cluster, Options};
use outturn::db::{Actor, Target, migrations, pool};
use outturn::transfer;

use super::{MAX_WAIT, contracts};

static CLUSTER: OnceLock<Cluster> = OnceLock::new();
static SAMPLE: OnceLock<()> = OnceLock::new();
static CLONES: AtomicUsize = AtomicUsize::new(0);

const EMPTY_TEMPLATE: &str = "template_empty";
const SAMPLE_TEMPLATE: &str = "template_with_sample";

fn cluster() -> &'static Cluster {
    CLUSTER.get_or_init(|| {
        let dir = directory("cluster");
        // A database is too short-lived to be vacuumed. Statements are counted only in the databases
        // of tests that count them.
        let settings = [
            "fsync=off",
            "full_page_writes=off",
            "wal_level=minimal",
            "max_wal_senders=0",
            "autovacuum=off",
            "max_connections=500",
            "shared_preload_libraries=pg_stat_statements",
            "pg_stat_statements.track=none",
        ];
        let options = Options {
            dir,
            programs: std::env::var_os("PG_BINDIR").map(Into::into),
            settings: settings.map(str::to_owned).to_vec(),
        };
        let cluster = Cluster::start(&options).expect("PostgreSQL starts");
        run(async {
            execute(&cluster, "postgres", &format!("CREATE DATABASE {EMPTY_TEMPLATE}")).await;
            migrations::run(connect(&cluster, EMPTY_TEMPLATE).await).await.expect("migrations");
        });
        cluster
    })
}

/// The directory that contains the test's directories: in memory if possible.
pub fn root_directory() -> PathBuf {
    let shm = Path::new("/dev/shm");
    if shm.is_dir() { shm.to_owned() } else { std::env::temp_dir() }
}

/// The path of a directory of this process for one purpose. Removes the directories of processes
/// that have ended.
pub fn directory(purpose: &str) -> PathBuf {
    let root = root_directory();
    for entry in fs::read_dir(&root).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let owner =
            name.strip_prefix("outturn-test-").and_then(|name| name.rsplit('-').next()?.parse::<i32>().ok());
        let has_ended = |pid| nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), None).is_err();
        if owner.is_some_and(has_ended) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    root.join(format!("outturn-test-{purpose}-{}", std::process::id()))
}

/// Creates a migrated database, without rows or with the sample, and returns its name.
pub fn database(with_sample: bool) -> String {
    let cluster = cluster();
    if with_sample {
        SAMPLE.get_or_init(|| create_sample_template(cluster));
    }
    clone_template(if with_sample { SAMPLE_TEMPLATE } else { EMPTY_TEMPLATE })
}

/// Creates a database without tables and returns its name.
pub fn create_database_without_tables() -> String {
    clone_template("template0")
}

fn clone_template(template: &str) -> String {
    let name = format!("test_{}", CLONES.fetch_add(1, Ordering::Relaxed));
    execute_as_admin(&format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY"));
    name
}

/// The connection string of a database.
pub fn url(name: &str) -> String {
    cluster().url(name)
}

/// Ends every connection to a test's database.
pub fn disconnect(name: &str) {
    let sql = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
    execute_as_admin(&sql);
}

/// Sets whether a test's database accepts connections.
pub fn allow_connections(name: &str, allow: bool) {
    execute_as_admin(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {allow}"));
}

/// Runs a statement as the cluster's administrator in the database `postgres`.
pub fn execute_as_admin(sql: &str) {
    run(execute(cluster(), "postgres", sql));
}

/// Drops a test's database and ends its connections.
pub fn drop_database(name: &str) {
    execute_as_admin(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
}

fn create_sample_template(cluster: &Cluster) {
    run(async {
        execute(cluster, "postgres", &format!("CREATE DATABASE {SAMPLE_TEMPLATE} TEMPLATE {EMPTY_TEMPLATE}"))
            .await;
        let mut conn = connect(cluster, SAMPLE_TEMPLATE).await;
        Actor::operator("test".into(), "import").acts(&mut conn).await.expect("an actor");
        transfer::import(
            &mut conn,
            contracts(),
            Path::new("sample"),
            outturn::values::UnknownColumns::Refuse,
        )
        .await
        .expect("the sample");
    });
}

/// A connection target whose connect timeout is [`MAX_WAIT`].
pub fn target(url: String) -> Target {
    Target { connect_timeout: MAX_WAIT, ..Target::from(url) }
}

async fn connect(cluster: &Cluster, database: &str) -> AsyncPgConnection {
    pool::connect(target(cluster.url(database)), 10 * MAX_WAIT).await.expect("a connection")
}

/// A connection to a test's database, with the actor `test` for the change log.
pub async fn connection(database: &str) -> AsyncPgConnection {
    let mut conn = connect(cluster(), database).await;
    Actor::operator("test".into(), "test").acts(&mut conn).await.expect("an actor");
    conn
}

async fn execute(cluster: &Cluster, database: &str, sql: &str) {
    diesel::sql_query(sql).execute(&mut connect(cluster, database).await).await.expect(sql);
}

/// Runs a future on another thread, so that it can be called inside a test's runtime.
pub fn run<T: Send>(future: impl Future<Output = T> + Send) -> T {
    std::thread::scope(|scope| {
        let worker = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
            runtime.expect("a runtime").block_on(future)
        });
        worker.join().expect("the thread does not panic")
    })
}
