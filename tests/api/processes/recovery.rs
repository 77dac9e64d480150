//! The embedded database comes back after a crash, and says so while that takes long.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use outturn::db::pool::connect;
use serde_json::json;

use super::server::{Server, command, data_dir, database};
use crate::support::{id, run_alone, until};

/// Programs of PostgreSQL's that start only once the file `slow` is gone, as if recovery lasted that long.
fn slow_programs(dir: &Path) -> PathBuf {
    let said = Command::new("pg_config").arg("--bindir").output().ok().filter(|said| said.status.success());
    let found = said.map(|said| PathBuf::from(String::from_utf8_lossy(&said.stdout).trim()));
    let versions =
        || fs::read_dir("/usr/lib/postgresql").ok()?.flatten().map(|dir| dir.path().join("bin")).max();
    let given = std::env::var_os("PG_BINDIR").map(PathBuf::from);
    let bin =
        given.or(found).filter(|bin| bin.join("postgres").exists()).or_else(versions).expect("PostgreSQL");
    let programs = dir.join("programs");
    fs::create_dir(&programs).expect("a directory");
    for program in ["postgres", "initdb"] {
        let wait = format!("while [ -e '{}' ]; do sleep 0.1; done", dir.join("slow").display());
        let script = format!("#!/bin/sh\n{wait}\nexec '{}' \"$@\"\n", bin.join(program).display());
        fs::write(programs.join(program), script).expect("written");
        fs::set_permissions(programs.join(program), fs::Permissions::from_mode(0o755)).expect("permissions");
    }
    programs
}

fn serve(data: &Path, programs: &Path) -> Command {
    let mut command = command(data, &["serve"]);
    command.env("PG_BINDIR", programs);
    command
}

#[tokio::test]
async fn while_the_database_recovers_requests_are_503_at_once_and_the_log_says_so() {
    let data = data_dir();
    let programs = slow_programs(data.path());
    let server = Server::launch(serve(data.path(), &programs));
    let officer = server.person(data.path(), "officer");
    officer.make("/v1/groups", json!({ "code": "g", "name": "G" })).await;
    fs::write(data.path().join("slow"), "").expect("written");
    kill(database(data.path()).expect("a database"), Signal::SIGKILL).expect("killed");
    let killed = Instant::now();
    until(async || officer.get("/health/ready").await.status, |status| *status == 503).await;
    while killed.elapsed() < Duration::from_secs(5) {
        let asked = Instant::now();
        let away = officer.get("/v1/groups").await.expect(503);
        assert_eq!((away.code(), away.header("retry-after")), ("database_unavailable", "2"));
        assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    fs::remove_file(data.path().join("slow")).expect("removed");
    let recovered = Instant::now();
    until(async || officer.get("/health/ready").await.status, |status| *status == 200).await;
    assert!(recovered.elapsed() < Duration::from_secs(10), "{:?}", recovered.elapsed());
    assert_eq!(officer.all("/v1/groups").await.len(), 1);
    let (status, _, log) = server.stop(Signal::SIGTERM);
    assert_eq!(status, 0);
    assert!(log.contains("database is recovering") && log.contains("database has recovered"), "{log}");
}

#[test]
fn a_slow_start_is_reported_and_a_server_that_recovers_can_be_stopped() {
    let data = data_dir();
    let programs = slow_programs(data.path());
    let server = Server::launch(serve(data.path(), &programs));
    fs::write(data.path().join("slow"), "").expect("written");
    kill(database(data.path()).expect("a database"), Signal::SIGKILL).expect("killed");
    std::thread::sleep(Duration::from_millis(3500));
    let asked = Instant::now();
    let (status, _, log) = server.stop(Signal::SIGTERM);
    assert_eq!(status, 0);
    assert!(asked.elapsed() < Duration::from_secs(15), "{:?}", asked.elapsed());
    assert!(log.contains("database is recovering"), "{log}");
}

/// With German messages, where PostgreSQL brings them: C.UTF-8 is a locale that takes LANGUAGE.
#[tokio::test]
async fn errors_in_german_are_what_they_are_in_english() {
    let data = data_dir();
    let mut command = command(data.path(), &["serve"]);
    command.env("LANGUAGE", "de").env("OUTTURN_STATEMENT_TIMEOUT", "400ms");
    let server = Server::launch(command);
    let url = format!("host='{}' user=postgres dbname=outturn", data.path().join("socket").display());
    let mut other = connect(url.clone(), Duration::from_secs(60)).await.expect("a connection");
    run_alone(&mut other, "ALTER DATABASE outturn SET lc_messages = 'C.UTF-8'").await;
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = 'outturn' AND pid <> pg_backend_pid()";
    run_alone(&mut other, end).await;
    let mut other = connect(url, Duration::from_secs(60)).await.expect("a connection");
    let german = diesel_async::RunQueryDsl::execute(diesel::sql_query("SELECT 1/0"), &mut other).await;
    println!("the database says: {}", german.expect_err("a division by zero"));

    let officer = server.person(data.path(), "officer");
    until(async || officer.get("/v1/groups").await.status, |status| *status == 200).await;
    let group = officer.make("/v1/groups", json!({ "code": "g", "name": "G" })).await;
    let path = format!("/v1/groups/{}", id(&group));
    run_alone(&mut other, "BEGIN").await;
    run_alone(&mut other, "SELECT FROM groups FOR UPDATE").await;
    let slow = officer.patch(&path, 1, json!({ "name": "H" })).await.expect(503);
    assert_eq!((slow.code(), slow.header("retry-after")), ("too_slow", "2"));

    // A statement that runs while its backend is terminated.
    let waiting = {
        let (person, path) = (officer.clone(), path.clone());
        tokio::spawn(async move { person.patch(&path, 1, json!({ "name": "H" })).await })
    };
    let waits = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = 'outturn' AND wait_event_type = 'Lock'";
    while diesel_async::RunQueryDsl::execute(diesel::sql_query(waits), &mut other).await.expect("asked") == 0
    {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let ended = waiting.await.expect("an answer").expect(503);
    assert_eq!(ended.code(), "database_unavailable");

    // A deadlock.
    run_alone(&mut other, "ROLLBACK").await;
    officer.patch(&path, 1, json!({ "name": "H" })).await.expect(200);
}
