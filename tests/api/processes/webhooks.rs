//! Webhook deliveries over TLS, across restarts and with several servers.

use std::path::Path;
use std::sync::mpsc;

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use super::server::{Server, command, data_dir, empty_data_dir, ended, failure};
use super::tls_server::serve_over_tls;
use crate::support::{App, Caller, Fixtures, Receiver, Reply, id, poll_until};

fn serve(data: &Path, app: &App, authorities: &str) -> Server {
    let mut serve = command(data, &["serve"]);
    serve
        .env("DATABASE_URL", app.url())
        .env("OUTTURN_WEBHOOK_NETWORKS", "127.0.0.1,::1")
        .env("SSL_CERT_FILE", authorities);
    Server::launch(serve)
}

async fn create_webhook(admin: &Caller, url: &str) -> Value {
    let body =
        json!({ "name": "A dashboard", "url": url, "event_types": ["attendance.accepted", "webhook.ping"] });
    admin.create("/v1/webhooks", body).await
}

#[tokio::test]
async fn pending_deliveries_survive_a_kill_of_the_server() {
    let (app, data, receiver) = (App::new(), data_dir(), Receiver::new());
    let server = serve(data.path(), &app, "/dev/null");
    let admin = server.caller(data.path(), "admin");
    let hook = create_webhook(&admin, &receiver.url).await;
    receiver.queue_replies([Reply::held(200)]);
    let sent = admin.create(&format!("/v1/webhooks/{}/pings", id(&hook)), json!({})).await;
    receiver.wait_for(1).await;
    server.kill();
    // The next server delivers events of changes that happen while no server runs.
    let fixtures = Fixtures(app.officer());
    let (seat, meeting) = fixtures.seat_and_meeting("2017-05-01").await;
    fixtures.attendance(&meeting, &seat, "present").await;
    // The killed server's claim of the ping lasts for the request timeout.
    app.sql("UPDATE webhook_deliveries SET next_attempt_at = now() WHERE status = 'pending'").await;
    let servers = [serve(data.path(), &app, "/dev/null"), serve(data.path(), &app, "/dev/null")];
    let messages = receiver.wait_for(3).await;
    let secret = hook["secret"].as_str().expect("a secret");
    assert!(messages.iter().all(|message| message.is_signed_with(secret)), "the key survives the server");
    let pings: Vec<_> = messages.iter().filter(|message| message.body["type"] == "webhook.ping").collect();
    assert_eq!(pings.len(), 2);
    assert!(pings.iter().all(|ping| ping.header("webhook-id") == sent["event_id"]), "the same message");
    let accepted: Vec<_> =
        messages.iter().filter(|message| message.body["type"] == "attendance.accepted").collect();
    assert_eq!((accepted.len(), &accepted[0].body["data"]["meeting_id"]), (1, &meeting["id"]));
    let undelivered = "SELECT count(*) AS n FROM webhook_deliveries WHERE status <> 'delivered'";
    poll_until(async || app.number(undelivered).await, |undelivered| *undelivered == 0).await;
    for server in &servers {
        let rounds = async || server.metric("webhook_rounds_total{outcome=\"done\"}").await;
        let before = rounds().await;
        poll_until(rounds, |rounds| *rounds >= before + 2.0).await;
    }
    assert_eq!(app.number("SELECT count(*) AS n FROM webhook_deliveries").await, 2);
    assert_eq!(receiver.received().len(), 3, "two servers send no message twice");
    let mut logs = String::new();
    for server in servers {
        let (status, _, log) = server.stop(Signal::SIGTERM);
        assert_eq!(status, 0, "{log}");
        logs.push_str(&log);
    }
    assert!(
        logs.contains("webhook delivery attempted") && logs.contains("\"outcome\":\"delivered\""),
        "{logs}"
    );
    assert!(
        !logs.contains(secret) && !logs.contains(&receiver.url),
        "the log contains no secret and no address: {logs}"
    );
}

#[tokio::test]
async fn a_stopping_server_waits_for_the_response_to_a_delivery() {
    let (app, data, receiver) = (App::new(), data_dir(), Receiver::new());
    let server = serve(data.path(), &app, "/dev/null");
    let admin = server.caller(data.path(), "admin");
    let hook = create_webhook(&admin, &receiver.url).await;
    receiver.queue_replies([Reply::held(200)]);
    let sent = admin.create(&format!("/v1/webhooks/{}/pings", id(&hook)), json!({})).await;
    receiver.wait_for(1).await;
    server.ask_to_stop(Signal::SIGTERM);
    server.until_closed();
    receiver.release();
    assert_eq!(server.ended(), 0);
    let after = app.admin().read(&format!("/v1/webhook-deliveries/{}", id(&sent))).await;
    assert_eq!((&after["status"], &after["attempts"]), (&json!("delivered"), &json!(1)));
}

#[tokio::test]
async fn the_certificate_of_a_receiver_is_verified() {
    let (app, data) = (App::new(), data_dir());
    let certificate = data.path().join("authority.pem");
    let (sender, messages) = mpsc::channel();
    let url = serve_over_tls(&certificate, move |_, head, body| {
        sender.send(format!("{head}{body}")).expect("the test waits");
        String::new()
    });
    let trusted = certificate.to_str().expect("a path");
    for (authorities, outcome) in [("/dev/null", "unreachable"), (trusted, "delivered")] {
        let server = serve(data.path(), &app, authorities);
        let admin = server.caller(data.path(), "admin");
        let hook = create_webhook(&admin, &url).await;
        let sent = admin.create(&format!("/v1/webhooks/{}/pings", id(&hook)), json!({})).await;
        let path = format!("/v1/webhook-deliveries/{}", id(&sent));
        let is_attempted =
            |current: &Value| !current["last_status_code"].is_null() || !current["last_fault"].is_null();
        let current = poll_until(async || admin.read(&path).await, is_attempted).await;
        let matches = current["status"] == outcome || current["last_fault"] == outcome;
        assert!(matches, "{authorities}: {current}");
        admin.delete(&format!("/v1/webhooks/{}", id(&hook)), 1).await.expect(204);
    }
    let message = messages.try_iter().collect::<Vec<_>>();
    assert!(message.len() == 1 && message[0].starts_with("post / http/1.1\r\n"), "{message:?}");
}

#[tokio::test]
async fn a_server_with_a_different_webhook_key_does_not_start() {
    let (app, first, second) = (App::new(), empty_data_dir(), empty_data_dir());
    let server = serve(first.path(), &app, "/dev/null");
    let admin = server.caller(first.path(), "admin");
    let hook = create_webhook(&admin, "https://example.org/").await;
    let run = |arguments: &[&str]| ended(command(second.path(), arguments).env("DATABASE_URL", app.url()));
    let error = failure(&run(&["serve"]));
    assert!(
        error.contains("Copy the right key file from another server")
            && error.contains("outturn keys webhooks"),
        "{error}"
    );
    // A new key replaces a lost one. Servers with the old key then create no secrets.
    assert!(run(&["keys", "webhooks"]).status.success());
    let secrets = format!("/v1/webhooks/{}/secrets", id(&hook));
    assert_eq!(admin.post(&secrets, json!({})).await.expect(409).code(), "wrong_webhook_key");
    let server = serve(second.path(), &app, "/dev/null");
    let renewed = server.caller(second.path(), "admin").create(&secrets, json!({})).await;
    assert_ne!(renewed["secret"], hook["secret"]);
    // A server with a copy of the key starts.
    std::fs::copy(second.path().join("keys/webhooks.key"), first.path().join("keys/webhooks.key"))
        .expect("a copy");
    serve(first.path(), &app, "/dev/null").stop(Signal::SIGTERM);
}
