//! Dataset keys: they authenticate reads of datasets until they expire, and nothing else.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{ApiResponse, App, Caller, days_from_now, id};

async fn create_key(admin: &Caller) -> Value {
    admin.create("/v1/dataset-keys", json!({ "name": "Power BI", "expires_at": days_from_now(30) })).await
}

/// Sends a request with HTTP Basic authentication.
async fn send_basic(app: &App, method: Method, path: &str, id: &str, secret: &str) -> ApiResponse {
    let anonymous = app.anonymous();
    anonymous.send(anonymous.request(method, path).basic_auth(id, Some(secret))).await
}

/// Reads a path with a dataset key.
async fn read_with_key(app: &App, path: &str, key: &Value) -> ApiResponse {
    send_basic(app, Method::GET, path, &id(key).to_string(), key["secret"].as_str().expect("a secret")).await
}

#[tokio::test]
async fn a_dataset_key_authenticates_dataset_operations_only() {
    let app = App::new();
    let key = create_key(&app.admin()).await;
    for path in ["/v1/datasets", "/v1/datasets/attendance?format=csv", "/v1/datasets/metrics"] {
        let response = read_with_key(&app, path, &key).await.expect(200);
        assert!(!response.header("etag").is_empty());
    }
    let (id, secret) = (id(&key).to_string(), key["secret"].as_str().expect("a secret").to_owned());
    let document = outturn::openapi::document();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("an item") {
            let takes_keys = operation["security"] == json!([{ "access_token": [] }, { "dataset_key": [] }]);
            assert_eq!(takes_keys, path.starts_with("/v1/datasets"), "{path}");
            if takes_keys || operation["security"] == json!([]) {
                continue;
            }
            let method: Method = method.to_uppercase().parse().expect("a method");
            let path = path.replace("{id}", &id);
            let refused = send_basic(&app, method, &path, &id, &secret).await.expect(401);
            let challenges = refused.headers.get_all("www-authenticate").iter().count();
            assert_eq!(challenges, 1, "{path} does not offer Basic authentication");
        }
    }
}

#[tokio::test]
async fn dataset_operations_offer_basic_and_bearer_authentication() {
    let app = App::new();
    let key = create_key(&app.admin()).await;
    let responses = [
        app.anonymous().get("/v1/datasets").await,
        app.bearer("nonsense").get("/v1/datasets/attendance").await,
        send_basic(&app, Method::GET, "/v1/datasets", &id(&key).to_string(), "not the secret").await,
        send_basic(&app, Method::GET, "/v1/datasets", "not a key", "").await,
        send_basic(
            &app,
            Method::GET,
            "/v1/datasets",
            &uuid::Uuid::nil().to_string(),
            key["secret"].as_str().expect("a secret"),
        )
        .await,
    ];
    for refused in responses {
        let refused = refused.expect(401);
        let challenges: Vec<_> = refused.headers.get_all("www-authenticate").iter().collect();
        assert!(challenges[0].to_str().expect("text").starts_with("Bearer realm=\"outturn\""));
        assert_eq!(challenges[1], "Basic realm=\"outturn\", charset=\"UTF-8\"");
        assert_eq!((refused.code(), challenges.len()), ("unauthenticated", 2));
    }
    for malformed in ["Basic", "Basic !!!", "Basic /////w==", "basic Og=="] {
        let anonymous = app.anonymous();
        let request = anonymous.request(Method::GET, "/v1/datasets").header("Authorization", malformed);
        anonymous.send(request).await.expect(401);
    }
}

#[tokio::test]
async fn an_expired_or_revoked_key_is_rejected() {
    let app = App::new();
    let admin = app.admin();
    let (expired, revoked) = (create_key(&admin).await, create_key(&admin).await);
    for key in [&expired, &revoked] {
        read_with_key(&app, "/v1/datasets", key).await.expect(200);
    }
    app.sql(&format!(
        "UPDATE dataset_keys SET created_at = created_at - interval '40 days', expires_at = now() WHERE id = '{}'",
        id(&expired)
    ))
    .await;
    read_with_key(&app, "/v1/datasets", &expired).await.expect(401);
    let path = format!("/v1/dataset-keys/{}", id(&revoked));
    let version = admin.read(&path).await["version"].as_i64().expect("a version");
    admin.delete(&path, version).await.expect(204);
    read_with_key(&app, "/v1/datasets", &revoked).await.expect(401);
    admin.get(&path).await.expect(404);
    let keys = admin.all("/v1/dataset-keys").await;
    assert_eq!(keys.iter().map(id).collect::<Vec<_>>(), [id(&expired)], "an expired key is listed");
}

#[tokio::test]
async fn a_key_is_valid_for_at_most_a_year() {
    let app = App::new();
    let admin = app.admin();
    for (days, status) in [(367, 422), (366, 201), (-1, 422)] {
        let body = json!({ "name": "A key", "expires_at": if days == 366 { days_from_now(365) } else { days_from_now(days) } });
        let response = admin.post("/v1/dataset-keys", body).await.expect(status);
        assert!(
            status == 201 || response.field_errors() == ["#/expires_at out_of_range"],
            "{}",
            response.text
        );
    }
    let key = admin.all("/v1/dataset-keys").await.remove(0);
    let path = format!("/v1/dataset-keys/{}", id(&key));
    admin.patch(&path, 1, json!({ "expires_at": days_from_now(300) })).await.expect(422);
}

#[tokio::test]
async fn use_of_a_key_is_recorded_and_its_secret_is_not_stored() {
    let app = App::new();
    let admin = app.admin();
    let key = create_key(&admin).await;
    let path = format!("/v1/dataset-keys/{}", id(&key));
    assert_eq!(admin.read(&path).await["last_used_on"], Value::Null);
    // The server stores the day of the last use. The test ends early if the day changes meanwhile.
    let first_day = outturn::values::Day::today().to_string();
    for _ in 0..3 {
        read_with_key(&app, "/v1/datasets/councils", &key).await.expect(200);
    }
    let key_after_use = admin.read(&path).await;
    if first_day != outturn::values::Day::today().to_string() {
        return;
    }
    assert_eq!(
        (&key_after_use["last_used_on"], &key_after_use["secret"], &key_after_use["version"]),
        (&json!(first_day), &Value::Null, &json!(2))
    );
    admin.delete(&path, 2).await.expect(204);
    let entries = admin.all(&format!("/v1/audit?sort=changed_at&resource_id={}", id(&key))).await;
    let entries: Vec<_> = entries.iter().map(|e| (e["actor"].as_str(), e["operation"].as_str())).collect();
    let holder = format!("dataset-key:{}", id(&key));
    assert_eq!(
        entries,
        [
            (Some("ada"), Some("createDatasetKey")),
            (Some(holder.as_str()), Some("getDataset")),
            (Some("ada"), Some("deleteDatasetKey"))
        ]
    );
    let secret = key["secret"].as_str().expect("a secret");
    let stored = app
        .texts("SELECT concat(k::text, (SELECT string_agg(concat(before, after), '') FROM changes)) AS t FROM dataset_keys k")
        .await;
    assert!(!stored[0].contains(secret) && !stored[0].contains("secret"), "{stored:?}");
}

#[tokio::test]
async fn each_key_and_each_address_with_wrong_secrets_has_its_own_rate_limit() {
    let app = App::configured(&[("OUTTURN_RATE_EXPORT", "3/5m")]);
    let admin = app.admin();
    let (one, two, unused) = (create_key(&admin).await, create_key(&admin).await, create_key(&admin).await);
    let path = "/v1/datasets/councils";
    for _ in 0..3 {
        read_with_key(&app, path, &one).await.expect(200);
    }
    let limited = read_with_key(&app, path, &one).await.expect(429);
    assert!(!limited.header("retry-after").is_empty());
    read_with_key(&app, path, &two).await.expect(200);
    let send_wrong_secret =
        async || send_basic(&app, Method::GET, path, &id(&two).to_string(), "a guess").await.status;
    let statuses = [
        send_wrong_secret().await,
        send_wrong_secret().await,
        send_wrong_secret().await,
        send_wrong_secret().await,
    ];
    assert_eq!(statuses, [401, 401, 401, 429]);
    // From then on, the server limits keys from this address that it has not verified before.
    read_with_key(&app, path, &unused).await.expect(429);
    read_with_key(&app, path, &two).await.expect(200);
}
