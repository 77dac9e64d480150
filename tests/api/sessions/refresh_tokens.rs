//! Refresh tokens: each is valid once, and reuse ends the session.

use reqwest::Method;
use serde_json::{Value, json};

use super::{COOKIE, assert_refused, by_cookie, cookie, refresh, refreshed, signed_in, user};
use crate::support::App;

#[tokio::test]
async fn a_refresh_token_is_valid_once_and_each_use_returns_the_next() {
    let app = App::new();
    user(&app.admin()).await;
    let anonymous = app.anonymous();
    let (_, first) = signed_in(&anonymous).await;
    let response = refresh(&anonymous, &first).await;
    let (access, second) = refreshed(&response);
    assert_eq!((&response.body["refresh_expires_in"], response.header("set-cookie")), (&json!(43200), ""));
    app.bearer(&access).get("/v1/councils").await.expect(200);
    let browser_response = anonymous.send(by_cookie(&anonymous, &second)).await;
    assert_eq!((browser_response.status, &browser_response.body["refresh_token"]), (200, &Value::Null));
    let third = cookie(&browser_response);
    assert!(third != second && third.len() == 75);
    refreshed(&refresh(&anonymous, &third).await);
}

#[tokio::test]
async fn a_reused_refresh_token_ends_its_session_and_revokes_its_access_tokens() {
    let app = App::new();
    user(&app.admin()).await;
    let anonymous = app.anonymous();
    let (first_access, first) = signed_in(&anonymous).await;
    let (other_access, other) = signed_in(&anonymous).await;
    let (second_access, second) = refreshed(&refresh(&anonymous, &first).await);
    let reused = anonymous.send(by_cookie(&anonymous, &first)).await;
    assert_refused(&reused, "invalid_grant");
    assert!(reused.header("set-cookie").contains("Max-Age=0"), "the response deletes the cookie");
    assert_refused(&refresh(&anonymous, &second).await, "invalid_grant");
    for access in [first_access, second_access] {
        app.bearer(&access).get("/v1/councils").await.expect(401);
    }
    app.bearer(&other_access).get("/v1/councils").await.expect(200);
    refreshed(&refresh(&anonymous, &other).await);
}

#[tokio::test]
async fn a_token_with_a_wrong_secret_ends_no_session() {
    let app = App::new();
    user(&app.admin()).await;
    let anonymous = app.anonymous();
    let (access, first) = signed_in(&anonymous).await;
    let (_, token) = refreshed(&refresh(&anonymous, &first).await);
    let session = &token[..32];
    for n in 0..100 {
        let forged = format!("{session}{n:0>43}");
        assert_refused(&refresh(&anonymous, &forged).await, "invalid_grant");
        if n % 10 == 0 {
            assert_refused(&anonymous.send(by_cookie(&anonymous, &forged)).await, "invalid_grant");
            let sign_out = anonymous.request(Method::DELETE, "/v1/auth/sessions/current");
            anonymous.send(sign_out.header("Cookie", format!("{COOKIE}={forged}"))).await.expect(204);
        }
    }
    app.bearer(&access).get("/v1/councils").await.expect(200);
    let (_, token) = refreshed(&refresh(&anonymous, &token).await);
    assert_eq!(app.number("SELECT count(*) AS n FROM used_refresh_tokens").await, 2);
    // The first token still counts as used after later tokens.
    assert_refused(&refresh(&anonymous, &first).await, "invalid_grant");
    assert_refused(&refresh(&anonymous, &token).await, "invalid_grant");
    app.bearer(&access).get("/v1/councils").await.expect(401);
    assert_eq!(app.number("SELECT count(*) AS n FROM used_refresh_tokens").await, 0);
}

#[tokio::test]
async fn of_twenty_concurrent_uses_at_most_one_succeeds_and_the_session_ends() {
    let app = App::new();
    user(&app.admin()).await;
    let anonymous = app.anonymous();
    let (_, token) = signed_in(&anonymous).await;
    let uses = futures_util::future::join_all((0..20).map(|_| refresh(&anonymous, &token))).await;
    assert_eq!(uses.iter().filter(|response| response.status == 200).count(), 1);
    assert_eq!(app.number("SELECT count(*) AS n FROM sessions").await, 0);
}

#[tokio::test]
async fn a_malformed_or_unknown_refresh_token_is_refused() {
    let app = App::new();
    user(&app.admin()).await;
    let anonymous = app.anonymous();
    let (access, token) = signed_in(&anonymous).await;
    let unknown_session = format!("{}{}", uuid::Uuid::now_v7().simple(), &token[32..]);
    for malformed in ["x", "ä".repeat(40).as_str(), &access, &unknown_session] {
        assert_refused(&refresh(&anonymous, malformed).await, "invalid_grant");
    }
    assert_refused(&refresh(&anonymous, "").await, "invalid_grant");
    app.bearer(&access).get("/v1/councils").await.expect(200);
    refreshed(&refresh(&anonymous, &token).await);
}
