//! Rights that role mappings grant to tokens of an identity provider.

use serde_json::{Value, json};

use super::{app_trusting, map};
use crate::support::{App, Caller, Fixtures, Issuer, TokenKey, id};

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

    fn caller(&self, claims: Value) -> Caller {
        self.app.bearer(&self.key.sign(&self.issuer.claims(claims)))
    }

    async fn map(&self, app_role: &str, more: Value) -> Value {
        map(&self.app.admin(), &self.issuer.url, app_role, more).await
    }

    async fn assert_refused(&self, case: &str, claims: Value, code: &str) {
        let response = self.caller(claims).get("/v1/me").await.expect(403);
        assert_eq!(response.code(), code, "{case}");
    }
}

#[tokio::test]
async fn only_mapped_groups_and_app_roles_grant_access() {
    let tenant = Tenant::new();
    let group = "0198c5b0-0000-7000-8000-0000000000f1";
    tenant.map("Reader", json!({ "role": "reporter" })).await;
    tenant.map(group, json!({ "claim": "groups", "role": "officer" })).await;
    map(&tenant.app.admin(), "https://another.example", "Writer", json!({ "role": "admin" })).await;
    let role = async |claims: Value| tenant.caller(claims).read("/v1/me").await["role"].clone();
    assert_eq!(role(json!({ "roles": ["Reader"] })).await, "reporter");
    assert_eq!(role(json!({ "groups": ["another", group] })).await, "officer");
    assert_eq!(role(json!({ "roles": ["\0", "Reader", "x".repeat(5000)] })).await, "reporter");
    for (case, claims) in [
        ("no roles", json!({})),
        ("unmapped values", json!({ "roles": ["reader", "Reader "], "groups": ["g"] })),
        ("a role name among the groups", json!({ "groups": ["Reader"] })),
        ("a group id among the roles", json!({ "roles": [group] })),
        ("a role of another issuer", json!({ "roles": ["Writer"] })),
        ("a role of this API", json!({ "role": "admin", "roles": ["admin"] })),
    ] {
        tenant.assert_refused(case, claims, "no_role").await;
    }
}

#[tokio::test]
async fn the_strongest_role_applies_and_councils_are_combined() {
    let tenant = Tenant::new();
    let fixtures = Fixtures(tenant.app.admin());
    let [one, two, three] = [
        fixtures.council(json!({})).await,
        fixtures.council(json!({})).await,
        fixtures.council(json!({})).await,
    ];
    tenant.map("Norfolk", json!({ "role": "council", "council_ids": [one["id"], two["id"]] })).await;
    tenant.map("Suffolk", json!({ "role": "council", "council_ids": [two["id"]] })).await;
    tenant.map("Reader", json!({ "role": "reporter", "council_ids": [three["id"]] })).await;
    tenant.map("Staff", json!({ "role": "officer" })).await;
    tenant.map("Root", json!({ "role": "admin", "council_ids": [three["id"]] })).await;
    let me = async |roles: Value| {
        let me = tenant.caller(json!({ "roles": roles })).read("/v1/me").await;
        let councils = me["councils"].as_array().expect("councils").clone();
        let mut ids: Vec<Value> = councils.iter().map(|council| council["id"].clone()).collect();
        ids.sort_by_key(ToString::to_string);
        (me["role"].as_str().expect("a role").to_owned(), ids)
    };
    let combined = vec![one["id"].clone(), two["id"].clone()];
    assert_eq!(me(json!(["Norfolk", "Suffolk", "Reader"])).await, ("council".into(), combined));
    assert_eq!(me(json!(["Reader", "Suffolk"])).await, ("council".into(), vec![two["id"].clone()]));
    assert_eq!(me(json!(["Suffolk", "Staff"])).await, ("officer".into(), vec![]));
    assert_eq!(me(json!(["Root", "Staff", "Norfolk"])).await, ("admin".into(), vec![]));
    assert_eq!(me(json!(["Reader"])).await, ("reporter".into(), vec![]));
}

#[tokio::test]
async fn a_council_user_writes_its_own_records_with_ids_of_its_own_system() {
    let tenant = Tenant::new();
    let fixtures = Fixtures(tenant.app.admin());
    let (seat, meeting) = fixtures.seat_and_meeting("2017-05-01").await;
    let (other_seat, other_meeting) = fixtures.seat_and_meeting("2017-05-02").await;
    let mapping = tenant.map("Crm", json!({ "role": "council", "council_ids": [seat["council_id"]] })).await;
    let crm = tenant.caller(json!({ "roles": ["Crm"] }));
    let line = |meeting: &Value, seat: &Value, system: &str| {
        json!({ "meeting_id": meeting["id"], "seat_id": seat["id"], "status": "present",
            "external_ids": [{ "system": system, "external_id": "L-1" }] })
    };
    crm.post("/v1/attendance", line(&meeting, &seat, "crm")).await.expect(403);
    let path = format!("/v1/role-mappings/{}", id(&mapping));
    tenant.app.admin().patch(&path, 1, json!({ "system": "crm" })).await.expect(200);
    crm.post("/v1/attendance", line(&meeting, &seat, "eelga")).await.expect(403);
    crm.post("/v1/attendance", line(&other_meeting, &other_seat, "crm")).await.expect(403);
    crm.create("/v1/attendance", line(&meeting, &seat, "crm")).await;
}

#[tokio::test]
async fn a_token_with_a_group_overage_is_refused_unless_an_app_role_matches() {
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
        tenant.caller(with_role).get("/v1/me").await.expect(200);
    }
    tenant
        .assert_refused("other distributed claims", json!({ "_claim_names": { "x": "src1" } }), "no_role")
        .await;
}

#[tokio::test]
async fn a_changed_or_deleted_mapping_takes_effect_at_the_next_request() {
    let tenant = Tenant::new();
    let admin = tenant.app.admin();
    let mapping = tenant.map("Staff", json!({})).await;
    let caller = tenant.caller(json!({ "roles": ["Staff"] }));
    let group = json!({ "code": "g", "name": "G" });
    caller.post("/v1/groups", group.clone()).await.expect(201);
    let path = format!("/v1/role-mappings/{}", id(&mapping));
    admin.patch(&path, 1, json!({ "role": "reporter" })).await.expect(200);
    caller.post("/v1/groups", group).await.expect(403);
    caller.get("/v1/groups").await.expect(200);
    admin.delete(&path, 2).await.expect(204);
    assert_eq!(caller.get("/v1/groups").await.expect(403).code(), "no_role");
    tenant.map("Staff", json!({ "role": "admin" })).await;
    caller.get("/v1/accounts").await.expect(200);
}

#[tokio::test]
async fn idempotency_keys_are_separate_for_each_external_user() {
    let tenant = Tenant::new();
    tenant.map("Staff", json!({})).await;
    let post = async |oid: &str, code: &str| {
        let claims = json!({ "roles": ["Staff"], "oid": format!("0198c5b0-0000-7000-8000-0000000000{oid}") });
        let caller = tenant.caller(claims);
        let request = caller.request(reqwest::Method::POST, "/v1/groups").header("Idempotency-Key", "same");
        caller.send(request.json(&json!({ "code": code, "name": code }))).await
    };
    let first = post("01", "a").await.expect(201);
    let again = post("01", "a").await.expect(201);
    assert_eq!((again.header("idempotent-replayed"), &again.text), ("true", &first.text));
    post("02", "b").await.expect(201);
    post("01", "b").await.expect(422);
}

#[tokio::test]
async fn rate_limits_are_separate_for_each_external_user() {
    let key = TokenKey::ec("k1");
    let issuer = Issuer::new(&[&key]);
    let app = App::configured(&[
        ("OUTTURN_OIDC_ISSUERS", &issuer.url),
        ("OUTTURN_OIDC_AUDIENCE", crate::support::AUDIENCE),
        ("OUTTURN_RATE_REST", "2/2m"),
    ]);
    map(&app.admin(), &issuer.url, "Staff", json!({})).await;
    let caller = |sub: &str, n: u32| {
        let claims = json!({ "roles": ["Staff"], "oid": null, "sub": sub, "n": n });
        app.bearer(&key.sign(&issuer.claims(claims)))
    };
    caller("one", 1).get("/v1/me").await.expect(200);
    caller("one", 2).get("/v1/me").await.expect(200);
    caller("one", 3).get("/v1/me").await.expect(429);
    caller("two", 1).get("/v1/me").await.expect(200);
}
