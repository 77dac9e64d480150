//! Events of the change log: attendance and publications.

use std::collections::BTreeMap;

use outturn::values::Day;
use outturn::webhooks::detect_events;
use reqwest::Method;
use serde_json::{Value, json};

use super::create_webhook;
use crate::support::{App, Caller, Fixtures, MAX_WAIT, Receiver, execute_sql, id, poll_until, target};

/// Runs one round of event detection. Returns the new events of a type in order, and deletes them.
async fn new_events(app: &App, event_type: &str) -> Vec<Value> {
    detect_events::round(&mut app.connection().await, Day::today()).await.expect("the round succeeds");
    let events = app
        .texts(&format!("SELECT content AS t FROM webhook_events WHERE event_type = '{event_type}' ORDER BY occurred_at, id"))
        .await;
    app.sql(&format!("DELETE FROM webhook_events WHERE event_type = '{event_type}'")).await;
    events.iter().map(|text| serde_json::from_str(text).expect("JSON")).collect()
}

async fn bulk(caller: &Caller, key: &str, lines: Value) -> Value {
    let request = caller.request(Method::POST, "/v1/attendance/bulk").header("Idempotency-Key", key);
    caller.send(request.json(&lines)).await.body
}

#[tokio::test]
async fn one_attendance_event_is_created_per_request_and_meeting() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let group = fixtures.group(json!({})).await;
    let councils = [fixtures.council(json!({})).await, fixtures.council(json!({})).await];
    let seats = [
        fixtures.seat(&group, &councils[0], json!({})).await,
        fixtures.seat(&group, &councils[1], json!({})).await,
    ];
    let meetings = [
        fixtures.meeting(Some(&group), "2017-05-01", json!({})).await,
        fixtures.meeting(Some(&group), "2017-06-01", json!({})).await,
    ];
    new_events(&app, "attendance.accepted").await;
    let line = |meeting: usize, seat: usize, status: &str| json!({ "meeting_id": meetings[meeting]["id"], "seat_id": seats[seat]["id"], "status": status });
    let council = app.council(&[id(&councils[0])]);
    // One request creates one event for each meeting.
    let lines = json!({ "lines": [line(0, 0, "present"), line(1, 0, "absent")] });
    bulk(&council, "first", lines.clone()).await;
    let accepted = new_events(&app, "attendance.accepted").await;
    let data: Vec<&Value> = accepted.iter().map(|message| &message["data"]).collect();
    let data_of = |meeting: usize, councils: Value, counts: [i64; 3]| {
        json!({ "meeting_id": meetings[meeting]["id"], "council_ids": councils,
                "created": counts[0], "changed": counts[1], "deleted": counts[2] })
    };
    let first = json!([councils[0]["id"]]);
    assert_eq!(data, [&data_of(0, first.clone(), [1, 0, 0]), &data_of(1, first.clone(), [1, 0, 0])]);
    assert!(accepted.iter().all(|message| message["type"] == "attendance.accepted"));
    // A request that changes nothing, fails or only validates creates no event.
    bulk(&council, "first", lines.clone()).await;
    bulk(&council, "again", lines).await;
    bulk(&council, "another's", json!({ "lines": [line(0, 1, "present")] })).await;
    let request =
        council.request(Method::POST, "/v1/attendance/bulk?mode=validate").header("Idempotency-Key", "tried");
    council.send(request.json(&json!({ "lines": [line(0, 0, "apologies")] }))).await.expect(200);
    assert_eq!(new_events(&app, "attendance.accepted").await, Vec::<Value>::new());
    // A bulk change, a single record and a deletion create one event each.
    bulk(&council, "changed", json!({ "lines": [line(0, 0, "apologies")] })).await;
    let second = fixtures.attendance(&meetings[0], &seats[1], "present").await;
    fixtures.0.delete(&format!("/v1/attendance/{}", id(&second)), 1).await.expect(204);
    let other = json!([councils[1]["id"]]);
    let data: Vec<Value> =
        new_events(&app, "attendance.accepted").await.iter().map(|message| message["data"].clone()).collect();
    assert_eq!(
        data,
        [data_of(0, first, [0, 1, 0]), data_of(0, other.clone(), [1, 0, 0]), data_of(0, other, [0, 0, 1])]
    );
}

#[tokio::test]
async fn publication_events_are_created_on_publishing_and_reopening() {
    let app = App::new();
    let fixtures = Fixtures(app.admin());
    let (framework, action) = fixtures.plan(&[]).await;
    fixtures.target(&action, json!({ "kind": "narrative" }), json!({})).await;
    fixtures.activate(&framework).await;
    let body = json!({ "framework_id": framework["id"], "as_at": "2017-12-31" });
    let draft = fixtures.0.create("/v1/publications", body).await;
    let path = format!("/v1/publications/{}", id(&draft));
    let other = app.officer();
    other.patch(&path, 1, json!({ "status": "approved" })).await.expect(200);
    assert_eq!(new_events(&app, "publication.published").await, Vec::<Value>::new());
    let published = other.patch(&path, 2, json!({ "status": "published" })).await.expect(200).body;
    let [message] = new_events(&app, "publication.published").await.try_into().expect("one message");
    let expected = |status: &str, reason: Value| {
        json!({ "publication_id": published["id"], "framework_id": framework["id"], "title": published["title"],
                "plan_from": "2017-04-01", "as_at": "2017-12-31", "status": status,
                "content_sha256": published["content_sha256"], "reopened_reason": reason })
    };
    assert_eq!(message["data"], expected("published", Value::Null));
    assert!(!message.to_string().contains("olive"), "the message names no person: {message}");
    let reopened = json!({ "status": "reopened", "reopened_reason": "A register came late." });
    fixtures.0.patch(&path, 3, reopened).await.expect(200);
    assert_eq!(new_events(&app, "publication.published").await, Vec::<Value>::new());
    let [message] = new_events(&app, "publication.reopened").await.try_into().expect("one message");
    assert_eq!(message["data"], expected("reopened", json!("A register came late.")));
}

#[tokio::test]
async fn concurrent_servers_create_each_event_once() {
    let (app, receiver) = (App::with_webhooks(), Receiver::new());
    create_webhook(&app, &receiver, &["attendance.accepted"]).await;
    let fixtures = Fixtures(app.officer());
    let (seat, meeting) = fixtures.seat_and_meeting("2017-05-01").await;
    let line = fixtures.attendance(&meeting, &seat, "present").await;
    // This transaction begins first and commits last. Its changes create an event although later
    // transactions were processed before it.
    let mut long = app.connection().await;
    let set_note = |text: &str| format!("UPDATE attendance SET note = '{text}' WHERE id = '{}'", id(&line));
    let (other_seat, other_meeting) = fixtures.seat_and_meeting("2017-05-01").await;
    let other = fixtures.attendance(&other_meeting, &other_seat, "present").await;
    execute_sql(&mut long, "BEGIN").await;
    execute_sql(&mut long, &set_note("first")).await;
    let writers = (0..3).map(|writer| {
        let (caller, path) = (app.officer(), format!("/v1/attendance/{}", id(&other)));
        tokio::spawn(async move {
            for n in 0..15 {
                let version = caller.read(&path).await["version"].as_i64().expect("a version");
                caller.patch(&path, version, json!({ "note": format!("{writer} {n}") })).await;
            }
        })
    });
    let detectors = (0..3).map(|_| {
        let url = app.url();
        tokio::spawn(async move {
            let mut conn = outturn::db::pool::connect(target(url), MAX_WAIT).await.expect("a connection");
            for _ in 0..60 {
                detect_events::round(&mut conn, Day::today()).await.expect("the round succeeds");
            }
        })
    });
    for task in writers.chain(detectors).collect::<Vec<_>>() {
        task.await.expect("the task ends");
    }
    execute_sql(&mut long, "COMMIT").await;
    let written = app
        .number("SELECT count(DISTINCT transaction_id) AS n FROM changes WHERE resource = 'attendance' AND part IS NULL")
        .await;
    let messages = receiver.wait_for(usize::try_from(written).expect("a number")).await;
    detect_events::round(&mut app.connection().await, Day::today()).await.expect("the round succeeds");
    let undelivered = "SELECT count(*) AS n FROM webhook_deliveries WHERE status <> 'delivered'";
    poll_until(async || app.number(undelivered).await, |undelivered| *undelivered == 0).await;
    assert_eq!(receiver.received().len(), messages.len(), "there are no further messages");
    let mut counts = BTreeMap::new();
    for message in &messages {
        *counts.entry(message.header("webhook-id").to_owned()).or_insert(0) += 1;
    }
    assert!(counts.values().all(|count| *count == 1), "{counts:?}");
    let changed: i64 =
        messages.iter().map(|message| message.body["data"]["changed"].as_i64().expect("a count")).sum();
    assert_eq!(changed, app.number("SELECT count(*) AS n FROM changed_rows WHERE resource = 'attendance' AND part IS NULL AND action = 'changed'").await);
}

/// Transaction A begins to write, B begins and stays open, C creates an attendance record, and A
/// changes it.
#[tokio::test]
async fn events_about_one_row_are_in_the_order_of_its_changes() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let groups = [fixtures.group(json!({})).await, fixtures.group(json!({})).await];
    let (seat, meeting) = fixtures.seat_and_meeting("2017-05-01").await;
    new_events(&app, "attendance.accepted").await;
    let rename = |group: &Value| format!("UPDATE groups SET name = 'new' WHERE id = '{}'", id(group));
    let (mut a, mut b) = (app.connection().await, app.connection().await);
    execute_sql(&mut a, "BEGIN").await;
    execute_sql(&mut a, &rename(&groups[0])).await;
    execute_sql(&mut b, "BEGIN").await;
    execute_sql(&mut b, &rename(&groups[1])).await;
    let line = fixtures.attendance(&meeting, &seat, "present").await;
    execute_sql(&mut a, &format!("UPDATE attendance SET note = 'late' WHERE id = '{}'", id(&line))).await;
    execute_sql(&mut a, "COMMIT").await;
    detect_events::round(&mut app.connection().await, Day::today()).await.expect("the round succeeds");
    execute_sql(&mut b, "COMMIT").await;
    detect_events::round(&mut app.connection().await, Day::today()).await.expect("the round succeeds");
    let contents = app.texts("SELECT content AS t FROM webhook_events ORDER BY id").await;
    let counts: Vec<[i64; 2]> = contents
        .iter()
        .map(|content| serde_json::from_str::<Value>(content).expect("JSON"))
        .map(|event| ["created", "changed"].map(|count| event["data"][count].as_i64().expect("a count")))
        .collect();
    assert_eq!(counts, [[1, 0], [0, 1]]);
}

#[tokio::test]
async fn event_detection_continues_after_a_restored_backup_without_repeats() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (seat, meeting) = fixtures.seat_and_meeting("2017-05-01").await;
    fixtures.attendance(&meeting, &seat, "present").await;
    // The restored change log has transaction ids that this server assigns soon.
    app.sql("ALTER TABLE changes DISABLE TRIGGER ALL").await;
    app.sql("UPDATE changes SET transaction_id = pg_current_xact_id()::text::bigint + 40 WHERE resource = 'attendance'").await;
    app.sql("UPDATE webhook_progress SET processed = '4000000000000:4000000000000:'").await;
    app.sql("ALTER TABLE changes ENABLE TRIGGER ALL").await;
    for n in 0..60 {
        let title = json!({ "title": format!("Meeting {n}") });
        fixtures.0.patch(&format!("/v1/meetings/{}", id(&meeting)), n + 1, title).await.expect(200);
        assert_eq!(new_events(&app, "attendance.accepted").await, Vec::<Value>::new());
    }
    let (seat, meeting) = fixtures.seat_and_meeting("2017-05-03").await;
    fixtures.attendance(&meeting, &seat, "present").await;
    assert_eq!(new_events(&app, "attendance.accepted").await.len(), 1);
}

#[tokio::test]
async fn a_webhook_gets_only_its_event_types_and_only_later_events() {
    let app = App::new();
    let admin = app.admin();
    let fixtures = Fixtures(app.officer());
    let (seat, meeting) = fixtures.seat_and_meeting("2017-05-01").await;
    fixtures.attendance(&meeting, &seat, "present").await;
    detect_events::round(&mut app.connection().await, Day::today()).await.expect("the round succeeds");
    let duplicate = json!({ "name": "Twice", "url": "https://example.org/", "event_types": ["webhook.ping", "webhook.ping"] });
    assert_eq!(
        admin.post("/v1/webhooks", duplicate).await.expect(422).field_errors(),
        ["#/event_types/1 duplicate"]
    );
    let create = async |event_types: Value| {
        let body =
            json!({ "name": "A dashboard", "url": "https://example.org/", "event_types": event_types });
        admin.create("/v1/webhooks", body).await
    };
    let (subscribed, other) =
        (create(json!(["attendance.accepted"])).await, create(json!(["publication.published"])).await);
    let disabled = create(json!(["attendance.accepted"])).await;
    admin.patch(&super::path(&disabled), 1, json!({ "enabled": false })).await.expect(200);
    let deliveries = async |hook: &Value| {
        detect_events::round(&mut app.connection().await, Day::today()).await.expect("the round succeeds");
        admin.all(&format!("/v1/webhook-deliveries?webhook_id={}", id(hook))).await
    };
    assert_eq!(deliveries(&subscribed).await, Vec::<Value>::new(), "the event precedes the webhook");
    let (seat, meeting) = fixtures.seat_and_meeting("2017-05-02").await;
    fixtures.attendance(&meeting, &seat, "present").await;
    let deliveries_of_webhook = deliveries(&subscribed).await;
    for (event_type, count) in [("attendance.accepted", 1), ("webhook.ping", 0)] {
        let path = format!("/v1/webhook-deliveries?event_type={event_type}");
        assert_eq!(admin.all(&path).await.len(), count, "{event_type}");
    }
    assert_eq!(
        (
            deliveries_of_webhook.len(),
            &deliveries_of_webhook[0]["event_type"],
            &deliveries_of_webhook[0]["status"],
        ),
        (1, &json!("attendance.accepted"), &json!("pending"))
    );
    assert_eq!((deliveries(&other).await.len(), deliveries(&disabled).await.len()), (0, 0));
    // A replay sends only events of the webhook's types.
    let replay = json!({ "since_at": "2020-01-01T00:00:00Z", "failed_only": false });
    let replayed = async |hook: &Value| {
        admin.post(&format!("{}/replays", super::path(hook)), replay.clone()).await.expect(200).body["replayed"]
            .clone()
    };
    assert_eq!((replayed(&subscribed).await, replayed(&other).await), (json!(1), json!(0)));
    assert_eq!(deliveries(&subscribed).await.len(), 2);
    // A ping belongs to one webhook.
    let pinged = create(json!(["webhook.ping"])).await;
    super::ping(&app, &pinged).await;
    let another = create(json!(["webhook.ping"])).await;
    assert_eq!(replayed(&another).await, 0);
    admin.delete(&super::path(&subscribed), 1).await.expect(204);
    assert_eq!(deliveries(&subscribed).await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_long_change_log_is_processed_in_batches() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let group = fixtures.group(json!({})).await;
    let rename = format!("UPDATE groups SET name = n::text WHERE id = '{}'", id(&group));
    app.sql(&format!("DO $$ BEGIN FOR n IN 1..5100 LOOP {rename}; COMMIT; END LOOP; END $$")).await;
    let (seat, meeting) = fixtures.seat_and_meeting("2017-05-01").await;
    fixtures.attendance(&meeting, &seat, "present").await;
    assert_eq!(new_events(&app, "attendance.accepted").await.len(), 0);
    assert_eq!(new_events(&app, "attendance.accepted").await.len(), 1);
    assert_eq!(new_events(&app, "attendance.accepted").await.len(), 0);
}
