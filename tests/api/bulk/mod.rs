//! Bulk requests: each line by itself, or all or none; never a name guessed, never a row doubled.

mod attendance;
mod contention;
mod coverage;
mod evaluations;
mod machinery;
mod published;
mod spreadsheets;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, App, Made, Person, id};

static KEY: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);

fn fresh_key() -> String {
    format!("bulk-{}", KEY.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
}

/// Sends lines under a fresh key.
async fn send(person: &Person, query: &str, lines: Value) -> Answer {
    send_to("attendance", person, query, lines).await
}

/// Sends lines of a resource under a fresh key.
async fn send_to(resource: &str, person: &Person, query: &str, lines: Value) -> Answer {
    let request = person.request(Method::POST, &format!("/v1/{resource}/bulk{query}"));
    person.send(request.header("Idempotency-Key", fresh_key()).json(&json!({ "lines": lines }))).await
}

async fn send_under(person: &Person, key: &str, query: &str, lines: Value) -> Answer {
    let request = person.request(Method::POST, &format!("/v1/attendance/bulk{query}"));
    person.send(request.header("Idempotency-Key", key).json(&json!({ "lines": lines }))).await
}

async fn send_csv(resource: &str, person: &Person, text: &str) -> Answer {
    send_csv_asking(resource, person, "", text).await
}

async fn send_csv_asking(resource: &str, person: &Person, query: &str, text: &str) -> Answer {
    let request = person.request(Method::POST, &format!("/v1/{resource}/bulk{query}"));
    let request = request.header("Idempotency-Key", fresh_key()).header("Content-Type", "text/csv");
    person.send(request.body(text.to_owned())).await
}

/// What became of the lines, a word each.
fn statuses(result: &Value) -> Vec<&str> {
    result["results"]
        .as_array()
        .expect("results")
        .iter()
        .map(|r| r["status"].as_str().expect("a status"))
        .collect()
}

/// Where and why lines failed.
fn errors(result: &Value) -> Vec<String> {
    let results = result["results"].as_array().expect("results");
    let errors = results.iter().flat_map(|line| line["errors"].as_array().expect("errors"));
    errors
        .map(|e| {
            format!("{} {}", e["pointer"].as_str().expect("a pointer"), e["code"].as_str().expect("a code"))
        })
        .collect()
}

#[track_caller]
fn adds_up(result: &Value) {
    let parts = ["created", "updated", "deleted", "unchanged", "stale", "failed", "not_applied"];
    let sum: i64 = parts.iter().map(|part| result[part].as_i64().expect("a count")).sum();
    assert_eq!(sum, result["received"].as_i64().expect("a count"), "{result}");
    assert_eq!(result["results"].as_array().expect("results").len(), usize::try_from(sum).expect("a count"));
    for part in parts {
        let counted = statuses(result).iter().filter(|status| **status == part).count();
        assert_eq!(result[part], json!(counted), "{part}: {result}");
    }
}

/// A group with three councils' seats and a held meeting.
struct Scene {
    app: App,
    made: Made,
    group: Value,
    councils: Vec<Value>,
    seats: Vec<Value>,
    meeting: Value,
}

async fn scene() -> Scene {
    let app = App::new();
    let made = Made(app.officer());
    let group = made.group(json!({})).await;
    let (mut councils, mut seats) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        let council = made.council(json!({})).await;
        seats.push(made.seat(&group, &council, json!({})).await);
        councils.push(council);
    }
    let meeting = made.meeting(Some(&group), "2017-05-01", json!({})).await;
    Scene { app, made, group, councils, seats, meeting }
}

impl Scene {
    fn line(&self, seat: usize, status: &str) -> Value {
        json!({ "meeting_id": self.meeting["id"], "seat_id": self.seats[seat]["id"], "status": status })
    }

    fn crm(&self, council: usize) -> Person {
        self.app.council(&[id(&self.councils[council])])
    }

    async fn register(&self) -> Vec<Value> {
        self.made.0.all(&format!("/v1/attendance?meeting_id={}", id(&self.meeting))).await
    }
}

fn with(mut line: Value, more: Value) -> Value {
    line.as_object_mut().expect("a line").extend(more.as_object().expect("an object").clone());
    line
}
