//! Through PgBouncer, in session and in transaction mode: everything works, and nothing leaks from one client to another.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use diesel::sql_types::Text;
use diesel::{QueryDsl, QueryableByName};
use diesel_async::RunQueryDsl;
use nix::sys::signal::Signal;
use nix::unistd::{Uid, User};
use outturn::db::pool::connect;
use outturn::db::schema::groups;
use outturn::db::{Error, Pool, Pools, Settings, Target};
use serde_json::json;
use tempfile::TempDir;

use crate::processes::server::{Server, command, data_dir, failure};
use crate::support::{
    App, Made, PATIENCE, Receiver, bare_database, drop_database, id, run_alone, target, until,
    until_blocking, url,
};

/// How many connections the pooler has to the server: in session mode each of the program's connections keeps one.
fn server_connections(mode: &str) -> usize {
    if mode == "session" { 20 } else { 4 }
}

#[derive(Debug)]
struct Pooler {
    child: Child,
    port: u16,
    _dir: TempDir,
}

fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let dirs = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    dirs.map(|dir| dir.join("pgbouncer")).find(|program| program.is_file())
}

impl Pooler {
    /// A PgBouncer before the tests' cluster; none, with a line that says so, where it is not installed.
    fn start(mode: &str, socket_dir: &str) -> Option<Self> {
        let Some(program) = program() else {
            println!("skipped: pgbouncer is not installed; .ci/setup installs it");
            return None;
        };
        // Another program may take the free port first; then this one ends and another port is tried.
        until_blocking(|| Self::start_on_a_free_port(&program, mode, socket_dir), Option::is_some)
    }

    fn start_on_a_free_port(program: &Path, mode: &str, socket_dir: &str) -> Option<Self> {
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
        let dir = data_dir();
        let file = dir.path().join("pgbouncer.ini");
        let text = format!(
            "[databases]\n* = host={socket_dir} user=postgres\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nunix_socket_dir =\nauth_type = any\npool_mode = {mode}\n\
             default_pool_size = {}\nmax_client_conn = 200\n",
            server_connections(mode)
        );
        fs::write(&file, text).expect("written");
        let mut command = Command::new(program);
        command.arg("-q").arg(&file).stdout(Stdio::null()).stderr(Stdio::null());
        if Uid::effective().is_root() {
            let user = User::from_name("postgres").expect("users").expect("postgres");
            chown(dir.path(), Some(user.uid.as_raw()), Some(user.gid.as_raw())).expect("owned");
            fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("permissions");
            command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
        }
        let child = command.spawn().expect("pgbouncer");
        let mut pooler = Self { child, port, _dir: dir };
        let listens = || TcpStream::connect(("127.0.0.1", port)).is_ok();
        let (is_running, _) = until_blocking(
            || (pooler.child.try_wait().expect("a state").is_none(), listens()),
            |(is_running, listens)| !is_running || *listens,
        );
        is_running.then_some(pooler)
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn socket_dir(url: &str) -> String {
    url.split('\'').nth(1).expect("a socket's directory").to_owned()
}

fn through(data: &Path, url: &str, mode: &str, arguments: &[&str]) -> Command {
    let mut command = command(data, arguments);
    command.env("DATABASE_URL", url).env("OUTTURN_POOLER", mode);
    command.env("OUTTURN_WEBHOOK_NETWORKS", "127.0.0.1").env("OUTTURN_POOL_SIZE", "4");
    command
}

fn printed(mut command: Command) -> String {
    let output = command.output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[tokio::test]
async fn everything_works_in_session_mode() {
    story("session").await;
}

#[tokio::test]
async fn everything_works_in_transaction_mode() {
    story("transaction").await;
}

async fn story(mode: &str) {
    let database = bare_database();
    let direct = url(&database);
    let Some(pooler) = Pooler::start(mode, &socket_dir(&direct)) else { return };
    let (data, url) = (data_dir(), pooler.url(&database));
    let server = Server::launch(through(data.path(), &url, mode, &["serve", "--sample", "sample"]));
    let person = |role: &str| server.person(data.path(), role);
    let (admin, officer) = (person("admin"), person("officer"));
    officer.get("/health/ready").await.expect(200);

    // Reads, writes, a clash, a report, a view that looks back.
    let made = Made(person("officer"));
    let (seat, meeting) = made.seat_and_meeting("2017-05-01").await;
    made.line(&meeting, &seat, "present").await;
    let group = made.group(json!({ "code": "pooled" })).await;
    let path = format!("/v1/groups/{}", id(&group));
    officer.patch(&path, 1, json!({ "name": "Changed" })).await.expect(200);
    officer.patch(&path, 1, json!({ "name": "Stale" })).await.expect(412);
    officer.post("/v1/groups", json!({ "code": "pooled", "name": "Again" })).await.expect(409);
    officer.get("/v1/datasets/attendance").await.expect(200);
    let framework = officer.all("/v1/frameworks").await.remove(0);
    officer.get(&format!("/v1/frameworks/{}/tree", id(&framework))).await.expect(200);
    officer.get(&format!("/v1/frameworks/{}/summary", id(&framework))).await.expect(200);

    // A webhook is told and reached.
    let receiver = Receiver::new();
    let body = json!({ "name": "A dashboard", "url": receiver.url, "event_types": ["webhook.ping", "attendance.accepted"] });
    let hook = admin.make("/v1/webhooks", body).await;
    admin.make(&format!("/v1/webhooks/{}/pings", id(&hook)), json!({})).await;
    receiver.wait_for(1).await;

    // Many at once share few server connections.
    let many = (0..60).map(|n| {
        let officer = officer.clone();
        tokio::spawn(async move {
            if n % 3 == 0 {
                let code = format!("many{n}");
                officer.post("/v1/groups", json!({ "code": code, "name": code })).await.status
            } else {
                officer.get("/v1/councils?limit=500").await.status
            }
        })
    });
    let mut statuses = Vec::new();
    for one in many.collect::<Vec<_>>() {
        statuses.push(one.await.expect("an answer"));
    }
    assert!(statuses.iter().all(|status| [200, 201].contains(status)), "{statuses:?}");
    assert_eq!(
        officer
            .all("/v1/groups")
            .await
            .iter()
            .filter(|group| { group["code"].as_str().is_some_and(|code| code.starts_with("many")) })
            .count(),
        20
    );

    // Every statement has its timeout, of reads and of writes.
    let mut other = connect(target(direct.clone()), 10 * PATIENCE).await.expect("direct");
    run_alone(&mut other, "BEGIN").await;
    run_alone(&mut other, "LOCK TABLE groups").await;
    let mut serve = through(data.path(), &url, mode, &["serve"]);
    serve.env("OUTTURN_STATEMENT_TIMEOUT", "1s").env("OUTTURN_WORKERS", "1").env("OUTTURN_POOL_SIZE", "1");
    let hurried = Server::launch(serve);
    let clerk = hurried.person(data.path(), "officer");
    assert_eq!(clerk.get("/v1/groups").await.expect(503).code(), "statement_timeout");
    assert_eq!(
        clerk.patch(&path, 2, json!({ "name": "Slow" })).await.expect(503).code(),
        "statement_timeout"
    );
    run_alone(&mut other, "ROLLBACK").await;
    let quick = async || clerk.patch(&path, 2, json!({ "name": "Quick" })).await.status;
    until(quick, |status| *status == 200).await;
    assert_eq!(hurried.stop(Signal::SIGTERM).0, 0);

    // The commands.
    let exported = TempDir::new().expect("a directory");
    let dir = exported.path().to_str().expect("a path");
    let run = |arguments: &[&str]| printed(through(data.path(), &url, mode, arguments));
    assert!(run(&["export", dir]).starts_with("written to "));
    assert!(run(&["import", dir]).contains("unchanged"));
    assert!(run(&["accounts", "create", "--role", "admin", "--name", "ops"]).contains("secret "));
    assert!(run(&["accounts", "list"]).contains("ops"));
    assert_eq!(run(&["migrate"]), "0 migrations run\n");
    assert_eq!(server.stop(Signal::SIGTERM).0, 0);

    leaks_nothing(&pooler, &database, server_connections(mode)).await;
    drop(other);
    drop(pooler);
    drop_database(&database);
}

#[derive(QueryableByName)]
struct Setting {
    #[diesel(sql_type = Text)]
    t: String,
}

/// Holds every server connection of the pooler in a transaction at once and looks at its settings and locks.
async fn leaks_nothing(pooler: &Pooler, database: &str, connections: usize) {
    let target = Target { is_transaction_pooled: true, ..target(pooler.url(database)) };
    let mut held = Vec::new();
    for _ in 0..connections {
        let mut conn = connect(target.clone(), PATIENCE).await.expect("a connection");
        outturn::db::begin(&mut conn, "BEGIN").await.expect("a transaction");
        let settings = "SELECT concat_ws(' ', current_setting('statement_timeout'), current_setting('jit'),
            current_setting('default_transaction_read_only'), current_setting('search_path'),
            NULLIF(current_setting('outturn.actor', true), ''), NULLIF(current_setting('outturn.known_at', true), ''),
            current_setting('idle_in_transaction_session_timeout'),
            (SELECT NULLIF(count(*), 0) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid())) AS t";
        let found: Setting = diesel::sql_query(settings).get_result(&mut conn).await.expect("settings");
        assert_eq!(found.t, "0 on off \"$user\", public 0");
        held.push(conn);
    }
}

#[tokio::test]
async fn reading_connections_write_nothing_in_transaction_mode() {
    let app = App::new();
    let Some(pooler) = Pooler::start("transaction", &socket_dir(&app.url())) else { return };
    let target = Target { is_transaction_pooled: true, ..target(pooler.url(&app.database)) };
    let (size, wait, statement_timeout) = (2, PATIENCE, PATIENCE);
    let settings = Settings { target, size, statement_timeout, wait, pools: Pools::default() };
    let pool = Pool::new(&settings).expect("a pool");
    for _ in 0..6 {
        let insert = "INSERT INTO groups (id, code, name) VALUES (gen_random_uuid(), 'x', 'X')";
        let conn = &mut *pool.get().await.expect("a connection");
        let refused = Error::from(diesel::sql_query(insert).execute(conn).await.expect_err("reads only"));
        assert!(matches!(refused, Error::ReadOnly(_)), "{refused}");
    }
    let open = "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database()
        AND state LIKE 'idle in transaction%'";
    until(async || app.number(open).await, |n| *n == 0).await;
}

/// A statement that was prepared on one server connection does not exist on the next one.
#[tokio::test]
async fn a_transaction_pooler_that_is_not_configured_is_a_misconfigured_database() {
    let app = App::new();
    let Some(pooler) = Pooler::start("transaction", &socket_dir(&app.url())) else { return };
    let target = target(pooler.url(&app.database));
    let (wait, statement_timeout) = (PATIENCE, PATIENCE);
    let settings =
        Settings { target: target.clone(), size: 1, statement_timeout, wait, pools: Pools::default() };
    let pool = Pool::new(&settings).expect("a pool");
    let count = async || -> Result<i64, Error> {
        Ok(groups::table.count().get_result(&mut *pool.get().await?).await?)
    };
    assert_eq!(count().await.expect("a count"), 0);
    let mut other = connect(target, statement_timeout).await.expect("a connection");
    run_alone(&mut other, "BEGIN").await;
    let refused = count().await.expect_err("the statement is on the other connection");
    assert!(matches!(refused, Error::Misconfigured(_)), "{refused}");
    run_alone(&mut other, "COMMIT").await;
}

#[test]
fn an_unknown_pool_mode_is_refused() {
    let data = data_dir();
    let mut command = through(data.path(), "postgres://127.0.0.1:1/none", "statement", &["migrate"]);
    let said = failure(&command.output().expect("it runs"));
    assert!(said.contains("OUTTURN_POOLER must be none, session or transaction"), "{said}");
}
