//! Failures of one part of the webhooks do not stop the others.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use outturn::db::{Actor, Settings};
use outturn::webhooks::WebhookWorker;
use outturn::webhooks::sending::{AllowedNetworks, RESPONSE_TIMEOUT};
use outturn::webhooks::signing::MasterKey;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::LocalSet;

use super::{create_webhook, path, ping, wait_for_attempt};
use crate::support::{
    App, Fixtures, MAX_WAIT, Receiver, Reply, WEBHOOK_KEY, execute_sql, id, start_stalling_proxy,
};

#[tokio::test]
async fn attendance_of_a_visitor_without_a_council_creates_an_event() {
    let (app, receiver) = (App::with_webhooks(), Receiver::new());
    create_webhook(&app, &receiver, &["attendance.accepted"]).await;
    let fixtures = Fixtures(app.officer());
    let meeting = fixtures.meeting(None, "2017-05-01", json!({})).await;
    let visitor =
        json!({ "meeting_id": meeting["id"], "delegate_ref": "speaker-1", "status": "in_attendance" });
    fixtures.0.create("/v1/attendance", visitor).await;
    let message = receiver.wait_for(1).await.remove(0);
    assert_eq!(
        (&message.body["data"]["council_ids"], &message.body["data"]["created"]),
        (&json!([]), &json!(1))
    );
}

#[tokio::test]
async fn due_deliveries_are_sent_while_event_detection_is_blocked() {
    let (app, receiver) = (App::with_webhooks(), Receiver::new());
    let hook = create_webhook(&app, &receiver, &["webhook.ping", "attendance.accepted"]).await;
    let fixtures = Fixtures(app.officer());
    let (seat, meeting) = fixtures.seat_and_meeting("2017-05-01").await;
    // The lock blocks every round of event detection.
    let mut lock = app.begin_and_execute("LOCK TABLE webhook_progress").await;
    fixtures.attendance(&meeting, &seat, "present").await;
    ping(&app, &hook).await;
    let messages = receiver.wait_for(1).await;
    assert_eq!(messages[0].body["type"], "webhook.ping");
    execute_sql(&mut lock, "COMMIT").await;
    assert_eq!(receiver.wait_for(2).await[1].body["type"], "attendance.accepted");
}

#[tokio::test]
async fn a_410_from_a_previous_address_does_not_disable_the_webhook() {
    let (app, old, new) = (App::with_webhooks(), Receiver::new(), Receiver::new());
    let admin = app.admin();
    let hook = create_webhook(&app, &old, &["webhook.ping"]).await;
    old.queue_replies([Reply::held(410)]);
    let sent = ping(&app, &hook).await;
    old.wait_for(1).await;
    admin.patch(&path(&hook), 1, json!({ "url": new.url })).await.expect(200);
    old.release();
    let failed = wait_for_attempt(&app, &sent, 1).await;
    assert_eq!(failed["status"], "failed");
    // A webhook is disabled in the transaction that records the attempt.
    assert_eq!(admin.read(&path(&hook)).await["enabled"], true);
    ping(&app, &hook).await;
    new.wait_for(1).await;
}

#[tokio::test]
async fn a_transaction_that_commits_after_the_webhook_creation_creates_an_event() {
    let (app, receiver) = (App::with_webhooks(), Receiver::new());
    let fixtures = Fixtures(app.officer());
    let (seat, meeting) = fixtures.seat_and_meeting("2017-05-01").await;
    let line = fixtures.attendance(&meeting, &seat, "present").await;
    let mut long = app
        .begin_and_execute(&format!("UPDATE attendance SET note = 'late' WHERE id = '{}'", id(&line)))
        .await;
    create_webhook(&app, &receiver, &["attendance.accepted"]).await;
    assert_eq!(fixtures.0.read(&format!("/v1/attendance/{}", id(&line))).await["note"], Value::Null);
    execute_sql(&mut long, "COMMIT").await;
    let is_change = |message: &crate::support::ReceivedMessage| message.body["data"]["changed"] == 1;
    crate::support::poll_until(
        async || receiver.received().iter().any(is_change),
        |has_arrived| *has_arrived,
    )
    .await;
}

#[tokio::test]
async fn the_worker_reconnects_when_the_database_stops_responding() {
    let (app, receiver) = (App::configured(&[("OUTTURN_WEBHOOK_NETWORKS", "127.0.0.1")]), Receiver::new());
    let socket =
        "SELECT current_setting('unix_socket_directories') || '/.s.PGSQL.' || current_setting('port') AS t";
    let is_silent = Arc::new(AtomicBool::new(false));
    let port = start_stalling_proxy(app.texts(socket).await.remove(0), is_silent.clone());
    let user = app.texts("SELECT current_user::text AS t").await.remove(0);
    let settings = Settings {
        target: format!("postgres://{user}@127.0.0.1:{port}/{}", app.database).into(),
        size: 1,
        statement_timeout: Duration::from_secs(1),
        wait: MAX_WAIT,
        pools: outturn::db::Pools::default(),
        standby: None,
    };
    let networks = AllowedNetworks::new("127.0.0.1".parse().expect("networks"));
    let actor = Actor::operator("test".into(), "serve");
    let worker =
        WebhookWorker::new(settings, actor, MasterKey::new(&WEBHOOK_KEY), networks, RESPONSE_TIMEOUT);
    let (stop, is_stopping) = watch::channel(false);
    let tasks = LocalSet::new();
    let running = tasks.spawn_local(worker.run(is_stopping));
    tasks
        .run_until(async {
            let hook = create_webhook(&app, &receiver, &["webhook.ping"]).await;
            ping(&app, &hook).await;
            receiver.wait_for(1).await;
            is_silent.store(true, Ordering::Relaxed);
            ping(&app, &hook).await;
            receiver.wait_for(2).await;
            stop.send_replace(true);
            let ended = tokio::time::timeout(MAX_WAIT, running).await;
            ended.expect("the worker ends").expect("the worker does not panic");
        })
        .await;
}
