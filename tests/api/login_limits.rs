//! Rate limits of sign-in: a bucket for each session, client and user, and for failures by address.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::assertions::{Key, claims, enter, present};
use crate::limits::parameter;
use crate::sessions::{PASSWORD, access, by_cookie, cookie, refresh, sign_in, signed_in, user};
use crate::support::{ApiResponse, App, Caller, id, poll_until};

const NELL: (&str, &str) = ("nell@example.org", "a long phrase nobody guesses");

/// A server with the default limits.
fn app_with_default_limits() -> App {
    App::configured(&[("OUTTURN_RATE_LOGIN", "30/1m"), ("OUTTURN_RATE_FAILURES", "300/1h")])
}

/// Creates a second user.
async fn create_nell(admin: &Caller) -> Value {
    let body =
        json!({ "kind": "user", "name": "Nell", "email": NELL.0, "role": "officer", "password": NELL.1 });
    admin.create("/v1/accounts", body).await
}

/// Creates a client and returns its id and secret.
async fn create_client(admin: &Caller, name: &str) -> (String, String) {
    let created =
        admin.create("/v1/accounts", json!({ "kind": "client", "name": name, "role": "officer" })).await;
    (id(&created).to_string(), created["secret"].as_str().expect("a secret").to_owned())
}

async fn request_token(anonymous: &Caller, (client_id, secret): (&str, &str)) -> ApiResponse {
    let form = [("grant_type", "client_credentials"), ("client_id", client_id), ("client_secret", secret)];
    anonymous.send(anonymous.request(Method::POST, "/v1/auth/token").form(&form)).await
}

/// Sends a wrong password for the address of user `n`, who does not exist.
async fn send_wrong_password(anonymous: &Caller, n: usize) -> ApiResponse {
    sign_in(anonymous, &format!("person{n}@example.org"), "a long phrase of nobody's").await
}

fn sign_out(anonymous: &Caller, refresh_token: &str) -> RequestBuilder {
    let request = anonymous.request(Method::DELETE, "/v1/auth/sessions/current");
    request.header("Cookie", format!("__Secure-outturn_refresh={refresh_token}"))
}

/// The bucket of a response and the remaining requests in it.
fn bucket_and_remaining(response: &ApiResponse) -> (String, u64) {
    let bucket = response.header("ratelimit").split(';').next().unwrap_or_default();
    assert_eq!(response.header("ratelimit-policy").split(';').next(), Some(bucket), "{}", response.text);
    (bucket.trim_matches('"').to_owned(), parameter(response, "ratelimit", "r"))
}

fn assert_limited(response: ApiResponse, code: &str, bucket: &str) {
    let response = response.expect(429);
    assert_eq!((response.code(), bucket_and_remaining(&response)), (code, (bucket.to_owned(), 0)));
    let wait: u64 = response.header("retry-after").parse().expect("seconds");
    assert!((1..=120).contains(&wait), "{wait}");
}

#[tokio::test]
async fn thirty_wrong_passwords_do_not_block_other_callers_at_the_address() {
    let app = app_with_default_limits();
    let admin = app.admin();
    user(&admin).await;
    create_nell(&admin).await;
    let (client_id, secret) = create_client(&admin, "crm").await;
    let key = Key::ed();
    let assertion_client = enter(&admin, "keyed", &[key.jwk("a")]).await;
    let anonymous = app.anonymous();
    let [first, second, third] =
        [signed_in(&anonymous).await.1, signed_in(&anonymous).await.1, signed_in(&anonymous).await.1];
    for n in 0..30 {
        send_wrong_password(&anonymous, n % 10).await.expect(401);
    }
    let by_form = refresh(&anonymous, &first).await;
    assert_eq!(
        (by_form.status, bucket_and_remaining(&by_form)),
        (200, ("login".into(), 29)),
        "{}",
        by_form.text
    );
    let by_browser = anonymous.send(by_cookie(&anonymous, &second)).await;
    assert_eq!(
        (by_browser.status, bucket_and_remaining(&by_browser)),
        (200, ("login".into(), 29)),
        "{}",
        by_browser.text
    );
    let by_secret = request_token(&anonymous, (&client_id, &secret)).await;
    assert_eq!(
        (by_secret.status, bucket_and_remaining(&by_secret)),
        (200, ("login".into(), 29)),
        "{}",
        by_secret.text
    );
    let by_key = present(&anonymous, &key.assertion(&claims(&assertion_client, json!({})))).await;
    assert_eq!(
        (by_key.status, bucket_and_remaining(&by_key)),
        (200, ("login".into(), 29)),
        "{}",
        by_key.text
    );
    assert_eq!(
        bucket_and_remaining(&sign_in(&anonymous, NELL.0, NELL.1).await.expect(201)),
        ("login".into(), 29)
    );
    sign_in(&anonymous, "olive@example.org", PASSWORD).await.expect(201);
    anonymous.send(sign_out(&anonymous, &third)).await.expect(204);
    let (bucket, n) = bucket_and_remaining(&send_wrong_password(&anonymous, 11).await.expect(401));
    // The bucket gains one request every 12 seconds.
    assert!(bucket == "failures" && (269..290).contains(&n), "{n} of {bucket}");
}

#[tokio::test]
async fn failures_of_one_address_are_limited_and_successes_are_not_counted() {
    let app = App::configured(&[
        ("OUTTURN_RATE_LOGIN", "30/1m"),
        ("OUTTURN_RATE_FAILURES", "4/8m"),
        ("OUTTURN_TRUSTED_PROXIES", "127.0.0.1"),
    ]);
    let admin = app.admin();
    user(&admin).await;
    create_nell(&admin).await;
    let (client_id, secret) = create_client(&admin, "crm").await;
    let (fresh_id, fresh_secret) = create_client(&admin, "fresh").await;
    let anonymous = app.anonymous();
    let (_, refresh_token) = signed_in(&anonymous).await;
    for _ in 0..10 {
        sign_in(&anonymous, "olive@example.org", PASSWORD).await.expect(201);
        assert_eq!(request_token(&anonymous, (&client_id, &secret)).await.status, 200);
    }
    for n in 0..3 {
        assert_eq!(
            bucket_and_remaining(&send_wrong_password(&anonymous, n).await.expect(401)),
            ("failures".into(), 3 - n as u64)
        );
    }
    assert_eq!(request_token(&anonymous, (&Uuid::now_v7().to_string(), "wrong")).await.status, 401);
    assert_limited(send_wrong_password(&anonymous, 4).await, "too_many_failures", "failures");
    // Correct and wrong credentials get the same response.
    assert_limited(sign_in(&anonymous, NELL.0, NELL.1).await, "too_many_failures", "failures");
    assert_limited(
        request_token(&anonymous, (&fresh_id, &fresh_secret)).await,
        "too_many_failures",
        "failures",
    );
    // The limit on failures does not affect sessions, nor accounts that signed in from the address.
    sign_in(&anonymous, "olive@example.org", PASSWORD).await.expect(201);
    assert_eq!(request_token(&anonymous, (&client_id, &secret)).await.status, 200);
    assert_eq!(anonymous.send(by_cookie(&anonymous, &refresh_token)).await.status, 200);
    let request = anonymous.request(Method::POST, "/v1/auth/sessions").header("X-Forwarded-For", "192.0.2.9");
    let request = request.json(&json!({ "email": NELL.0, "password": NELL.1 }));
    anonymous.send(request).await.expect(201);
}

#[tokio::test]
async fn concurrent_failures_of_one_address_cannot_exceed_the_limit() {
    let app = App::configured(&[("OUTTURN_RATE_FAILURES", "5/10m")]);
    user(&app.admin()).await;
    let anonymous = app.anonymous();
    let responses = futures_util::future::join_all((0..24).map(|n| send_wrong_password(&anonymous, n))).await;
    assert_eq!(responses.iter().filter(|response| response.status == 401).count(), 5);
    assert_eq!(responses.iter().filter(|response| response.code() == "too_many_failures").count(), 19);
}

#[tokio::test]
async fn each_session_has_a_bucket_and_a_limited_refresh_keeps_its_token() {
    let app = App::configured(&[("OUTTURN_RATE_LOGIN", "2/20s")]);
    user(&app.admin()).await;
    let anonymous = app.anonymous();
    let (_, mut token) = signed_in(&anonymous).await;
    let mut refreshed = 0;
    let refused = loop {
        let response = refresh(&anonymous, &token).await;
        if response.status != 200 {
            break response;
        }
        token = response.body["refresh_token"].as_str().expect("a token").to_owned();
        refreshed += 1;
    };
    assert!(refreshed >= 2, "{refreshed}");
    assert_limited(refused, "rate_limited", "login");
    let (_, other) = {
        let response = poll_until(
            async || sign_in(&anonymous, "olive@example.org", PASSWORD).await,
            |a| a.status == 201,
        )
        .await;
        (access(&response), cookie(&response))
    };
    assert_eq!(refresh(&anonymous, &other).await.status, 200, "another session has a separate bucket");
    let status = poll_until(async || refresh(&anonymous, &token).await.status, |status| *status != 429).await;
    assert_eq!(status, 200, "refused refreshes keep the token valid");
}

#[tokio::test]
async fn each_client_and_each_user_has_a_bucket() {
    let app = App::configured(&[("OUTTURN_RATE_LOGIN", "3/6m")]);
    let admin = app.admin();
    user(&admin).await;
    create_nell(&admin).await;
    let ((one, secret), (other, other_secret)) =
        (create_client(&admin, "one").await, create_client(&admin, "other").await);
    let anonymous = app.anonymous();
    for n in (0..3).rev() {
        assert_eq!(
            bucket_and_remaining(&request_token(&anonymous, (&one, &secret)).await),
            ("login".into(), n)
        );
        sign_in(&anonymous, "olive@example.org", PASSWORD).await.expect(201);
    }
    assert_limited(request_token(&anonymous, (&one, &secret)).await, "rate_limited", "login");
    assert_limited(sign_in(&anonymous, "olive@example.org", PASSWORD).await, "rate_limited", "login");
    assert_eq!(request_token(&anonymous, (&other, &other_secret)).await.status, 200);
    sign_in(&anonymous, NELL.0, NELL.1).await.expect(201);
}

#[tokio::test]
async fn requests_with_wrong_secrets_do_not_use_the_bucket_of_an_account() {
    let app = App::configured(&[("OUTTURN_RATE_LOGIN", "2/4m")]);
    let admin = app.admin();
    user(&admin).await;
    let (client_id, secret) = create_client(&admin, "crm").await;
    let anonymous = app.anonymous();
    let (_, token) = signed_in(&anonymous).await;
    for n in 0..5 {
        let wrong_token = format!("{}{n:0>43}", &token[..32]);
        assert_eq!(refresh(&anonymous, &wrong_token).await.status, 400);
    }
    for _ in 0..2 {
        assert_eq!(request_token(&anonymous, (&client_id, "wrong")).await.status, 401);
    }
    assert_eq!(bucket_and_remaining(&refresh(&anonymous, &token).await), ("login".into(), 1));
    assert_eq!(
        bucket_and_remaining(&request_token(&anonymous, (&client_id, &secret)).await),
        ("login".into(), 1)
    );
}

#[tokio::test]
async fn requests_without_valid_credentials_share_the_bucket_of_their_address() {
    let app = App::configured(&[("OUTTURN_RATE_REST", "100/3h")]);
    user(&app.admin()).await;
    let anonymous = app.anonymous();
    let unknown_token = |n: u64| format!("{}{n:0>43}", Uuid::now_v7().simple());
    for n in 0..3 {
        assert_eq!(
            bucket_and_remaining(&refresh(&anonymous, &unknown_token(n)).await),
            ("rest".into(), 99 - n)
        );
    }
    let key = Key::ed();
    let unknown = key.assertion(&claims(&json!({ "id": Uuid::now_v7() }), json!({})));
    assert_eq!(bucket_and_remaining(&present(&anonymous, &unknown).await), ("rest".into(), 96));
    let wrong_media_type = anonymous.post("/v1/auth/token", json!({})).await;
    assert_eq!(
        (wrong_media_type.status, bucket_and_remaining(&wrong_media_type)),
        (400, ("rest".into(), 95))
    );
    let invalid = anonymous.post("/v1/auth/sessions", json!({ "secret": 1 })).await.expect(422);
    assert_eq!(bucket_and_remaining(&invalid), ("rest".into(), 94));
    let signed_out = anonymous.send(sign_out(&anonymous, &unknown_token(9))).await.expect(204);
    assert_eq!(bucket_and_remaining(&signed_out), ("rest".into(), 93));
}

#[tokio::test]
async fn unknown_tokens_exhaust_the_bucket_of_their_address_but_of_no_session() {
    let app = App::configured(&[("OUTTURN_RATE_REST", "3/6m")]);
    user(&app.admin()).await;
    let anonymous = app.anonymous();
    let (_, refresh_token) = signed_in(&anonymous).await;
    let unknown_token = |n: u64| format!("{}{n:0>43}", Uuid::now_v7().simple());
    for n in 0..3 {
        assert_eq!(refresh(&anonymous, &unknown_token(n)).await.status, 400);
    }
    assert_limited(refresh(&anonymous, &unknown_token(4)).await, "rate_limited", "rest");
    let refreshed = refresh(&anonymous, &refresh_token).await;
    assert_eq!(refreshed.status, 200, "{}", refreshed.text);
    app.bearer(&access(&refreshed)).get("/v1/me").await.expect(200);
}
