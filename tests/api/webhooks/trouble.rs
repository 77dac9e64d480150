//! Whatever goes wrong with one thing does not stop the others.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use outturn::db::{Actor, Settings};
use outturn::webhooks::WebhookWorker;
use outturn::webhooks::deliver::{LONGEST_ANSWER, Reach};
use outturn::webhooks::signing::MasterKey;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::LocalSet;

use super::{path, ping, tried, webhook};
use crate::support::{App, Made, PATIENCE, Receiver, Step, WEBHOOK_KEY, behind_a_wire, id, run_alone};

#[tokio::test]
async fn a_visitor_without_a_council_is_told_of_too() {
    let (app, receiver) = (App::telling(), Receiver::new());
    webhook(&app, &receiver, &["attendance.accepted"]).await;
    let made = Made(app.officer());
    let meeting = made.meeting(None, "2017-05-01", json!({})).await;
    let visitor =
        json!({ "meeting_id": meeting["id"], "delegate_ref": "speaker-1", "status": "in_attendance" });
    made.0.make("/v1/attendance", visitor).await;
    let got = receiver.wait_for(1).await.remove(0);
    assert_eq!((&got.body["data"]["council_ids"], &got.body["data"]["created"]), (&json!([]), &json!(1)));
}

#[tokio::test]
async fn what_is_due_is_sent_though_nothing_can_be_told() {
    let (app, receiver) = (App::telling(), Receiver::new());
    let hook = webhook(&app, &receiver, &["webhook.ping", "attendance.accepted"]).await;
    let made = Made(app.officer());
    let (seat, meeting) = made.seat_and_meeting("2017-05-01").await;
    // Whoever wants to know how far has been told waits.
    let mut lock = app.holding("LOCK TABLE webhook_progress").await;
    made.line(&meeting, &seat, "present").await;
    ping(&app, &hook).await;
    let got = receiver.wait_for(1).await;
    assert_eq!(got[0].body["type"], "webhook.ping");
    run_alone(&mut lock, "COMMIT").await;
    assert_eq!(receiver.wait_for(2).await[1].body["type"], "attendance.accepted");
}

#[tokio::test]
async fn what_the_old_address_says_is_not_held_against_the_new_one() {
    let (app, old, new) = (App::telling(), Receiver::new(), Receiver::new());
    let admin = app.admin();
    let hook = webhook(&app, &old, &["webhook.ping"]).await;
    old.answer([Step::held(410)]);
    let sent = ping(&app, &hook).await;
    old.wait_for(1).await;
    admin.patch(&path(&hook), 1, json!({ "url": new.url })).await.expect(200);
    old.release();
    let given_up = tried(&app, &sent, 1).await;
    assert_eq!(given_up["status"], "failed");
    // A webhook is disabled in the transaction that records the attempt.
    assert_eq!(admin.read(&path(&hook)).await["enabled"], true);
    ping(&app, &hook).await;
    new.wait_for(1).await;
}

#[tokio::test]
async fn what_began_before_the_webhook_was_entered_and_ended_after_is_told() {
    let (app, receiver) = (App::telling(), Receiver::new());
    let made = Made(app.officer());
    let (seat, meeting) = made.seat_and_meeting("2017-05-01").await;
    let line = made.line(&meeting, &seat, "present").await;
    let mut long =
        app.holding(&format!("UPDATE attendance SET note = 'late' WHERE id = '{}'", id(&line))).await;
    webhook(&app, &receiver, &["attendance.accepted"]).await;
    assert_eq!(made.0.read(&format!("/v1/attendance/{}", id(&line))).await["note"], Value::Null);
    run_alone(&mut long, "COMMIT").await;
    let is_change = |got: &crate::support::Received| got.body["data"]["changed"] == 1;
    crate::support::until(async || receiver.received().iter().any(is_change), |is| *is).await;
}

#[tokio::test]
async fn a_database_that_falls_silent_is_asked_anew() {
    let (app, receiver) = (App::configured(&[("OUTTURN_WEBHOOK_NETWORKS", "127.0.0.1")]), Receiver::new());
    let socket =
        "SELECT current_setting('unix_socket_directories') || '/.s.PGSQL.' || current_setting('port') AS t";
    let is_silent = Arc::new(AtomicBool::new(false));
    let port = behind_a_wire(app.texts(socket).await.remove(0), is_silent.clone());
    let user = app.texts("SELECT current_user::text AS t").await.remove(0);
    let settings = Settings {
        target: format!("postgres://{user}@127.0.0.1:{port}/{}", app.database).into(),
        size: 1,
        statement_timeout: Duration::from_secs(1),
        wait: PATIENCE,
        pools: outturn::db::Pools::default(),
    };
    let reach = Reach::new("127.0.0.1".parse().expect("networks"));
    let actor = Actor::operator("test".into(), "serve");
    let teller = WebhookWorker::new(settings, actor, MasterKey::new(&WEBHOOK_KEY), reach, LONGEST_ANSWER);
    let (stop, is_stopping) = watch::channel(false);
    let tasks = LocalSet::new();
    let running = tasks.spawn_local(teller.run(is_stopping));
    tasks
        .run_until(async {
            let hook = webhook(&app, &receiver, &["webhook.ping"]).await;
            ping(&app, &hook).await;
            receiver.wait_for(1).await;
            is_silent.store(true, Ordering::Relaxed);
            ping(&app, &hook).await;
            receiver.wait_for(2).await;
            stop.send_replace(true);
            let ended = tokio::time::timeout(PATIENCE, running).await;
            ended.expect("it ends").expect("well");
        })
        .await;
}
