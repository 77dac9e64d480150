//! The embedded database comes back after a crash, and says so while that takes long.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::sys::signal::{Signal, kill};
use serde_json::json;

use super::embedded;
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
    let mut serve = serve(data.path(), &programs);
    // A request that waited until connecting takes too long would get no answer.
    serve.env("OUTTURN_CONNECT_TIMEOUT", "1h");
    let server = Server::launch(serve);
    let officer = server.person(data.path(), "officer");
    officer.make("/v1/groups", json!({ "code": "g", "name": "G" })).await;
    fs::write(data.path().join("slow"), "").expect("written");
    kill(database(data.path()).expect("a database"), Signal::SIGKILL).expect("killed");
    until(async || officer.get("/health/ready").await.status, |status| *status == 503).await;
    for _ in 0..20 {
        let away = officer.get("/v1/groups").await.expect(503);
        // `busy` would be the code of a request that had waited for a connection.
        assert_eq!((away.code(), away.header("retry-after")), ("database_unavailable", "2"));
    }
    server.log_line("database is recovering");
    officer.get("/v1/groups").await.expect(503);
    fs::remove_file(data.path().join("slow")).expect("removed");
    until(async || officer.get("/health/ready").await.status, |status| *status == 200).await;
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
    server.log_line("database is recovering");
    // The database does not start before the file is gone.
    assert_eq!(server.stop(Signal::SIGTERM).0, 0);
}

/// With German messages, where PostgreSQL brings them: C.UTF-8 is a locale that takes LANGUAGE.
#[tokio::test]
async fn errors_in_german_are_what_they_are_in_english() {
    let data = data_dir();
    let mut command = command(data.path(), &["serve"]);
    command.env("LANGUAGE", "de").env("OUTTURN_STATEMENT_TIMEOUT", "400ms");
    let server = Server::launch(command);
    let mut other = embedded(data.path()).await;
    run_alone(&mut other, "ALTER DATABASE outturn SET lc_messages = 'C.UTF-8'").await;
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = 'outturn' AND pid <> pg_backend_pid()";
    run_alone(&mut other, end).await;
    let mut other = embedded(data.path()).await;
    let german = diesel_async::RunQueryDsl::execute(diesel::sql_query("SELECT 1/0"), &mut other).await;
    println!("the database says: {}", german.expect_err("a division by zero"));

    let officer = server.person(data.path(), "officer");
    // On a slow machine any statement may take too long, now and then.
    let enter = async || officer.post("/v1/groups", json!({ "code": "g", "name": "G" })).await;
    let group = until(enter, |answer| answer.status == 201).await.body;
    let path = format!("/v1/groups/{}", id(&group));
    run_alone(&mut other, "BEGIN").await;
    run_alone(&mut other, "SELECT FROM groups FOR UPDATE").await;
    let slow = officer.patch(&path, 1, json!({ "name": "H" })).await.expect(503);
    assert_eq!((slow.code(), slow.header("retry-after")), ("statement_timeout", "2"));

    // A statement that runs while its backend is terminated.
    let waits = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = 'outturn' AND wait_event_type = 'Lock'";
    let terminated = async || {
        let (person, path) = (officer.clone(), path.clone());
        let waiting = tokio::spawn(async move { person.patch(&path, 1, json!({ "name": "H" })).await });
        until(
            async || {
                let terminated =
                    diesel_async::RunQueryDsl::execute(diesel::sql_query(waits), &mut other).await;
                terminated.expect("asked") > 0 || waiting.is_finished()
            },
            |is_over| *is_over,
        )
        .await;
        waiting.await.expect("an answer").expect(503).code().to_owned()
    };
    // On a slow machine the statement may take too long before its backend is terminated.
    let code = until(terminated, |code| code != "statement_timeout").await;
    assert_eq!(code, "database_unavailable");

    // A deadlock.
    run_alone(&mut other, "ROLLBACK").await;
    let rename = async || officer.patch(&path, 1, json!({ "name": "H" })).await.status;
    until(rename, |status| *status == 200).await;
}
