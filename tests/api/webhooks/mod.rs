//! Webhooks: events, deliveries, retries, and the addresses that a webhook may have.

mod delivery;
mod events;
mod failures;
mod internal_addresses;
mod target_events;

use serde_json::{Value, json};

use crate::support::{App, Receiver, id, poll_until};

/// Creates a webhook with the receiver's URL.
async fn create_webhook(app: &App, receiver: &Receiver, event_types: &[&str]) -> Value {
    let body = json!({ "name": "A dashboard", "url": receiver.url, "event_types": event_types });
    app.admin().create("/v1/webhooks", body).await
}

fn path(webhook: &Value) -> String {
    format!("/v1/webhooks/{}", id(webhook))
}

/// Creates the delivery of a ping.
async fn ping(app: &App, webhook: &Value) -> Value {
    app.admin().create(&format!("{}/pings", path(webhook)), json!({})).await
}

/// Polls a delivery until it matches `is_expected`, and returns it.
async fn wait_for_delivery(app: &App, delivery: &Value, is_expected: impl Fn(&Value) -> bool) -> Value {
    let path = format!("/v1/webhook-deliveries/{}", id(delivery));
    let admin = app.admin();
    poll_until(async || admin.read(&path).await, is_expected).await
}

/// Waits for the result of a delivery's attempt with the number `attempts`, and returns the
/// delivery.
async fn wait_for_attempt(app: &App, delivery: &Value, attempts: i64) -> Value {
    wait_for_delivery(app, delivery, |current| {
        let is_known = current["status"] != "pending" || !current["last_fault"].is_null();
        current["attempts"] == attempts && is_known
    })
    .await
}

/// Sets the time of a delivery's next attempt to now.
async fn make_due(app: &App, delivery: &Value) {
    app.sql(&format!("UPDATE webhook_deliveries SET next_attempt_at = now() WHERE id = '{}'", id(delivery)))
        .await;
}
