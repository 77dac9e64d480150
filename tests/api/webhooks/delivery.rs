//! Deliveries arrive at least once, or fail after the last attempt and can be replayed.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::time::{Duration, Instant, SystemTime};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use outturn::webhooks::deliveries::model::DeliveryStatus;
use outturn::webhooks::sending::queries::{AttemptResult, LeaseLimits, lease, store_outcome};
use outturn::webhooks::signing::MasterKey;

use super::{create_webhook, make_due, path, ping, wait_for_attempt, wait_for_delivery};
use crate::support::{App, ClosedPort, Receiver, Reply, WEBHOOK_KEY, id, now, poll_until};

fn instant(value: &Value) -> DateTime<Utc> {
    value.as_str().expect("an instant").parse().expect("an instant")
}

/// Asserts the seconds between a delivery's last and next attempt. The pause begins when the
/// attempt is recorded, so the duration of the attempt may add to it.
#[track_caller]
fn assert_pause(delivery: &Value, seconds: RangeInclusive<i64>, began: Instant) {
    let pause = (instant(&delivery["next_attempt_at"]) - instant(&delivery["last_attempt_at"])).num_seconds();
    let slowness = i64::try_from(began.elapsed().as_secs()).expect("a number") + 1;
    assert!((*seconds.start()..=seconds.end() + slowness).contains(&pause), "{pause}: {delivery}");
}

#[tokio::test]
async fn a_delivery_is_signed_according_to_standard_webhooks() {
    let (app, receiver) = (App::with_webhooks(), Receiver::new());
    let hook = create_webhook(&app, &receiver, &["webhook.ping"]).await;
    let secret = hook["secret"].as_str().expect("a secret");
    let requested_at = now();
    let sent = ping(&app, &hook).await;
    assert_eq!(
        (&sent["status"], &sent["attempts"], &sent["event_type"]),
        (&json!("pending"), &json!(0), &json!("webhook.ping"))
    );
    let [message] = receiver.wait_for(1).await.try_into().ok().expect("one message");
    assert!(message.is_signed_with(secret));
    assert!(!message.is_signed_with("whsec_c2VjcmV0LXRoYXQtaXMtc2hvd24tb25jZS1hbmQtbm8="));
    assert_eq!((message.path.as_str(), message.header("content-type")), ("/hook", "application/json"));
    assert_eq!(message.header("webhook-id"), sent["event_id"].as_str().expect("an id"));
    let sent_at = message.header("webhook-timestamp").parse::<u64>().expect("a number");
    assert!((requested_at..=now()).contains(&sent_at), "{sent_at}");
    assert_eq!(message.body["type"], "webhook.ping");
    assert_eq!(message.body["data"], json!({ "webhook_id": hook["id"] }));
    let happened_at = u64::try_from(instant(&message.body["timestamp"]).timestamp()).expect("a time");
    assert!((requested_at..=now()).contains(&happened_at), "{happened_at}");
    let arrived = wait_for_delivery(&app, &sent, |current| current["status"] == "delivered").await;
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
    let stored = app
        .texts("SELECT concat((SELECT string_agg(w::text, '') FROM webhooks w), (SELECT string_agg(concat(before, after), '') FROM changes)) AS t")
        .await;
    assert!(!stored[0].contains("whsec_"), "no table contains a secret: {stored:?}");
}

#[tokio::test]
async fn a_failed_delivery_is_retried_then_abandoned_and_can_be_replayed() {
    let (app, receiver) = (App::with_webhooks(), Receiver::new());
    let hook = create_webhook(&app, &receiver, &["webhook.ping"]).await;
    let began = Instant::now();
    receiver.queue_replies([
        Reply::status(500),
        Reply::with(302, "location", "/elsewhere"),
        Reply::status(404),
    ]);
    let sent = ping(&app, &hook).await;
    let first = wait_for_attempt(&app, &sent, 1).await;
    assert_eq!(
        (&first["status"], &first["last_status_code"], &first["last_fault"]),
        (&json!("pending"), &json!(500), &json!("refused"))
    );
    assert_pause(&first, 5..=6, began);
    make_due(&app, &sent).await;
    let second = wait_for_attempt(&app, &sent, 2).await;
    assert_eq!(second["last_status_code"], 302);
    assert_pause(&second, 300..=360, began);
    app.sql(&format!(
        "UPDATE webhook_deliveries SET attempts = 9, next_attempt_at = now() WHERE id = '{}'",
        id(&sent)
    ))
    .await;
    let last = wait_for_attempt(&app, &sent, 10).await;
    assert_eq!(
        (&last["status"], &last["last_status_code"], &last["next_attempt_at"]),
        (&json!("failed"), &json!(404), &Value::Null)
    );
    let admin = app.admin();
    let failed_path = format!("/v1/webhook-deliveries?webhook_id={}&status=failed", id(&hook));
    assert_eq!(admin.all(&failed_path).await, [last], "the list contains the dead letter");
    assert_eq!(admin.read(&path(&hook)).await["enabled"], true, "one failure does not disable the webhook");
    let replay = async |body: Value| {
        admin.post(&format!("{}/replays", path(&hook)), body).await.expect(200).body["replayed"].clone()
    };
    let reversed = json!({ "since_at": "2020-01-02T00:00:00Z", "before_at": "2020-01-02T00:00:00Z" });
    let refused = admin.post(&format!("{}/replays", path(&hook)), reversed).await.expect(422);
    assert_eq!(refused.field_errors(), ["#/before_at out_of_order"]);
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
    let arrived = wait_for_attempt(&app, &sent, 1).await;
    assert_eq!((&arrived["status"], arrived["delivered_at"].is_null()), (&json!("delivered"), false));
    let messages = receiver.wait_for(4).await;
    assert!(
        messages
            .iter()
            .all(|message| message.header("webhook-id") == sent["event_id"] && message.path == "/hook")
    );
    assert!(
        messages.iter().all(|message| message.text == messages[0].text),
        "every attempt sends the same message"
    );
}

#[tokio::test]
async fn a_410_response_disables_the_webhook() {
    let (app, receiver) = (App::with_webhooks(), Receiver::new());
    let admin = app.admin();
    let hook = create_webhook(&app, &receiver, &["webhook.ping"]).await;
    receiver.queue_replies([Reply::status(410)]);
    let sent = ping(&app, &hook).await;
    let failed = wait_for_attempt(&app, &sent, 1).await;
    assert_eq!((&failed["status"], &failed["last_status_code"]), (&json!("failed"), &json!(410)));
    let disabled = poll_until(async || admin.read(&path(&hook)).await, |hook| hook["enabled"] == false).await;
    assert_eq!((&disabled["disabled_reason"], &disabled["version"]), (&json!("gone"), &json!(2)));
    for (action, body) in [("pings", json!({})), ("replays", json!({ "since_at": "2020-01-01T00:00:00Z" }))] {
        let refused = admin.post(&format!("{}/{action}", path(&hook)), body).await.expect(409);
        assert_eq!(refused.code(), "webhook_disabled");
    }
    let audit = admin.all(&format!("/v1/audit?resource_id={}&sort=changed_at", id(&hook))).await;
    assert_eq!((&audit[1]["operation"], &audit[1]["actor_kind"]), (&json!("serve"), &json!("operator")));
    let enabled = admin.patch(&path(&hook), 2, json!({ "enabled": true })).await.expect(200).body;
    assert_eq!((&enabled["enabled"], &enabled["disabled_reason"]), (&json!(true), &Value::Null));
    ping(&app, &hook).await;
    receiver.wait_for(2).await;
}

#[tokio::test]
async fn a_webhook_without_success_for_five_days_is_disabled() {
    let (app, receiver) = (App::with_webhooks(), Receiver::new());
    let admin = app.admin();
    let hook = create_webhook(&app, &receiver, &["webhook.ping"]).await;
    // A failure does not disable a webhook with a recent success or a recent change.
    let arrived = wait_for_attempt(&app, &ping(&app, &hook).await, 1).await;
    let arrived_before = |days: i64| {
        format!(
            "UPDATE webhook_deliveries SET delivered_at = now() - interval '{days} days' WHERE id = '{}'",
            id(&arrived)
        )
    };
    let changed_before = |days: i64| {
        format!(
            "UPDATE webhooks SET version = version + 1, updated_at = now() - interval '{days} days' WHERE id = '{}'",
            id(&hook)
        )
    };
    let fail_delivery = async || {
        receiver.queue_replies((0..2).map(|_| Reply::status(500)));
        let sent = ping(&app, &hook).await;
        wait_for_attempt(&app, &sent, 1).await;
        app.sql(&format!(
            "UPDATE webhook_deliveries SET attempts = 9, next_attempt_at = now() WHERE id = '{}'",
            id(&sent)
        ))
        .await;
        // A webhook is disabled in the transaction that records the attempt.
        wait_for_delivery(&app, &sent, |current| current["status"] == "failed").await;
        admin.read(&path(&hook)).await
    };
    app.sql(&arrived_before(4)).await;
    app.sql(&changed_before(9)).await;
    assert_eq!(fail_delivery().await["enabled"], true);
    app.sql(&arrived_before(6)).await;
    app.sql(&changed_before(4)).await;
    assert_eq!(fail_delivery().await["enabled"], true);
    app.sql(&changed_before(6)).await;
    let disabled = fail_delivery().await;
    assert_eq!((&disabled["enabled"], &disabled["disabled_reason"]), (&json!(false), &json!("failing")));
}

#[tokio::test]
async fn a_retry_after_header_delays_the_next_attempt() {
    let (app, receiver) = (App::with_webhooks(), Receiver::new());
    let hook = create_webhook(&app, &receiver, &["webhook.ping"]).await;
    for (retry_after, expected) in [
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
        let retry_after = retry_after.replace("in an hour", &in_an_hour);
        receiver.queue_replies([Reply::with(503, "retry-after", &retry_after)]);
        let first = wait_for_attempt(&app, &ping(&app, &hook).await, 1).await;
        // The pause until a date shrinks before the server reads it, and a date has whole seconds.
        let is_near = retry_after == in_an_hour;
        let nearer =
            if is_near { i64::try_from(began.elapsed().as_secs()).expect("a number") + 2 } else { 0 };
        assert_pause(&first, expected.start() - nearer..=*expected.end(), began);
        // A further attempt would consume the next response.
        app.sql("UPDATE webhook_deliveries SET next_attempt_at = now() + interval '1 day' WHERE status = 'pending'").await;
    }
}

#[tokio::test]
async fn a_slow_receiver_does_not_delay_other_receivers() {
    let (app, slow, quick) = (App::with_webhooks(), Receiver::new(), Receiver::new());
    let hooks = [
        create_webhook(&app, &slow, &["webhook.ping"]).await,
        create_webhook(&app, &quick, &["webhook.ping"]).await,
    ];
    slow.queue_replies((0..4).map(|_| Reply::held(200)));
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
        "no delivery fails while the slow ones wait"
    );
    assert_eq!(slow.received().len(), 4, "at most four concurrent deliveries per webhook");
    slow.release();
    slow.wait_for(6).await;
}

#[tokio::test]
async fn a_delivery_to_a_slow_receiver_times_out() {
    let (app, slow) = (App::with_webhook_timeout(Duration::from_secs(1)), Receiver::new());
    let hook = create_webhook(&app, &slow, &["webhook.ping"]).await;
    slow.queue_replies((0..4).map(|_| Reply::held(200)));
    let first = ping(&app, &hook).await;
    for _ in 0..5 {
        ping(&app, &hook).await;
    }
    let first = wait_for_attempt(&app, &first, 1).await;
    assert_eq!((&first["last_fault"], &first["last_status_code"]), (&json!("timeout"), &Value::Null));
    // The server then sends the other deliveries.
    slow.wait_for(6).await;
}

#[tokio::test]
async fn a_slow_response_does_not_delay_other_deliveries_of_the_webhook() {
    let (app, receiver) = (App::with_webhooks(), Receiver::new());
    let hook = create_webhook(&app, &receiver, &["webhook.ping"]).await;
    receiver.queue_replies([Reply::held(200)]);
    for _ in 0..12 {
        ping(&app, &hook).await;
    }
    receiver.wait_for(12).await;
    let waiting = "SELECT count(*) AS n FROM webhook_deliveries WHERE attempts = 1 AND status = 'pending'";
    assert!(app.number(waiting).await >= 1, "a delivery is still waiting");
}

#[tokio::test]
async fn a_delivery_to_an_unreachable_receiver_stays_pending() {
    let app = App::with_webhooks();
    let closed = ClosedPort::new();
    let url = format!("http://{}/", closed.address());
    let body = json!({ "name": "Nobody", "url": url, "event_types": ["webhook.ping"] });
    let hook = app.admin().create("/v1/webhooks", body).await;
    let first = wait_for_attempt(&app, &ping(&app, &hook).await, 1).await;
    assert_eq!((&first["status"], &first["last_fault"]), (&json!("pending"), &json!("unreachable")));
}

#[tokio::test]
async fn previous_secrets_sign_for_one_day_after_a_renewal() {
    let (app, receiver) = (App::with_webhooks(), Receiver::new());
    let hook = create_webhook(&app, &receiver, &["webhook.ping"]).await;
    let renewed = app.admin().create(&format!("{}/secrets", path(&hook)), json!({})).await;
    let [old, new] = [&hook, &renewed].map(|hook| hook["secret"].as_str().expect("a secret"));
    assert_eq!((renewed["secret_generation"].as_i64(), old == new), (Some(2), false));
    ping(&app, &hook).await;
    let message = receiver.wait_for(1).await.remove(0);
    assert_eq!((message.is_signed_with(old), message.is_signed_with(new)), (true, true));
    // A second renewal on the same day keeps the receiver's secret valid.
    let last = app.admin().create(&format!("{}/secrets", path(&hook)), json!({})).await;
    let last = last["secret"].as_str().expect("a secret");
    ping(&app, &hook).await;
    let all = receiver.wait_for(2).await.remove(1);
    assert_eq!([old, new, last].map(|secret| all.is_signed_with(secret)), [true, true, true]);
    app.sql("UPDATE webhooks SET secret_made_at = now() - interval '25 hours'").await;
    ping(&app, &hook).await;
    let one = receiver.wait_for(3).await.remove(2);
    assert_eq!([old, new, last].map(|secret| one.is_signed_with(secret)), [false, false, true]);
    let next = app.admin().create(&format!("{}/secrets", path(&hook)), json!({})).await;
    ping(&app, &hook).await;
    let two = receiver.wait_for(4).await.remove(3);
    let next = next["secret"].as_str().expect("a secret");
    assert_eq!([new, last, next].map(|secret| two.is_signed_with(secret)), [false, true, true]);
}

#[tokio::test]
async fn a_disabled_webhook_gets_no_delivery_and_a_replay_sends_missed_events() {
    let (app, receiver, other) = (App::with_webhooks(), Receiver::new(), Receiver::new());
    let admin = app.admin();
    let hook = create_webhook(&app, &receiver, &["attendance.accepted", "webhook.ping"]).await;
    let enabled = create_webhook(&app, &other, &["webhook.ping"]).await;
    // The delivery waits for its second attempt when the webhook is disabled.
    receiver.queue_replies([Reply::status(500)]);
    let waiting = ping(&app, &hook).await;
    wait_for_attempt(&app, &waiting, 1).await;
    let off = admin.patch(&path(&hook), 1, json!({ "enabled": false })).await.expect(200).body;
    make_due(&app, &waiting).await;
    let fixtures = crate::support::Fixtures(app.officer());
    let (seat, meeting) = fixtures.seat_and_meeting("2017-05-01").await;
    fixtures.attendance(&meeting, &seat, "present").await;
    let events = async || app.number("SELECT count(*) AS n FROM webhook_events").await;
    poll_until(events, |count| *count >= 2).await;
    // The server leases the due deliveries of all webhooks in one query.
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
    let messages = receiver.wait_for(3).await;
    assert!(replayed["replayed"].as_i64().is_some_and(|n| n >= 1), "{replayed}");
    assert!(messages.iter().any(|message| message.body["type"] == "attendance.accepted"));
}

#[tokio::test]
async fn deliveries_are_purged_after_thirty_days_unless_pending() {
    let (app, receiver) = (App::new(), Receiver::new());
    let body =
        json!({ "name": "A dashboard", "url": "https://example.org/", "event_types": ["webhook.ping"] });
    let hook = app.admin().create("/v1/webhooks", body).await;
    let [old, waiting, recent] = [ping(&app, &hook).await, ping(&app, &hook).await, ping(&app, &hook).await];
    app.sql(&format!(
        "UPDATE webhook_deliveries SET status = 'failed', next_attempt_at = NULL WHERE id <> '{}'",
        id(&waiting)
    ))
    .await;
    app.sql(&format!(
        "UPDATE webhook_events SET occurred_at = now() - interval '31 days' WHERE id::text <> '{}'",
        recent["event_id"].as_str().expect("an id")
    ))
    .await;
    outturn::webhooks::deliveries::queries::purge_expired(&mut app.connection().await)
        .await
        .expect("the purge succeeds");
    for (delivery, status) in [(&old, 404), (&waiting, 200), (&recent, 200)] {
        app.admin().get(&format!("/v1/webhook-deliveries/{}", id(delivery))).await.expect(status);
    }
    assert_eq!(receiver.received().len(), 0);
}

#[tokio::test]
async fn only_the_last_lease_of_a_delivery_records_its_result() {
    let app = App::new();
    let body =
        json!({ "name": "A dashboard", "url": "https://example.org/", "event_types": ["webhook.ping"] });
    let hook = app.admin().create("/v1/webhooks", body).await;
    let sent = ping(&app, &hook).await;
    let conn = &mut app.connection().await;
    let (hour, none) = (Duration::from_secs(3600), Duration::ZERO);
    let (none_busy, busy) = (HashMap::new(), HashMap::from([(id(&hook), 9)]));
    let fingerprint = &MasterKey::new(&WEBHOOK_KEY).fingerprint();
    let ours = LeaseLimits { busy: &none_busy, max_per_webhook: 9, lease: hour, fingerprint };
    for other_share in [LeaseLimits { busy: &busy, ..ours }, LeaseLimits { fingerprint: "another", ..ours }] {
        assert_eq!(lease(conn, other_share).await.expect("the lease succeeds").len(), 0);
    }
    let first = lease(conn, LeaseLimits { lease: none, ..ours }).await.expect("the lease succeeds").remove(0);
    let second = lease(conn, ours).await.expect("the lease succeeds").remove(0);
    assert_eq!((first.attempts, second.attempts), (1, 2));
    assert_eq!(
        lease(conn, ours).await.expect("the lease succeeds").len(),
        0,
        "the delivery is leased already"
    );
    let result = |status, status_code| AttemptResult {
        status,
        status_code: Some(status_code),
        fault: None,
        backoff: None,
    };
    store_outcome(conn, &first, &result(DeliveryStatus::Failed, 500)).await.expect("the result is recorded");
    let path = format!("/v1/webhook-deliveries/{}", id(&sent));
    assert_eq!(app.admin().read(&path).await["status"], "pending");
    store_outcome(conn, &second, &result(DeliveryStatus::Delivered, 200))
        .await
        .expect("the result is recorded");
    let after = app.admin().read(&path).await;
    assert_eq!((&after["status"], &after["last_status_code"]), (&json!("delivered"), &json!(200)));
}
