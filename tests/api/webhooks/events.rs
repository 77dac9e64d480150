//! What the change log tells: registers and publications.

use std::collections::BTreeMap;

use outturn::values::Day;
use outturn::webhooks::detect_events;
use reqwest::Method;
use serde_json::{Value, json};

use super::webhook;
use crate::support::{App, Made, PATIENCE, Person, Receiver, id, run_alone, target, until};

/// Tells what has happened, and gives what was told of this kind since the last time, in order.
async fn told(app: &App, event_type: &str) -> Vec<Value> {
    detect_events::round(&mut app.connection().await, Day::today()).await.expect("told");
    let all = app
        .texts(&format!("SELECT content AS t FROM webhook_events WHERE event_type = '{event_type}' ORDER BY occurred_at, id"))
        .await;
    app.sql(&format!("DELETE FROM webhook_events WHERE event_type = '{event_type}'")).await;
    all.iter().map(|text| serde_json::from_str(text).expect("JSON")).collect()
}

async fn bulk(person: &Person, key: &str, lines: Value) -> Value {
    let request = person.request(Method::POST, "/v1/attendance/bulk").header("Idempotency-Key", key);
    person.send(request.json(&lines)).await.body
}

#[tokio::test]
async fn lines_of_a_register_are_told_meeting_by_meeting() {
    let app = App::new();
    let made = Made(app.officer());
    let group = made.group(json!({})).await;
    let councils = [made.council(json!({})).await, made.council(json!({})).await];
    let seats =
        [made.seat(&group, &councils[0], json!({})).await, made.seat(&group, &councils[1], json!({})).await];
    let meetings = [
        made.meeting(Some(&group), "2017-05-01", json!({})).await,
        made.meeting(Some(&group), "2017-06-01", json!({})).await,
    ];
    told(&app, "attendance.accepted").await;
    let line = |meeting: usize, seat: usize, status: &str| json!({ "meeting_id": meetings[meeting]["id"], "seat_id": seats[seat]["id"], "status": status });
    let council = app.council(&[id(&councils[0])]);
    // One request is one message for each meeting.
    let lines = json!({ "lines": [line(0, 0, "present"), line(1, 0, "absent")] });
    bulk(&council, "first", lines.clone()).await;
    let accepted = told(&app, "attendance.accepted").await;
    let data: Vec<&Value> = accepted.iter().map(|message| &message["data"]).collect();
    let of = |meeting: usize, councils: Value, counts: [i64; 3]| {
        json!({ "meeting_id": meetings[meeting]["id"], "council_ids": councils,
                "created": counts[0], "changed": counts[1], "deleted": counts[2] })
    };
    let first = json!([councils[0]["id"]]);
    assert_eq!(data, [&of(0, first.clone(), [1, 0, 0]), &of(1, first.clone(), [1, 0, 0])]);
    assert!(accepted.iter().all(|message| message["type"] == "attendance.accepted"));
    // What changes nothing, or fails, is not told; nor what only validates.
    bulk(&council, "first", lines.clone()).await;
    bulk(&council, "again", lines).await;
    bulk(&council, "another's", json!({ "lines": [line(0, 1, "present")] })).await;
    let request =
        council.request(Method::POST, "/v1/attendance/bulk?mode=validate").header("Idempotency-Key", "tried");
    council.send(request.json(&json!({ "lines": [line(0, 0, "apologies")] }))).await.expect(200);
    assert_eq!(told(&app, "attendance.accepted").await, Vec::<Value>::new());
    // A change, a line by itself and a deletion.
    bulk(&council, "changed", json!({ "lines": [line(0, 0, "apologies")] })).await;
    let second = made.line(&meetings[0], &seats[1], "present").await;
    made.0.delete(&format!("/v1/attendance/{}", id(&second)), 1).await.expect(204);
    let other = json!([councils[1]["id"]]);
    let data: Vec<Value> =
        told(&app, "attendance.accepted").await.iter().map(|message| message["data"].clone()).collect();
    assert_eq!(data, [of(0, first, [0, 1, 0]), of(0, other.clone(), [1, 0, 0]), of(0, other, [0, 0, 1])]);
}

#[tokio::test]
async fn a_publication_is_told_when_everybody_sees_it() {
    let app = App::new();
    let made = Made(app.admin());
    let (framework, action) = made.plan(&[]).await;
    made.target(&action, json!({ "kind": "narrative" }), json!({})).await;
    made.agree(&framework).await;
    let body = json!({ "framework_id": framework["id"], "as_at": "2017-12-31" });
    let sealed = made.0.make("/v1/publications", body).await;
    let path = format!("/v1/publications/{}", id(&sealed));
    let other = app.officer();
    other.patch(&path, 1, json!({ "status": "approved" })).await.expect(200);
    assert_eq!(told(&app, "publication.published").await, Vec::<Value>::new());
    let published = other.patch(&path, 2, json!({ "status": "published" })).await.expect(200).body;
    let [message] = told(&app, "publication.published").await.try_into().expect("one message");
    let told_of = |status: &str, reason: Value| {
        json!({ "publication_id": published["id"], "framework_id": framework["id"], "title": published["title"],
                "plan_from": "2017-04-01", "as_at": "2017-12-31", "status": status,
                "content_sha256": published["content_sha256"], "reopened_reason": reason })
    };
    assert_eq!(message["data"], told_of("published", Value::Null));
    assert!(!message.to_string().contains("olive"), "nobody is named: {message}");
    let reopened = json!({ "status": "reopened", "reopened_reason": "A register came late." });
    made.0.patch(&path, 3, reopened).await.expect(200);
    assert_eq!(told(&app, "publication.published").await, Vec::<Value>::new());
    let [message] = told(&app, "publication.reopened").await.try_into().expect("one message");
    assert_eq!(message["data"], told_of("reopened", json!("A register came late.")));
}

#[tokio::test]
async fn each_write_is_told_once_however_many_servers_tell() {
    let (app, receiver) = (App::telling(), Receiver::new());
    webhook(&app, &receiver, &["attendance.accepted"]).await;
    let made = Made(app.officer());
    let (seat, meeting) = made.seat_and_meeting("2017-05-01").await;
    let line = made.line(&meeting, &seat, "present").await;
    // One that begins first and ends last: what it wrote is told although later ones were told before.
    let mut long = app.connection().await;
    let note = |text: &str| format!("UPDATE attendance SET note = '{text}' WHERE id = '{}'", id(&line));
    let (other_seat, other_meeting) = made.seat_and_meeting("2017-05-01").await;
    let other = made.line(&other_meeting, &other_seat, "present").await;
    run_alone(&mut long, "BEGIN").await;
    run_alone(&mut long, &note("first")).await;
    let writers = (0..3).map(|writer| {
        let (person, path) = (app.officer(), format!("/v1/attendance/{}", id(&other)));
        tokio::spawn(async move {
            for n in 0..15 {
                let version = person.read(&path).await["version"].as_i64().expect("a version");
                person.patch(&path, version, json!({ "note": format!("{writer} {n}") })).await;
            }
        })
    });
    let tellers = (0..3).map(|_| {
        let url = app.url();
        tokio::spawn(async move {
            let mut conn = outturn::db::pool::connect(target(url), PATIENCE).await.expect("a connection");
            for _ in 0..60 {
                detect_events::round(&mut conn, Day::today()).await.expect("told");
            }
        })
    });
    for task in writers.chain(tellers).collect::<Vec<_>>() {
        task.await.expect("it ends");
    }
    run_alone(&mut long, "COMMIT").await;
    let written = app
        .number("SELECT count(DISTINCT transaction_id) AS n FROM changes WHERE resource = 'attendance' AND part IS NULL")
        .await;
    let got = receiver.wait_for(usize::try_from(written).expect("a number")).await;
    detect_events::round(&mut app.connection().await, Day::today()).await.expect("told");
    let undelivered = "SELECT count(*) AS n FROM webhook_deliveries WHERE status <> 'delivered'";
    until(async || app.number(undelivered).await, |undelivered| *undelivered == 0).await;
    assert_eq!(receiver.received().len(), got.len(), "and no more");
    let mut counts = BTreeMap::new();
    for message in &got {
        *counts.entry(message.header("webhook-id").to_owned()).or_insert(0) += 1;
    }
    assert!(counts.values().all(|count| *count == 1), "{counts:?}");
    let changed: i64 = got.iter().map(|got| got.body["data"]["changed"].as_i64().expect("a count")).sum();
    assert_eq!(changed, app.number("SELECT count(*) AS n FROM changed_rows WHERE resource = 'attendance' AND part IS NULL AND action = 'changed'").await);
}

/// A begins to write, B begins and stays open, C creates an attendance record, then A changes it.
#[tokio::test]
async fn events_about_one_row_are_in_the_order_of_its_changes() {
    let app = App::new();
    let made = Made(app.officer());
    let groups = [made.group(json!({})).await, made.group(json!({})).await];
    let (seat, meeting) = made.seat_and_meeting("2017-05-01").await;
    told(&app, "attendance.accepted").await;
    let rename = |group: &Value| format!("UPDATE groups SET name = 'new' WHERE id = '{}'", id(group));
    let (mut a, mut b) = (app.connection().await, app.connection().await);
    run_alone(&mut a, "BEGIN").await;
    run_alone(&mut a, &rename(&groups[0])).await;
    run_alone(&mut b, "BEGIN").await;
    run_alone(&mut b, &rename(&groups[1])).await;
    let line = made.line(&meeting, &seat, "present").await;
    run_alone(&mut a, &format!("UPDATE attendance SET note = 'late' WHERE id = '{}'", id(&line))).await;
    run_alone(&mut a, "COMMIT").await;
    detect_events::round(&mut app.connection().await, Day::today()).await.expect("a round");
    run_alone(&mut b, "COMMIT").await;
    detect_events::round(&mut app.connection().await, Day::today()).await.expect("a round");
    let contents = app.texts("SELECT content AS t FROM webhook_events ORDER BY id").await;
    let counts: Vec<[i64; 2]> = contents
        .iter()
        .map(|content| serde_json::from_str::<Value>(content).expect("JSON"))
        .map(|event| ["created", "changed"].map(|count| event["data"][count].as_i64().expect("a count")))
        .collect();
    assert_eq!(counts, [[1, 0], [0, 1]]);
}

#[tokio::test]
async fn after_a_backup_of_another_server_was_restored_it_goes_on_and_tells_nothing_again() {
    let app = App::new();
    let made = Made(app.officer());
    let (seat, meeting) = made.seat_and_meeting("2017-05-01").await;
    made.line(&meeting, &seat, "present").await;
    // The log came along: of transactions that this server has not reached, and that it reaches soon.
    app.sql("ALTER TABLE changes DISABLE TRIGGER ALL").await;
    app.sql("UPDATE changes SET transaction_id = pg_current_xact_id()::text::bigint + 40 WHERE resource = 'attendance'").await;
    app.sql("UPDATE webhook_progress SET processed = '4000000000000:4000000000000:'").await;
    app.sql("ALTER TABLE changes ENABLE TRIGGER ALL").await;
    for n in 0..60 {
        let title = json!({ "title": format!("Meeting {n}") });
        made.0.patch(&format!("/v1/meetings/{}", id(&meeting)), n + 1, title).await.expect(200);
        assert_eq!(told(&app, "attendance.accepted").await, Vec::<Value>::new());
    }
    let (seat, meeting) = made.seat_and_meeting("2017-05-03").await;
    made.line(&meeting, &seat, "present").await;
    assert_eq!(told(&app, "attendance.accepted").await.len(), 1);
}

#[tokio::test]
async fn a_webhook_is_told_what_it_wants_and_only_what_happened_since() {
    let app = App::new();
    let admin = app.admin();
    let made = Made(app.officer());
    let (seat, meeting) = made.seat_and_meeting("2017-05-01").await;
    made.line(&meeting, &seat, "present").await;
    detect_events::round(&mut app.connection().await, Day::today()).await.expect("told");
    let twice = json!({ "name": "Twice", "url": "https://example.org/", "event_types": ["webhook.ping", "webhook.ping"] });
    assert_eq!(admin.post("/v1/webhooks", twice).await.expect(422).faults(), ["#/event_types/1 duplicate"]);
    let enter = async |event_types: Value| {
        let body =
            json!({ "name": "A dashboard", "url": "https://example.org/", "event_types": event_types });
        admin.make("/v1/webhooks", body).await
    };
    let (wants, other) =
        (enter(json!(["attendance.accepted"])).await, enter(json!(["publication.published"])).await);
    let off = enter(json!(["attendance.accepted"])).await;
    admin.patch(&super::path(&off), 1, json!({ "enabled": false })).await.expect(200);
    let deliveries = async |hook: &Value| {
        detect_events::round(&mut app.connection().await, Day::today()).await.expect("told");
        admin.all(&format!("/v1/webhook-deliveries?webhook_id={}", id(hook))).await
    };
    assert_eq!(deliveries(&wants).await, Vec::<Value>::new(), "that was before");
    let (seat, meeting) = made.seat_and_meeting("2017-05-02").await;
    made.line(&meeting, &seat, "present").await;
    let told = deliveries(&wants).await;
    for (event_type, count) in [("attendance.accepted", 1), ("webhook.ping", 0)] {
        let path = format!("/v1/webhook-deliveries?event_type={event_type}");
        assert_eq!(admin.all(&path).await.len(), count, "{event_type}");
    }
    assert_eq!(
        (told.len(), &told[0]["event_type"], &told[0]["status"]),
        (1, &json!("attendance.accepted"), &json!("pending"))
    );
    assert_eq!((deliveries(&other).await.len(), deliveries(&off).await.len()), (0, 0));
    // A replay sends what it wants and never got, and nothing else.
    let all = json!({ "since_at": "2020-01-01T00:00:00Z", "failed_only": false });
    let replayed = async |hook: &Value| {
        admin.post(&format!("{}/replays", super::path(hook)), all.clone()).await.expect(200).body["replayed"]
            .clone()
    };
    assert_eq!((replayed(&wants).await, replayed(&other).await), (json!(1), json!(0)));
    assert_eq!(deliveries(&wants).await.len(), 2);
    // A ping is of one webhook.
    let pinged = enter(json!(["webhook.ping"])).await;
    super::ping(&app, &pinged).await;
    let another = enter(json!(["webhook.ping"])).await;
    assert_eq!(replayed(&another).await, 0);
    admin.delete(&super::path(&wants), 1).await.expect(204);
    assert_eq!(deliveries(&wants).await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_long_log_is_told_stretch_by_stretch() {
    let app = App::new();
    let made = Made(app.officer());
    let group = made.group(json!({})).await;
    let rename = format!("UPDATE groups SET name = n::text WHERE id = '{}'", id(&group));
    app.sql(&format!("DO $$ BEGIN FOR n IN 1..5100 LOOP {rename}; COMMIT; END LOOP; END $$")).await;
    let (seat, meeting) = made.seat_and_meeting("2017-05-01").await;
    made.line(&meeting, &seat, "present").await;
    assert_eq!(told(&app, "attendance.accepted").await.len(), 0);
    assert_eq!(told(&app, "attendance.accepted").await.len(), 1);
    assert_eq!(told(&app, "attendance.accepted").await.len(), 0);
}
