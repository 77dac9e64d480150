//! The program as a process: startup, shutdown, commands, and kills without data loss.

mod accounts;
mod admin;
mod connections;
mod database_tls;
mod decompression_bombs;
mod fairness;
mod full_disk;
mod keys;
mod node;
mod oidc;
mod promotion;
mod recovery;
mod refused_tokens;
mod retries;
pub mod server;
mod sessions;
mod shared_limits;
mod sign_ins;
mod slow_clients;
mod standby;
mod telemetry;
mod tls_server;
mod webhooks;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use diesel_async::AsyncPgConnection;
use nix::sys::signal::{Signal, kill};
use outturn::db::pool::connect;
use serde_json::{Value, json};
use tempfile::TempDir;

use self::server::{
    Server, command, data_dir, database, empty_data_dir, ended, failure, is_running, run, stdout_of,
};
use crate::support::{App, Caller, MAX_WAIT, execute_sql, id, poll_until, poll_until_blocking, target};

/// Creates and counts groups, one after the other, until `stop` is set. Returns the codes of the
/// acknowledged groups. No other thread may use `person`, whose connections belong to one runtime.
fn create_groups(
    caller: Caller,
    stop: Arc<AtomicBool>,
    created: Arc<AtomicUsize>,
    prefix: &str,
) -> std::thread::JoinHandle<Vec<String>> {
    let prefix = prefix.to_owned();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let mut acknowledged = Vec::new();
        let mut n = 0;
        while !stop.load(Ordering::Relaxed) {
            n += 1;
            let code = format!("{prefix}{n}");
            let request = caller
                .request(reqwest::Method::POST, "/v1/groups")
                .json(&json!({ "code": code, "name": code }));
            match runtime.block_on(async { request.send().await }) {
                Ok(response) if response.status() == 201 => {
                    acknowledged.push(code);
                    created.fetch_add(1, Ordering::Relaxed);
                }
                _ => std::thread::sleep(Duration::from_millis(20)),
            }
        }
        acknowledged
    })
}

/// Waits until `count` groups have been created.
fn wait_for_groups(created: &AtomicUsize, count: usize) {
    poll_until_blocking(|| created.load(Ordering::Relaxed), |created| *created >= count);
}

/// Connects to the embedded database of a data directory.
async fn connect_embedded(data: &Path) -> AsyncPgConnection {
    let url = format!("host='{}' user=postgres dbname=outturn", data.join("socket").display());
    connect(target(url), 10 * MAX_WAIT).await.expect("a connection")
}

/// Waits until a statement waits for a lock in the connection's database.
async fn wait_until_blocked(conn: &mut AsyncPgConnection) {
    let sql = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let blocked = async || diesel_async::RunQueryDsl::execute(diesel::sql_query(sql), conn).await.expect(sql);
    poll_until(blocked, |blocked| *blocked > 0).await;
}

async fn codes(caller: &Caller) -> Vec<String> {
    caller
        .all("/v1/groups")
        .await
        .iter()
        .map(|group| group["code"].as_str().expect("a code").to_owned())
        .collect()
}

#[tokio::test]
async fn the_server_prints_its_address_once_and_stops_on_a_signal() {
    let data = data_dir();
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let server = Server::start(data.path(), &[]);
        server.caller(data.path(), "officer").get("/v1/councils").await.expect(200);
        let postgres = database(data.path()).expect("a database");
        assert!(is_running(postgres));
        let (status, output, _) = server.stop(signal);
        assert_eq!((status, output.lines().count()), (0, 1), "{output}");
        assert!(!is_running(postgres) && database(data.path()).is_none(), "the database stops cleanly");
    }
}

#[test]
fn the_server_stops_on_a_signal_sent_right_after_it_is_ready() {
    let data = data_dir();
    for signal in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGTERM, Signal::SIGINT] {
        assert_eq!(Server::start(data.path(), &[]).stop(signal).0, 0, "{signal}");
    }
}

#[tokio::test]
async fn a_second_signal_stops_the_server_and_its_database_at_once() {
    let data = data_dir();
    let server = Server::start(data.path(), &[]);
    let officer = server.caller(data.path(), "officer");
    let group = officer.create("/v1/groups", json!({ "code": "g", "name": "G" })).await;
    let (mut other, mut observer) =
        (connect_embedded(data.path()).await, connect_embedded(data.path()).await);
    execute_sql(&mut other, "BEGIN").await;
    execute_sql(&mut other, "SELECT FROM groups FOR UPDATE").await;
    let request = officer.request(reqwest::Method::PATCH, &format!("/v1/groups/{}", id(&group)));
    let request = request.header("If-Match", "\"1\"").json(&json!({ "name": "H" }));
    let waiting = tokio::spawn(request.send());
    wait_until_blocked(&mut observer).await;
    server.ask_to_stop(Signal::SIGINT);
    server.until_closed();
    let (status, _, log) = server.stop(Signal::SIGINT);
    assert_eq!(status, 0);
    assert!(log.contains("stopped at once"), "the server does not wait for the request: {log}");
    let response = waiting.await.expect("a task");
    assert!(
        response.is_err() || response.is_ok_and(|response| response.status() == 503),
        "the request does not finish"
    );
    assert!(database(data.path()).is_none(), "the database stops cleanly");
}

#[tokio::test]
async fn the_server_finishes_a_request_in_progress_before_it_stops() {
    let data = data_dir();
    let server = Server::start(data.path(), &[]);
    let officer = server.caller(data.path(), "officer");
    let group = officer.create("/v1/groups", json!({ "code": "g", "name": "G" })).await;
    let mut other = connect_embedded(data.path()).await;
    let mut observer = connect_embedded(data.path()).await;
    execute_sql(&mut other, "BEGIN").await;
    execute_sql(&mut other, "SELECT FROM groups FOR UPDATE").await;
    let path = format!("/v1/groups/{}", id(&group));
    let waiting = tokio::spawn(async move { officer.patch(&path, 1, json!({ "name": "H" })).await });
    wait_until_blocked(&mut observer).await;
    server.ask_to_stop(Signal::SIGTERM);
    server.until_closed();
    assert!(!waiting.is_finished(), "the request is still in progress");
    execute_sql(&mut other, "ROLLBACK").await;
    assert_eq!(waiting.await.expect("a response").expect(200).body["name"], "H");
    drop((other, observer));
    assert_eq!(server.ended(), 0);
}

#[tokio::test]
async fn acknowledged_writes_survive_a_kill_of_the_server() {
    let data = data_dir();
    let mut acknowledged = Vec::new();
    for round in 0..3 {
        let server = Server::start(data.path(), &[]);
        let (stop, created) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let writers: Vec<_> = (0..3)
            .map(|w| {
                let prefix = format!("r{round}w{w}n");
                let officer = server.caller(data.path(), "officer");
                create_groups(officer, stop.clone(), created.clone(), &prefix)
            })
            .collect();
        wait_for_groups(&created, 12);
        server.kill();
        stop.store(true, Ordering::Relaxed);
        acknowledged.extend(writers.into_iter().flat_map(|writer| writer.join().expect("a writer")));
    }
    let server = Server::start(data.path(), &[]);
    let stored = codes(&server.caller(data.path(), "officer")).await;
    let lost: Vec<_> = acknowledged.iter().filter(|code| !stored.contains(code)).collect();
    assert!(lost.is_empty(), "{lost:?}");
}

#[tokio::test]
async fn the_server_and_acknowledged_writes_survive_a_kill_of_the_database() {
    let data = data_dir();
    let server = Server::start(data.path(), &[]);
    let officer = server.caller(data.path(), "officer");
    let mut acknowledged = Vec::new();
    for round in 0..2 {
        let (stop, created) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let caller = server.caller(data.path(), "officer");
        let writer = create_groups(caller, stop.clone(), created.clone(), &format!("r{round}n"));
        wait_for_groups(&created, 5);
        let killed = database(data.path()).expect("a database");
        kill(killed, Signal::SIGKILL).expect("the database is killed");
        poll_until(async || database(data.path()), |current| current.is_some_and(|pid| pid != killed)).await;
        poll_until(async || officer.get("/health/ready").await.status, |status| *status == 200).await;
        wait_for_groups(&created, created.load(Ordering::Relaxed) + 5);
        stop.store(true, Ordering::Relaxed);
        acknowledged.extend(writer.join().expect("a writer"));
    }
    let stored = codes(&officer).await;
    assert!(acknowledged.iter().all(|code| stored.contains(code)), "{}", acknowledged.len());
    let (status, ..) = server.stop(Signal::SIGTERM);
    assert_eq!(status, 0);
}

#[tokio::test]
async fn the_sample_is_imported_once_and_an_export_contains_later_changes() {
    let data = data_dir();
    let exported = TempDir::new().expect("a directory");
    let first = Server::start(data.path(), &["--sample", "sample"]);
    let admin = first.caller(data.path(), "admin");
    assert_eq!(admin.all("/v1/councils").await.len(), 54);
    let council = admin.all("/v1/councils").await.remove(0);
    let path = format!("/v1/councils/{}", council["id"].as_str().expect("an id"));
    admin
        .patch(&path, council["version"].as_i64().expect("a version"), json!({ "name": "Renamed" }))
        .await
        .expect(200);
    let output = stdout_of(data.path(), &["export", exported.path().to_str().expect("a path")]);
    assert!(output.starts_with("written to "), "{output}");
    assert!(fs::read_to_string(exported.path().join("councils.csv")).expect("a file").contains(",Renamed,"));
    first.stop(Signal::SIGTERM);

    let second = Server::start(data.path(), &["--sample", "sample"]);
    assert_eq!(
        second.caller(data.path(), "admin").read(&path).await["name"],
        "Renamed",
        "the second start changes no existing row"
    );
}

#[tokio::test]
async fn commands_work_with_and_without_a_running_server() {
    let data = empty_data_dir();
    let migration_count = fs::read_dir("migrations").expect("migrations").count();
    assert!(stdout_of(data.path(), &["migrate"]).contains(&format!("{migration_count} migrations run")));
    assert!(stdout_of(data.path(), &["migrate"]).contains("0 migrations run"));
    let imported = stdout_of(data.path(), &["import", "sample"]);
    assert!(
        imported.lines().any(|line| line.split_whitespace().eq(["councils.csv", "54", "54", "0", "0", "0"])),
        "{imported}"
    );
    let server = Server::start(data.path(), &[]);
    let second = stdout_of(data.path(), &["import", "sample"]);
    assert!(
        second.lines().any(|line| line.split_whitespace().eq(["councils.csv", "54", "0", "0", "54", "0"])),
        "{second}"
    );

    let token = stdout_of(
        data.path(),
        &[
            "token",
            "--role",
            "council",
            "--council",
            "E10000020",
            "--council",
            "E07000066",
            "--ttl",
            "5m",
            "--subject",
            "crm",
        ],
    );
    assert_eq!(token.lines().count(), 1);
    let me = Caller::new(&server.base, Some(token.trim().to_owned())).read("/v1/me").await;
    let councils: Vec<&str> = me["councils"]
        .as_array()
        .expect("councils")
        .iter()
        .filter_map(|council| council["gss_code"].as_str())
        .collect();
    assert_eq!((councils.len(), &me["subject"]), (2, &json!("crm")));
}

#[test]
fn the_openapi_and_policy_commands_need_no_database() {
    let data = empty_data_dir();
    assert_eq!(
        stdout_of(data.path(), &["openapi"]),
        fs::read_to_string("openapi/openapi.json").expect("the document")
    );
    assert!(stdout_of(data.path(), &["openapi", "--check"]).contains("is the document that the code serves"));
    assert!(stdout_of(data.path(), &["policy"]).starts_with("# Permissions"));
    assert_eq!(fs::read_dir(data.path()).expect("a directory").count(), 0, "the commands create no file");
}

#[test]
fn every_command_has_help() {
    let data = data_dir();
    for command in ["serve", "migrate", "import", "export", "openapi", "policy", "token"] {
        let help = stdout_of(data.path(), &[command, "--help"]);
        assert!(
            help.contains("Usage: outturn ") && help.lines().next().is_some_and(|line| line.len() > 10),
            "{help}"
        );
    }
    assert!(stdout_of(data.path(), &["--version"]).starts_with("outturn "));
}

#[test]
fn a_startup_failure_is_explained_in_one_line() {
    let data = data_dir();
    let error_of = |variables: &[(&str, &str)], arguments: &[&str]| {
        failure(&ended(command(data.path(), arguments).envs(variables.iter().copied())))
    };
    let errors = error_of(&[("OUTTURN_BIND", "here"), ("OUTTURN_POOL_SIZE", "0")], &["serve"]);
    assert!(errors.contains("OUTTURN_BIND") && errors.contains("OUTTURN_POOL_SIZE"), "{errors}");
    let misspelt =
        error_of(&[("OUTTURN_BNID", "127.0.0.1:0"), ("OUTTURN_URL", "http://127.0.0.1")], &["serve"]);
    assert!(misspelt.contains("OUTTURN_BNID") && !misspelt.contains("OUTTURN_URL"), "{misspelt}");
    let unreachable =
        error_of(&[("DATABASE_URL", "postgres://someone:hunter2@127.0.0.1:1/outturn")], &["serve"]);
    assert!(
        unreachable.contains("the database cannot be reached") && !unreachable.contains("hunter2"),
        "{unreachable}"
    );
    let no_programs = error_of(&[("PG_BINDIR", "/nowhere")], &["serve"]);
    assert!(no_programs.contains("PG_BINDIR") || no_programs.contains("/nowhere"), "{no_programs}");
    let file = data.path().join("file");
    fs::write(&file, "").expect("the file is written");
    let no_directory =
        error_of(&[("OUTTURN_DATA_DIR", file.join("below").to_str().expect("a path"))], &["serve"]);
    assert!(no_directory.contains("file/below"), "{no_directory}");
    if nix::unistd::Uid::effective().is_root() {
        let closed = data.path().join("closed");
        fs::create_dir(&closed).expect("a directory");
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).expect("permissions");
        let below = closed.join("outturn");
        let no_access = error_of(&[("OUTTURN_DATA_DIR", below.to_str().expect("a path"))], &["serve"]);
        assert!(no_access.contains("postgres") && no_access.contains("/closed. "), "{no_access}");
    }
    let no_spool = data.path().join("file/spool");
    let no_spool = error_of(
        &[("OUTTURN_SPOOL_DIR", no_spool.to_str().expect("a path")), ("OUTTURN_WORKERS", "1")],
        &["serve"],
    );
    assert!(no_spool.contains("OUTTURN_SPOOL_DIR") && no_spool.contains("file/spool"), "{no_spool}");
    let token = |arguments: &[&str]| error_of(&[], &[&["token", "--init", "--role"], arguments].concat());
    assert!(token(&["council"]).contains("--council"));
    assert!(token(&["officer", "--council", "E10000020"]).contains("--role council"));
    assert!(token(&["council", "--council", "E99999999"]).contains("E99999999"));
    let ttl = run(data.path(), &["token", "--role", "officer", "--ttl", "25h"]);
    assert!(!ttl.status.success() && String::from_utf8_lossy(&ttl.stderr).contains("24h"));
}

#[test]
fn a_port_or_data_directory_in_use_is_named_in_the_error() {
    let data = empty_data_dir();
    let server = Server::start(data.path(), &[]);
    let in_use = failure(&ended(&mut command(data.path(), &["serve"])));
    assert!(in_use.contains("another outturn process already runs"), "{in_use}");
    let other = empty_data_dir();
    let address = server.base.trim_start_matches("http://").to_owned();
    let taken = failure(&ended(command(other.path(), &["serve"]).env("OUTTURN_BIND", &address)));
    assert!(taken.contains(&format!("cannot listen on {address}")), "{taken}");
    assert_eq!(fs::read_dir(other.path()).expect("a directory").count(), 0, "no database is created");
}

#[tokio::test]
async fn with_a_database_url_no_embedded_database_is_started() {
    let app = App::new();
    let data = empty_data_dir();
    let mut serve = command(data.path(), &["serve"]);
    serve.env("DATABASE_URL", app.url()).env("PG_BINDIR", "/nowhere");
    let server = Server::launch(serve);
    server.caller(data.path(), "officer").get("/v1/councils").await.expect(200);
    let mut entries: Vec<PathBuf> = fs::read_dir(data.path())
        .expect("a directory")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    entries.sort();
    assert_eq!(entries, ["keys", "spool"].map(|name| data.path().join(name)));
    let mode = |path: &Path| fs::metadata(path).expect("metadata").permissions().mode() & 0o777;
    assert_eq!(mode(&entries[1]), 0o700);
    let key = fs::read_dir(&entries[0]).expect("keys").next().expect("a key").expect("an entry").path();
    assert_eq!((mode(&entries[0]), mode(&key)), (0o700, 0o600));
}

#[tokio::test]
async fn two_servers_can_migrate_an_empty_database_at_the_same_time() {
    let app = App::without_tables();
    let data = data_dir();
    let start = || {
        let mut serve = command(data.path(), &["serve", "--sample", "sample"]);
        serve.env("DATABASE_URL", app.url());
        serve
    };
    stdout_of(data.path(), &["token", "--role", "admin", "--init"]);
    let starts: Vec<_> =
        (0..2).map(|_| start()).map(|serve| std::thread::spawn(|| Server::launch(serve))).collect();
    for start in starts {
        let server = start.join().expect("both start");
        assert_eq!(server.caller(data.path(), "admin").all("/v1/councils").await.len(), 54);
    }
}

#[tokio::test]
async fn the_log_has_one_line_per_request_and_no_secret() {
    let data = data_dir();
    let server = Server::start(data.path(), &[]);
    let admin = server.caller(data.path(), "admin");
    admin
        .send(
            admin
                .request(reqwest::Method::GET, "/v1/councils")
                .header("X-Request-Id", "the-first-request")
                .header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        )
        .await
        .expect(200);
    admin.get("/v1/councils?secret=hunter2").await.expect(400);
    admin.post("/v1/groups", json!({ "code": "g", "name": "Hunter Two", "notes": 7 })).await.expect(422);
    let anonymous = Caller::new(&server.base, Some("not.a.token".into()));
    anonymous.get("/v1/councils").await.expect(401);
    let (_, _, log) = server.stop(Signal::SIGTERM);
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")))
        .collect();
    let requests: Vec<&Value> = lines.iter().filter(|line| line["message"] == "request completed").collect();
    let statuses: Vec<i64> = requests.iter().filter_map(|line| line["status"].as_i64()).collect();
    assert_eq!(statuses, [200, 400, 422, 401], "{log}");
    for (name, value) in [
        ("method", "GET"),
        ("path", "/v1/councils"),
        ("operation", "listCouncils"),
        ("caller_role", "admin"),
        ("caller", "command-line"),
    ] {
        assert_eq!(requests[0][name], value, "{}", requests[0]);
    }
    let span = &requests[0]["span"];
    assert_eq!(
        (&span["request_id"], &span["trace_id"]),
        (&json!("the-first-request"), &json!("0af7651916cd43dd8448eb211c80319c"))
    );
    assert!(requests[0]["duration_ms"].is_u64() && requests[1]["problem_code"] == "malformed_request");
    for secret in ["hunter2", "Hunter Two", "not.a.token", "eyJ"] {
        assert!(!log.contains(secret), "{secret} is in\n{log}");
    }
}
