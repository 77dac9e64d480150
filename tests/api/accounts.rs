//! Accounts, and the tokens that clients get for their secrets.

use outturn::policy::Role;
use serde_json::{Value, json};

use crate::support::{Answer, App, Made, Person, id};

async fn client(admin: &Person, more: Value) -> Value {
    let mut body = json!({ "kind": "client", "name": "norfolk-crm", "role": "officer" });
    body.as_object_mut().expect("a body").extend(more.as_object().expect("fields").clone());
    admin.make("/v1/accounts", body).await
}

async fn ask(app: &App, form: &[(&str, &str)]) -> Answer {
    let stranger = app.stranger();
    stranger.send(stranger.request(reqwest::Method::POST, "/v1/auth/token").form(form)).await
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().expect(name)
}

async fn token(app: &App, client: &Value) -> Person {
    let (id, secret) = (text(client, "id"), text(client, "secret"));
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", id),
        ("client_secret", secret),
        ("scope", "all"),
    ];
    let answer = ask(app, &form).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(
        (&answer.body["token_type"], &answer.body["expires_in"], answer.header("cache-control")),
        (&json!("Bearer"), &json!(900), "no-store")
    );
    app.bearer(text(&answer.body, "access_token"))
}

#[tokio::test]
async fn a_clients_secret_is_shown_once_and_gets_it_tokens() {
    let app = App::new();
    let admin = app.admin();
    let made = client(&admin, json!({ "system": "crm" })).await;
    assert_eq!(text(&made, "secret").len(), 43);
    let path = format!("/v1/accounts/{}", id(&made));
    assert_eq!(admin.read(&path).await["secret"], Value::Null);
    assert_eq!(admin.read("/v1/accounts").await["data"][0]["secret"], Value::Null);
    assert_eq!(
        admin.patch(&path, 1, json!({ "system": "crm2" })).await.expect(200).body["secret"],
        Value::Null
    );
    let me = token(&app, &made).await.read("/v1/me").await;
    assert_eq!((&me["subject"], &me["role"]), (&json!("norfolk-crm"), &json!("officer")));
    let kept = app.texts("SELECT secret_hash AS t FROM accounts").await;
    assert!(
        kept[0].starts_with("$argon2id$v=19$m=19456,t=2,p=1$") && !kept[0].contains(text(&made, "secret"))
    );
}

#[tokio::test]
async fn a_councils_client_uses_keys_of_its_own_system_alone() {
    let app = App::new();
    let made = Made(app.admin());
    let (seat, meeting) = made.seat_and_meeting("2017-05-01").await;
    let account =
        client(&made.0, json!({ "role": "council", "system": "crm", "council_ids": [seat["council_id"]] }))
            .await;
    let crm = token(&app, &account).await;
    let line = |system: &str| {
        json!({ "meeting_id": meeting["id"], "seat_id": seat["id"], "status": "present",
            "external_ids": [{ "system": system, "external_id": "L-1" }] })
    };
    crm.post("/v1/attendance", line("eelga")).await.expect(403);
    let entered = crm.make("/v1/attendance", line("crm")).await;
    let path = format!("/v1/attendance/{}", id(&entered));
    crm.patch(&path, 1, json!({ "external_ids": [{ "system": "eelga", "external_id": "L-1" }] }))
        .await
        .expect(403);
    // In bulk its own keys are of its own system, whatever system names the meeting.
    let line = json!({ "meeting_id": meeting["id"], "seat_id": seat["id"], "status": "absent", "external_id": "L-2" });
    let request = crm.request(reqwest::Method::POST, "/v1/attendance/bulk?system=eelga");
    let request = request.header("Idempotency-Key", "k").json(&json!({ "lines": [line] }));
    assert_eq!(crm.send(request).await.expect(200).body["updated"], 1);
    let keys = made.0.read(&path).await["external_ids"].clone();
    assert_eq!(keys, json!([{ "system": "crm", "external_id": "L-2" }]));
}

#[tokio::test]
async fn a_client_may_say_who_it_is_in_either_way_but_not_in_both() {
    let app = App::new();
    let made = client(&app.admin(), json!({})).await;
    let (id, secret) = (text(&made, "id"), text(&made, "secret"));
    let stranger = app.stranger();
    let basic = |form: &[(&str, &str)]| {
        let request = stranger.request(reqwest::Method::POST, "/v1/auth/token");
        stranger.send(request.basic_auth(id, Some(secret)).form(form))
    };
    let grant = ("grant_type", "client_credentials");
    assert_eq!(basic(&[grant]).await.status, 200);
    let both = basic(&[grant, ("client_id", id), ("client_secret", secret)]).await;
    assert_eq!((both.status, text(&both.body, "error")), (400, "invalid_request"));
}

#[tokio::test]
async fn what_asks_for_no_token_rightly_gets_none() {
    let app = App::new();
    let admin = app.admin();
    let made = client(&admin, json!({})).await;
    let user = admin
        .make(
            "/v1/accounts",
            json!({ "kind": "user", "name": "Olive", "email": "o@example.org", "role": "officer", "password": "a long phrase of hers" }),
        )
        .await;
    assert_eq!(user["secret"], Value::Null);
    let (id, secret) = (text(&made, "id"), text(&made, "secret"));
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
        let answer = ask(&app, &form).await;
        assert_eq!((answer.status, text(&answer.body, "error")), (status, error), "{form:?}");
        assert_eq!(
            (answer.header("cache-control"), answer.header("content-type")),
            ("no-store", "application/json")
        );
        assert_eq!(answer.header("www-authenticate").is_empty(), status != 401);
    }
}

#[tokio::test]
async fn a_change_of_role_or_councils_holds_for_the_tokens_that_are_out() {
    let app = App::new();
    let admin = app.admin();
    let council = Made(app.admin()).council(json!({})).await;
    let made = client(&admin, json!({ "role": "council", "council_ids": [council["id"]] })).await;
    let crm = token(&app, &made).await;
    assert_eq!(crm.read("/v1/me").await["councils"][0]["id"], council["id"]);
    let path = format!("/v1/accounts/{}", id(&made));
    admin.patch(&path, 1, json!({ "council_ids": [] })).await.expect(200);
    assert_eq!(crm.read("/v1/me").await["councils"], json!([]));
    admin.patch(&path, 2, json!({ "role": "reporter" })).await.expect(200);
    assert_eq!(crm.read("/v1/me").await["role"], "reporter");
}

#[tokio::test]
async fn a_revoked_account_is_refused_at_once_and_gets_no_token() {
    let app = App::new();
    let admin = app.admin();
    let made = client(&admin, json!({})).await;
    let crm = token(&app, &made).await;
    crm.get("/v1/councils").await.expect(200);
    let path = format!("/v1/accounts/{}", id(&made));
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
        ("client_id", text(&made, "id")),
        ("client_secret", text(&made, "secret")),
    ];
    assert_eq!(ask(&app, &form).await.status, 401);
}

#[tokio::test]
async fn a_token_of_an_account_that_never_was_is_refused() {
    let app = App::new();
    let token = app.tokens().mint_for(uuid::Uuid::now_v7(), Role::Admin, &[], None).expect("a token");
    app.bearer(&token).get("/v1/me").await.expect(401);
}

#[tokio::test]
async fn what_does_not_fit_an_accounts_kind_is_refused() {
    let app = App::new();
    let admin = app.admin();
    let made = client(&admin, json!({})).await;
    let refused = async |body: Value| admin.post("/v1/accounts", body).await;
    let clashing = refused(json!({ "kind": "client", "name": "norfolk-crm", "role": "officer" })).await;
    assert_eq!(clashing.expect(409).faults(), ["#/name already_exists"]);
    let with_password =
        json!({ "kind": "client", "name": "x", "role": "officer", "password": "a long phrase of its" });
    assert_eq!(refused(with_password).await.expect(422).faults(), ["#/password does_not_fit_the_kind"]);
    let without_email = json!({ "kind": "user", "name": "x", "role": "officer" });
    assert_eq!(refused(without_email).await.expect(422).faults(), ["#/email required"]);
    let short =
        json!({ "kind": "user", "name": "x", "email": "x@y", "role": "officer", "password": "short" });
    assert_eq!(refused(short).await.expect(422).faults(), ["#/password too_short"]);
    let system = json!({ "kind": "user", "name": "x", "email": "x@y", "role": "officer", "system": "crm" });
    assert_eq!(refused(system).await.expect(422).faults(), ["#/system does_not_fit_the_kind"]);
    let nowhere = json!({ "council_ids": [made["id"]] });
    let path = format!("/v1/accounts/{}", id(&made));
    assert_eq!(
        admin.patch(&path, 1, nowhere).await.expect(422).faults(),
        ["#/council_ids/0 unknown_reference"]
    );
    let password = json!({ "password": "a long phrase of its" });
    assert_eq!(
        admin.patch(&path, 1, password).await.expect(422).faults(),
        ["#/password does_not_fit_the_kind"]
    );
    token(&app, &made).await.get("/v1/me").await.expect(200);
}
