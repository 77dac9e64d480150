//! Nobody has the server ask what only the server can reach.

use serde_json::json;

use super::{path, ping, tried};
use crate::support::App;

#[tokio::test]
async fn an_inner_address_is_refused_when_it_is_entered() {
    let app = App::new();
    let admin = app.admin();
    let enter = async |url: &str| {
        let body = json!({ "name": "A dashboard", "url": url, "event_types": ["webhook.ping"] });
        admin.post("/v1/webhooks", body).await
    };
    for (url, fault) in [
        ("https://127.0.0.1/", "#/url inner_address"),
        ("https://[::1]:5432/", "#/url inner_address"),
        ("https://169.254.169.254/latest/meta-data", "#/url inner_address"),
        ("http://10.0.0.7/", "#/url inner_address"),
        ("http://example.org/", "#/url not_confidential"),
        ("https://ada:secret@example.org/", "#/url bad_format"),
        ("ftp://example.org/", "#/url bad_format"),
    ] {
        assert_eq!(enter(url).await.expect(422).faults(), [fault], "{url}");
    }
    assert_eq!(admin.all("/v1/webhooks").await.len(), 0);
    let made = enter("https://example.org/hook").await.expect(201).body;
    let moved = admin.patch(&path(&made), 1, json!({ "url": "https://192.168.1.1/" })).await.expect(422);
    assert_eq!(moved.faults(), ["#/url inner_address"]);
    assert_eq!(admin.read(&path(&made)).await["url"], "https://example.org/hook");
}

/// A name, and ways to write an address that are no names and are not looked up.
#[tokio::test]
async fn a_name_that_leads_inside_is_refused_when_something_is_sent() {
    let app = App::telling_in("");
    let admin = app.admin();
    let listener = std::net::TcpListener::bind("0.0.0.0:0").expect("a port");
    listener.set_nonblocking(true).expect("it does not wait");
    let port = listener.local_addr().expect("an address").port();
    for (host, fault) in [
        ("localhost", "out_of_reach"),
        ("2130706433", "unreachable"),
        ("0x7f000001", "unreachable"),
        ("127.1", "unreachable"),
    ] {
        let url = format!("https://{host}:{port}/");
        let body = json!({ "name": host, "url": url, "event_types": ["webhook.ping"] });
        let hook = admin.make("/v1/webhooks", body).await;
        let first = tried(&app, &ping(&app, &hook).await, 1).await;
        assert_eq!(first["last_fault"], fault, "{host}: {first}");
    }
    assert!(listener.accept().is_err(), "nobody was connected to");
}

/// What was entered under another configuration is judged again when something is sent.
#[tokio::test]
async fn a_network_that_is_no_longer_named_is_no_longer_reached() {
    let app = App::telling();
    let body = json!({ "name": "Inside", "url": "http://127.0.0.1:9/", "event_types": ["webhook.ping"] });
    let hook = app.admin().make("/v1/webhooks", body).await;
    app.sql("UPDATE webhooks SET url = 'http://127.0.0.2:9/'").await;
    let first = tried(&app, &ping(&app, &hook).await, 1).await;
    assert_eq!(first["last_fault"], "out_of_reach");
}
