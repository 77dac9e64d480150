//! Every role on every operation of the document: what the policy allows has its effect, what it refuses leaves
//! the row as it was.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use outturn::api;
use outturn::policy::{Grant, Role, Rules};
use serde_json::{Value, json};

use crate::support::{App, Made, Person, RESOURCES, Resource, World, as_read, every_resource, id};

static RULES: LazyLock<Rules> = LazyLock::new(api::rules);

/// Somebody of a role, and whose rows are tried on.
struct Case<'c> {
    role: Role,
    person: &'c Person,
    /// Whether the row is one of the caller's own council.
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

/// Tries the five operations on a resource, and notes which they were.
async fn try_resource(
    world: &World,
    resource: Resource,
    case: &Case<'_>,
    n: &mut usize,
    tried: &mut BTreeSet<String>,
) {
    let Resource { one, many, path, .. } = resource;
    let fresh = async |n: &mut usize| {
        *n += 1;
        world.body(one, case.council, *n).await
    };
    try_create(world, &resource, case, fresh(n).await).await;
    for operation in ["get", "list", "update", "delete"] {
        let row = as_read(world.made.0.make(path, fresh(n).await).await);
        match operation {
            "get" => try_get(&resource, case, &row).await,
            "list" => try_list(&resource, case, &row).await,
            "update" => try_update(world, &resource, case, &row).await,
            _ => try_delete(world, &resource, case, &row).await,
        }
    }
    tried.extend(["create", "get", "update", "delete"].map(|verb| format!("{verb}{one}")));
    tried.insert(format!("list{many}"));
}

async fn try_create(world: &World, resource: &Resource, case: &Case<'_>, body: Value) {
    let count =
        async || world.made.0.read(&format!("{}?total=true&limit=1", resource.path)).await["total"].as_i64();
    let before = count().await;
    let answer = case.person.post(resource.path, body).await;
    if case.is_allowed(&format!("create{}", resource.one)) {
        let made = answer.expect(201);
        assert_eq!(world.made.0.read(made.header("location")).await, as_read(made.body));
    } else {
        answer.expect(403);
        assert_eq!(count().await, before, "{} {}", case.role.as_str(), resource.path);
    }
}

async fn try_get(resource: &Resource, case: &Case<'_>, row: &Value) {
    let answer = case.person.get(&format!("{}/{}", resource.path, id(row))).await;
    if !resource.is_shown_to(case.role) {
        answer.expect(404);
    } else if case.is_allowed(&format!("get{}", resource.one)) {
        assert_eq!(answer.expect(200).body["id"], row["id"]);
    } else {
        answer.expect(403);
    }
}

async fn try_list(resource: &Resource, case: &Case<'_>, row: &Value) {
    let answer = case.person.get(&format!("{}?limit=500", resource.path)).await;
    if case.is_allowed(&format!("list{}", resource.many)) {
        let rows = answer.expect(200).body["data"].as_array().cloned().expect("data");
        let is_listed = rows.iter().any(|listed| listed["id"] == row["id"]);
        assert_eq!(is_listed, resource.is_shown_to(case.role), "{}", resource.path);
    } else {
        answer.expect(403);
    }
}

async fn try_update(world: &World, resource: &Resource, case: &Case<'_>, row: &Value) {
    let path = format!("{}/{}", resource.path, id(row));
    let change = resource.change(row);
    let answer = case.person.patch(&path, 1, change.clone()).await;
    let after = world.made.0.read(&path).await;
    if case.is_allowed(&format!("update{}", resource.one)) {
        assert_eq!(answer.expect(200).body["version"], 2);
        assert_eq!((&after[resource.field], &after["version"]), (&change[resource.field], &json!(2)));
    } else {
        answer.expect(403);
        assert_eq!(&after, row, "{} {path}", case.role.as_str());
    }
}

async fn try_delete(world: &World, resource: &Resource, case: &Case<'_>, row: &Value) {
    let path = format!("{}/{}", resource.path, id(row));
    let answer = case.person.delete(&path, 1).await;
    let after = world.made.0.get(&path).await;
    if case.is_allowed(&format!("delete{}", resource.one)) {
        answer.expect(204);
        after.expect(404);
    } else {
        answer.expect(403);
        assert_eq!(&after.expect(200).body, row, "{} {path}", case.role.as_str());
    }
}

/// The operations in bulk, each with its resource.
const IN_BULK: [(&str, &str); 3] =
    [("bulkAttendance", "Attendance"), ("bulkEvaluations", "Evaluation"), ("bulkProgress", "Progress")];

/// A line for a body as it would be sent alone.
fn as_line(body: Value, n: usize) -> Value {
    match body["entry"].as_object() {
        Some(entry) => json!({ "target_id": body["target_id"], "occurred_on": body["occurred_on"],
            "council_id": entry["council_id"], "covered": entry["covered"], "occasion": format!("occasion {n}") }),
        None => body,
    }
}

/// A bulk request writes what the policy allows; of another council's lines it says that they failed.
async fn try_bulk(world: &World, case: &Case<'_>, n: &mut usize, tried: &mut BTreeSet<String>) {
    for (operation, one) in IN_BULK {
        let path = RESOURCES.iter().find(|resource| resource.one == one).expect("a resource").path;
        *n += 1;
        let line = as_line(world.body(one, case.council, *n).await, *n);
        let count = async || world.made.0.read(&format!("{path}?total=true&limit=1")).await["total"].as_i64();
        let before = count().await.expect("a count");
        let request = case.person.request(reqwest::Method::POST, &format!("{path}/bulk"));
        let request =
            request.header("Idempotency-Key", format!("authz-{n}")).json(&json!({ "lines": [line] }));
        let answer = case.person.send(request).await;
        let is_let_in = RULES.of(operation).expect("a rule").access.grant(case.role) != Grant::None;
        let is_allowed = case.is_allowed(operation);
        let answer = answer.expect(if is_let_in { 200 } else { 403 });
        if is_let_in {
            let status = if is_allowed { "created" } else { "failed" };
            assert_eq!(answer.body["results"][0]["status"], status, "{}", answer.text);
        }
        assert_eq!(count().await, Some(before + i64::from(is_allowed)), "{operation} {}", case.role.as_str());
        tried.insert(operation.to_owned());
    }
}

async fn try_views(world: &World, case: &Case<'_>, tried: &mut BTreeSet<String>) {
    for (operation, path) in world.views() {
        let answer = case.person.get(&path).await;
        if case.is_allowed(operation) {
            let is_csv = path.ends_with(".csv");
            assert!(answer.expect(200).body.is_object() != is_csv, "{path}");
        } else {
            answer.expect(403);
        }
        tried.insert(operation.to_owned());
    }
}

/// A reorganisation ends a council, or leaves it as it was.
async fn try_reorganisation(world: &World, case: &Case<'_>, n: &mut usize, tried: &mut BTreeSet<String>) {
    *n += 1;
    let ended = world.made.council(json!({})).await;
    let new = world.body("Council", case.council, *n).await;
    let body = json!({ "reorganised_on": "2030-04-01", "kind": "renamed", "predecessor_ids": [ended["id"]],
        "successors": [{ "council": { "gss_code": new["gss_codes"][0]["gss_code"], "name": "New", "kind": "district" } }] });
    let answer = case.person.post("/v1/reorganisations", body).await;
    let after = world.made.0.read(&format!("/v1/councils/{}", id(&ended))).await;
    if case.is_allowed("createReorganisation") {
        assert_eq!(
            (&answer.expect(200).body["predecessors"][0], &after["exists_until"]),
            (&after, &json!("2030-04-01"))
        );
    } else {
        answer.expect(403);
        assert_eq!(after, ended, "{}", case.role.as_str());
    }
    tried.insert("createReorganisation".to_owned());
}

/// A framework is carried on into a draft, or it is not.
async fn try_successor(world: &World, case: &Case<'_>, tried: &mut BTreeSet<String>) {
    let (framework, action) = world.made.plan(&[]).await;
    world.made.target(&action, json!({ "kind": "narrative" }), json!({})).await;
    let count = async || {
        world.made.0.read("/v1/frameworks?total=true&limit=1").await["total"].as_i64().expect("a total")
    };
    let before = count().await;
    let body = json!({ "code": format!("next-{}", id(&framework).simple()) });
    let answer = case.person.post(&format!("/v1/frameworks/{}/successor", id(&framework)), body).await;
    let is_allowed = case.is_allowed("createFrameworkSuccessor");
    let answer = answer.expect(if is_allowed { 201 } else { 403 });
    assert_eq!(count().await, before + i64::from(is_allowed), "{}", case.role.as_str());
    if is_allowed {
        assert_eq!(world.made.0.read(answer.header("location")).await, answer.body);
    }
    tried.insert("createFrameworkSuccessor".to_owned());
}

/// What is sealed is read by everybody, byte for byte.
async fn try_content(world: &World, case: &Case<'_>, tried: &mut BTreeSet<String>) {
    let answer = case.person.get(&world.content()).await;
    if case.is_allowed("getPublicationContent") {
        assert_eq!(answer.expect(200).text.lines().count(), 3);
    } else {
        answer.expect(403);
    }
    tried.insert("getPublicationContent".to_owned());
}

/// The documents are read by everybody.
async fn try_documents(world: &World, case: &Case<'_>, tried: &mut BTreeSet<String>) {
    for (operation, path) in world.documents() {
        let answer = case.person.get(&path).await;
        if case.is_allowed(operation) {
            assert!(answer.expect(200).text.trim_end().ends_with("</html>"), "{path}");
        } else {
            answer.expect(403);
        }
        tried.insert(operation.to_owned());
    }
}

/// A webhook's secret is renewed, a ping is on its way and is looked at, what was given up is tried again; or not.
async fn try_webhook(world: &World, case: &Case<'_>, tried: &mut BTreeSet<String>) {
    let admin = &world.made.0;
    let webhook = admin.make("/v1/webhooks", world.body("Webhook", case.council, 0).await).await;
    let path = format!("/v1/webhooks/{}", id(&webhook));
    let ping = admin.make(&format!("{path}/pings"), json!({})).await;
    let delivery = format!("/v1/webhook-deliveries/{}", id(&ping));
    let all = format!("/v1/webhook-deliveries?webhook_id={}", id(&webhook));
    let since = json!({ "since_at": "2020-01-01T00:00:00Z" });
    let answers = [
        ("createWebhookSecret", 201, case.person.post(&format!("{path}/secrets"), json!({})).await),
        ("createWebhookPing", 201, case.person.post(&format!("{path}/pings"), json!({})).await),
        ("createWebhookReplay", 200, case.person.post(&format!("{path}/replays"), since).await),
        ("getWebhookDelivery", 200, case.person.get(&delivery).await),
        ("listWebhookDeliveries", 200, case.person.get(&all).await),
    ];
    let is_allowed = case.is_allowed("createWebhookPing");
    for (operation, status, answer) in answers {
        answer.expect(if case.is_allowed(operation) { status } else { 403 });
        tried.insert(operation.to_owned());
    }
    assert_eq!(admin.read(&path).await["secret_generation"], 1 + i64::from(is_allowed));
    assert_eq!(admin.all(&all).await.len(), 1 + usize::from(is_allowed));
}

/// The token endpoint is open to all, and gives nothing for nothing.
async fn try_token(case: &Case<'_>, tried: &mut BTreeSet<String>) {
    let request = case.person.request(reqwest::Method::POST, "/v1/auth/token");
    let answer = case.person.send(request.body("grant_type=client_credentials")).await;
    assert_eq!((answer.status, &answer.body["error"]), (400, &json!("invalid_request")));
    tried.insert("issueToken".to_owned());
}

/// Signing in and out are open to all: nobody gets in without a password, and nobody else is put out.
async fn try_session(case: &Case<'_>, tried: &mut BTreeSet<String>) {
    // A name for each case: three failures of one name from one address are followed by a delay.
    let email = format!("nobody-{}-{}@example.org", case.role.as_str(), case.is_own);
    let pair = json!({ "email": email, "password": "a long phrase of nobody's" });
    let refused = case.person.post("/v1/auth/sessions", pair).await.expect(401);
    assert_eq!(refused.code(), "wrong_credentials");
    let request = case.person.request(reqwest::Method::DELETE, "/v1/auth/sessions/current");
    case.person.send(request).await.expect(204);
    case.person.get("/v1/me").await.expect(200);
    tried.extend(["createSession", "deleteSession"].map(str::to_owned));
}

fn operations_of_the_document() -> BTreeSet<String> {
    let document = serde_json::to_value(api::document()).expect("a document");
    let paths = document["paths"].as_object().expect("paths").values();
    let ids = paths.flat_map(|path| {
        path.as_object().expect("a path").values().filter_map(|o| o["operationId"].as_str())
    });
    ids.map(str::to_owned).collect()
}

#[tokio::test]
async fn every_role_may_what_the_policy_says_and_no_more() {
    let app = App::new();
    let world = World::new(&app).await;
    let other = world.made.council(json!({})).await;
    let mut n = 0;
    for role in Role::ALL {
        let person = app.of_role(role, &[id(&world.council)]);
        for (council, is_own) in [(&world.council, true), (&other, false)] {
            let case = Case { role, person: &person, is_own, council };
            let mut tried = BTreeSet::new();
            for resource in every_resource() {
                try_resource(&world, resource, &case, &mut n, &mut tried).await;
            }
            try_views(&world, &case, &mut tried).await;
            try_bulk(&world, &case, &mut n, &mut tried).await;
            try_reorganisation(&world, &case, &mut n, &mut tried).await;
            try_successor(&world, &case, &mut tried).await;
            try_content(&world, &case, &mut tried).await;
            try_documents(&world, &case, &mut tried).await;
            try_webhook(&world, &case, &mut tried).await;
            try_token(&case, &mut tried).await;
            try_session(&case, &mut tried).await;
            assert_eq!(tried, operations_of_the_document(), "every operation is tried");
        }
    }
}

#[tokio::test]
async fn a_stranger_learns_nothing_and_changes_nothing() {
    let app = App::new();
    let world = World::new(&app).await;
    let stranger = app.stranger();
    for (n, resource) in every_resource().enumerate() {
        let row = as_read(
            world.made.0.make(resource.path, world.body(resource.one, &world.council, n).await).await,
        );
        let path = format!("{}/{}", resource.path, id(&row));
        let answers = [
            stranger.get(resource.path).await,
            stranger.get(&path).await,
            stranger.post(resource.path, json!({ "no": "schema" })).await,
            stranger.patch(&path, 1, resource.change(&row)).await,
            stranger.delete(&path, 1).await,
            stranger.get(&format!("{}?unknown=1", resource.path)).await,
        ];
        for answer in answers {
            let refused = answer.expect(401);
            assert_eq!(
                (refused.header("www-authenticate"), refused.faults().len()),
                ("Bearer realm=\"outturn\"", 0)
            );
        }
        assert_eq!(world.made.0.read(&path).await, row);
    }
    for (_, path) in world.views().into_iter().chain(world.documents()) {
        stranger.get(&path).await.expect(401);
    }
}

#[tokio::test]
async fn a_caller_is_told_what_it_may() {
    let app = App::new();
    let made = Made(app.admin());
    let council = made.council(json!({})).await;
    for role in Role::ALL {
        let me = app.of_role(role, &[id(&council)]).read("/v1/me").await;
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
