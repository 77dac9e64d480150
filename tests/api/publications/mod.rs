//! Publications: sealed for good, approved by a second person, and what has changed since.

mod concurrent_writes;
mod drift;
mod lifecycle;
mod periods;
mod sealed;
mod unchanged_figures;

use serde_json::{Value, json};

use crate::support::{App, Made, Person, id};

/// A group's seats and meetings in 2017-18, and an agreed plan that counts its attendance.
struct Plan {
    made: Made,
    group: Value,
    seats: Vec<Value>,
    framework: Value,
    action: Value,
    target: Value,
}

impl Plan {
    async fn new(app: &App) -> Self {
        let made = Made(app.officer());
        let group = made.group(json!({})).await;
        let mut seats = Vec::new();
        for _ in 0..4 {
            let council = made.council(json!({ "exists_from": "2010-04-01" })).await;
            seats.push(made.seat(&group, &council, json!({})).await);
        }
        let (framework, action) = made.plan(&[&group]).await;
        let measure = json!({ "kind": "attendance_rate", "unit": "seat" });
        let target = made.target(&action, measure, json!({ "threshold": 60 })).await;
        made.agree(&framework).await;
        Self { made, group, seats, framework, action, target }
    }

    /// A meeting with a closed register, at which so many of the seats were present and the others absent.
    async fn meeting(&self, held_on: &str, present: usize) -> (Value, Vec<Value>) {
        let meeting = self.made.meeting(Some(&self.group), held_on, json!({})).await;
        let mut lines = Vec::new();
        for (n, seat) in self.seats.iter().enumerate() {
            let status = if n < present { "present" } else { "absent" };
            lines.push(self.made.line(&meeting, seat, status).await);
        }
        self.made.close(&meeting).await;
        (meeting, lines)
    }

    async fn seal(&self, as_at: &str) -> Value {
        let body = json!({ "framework_id": self.framework["id"], "as_at": as_at });
        self.made.0.make("/v1/publications", body).await
    }

    async fn drift(&self, publication: &Value) -> Value {
        self.made.0.read(&format!("{}/drift", path(publication))).await
    }
}

fn path(publication: &Value) -> String {
    format!("/v1/publications/{}", id(publication))
}

/// A resource as it is now.
async fn now(person: &Person, collection: &str, row: &Value) -> Value {
    person.read(&format!("/v1/{collection}/{}", id(row))).await
}

/// Changes a row, whatever its version, and gives the answer.
async fn change(person: &Person, collection: &str, row: &Value, patch: Value) -> crate::support::Answer {
    let version = now(person, collection, row).await["version"].as_i64().expect("a version");
    person.patch(&format!("/v1/{collection}/{}", id(row)), version, patch).await
}
