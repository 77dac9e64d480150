//! What mappings make of an outside token: nothing without one, the strongest of several, and at once when they change.

use serde_json::{Value, json};

use super::{app_trusting, map};
use crate::support::{App, Issuer, Made, Person, TokenKey, id};

struct Tenant {
    app: App,
    issuer: Issuer,
    key: TokenKey,
}

impl Tenant {
    fn new() -> Self {
        let key = TokenKey::ec("k1");
        let issuer = Issuer::new(&[&key]);
        Self { app: app_trusting(&issuer), issuer, key }
    }

    fn person(&self, claims: Value) -> Person {
        self.app.bearer(&self.key.sign(&self.issuer.claims(claims)))
    }

    async fn map(&self, app_role: &str, more: Value) -> Value {
        map(&self.app.admin(), &self.issuer.url, app_role, more).await
    }

    async fn assert_refused(&self, what: &str, claims: Value, code: &str) {
        let answer = self.person(claims).get("/v1/me").await.expect(403);
        assert_eq!(answer.code(), code, "{what}");
    }
}

#[tokio::test]
async fn a_group_or_an_app_role_lets_in_and_nothing_else_does() {
    let tenant = Tenant::new();
    let group = "0198c5b0-0000-7000-8000-0000000000f1";
    tenant.map("Reader", json!({ "role": "reporter" })).await;
    tenant.map(group, json!({ "claim": "groups", "role": "officer" })).await;
    map(&tenant.app.admin(), "https://another.example", "Writer", json!({ "role": "admin" })).await;
    let role = async |claims: Value| tenant.person(claims).read("/v1/me").await["role"].clone();
    assert_eq!(role(json!({ "roles": ["Reader"] })).await, "reporter");
    assert_eq!(role(json!({ "groups": ["another", group] })).await, "officer");
    assert_eq!(role(json!({ "roles": ["\0", "Reader", "x".repeat(5000)] })).await, "reporter");
    for (what, claims) in [
        ("nothing", json!({})),
        ("another's", json!({ "roles": ["reader", "Reader "], "groups": ["g"] })),
        ("a role's word among the groups", json!({ "groups": ["Reader"] })),
        ("a group's id among the roles", json!({ "roles": [group] })),
        ("what another issuer's may", json!({ "roles": ["Writer"] })),
        ("a role of ours by itself", json!({ "role": "admin", "roles": ["admin"] })),
    ] {
        tenant.assert_refused(what, claims, "no_role").await;
    }
}

#[tokio::test]
async fn of_several_roles_the_strongest_counts_and_councils_are_united() {
    let tenant = Tenant::new();
    let made = Made(tenant.app.admin());
    let [one, two, three] =
        [made.council(json!({})).await, made.council(json!({})).await, made.council(json!({})).await];
    tenant.map("Norfolk", json!({ "role": "council", "council_ids": [one["id"], two["id"]] })).await;
    tenant.map("Suffolk", json!({ "role": "council", "council_ids": [two["id"]] })).await;
    tenant.map("Reader", json!({ "role": "reporter", "council_ids": [three["id"]] })).await;
    tenant.map("Staff", json!({ "role": "officer" })).await;
    tenant.map("Root", json!({ "role": "admin", "council_ids": [three["id"]] })).await;
    let me = async |roles: Value| {
        let me = tenant.person(json!({ "roles": roles })).read("/v1/me").await;
        let councils = me["councils"].as_array().expect("councils").clone();
        let mut ids: Vec<Value> = councils.iter().map(|council| council["id"].clone()).collect();
        ids.sort_by_key(ToString::to_string);
        (me["role"].as_str().expect("a role").to_owned(), ids)
    };
    let both = vec![one["id"].clone(), two["id"].clone()];
    assert_eq!(me(json!(["Norfolk", "Suffolk", "Reader"])).await, ("council".into(), both));
    assert_eq!(me(json!(["Reader", "Suffolk"])).await, ("council".into(), vec![two["id"].clone()]));
    assert_eq!(me(json!(["Suffolk", "Staff"])).await, ("officer".into(), vec![]));
    assert_eq!(me(json!(["Root", "Staff", "Norfolk"])).await, ("admin".into(), vec![]));
    assert_eq!(me(json!(["Reader"])).await, ("reporter".into(), vec![]));
}

#[tokio::test]
async fn a_councils_outsider_writes_its_own_lines_with_keys_of_its_system() {
    let tenant = Tenant::new();
    let made = Made(tenant.app.admin());
    let (seat, meeting) = made.seat_and_meeting("2017-05-01").await;
    let (other, its_meeting) = made.seat_and_meeting("2017-05-02").await;
    let mapping = tenant.map("Crm", json!({ "role": "council", "council_ids": [seat["council_id"]] })).await;
    let crm = tenant.person(json!({ "roles": ["Crm"] }));
    let line = |meeting: &Value, seat: &Value, system: &str| {
        json!({ "meeting_id": meeting["id"], "seat_id": seat["id"], "status": "present",
            "external_ids": [{ "system": system, "external_id": "L-1" }] })
    };
    crm.post("/v1/attendance", line(&meeting, &seat, "crm")).await.expect(403);
    let path = format!("/v1/role-mappings/{}", id(&mapping));
    tenant.app.admin().patch(&path, 1, json!({ "system": "crm" })).await.expect(200);
    crm.post("/v1/attendance", line(&meeting, &seat, "eelga")).await.expect(403);
    crm.post("/v1/attendance", line(&its_meeting, &other, "crm")).await.expect(403);
    crm.make("/v1/attendance", line(&meeting, &seat, "crm")).await;
}

#[tokio::test]
async fn more_groups_than_a_token_lists_are_refused_unless_an_app_role_lets_in() {
    let tenant = Tenant::new();
    tenant.map("Reader", json!({ "role": "reporter" })).await;
    let overages = [
        json!({ "_claim_names": { "groups": "src1" }, "_claim_sources": { "src1": { "endpoint": "https://graph" } } }),
        json!({ "hasgroups": true }),
    ];
    for overage in overages {
        tenant.assert_refused("too many groups", overage.clone(), "group_overage").await;
        let mut with_role = overage;
        with_role["roles"] = json!(["Reader"]);
        tenant.person(with_role).get("/v1/me").await.expect(200);
    }
    tenant
        .assert_refused("other claims elsewhere", json!({ "_claim_names": { "x": "src1" } }), "no_role")
        .await;
}

#[tokio::test]
async fn a_mapping_that_changes_or_goes_counts_at_the_next_request() {
    let tenant = Tenant::new();
    let admin = tenant.app.admin();
    let mapping = tenant.map("Staff", json!({})).await;
    let person = tenant.person(json!({ "roles": ["Staff"] }));
    let group = json!({ "code": "g", "name": "G" });
    person.post("/v1/groups", group.clone()).await.expect(201);
    let path = format!("/v1/role-mappings/{}", id(&mapping));
    admin.patch(&path, 1, json!({ "role": "reporter" })).await.expect(200);
    person.post("/v1/groups", group).await.expect(403);
    person.get("/v1/groups").await.expect(200);
    admin.delete(&path, 2).await.expect(204);
    assert_eq!(person.get("/v1/groups").await.expect(403).code(), "no_role");
    tenant.map("Staff", json!({ "role": "admin" })).await;
    person.get("/v1/accounts").await.expect(200);
}

#[tokio::test]
async fn two_outsiders_never_meet_under_one_key_and_have_a_limit_each() {
    let tenant = Tenant::new();
    tenant.map("Staff", json!({})).await;
    let post = async |oid: &str, code: &str| {
        let claims = json!({ "roles": ["Staff"], "oid": format!("0198c5b0-0000-7000-8000-0000000000{oid}") });
        let person = tenant.person(claims);
        let request = person.request(reqwest::Method::POST, "/v1/groups").header("Idempotency-Key", "same");
        person.send(request.json(&json!({ "code": code, "name": code }))).await
    };
    let first = post("01", "a").await.expect(201);
    let again = post("01", "a").await.expect(201);
    assert_eq!((again.header("idempotent-replayed"), &again.text), ("true", &first.text));
    post("02", "b").await.expect(201);
    post("01", "b").await.expect(422);
}

#[tokio::test]
async fn limits_are_for_each_outsider() {
    let key = TokenKey::ec("k1");
    let issuer = Issuer::new(&[&key]);
    let app = App::configured(&[
        ("OUTTURN_OIDC_ISSUERS", &issuer.url),
        ("OUTTURN_OIDC_AUDIENCE", crate::support::AUDIENCE),
        ("OUTTURN_RATE_REST", "2/2m"),
    ]);
    map(&app.admin(), &issuer.url, "Staff", json!({})).await;
    let person = |sub: &str, n: u32| {
        let claims = json!({ "roles": ["Staff"], "oid": null, "sub": sub, "n": n });
        app.bearer(&key.sign(&issuer.claims(claims)))
    };
    person("one", 1).get("/v1/me").await.expect(200);
    person("one", 2).get("/v1/me").await.expect(200);
    person("one", 3).get("/v1/me").await.expect(429);
    person("two", 1).get("/v1/me").await.expect(200);
}
