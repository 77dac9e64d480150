//! The program as it is run: it starts, says so once, stops when asked, and loses nothing when it is killed.

mod accounts;
mod admin;
mod bombs;
mod connections;
mod fairness;
mod full_disk;
mod keys;
mod oidc;
mod over_tls;
mod recovery;
mod refusals;
mod retries;
pub mod server;
mod sessions;
mod sign_ins;
mod slow;
mod telemetry;
mod tls;
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
    Server, command, data_dir, database, empty_data_dir, ended, failure, lives, printed, run,
};
use crate::support::{App, PATIENCE, Person, id, run_alone, target, until, until_blocking};

/// Enters groups, one after the other, until told to stop, and counts them; gives the codes whose entry was acknowledged.
/// The person must be nobody else's: a client's connections live in the runtime that made them.
fn enter_groups(
    person: Person,
    stop: Arc<AtomicBool>,
    entered: Arc<AtomicUsize>,
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
            let request = person
                .request(reqwest::Method::POST, "/v1/groups")
                .json(&json!({ "code": code, "name": code }));
            match runtime.block_on(async { request.send().await }) {
                Ok(answer) if answer.status() == 201 => {
                    acknowledged.push(code);
                    entered.fetch_add(1, Ordering::Relaxed);
                }
                _ => std::thread::sleep(Duration::from_millis(20)),
            }
        }
        acknowledged
    })
}

/// Waits until so many groups have been entered.
fn wait_for(entered: &AtomicUsize, count: usize) {
    until_blocking(|| entered.load(Ordering::Relaxed), |entered| *entered >= count);
}

/// A connection to the embedded database of a data directory.
async fn embedded(data: &Path) -> AsyncPgConnection {
    let url = format!("host='{}' user=postgres dbname=outturn", data.join("socket").display());
    connect(target(url), 10 * PATIENCE).await.expect("a connection")
}

/// Waits until a statement waits for a lock in the database of this connection.
async fn until_blocked(conn: &mut AsyncPgConnection) {
    let sql = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let blocked = async || diesel_async::RunQueryDsl::execute(diesel::sql_query(sql), conn).await.expect(sql);
    until(blocked, |blocked| *blocked > 0).await;
}

async fn codes(person: &Person) -> Vec<String> {
    person
        .all("/v1/groups")
        .await
        .iter()
        .map(|group| group["code"].as_str().expect("a code").to_owned())
        .collect()
}

#[tokio::test]
async fn it_says_once_that_it_is_ready_and_stops_when_asked() {
    let data = data_dir();
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let server = Server::start(data.path(), &[]);
        server.person(data.path(), "officer").get("/v1/councils").await.expect(200);
        let postgres = database(data.path()).expect("a database");
        assert!(lives(postgres));
        let (status, output, _) = server.stop(signal);
        assert_eq!((status, output.lines().count()), (0, 1), "{output}");
        assert!(!lives(postgres) && database(data.path()).is_none(), "the database stopped cleanly");
    }
}

#[test]
fn it_can_be_told_to_stop_as_soon_as_it_says_that_it_is_ready() {
    let data = data_dir();
    for signal in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGTERM, Signal::SIGINT] {
        assert_eq!(Server::start(data.path(), &[]).stop(signal).0, 0, "{signal}");
    }
}

#[tokio::test]
async fn asked_twice_it_stops_at_once_and_takes_the_database_along() {
    let data = data_dir();
    let server = Server::start(data.path(), &[]);
    let officer = server.person(data.path(), "officer");
    let group = officer.make("/v1/groups", json!({ "code": "g", "name": "G" })).await;
    let (mut other, mut observer) = (embedded(data.path()).await, embedded(data.path()).await);
    run_alone(&mut other, "BEGIN").await;
    run_alone(&mut other, "SELECT FROM groups FOR UPDATE").await;
    let request = officer.request(reqwest::Method::PATCH, &format!("/v1/groups/{}", id(&group)));
    let request = request.header("If-Match", "\"1\"").json(&json!({ "name": "H" }));
    let waiting = tokio::spawn(request.send());
    until_blocked(&mut observer).await;
    server.ask_to_stop(Signal::SIGINT);
    server.until_closed();
    let (status, _, log) = server.stop(Signal::SIGINT);
    assert_eq!(status, 0);
    assert!(log.contains("stopped at once"), "it did not wait for the request: {log}");
    let answer = waiting.await.expect("a task");
    assert!(
        answer.is_err() || answer.is_ok_and(|answer| answer.status() == 503),
        "the request was not finished"
    );
    assert!(database(data.path()).is_none(), "the database stopped cleanly");
}

#[tokio::test]
async fn a_request_in_progress_is_finished_before_it_stops() {
    let data = data_dir();
    let server = Server::start(data.path(), &[]);
    let officer = server.person(data.path(), "officer");
    let group = officer.make("/v1/groups", json!({ "code": "g", "name": "G" })).await;
    let mut other = embedded(data.path()).await;
    let mut observer = embedded(data.path()).await;
    run_alone(&mut other, "BEGIN").await;
    run_alone(&mut other, "SELECT FROM groups FOR UPDATE").await;
    let path = format!("/v1/groups/{}", id(&group));
    let waiting = tokio::spawn(async move { officer.patch(&path, 1, json!({ "name": "H" })).await });
    until_blocked(&mut observer).await;
    server.ask_to_stop(Signal::SIGTERM);
    server.until_closed();
    assert!(!waiting.is_finished(), "the request is still in hand");
    run_alone(&mut other, "ROLLBACK").await;
    assert_eq!(waiting.await.expect("an answer").expect(200).body["name"], "H");
    drop((other, observer));
    assert_eq!(server.ended(), 0);
}

#[tokio::test]
async fn after_the_server_is_killed_nothing_acknowledged_is_lost() {
    let data = data_dir();
    let mut acknowledged = Vec::new();
    for round in 0..3 {
        let server = Server::start(data.path(), &[]);
        let (stop, entered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let writers: Vec<_> = (0..3)
            .map(|w| {
                let prefix = format!("r{round}w{w}n");
                let officer = server.person(data.path(), "officer");
                enter_groups(officer, stop.clone(), entered.clone(), &prefix)
            })
            .collect();
        wait_for(&entered, 12);
        server.kill();
        stop.store(true, Ordering::Relaxed);
        acknowledged.extend(writers.into_iter().flat_map(|writer| writer.join().expect("a writer")));
    }
    let server = Server::start(data.path(), &[]);
    let held = codes(&server.person(data.path(), "officer")).await;
    let lost: Vec<_> = acknowledged.iter().filter(|code| !held.contains(code)).collect();
    assert!(lost.is_empty(), "{lost:?}");
}

#[tokio::test]
async fn after_the_database_is_killed_the_server_goes_on_and_nothing_acknowledged_is_lost() {
    let data = data_dir();
    let server = Server::start(data.path(), &[]);
    let officer = server.person(data.path(), "officer");
    let mut acknowledged = Vec::new();
    for round in 0..2 {
        let (stop, entered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let person = server.person(data.path(), "officer");
        let writer = enter_groups(person, stop.clone(), entered.clone(), &format!("r{round}n"));
        wait_for(&entered, 5);
        let killed = database(data.path()).expect("a database");
        kill(killed, Signal::SIGKILL).expect("killed");
        until(async || database(data.path()), |now| now.is_some_and(|now| now != killed)).await;
        until(async || officer.get("/health/ready").await.status, |status| *status == 200).await;
        wait_for(&entered, entered.load(Ordering::Relaxed) + 5);
        stop.store(true, Ordering::Relaxed);
        acknowledged.extend(writer.join().expect("a writer"));
    }
    let held = codes(&officer).await;
    assert!(acknowledged.iter().all(|code| held.contains(code)), "{}", acknowledged.len());
    let (status, ..) = server.stop(Signal::SIGTERM);
    assert_eq!(status, 0);
}

#[tokio::test]
async fn the_sample_is_imported_once_and_an_export_holds_it() {
    let data = data_dir();
    let exported = TempDir::new().expect("a directory");
    let first = Server::start(data.path(), &["--sample", "sample"]);
    let admin = first.person(data.path(), "admin");
    assert_eq!(admin.all("/v1/councils").await.len(), 54);
    let council = admin.all("/v1/councils").await.remove(0);
    let path = format!("/v1/councils/{}", council["id"].as_str().expect("an id"));
    admin
        .patch(&path, council["version"].as_i64().expect("a version"), json!({ "name": "Renamed" }))
        .await
        .expect(200);
    let said = printed(data.path(), &["export", exported.path().to_str().expect("a path")]);
    assert!(said.starts_with("written to "), "{said}");
    assert!(fs::read_to_string(exported.path().join("councils.csv")).expect("a file").contains(",Renamed,"));
    first.stop(Signal::SIGTERM);

    let second = Server::start(data.path(), &["--sample", "sample"]);
    assert_eq!(
        second.person(data.path(), "admin").read(&path).await["name"],
        "Renamed",
        "what is there is left alone"
    );
}

#[tokio::test]
async fn commands_work_beside_a_server_and_without_one() {
    let data = empty_data_dir();
    let written = fs::read_dir("migrations").expect("migrations").count();
    assert!(printed(data.path(), &["migrate"]).contains(&format!("{written} migrations run")));
    assert!(printed(data.path(), &["migrate"]).contains("0 migrations run"));
    let imported = printed(data.path(), &["import", "sample"]);
    assert!(
        imported.lines().any(|line| line.split_whitespace().eq(["councils.csv", "54", "54", "0", "0", "0"])),
        "{imported}"
    );
    let server = Server::start(data.path(), &[]);
    let again = printed(data.path(), &["import", "sample"]);
    assert!(
        again.lines().any(|line| line.split_whitespace().eq(["councils.csv", "54", "0", "0", "54", "0"])),
        "{again}"
    );

    let token = printed(
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
    let me = Person::new(&server.base, Some(token.trim().to_owned())).read("/v1/me").await;
    let councils: Vec<&str> = me["councils"]
        .as_array()
        .expect("councils")
        .iter()
        .filter_map(|council| council["gss_code"].as_str())
        .collect();
    assert_eq!((councils.len(), &me["subject"]), (2, &json!("crm")));
}

#[test]
fn the_document_and_the_policy_need_no_database() {
    let data = empty_data_dir();
    assert_eq!(
        printed(data.path(), &["openapi"]),
        fs::read_to_string("openapi/openapi.json").expect("the document")
    );
    assert!(printed(data.path(), &["openapi", "--check"]).contains("is what the code serves"));
    assert!(printed(data.path(), &["policy"]).starts_with("# Permissions"));
    assert_eq!(fs::read_dir(data.path()).expect("a directory").count(), 0, "nothing was made");
}

#[test]
fn every_command_has_help() {
    let data = data_dir();
    for command in ["serve", "migrate", "import", "export", "openapi", "policy", "token"] {
        let help = printed(data.path(), &[command, "--help"]);
        assert!(
            help.contains("Usage: outturn ") && help.lines().next().is_some_and(|line| line.len() > 10),
            "{help}"
        );
    }
    assert!(printed(data.path(), &["--version"]).starts_with("outturn "));
}

#[test]
fn what_cannot_start_says_why_in_one_line() {
    let data = data_dir();
    let failing = |variables: &[(&str, &str)], arguments: &[&str]| {
        failure(&ended(command(data.path(), arguments).envs(variables.iter().copied())))
    };
    let faults = failing(&[("OUTTURN_BIND", "here"), ("OUTTURN_POOL_SIZE", "0")], &["serve"]);
    assert!(faults.contains("OUTTURN_BIND") && faults.contains("OUTTURN_POOL_SIZE"), "{faults}");
    let misspelt =
        failing(&[("OUTTURN_BNID", "127.0.0.1:0"), ("OUTTURN_URL", "http://127.0.0.1")], &["serve"]);
    assert!(misspelt.contains("OUTTURN_BNID") && !misspelt.contains("OUTTURN_URL"), "{misspelt}");
    let away = failing(&[("DATABASE_URL", "postgres://someone:hunter2@127.0.0.1:1/outturn")], &["serve"]);
    assert!(away.contains("the database cannot be reached") && !away.contains("hunter2"), "{away}");
    let nowhere = failing(&[("PG_BINDIR", "/nowhere")], &["serve"]);
    assert!(nowhere.contains("PG_BINDIR") || nowhere.contains("/nowhere"), "{nowhere}");
    let file = data.path().join("file");
    fs::write(&file, "").expect("written");
    let no_directory =
        failing(&[("OUTTURN_DATA_DIR", file.join("below").to_str().expect("a path"))], &["serve"]);
    assert!(no_directory.contains("file/below"), "{no_directory}");
    if nix::unistd::Uid::effective().is_root() {
        let closed = data.path().join("closed");
        fs::create_dir(&closed).expect("a directory");
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).expect("permissions");
        let below = closed.join("outturn");
        let no_access = failing(&[("OUTTURN_DATA_DIR", below.to_str().expect("a path"))], &["serve"]);
        assert!(no_access.contains("postgres") && no_access.contains("/closed;"), "{no_access}");
    }
    let no_spool = data.path().join("file/spool");
    let no_spool = failing(
        &[("OUTTURN_SPOOL_DIR", no_spool.to_str().expect("a path")), ("OUTTURN_WORKERS", "1")],
        &["serve"],
    );
    assert!(no_spool.contains("OUTTURN_SPOOL_DIR") && no_spool.contains("file/spool"), "{no_spool}");
    let token = |arguments: &[&str]| failing(&[], &[&["token", "--init", "--role"], arguments].concat());
    assert!(token(&["council"]).contains("--council"));
    assert!(token(&["officer", "--council", "E10000020"]).contains("--role council"));
    assert!(token(&["council", "--council", "E99999999"]).contains("E99999999"));
    let ttl = run(data.path(), &["token", "--role", "officer", "--ttl", "25h"]);
    assert!(!ttl.status.success() && String::from_utf8_lossy(&ttl.stderr).contains("24h"));
}

#[test]
fn a_taken_port_or_data_directory_is_named() {
    let data = empty_data_dir();
    let server = Server::start(data.path(), &[]);
    let in_use = failure(&ended(&mut command(data.path(), &["serve"])));
    assert!(in_use.contains("another outturn already runs"), "{in_use}");
    let other = empty_data_dir();
    let address = server.base.trim_start_matches("http://").to_owned();
    let taken = failure(&ended(command(other.path(), &["serve"]).env("OUTTURN_BIND", &address)));
    assert!(taken.contains(&format!("cannot listen on {address}")), "{taken}");
    assert_eq!(fs::read_dir(other.path()).expect("a directory").count(), 0, "no database was made");
}

#[tokio::test]
async fn with_a_database_of_its_own_it_needs_and_starts_no_other() {
    let app = App::new();
    let data = empty_data_dir();
    let mut serve = command(data.path(), &["serve"]);
    serve.env("DATABASE_URL", app.url()).env("PG_BINDIR", "/nowhere");
    let server = Server::launch(serve);
    server.person(data.path(), "officer").get("/v1/councils").await.expect(200);
    let mut made: Vec<PathBuf> = fs::read_dir(data.path())
        .expect("a directory")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    made.sort();
    assert_eq!(made, ["keys", "spool"].map(|name| data.path().join(name)));
    let mode = |path: &Path| fs::metadata(path).expect("metadata").permissions().mode() & 0o777;
    assert_eq!(mode(&made[1]), 0o700);
    let key = fs::read_dir(&made[0]).expect("keys").next().expect("a key").expect("an entry").path();
    assert_eq!((mode(&made[0]), mode(&key)), (0o700, 0o600));
}

#[tokio::test]
async fn two_servers_may_bring_one_empty_database_up_to_date_at_once() {
    let app = App::bare();
    let data = data_dir();
    let start = || {
        let mut serve = command(data.path(), &["serve", "--sample", "sample"]);
        serve.env("DATABASE_URL", app.url());
        serve
    };
    printed(data.path(), &["token", "--role", "admin", "--init"]);
    let starts: Vec<_> =
        (0..2).map(|_| start()).map(|serve| std::thread::spawn(|| Server::launch(serve))).collect();
    for start in starts {
        let server = start.join().expect("both start");
        assert_eq!(server.person(data.path(), "admin").all("/v1/councils").await.len(), 54);
    }
}

#[tokio::test]
async fn the_log_has_one_line_a_request_and_no_secret() {
    let data = data_dir();
    let server = Server::start(data.path(), &[]);
    let admin = server.person(data.path(), "admin");
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
    let stranger = Person::new(&server.base, Some("not.a.token".into()));
    stranger.get("/v1/councils").await.expect(401);
    let (_, _, log) = server.stop(Signal::SIGTERM);
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")))
        .collect();
    let requests: Vec<&Value> = lines
        .iter()
        .filter(|line| line["message"] == "request" || line["fields"]["message"] == "request")
        .collect();
    let statuses: Vec<i64> = requests.iter().filter_map(|line| line["status"].as_i64()).collect();
    assert_eq!(statuses, [200, 400, 422, 401], "{log}");
    for (name, value) in [
        ("method", "GET"),
        ("path", "/v1/councils"),
        ("operation", "listCouncils"),
        ("role", "admin"),
        ("subject", "command-line"),
    ] {
        assert_eq!(requests[0][name], value, "{}", requests[0]);
    }
    let span = &requests[0]["span"];
    assert_eq!(
        (&span["request_id"], &span["trace_id"]),
        (&json!("the-first-request"), &json!("0af7651916cd43dd8448eb211c80319c"))
    );
    assert!(requests[0]["duration_ms"].is_u64() && requests[1]["code"] == "malformed_request");
    for secret in ["hunter2", "Hunter Two", "not.a.token", "eyJ"] {
        assert!(!log.contains(secret), "{secret} is in\n{log}");
    }
}
