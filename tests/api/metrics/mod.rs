//! The metric of each measure over HTTP, from posted records. `tests/offline/derive` has the rules
//! of the derivation.

mod attendance;
mod corrections;
mod decided;
mod edges;
mod entries;
mod forecasts;
mod judging;
mod overdue;
mod points;
mod series;
mod turnouts;

use serde_json::{Value, json};

use crate::support::Fixtures;

/// A group with seats of so many councils.
async fn body_of(fixtures: &Fixtures, councils: usize) -> (Value, Vec<Value>, Vec<Value>) {
    let group = fixtures.group(json!({})).await;
    let (mut seats, mut all) = (Vec::new(), Vec::new());
    for _ in 0..councils {
        let council = fixtures.council(json!({})).await;
        seats.push(fixtures.seat(&group, &council, json!({})).await);
        all.push(council);
    }
    (group, seats, all)
}

/// A meeting with a closed register in which these seats have these statuses.
async fn register(fixtures: &Fixtures, group: &Value, day: &str, lines: &[(&Value, &str)]) -> Value {
    let meeting = fixtures.meeting(Some(group), day, json!({})).await;
    for (seat, status) in lines {
        fixtures.attendance(&meeting, seat, status).await;
    }
    fixtures.close_register(&meeting).await;
    meeting
}

/// An entry that says whether this council is covered.
fn coverage(council: &Value, covered: bool) -> Value {
    json!({ "kind": "coverage", "council_id": council["id"], "covered": covered })
}

fn parts(metric: &Value) -> (Option<i64>, Option<i64>) {
    (metric["numerator"].as_i64(), metric["denominator"].as_i64())
}

fn reason(metric: &Value) -> (&str, &str) {
    (metric["value_reason"].as_str().unwrap_or("-"), metric["status"].as_str().unwrap_or("-"))
}

/// The items of a list in a body.
fn list(body: &Value, name: &str) -> Vec<Value> {
    body[name].as_array().expect(name).clone()
}
