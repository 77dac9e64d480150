//! Several servers share the rate limits through the database.

use std::path::Path;
use std::time::Duration;

use serde_json::json;

use super::server::{Server, command, data_dir};
use crate::support::{App, Caller, execute_sql, poll_until};

const ALLOWED: usize = 40;

/// Starts a server that limits the rate which the variable `limited` configures.
fn serve(data: &Path, app: &App, store: &str, limited: &str) -> Server {
    let mut serve = command(data, &["serve"]);
    serve.env("DATABASE_URL", app.url()).env("OUTTURN_RATE_STORE", store);
    serve.env(limited, format!("{ALLOWED}/80m"));
    Server::launch(serve)
}

/// Sends requests until one is refused, and returns how many were allowed.
async fn count_allowed(mut send: impl AsyncFnMut() -> bool) -> usize {
    let mut allowed = 0;
    while send().await {
        allowed += 1;
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    allowed
}

async fn is_allowed(caller: &Caller) -> bool {
    match caller.get("/v1/groups").await.status {
        200 => true,
        429 => false,
        status => panic!("{status}"),
    }
}

/// Signs in with a wrong password, each time for another account.
async fn may_fail(caller: &Caller, attempt: &mut usize) -> bool {
    *attempt += 1;
    let body = json!({ "email": format!("n{attempt}@example.org"), "password": "not the password" });
    match caller.post("/v1/auth/sessions", body).await.status {
        401 => true,
        429 => false,
        status => panic!("{status}"),
    }
}

#[tokio::test]
async fn a_client_gets_one_limit_at_two_servers() {
    let (app, data) = (App::new(), data_dir());
    let servers = [(); 2].map(|()| serve(data.path(), &app, "postgres", "OUTTURN_RATE_REST"));
    let [one, other] = servers.each_ref().map(|server| server.caller(data.path(), "officer"));
    assert_eq!(count_allowed(async || is_allowed(&one).await).await, ALLOWED);
    let allowed = count_allowed(async || is_allowed(&other).await).await;
    assert!(allowed < ALLOWED / 2, "the other server allowed {allowed} more");
}

#[tokio::test]
async fn wrong_passwords_count_at_all_servers_together() {
    let (app, data) = (App::new(), data_dir());
    let servers = [(); 2].map(|()| serve(data.path(), &app, "postgres", "OUTTURN_RATE_FAILURES"));
    let [one, other] = servers.each_ref().map(|server| Caller::new(&server.base, None));
    let mut attempt = 0;
    assert_eq!(count_allowed(async || may_fail(&one, &mut attempt).await).await, ALLOWED);
    let allowed = count_allowed(async || may_fail(&other, &mut attempt).await).await;
    assert!(allowed < ALLOWED / 2, "the other server allowed {allowed} more");
}

async fn rename(app: &App, sql: &str) {
    execute_sql(&mut app.connection().await, sql).await;
}

#[tokio::test]
async fn servers_count_alone_by_default_and_without_the_shared_table() {
    let (app, data) = (App::new(), data_dir());
    let alone = serve(data.path(), &app, "memory", "OUTTURN_RATE_REST");
    let shared = serve(data.path(), &app, "postgres", "OUTTURN_RATE_REST");
    let caller = shared.caller(data.path(), "officer");
    rename(&app, "ALTER TABLE rate_limit_buckets RENAME TO moved").await;
    let allowed = count_allowed(async || is_allowed(&caller).await).await;
    assert_eq!(allowed, ALLOWED);
    shared.log_line("rate limits are not shared");
    rename(&app, "ALTER TABLE moved RENAME TO rate_limit_buckets").await;
    let _ = is_allowed(&caller).await;
    shared.log_line("rate limits are shared again");
    poll_until(async || app.number("SELECT count(*) AS n FROM rate_limit_buckets").await, |n| *n > 0).await;
    let caller = alone.caller(data.path(), "officer");
    assert_eq!(count_allowed(async || is_allowed(&caller).await).await, ALLOWED);
}
