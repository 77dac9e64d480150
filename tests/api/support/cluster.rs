//! One PostgreSQL for the whole run: in memory where that is possible, without fsync, with a database for each test
//! cloned from a template that is migrated (and another into which the sample is read) once.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use diesel_async::{AsyncPgConnection, RunQueryDsl};
use outturn::db::embedded::{Cluster, Options};
use outturn::db::{Actor, Target, migrations, pool};
use outturn::transfer;

use super::{PATIENCE, contracts};

static CLUSTER: OnceLock<Cluster> = OnceLock::new();
static SAMPLE: OnceLock<()> = OnceLock::new();
static CLONES: AtomicUsize = AtomicUsize::new(0);

const EMPTY: &str = "template_empty";
const WITH_SAMPLE: &str = "template_with_sample";

fn cluster() -> &'static Cluster {
    CLUSTER.get_or_init(|| {
        let dir = directory("cluster");
        // Statements are counted in some tests; those of all the others' databases must not push them out.
        let settings = [
            "fsync=off",
            "max_connections=500",
            "shared_preload_libraries=pg_stat_statements",
            "pg_stat_statements.max=50000",
        ];
        let options = Options { dir, settings: settings.map(str::to_owned).to_vec() };
        let cluster = Cluster::start(&options).expect("a PostgreSQL for the tests");
        run(async {
            execute(&cluster, "postgres", &format!("CREATE DATABASE {EMPTY}")).await;
            migrations::run(connect(&cluster, EMPTY).await).await.expect("migrations");
        });
        cluster
    })
}

/// The path of a directory of this process for one purpose; those of processes that have ended are removed.
pub fn directory(purpose: &str) -> PathBuf {
    let shm = Path::new("/dev/shm");
    let root = if shm.is_dir() { shm.to_owned() } else { std::env::temp_dir() };
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

/// A fresh database: empty, or with the sample.
pub fn database(with_sample: bool) -> String {
    let cluster = cluster();
    if with_sample {
        SAMPLE.get_or_init(|| make_sample(cluster));
    }
    clone_of(if with_sample { WITH_SAMPLE } else { EMPTY })
}

/// A fresh database without any table.
pub fn bare_database() -> String {
    clone_of("template0")
}

fn clone_of(template: &str) -> String {
    let name = format!("test_{}", CLONES.fetch_add(1, Ordering::Relaxed));
    run(execute(cluster(), "postgres", &format!("CREATE DATABASE {name} TEMPLATE {template}")));
    name
}

/// The database's connection string.
pub fn url(name: &str) -> String {
    cluster().url(name)
}

/// Ends every connection to a test's database.
pub fn disconnect(name: &str) {
    let sql = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
    run(execute(cluster(), "postgres", &sql));
}

/// Whether a test's database takes connections.
pub fn allow_connections(name: &str, allow: bool) {
    run(execute(cluster(), "postgres", &format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {allow}")));
}

/// Runs a statement as the cluster's administrator, outside of every test's database.
pub fn administer(sql: &str) {
    run(execute(cluster(), "postgres", sql));
}

/// Drops a test's database, whoever is still connected.
pub fn drop_database(name: &str) {
    run(execute(cluster(), "postgres", &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")));
}

fn make_sample(cluster: &Cluster) {
    run(async {
        execute(cluster, "postgres", &format!("CREATE DATABASE {WITH_SAMPLE} TEMPLATE {EMPTY}")).await;
        let mut conn = connect(cluster, WITH_SAMPLE).await;
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

/// A database to which connecting may take as long as a test waits.
pub fn target(url: String) -> Target {
    Target { connect_timeout: PATIENCE, ..Target::from(url) }
}

async fn connect(cluster: &Cluster, database: &str) -> AsyncPgConnection {
    pool::connect(target(cluster.url(database)), 10 * PATIENCE).await.expect("a connection")
}

/// A connection to a test's database whose changes the log knows as the test's.
pub async fn connection(database: &str) -> AsyncPgConnection {
    let mut conn = connect(cluster(), database).await;
    Actor::operator("test".into(), "test").acts(&mut conn).await.expect("an actor");
    conn
}

async fn execute(cluster: &Cluster, database: &str, sql: &str) {
    diesel::sql_query(sql).execute(&mut connect(cluster, database).await).await.expect(sql);
}

/// Runs a future on a thread of its own, so that it works inside a test's runtime too.
pub fn run<T: Send>(future: impl Future<Output = T> + Send) -> T {
    std::thread::scope(|scope| {
        let worker = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
            runtime.expect("a runtime").block_on(future)
        });
        worker.join().expect("a thread that does not panic")
    })
}
