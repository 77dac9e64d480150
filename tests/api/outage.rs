//! The database away: 503 with Retry-After, and recovery by itself.

use std::time::Duration;

use outturn::app::Timing;
use serde_json::{Value, json};

use crate::support::{App, Made, id, run_alone, until};

#[tokio::test]
async fn while_the_database_takes_nobody_it_is_503_and_then_it_is_well_again() {
    let app = App::new();
    let made = Made(app.officer());
    made.council(json!({})).await;
    app.shut_out();
    for _ in 0..3 {
        let away = made.0.get("/v1/councils").await.expect(503);
        assert_eq!(away.code(), "database_unavailable");
        let seconds: u32 = away.header("retry-after").parse().expect("an integer");
        assert!((1..=120).contains(&seconds));
    }
    let refused = made.0.post("/v1/groups", json!({ "code": "g", "name": "G" })).await.expect(503);
    assert!(
        !refused.text.contains(&app.database) && !refused.text.to_lowercase().contains("postgres"),
        "{}",
        refused.text
    );
    assert_eq!(made.0.get("/health/ready").await.expect(503).header("retry-after"), "2");
    made.0.get("/health/live").await.expect(200);
    app.let_in();
    assert_eq!(made.0.get("/v1/councils").await.expect(200).body["data"].as_array().map(Vec::len), Some(1));
    assert_eq!(made.0.all("/v1/groups").await.len(), 0, "what was refused was not written");
}

#[tokio::test]
async fn connections_that_died_in_the_pool_are_replaced() {
    let app = App::new();
    let made = Made(app.officer());
    made.council(json!({})).await;
    app.disconnect();
    // A dead connection is found out by the first that uses it; nobody is left with a second one.
    let mut statuses = Vec::new();
    for _ in 0..8 {
        statuses.push(made.0.get("/v1/councils").await.status);
    }
    assert!(statuses.iter().all(|status| [200, 503].contains(status)), "{statuses:?}");
    assert_eq!(statuses[4..], [200; 4], "{statuses:?}");
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_given_up() {
    let app = App::configured(&[("OUTTURN_STATEMENT_TIMEOUT", "300ms")]);
    let made = Made(app.officer());
    // On a slow machine even this takes too long, now and then.
    let enter = async || made.0.post("/v1/groups", json!({ "code": "g", "name": "G" })).await;
    let group = until(enter, |answer| answer.status == 201).await.body;
    let mut lock = app.holding("SELECT FROM groups FOR UPDATE").await;
    let path = format!("/v1/groups/{}", group["id"].as_str().expect("an id"));
    let slow = made.0.patch(&path, 1, json!({ "name": "New" })).await.expect(503);
    assert_eq!((slow.code(), slow.header("retry-after")), ("statement_timeout", "2"));
    run_alone(&mut lock, "ROLLBACK").await;
    let renamed = async || made.0.patch(&path, 1, json!({ "name": "New" })).await.status;
    until(renamed, |status| *status == 200).await;
}

#[tokio::test]
async fn when_every_connection_is_taken_the_next_is_told_to_come_again() {
    let timing = Timing { connection: Duration::from_millis(300), ..Timing::default() };
    let app = App::timed(&[("OUTTURN_POOL_SIZE", "1")], timing);
    let made = Made(app.officer());
    let group = made.group(json!({})).await;
    let mut lock = app.holding("SELECT FROM groups FOR UPDATE").await;
    let path = format!("/v1/groups/{}", group["id"].as_str().expect("an id"));
    let (person, held) = (made.0.clone(), path.clone());
    let waiting = tokio::spawn(async move { person.patch(&held, 1, json!({ "name": "New" })).await });
    app.until_blocked(1).await;
    assert_eq!(made.0.get(&path).await.expect(503).code(), "busy");
    assert!(!waiting.is_finished(), "the first keeps the connection");
    run_alone(&mut lock, "ROLLBACK").await;
    waiting.await.expect("an answer").expect(200);
    made.0.get(&path).await.expect(200);
}

#[tokio::test]
async fn of_two_that_wait_for_each_other_one_is_told_to_come_again() {
    let app = App::new();
    let made = Made(app.officer());
    let (one, two) = (made.council(json!({})).await, made.council(json!({})).await);
    let mut other = app.connection().await;
    let lock = |council: &Value| {
        format!("SELECT FROM councils WHERE id = {} FOR UPDATE", council["id"]).replace('"', "'")
    };
    run_alone(&mut other, "SET deadlock_timeout = '1min'").await;
    run_alone(&mut other, "BEGIN").await;
    run_alone(&mut other, &lock(&two)).await;
    let path = format!("/v1/councils/{}", id(&one));
    let body = json!({ "predecessors": [{ "predecessor_id": two["id"], "succeeded_on": "2019-04-01", "kind": "merged" }] });
    let (person, held, sent) = (made.0.clone(), path.clone(), body.clone());
    let waiting = tokio::spawn(async move { person.patch(&held, 1, sent).await });
    app.until_blocked(1).await;
    run_alone(&mut other, &lock(&one)).await;
    let gave_way = waiting.await.expect("an answer").expect(503);
    assert_eq!((gave_way.code(), gave_way.header("retry-after")), ("write_conflict", "2"));
    run_alone(&mut other, "ROLLBACK").await;
    made.0.patch(&path, 1, body).await.expect(200);
}
