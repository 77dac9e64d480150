//! Bulk requests: line results, atomic requests, references of lines, contention and CSV.

mod attendance;
mod contention;
mod coverage;
mod evaluations;
mod published;
mod requests;
mod spreadsheets;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{ApiResponse, App, Caller, Fixtures, id};

static NEXT_KEY: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);

fn new_key() -> String {
    format!("bulk-{}", NEXT_KEY.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
}

/// Sends attendance lines with a new idempotency key.
async fn send(caller: &Caller, query: &str, lines: Value) -> ApiResponse {
    send_to("attendance", caller, query, lines).await
}

/// Sends lines of a resource with a new idempotency key.
async fn send_to(resource: &str, caller: &Caller, query: &str, lines: Value) -> ApiResponse {
    let request = caller.request(Method::POST, &format!("/v1/{resource}/bulk{query}"));
    caller.send(request.header("Idempotency-Key", new_key()).json(&json!({ "lines": lines }))).await
}

async fn send_with_key(caller: &Caller, key: &str, query: &str, lines: Value) -> ApiResponse {
    let request = caller.request(Method::POST, &format!("/v1/attendance/bulk{query}"));
    caller.send(request.header("Idempotency-Key", key).json(&json!({ "lines": lines }))).await
}

async fn send_csv(resource: &str, caller: &Caller, text: &str) -> ApiResponse {
    send_csv_with_query(resource, caller, "", text).await
}

async fn send_csv_with_query(resource: &str, caller: &Caller, query: &str, text: &str) -> ApiResponse {
    let request = caller.request(Method::POST, &format!("/v1/{resource}/bulk{query}"));
    let request = request.header("Idempotency-Key", new_key()).header("Content-Type", "text/csv");
    caller.send(request.body(text.to_owned())).await
}

/// Returns the status of each line result.
fn statuses(result: &Value) -> Vec<&str> {
    result["results"]
        .as_array()
        .expect("results")
        .iter()
        .map(|r| r["status"].as_str().expect("a status"))
        .collect()
}

/// Returns the location and the code of each error of the lines.
fn errors(result: &Value) -> Vec<String> {
    let results = result["results"].as_array().expect("results");
    let errors = results.iter().flat_map(|line| line["errors"].as_array().expect("errors"));
    errors
        .map(|e| {
            format!("{} {}", e["pointer"].as_str().expect("a pointer"), e["code"].as_str().expect("a code"))
        })
        .collect()
}

/// Asserts that the counts of a result match its line results.
#[track_caller]
fn assert_counts_match(result: &Value) {
    let parts = ["created", "updated", "deleted", "unchanged", "stale", "failed", "not_applied"];
    let sum: i64 = parts.iter().map(|part| result[part].as_i64().expect("a count")).sum();
    assert_eq!(sum, result["received"].as_i64().expect("a count"), "{result}");
    assert_eq!(result["results"].as_array().expect("results").len(), usize::try_from(sum).expect("a count"));
    for part in parts {
        let counted = statuses(result).iter().filter(|status| **status == part).count();
        assert_eq!(result[part], json!(counted), "{part}: {result}");
    }
}

/// A group with seats of three councils and a held meeting.
struct Setup {
    app: App,
    fixtures: Fixtures,
    group: Value,
    councils: Vec<Value>,
    seats: Vec<Value>,
    meeting: Value,
}

async fn setup() -> Setup {
    setup_with(App::new()).await
}

async fn setup_with(app: App) -> Setup {
    let fixtures = Fixtures(app.officer());
    let group = fixtures.group(json!({})).await;
    let (mut councils, mut seats) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        let council = fixtures.council(json!({})).await;
        seats.push(fixtures.seat(&group, &council, json!({})).await);
        councils.push(council);
    }
    let meeting = fixtures.meeting(Some(&group), "2017-05-01", json!({})).await;
    Setup { app, fixtures, group, councils, seats, meeting }
}

impl Setup {
    fn line(&self, seat: usize, status: &str) -> Value {
        json!({ "meeting_id": self.meeting["id"], "seat_id": self.seats[seat]["id"], "status": status })
    }

    /// Returns the client of a council.
    fn crm(&self, council: usize) -> Caller {
        self.app.council(&[id(&self.councils[council])])
    }

    /// Returns the attendance records of the meeting.
    async fn register(&self) -> Vec<Value> {
        self.fixtures.0.all(&format!("/v1/attendance?meeting_id={}", id(&self.meeting))).await
    }
}

fn with(mut line: Value, more: Value) -> Value {
    line.as_object_mut().expect("a line").extend(more.as_object().expect("an object").clone());
    line
}
