//! How a session ends: it expires, its user signs out, or the account's password changes.

use reqwest::Method;
use serde_json::json;

use super::{COOKIE, PASSWORD, assert_refused, cookie, refresh, refreshed, sign_in, signed_in, user};
use crate::support::{App, Caller, id};

#[tokio::test]
async fn a_session_ends_when_idle_and_at_its_maximum_age() {
    let app = App::new();
    user(&app.admin()).await;
    let anonymous = app.anonymous();
    let (access, token) = signed_in(&anonymous).await;
    let started = std::time::Instant::now();
    app.sql("UPDATE sessions SET created_at = now() - interval '14 days' + interval '10 minutes'").await;
    let response = refresh(&anonymous, &token).await;
    let (_, token) = refreshed(&response);
    let remaining = response.body["refresh_expires_in"].as_i64().expect("seconds");
    let elapsed = i64::try_from(started.elapsed().as_secs()).expect("a number") + 1;
    assert!((600 - elapsed..=600).contains(&remaining), "{remaining}");
    app.sql("UPDATE sessions SET expires_at = now() - interval '1 second'").await;
    app.bearer(&access).get("/v1/councils").await.expect(401);
    assert_refused(&refresh(&anonymous, &token).await, "invalid_grant");
}

#[tokio::test]
async fn a_sign_out_ends_the_session_and_may_be_repeated() {
    let app = App::new();
    user(&app.admin()).await;
    let anonymous = app.anonymous();
    let sign_out = async |caller: &Caller, cookie_token: Option<&str>| {
        let request = caller.request(Method::DELETE, "/v1/auth/sessions/current");
        let request = match cookie_token {
            Some(cookie_token) => request.header("Cookie", format!("{COOKIE}={cookie_token}")),
            None => request,
        };
        let response = caller.send(request).await.expect(204);
        let cleared_cookie =
            format!("{COOKIE}=; HttpOnly; SameSite=Strict; Secure; Path=/v1/auth; Max-Age=0");
        assert_eq!(response.header("set-cookie"), cleared_cookie);
    };
    let (access, cookie_token) = signed_in(&anonymous).await;
    sign_out(&anonymous, Some(&cookie_token)).await;
    app.bearer(&access).get("/v1/councils").await.expect(401);
    assert_refused(&refresh(&anonymous, &cookie_token).await, "invalid_grant");
    sign_out(&anonymous, Some(&cookie_token)).await;
    sign_out(&anonymous, Some("no token")).await;
    sign_out(&anonymous, None).await;
    // Without a cookie, the access token identifies the session.
    let (access, cookie_token) = signed_in(&anonymous).await;
    sign_out(&app.bearer(&access), None).await;
    sign_out(&app.bearer(&access), None).await;
    assert_refused(&refresh(&anonymous, &cookie_token).await, "invalid_grant");
    app.bearer("no.such.token")
        .send(app.bearer("no.such.token").request(Method::DELETE, "/v1/auth/sessions/current"))
        .await
        .expect(401);
}

#[tokio::test]
async fn a_new_password_or_a_revoked_account_ends_every_session() {
    let app = App::new();
    let admin = app.admin();
    let path = format!("/v1/accounts/{}", id(&user(&admin).await));
    let anonymous = app.anonymous();
    let (access, token) = signed_in(&anonymous).await;
    admin.patch(&path, 1, json!({ "name": "Olive B." })).await.expect(200);
    app.bearer(&access).get("/v1/councils").await.expect(200);
    admin.patch(&path, 2, json!({ "password": "another long phrase" })).await.expect(200);
    app.bearer(&access).get("/v1/councils").await.expect(401);
    assert_refused(&refresh(&anonymous, &token).await, "invalid_grant");
    sign_in(&anonymous, "olive@example.org", PASSWORD).await.expect(401);

    let response = sign_in(&anonymous, "olive@example.org", "another long phrase").await.expect(201);
    let (access, token) = (super::access(&response), cookie(&response));
    let version = admin.read(&path).await["version"].as_i64().expect("a version");
    admin.delete(&path, version).await.expect(204);
    app.bearer(&access).get("/v1/councils").await.expect(401);
    assert_refused(&refresh(&anonymous, &token).await, "invalid_grant");
}
