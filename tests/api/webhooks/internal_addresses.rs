//! Protection against server-side request forgery: a webhook cannot reach internal addresses.

use serde_json::json;

use super::{path, ping, wait_for_attempt};
use crate::support::App;

#[tokio::test]
async fn an_internal_address_is_refused_on_creation_and_change() {
    let app = App::new();
    let admin = app.admin();
    let create = async |url: &str| {
        let body = json!({ "name": "A dashboard", "url": url, "event_types": ["webhook.ping"] });
        admin.post("/v1/webhooks", body).await
    };
    for (url, field_error) in [
        ("https://127.0.0.1/", "#/url inner_address"),
        ("https://[::1]:5432/", "#/url inner_address"),
        ("https://169.254.169.254/latest/meta-data", "#/url inner_address"),
        ("http://10.0.0.7/", "#/url inner_address"),
        ("http://example.org/", "#/url not_confidential"),
        ("https://ada:secret@example.org/", "#/url bad_format"),
        ("ftp://example.org/", "#/url bad_format"),
    ] {
        assert_eq!(create(url).await.expect(422).field_errors(), [field_error], "{url}");
    }
    assert_eq!(admin.all("/v1/webhooks").await.len(), 0);
    let created = create("https://example.org/hook").await.expect(201).body;
    let refused = admin.patch(&path(&created), 1, json!({ "url": "https://192.168.1.1/" })).await.expect(422);
    assert_eq!(refused.field_errors(), ["#/url inner_address"]);
    assert_eq!(admin.read(&path(&created)).await["url"], "https://example.org/hook");
}

/// Tests a host name, and spellings of addresses that are not resolved as names.
#[tokio::test]
async fn a_host_that_resolves_to_an_internal_address_gets_no_delivery() {
    let app = App::with_webhook_networks("");
    let admin = app.admin();
    let listener = std::net::TcpListener::bind("0.0.0.0:0").expect("a port");
    listener.set_nonblocking(true).expect("a non-blocking listener");
    let port = listener.local_addr().expect("an address").port();
    for (host, field_error) in [
        ("localhost", "out_of_reach"),
        ("2130706433", "unreachable"),
        ("0x7f000001", "unreachable"),
        ("127.1", "unreachable"),
    ] {
        let url = format!("https://{host}:{port}/");
        let body = json!({ "name": host, "url": url, "event_types": ["webhook.ping"] });
        let hook = admin.create("/v1/webhooks", body).await;
        let first = wait_for_attempt(&app, &ping(&app, &hook).await, 1).await;
        assert_eq!(first["last_fault"], field_error, "{host}: {first}");
    }
    assert!(listener.accept().is_err(), "the server opens no connection");
}

/// The server checks the address of a stored webhook again before each attempt.
#[tokio::test]
async fn a_network_outside_the_configuration_gets_no_delivery() {
    let app = App::with_webhooks();
    let body = json!({ "name": "Inside", "url": "http://127.0.0.1:9/", "event_types": ["webhook.ping"] });
    let hook = app.admin().create("/v1/webhooks", body).await;
    app.sql("UPDATE webhooks SET url = 'http://127.0.0.2:9/'").await;
    let first = wait_for_attempt(&app, &ping(&app, &hook).await, 1).await;
    assert_eq!(first["last_fault"], "out_of_reach");
}
