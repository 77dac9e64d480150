//! Accounts, and access tokens for client secrets.

use outturn::access::Role;
use serde_json::{Value, json};

use crate::support::{ApiResponse, App, Caller, Fixtures, id};

async fn create_client(admin: &Caller, more: Value) -> Value {
    let mut body = json!({ "kind": "client", "name": "norfolk-crm", "role": "officer" });
    body.as_object_mut().expect("a body").extend(more.as_object().expect("fields").clone());
    admin.create("/v1/accounts", body).await
}

async fn request_token(app: &App, form: &[(&str, &str)]) -> ApiResponse {
    let anonymous = app.anonymous();
    anonymous.send(anonymous.request(reqwest::Method::POST, "/v1/auth/token").form(form)).await
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().expect(name)
}

async fn sign_in(app: &App, client: &Value) -> Caller {
    let (id, secret) = (text(client, "id"), text(client, "secret"));
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", id),
        ("client_secret", secret),
        ("scope", "all"),
    ];
    let response = request_token(app, &form).await;
    assert_eq!(response.status, 200, "{}", response.text);
    assert_eq!(
        (&response.body["token_type"], &response.body["expires_in"], response.header("cache-control")),
        (&json!("Bearer"), &json!(900), "no-store")
    );
    app.bearer(text(&response.body, "access_token"))
}

#[tokio::test]
async fn a_client_secret_is_returned_once_and_authenticates_the_client() {
    let app = App::new();
    let admin = app.admin();
    let client = create_client(&admin, json!({ "system": "crm" })).await;
    assert_eq!(text(&client, "secret").len(), 43);
    let path = format!("/v1/accounts/{}", id(&client));
    assert_eq!(admin.read(&path).await["secret"], Value::Null);
    assert_eq!(admin.read("/v1/accounts").await["data"][0]["secret"], Value::Null);
    assert_eq!(
        admin.patch(&path, 1, json!({ "system": "crm2" })).await.expect(200).body["secret"],
        Value::Null
    );
    let me = sign_in(&app, &client).await.read("/v1/me").await;
    assert_eq!((&me["subject"], &me["role"]), (&json!("norfolk-crm"), &json!("officer")));
    let stored = app.texts("SELECT secret_hash AS t FROM accounts").await;
    assert!(
        stored[0].starts_with("$argon2id$v=19$m=19456,t=2,p=1$")
            && !stored[0].contains(text(&client, "secret"))
    );
}

#[tokio::test]
async fn a_council_client_writes_external_ids_of_its_own_system_only() {
    let app = App::new();
    let fixtures = Fixtures(app.admin());
    let (seat, meeting) = fixtures.seat_and_meeting("2017-05-01").await;
    let account = create_client(
        &fixtures.0,
        json!({ "role": "council", "system": "crm", "council_ids": [seat["council_id"]] }),
    )
    .await;
    let crm = sign_in(&app, &account).await;
    let line = |system: &str| {
        json!({ "meeting_id": meeting["id"], "seat_id": seat["id"], "status": "present",
            "external_ids": [{ "system": system, "external_id": "L-1" }] })
    };
    crm.post("/v1/attendance", line("eelga")).await.expect(403);
    let created = crm.create("/v1/attendance", line("crm")).await;
    let path = format!("/v1/attendance/{}", id(&created));
    crm.patch(&path, 1, json!({ "external_ids": [{ "system": "eelga", "external_id": "L-1" }] }))
        .await
        .expect(403);
    // A bulk request stores its external ids for its own system, regardless of `system`.
    let line = json!({ "meeting_id": meeting["id"], "seat_id": seat["id"], "status": "absent", "external_id": "L-2" });
    let request = crm.request(reqwest::Method::POST, "/v1/attendance/bulk?system=eelga");
    let request = request.header("Idempotency-Key", "k").json(&json!({ "lines": [line] }));
    assert_eq!(crm.send(request).await.expect(200).body["updated"], 1);
    let keys = fixtures.0.read(&path).await["external_ids"].clone();
    assert_eq!(keys, json!([{ "system": "crm", "external_id": "L-2" }]));
}

#[tokio::test]
async fn a_client_authenticates_by_header_or_by_form_but_not_by_both() {
    let app = App::new();
    let client = create_client(&app.admin(), json!({})).await;
    let (id, secret) = (text(&client, "id"), text(&client, "secret"));
    let anonymous = app.anonymous();
    let basic = |form: &[(&str, &str)]| {
        let request = anonymous.request(reqwest::Method::POST, "/v1/auth/token");
        anonymous.send(request.basic_auth(id, Some(secret)).form(form))
    };
    let grant = ("grant_type", "client_credentials");
    assert_eq!(basic(&[grant]).await.status, 200);
    let both = basic(&[grant, ("client_id", id), ("client_secret", secret)]).await;
    assert_eq!((both.status, text(&both.body, "error")), (400, "invalid_request"));
}

#[tokio::test]
async fn invalid_token_requests_are_rejected() {
    let app = App::new();
    let admin = app.admin();
    let client = create_client(&admin, json!({})).await;
    let user = admin
        .create(
            "/v1/accounts",
            json!({ "kind": "user", "name": "Olive", "email": "o@example.org", "role": "officer", "password": "a long phrase of hers" }),
        )
        .await;
    assert_eq!(user["secret"], Value::Null);
    let (id, secret) = (text(&client, "id"), text(&client, "secret"));
    let grant = ("grant_type", "client_credentials");
    for (form, status, error) in [
        (vec![grant, ("client_id", id), ("client_secret", "wrong")], 401, "invalid_client"),
        (vec![grant, ("client_id", "nobody"), ("client_secret", secret)], 401, "invalid_client"),
        (
            vec![grant, ("client_id", text(&user, "id")), ("client_secret", "a long phrase of hers")],
            401,
            "invalid_client",
        ),
        (vec![grant, ("client_id", id)], 400, "invalid_request"),
        (vec![("client_id", id), ("client_secret", secret)], 400, "invalid_request"),
        (vec![grant, grant, ("client_id", id), ("client_secret", secret)], 400, "invalid_request"),
        (
            vec![("grant_type", "password"), ("client_id", id), ("client_secret", secret)],
            400,
            "unsupported_grant_type",
        ),
    ] {
        let response = request_token(&app, &form).await;
        assert_eq!((response.status, text(&response.body, "error")), (status, error), "{form:?}");
        assert_eq!(
            (response.header("cache-control"), response.header("content-type")),
            ("no-store", "application/json")
        );
        assert_eq!(response.header("www-authenticate").is_empty(), status != 401);
    }
}

#[tokio::test]
async fn a_change_of_role_or_councils_applies_to_issued_tokens() {
    let app = App::new();
    let admin = app.admin();
    let council = Fixtures(app.admin()).council(json!({})).await;
    let client = create_client(&admin, json!({ "role": "council", "council_ids": [council["id"]] })).await;
    let crm = sign_in(&app, &client).await;
    assert_eq!(crm.read("/v1/me").await["councils"][0]["id"], council["id"]);
    let path = format!("/v1/accounts/{}", id(&client));
    admin.patch(&path, 1, json!({ "council_ids": [] })).await.expect(200);
    assert_eq!(crm.read("/v1/me").await["councils"], json!([]));
    admin.patch(&path, 2, json!({ "role": "reporter" })).await.expect(200);
    assert_eq!(crm.read("/v1/me").await["role"], "reporter");
}

#[tokio::test]
async fn a_revoked_account_is_rejected_at_once_and_gets_no_token() {
    let app = App::new();
    let admin = app.admin();
    let client = create_client(&admin, json!({})).await;
    let crm = sign_in(&app, &client).await;
    crm.get("/v1/councils").await.expect(200);
    let path = format!("/v1/accounts/{}", id(&client));
    admin.delete(&path, 7).await.expect(412);
    crm.get("/v1/councils").await.expect(200);
    admin.delete(&path, 1).await.expect(204);
    let refused = crm.get("/v1/councils").await.expect(401);
    assert!(refused.header("www-authenticate").contains("error=\"invalid_token\""));
    admin.get(&path).await.expect(404);
    admin.patch(&path, 2, json!({ "name": "back" })).await.expect(404);
    admin.delete(&path, 2).await.expect(404);
    assert_eq!(admin.read("/v1/accounts").await["data"], json!([]));
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", text(&client, "id")),
        ("client_secret", text(&client, "secret")),
    ];
    assert_eq!(request_token(&app, &form).await.status, 401);
}

#[tokio::test]
async fn a_token_of_an_unknown_account_is_rejected() {
    let app = App::new();
    let token = app.tokens().mint_for(uuid::Uuid::now_v7(), Role::Admin, &[], None).expect("a token");
    app.bearer(&token).get("/v1/me").await.expect(401);
}

#[tokio::test]
async fn invalid_fields_of_an_account_are_rejected() {
    let app = App::new();
    let admin = app.admin();
    let client = create_client(&admin, json!({})).await;
    let create = async |body: Value| admin.post("/v1/accounts", body).await;
    let duplicate_name = create(json!({ "kind": "client", "name": "norfolk-crm", "role": "officer" })).await;
    assert_eq!(duplicate_name.expect(409).field_errors(), ["#/name already_exists"]);
    let with_password =
        json!({ "kind": "client", "name": "x", "role": "officer", "password": "a long phrase of its" });
    assert_eq!(create(with_password).await.expect(422).field_errors(), ["#/password does_not_fit_the_kind"]);
    let without_email = json!({ "kind": "user", "name": "x", "role": "officer" });
    assert_eq!(create(without_email).await.expect(422).field_errors(), ["#/email required"]);
    let short_password =
        json!({ "kind": "user", "name": "x", "email": "x@y", "role": "officer", "password": "short" });
    assert_eq!(create(short_password).await.expect(422).field_errors(), ["#/password too_short"]);
    let user_with_system =
        json!({ "kind": "user", "name": "x", "email": "x@y", "role": "officer", "system": "crm" });
    assert_eq!(create(user_with_system).await.expect(422).field_errors(), ["#/system does_not_fit_the_kind"]);
    let unknown_council = json!({ "council_ids": [client["id"]] });
    let path = format!("/v1/accounts/{}", id(&client));
    assert_eq!(
        admin.patch(&path, 1, unknown_council).await.expect(422).field_errors(),
        ["#/council_ids/0 unknown_reference"]
    );
    let new_password = json!({ "password": "a long phrase of its" });
    assert_eq!(
        admin.patch(&path, 1, new_password).await.expect(422).field_errors(),
        ["#/password does_not_fit_the_kind"]
    );
    sign_in(&app, &client).await.get("/v1/me").await.expect(200);
}
