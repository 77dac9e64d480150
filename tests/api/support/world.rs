//! One of everything: what a test needs that goes over every resource.

use outturn::policy::Role;
use serde_json::{Value, json};

use super::{App, Made, id};

/// An instant so many days from now.
pub fn in_days(days: i64) -> String {
    let then = chrono::Utc::now() + chrono::TimeDelta::days(days);
    then.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}

/// A resource of the API, as a test that goes over all of them uses it.
#[derive(Debug, Clone, Copy)]
pub struct Resource {
    /// Its word in the ids of the operations on one: `createCouncil`.
    pub one: &'static str,
    /// Its word in the id of the list's operation: `listCouncils`.
    pub many: &'static str,
    /// Its collection.
    pub path: &'static str,
    /// A field that a change can set.
    pub field: &'static str,
}

const fn resource(
    one: &'static str,
    many: &'static str,
    path: &'static str,
    field: &'static str,
) -> Resource {
    Resource { one, many, path, field }
}

/// Every resource that everybody sees.
pub const RESOURCES: [Resource; 13] = [
    resource("Council", "Councils", "/v1/councils", "name"),
    resource("Group", "Groups", "/v1/groups", "name"),
    resource("Seat", "Seats", "/v1/seats", "role"),
    resource("Meeting", "Meetings", "/v1/meetings", "title"),
    resource("Attendance", "Attendance", "/v1/attendance", "note"),
    resource("Evaluation", "Evaluations", "/v1/evaluations", "question"),
    resource("Framework", "Frameworks", "/v1/frameworks", "title"),
    resource("Theme", "Themes", "/v1/themes", "title"),
    resource("Outcome", "Outcomes", "/v1/outcomes", "title"),
    resource("Action", "Actions", "/v1/actions", "title"),
    resource("Target", "Targets", "/v1/targets", "title"),
    resource("Revision", "Revisions", "/v1/revisions", "reason"),
    resource("Progress", "Progress", "/v1/progress", "note"),
];

/// Resources that only an administrator sees.
const ADMINISTERED: [Resource; 4] = [
    resource("Account", "Accounts", "/v1/accounts", "name"),
    resource("RoleMapping", "RoleMappings", "/v1/role-mappings", "name"),
    resource("DatasetKey", "DatasetKeys", "/v1/dataset-keys", "name"),
    resource("Webhook", "Webhooks", "/v1/webhooks", "name"),
];

/// Resources that only the association's staff sees when they are new.
const DRAFTED: [Resource; 1] = [resource("Publication", "Publications", "/v1/publications", "title")];

/// Every resource, also those that not everybody sees.
pub fn every_resource() -> impl Iterator<Item = Resource> {
    RESOURCES.into_iter().chain(ADMINISTERED).chain(DRAFTED)
}

impl Resource {
    /// Whether somebody of this role is shown a new one, if the policy lets them read it.
    pub fn is_shown_to(&self, role: Role) -> bool {
        DRAFTED.iter().all(|drafted| drafted.one != self.one) || matches!(role, Role::Admin | Role::Officer)
    }

    /// A change of the resource's field that fits no other row.
    pub fn change(&self, row: &Value) -> Value {
        json!({ self.field: format!("c{}", id(row).simple()) })
    }
}

/// A row as it is read once it is made: a secret is shown once.
pub fn as_read(mut made: Value) -> Value {
    if let Some(secret) = made.get_mut("secret") {
        *secret = Value::Null;
    }
    made
}

/// Rows on which new ones of every resource can rest.
pub struct World {
    pub made: Made,
    pub council: Value,
    group: Value,
    meeting: Value,
    framework: Value,
    theme: Value,
    outcome: Value,
    action: Value,
    target: Value,
    /// Published, of another year than all other rows.
    publication: Value,
    published_target: Value,
}

impl World {
    pub async fn new(app: &App) -> Self {
        let made = Made(app.admin());
        let council = made.council(json!({})).await;
        let group = made.group(json!({})).await;
        let meeting = made.meeting(Some(&group), "2017-05-01", json!({})).await;
        let framework = made.framework(json!({})).await;
        let theme = made.theme(&framework).await;
        let outcome = made.outcome(&theme).await;
        let action = made.action(&outcome, json!({ "group_ids": [group["id"]] })).await;
        let coverage = json!({ "kind": "council_coverage", "basis": "entries" });
        let target =
            made.target(&action, coverage, json!({ "council_reported": true, "threshold": 50 })).await;
        made.agree(&framework).await;
        let earlier = made.framework(json!({ "plan_from": "2001-04-01" })).await;
        let narrated = made.action(&made.outcome(&made.theme(&earlier).await).await, json!({})).await;
        let published_target = made.target(&narrated, json!({ "kind": "narrative" }), json!({})).await;
        made.agree(&earlier).await;
        // Its period is open again: rows that have been there since ever are still entered.
        let publication = made.publish(&earlier, "2002-03-31", &app.officer()).await;
        let reopened = json!({ "status": "reopened", "reopened_reason": "More is to be entered." });
        let path = format!("/v1/publications/{}", id(&publication));
        let publication = made.0.patch(&path, 3, reopened).await.expect(200).body;
        Self {
            made,
            council,
            group,
            meeting,
            framework,
            theme,
            outcome,
            action,
            target,
            publication,
            published_target,
        }
    }

    /// A body for a fresh row of a resource; where rows belong to a council, to this one.
    pub async fn body(&self, resource: &str, council: &Value, n: usize) -> Value {
        let titled = |parent: &str, row: &Value| json!({ parent: row["id"], "code": format!("c{n}"), "title": "As entered", "position": 1000 + n });
        match resource {
            "Council" => {
                json!({ "name": "As entered", "kind": "district", "gss_codes": [{ "gss_code": format!("W{n:08}") }] })
            }
            "Group" => json!({ "code": format!("g{n}"), "name": "As entered" }),
            "Seat" => {
                json!({ "group_id": self.group["id"], "council_id": council["id"], "role": format!("role_{n}") })
            }
            "Meeting" => {
                json!({ "group_id": self.group["id"], "title": format!("Meeting {n}"), "held_on": "2017-05-02", "status": "held" })
            }
            "Attendance" => {
                let seat =
                    self.made.seat(&self.group, council, json!({ "role": format!("attends_{n}") })).await;
                json!({ "meeting_id": self.meeting["id"], "seat_id": seat["id"], "status": "present" })
            }
            "Evaluation" => {
                let meeting = self.made.meeting(None, "2017-06-15", json!({})).await;
                json!({ "meeting_id": meeting["id"], "question": format!("q{n}"), "ratings": [{ "rating": "good", "forms": 2 }] })
            }
            "Framework" => {
                json!({ "code": format!("f{n}"), "title": "As entered", "plan_from": "2017-04-01" })
            }
            "Theme" => titled("framework_id", &self.framework),
            "Outcome" => titled("theme_id", &self.theme),
            "Action" => titled("outcome_id", &self.outcome),
            "Target" => {
                let measure = json!({ "kind": "count_total", "unit_name": "thing" });
                json!({ "action_ids": [self.action["id"]], "code": format!("c{n}"), "title": "As entered", "position": 1000 + n, "measure": measure })
            }
            "Revision" => {
                let measure = json!({ "kind": "count_total", "unit_name": "thing" });
                let target = self.made.target(&self.action, measure, json!({ "threshold": 5 })).await;
                json!({ "target_id": target["id"], "revised_on": "2017-10-01", "threshold": 3, "reason": "As entered" })
            }
            "Progress" => {
                let entry = json!({ "kind": "coverage", "council_id": council["id"], "covered": true });
                json!({ "target_id": self.target["id"], "occurred_on": "2017-06-30", "entry": entry })
            }
            "Account" => {
                json!({ "kind": "user", "name": "As entered", "email": format!("u{n}@example.org"), "role": "officer" })
            }
            "RoleMapping" => {
                json!({ "name": "As entered", "issuer": "https://id.example.org", "claim": "groups", "value": format!("g{n}"), "role": "officer" })
            }
            "Publication" => json!({ "framework_id": self.framework["id"], "title": "As entered" }),
            "DatasetKey" => json!({ "name": "As entered", "expires_at": in_days(30) }),
            "Webhook" => {
                json!({ "name": "As entered", "url": "https://example.org/hook", "event_types": ["webhook.ping"] })
            }
            other => panic!("{other} is no resource"),
        }
    }

    /// What is sealed in the publication.
    pub fn content(&self) -> String {
        format!("/v1/publications/{}/content", id(&self.publication))
    }

    /// The documents that people read, by their operations' ids.
    pub fn documents(&self) -> [(&'static str, String); 2] {
        [
            ("getFrameworkReport", format!("/v1/frameworks/{}/report", id(&self.framework))),
            ("getPublicationReport", format!("/v1/publications/{}/report", id(&self.publication))),
        ]
    }

    /// The derived views, by their operations' ids.
    pub fn views(&self) -> [(&'static str, String); 24] {
        let publication = |view: &str| format!("/v1/publications/{}/{view}", id(&self.publication));
        let framework = |view: &str| format!("/v1/frameworks/{}/{view}", id(&self.framework));
        [
            ("getMe", "/v1/me".to_owned()),
            ("listAudit", "/v1/audit".to_owned()),
            ("listDisclosures", "/v1/disclosures".to_owned()),
            ("listChanges", "/v1/changes".to_owned()),
            ("getMeetingTurnout", format!("/v1/meetings/{}/turnout", id(&self.meeting))),
            ("getCouncilEngagement", format!("/v1/councils/{}/engagement", id(&self.council))),
            ("listEngagement", "/v1/engagement".to_owned()),
            ("listDatasets", "/v1/datasets".to_owned()),
            ("getDataset", "/v1/datasets/attendance".to_owned()),
            ("getFrameworkTree", framework("tree")),
            ("getFrameworkMetrics", framework("metrics")),
            ("getFrameworkMetricsCsv", framework("metrics.csv")),
            ("getFrameworkSummary", framework("summary")),
            ("getFrameworkSeries", framework("series")),
            ("getFrameworkSeriesCsv", framework("series.csv")),
            ("getFrameworkOverdue", framework("overdue")),
            ("getTargetSeries", format!("/v1/targets/{}/series", id(&self.target))),
            ("getTargetMetric", format!("/v1/targets/{}/metric", id(&self.target))),
            ("getPublicationMetrics", publication("metrics")),
            ("getPublicationMetricsCsv", publication("metrics.csv")),
            ("getPublicationSummary", publication("summary")),
            ("getPublicationDrift", publication("drift")),
            (
                "explainPublishedMetric",
                publication(&format!("explanation?target_id={}", id(&self.published_target))),
            ),
            ("explainTargetMetric", format!("/v1/targets/{}/metric/explanation", id(&self.target))),
        ]
    }
}
