//! What is on its way arrives, at least once, or is given up and sent again when somebody asks for it.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::time::{Duration, Instant, SystemTime};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use outturn::webhooks::deliver::queries::{AttemptResult, Share, claim, note};
use outturn::webhooks::deliveries::model::DeliveryStatus;
use outturn::webhooks::signing::MasterKey;

use super::{delivery, hasten, path, ping, tried, webhook};
use crate::support::{App, ClosedPort, Receiver, Step, WEBHOOK_KEY, id, now, until};

fn instant(value: &Value) -> DateTime<Utc> {
    value.as_str().expect("an instant").parse().expect("an instant")
}

/// Asserts how many seconds after its last attempt a delivery is tried next. The pause begins when the attempt is recorded,
/// so it may be longer by what the attempt took.
#[track_caller]
fn assert_pause(delivery: &Value, seconds: RangeInclusive<i64>, began: Instant) {
    let pause = (instant(&delivery["next_attempt_at"]) - instant(&delivery["last_attempt_at"])).num_seconds();
    let slowness = i64::try_from(began.elapsed().as_secs()).expect("a number") + 1;
    assert!((*seconds.start()..=seconds.end() + slowness).contains(&pause), "{pause}: {delivery}");
}

#[tokio::test]
async fn a_message_is_signed_as_standard_webhooks_has_it() {
    let (app, receiver) = (App::telling(), Receiver::new());
    let hook = webhook(&app, &receiver, &["webhook.ping"]).await;
    let secret = hook["secret"].as_str().expect("a secret");
    let asked_at = now();
    let sent = ping(&app, &hook).await;
    assert_eq!(
        (&sent["status"], &sent["attempts"], &sent["event_type"]),
        (&json!("pending"), &json!(0), &json!("webhook.ping"))
    );
    let [got] = receiver.wait_for(1).await.try_into().ok().expect("one message");
    assert!(got.is_signed_with(secret));
    assert!(!got.is_signed_with("whsec_c2VjcmV0LXRoYXQtaXMtc2hvd24tb25jZS1hbmQtbm8="));
    assert_eq!((got.path.as_str(), got.header("content-type")), ("/hook", "application/json"));
    assert_eq!(got.header("webhook-id"), sent["event_id"].as_str().expect("an id"));
    let sent_at = got.header("webhook-timestamp").parse::<u64>().expect("a number");
    assert!((asked_at..=now()).contains(&sent_at), "{sent_at}");
    assert_eq!(got.body["type"], "webhook.ping");
    assert_eq!(got.body["data"], json!({ "webhook_id": hook["id"] }));
    let happened_at = u64::try_from(instant(&got.body["timestamp"]).timestamp()).expect("a time");
    assert!((asked_at..=now()).contains(&happened_at), "{happened_at}");
    let arrived = delivery(&app, &sent, |now| now["status"] == "delivered").await;
    assert_eq!(
        (
            &arrived["attempts"],
            &arrived["last_status_code"],
            &arrived["last_fault"],
            &arrived["next_attempt_at"]
        ),
        (&json!(1), &json!(200), &Value::Null, &Value::Null)
    );
    assert!(instant(&arrived["delivered_at"]) >= instant(&arrived["last_attempt_at"]));
    assert_eq!(app.admin().read(&path(&hook)).await["secret"], Value::Null);
    let kept = app
        .texts("SELECT concat((SELECT string_agg(w::text, '') FROM webhooks w), (SELECT string_agg(concat(before, after), '') FROM changes)) AS t")
        .await;
    assert!(!kept[0].contains("whsec_"), "no secret is kept: {kept:?}");
}

#[tokio::test]
async fn what_fails_is_sent_again_then_given_up_and_sent_again_when_asked_for() {
    let (app, receiver) = (App::telling(), Receiver::new());
    let hook = webhook(&app, &receiver, &["webhook.ping"]).await;
    let began = Instant::now();
    receiver.answer([Step::status(500), Step::with(302, "location", "/elsewhere"), Step::status(404)]);
    let sent = ping(&app, &hook).await;
    let first = tried(&app, &sent, 1).await;
    assert_eq!(
        (&first["status"], &first["last_status_code"], &first["last_fault"]),
        (&json!("pending"), &json!(500), &json!("refused"))
    );
    assert_pause(&first, 5..=6, began);
    hasten(&app, &sent).await;
    let second = tried(&app, &sent, 2).await;
    assert_eq!(second["last_status_code"], 302);
    assert_pause(&second, 300..=360, began);
    app.sql(&format!(
        "UPDATE webhook_deliveries SET attempts = 9, next_attempt_at = now() WHERE id = '{}'",
        id(&sent)
    ))
    .await;
    let last = tried(&app, &sent, 10).await;
    assert_eq!(
        (&last["status"], &last["last_status_code"], &last["next_attempt_at"]),
        (&json!("failed"), &json!(404), &Value::Null)
    );
    let admin = app.admin();
    let letters = format!("/v1/webhook-deliveries?webhook_id={}&status=failed", id(&hook));
    assert_eq!(admin.all(&letters).await, [last], "a dead letter is listed");
    assert_eq!(admin.read(&path(&hook)).await["enabled"], true, "one is not enough to disable it");
    let replay = async |body: Value| {
        admin.post(&format!("{}/replays", path(&hook)), body).await.expect(200).body["replayed"].clone()
    };
    let backwards = json!({ "since_at": "2020-01-02T00:00:00Z", "before_at": "2020-01-02T00:00:00Z" });
    let refused = admin.post(&format!("{}/replays", path(&hook)), backwards).await.expect(422);
    assert_eq!(refused.faults(), ["#/before_at out_of_order"]);
    assert_eq!(replay(json!({ "since_at": "2099-01-01T00:00:00Z" })).await, 0);
    assert_eq!(
        replay(json!({ "since_at": "2020-01-01T00:00:00Z", "before_at": "2020-01-02T00:00:00Z" })).await,
        0
    );
    assert_eq!(replay(json!({ "since_at": "2020-01-01T00:00:00Z", "event_ids": [hook["id"]] })).await, 0);
    assert_eq!(
        replay(json!({ "since_at": "2020-01-01T00:00:00Z", "event_ids": [sent["event_id"]] })).await,
        1
    );
    let arrived = tried(&app, &sent, 1).await;
    assert_eq!((&arrived["status"], arrived["delivered_at"].is_null()), (&json!("delivered"), false));
    let got = receiver.wait_for(4).await;
    assert!(got.iter().all(|got| got.header("webhook-id") == sent["event_id"] && got.path == "/hook"));
    assert!(got.iter().all(|again| again.text == got[0].text), "the very same message");
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_left_alone() {
    let (app, receiver) = (App::telling(), Receiver::new());
    let admin = app.admin();
    let hook = webhook(&app, &receiver, &["webhook.ping"]).await;
    receiver.answer([Step::status(410)]);
    let sent = ping(&app, &hook).await;
    let given_up = tried(&app, &sent, 1).await;
    assert_eq!((&given_up["status"], &given_up["last_status_code"]), (&json!("failed"), &json!(410)));
    let disabled = until(async || admin.read(&path(&hook)).await, |hook| hook["enabled"] == false).await;
    assert_eq!((&disabled["disabled_reason"], &disabled["version"]), (&json!("gone"), &json!(2)));
    for (what, body) in [("pings", json!({})), ("replays", json!({ "since_at": "2020-01-01T00:00:00Z" }))] {
        let refused = admin.post(&format!("{}/{what}", path(&hook)), body).await.expect(409);
        assert_eq!(refused.code(), "webhook_disabled");
    }
    let told = admin.all(&format!("/v1/audit?resource_id={}&sort=changed_at", id(&hook))).await;
    assert_eq!((&told[1]["operation"], &told[1]["actor_kind"]), (&json!("serve"), &json!("operator")));
    let enabled = admin.patch(&path(&hook), 2, json!({ "enabled": true })).await.expect(200).body;
    assert_eq!((&enabled["enabled"], &enabled["disabled_reason"]), (&json!(true), &Value::Null));
    ping(&app, &hook).await;
    receiver.wait_for(2).await;
}

#[tokio::test]
async fn to_whom_nothing_arrives_for_five_days_nothing_is_sent() {
    let (app, receiver) = (App::telling(), Receiver::new());
    let admin = app.admin();
    let hook = webhook(&app, &receiver, &["webhook.ping"]).await;
    // It is given up each time: first something arrived lately, then somebody changed the webhook lately.
    let arrived = tried(&app, &ping(&app, &hook).await, 1).await;
    let arrived_before = |days: i64| {
        format!(
            "UPDATE webhook_deliveries SET delivered_at = now() - interval '{days} days' WHERE id = '{}'",
            id(&arrived)
        )
    };
    let gone_by = |days: i64| {
        format!(
            "UPDATE webhooks SET version = version + 1, updated_at = now() - interval '{days} days' WHERE id = '{}'",
            id(&hook)
        )
    };
    let given_up = async || {
        receiver.answer((0..2).map(|_| Step::status(500)));
        let sent = ping(&app, &hook).await;
        tried(&app, &sent, 1).await;
        app.sql(&format!(
            "UPDATE webhook_deliveries SET attempts = 9, next_attempt_at = now() WHERE id = '{}'",
            id(&sent)
        ))
        .await;
        // A webhook is disabled in the transaction that records the attempt.
        delivery(&app, &sent, |now| now["status"] == "failed").await;
        admin.read(&path(&hook)).await
    };
    app.sql(&arrived_before(4)).await;
    app.sql(&gone_by(9)).await;
    assert_eq!(given_up().await["enabled"], true);
    app.sql(&arrived_before(6)).await;
    app.sql(&gone_by(4)).await;
    assert_eq!(given_up().await["enabled"], true);
    app.sql(&gone_by(6)).await;
    let disabled = given_up().await;
    assert_eq!((&disabled["enabled"], &disabled["disabled_reason"]), (&json!(false), &json!("failing")));
}

#[tokio::test]
async fn a_receiver_may_ask_for_more_time() {
    let (app, receiver) = (App::telling(), Receiver::new());
    let hook = webhook(&app, &receiver, &["webhook.ping"]).await;
    for (asked, is_given) in [
        ("3600", 3600..=3600),
        ("1", 5..=6),
        ("in an hour", 3600..=3600),
        ("Fri, 31 Dec 2100 23:59:59 GMT", 86_400..=86_400),
        ("Fri Dec 31 23:59:59 2100", 86_400..=86_400),
        ("Friday, 31-Dec-99 23:59:59 GMT", 5..=6),
        ("Fri, 31 Dec 1999 23:59:59 GMT", 5..=6),
        ("soon", 5..=6),
        ("99999999", 86_400..=86_400),
    ] {
        let began = Instant::now();
        let in_an_hour = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(3600));
        let asked = asked.replace("in an hour", &in_an_hour);
        receiver.answer([Step::with(503, "retry-after", &asked)]);
        let first = tried(&app, &ping(&app, &hook).await, 1).await;
        // A date comes nearer until it is read, and has whole seconds.
        let is_near = asked == in_an_hour;
        let nearer =
            if is_near { i64::try_from(began.elapsed().as_secs()).expect("a number") + 2 } else { 0 };
        assert_pause(&first, is_given.start() - nearer..=*is_given.end(), began);
        // It would be tried again, and take the answer to the next one.
        app.sql("UPDATE webhook_deliveries SET next_attempt_at = now() + interval '1 day' WHERE status = 'pending'").await;
    }
}

#[tokio::test]
async fn who_answers_slowly_holds_up_nobody_else() {
    let (app, slow, quick) = (App::telling(), Receiver::new(), Receiver::new());
    let hooks =
        [webhook(&app, &slow, &["webhook.ping"]).await, webhook(&app, &quick, &["webhook.ping"]).await];
    slow.answer((0..4).map(|_| Step::held(200)));
    for _ in 0..6 {
        ping(&app, &hooks[0]).await;
    }
    slow.wait_for(4).await;
    for _ in 0..20 {
        ping(&app, &hooks[1]).await;
    }
    quick.wait_for(20).await;
    assert_eq!(
        app.number("SELECT count(*) AS n FROM webhook_deliveries WHERE last_fault IS NOT NULL").await,
        0,
        "while the slow ones wait"
    );
    assert_eq!(slow.received().len(), 4, "so many at once, and no more");
    slow.release();
    slow.wait_for(6).await;
}

#[tokio::test]
async fn who_answers_slowly_is_not_waited_for_long() {
    let (app, slow) = (App::telling_within(Duration::from_secs(1)), Receiver::new());
    let hook = webhook(&app, &slow, &["webhook.ping"]).await;
    slow.answer((0..4).map(|_| Step::held(200)));
    let first = ping(&app, &hook).await;
    for _ in 0..5 {
        ping(&app, &hook).await;
    }
    let first = tried(&app, &first, 1).await;
    assert_eq!((&first["last_fault"], &first["last_status_code"]), (&json!("timeout"), &Value::Null));
    // The others are sent then.
    slow.wait_for(6).await;
}

#[tokio::test]
async fn one_slow_answer_holds_up_no_other() {
    let (app, receiver) = (App::telling(), Receiver::new());
    let hook = webhook(&app, &receiver, &["webhook.ping"]).await;
    receiver.answer([Step::held(200)]);
    for _ in 0..12 {
        ping(&app, &hook).await;
    }
    receiver.wait_for(12).await;
    let waiting = "SELECT count(*) AS n FROM webhook_deliveries WHERE attempts = 1 AND status = 'pending'";
    assert!(app.number(waiting).await >= 1, "while the slow one waits");
}

#[tokio::test]
async fn nobody_there_is_told_again_later() {
    let app = App::telling();
    let closed = ClosedPort::new();
    let url = format!("http://{}/", closed.address());
    let body = json!({ "name": "Nobody", "url": url, "event_types": ["webhook.ping"] });
    let hook = app.admin().make("/v1/webhooks", body).await;
    let first = tried(&app, &ping(&app, &hook).await, 1).await;
    assert_eq!((&first["status"], &first["last_fault"]), (&json!("pending"), &json!("unreachable")));
}

#[tokio::test]
async fn for_a_day_the_secret_before_signs_too() {
    let (app, receiver) = (App::telling(), Receiver::new());
    let hook = webhook(&app, &receiver, &["webhook.ping"]).await;
    let renewed = app.admin().make(&format!("{}/secrets", path(&hook)), json!({})).await;
    let [old, new] = [&hook, &renewed].map(|hook| hook["secret"].as_str().expect("a secret"));
    assert_eq!((renewed["secret_generation"].as_i64(), old == new), (Some(2), false));
    ping(&app, &hook).await;
    let both = receiver.wait_for(1).await.remove(0);
    assert_eq!((both.is_signed_with(old), both.is_signed_with(new)), (true, true));
    // Whoever makes another one the same day leaves the receiver the one that it has.
    let last = app.admin().make(&format!("{}/secrets", path(&hook)), json!({})).await;
    let last = last["secret"].as_str().expect("a secret");
    ping(&app, &hook).await;
    let all = receiver.wait_for(2).await.remove(1);
    assert_eq!([old, new, last].map(|secret| all.is_signed_with(secret)), [true, true, true]);
    app.sql("UPDATE webhooks SET secret_made_at = now() - interval '25 hours'").await;
    ping(&app, &hook).await;
    let one = receiver.wait_for(3).await.remove(2);
    assert_eq!([old, new, last].map(|secret| one.is_signed_with(secret)), [false, false, true]);
    let next = app.admin().make(&format!("{}/secrets", path(&hook)), json!({})).await;
    ping(&app, &hook).await;
    let two = receiver.wait_for(4).await.remove(3);
    let next = next["secret"].as_str().expect("a secret");
    assert_eq!([new, last, next].map(|secret| two.is_signed_with(secret)), [false, true, true]);
}

#[tokio::test]
async fn a_disabled_webhook_is_told_nothing_until_it_asks() {
    let (app, receiver, other) = (App::telling(), Receiver::new(), Receiver::new());
    let admin = app.admin();
    let hook = webhook(&app, &receiver, &["attendance.accepted", "webhook.ping"]).await;
    let enabled = webhook(&app, &other, &["webhook.ping"]).await;
    // It waits for its second attempt when the webhook is disabled.
    receiver.answer([Step::status(500)]);
    let waiting = ping(&app, &hook).await;
    tried(&app, &waiting, 1).await;
    let off = admin.patch(&path(&hook), 1, json!({ "enabled": false })).await.expect(200).body;
    hasten(&app, &waiting).await;
    let made = crate::support::Made(app.officer());
    let (seat, meeting) = made.seat_and_meeting("2017-05-01").await;
    made.line(&meeting, &seat, "present").await;
    let events = async || app.number("SELECT count(*) AS n FROM webhook_events").await;
    until(events, |count| *count >= 2).await;
    // What is due is taken for all webhooks at once.
    ping(&app, &enabled).await;
    other.wait_for(1).await;
    assert_eq!(receiver.received().len(), 1);
    admin
        .patch(&path(&hook), off["version"].as_i64().expect("a version"), json!({ "enabled": true }))
        .await
        .expect(200);
    receiver.wait_for(2).await;
    let replay = json!({ "since_at": "2020-01-01T00:00:00Z", "failed_only": false });
    let replayed = admin.post(&format!("{}/replays", path(&hook)), replay).await.expect(200).body;
    let got = receiver.wait_for(3).await;
    assert!(replayed["replayed"].as_i64().is_some_and(|n| n >= 1), "{replayed}");
    assert!(got.iter().any(|got| got.body["type"] == "attendance.accepted"));
}

#[tokio::test]
async fn what_was_told_is_forgotten_after_thirty_days_but_for_what_is_on_its_way() {
    let (app, receiver) = (App::new(), Receiver::new());
    let body =
        json!({ "name": "A dashboard", "url": "https://example.org/", "event_types": ["webhook.ping"] });
    let hook = app.admin().make("/v1/webhooks", body).await;
    let [old, waiting, young] = [ping(&app, &hook).await, ping(&app, &hook).await, ping(&app, &hook).await];
    app.sql(&format!(
        "UPDATE webhook_deliveries SET status = 'failed', next_attempt_at = NULL WHERE id <> '{}'",
        id(&waiting)
    ))
    .await;
    app.sql(&format!(
        "UPDATE webhook_events SET occurred_at = now() - interval '31 days' WHERE id::text <> '{}'",
        young["event_id"].as_str().expect("an id")
    ))
    .await;
    outturn::webhooks::deliveries::queries::purge_expired(&mut app.connection().await)
        .await
        .expect("forgotten");
    for (delivery, status) in [(&old, 404), (&waiting, 200), (&young, 200)] {
        app.admin().get(&format!("/v1/webhook-deliveries/{}", id(delivery))).await.expect(status);
    }
    assert_eq!(receiver.received().len(), 0);
}

#[tokio::test]
async fn whoever_took_a_delivery_last_says_what_became_of_it() {
    let app = App::new();
    let body =
        json!({ "name": "A dashboard", "url": "https://example.org/", "event_types": ["webhook.ping"] });
    let hook = app.admin().make("/v1/webhooks", body).await;
    let sent = ping(&app, &hook).await;
    let conn = &mut app.connection().await;
    let (hour, none) = (Duration::from_secs(3600), Duration::ZERO);
    let (nobody, busy) = (HashMap::new(), HashMap::from([(id(&hook), 9)]));
    let fingerprint = &MasterKey::new(&WEBHOOK_KEY).fingerprint();
    let ours = Share { busy: &nobody, for_each: 9, lease: hour, fingerprint };
    for others in [Share { busy: &busy, ..ours }, Share { fingerprint: "another", ..ours }] {
        assert_eq!(claim(conn, others).await.expect("claimed").len(), 0);
    }
    let first = claim(conn, Share { lease: none, ..ours }).await.expect("claimed").remove(0);
    let second = claim(conn, ours).await.expect("claimed").remove(0);
    assert_eq!((first.attempts, second.attempts), (1, 2));
    assert_eq!(claim(conn, ours).await.expect("claimed").len(), 0, "it is taken");
    let outcome = |status, status_code| AttemptResult {
        status,
        status_code: Some(status_code),
        fault: None,
        pause: None,
    };
    note(conn, &first, &outcome(DeliveryStatus::Failed, 500)).await.expect("noted");
    let path = format!("/v1/webhook-deliveries/{}", id(&sent));
    assert_eq!(app.admin().read(&path).await["status"], "pending");
    note(conn, &second, &outcome(DeliveryStatus::Delivered, 200)).await.expect("noted");
    let after = app.admin().read(&path).await;
    assert_eq!((&after["status"], &after["last_status_code"]), (&json!("delivered"), &json!(200)));
}
