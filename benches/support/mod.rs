//! What the benches share: a PostgreSQL cluster of their own.

use std::path::{Path, PathBuf};
use std::time::Duration;

use diesel_async::{AsyncPgConnection, RunQueryDsl};
use outturn::db::embedded::{Cluster, Options};
use outturn::db::pool;

/// Starts a cluster in this directory.
pub fn start_cluster(dir: &Path, settings: &[&str]) -> Cluster {
    let options = Options {
        dir: dir.to_owned(),
        programs: std::env::var_os("PG_BINDIR").map(Into::into),
        settings: settings.iter().map(|setting| (*setting).to_owned()).collect(),
    };
    Cluster::start(&options).expect("a PostgreSQL")
}

/// The directory of this bench's cluster, in memory if that is wanted and possible.
pub fn directory(is_in_memory: bool) -> PathBuf {
    let shm = Path::new("/dev/shm");
    let root = if is_in_memory && shm.is_dir() { shm.to_owned() } else { std::env::temp_dir() };
    root.join(format!("outturn-bench-{}", std::process::id()))
}

pub async fn connect(cluster: &Cluster, database: &str) -> AsyncPgConnection {
    pool::connect(cluster.url(database), Duration::from_secs(3600)).await.expect("a connection")
}

pub async fn execute(conn: &mut AsyncPgConnection, sql: &str) {
    diesel::sql_query(sql).execute(conn).await.expect(sql);
}
