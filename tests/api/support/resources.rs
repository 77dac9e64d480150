//! Resources, request bodies and paths for tests that cover every resource.

use outturn::access::Role;
use serde_json::{Value, json};

use super::{App, Fixtures, id};

/// The instant this many days from now.
pub fn days_from_now(days: i64) -> String {
    let instant = chrono::Utc::now() + chrono::TimeDelta::days(days);
    instant.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}

/// A resource of the API.
#[derive(Debug, Clone, Copy)]
pub struct Resource {
    /// The singular in operation ids: `createCouncil`.
    pub one: &'static str,
    /// The plural in the id of the list operation: `listCouncils`.
    pub many: &'static str,
    /// The path of its collection.
    pub path: &'static str,
    /// A field that a patch can set.
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

/// The resources that every role reads.
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

/// The resources that only administrators read.
const ADMINISTERED: [Resource; 4] = [
    resource("Account", "Accounts", "/v1/accounts", "name"),
    resource("RoleMapping", "RoleMappings", "/v1/role-mappings", "name"),
    resource("DatasetKey", "DatasetKeys", "/v1/dataset-keys", "name"),
    resource("Webhook", "Webhooks", "/v1/webhooks", "name"),
];

/// The resources whose new rows only the association's staff reads.
const DRAFTED: [Resource; 1] = [resource("Publication", "Publications", "/v1/publications", "title")];

/// All resources, including those that not every role reads.
pub fn all_resources() -> impl Iterator<Item = Resource> {
    RESOURCES.into_iter().chain(ADMINISTERED).chain(DRAFTED)
}

impl Resource {
    /// Whether a role that may read the resource sees a new row.
    pub fn is_visible_to(&self, role: Role) -> bool {
        DRAFTED.iter().all(|drafted| drafted.one != self.one) || matches!(role, Role::Admin | Role::Officer)
    }

    /// A patch of the resource's field with a value that is unique to the row.
    pub fn change(&self, row: &Value) -> Value {
        json!({ self.field: format!("c{}", id(row).simple()) })
    }
}

/// The response to a creation as a later read returns it: the secret is returned only once.
pub fn without_secret(mut created: Value) -> Value {
    if let Some(secret) = created.get_mut("secret") {
        *secret = Value::Null;
    }
    created
}

/// Rows that new rows of every resource can reference.
pub struct ResourceFixtures {
    pub fixtures: Fixtures,
    pub council: Value,
    group: Value,
    meeting: Value,
    framework: Value,
    theme: Value,
    outcome: Value,
    action: Value,
    target: Value,
    /// A publication of another plan period than the other rows.
    publication: Value,
    published_target: Value,
}

impl ResourceFixtures {
    pub async fn new(app: &App) -> Self {
        let fixtures = Fixtures(app.admin());
        let council = fixtures.council(json!({})).await;
        let group = fixtures.group(json!({})).await;
        let meeting = fixtures.meeting(Some(&group), "2017-05-01", json!({})).await;
        let framework = fixtures.framework(json!({})).await;
        let theme = fixtures.theme(&framework).await;
        let outcome = fixtures.outcome(&theme).await;
        let action = fixtures.action(&outcome, json!({ "group_ids": [group["id"]] })).await;
        let coverage = json!({ "kind": "council_coverage", "basis": "entries" });
        let target =
            fixtures.target(&action, coverage, json!({ "council_reported": true, "threshold": 50 })).await;
        fixtures.activate(&framework).await;
        let earlier = fixtures.framework(json!({ "plan_from": "2001-04-01" })).await;
        let earlier_action =
            fixtures.action(&fixtures.outcome(&fixtures.theme(&earlier).await).await, json!({})).await;
        let published_target =
            fixtures.target(&earlier_action, json!({ "kind": "narrative" }), json!({})).await;
        fixtures.activate(&earlier).await;
        // The publication is reopened, so that tests can still create rows of earlier days.
        let publication = fixtures.publish(&earlier, "2002-03-31", &app.officer()).await;
        let reopened = json!({ "status": "reopened", "reopened_reason": "More is to be entered." });
        let path = format!("/v1/publications/{}", id(&publication));
        let publication = fixtures.0.patch(&path, 3, reopened).await.expect(200).body;
        Self {
            fixtures,
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

    /// The body for a new row of a resource. A row that belongs to a council gets this one.
    pub async fn body(&self, resource: &str, council: &Value, n: usize) -> Value {
        let with_title = |parent: &str, row: &Value| json!({ parent: row["id"], "code": format!("c{n}"), "title": "As entered", "position": 1000 + n });
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
                    self.fixtures.seat(&self.group, council, json!({ "role": format!("attends_{n}") })).await;
                json!({ "meeting_id": self.meeting["id"], "seat_id": seat["id"], "status": "present" })
            }
            "Evaluation" => {
                let meeting = self.fixtures.meeting(None, "2017-06-15", json!({})).await;
                json!({ "meeting_id": meeting["id"], "question": format!("q{n}"), "ratings": [{ "rating": "good", "forms": 2 }] })
            }
            "Framework" => {
                json!({ "code": format!("f{n}"), "title": "As entered", "plan_from": "2017-04-01" })
            }
            "Theme" => with_title("framework_id", &self.framework),
            "Outcome" => with_title("theme_id", &self.theme),
            "Action" => with_title("outcome_id", &self.outcome),
            "Target" => {
                let measure = json!({ "kind": "count_total", "unit_name": "thing" });
                json!({ "action_ids": [self.action["id"]], "code": format!("c{n}"), "title": "As entered", "position": 1000 + n, "measure": measure })
            }
            "Revision" => {
                let measure = json!({ "kind": "count_total", "unit_name": "thing" });
                let target = self.fixtures.target(&self.action, measure, json!({ "threshold": 5 })).await;
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
            "DatasetKey" => json!({ "name": "As entered", "expires_at": days_from_now(30) }),
            "Webhook" => {
                json!({ "name": "As entered", "url": "https://example.org/hook", "event_types": ["webhook.ping"] })
            }
            other => panic!("unknown resource {other}"),
        }
    }

    /// The path of the publication's sealed content.
    pub fn content(&self) -> String {
        format!("/v1/publications/{}/content", id(&self.publication))
    }

    /// The paths of the reports, by operation id.
    pub fn documents(&self) -> [(&'static str, String); 2] {
        [
            ("getFrameworkReport", format!("/v1/frameworks/{}/report", id(&self.framework))),
            ("getPublicationReport", format!("/v1/publications/{}/report", id(&self.publication))),
        ]
    }

    /// The paths of the derived views, by operation id.
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
