//! Authorization: every role on every operation of the OpenAPI document. An allowed request has its
//! effect, and a rejected request leaves the row unchanged.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use outturn::access::{Grant, Role, Rules};
use outturn::{openapi, policy};
use serde_json::{Value, json};

use crate::support::{
    App, Caller, Fixtures, RESOURCES, Resource, ResourceFixtures, all_resources, id, without_secret,
};

static RULES: LazyLock<Rules> = LazyLock::new(policy::rules);

/// A caller of a role, and the council whose rows the requests use.
struct Case<'c> {
    role: Role,
    caller: &'c Caller,
    /// Whether the rows belong to the caller's own council.
    is_own: bool,
    council: &'c Value,
}

impl Case<'_> {
    fn is_allowed(&self, operation: &str) -> bool {
        match RULES.of(operation).expect(operation).access.grant(self.role) {
            Grant::All => true,
            Grant::Own => self.is_own,
            Grant::None => false,
        }
    }
}

/// Tries the five operations on a resource and adds them to `tried`.
async fn try_resource(
    resources: &ResourceFixtures,
    resource: Resource,
    case: &Case<'_>,
    n: &mut usize,
    tried: &mut BTreeSet<String>,
) {
    let Resource { one, many, path, .. } = resource;
    let new_body = async |n: &mut usize| {
        *n += 1;
        resources.body(one, case.council, *n).await
    };
    try_create(resources, &resource, case, new_body(n).await).await;
    let row = without_secret(resources.fixtures.0.create(path, new_body(n).await).await);
    try_get(&resource, case, &row).await;
    try_list(&resource, case, &row).await;
    let row = try_update(resources, &resource, case, row).await;
    try_delete(resources, &resource, case, &row).await;
    tried.extend(["create", "get", "update", "delete"].map(|verb| format!("{verb}{one}")));
    tried.insert(format!("list{many}"));
}

async fn try_create(resources: &ResourceFixtures, resource: &Resource, case: &Case<'_>, body: Value) {
    let count = async || {
        resources.fixtures.0.read(&format!("{}?total=true&limit=1", resource.path)).await["total"].as_i64()
    };
    let before = count().await;
    let response = case.caller.post(resource.path, body).await;
    if case.is_allowed(&format!("create{}", resource.one)) {
        let created = response.expect(201);
        assert_eq!(resources.fixtures.0.read(created.header("location")).await, without_secret(created.body));
    } else {
        response.expect(403);
        assert_eq!(count().await, before, "{} {}", case.role.as_str(), resource.path);
    }
}

async fn try_get(resource: &Resource, case: &Case<'_>, row: &Value) {
    let response = case.caller.get(&format!("{}/{}", resource.path, id(row))).await;
    if !resource.is_visible_to(case.role) {
        response.expect(404);
    } else if case.is_allowed(&format!("get{}", resource.one)) {
        assert_eq!(response.expect(200).body["id"], row["id"]);
    } else {
        response.expect(403);
    }
}

async fn try_list(resource: &Resource, case: &Case<'_>, row: &Value) {
    let response = case.caller.get(&format!("{}?limit=500", resource.path)).await;
    if case.is_allowed(&format!("list{}", resource.many)) {
        let rows = response.expect(200).body["data"].as_array().cloned().expect("data");
        let is_listed = rows.iter().any(|listed| listed["id"] == row["id"]);
        assert_eq!(is_listed, resource.is_visible_to(case.role), "{}", resource.path);
    } else {
        response.expect(403);
    }
}

/// Returns the row as it is afterwards.
async fn try_update(resources: &ResourceFixtures, resource: &Resource, case: &Case<'_>, row: Value) -> Value {
    let path = format!("{}/{}", resource.path, id(&row));
    let change = resource.change(&row);
    let response = case.caller.patch(&path, 1, change.clone()).await;
    let after = resources.fixtures.0.read(&path).await;
    if case.is_allowed(&format!("update{}", resource.one)) {
        assert_eq!(response.expect(200).body["version"], 2);
        assert_eq!((&after[resource.field], &after["version"]), (&change[resource.field], &json!(2)));
    } else {
        response.expect(403);
        assert_eq!(after, row, "{} {path}", case.role.as_str());
    }
    after
}

async fn try_delete(resources: &ResourceFixtures, resource: &Resource, case: &Case<'_>, row: &Value) {
    let path = format!("{}/{}", resource.path, id(row));
    let response = case.caller.delete(&path, row["version"].as_i64().expect("a version")).await;
    let after = resources.fixtures.0.get(&path).await;
    if case.is_allowed(&format!("delete{}", resource.one)) {
        response.expect(204);
        after.expect(404);
    } else {
        response.expect(403);
        assert_eq!(&after.expect(200).body, row, "{} {path}", case.role.as_str());
    }
}

/// The bulk operations with their resources.
const BULK_OPERATIONS: [(&str, &str); 3] =
    [("bulkAttendance", "Attendance"), ("bulkEvaluations", "Evaluation"), ("bulkProgress", "Progress")];

/// Returns the bulk line for the body of a single request.
fn as_line(body: Value, n: usize) -> Value {
    match body["entry"].as_object() {
        Some(entry) => json!({ "target_id": body["target_id"], "occurred_on": body["occurred_on"],
            "council_id": entry["council_id"], "covered": entry["covered"], "occasion": format!("occasion {n}") }),
        None => body,
    }
}

/// A bulk request applies lines that the policy allows. Lines of other councils fail.
async fn try_bulk(
    resources: &ResourceFixtures,
    case: &Case<'_>,
    n: &mut usize,
    tried: &mut BTreeSet<String>,
) {
    for (operation, one) in BULK_OPERATIONS {
        let path = RESOURCES.iter().find(|resource| resource.one == one).expect("a resource").path;
        *n += 1;
        let line = as_line(resources.body(one, case.council, *n).await, *n);
        let count =
            async || resources.fixtures.0.read(&format!("{path}?total=true&limit=1")).await["total"].as_i64();
        let before = count().await.expect("a count");
        let request = case.caller.request(reqwest::Method::POST, &format!("{path}/bulk"));
        let request =
            request.header("Idempotency-Key", format!("authz-{n}")).json(&json!({ "lines": [line] }));
        let response = case.caller.send(request).await;
        let is_accepted = RULES.of(operation).expect("a rule").access.grant(case.role) != Grant::None;
        let is_allowed = case.is_allowed(operation);
        let response = response.expect(if is_accepted { 200 } else { 403 });
        if is_accepted {
            let status = if is_allowed { "created" } else { "failed" };
            assert_eq!(response.body["results"][0]["status"], status, "{}", response.text);
        }
        assert_eq!(count().await, Some(before + i64::from(is_allowed)), "{operation} {}", case.role.as_str());
        tried.insert(operation.to_owned());
    }
}

async fn try_views(resources: &ResourceFixtures, case: &Case<'_>, tried: &mut BTreeSet<String>) {
    for (operation, path) in resources.views() {
        let response = case.caller.get(&path).await;
        if case.is_allowed(operation) {
            let is_csv = path.ends_with(".csv");
            assert!(response.expect(200).body.is_object() != is_csv, "{path}");
        } else {
            response.expect(403);
        }
        tried.insert(operation.to_owned());
    }
}

/// An allowed reorganisation ends a council. A rejected one leaves it unchanged.
async fn try_reorganisation(
    resources: &ResourceFixtures,
    case: &Case<'_>,
    n: &mut usize,
    tried: &mut BTreeSet<String>,
) {
    *n += 1;
    let ended = resources.fixtures.council(json!({})).await;
    let new = resources.body("Council", case.council, *n).await;
    let body = json!({ "reorganised_on": "2030-04-01", "kind": "renamed", "predecessor_ids": [ended["id"]],
        "successors": [{ "council": { "gss_code": new["gss_codes"][0]["gss_code"], "name": "New", "kind": "district" } }] });
    let response = case.caller.post("/v1/reorganisations", body).await;
    let after = resources.fixtures.0.read(&format!("/v1/councils/{}", id(&ended))).await;
    if case.is_allowed("createReorganisation") {
        assert_eq!(
            (&response.expect(200).body["predecessors"][0], &after["exists_until"]),
            (&after, &json!("2030-04-01"))
        );
    } else {
        response.expect(403);
        assert_eq!(after, ended, "{}", case.role.as_str());
    }
    tried.insert("createReorganisation".to_owned());
}

/// An allowed request creates a draft of the successor. A rejected one creates no framework.
async fn try_successor(resources: &ResourceFixtures, case: &Case<'_>, tried: &mut BTreeSet<String>) {
    let (framework, action) = resources.fixtures.plan(&[]).await;
    resources.fixtures.target(&action, json!({ "kind": "narrative" }), json!({})).await;
    let count = async || {
        resources.fixtures.0.read("/v1/frameworks?total=true&limit=1").await["total"]
            .as_i64()
            .expect("a total")
    };
    let before = count().await;
    let body = json!({ "code": format!("next-{}", id(&framework).simple()) });
    let response = case.caller.post(&format!("/v1/frameworks/{}/successor", id(&framework)), body).await;
    let is_allowed = case.is_allowed("createFrameworkSuccessor");
    let response = response.expect(if is_allowed { 201 } else { 403 });
    assert_eq!(count().await, before + i64::from(is_allowed), "{}", case.role.as_str());
    if is_allowed {
        assert_eq!(resources.fixtures.0.read(response.header("location")).await, response.body);
    }
    tried.insert("createFrameworkSuccessor".to_owned());
}

/// The content of a publication is readable by every role that the policy allows.
async fn try_content(resources: &ResourceFixtures, case: &Case<'_>, tried: &mut BTreeSet<String>) {
    let response = case.caller.get(&resources.content()).await;
    if case.is_allowed("getPublicationContent") {
        assert_eq!(response.expect(200).text.lines().count(), 3);
    } else {
        response.expect(403);
    }
    tried.insert("getPublicationContent".to_owned());
}

/// The HTML documents are readable by every role that the policy allows.
async fn try_documents(resources: &ResourceFixtures, case: &Case<'_>, tried: &mut BTreeSet<String>) {
    for (operation, path) in resources.documents() {
        let response = case.caller.get(&path).await;
        if case.is_allowed(operation) {
            assert!(response.expect(200).text.trim_end().ends_with("</html>"), "{path}");
        } else {
            response.expect(403);
        }
        tried.insert(operation.to_owned());
    }
}

/// Tries the operations on secrets, pings, replays and deliveries of a webhook.
async fn try_webhook(resources: &ResourceFixtures, case: &Case<'_>, tried: &mut BTreeSet<String>) {
    let admin = &resources.fixtures.0;
    let webhook = admin.create("/v1/webhooks", resources.body("Webhook", case.council, 0).await).await;
    let path = format!("/v1/webhooks/{}", id(&webhook));
    let ping = admin.create(&format!("{path}/pings"), json!({})).await;
    let delivery = format!("/v1/webhook-deliveries/{}", id(&ping));
    let all = format!("/v1/webhook-deliveries?webhook_id={}", id(&webhook));
    let since = json!({ "since_at": "2020-01-01T00:00:00Z" });
    let responses = [
        ("createWebhookSecret", 201, case.caller.post(&format!("{path}/secrets"), json!({})).await),
        ("createWebhookPing", 201, case.caller.post(&format!("{path}/pings"), json!({})).await),
        ("createWebhookReplay", 200, case.caller.post(&format!("{path}/replays"), since).await),
        ("getWebhookDelivery", 200, case.caller.get(&delivery).await),
        ("listWebhookDeliveries", 200, case.caller.get(&all).await),
    ];
    let is_allowed = case.is_allowed("createWebhookPing");
    for (operation, status, response) in responses {
        response.expect(if case.is_allowed(operation) { status } else { 403 });
        tried.insert(operation.to_owned());
    }
    assert_eq!(admin.read(&path).await["secret_generation"], 1 + i64::from(is_allowed));
    assert_eq!(admin.all(&all).await.len(), 1 + usize::from(is_allowed));
}

/// The token endpoint accepts requests of every caller and rejects requests without credentials.
async fn try_token(case: &Case<'_>, tried: &mut BTreeSet<String>) {
    let request = case.caller.request(reqwest::Method::POST, "/v1/auth/token");
    let response = case.caller.send(request.body("grant_type=client_credentials")).await;
    assert_eq!((response.status, &response.body["error"]), (400, &json!("invalid_request")));
    tried.insert("issueToken".to_owned());
}

/// Every caller may sign in and out. A wrong password is rejected, and other sessions stay valid.
async fn try_session(case: &Case<'_>, tried: &mut BTreeSet<String>) {
    // Each case has its own name: the server delays after three failures of a name and address.
    let email = format!("nobody-{}-{}@example.org", case.role.as_str(), case.is_own);
    let credentials = json!({ "email": email, "password": "a long phrase of nobody's" });
    let refused = case.caller.post("/v1/auth/sessions", credentials).await.expect(401);
    assert_eq!(refused.code(), "wrong_credentials");
    let request = case.caller.request(reqwest::Method::DELETE, "/v1/auth/sessions/current");
    case.caller.send(request).await.expect(204);
    case.caller.get("/v1/me").await.expect(200);
    tried.extend(["createSession", "deleteSession"].map(str::to_owned));
}

fn operations_of_the_document() -> BTreeSet<String> {
    let document = serde_json::to_value(openapi::document()).expect("a document");
    let paths = document["paths"].as_object().expect("paths").values();
    let ids = paths.flat_map(|path| {
        path.as_object().expect("a path").values().filter_map(|o| o["operationId"].as_str())
    });
    ids.map(str::to_owned).collect()
}

#[tokio::test]
async fn every_role_has_exactly_the_rights_of_the_policy() {
    let app = App::new();
    let resources = ResourceFixtures::new(&app).await;
    let other = resources.fixtures.council(json!({})).await;
    let mut n = 0;
    for role in Role::ALL {
        let caller = app.with_role(role, &[id(&resources.council)]);
        // Only the role `council` has councils of its own.
        let others = (role == Role::Council).then_some((&other, false));
        for (council, is_own) in [(&resources.council, true)].into_iter().chain(others) {
            let case = Case { role, caller: &caller, is_own, council };
            let mut tried = BTreeSet::new();
            for resource in all_resources() {
                try_resource(&resources, resource, &case, &mut n, &mut tried).await;
            }
            try_views(&resources, &case, &mut tried).await;
            try_bulk(&resources, &case, &mut n, &mut tried).await;
            try_reorganisation(&resources, &case, &mut n, &mut tried).await;
            try_successor(&resources, &case, &mut tried).await;
            try_content(&resources, &case, &mut tried).await;
            try_documents(&resources, &case, &mut tried).await;
            try_webhook(&resources, &case, &mut tried).await;
            try_token(&case, &mut tried).await;
            try_session(&case, &mut tried).await;
            assert_eq!(
                tried,
                operations_of_the_document(),
                "the test must try every operation of the document"
            );
        }
    }
}

#[tokio::test]
async fn unauthenticated_requests_are_rejected_and_change_nothing() {
    let app = App::new();
    let resources = ResourceFixtures::new(&app).await;
    let anonymous = app.anonymous();
    for (n, resource) in all_resources().enumerate() {
        let row = without_secret(
            resources
                .fixtures
                .0
                .create(resource.path, resources.body(resource.one, &resources.council, n).await)
                .await,
        );
        let path = format!("{}/{}", resource.path, id(&row));
        let responses = [
            anonymous.get(resource.path).await,
            anonymous.get(&path).await,
            anonymous.post(resource.path, json!({ "no": "schema" })).await,
            anonymous.patch(&path, 1, resource.change(&row)).await,
            anonymous.delete(&path, 1).await,
            anonymous.get(&format!("{}?unknown=1", resource.path)).await,
        ];
        for response in responses {
            let refused = response.expect(401);
            assert_eq!(
                (refused.header("www-authenticate"), refused.field_errors().len()),
                ("Bearer realm=\"outturn\"", 0)
            );
        }
        assert_eq!(resources.fixtures.0.read(&path).await, row);
    }
    for (_, path) in resources.views().into_iter().chain(resources.documents()) {
        anonymous.get(&path).await.expect(401);
    }
}

#[tokio::test]
async fn me_lists_the_operations_that_the_caller_may_use() {
    let app = App::new();
    let fixtures = Fixtures(app.admin());
    let council = fixtures.council(json!({})).await;
    for role in Role::ALL {
        let me = app.with_role(role, &[id(&council)]).read("/v1/me").await;
        assert_eq!((&me["role"], &me["subject"]), (&json!(role.as_str()), &json!(role.as_str())));
        let rules = RULES.0.iter().map(|rule| (rule.operation, rule.access.grant(role)));
        let allowed = rules.filter(|(_, grant)| *grant != Grant::None);
        let allowed: Vec<Value> =
            allowed.map(|(id, grant)| json!({ "operation_id": id, "grant": grant })).collect();
        assert_eq!(me["operations"], json!(allowed));
        let councils = if role == Role::Council {
            json!([{ "id": council["id"], "name": council["name"], "gss_code": council["gss_code"] }])
        } else {
            json!([])
        };
        assert_eq!(me["councils"], councils);
    }
}
