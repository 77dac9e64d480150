//! What is kept of answers to requests with an Idempotency-Key: not what failed whole, and no more than a budget a client.

use outturn::db::idempotency_store::BUDGET;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, App, Made, Person, id};

async fn post(person: &Person, path: &str, key: &str, body: &Value) -> Answer {
    person.send(person.request(Method::POST, path).header("Idempotency-Key", key).json(body)).await
}

async fn kept(app: &App) -> i64 {
    app.number("SELECT count(*) AS n FROM idempotent_responses").await
}

/// How far the totals of clients differ from the sums of their answers.
async fn difference(app: &App) -> i64 {
    app.number(
        "SELECT COALESCE(sum(abs(c.bytes - (SELECT COALESCE(sum(a.bytes), 0) FROM idempotent_responses a
                                            WHERE a.client = c.client))), 0)::bigint AS n FROM idempotent_clients c",
    )
    .await
}

/// Gives a client so many answers of a mebibyte each, the first of them the oldest.
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
async fn a_bulk_request_of_which_every_line_failed_is_not_kept_and_may_be_mended_under_its_key() {
    let app = App::new();
    let made = Made(app.officer());
    let (seat, meeting) = made.seat_and_meeting("2017-05-01").await;
    let line = |status: &str| json!({ "meeting_id": meeting["id"], "seat_id": seat["id"], "status": status });
    let failing = json!({ "lines": [line("what"), line("why")] });
    let answer = post(&made.0, "/v1/attendance/bulk", "k", &failing).await.expect(200);
    assert_eq!(answer.body["failed"], 2);
    assert_eq!(kept(&app).await, 0);
    let again = post(&made.0, "/v1/attendance/bulk", "k", &failing).await.expect(200);
    assert_eq!((again.header("idempotent-replayed"), &again.text), ("", &answer.text));

    let mended = json!({ "lines": [line("present")] });
    let answer = post(&made.0, "/v1/attendance/bulk", "k", &mended).await.expect(200);
    assert_eq!((answer.header("idempotent-replayed"), &answer.body["created"]), ("", &json!(1)));
    let again = post(&made.0, "/v1/attendance/bulk", "k", &mended).await.expect(200);
    assert_eq!((again.header("idempotent-replayed"), &again.text), ("true", &answer.text));

    // With one line that did not fail the answer is kept: the request had an effect, or met what an earlier one left.
    let partly = json!({ "lines": [line("present"), { "status": "present" }] });
    post(&made.0, "/v1/attendance/bulk", "partly", &partly).await.expect(200);
    let again = post(&made.0, "/v1/attendance/bulk", "partly", &partly).await.expect(200);
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!((kept(&app).await, difference(&app).await), (2, 0));
}

#[tokio::test]
async fn above_the_budget_a_clients_oldest_answers_go_and_no_other_clients() {
    let app = App::new();
    let officer = app.officer();
    let body = |n: usize| json!({ "code": format!("g{n}"), "name": "G" });
    let theirs = post(&app.admin(), "/v1/groups", "k", &body(0)).await.expect(201);
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
    for (person, key, number, answer) in
        [(&officer, "first", 1, first), (&officer, "last", 2, last), (&app.admin(), "k", 0, theirs)]
    {
        let again = post(person, "/v1/groups", key, &body(number)).await.expect(201);
        assert_eq!((again.header("idempotent-replayed"), &again.text), ("true", &answer.text), "{key}");
    }
}

#[tokio::test]
async fn requests_of_one_client_at_its_budget_do_not_wait_for_each_other_in_a_circle() {
    let app = App::new();
    let made = Made(app.officer());
    post(&made.0, "/v1/groups", "first", &json!({ "code": "first", "name": "G" })).await.expect(201);
    let client = app.texts("SELECT client::text AS t FROM idempotent_responses").await[0].clone();
    fill(&app, &client, (BUDGET >> 20) + 40).await;
    let (seat, meeting) = made.seat_and_meeting("2017-05-01").await;
    let asked: Vec<_> = (0..40)
        .map(|n| {
            let status = if n % 8 == 0 { "present" } else { "absent" };
            let line = json!({ "meeting_id": meeting["id"], "seat_id": seat["id"], "status": status });
            let person = made.0.clone();
            tokio::spawn(async move {
                let (key, group) = (format!("k{n}"), json!({ "code": format!("g{n}"), "name": "G" }));
                match n % 4 {
                    0 => post(&person, "/v1/attendance/bulk", &key, &json!({ "lines": [line] })).await,
                    _ => post(&person, "/v1/groups", &key, &group).await,
                }
            })
        })
        .collect();
    for answer in asked {
        let answer = answer.await.expect("an answer");
        assert!([200, 201].contains(&answer.status), "{}", answer.text);
    }
    assert_eq!(difference(&app).await, 0);
    let bytes =
        app.number(&format!("SELECT bytes AS n FROM idempotent_clients WHERE client = '{client}'")).await;
    assert!(bytes <= BUDGET, "{bytes}");
}

#[tokio::test]
async fn expired_answers_no_longer_count() {
    let app = App::new();
    let made = Made(app.officer());
    for n in 0..3 {
        post(&made.0, "/v1/groups", &format!("k{n}"), &json!({ "code": format!("g{n}"), "name": "G" }))
            .await
            .expect(201);
    }
    let group = made.group(json!({})).await;
    app.sql("UPDATE idempotent_responses SET created_at = now() - interval '8 days' WHERE key <> 'k2'").await;
    // An expired answer makes way for one of the same key, and is not counted twice.
    post(&made.0, "/v1/groups", "k0", &json!({ "code": "again", "name": "G" })).await.expect(201);
    assert_eq!((kept(&app).await, difference(&app).await), (3, 0));
    let deleted =
        outturn::db::idempotency_store::purge_expired(&mut app.connection().await).await.expect("a number");
    assert_eq!((deleted, kept(&app).await, difference(&app).await), (1, 2, 0));
    app.sql("UPDATE idempotent_responses SET created_at = now() - interval '8 days'").await;
    outturn::db::idempotency_store::purge_expired(&mut app.connection().await).await.expect("a number");
    assert_eq!(app.number("SELECT count(*) AS n FROM idempotent_clients").await, 0);
    made.0.read(&format!("/v1/groups/{}", id(&group))).await;
}
