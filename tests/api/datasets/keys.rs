//! Dataset keys: they read reports for a time, and do nothing else.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, App, Person, id, in_days};

async fn key(admin: &Person) -> Value {
    admin.make("/v1/dataset-keys", json!({ "name": "Power BI", "expires_at": in_days(30) })).await
}

/// Asks with a name and a password.
async fn ask(app: &App, method: Method, path: &str, id: &str, secret: &str) -> Answer {
    let stranger = app.stranger();
    stranger.send(stranger.request(method, path).basic_auth(id, Some(secret))).await
}

/// Reads with a key.
async fn read(app: &App, path: &str, key: &Value) -> Answer {
    ask(app, Method::GET, path, &id(key).to_string(), key["secret"].as_str().expect("a secret")).await
}

#[tokio::test]
async fn a_key_reads_reports_and_nothing_else() {
    let app = App::new();
    let key = key(&app.admin()).await;
    for path in ["/v1/datasets", "/v1/datasets/attendance?format=csv", "/v1/datasets/metrics"] {
        let answer = read(&app, path, &key).await.expect(200);
        assert!(!answer.header("etag").is_empty());
    }
    let (id, secret) = (id(&key).to_string(), key["secret"].as_str().expect("a secret").to_owned());
    let document = outturn::api::document();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("an item") {
            let takes_keys = operation["security"] == json!([{ "access_token": [] }, { "dataset_key": [] }]);
            assert_eq!(takes_keys, path.starts_with("/v1/datasets"), "{path}");
            if takes_keys || operation["security"] == json!([]) {
                continue;
            }
            let method: Method = method.to_uppercase().parse().expect("a method");
            let path = path.replace("{id}", &id);
            let refused = ask(&app, method, &path, &id, &secret).await.expect(401);
            let challenges = refused.headers.get_all("www-authenticate").iter().count();
            assert_eq!(challenges, 1, "{path} offers no Basic");
        }
    }
}

#[tokio::test]
async fn datasets_offer_basic_beside_bearer() {
    let app = App::new();
    let key = key(&app.admin()).await;
    let wrong = [
        app.stranger().get("/v1/datasets").await,
        app.bearer("nonsense").get("/v1/datasets/attendance").await,
        ask(&app, Method::GET, "/v1/datasets", &id(&key).to_string(), "not the secret").await,
        ask(&app, Method::GET, "/v1/datasets", "not a key", "").await,
        ask(
            &app,
            Method::GET,
            "/v1/datasets",
            &uuid::Uuid::nil().to_string(),
            key["secret"].as_str().expect("a secret"),
        )
        .await,
    ];
    for refused in wrong {
        let refused = refused.expect(401);
        let offered: Vec<_> = refused.headers.get_all("www-authenticate").iter().collect();
        assert!(offered[0].to_str().expect("text").starts_with("Bearer realm=\"outturn\""));
        assert_eq!(offered[1], "Basic realm=\"outturn\", charset=\"UTF-8\"");
        assert_eq!((refused.code(), offered.len()), ("unauthenticated", 2));
    }
    for broken in ["Basic", "Basic !!!", "Basic /////w==", "basic Og=="] {
        let stranger = app.stranger();
        let request = stranger.request(Method::GET, "/v1/datasets").header("Authorization", broken);
        stranger.send(request).await.expect(401);
    }
}

#[tokio::test]
async fn a_key_ends_when_it_is_said_to_and_when_it_is_revoked() {
    let app = App::new();
    let admin = app.admin();
    let (ended, revoked) = (key(&admin).await, key(&admin).await);
    for key in [&ended, &revoked] {
        read(&app, "/v1/datasets", key).await.expect(200);
    }
    app.sql(&format!(
        "UPDATE dataset_keys SET created_at = created_at - interval '40 days', expires_at = now() WHERE id = '{}'",
        id(&ended)
    ))
    .await;
    read(&app, "/v1/datasets", &ended).await.expect(401);
    let path = format!("/v1/dataset-keys/{}", id(&revoked));
    let version = admin.read(&path).await["version"].as_i64().expect("a version");
    admin.delete(&path, version).await.expect(204);
    read(&app, "/v1/datasets", &revoked).await.expect(401);
    admin.get(&path).await.expect(404);
    let listed = admin.all("/v1/dataset-keys").await;
    assert_eq!(listed.iter().map(id).collect::<Vec<_>>(), [id(&ended)], "one that has ended is shown");
}

#[tokio::test]
async fn a_key_lasts_a_year_at_most() {
    let app = App::new();
    let admin = app.admin();
    for (days, status) in [(367, 422), (366, 201), (-1, 422)] {
        let body =
            json!({ "name": "A key", "expires_at": if days == 366 { in_days(365) } else { in_days(days) } });
        let answer = admin.post("/v1/dataset-keys", body).await.expect(status);
        assert!(status == 201 || answer.faults() == ["#/expires_at out_of_range"], "{}", answer.text);
    }
    let fixed = admin.all("/v1/dataset-keys").await.remove(0);
    let path = format!("/v1/dataset-keys/{}", id(&fixed));
    admin.patch(&path, 1, json!({ "expires_at": in_days(300) })).await.expect(422);
}

#[tokio::test]
async fn what_a_key_does_is_on_record_and_its_secret_is_nowhere() {
    let app = App::new();
    let admin = app.admin();
    let key = key(&admin).await;
    let path = format!("/v1/dataset-keys/{}", id(&key));
    assert_eq!(admin.read(&path).await["last_used_on"], Value::Null);
    // A use counts for its day. Where the day ends meanwhile this shows nothing.
    let first_day = outturn::values::Day::today().to_string();
    for _ in 0..3 {
        read(&app, "/v1/datasets/councils", &key).await.expect(200);
    }
    let used = admin.read(&path).await;
    if first_day != outturn::values::Day::today().to_string() {
        return;
    }
    assert_eq!(
        (&used["last_used_on"], &used["secret"], &used["version"]),
        (&json!(first_day), &Value::Null, &json!(2))
    );
    admin.delete(&path, 2).await.expect(204);
    let told = admin.all(&format!("/v1/audit?sort=changed_at&resource_id={}", id(&key))).await;
    let told: Vec<_> = told.iter().map(|e| (e["actor"].as_str(), e["operation"].as_str())).collect();
    let holder = format!("dataset-key:{}", id(&key));
    assert_eq!(
        told,
        [
            (Some("ada"), Some("createDatasetKey")),
            (Some(holder.as_str()), Some("getDataset")),
            (Some("ada"), Some("deleteDatasetKey"))
        ]
    );
    let secret = key["secret"].as_str().expect("a secret");
    let kept = app
        .texts("SELECT concat(k::text, (SELECT string_agg(concat(before, after), '') FROM changes)) AS t FROM dataset_keys k")
        .await;
    assert!(!kept[0].contains(secret) && !kept[0].contains("secret"), "{kept:?}");
}

#[tokio::test]
async fn each_key_and_each_guesser_has_a_bucket() {
    let app = App::configured(&[("OUTTURN_RATE_EXPORT", "3/5m")]);
    let admin = app.admin();
    let (one, two, fresh) = (key(&admin).await, key(&admin).await, key(&admin).await);
    let path = "/v1/datasets/councils";
    for _ in 0..3 {
        read(&app, path, &one).await.expect(200);
    }
    let limited = read(&app, path, &one).await.expect(429);
    assert!(!limited.header("retry-after").is_empty());
    read(&app, path, &two).await.expect(200);
    let guess = async || ask(&app, Method::GET, path, &id(&two).to_string(), "a guess").await.status;
    let guesses = [guess().await, guess().await, guess().await, guess().await];
    assert_eq!(guesses, [401, 401, 401, 429]);
    // Who guesses on from there is not even looked up; a key that was found right before goes on.
    read(&app, path, &fresh).await.expect(429);
    read(&app, path, &two).await.expect(200);
}
