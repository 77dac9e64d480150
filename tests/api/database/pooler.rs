//! PgBouncer in session and transaction mode: every operation works, and no state leaks between
//! clients.

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
    App, Fixtures, MAX_WAIT, Receiver, create_database_without_tables, drop_database, execute_sql, id,
    poll_until, poll_until_blocking, target, url,
};

/// The number of connections from the pooler to the server. In session mode, each connection of the
/// program uses one of them.
fn server_connections(mode: &str) -> usize {
    if mode == "session" { 20 } else { 4 }
}

#[derive(Debug)]
pub struct Pooler {
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
    /// Starts PgBouncer for a cluster with this socket's directory. Prints a line and returns `None` if it is
    /// not installed.
    pub fn start(mode: &str, socket_dir: &str) -> Option<Self> {
        let Some(program) = program() else {
            println!("skipped: pgbouncer is not installed; .ci/setup installs it");
            return None;
        };
        // PgBouncer exits if another program takes the free port first. Then try another port.
        poll_until_blocking(|| Self::start_on_free_port(&program, mode, socket_dir), Option::is_some)
    }

    fn start_on_free_port(program: &Path, mode: &str, socket_dir: &str) -> Option<Self> {
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
        fs::write(&file, text).expect("write the configuration");
        let mut command = Command::new(program);
        command.arg("-q").arg(&file).stdout(Stdio::null()).stderr(Stdio::null());
        if Uid::effective().is_root() {
            let user = User::from_name("postgres").expect("read the users").expect("a user postgres");
            chown(dir.path(), Some(user.uid.as_raw()), Some(user.gid.as_raw())).expect("change the owner");
            fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("change the permissions");
            command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
        }
        let child = command.spawn().expect("start pgbouncer");
        let mut pooler = Self { child, port, _dir: dir };
        let listens = || TcpStream::connect(("127.0.0.1", port)).is_ok();
        let (is_running, _) = poll_until_blocking(
            || (pooler.child.try_wait().expect("a state").is_none(), listens()),
            |(is_running, listens)| !is_running || *listens,
        );
        is_running.then_some(pooler)
    }

    pub fn url(&self, database: &str) -> String {
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

fn command_with_pooler(data: &Path, url: &str, mode: &str, arguments: &[&str]) -> Command {
    let mut command = command(data, arguments);
    command.env("DATABASE_URL", url).env("OUTTURN_POOLER", mode);
    command.env("OUTTURN_WEBHOOK_NETWORKS", "127.0.0.1").env("OUTTURN_POOL_SIZE", "4");
    command
}

fn stdout_of(mut command: Command) -> String {
    let output = command.output().expect("run the command");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[tokio::test]
async fn all_operations_work_in_session_mode() {
    check_all_operations("session").await;
}

#[tokio::test]
async fn all_operations_work_in_transaction_mode() {
    check_all_operations("transaction").await;
}

async fn check_all_operations(mode: &str) {
    let database = create_database_without_tables();
    let direct = url(&database);
    let Some(pooler) = Pooler::start(mode, &socket_dir(&direct)) else { return };
    let (data, url) = (data_dir(), pooler.url(&database));
    let server =
        Server::launch(command_with_pooler(data.path(), &url, mode, &["serve", "--sample", "sample"]));
    let caller = |role: &str| server.caller(data.path(), role);
    let (admin, officer) = (caller("admin"), caller("officer"));
    officer.get("/health/ready").await.expect(200);

    // Reads, writes, a conflict, a dataset and views of a framework.
    let fixtures = Fixtures(caller("officer"));
    let (seat, meeting) = fixtures.seat_and_meeting("2017-05-01").await;
    fixtures.attendance(&meeting, &seat, "present").await;
    let group = fixtures.group(json!({ "code": "pooled" })).await;
    let path = format!("/v1/groups/{}", id(&group));
    officer.patch(&path, 1, json!({ "name": "Changed" })).await.expect(200);
    officer.patch(&path, 1, json!({ "name": "Stale" })).await.expect(412);
    officer.post("/v1/groups", json!({ "code": "pooled", "name": "Again" })).await.expect(409);
    officer.get("/v1/datasets/attendance").await.expect(200);
    let framework = officer.all("/v1/frameworks").await.remove(0);
    officer.get(&format!("/v1/frameworks/{}/tree", id(&framework))).await.expect(200);
    officer.get(&format!("/v1/frameworks/{}/summary", id(&framework))).await.expect(200);

    // A webhook is created and receives a ping.
    let receiver = Receiver::new();
    let body = json!({ "name": "A dashboard", "url": receiver.url, "event_types": ["webhook.ping", "attendance.accepted"] });
    let webhook = admin.create("/v1/webhooks", body).await;
    admin.create(&format!("/v1/webhooks/{}/pings", id(&webhook)), json!({})).await;
    receiver.wait_for(1).await;

    // Many concurrent requests share few server connections.
    let requests = (0..60).map(|n| {
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
    for request in requests.collect::<Vec<_>>() {
        statuses.push(request.await.expect("a response"));
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

    // Statement timeouts apply to reads and writes.
    let mut other = connect(target(direct.clone()), 10 * MAX_WAIT).await.expect("direct");
    execute_sql(&mut other, "BEGIN").await;
    execute_sql(&mut other, "LOCK TABLE groups").await;
    let mut serve = command_with_pooler(data.path(), &url, mode, &["serve"]);
    serve.env("OUTTURN_STATEMENT_TIMEOUT", "1s").env("OUTTURN_WORKERS", "1").env("OUTTURN_POOL_SIZE", "1");
    let server_with_timeout = Server::launch(serve);
    let clerk = server_with_timeout.caller(data.path(), "officer");
    assert_eq!(clerk.get("/v1/groups").await.expect(503).code(), "statement_timeout");
    assert_eq!(
        clerk.patch(&path, 2, json!({ "name": "Slow" })).await.expect(503).code(),
        "statement_timeout"
    );
    execute_sql(&mut other, "ROLLBACK").await;
    let patch_status = async || clerk.patch(&path, 2, json!({ "name": "Quick" })).await.status;
    poll_until(patch_status, |status| *status == 200).await;
    assert_eq!(server_with_timeout.stop(Signal::SIGTERM).0, 0);

    // The commands of the program.
    let exported = TempDir::new().expect("a directory");
    let dir = exported.path().to_str().expect("a path");
    let run = |arguments: &[&str]| stdout_of(command_with_pooler(data.path(), &url, mode, arguments));
    assert!(run(&["export", dir]).starts_with("written to "));
    assert!(run(&["import", dir]).contains("unchanged"));
    assert!(run(&["accounts", "create", "--role", "admin", "--name", "ops"]).contains("secret "));
    assert!(run(&["accounts", "list"]).contains("ops"));
    assert_eq!(run(&["migrate"]), "0 migrations run\n");
    assert_eq!(server.stop(Signal::SIGTERM).0, 0);

    assert_no_state_leaks(&pooler, &database, server_connections(mode)).await;
    drop(other);
    drop(pooler);
    drop_database(&database);
}

#[derive(QueryableByName)]
struct Setting {
    #[diesel(sql_type = Text)]
    t: String,
}

/// Opens a transaction on every server connection of the pooler and asserts its settings and locks.
async fn assert_no_state_leaks(pooler: &Pooler, database: &str, connections: usize) {
    let target = Target { is_transaction_pooled: true, ..target(pooler.url(database)) };
    let mut connections_in_use = Vec::new();
    for _ in 0..connections {
        let mut conn = connect(target.clone(), MAX_WAIT).await.expect("a connection");
        outturn::db::begin(&mut conn, "BEGIN").await.expect("a transaction");
        let settings = "SELECT concat_ws(' ', current_setting('statement_timeout'), current_setting('jit'),
            current_setting('default_transaction_read_only'), current_setting('search_path'),
            NULLIF(current_setting('outturn.actor', true), ''), NULLIF(current_setting('outturn.known_at', true), ''),
            current_setting('idle_in_transaction_session_timeout'),
            (SELECT NULLIF(count(*), 0) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid())) AS t";
        let row: Setting = diesel::sql_query(settings).get_result(&mut conn).await.expect("settings");
        assert_eq!(row.t, "0 on off \"$user\", public 0");
        connections_in_use.push(conn);
    }
}

#[tokio::test]
async fn read_connections_reject_writes_in_transaction_mode() {
    let app = App::new();
    let Some(pooler) = Pooler::start("transaction", &socket_dir(&app.url())) else { return };
    let target = Target { is_transaction_pooled: true, ..target(pooler.url(&app.database)) };
    let (size, wait, statement_timeout) = (2, MAX_WAIT, MAX_WAIT);
    let settings = Settings { target, size, statement_timeout, wait, pools: Pools::default(), standby: None };
    let pool = Pool::new(&settings).expect("a pool");
    for _ in 0..6 {
        let insert = "INSERT INTO groups (id, code, name) VALUES (gen_random_uuid(), 'x', 'X')";
        let conn = &mut *pool.get().await.expect("a connection");
        let refused =
            Error::from(diesel::sql_query(insert).execute(conn).await.expect_err("a read-only error"));
        assert!(matches!(refused, Error::ReadOnly(_)), "{refused}");
    }
    let open = "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database()
        AND state LIKE 'idle in transaction%'";
    poll_until(async || app.number(open).await, |n| *n == 0).await;
}

/// A statement that is prepared on one server connection does not exist on another one.
#[tokio::test]
async fn a_transaction_pooler_without_setting_is_a_misconfigured_database() {
    let app = App::new();
    let Some(pooler) = Pooler::start("transaction", &socket_dir(&app.url())) else { return };
    let target = target(pooler.url(&app.database));
    let (wait, statement_timeout) = (MAX_WAIT, MAX_WAIT);
    let settings = Settings {
        target: target.clone(),
        size: 1,
        statement_timeout,
        wait,
        pools: Pools::default(),
        standby: None,
    };
    let pool = Pool::new(&settings).expect("a pool");
    let count = async || -> Result<i64, Error> {
        Ok(groups::table.count().get_result(&mut *pool.get().await?).await?)
    };
    assert_eq!(count().await.expect("a count"), 0);
    let mut other = connect(target, statement_timeout).await.expect("a connection");
    execute_sql(&mut other, "BEGIN").await;
    let refused = count().await.expect_err("an error of a missing prepared statement");
    assert!(matches!(refused, Error::Misconfigured(_)), "{refused}");
    execute_sql(&mut other, "COMMIT").await;
}

#[test]
fn an_unknown_pool_mode_is_rejected() {
    let data = data_dir();
    let mut command =
        command_with_pooler(data.path(), "postgres://127.0.0.1:1/none", "statement", &["migrate"]);
    let error_text = failure(&command.output().expect("run the command"));
    assert!(error_text.contains("OUTTURN_POOLER must be none, session or transaction"), "{error_text}");
}
