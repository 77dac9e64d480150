//! The idempotency store: failed requests are not stored, and each client has a size budget.

use outturn::db::idempotency_store::BUDGET;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{ApiResponse, App, Caller, Fixtures, id};

async fn post(caller: &Caller, path: &str, key: &str, body: &Value) -> ApiResponse {
    caller.send(caller.request(Method::POST, path).header("Idempotency-Key", key).json(body)).await
}

async fn stored_count(app: &App) -> i64 {
    app.number("SELECT count(*) AS n FROM idempotent_responses").await
}

/// The difference between the stored totals of clients and the sums of their responses, in bytes.
async fn difference(app: &App) -> i64 {
    app.number(
        "SELECT COALESCE(sum(abs(c.bytes - (SELECT COALESCE(sum(a.bytes), 0) FROM idempotent_responses a
                                            WHERE a.client = c.client))), 0)::bigint AS n FROM idempotent_clients c",
    )
    .await
}

/// Stores `count` responses of 1 MiB for a client, oldest first.
async fn fill(app: &App, client: &str, count: i64) {
    app.sql(&format!(
        "INSERT INTO idempotent_responses (client, key, request_digest, location, etag, body, shows_a_name, created_at)
         SELECT '{client}', 'filler-' || n, '', '', '', convert_to(repeat('x', 1 << 20), 'UTF8'), false,
                now() - interval '1 day' + n * interval '1 second'
         FROM generate_series(1, {count}) n"
    ))
    .await;
    app.sql(&format!(
        "INSERT INTO idempotent_clients SELECT client, sum(bytes) FROM idempotent_responses WHERE client = '{client}' GROUP BY client
         ON CONFLICT (client) DO UPDATE SET bytes = EXCLUDED.bytes"
    ))
    .await;
}

#[tokio::test]
async fn a_bulk_request_whose_lines_all_fail_is_not_stored() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (seat, meeting) = fixtures.seat_and_meeting("2017-05-01").await;
    let line = |status: &str| json!({ "meeting_id": meeting["id"], "seat_id": seat["id"], "status": status });
    let failing = json!({ "lines": [line("what"), line("why")] });
    let response = post(&fixtures.0, "/v1/attendance/bulk", "k", &failing).await.expect(200);
    assert_eq!(response.body["failed"], 2);
    assert_eq!(stored_count(&app).await, 0);
    let again = post(&fixtures.0, "/v1/attendance/bulk", "k", &failing).await.expect(200);
    assert_eq!((again.header("idempotent-replayed"), &again.text), ("", &response.text));

    let corrected = json!({ "lines": [line("present")] });
    let response = post(&fixtures.0, "/v1/attendance/bulk", "k", &corrected).await.expect(200);
    assert_eq!((response.header("idempotent-replayed"), &response.body["created"]), ("", &json!(1)));
    let again = post(&fixtures.0, "/v1/attendance/bulk", "k", &corrected).await.expect(200);
    assert_eq!((again.header("idempotent-replayed"), &again.text), ("true", &response.text));

    // The response is stored if at least one line succeeded or was unchanged.
    let partial = json!({ "lines": [line("present"), { "status": "present" }] });
    post(&fixtures.0, "/v1/attendance/bulk", "partly", &partial).await.expect(200);
    let again = post(&fixtures.0, "/v1/attendance/bulk", "partly", &partial).await.expect(200);
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!((stored_count(&app).await, difference(&app).await), (2, 0));
}

#[tokio::test]
async fn a_client_over_its_budget_loses_only_its_own_oldest_responses() {
    let app = App::new();
    let officer = app.officer();
    let body = |n: usize| json!({ "code": format!("g{n}"), "name": "G" });
    let other_response = post(&app.admin(), "/v1/groups", "k", &body(0)).await.expect(201);
    let first = post(&officer, "/v1/groups", "first", &body(1)).await.expect(201);
    let client =
        app.texts("SELECT client::text AS t FROM idempotent_responses WHERE key = 'first'").await[0].clone();
    fill(&app, &client, (BUDGET >> 20) + 10).await;
    let last = post(&officer, "/v1/groups", "last", &body(2)).await.expect(201);

    let bytes =
        app.number(&format!("SELECT bytes AS n FROM idempotent_clients WHERE client = '{client}'")).await;
    assert!((BUDGET - (2 << 20)..=BUDGET).contains(&bytes), "{bytes}");
    assert_eq!(difference(&app).await, 0);
    let oldest = "SELECT count(*) AS n FROM idempotent_responses WHERE key = 'filler-1' OR key = 'filler-10'";
    assert_eq!(app.number(oldest).await, 0);
    let newest = format!(
        "SELECT count(*) AS n FROM idempotent_responses WHERE key = 'filler-{}'",
        (BUDGET >> 20) + 10
    );
    assert_eq!(app.number(&newest).await, 1);
    for (caller, key, number, response) in
        [(&officer, "first", 1, first), (&officer, "last", 2, last), (&app.admin(), "k", 0, other_response)]
    {
        let again = post(caller, "/v1/groups", key, &body(number)).await.expect(201);
        assert_eq!((again.header("idempotent-replayed"), &again.text), ("true", &response.text), "{key}");
    }
}

#[tokio::test]
async fn concurrent_requests_of_a_client_at_its_budget_do_not_deadlock() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    post(&fixtures.0, "/v1/groups", "first", &json!({ "code": "first", "name": "G" })).await.expect(201);
    let client = app.texts("SELECT client::text AS t FROM idempotent_responses").await[0].clone();
    fill(&app, &client, (BUDGET >> 20) + 40).await;
    let (seat, meeting) = fixtures.seat_and_meeting("2017-05-01").await;
    let requests: Vec<_> = (0..40)
        .map(|n| {
            let status = if n % 8 == 0 { "present" } else { "absent" };
            let line = json!({ "meeting_id": meeting["id"], "seat_id": seat["id"], "status": status });
            let caller = fixtures.0.clone();
            tokio::spawn(async move {
                let (key, group) = (format!("k{n}"), json!({ "code": format!("g{n}"), "name": "G" }));
                match n % 4 {
                    0 => post(&caller, "/v1/attendance/bulk", &key, &json!({ "lines": [line] })).await,
                    _ => post(&caller, "/v1/groups", &key, &group).await,
                }
            })
        })
        .collect();
    for response in requests {
        let response = response.await.expect("a response");
        assert!([200, 201].contains(&response.status), "{}", response.text);
    }
    assert_eq!(difference(&app).await, 0);
    let bytes =
        app.number(&format!("SELECT bytes AS n FROM idempotent_clients WHERE client = '{client}'")).await;
    assert!(bytes <= BUDGET, "{bytes}");
}

#[tokio::test]
async fn expired_responses_do_not_count_towards_the_budget() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    for n in 0..3 {
        post(&fixtures.0, "/v1/groups", &format!("k{n}"), &json!({ "code": format!("g{n}"), "name": "G" }))
            .await
            .expect(201);
    }
    let group = fixtures.group(json!({})).await;
    app.sql("UPDATE idempotent_responses SET created_at = now() - interval '8 days' WHERE key <> 'k2'").await;
    // A new response replaces an expired one of the same key and is counted once.
    post(&fixtures.0, "/v1/groups", "k0", &json!({ "code": "again", "name": "G" })).await.expect(201);
    assert_eq!((stored_count(&app).await, difference(&app).await), (3, 0));
    let deleted =
        outturn::db::idempotency_store::purge_expired(&mut app.connection().await).await.expect("a number");
    assert_eq!((deleted, stored_count(&app).await, difference(&app).await), (1, 2, 0));
    app.sql("UPDATE idempotent_responses SET created_at = now() - interval '8 days'").await;
    outturn::db::idempotency_store::purge_expired(&mut app.connection().await).await.expect("a number");
    assert_eq!(app.number("SELECT count(*) AS n FROM idempotent_clients").await, 0);
    fixtures.0.read(&format!("/v1/groups/{}", id(&group))).await;
}
