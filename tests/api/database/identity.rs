//! The server and its commands reject an unsuitable database and report the reason.

use std::fs::File;

use nix::sys::signal::Signal;

use crate::processes::server::{Server, command, data_dir, ended, failure};
use crate::support::{App, drop_database, execute_as_admin, url};

/// Runs commands on a database that they reject. Returns the error text of each.
fn error_texts(url: &str, commands: &[&[&str]]) -> Vec<String> {
    let data = data_dir();
    let run = |arguments: &&[&str]| failure(&ended(command(data.path(), arguments).env("DATABASE_URL", url)));
    commands.iter().map(run).collect()
}

#[test]
fn a_database_with_another_encoding_is_rejected() {
    let name = "latin_of_ours";
    drop_database(name);
    execute_as_admin(&format!("CREATE DATABASE {name} ENCODING 'LATIN1' TEMPLATE template0"));
    for error_text in error_texts(&url(name), &[&["serve"], &["migrate"], &["accounts", "list"]]) {
        assert!(error_text.contains("the database's encoding is LATIN1 and must be UTF8"), "{error_text}");
    }
    drop_database(name);
}

#[tokio::test]
async fn a_newer_schema_is_rejected_and_reported_by_readiness() {
    let app = App::new();
    app.anonymous().get("/health/ready").await.expect(200);
    app.sql("INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000000')").await;
    let newer = app.anonymous().get("/health/ready").await.expect(503);
    assert_eq!((newer.code(), newer.header("retry-after")), ("schema_newer", ""));
    let commands: &[&[&str]] =
        &[&["serve"], &["migrate"], &["export", "x"], &["import", "sample"], &["accounts", "list"]];
    for error_text in error_texts(&app.url(), commands) {
        assert!(error_text.contains("does not know the migration 99990101000000"), "{error_text}");
    }
    app.sql("DELETE FROM __diesel_schema_migrations WHERE version = '99990101000000'").await;
    app.anonymous().get("/health/ready").await.expect(200);
}

#[tokio::test]
async fn a_database_of_an_earlier_build_is_refused_with_instructions() {
    let app = App::new();
    // The first migration of the builds from before the baseline.
    app.sql("INSERT INTO __diesel_schema_migrations (version) VALUES ('20261122000001')").await;
    let earlier = app.anonymous().get("/health/ready").await.expect(503);
    assert_eq!((earlier.code(), earlier.header("retry-after")), ("database_misconfigured", ""));
    let commands: &[&[&str]] =
        &[&["serve"], &["migrate"], &["export", "x"], &["import", "sample"], &["accounts", "list"]];
    for error_text in error_texts(&app.url(), commands) {
        assert!(error_text.contains("an earlier build of outturn created the tables"), "{error_text}");
        assert!(
            error_text.contains("Run `outturn export` of that build, create a new database"),
            "{error_text}"
        );
        assert!(error_text.contains("run `outturn import` of this build"), "{error_text}");
        assert!(!error_text.contains("does not know the migration"), "{error_text}");
    }
    app.sql("DELETE FROM __diesel_schema_migrations WHERE version = '20261122000001'").await;
    app.anonymous().get("/health/ready").await.expect(200);
}

#[test]
fn a_standby_server_is_rejected() {
    let data = data_dir();
    assert_eq!(Server::start(data.path(), &[]).stop(Signal::SIGTERM).0, 0);
    File::create(data.path().join("postgres/standby.signal")).expect("create the standby signal");
    let error_text = failure(&ended(&mut command(data.path(), &["serve"])));
    assert!(error_text.contains("it is a standby server. Connect to the primary server"), "{error_text}");
}
