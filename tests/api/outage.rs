//! Database outages, timeouts and deadlocks: 503 with `Retry-After`, and recovery without restart.

use std::time::Duration;

use outturn::app::Timing;
use serde_json::{Value, json};

use crate::support::{App, Fixtures, execute_sql, id, poll_until};

#[tokio::test]
async fn requests_get_503_during_a_database_outage_and_succeed_afterwards() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    fixtures.council(json!({})).await;
    app.refuse_connections();
    for _ in 0..3 {
        let unavailable = fixtures.0.get("/v1/councils").await.expect(503);
        assert_eq!(unavailable.code(), "database_unavailable");
        let seconds: u32 = unavailable.header("retry-after").parse().expect("an integer");
        assert!((1..=120).contains(&seconds));
    }
    let refused = fixtures.0.post("/v1/groups", json!({ "code": "g", "name": "G" })).await.expect(503);
    assert!(
        !refused.text.contains(&app.database) && !refused.text.to_lowercase().contains("postgres"),
        "{}",
        refused.text
    );
    assert_eq!(fixtures.0.get("/health/ready").await.expect(503).header("retry-after"), "2");
    fixtures.0.get("/health/live").await.expect(200);
    app.accept_connections();
    assert_eq!(
        fixtures.0.get("/v1/councils").await.expect(200).body["data"].as_array().map(Vec::len),
        Some(1)
    );
    assert_eq!(fixtures.0.all("/v1/groups").await.len(), 0, "a refused request writes nothing");
}

#[tokio::test]
async fn broken_connections_in_the_pool_are_replaced() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    fixtures.council(json!({})).await;
    app.disconnect();
    // The first request that uses a broken connection detects it, and may get 503.
    let mut statuses = Vec::new();
    for _ in 0..8 {
        statuses.push(fixtures.0.get("/v1/councils").await.status);
    }
    assert!(statuses.iter().all(|status| [200, 503].contains(status)), "{statuses:?}");
    assert_eq!(statuses[4..], [200; 4], "{statuses:?}");
}

#[tokio::test]
async fn a_statement_that_exceeds_its_timeout_returns_503() {
    let app = App::configured(&[("OUTTURN_STATEMENT_TIMEOUT", "300ms")]);
    let fixtures = Fixtures(app.officer());
    // On a slow machine this statement may time out too.
    let create = async || fixtures.0.post("/v1/groups", json!({ "code": "g", "name": "G" })).await;
    let group = poll_until(create, |response| response.status == 201).await.body;
    let mut lock = app.begin_and_execute("SELECT FROM groups FOR UPDATE").await;
    let path = format!("/v1/groups/{}", group["id"].as_str().expect("an id"));
    let slow = fixtures.0.patch(&path, 1, json!({ "name": "New" })).await.expect(503);
    assert_eq!((slow.code(), slow.header("retry-after")), ("statement_timeout", "2"));
    execute_sql(&mut lock, "ROLLBACK").await;
    let renamed = async || fixtures.0.patch(&path, 1, json!({ "name": "New" })).await.status;
    poll_until(renamed, |status| *status == 200).await;
}

#[tokio::test]
async fn an_exhausted_connection_pool_returns_503_busy() {
    let timing = Timing { connection: Duration::from_millis(300), ..Timing::default() };
    let app = App::with_timing(&[("OUTTURN_POOL_SIZE", "1")], timing);
    let fixtures = Fixtures(app.officer());
    let group = fixtures.group(json!({})).await;
    let mut lock = app.begin_and_execute("SELECT FROM groups FOR UPDATE").await;
    let path = format!("/v1/groups/{}", group["id"].as_str().expect("an id"));
    let (caller, target_path) = (fixtures.0.clone(), path.clone());
    let waiting = tokio::spawn(async move { caller.patch(&target_path, 1, json!({ "name": "New" })).await });
    app.wait_until_blocked(1).await;
    assert_eq!(fixtures.0.get(&path).await.expect(503).code(), "busy");
    assert!(!waiting.is_finished(), "the first request keeps the connection");
    execute_sql(&mut lock, "ROLLBACK").await;
    waiting.await.expect("a response").expect(200);
    fixtures.0.get(&path).await.expect(200);
}

#[tokio::test]
async fn a_deadlock_returns_503_write_conflict() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (one, two) = (fixtures.council(json!({})).await, fixtures.council(json!({})).await);
    let mut other = app.connection().await;
    let lock = |council: &Value| {
        format!("SELECT FROM councils WHERE id = {} FOR UPDATE", council["id"]).replace('"', "'")
    };
    execute_sql(&mut other, "SET deadlock_timeout = '1min'").await;
    execute_sql(&mut other, "BEGIN").await;
    execute_sql(&mut other, &lock(&two)).await;
    let path = format!("/v1/councils/{}", id(&one));
    let body = json!({ "predecessors": [{ "predecessor_id": two["id"], "succeeded_on": "2019-04-01", "kind": "merged" }] });
    let (caller, target_path, sent_body) = (fixtures.0.clone(), path.clone(), body.clone());
    let waiting = tokio::spawn(async move { caller.patch(&target_path, 1, sent_body).await });
    app.wait_until_blocked(1).await;
    execute_sql(&mut other, &lock(&one)).await;
    let aborted = waiting.await.expect("a response").expect(503);
    assert_eq!((aborted.code(), aborted.header("retry-after")), ("write_conflict", "2"));
    execute_sql(&mut other, "ROLLBACK").await;
    fixtures.0.patch(&path, 1, body).await.expect(200);
}
