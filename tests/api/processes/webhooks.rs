//! Webhooks as the program tells them: over TLS, and whatever kills it.

use std::path::Path;
use std::sync::mpsc;

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use super::over_tls::serve_over_tls;
use super::server::{Server, command, data_dir, empty_data_dir, ended, failure};
use crate::support::{App, Made, Person, Receiver, Step, id, until};

fn serve(data: &Path, app: &App, authorities: &str) -> Server {
    let mut serve = command(data, &["serve"]);
    serve
        .env("DATABASE_URL", app.url())
        .env("OUTTURN_WEBHOOK_NETWORKS", "127.0.0.1,::1")
        .env("SSL_CERT_FILE", authorities);
    Server::launch(serve)
}

async fn webhook(admin: &Person, url: &str) -> Value {
    let body =
        json!({ "name": "A dashboard", "url": url, "event_types": ["attendance.accepted", "webhook.ping"] });
    admin.make("/v1/webhooks", body).await
}

#[tokio::test]
async fn what_is_on_its_way_survives_whatever_kills_the_server() {
    let (app, data, receiver) = (App::new(), data_dir(), Receiver::new());
    let server = serve(data.path(), &app, "/dev/null");
    let admin = server.person(data.path(), "admin");
    let hook = webhook(&admin, &receiver.url).await;
    receiver.answer([Step::held(200)]);
    let sent = admin.make(&format!("/v1/webhooks/{}/pings", id(&hook)), json!({})).await;
    receiver.wait_for(1).await;
    server.kill();
    // What is written while nobody tells is told later.
    let made = Made(app.officer());
    let (seat, meeting) = made.seat_and_meeting("2017-05-01").await;
    made.line(&meeting, &seat, "present").await;
    // The ping stays with the server that is gone for as long as an answer may take.
    app.sql("UPDATE webhook_deliveries SET next_attempt_at = now() WHERE status = 'pending'").await;
    let servers = [serve(data.path(), &app, "/dev/null"), serve(data.path(), &app, "/dev/null")];
    let got = receiver.wait_for(3).await;
    let secret = hook["secret"].as_str().expect("a secret");
    assert!(got.iter().all(|got| got.is_signed_with(secret)), "the key outlives the server");
    let pings: Vec<_> = got.iter().filter(|got| got.body["type"] == "webhook.ping").collect();
    assert_eq!(pings.len(), 2);
    assert!(pings.iter().all(|ping| ping.header("webhook-id") == sent["event_id"]), "the same message");
    let accepted: Vec<_> = got.iter().filter(|got| got.body["type"] == "attendance.accepted").collect();
    assert_eq!((accepted.len(), &accepted[0].body["data"]["meeting_id"]), (1, &meeting["id"]));
    let undelivered = "SELECT count(*) AS n FROM webhook_deliveries WHERE status <> 'delivered'";
    until(async || app.number(undelivered).await, |undelivered| *undelivered == 0).await;
    for server in &servers {
        let rounds = async || server.metric("webhook_rounds_total{outcome=\"done\"}").await;
        let before = rounds().await;
        until(rounds, |rounds| *rounds >= before + 2.0).await;
    }
    assert_eq!(app.number("SELECT count(*) AS n FROM webhook_deliveries").await, 2);
    assert_eq!(receiver.received().len(), 3, "two servers send nothing twice");
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
        "no secret is logged, and no address: {logs}"
    );
}

#[tokio::test]
async fn who_is_asked_to_stop_first_hears_what_is_answered() {
    let (app, data, receiver) = (App::new(), data_dir(), Receiver::new());
    let server = serve(data.path(), &app, "/dev/null");
    let admin = server.person(data.path(), "admin");
    let hook = webhook(&admin, &receiver.url).await;
    receiver.answer([Step::held(200)]);
    let sent = admin.make(&format!("/v1/webhooks/{}/pings", id(&hook)), json!({})).await;
    receiver.wait_for(1).await;
    server.ask_to_stop(Signal::SIGTERM);
    server.until_closed();
    receiver.release();
    assert_eq!(server.ended(), 0);
    let after = app.admin().read(&format!("/v1/webhook-deliveries/{}", id(&sent))).await;
    assert_eq!((&after["status"], &after["attempts"]), (&json!("delivered"), &json!(1)));
}

#[tokio::test]
async fn a_receiver_is_known_by_its_certificate() {
    let (app, data) = (App::new(), data_dir());
    let certificate = data.path().join("authority.pem");
    let (sender, messages) = mpsc::channel();
    let url = serve_over_tls(&certificate, move |_, head, body| {
        sender.send(format!("{head}{body}")).expect("the test waits");
        String::new()
    });
    let known = certificate.to_str().expect("a path");
    for (authorities, outcome) in [("/dev/null", "unreachable"), (known, "delivered")] {
        let server = serve(data.path(), &app, authorities);
        let admin = server.person(data.path(), "admin");
        let hook = webhook(&admin, &url).await;
        let sent = admin.make(&format!("/v1/webhooks/{}/pings", id(&hook)), json!({})).await;
        let path = format!("/v1/webhook-deliveries/{}", id(&sent));
        let is_known = |now: &Value| !now["last_status_code"].is_null() || !now["last_fault"].is_null();
        let now = until(async || admin.read(&path).await, is_known).await;
        let is_so = now["status"] == outcome || now["last_fault"] == outcome;
        assert!(is_so, "{authorities}: {now}");
        admin.delete(&format!("/v1/webhooks/{}", id(&hook)), 1).await.expect(204);
    }
    let message = messages.try_iter().collect::<Vec<_>>();
    assert!(message.len() == 1 && message[0].starts_with("post / http/1.1\r\n"), "{message:?}");
}

#[tokio::test]
async fn servers_have_one_key_or_do_not_start() {
    let (app, one, other) = (App::new(), empty_data_dir(), empty_data_dir());
    let server = serve(one.path(), &app, "/dev/null");
    let admin = server.person(one.path(), "admin");
    let hook = webhook(&admin, "https://example.org/").await;
    let ask = |arguments: &[&str]| ended(command(other.path(), arguments).env("DATABASE_URL", app.url()));
    let said = failure(&ask(&["serve"]));
    assert!(
        said.contains("copy the right key from another server") && said.contains("outturn keys webhooks"),
        "{said}"
    );
    // Whoever lost the key takes another: the servers that have the old one make no secrets any more.
    assert!(ask(&["keys", "webhooks"]).status.success());
    let secrets = format!("/v1/webhooks/{}/secrets", id(&hook));
    assert_eq!(admin.post(&secrets, json!({})).await.expect(409).code(), "wrong_webhook_key");
    let next = serve(other.path(), &app, "/dev/null");
    let renewed = next.person(other.path(), "admin").make(&secrets, json!({})).await;
    assert_ne!(renewed["secret"], hook["secret"]);
    // A copy of the key does.
    std::fs::copy(other.path().join("keys/webhooks.key"), one.path().join("keys/webhooks.key"))
        .expect("a copy");
    serve(one.path(), &app, "/dev/null").stop(Signal::SIGTERM);
}
