//! Publications: sealed figures, approval by a second person, and drift.

mod concurrent_writes;
mod drift;
mod lifecycle;
mod periods;
mod sealed;
mod unchanged_figures;

use serde_json::{Value, json};

use crate::support::{App, Caller, Fixtures, id};

/// A group with seats, and an agreed plan for 2017-18 with a target for its attendance.
struct Plan {
    fixtures: Fixtures,
    group: Value,
    seats: Vec<Value>,
    framework: Value,
    action: Value,
    target: Value,
}

impl Plan {
    async fn new(app: &App) -> Self {
        let fixtures = Fixtures(app.officer());
        let group = fixtures.group(json!({})).await;
        let mut seats = Vec::new();
        for _ in 0..4 {
            let council = fixtures.council(json!({ "exists_from": "2010-04-01" })).await;
            seats.push(fixtures.seat(&group, &council, json!({})).await);
        }
        let (framework, action) = fixtures.plan(&[&group]).await;
        let measure = json!({ "kind": "attendance_rate", "unit": "seat" });
        let target = fixtures.target(&action, measure, json!({ "threshold": 60 })).await;
        fixtures.activate(&framework).await;
        Self { fixtures, group, seats, framework, action, target }
    }

    /// Creates a meeting with a closed register. The first `present` seats attend it.
    async fn meeting(&self, held_on: &str, present: usize) -> (Value, Vec<Value>) {
        let meeting = self.fixtures.meeting(Some(&self.group), held_on, json!({})).await;
        let mut lines = Vec::new();
        for (n, seat) in self.seats.iter().enumerate() {
            let status = if n < present { "present" } else { "absent" };
            lines.push(self.fixtures.attendance(&meeting, seat, status).await);
        }
        self.fixtures.close_register(&meeting).await;
        (meeting, lines)
    }

    async fn seal(&self, as_at: &str) -> Value {
        let body = json!({ "framework_id": self.framework["id"], "as_at": as_at });
        self.fixtures.0.create("/v1/publications", body).await
    }

    async fn drift(&self, publication: &Value) -> Value {
        self.fixtures.0.read(&format!("{}/drift", path(publication))).await
    }
}

fn path(publication: &Value) -> String {
    format!("/v1/publications/{}", id(publication))
}

/// Reads a resource in its current version.
async fn now(caller: &Caller, collection: &str, row: &Value) -> Value {
    caller.read(&format!("/v1/{collection}/{}", id(row))).await
}

/// Updates a row in its current version and returns the response.
async fn change(caller: &Caller, collection: &str, row: &Value, patch: Value) -> crate::support::ApiResponse {
    let version = now(caller, collection, row).await["version"].as_i64().expect("a version");
    caller.patch(&format!("/v1/{collection}/{}", id(row)), version, patch).await
}
