//! The server identifies database errors by SQLSTATE, in any language of the messages.

use outturn::db::{Error, Pool, Pools, Settings};
use serde_json::json;

use crate::support::{App, Fixtures, MAX_WAIT, execute_as_admin, target};

/// SQLSTATE, expected status, expected code, and whether the response has a `Retry-After` header.
const ERRORS: [(&str, u16, &str, bool); 25] = [
    ("57014", 503, "statement_timeout", true),
    ("25P03", 503, "statement_timeout", true),
    ("40001", 503, "write_conflict", true),
    ("40P01", 503, "write_conflict", true),
    ("55P03", 503, "write_conflict", true),
    ("08006", 503, "database_unavailable", true),
    ("08P01", 503, "database_unavailable", true),
    ("57P01", 503, "database_unavailable", true),
    ("57P02", 503, "database_unavailable", true),
    ("57P03", 503, "database_unavailable", true),
    ("53000", 503, "database_unavailable", true),
    ("53200", 503, "database_unavailable", true),
    ("53300", 503, "too_many_connections", true),
    ("25006", 503, "database_read_only", true),
    ("22P05", 503, "database_misconfigured", false),
    ("26000", 503, "database_misconfigured", false),
    ("42P05", 503, "database_misconfigured", false),
    ("53100", 507, "storage_full", false),
    ("22021", 422, "invalid", false),
    ("22000", 422, "invalid", false),
    ("22003", 422, "invalid", false),
    ("22008", 422, "invalid", false),
    ("42501", 500, "internal_error", false),
    ("42P01", 500, "internal_error", false),
    ("XX000", 500, "internal_error", false),
];

/// Replaces the function `fail()`. It raises an error with this SQLSTATE and a German message.
async fn set_error(app: &App, sqlstate: &str) {
    let body =
        format!("RAISE EXCEPTION 'Zeitüberschreitung, Verklemmung, Abbruch' USING ERRCODE = '{sqlstate}'");
    app.sql(&format!(
        "CREATE OR REPLACE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}; END $$"
    ))
    .await;
}

#[tokio::test]
async fn the_sqlstate_determines_the_status_regardless_of_the_message() {
    let app = App::new();
    let officer = app.officer();
    set_error(&app, "57014").await;
    app.sql("CREATE TRIGGER fail BEFORE INSERT ON groups FOR EACH ROW EXECUTE FUNCTION fail()").await;
    for (sqlstate, status, code, is_retryable) in ERRORS {
        set_error(&app, sqlstate).await;
        let response = officer.post("/v1/groups", json!({ "code": "g", "name": "G" })).await;
        assert_eq!((response.status, response.code()), (status, code), "{sqlstate}: {}", response.text);
        assert_eq!(response.header("retry-after"), if is_retryable { "2" } else { "" }, "{sqlstate}");
        assert!(!response.text.contains("Verklemmung"), "{}", response.text);
    }
    app.sql("DROP TRIGGER fail ON groups").await;
    officer.post("/v1/groups", json!({ "code": "g", "name": "G" })).await.expect(201);
}

#[tokio::test]
async fn readiness_reports_a_full_disk_until_a_write_succeeds() {
    let app = App::new();
    let officer = app.officer();
    officer.get("/health/ready").await.expect(200);
    set_error(&app, "53100").await;
    app.sql("CREATE TRIGGER fail BEFORE INSERT ON groups FOR EACH ROW EXECUTE FUNCTION fail()").await;
    officer.post("/v1/groups", json!({ "code": "g", "name": "G" })).await.expect(507);
    assert_eq!(officer.get("/health/ready").await.expect(507).code(), "storage_full");
    officer.get("/v1/groups").await.expect(200);
    app.sql("DROP TRIGGER fail ON groups").await;
    officer.post("/v1/groups", json!({ "code": "g", "name": "G" })).await.expect(201);
    officer.get("/health/ready").await.expect(200);
}

#[tokio::test]
async fn a_read_only_database_serves_reads_and_reports_its_state() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    fixtures.council(json!({})).await;
    app.alter_database("SET default_transaction_read_only = on");
    let group = json!({ "code": "g", "name": "G" });
    crate::support::poll_until(async || fixtures.0.get("/v1/councils").await.status, |status| *status == 200)
        .await;
    let refused = fixtures.0.post("/v1/groups", group.clone()).await.expect(503);
    assert_eq!((refused.code(), refused.header("retry-after")), ("database_read_only", "2"));
    assert_eq!(fixtures.0.get("/health/ready").await.expect(503).code(), "database_read_only");
    app.alter_database("RESET default_transaction_read_only");
    crate::support::poll_until(
        async || fixtures.0.get("/health/ready").await.status,
        |status| *status == 200,
    )
    .await;
    fixtures.0.post("/v1/groups", group).await.expect(201);
}

fn pool(url: String) -> Pool {
    let settings = Settings {
        target: target(url),
        size: 4,
        statement_timeout: MAX_WAIT,
        wait: MAX_WAIT,
        pools: Pools::default(),
        standby: None,
    };
    Pool::new(&settings).expect("a pool")
}

#[tokio::test]
async fn connection_errors_keep_their_sqlstate() {
    let app = App::new();
    let role = format!("limited_{}", app.database);
    execute_as_admin(&format!("CREATE ROLE {role} LOGIN CONNECTION LIMIT 1"));
    let limited = pool(app.url().replace("user=postgres", &format!("user={role}")));
    let first = limited.get().await.expect("the first connection");
    let Err(error) = limited.get().await else { panic!("expected too many connections") };
    assert!(matches!(&error, Error::TooManyConnections(cause) if cause.contains("53300")), "{error}");
    drop((first, limited));
    let unknown_database = pool(app.url().replace(&app.database, "nowhere"));
    let Err(error) = unknown_database.get().await else { panic!("expected an unknown database") };
    assert!(matches!(&error, Error::Unavailable(cause) if cause.contains("SQLSTATE 3D000")), "{error}");
    let unknown_role = pool(app.url().replace("user=postgres", "user=nobody_of_ours"));
    let Err(error) = unknown_role.get().await else { panic!("expected an unknown role") };
    assert!(matches!(&error, Error::Unavailable(cause) if cause.contains("SQLSTATE 28")), "{error}");
    crate::support::poll_until(
        async || {
            app.number(&format!("SELECT count(*) AS n FROM pg_stat_activity WHERE usename = '{role}'")).await
        },
        |n| *n == 0,
    )
    .await;
    execute_as_admin(&format!("DROP ROLE {role}"));
}
