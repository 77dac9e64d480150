//! Creates rows through the API with the required fields; tests add only the fields that matter to
//! them.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};
use uuid::Uuid;

use super::Caller;

static NEXT_NUMBER: AtomicU32 = AtomicU32::new(1);

fn next_number() -> u32 {
    NEXT_NUMBER.fetch_add(1, Ordering::Relaxed)
}

pub fn merge(mut body: Value, fields: Value) -> Value {
    let fields = fields.as_object().cloned().unwrap_or_default();
    body.as_object_mut().expect("an object").extend(fields);
    body
}

/// Creates rows as this caller.
pub struct Fixtures(pub Caller);

impl Fixtures {
    pub async fn council(&self, fields: Value) -> Value {
        let n = next_number();
        let body = json!({ "name": format!("Council {n}"), "kind": "district",
            "gss_codes": [{ "gss_code": format!("E{n:08}") }], "memberships": [{ "member_from": "2010-04-01" }] });
        self.0.create("/v1/councils", merge(body, fields)).await
    }

    pub async fn group(&self, fields: Value) -> Value {
        let n = next_number();
        let body = json!({ "code": format!("group-{n}"), "name": format!("Group {n}") });
        self.0.create("/v1/groups", merge(body, fields)).await
    }

    /// Creates a seat with one holder since 2010.
    pub async fn seat(&self, group: &Value, council: &Value, fields: Value) -> Value {
        let body = json!({ "group_id": group["id"], "council_id": council["id"], "role": "member",
            "terms": [{ "holder_ref": format!("person-{}", next_number()), "held_from": "2010-01-01" }] });
        self.0.create("/v1/seats", merge(body, fields)).await
    }

    /// Creates a held meeting, of a group or without one, with an open register.
    pub async fn meeting(&self, group: Option<&Value>, held_on: &str, fields: Value) -> Value {
        let body = json!({ "group_id": group.map(|group| group["id"].clone()), "status": "held",
            "title": format!("Meeting {}", next_number()), "held_on": held_on });
        self.0.create("/v1/meetings", merge(body, fields)).await
    }

    /// Creates a group; returns a seat and a held meeting of it with an open register.
    pub async fn seat_and_meeting(&self, held_on: &str) -> (Value, Value) {
        let group = self.group(json!({})).await;
        let seat = self.seat(&group, &self.council(json!({})).await, json!({})).await;
        (seat, self.meeting(Some(&group), held_on, json!({})).await)
    }

    /// Creates an attendance record.
    pub async fn attendance(&self, meeting: &Value, seat: &Value, status: &str) -> Value {
        let body = json!({ "meeting_id": meeting["id"], "seat_id": seat["id"], "status": status });
        self.0.create("/v1/attendance", body).await
    }

    /// Closes the register of a meeting.
    pub async fn close_register(&self, meeting: &Value) {
        let path = format!("/v1/meetings/{}", meeting["id"].as_str().expect("an id"));
        let version = self.0.read(&path).await["version"].as_i64().expect("a version");
        self.0.patch(&path, version, json!({ "register": "closed" })).await.expect(200);
    }

    /// Creates a draft framework of the plan period 2017-18.
    pub async fn framework(&self, fields: Value) -> Value {
        let n = next_number();
        let body = json!({ "code": format!("plan-{n}"), "title": "A plan", "plan_from": "2017-04-01" });
        self.0.create("/v1/frameworks", merge(body, fields)).await
    }

    /// Activates a draft framework, after which thresholds change by revision only.
    pub async fn activate(&self, framework: &Value) {
        let path = format!("/v1/frameworks/{}", id(framework));
        self.0.patch(&path, 1, json!({ "status": "active" })).await.expect(200);
    }

    pub async fn theme(&self, framework: &Value) -> Value {
        let n = next_number();
        let body = json!({ "framework_id": framework["id"], "code": format!("t{n}"), "title": "A theme", "position": n });
        self.0.create("/v1/themes", body).await
    }

    pub async fn outcome(&self, theme: &Value) -> Value {
        let n = next_number();
        let body =
            json!({ "theme_id": theme["id"], "code": format!("o{n}"), "title": "An outcome", "position": n });
        self.0.create("/v1/outcomes", body).await
    }

    pub async fn action(&self, outcome: &Value, fields: Value) -> Value {
        let n = next_number();
        let body = json!({ "outcome_id": outcome["id"], "code": format!("a{n}"), "title": "An action", "position": n });
        self.0.create("/v1/actions", merge(body, fields)).await
    }

    pub async fn target(&self, action: &Value, measure: Value, fields: Value) -> Value {
        let n = next_number();
        let body = json!({ "action_ids": [action["id"]], "code": format!("target-{n}"), "title": "A target",
            "position": n, "measure": measure });
        self.0.create("/v1/targets", merge(body, fields)).await
    }

    /// Creates a framework with a theme, an outcome and an action of these groups; returns the
    /// framework and the action.
    pub async fn plan(&self, groups: &[&Value]) -> (Value, Value) {
        let framework = self.framework(json!({})).await;
        let outcome = self.outcome(&self.theme(&framework).await).await;
        let ids: Vec<Value> = groups.iter().map(|group| group["id"].clone()).collect();
        let action = self.action(&outcome, json!({ "group_ids": ids })).await;
        (framework, action)
    }

    /// Creates a progress entry.
    pub async fn entry(&self, target: &Value, day: &str, entry: Value) -> Value {
        let body = json!({ "target_id": target["id"], "occurred_on": day, "entry": entry });
        self.0.create("/v1/progress", body).await
    }

    /// Creates a publication of a framework on a day, which another caller approves and publishes.
    pub async fn publish(&self, framework: &Value, as_at: &str, other: &Caller) -> Value {
        let sealed = self
            .0
            .create("/v1/publications", json!({ "framework_id": framework["id"], "as_at": as_at }))
            .await;
        let path = format!("/v1/publications/{}", id(&sealed));
        other.patch(&path, 1, json!({ "status": "approved" })).await.expect(200);
        other.patch(&path, 2, json!({ "status": "published" })).await.expect(200).body
    }

    /// A target's metric on a day.
    pub async fn metric(&self, target: &Value, day: &str) -> Value {
        self.0.read(&format!("/v1/targets/{}/metric?as_at={day}", id(target))).await
    }
}

/// The id of a body.
pub fn id(body: &Value) -> Uuid {
    body["id"].as_str().and_then(|id| id.parse().ok()).expect("an id")
}
