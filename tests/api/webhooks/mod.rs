//! Webhooks: what happens is told to other systems, once told it arrives, and nobody is sent where they should not be.

mod delivery;
mod events;
mod reach;
mod target_events;
mod trouble;

use serde_json::{Value, json};

use crate::support::{App, Receiver, id, until};

/// A webhook to this receiver.
async fn webhook(app: &App, receiver: &Receiver, event_types: &[&str]) -> Value {
    let body = json!({ "name": "A dashboard", "url": receiver.url, "event_types": event_types });
    app.admin().make("/v1/webhooks", body).await
}

fn path(webhook: &Value) -> String {
    format!("/v1/webhooks/{}", id(webhook))
}

/// Puts a ping on its way.
async fn ping(app: &App, webhook: &Value) -> Value {
    app.admin().make(&format!("{}/pings", path(webhook)), json!({})).await
}

/// A delivery as it is, once this holds of it.
async fn delivery(app: &App, delivery: &Value, holds: impl Fn(&Value) -> bool) -> Value {
    let path = format!("/v1/webhook-deliveries/{}", id(delivery));
    let admin = app.admin();
    until(async || admin.read(&path).await, holds).await
}

/// A delivery as it is once it has been tried so often.
async fn tried(app: &App, sent: &Value, attempts: i64) -> Value {
    delivery(app, sent, |now| {
        let is_known = now["status"] != "pending" || !now["last_fault"].is_null();
        now["attempts"] == attempts && is_known
    })
    .await
}

/// Lets a delivery be due just now.
async fn hasten(app: &App, delivery: &Value) {
    app.sql(&format!("UPDATE webhook_deliveries SET next_attempt_at = now() WHERE id = '{}'", id(delivery)))
        .await;
}
