//! Recovery of the embedded database after a crash.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::sys::signal::{Signal, kill};
use serde_json::json;

use super::connect_embedded;
use super::server::{Server, command, data_dir, database};
use crate::support::{execute_sql, id, poll_until};

/// Creates wrappers of PostgreSQL's programs that wait while the file `slow` exists, as if recovery
/// took that long.
fn slow_programs(dir: &Path) -> PathBuf {
    let output =
        Command::new("pg_config").arg("--bindir").output().ok().filter(|output| output.status.success());
    let reported = output.map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    let versions =
        || fs::read_dir("/usr/lib/postgresql").ok()?.flatten().map(|dir| dir.path().join("bin")).max();
    let configured = std::env::var_os("PG_BINDIR").map(PathBuf::from);
    let bin = configured
        .or(reported)
        .filter(|bin| bin.join("postgres").exists())
        .or_else(versions)
        .expect("PostgreSQL");
    let programs = dir.join("programs");
    fs::create_dir(&programs).expect("a directory");
    for program in ["postgres", "initdb"] {
        let wait = format!("while [ -e '{}' ]; do sleep 0.1; done", dir.join("slow").display());
        let script = format!("#!/bin/sh\n{wait}\nexec '{}' \"$@\"\n", bin.join(program).display());
        fs::write(programs.join(program), script).expect("the file is written");
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
async fn database_recovery_is_logged_and_requests_get_503_at_once() {
    let data = data_dir();
    let programs = slow_programs(data.path());
    let mut serve = serve(data.path(), &programs);
    // A request that waits for the connect timeout would get no response.
    serve.env("OUTTURN_CONNECT_TIMEOUT", "1h");
    let server = Server::launch(serve);
    let officer = server.caller(data.path(), "officer");
    officer.create("/v1/groups", json!({ "code": "g", "name": "G" })).await;
    fs::write(data.path().join("slow"), "").expect("the file is written");
    kill(database(data.path()).expect("a database"), Signal::SIGKILL).expect("the database is killed");
    poll_until(async || officer.get("/health/ready").await.status, |status| *status == 503).await;
    for _ in 0..20 {
        let unavailable = officer.get("/v1/groups").await.expect(503);
        // A request that waits for a connection would fail with `busy`.
        assert_eq!((unavailable.code(), unavailable.header("retry-after")), ("database_unavailable", "2"));
    }
    server.log_line("database is recovering");
    officer.get("/v1/groups").await.expect(503);
    fs::remove_file(data.path().join("slow")).expect("the file is removed");
    poll_until(async || officer.get("/health/ready").await.status, |status| *status == 200).await;
    assert_eq!(officer.all("/v1/groups").await.len(), 1);
    let (status, _, log) = server.stop(Signal::SIGTERM);
    assert_eq!(status, 0);
    assert!(log.contains("database is recovering") && log.contains("database has recovered"), "{log}");
}

#[test]
fn a_server_can_be_stopped_while_its_database_recovers() {
    let data = data_dir();
    let programs = slow_programs(data.path());
    let server = Server::launch(serve(data.path(), &programs));
    fs::write(data.path().join("slow"), "").expect("the file is written");
    kill(database(data.path()).expect("a database"), Signal::SIGKILL).expect("the database is killed");
    server.log_line("database is recovering");
    // The database does not start while the file exists.
    assert_eq!(server.stop(Signal::SIGTERM).0, 0);
}

/// Uses German messages if PostgreSQL includes them. The locale C.UTF-8 respects `LANGUAGE`.
#[tokio::test]
async fn localised_postgresql_errors_map_to_the_same_codes() {
    let data = data_dir();
    let mut command = command(data.path(), &["serve"]);
    command.env("LANGUAGE", "de").env("OUTTURN_STATEMENT_TIMEOUT", "400ms");
    let server = Server::launch(command);
    let mut other = connect_embedded(data.path()).await;
    execute_sql(&mut other, "ALTER DATABASE outturn SET lc_messages = 'C.UTF-8'").await;
    let terminate = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = 'outturn' AND pid <> pg_backend_pid()";
    execute_sql(&mut other, terminate).await;
    let mut other = connect_embedded(data.path()).await;
    let german = diesel_async::RunQueryDsl::execute(diesel::sql_query("SELECT 1/0"), &mut other).await;
    println!("the database returns: {}", german.expect_err("a division by zero"));

    let officer = server.caller(data.path(), "officer");
    // On a slow machine any statement may time out.
    let create = async || officer.post("/v1/groups", json!({ "code": "g", "name": "G" })).await;
    let group = poll_until(create, |response| response.status == 201).await.body;
    let path = format!("/v1/groups/{}", id(&group));
    execute_sql(&mut other, "BEGIN").await;
    execute_sql(&mut other, "SELECT FROM groups FOR UPDATE").await;
    let slow = officer.patch(&path, 1, json!({ "name": "H" })).await.expect(503);
    assert_eq!((slow.code(), slow.header("retry-after")), ("statement_timeout", "2"));

    // The statement's backend is terminated while the statement runs.
    let terminate_blocked = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = 'outturn' AND wait_event_type = 'Lock'";
    let terminated = async || {
        let (caller, path) = (officer.clone(), path.clone());
        let waiting = tokio::spawn(async move { caller.patch(&path, 1, json!({ "name": "H" })).await });
        poll_until(
            async || {
                let terminated =
                    diesel_async::RunQueryDsl::execute(diesel::sql_query(terminate_blocked), &mut other)
                        .await;
                terminated.expect("the statement runs") > 0 || waiting.is_finished()
            },
            |is_expired| *is_expired,
        )
        .await;
        waiting.await.expect("a response").expect(503).code().to_owned()
    };
    // On a slow machine the statement may time out before its backend is terminated.
    let code = poll_until(terminated, |code| code != "statement_timeout").await;
    assert_eq!(code, "database_unavailable");

    execute_sql(&mut other, "ROLLBACK").await;
    let rename = async || officer.patch(&path, 1, json!({ "name": "H" })).await.status;
    poll_until(rename, |status| *status == 200).await;
}
