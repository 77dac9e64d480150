//! Made data: each thing with only what matters, the rest as a caller would leave it.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};
use uuid::Uuid;

use super::Person;

static NUMBER: AtomicU32 = AtomicU32::new(1);

fn number() -> u32 {
    NUMBER.fetch_add(1, Ordering::Relaxed)
}

fn with(mut body: Value, more: Value) -> Value {
    let more = more.as_object().cloned().unwrap_or_default();
    body.as_object_mut().expect("an object").extend(more);
    body
}

/// An officer who enters things.
pub struct Made(pub Person);

impl Made {
    pub async fn council(&self, more: Value) -> Value {
        let n = number();
        let body = json!({ "name": format!("Council {n}"), "kind": "district",
            "gss_codes": [{ "gss_code": format!("E{n:08}") }], "memberships": [{ "member_from": "2010-04-01" }] });
        self.0.make("/v1/councils", with(body, more)).await
    }

    pub async fn group(&self, more: Value) -> Value {
        let n = number();
        let body = json!({ "code": format!("group-{n}"), "name": format!("Group {n}") });
        self.0.make("/v1/groups", with(body, more)).await
    }

    /// A seat that somebody has held since 2010.
    pub async fn seat(&self, group: &Value, council: &Value, more: Value) -> Value {
        let body = json!({ "group_id": group["id"], "council_id": council["id"], "role": "member",
            "terms": [{ "holder_ref": format!("person-{}", number()), "held_from": "2010-01-01" }] });
        self.0.make("/v1/seats", with(body, more)).await
    }

    /// A held meeting of a group, with its register open.
    pub async fn meeting(&self, group: Option<&Value>, held_on: &str, more: Value) -> Value {
        let body = json!({ "group_id": group.map(|group| group["id"].clone()), "status": "held",
            "title": format!("Meeting {}", number()), "held_on": held_on });
        self.0.make("/v1/meetings", with(body, more)).await
    }

    /// A seat of a new group and a held meeting of it, with its register open.
    pub async fn seat_and_meeting(&self, held_on: &str) -> (Value, Value) {
        let group = self.group(json!({})).await;
        let seat = self.seat(&group, &self.council(json!({})).await, json!({})).await;
        (seat, self.meeting(Some(&group), held_on, json!({})).await)
    }

    pub async fn line(&self, meeting: &Value, seat: &Value, status: &str) -> Value {
        let body = json!({ "meeting_id": meeting["id"], "seat_id": seat["id"], "status": status });
        self.0.make("/v1/attendance", body).await
    }

    pub async fn close(&self, meeting: &Value) {
        let path = format!("/v1/meetings/{}", meeting["id"].as_str().expect("an id"));
        let version = self.0.read(&path).await["version"].as_i64().expect("a version");
        self.0.patch(&path, version, json!({ "register": "closed" })).await.expect(200);
    }

    /// A draft framework of the plan year 2017-18.
    pub async fn framework(&self, more: Value) -> Value {
        let n = number();
        let body = json!({ "code": format!("plan-{n}"), "title": "A plan", "plan_from": "2017-04-01" });
        self.0.make("/v1/frameworks", with(body, more)).await
    }

    /// Agrees a draft: from now on its thresholds are revised.
    pub async fn agree(&self, framework: &Value) {
        let path = format!("/v1/frameworks/{}", id(framework));
        self.0.patch(&path, 1, json!({ "status": "active" })).await.expect(200);
    }

    pub async fn theme(&self, framework: &Value) -> Value {
        let n = number();
        let body = json!({ "framework_id": framework["id"], "code": format!("t{n}"), "title": "A theme", "position": n });
        self.0.make("/v1/themes", body).await
    }

    pub async fn outcome(&self, theme: &Value) -> Value {
        let n = number();
        let body =
            json!({ "theme_id": theme["id"], "code": format!("o{n}"), "title": "An outcome", "position": n });
        self.0.make("/v1/outcomes", body).await
    }

    pub async fn action(&self, outcome: &Value, more: Value) -> Value {
        let n = number();
        let body = json!({ "outcome_id": outcome["id"], "code": format!("a{n}"), "title": "An action", "position": n });
        self.0.make("/v1/actions", with(body, more)).await
    }

    pub async fn target(&self, action: &Value, measure: Value, more: Value) -> Value {
        let n = number();
        let body = json!({ "action_ids": [action["id"]], "code": format!("target-{n}"), "title": "A target",
            "position": n, "measure": measure });
        self.0.make("/v1/targets", with(body, more)).await
    }

    /// A framework, a theme, an outcome and an action, one below the other; the action works through these groups.
    pub async fn plan(&self, groups: &[&Value]) -> (Value, Value) {
        let framework = self.framework(json!({})).await;
        let outcome = self.outcome(&self.theme(&framework).await).await;
        let ids: Vec<Value> = groups.iter().map(|group| group["id"].clone()).collect();
        let action = self.action(&outcome, json!({ "group_ids": ids })).await;
        (framework, action)
    }

    pub async fn entry(&self, target: &Value, day: &str, entry: Value) -> Value {
        let body = json!({ "target_id": target["id"], "occurred_on": day, "entry": entry });
        self.0.make("/v1/progress", body).await
    }

    /// A framework's metrics of a day, sealed, and approved and published by somebody else.
    pub async fn publish(&self, framework: &Value, as_at: &str, other: &Person) -> Value {
        let sealed =
            self.0.make("/v1/publications", json!({ "framework_id": framework["id"], "as_at": as_at })).await;
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
