//! Signing in with a password.

use outturn::accounts::sessions::model::RefreshToken;
use outturn::accounts::sessions::queries;
use serde_json::json;

use super::{COOKIE, PASSWORD, access, cookie, sign_in, user};
use crate::support::{App, execute_sql, id};

#[tokio::test]
async fn a_sign_in_returns_an_access_token_and_sets_the_refresh_cookie() {
    let app = App::new();
    let olive = user(&app.admin()).await;
    let response = sign_in(&app.anonymous(), "OLIVE@example.org", PASSWORD).await.expect(201);
    assert_eq!(
        (&response.body["token_type"], &response.body["expires_in"], response.header("cache-control")),
        (&json!("Bearer"), &json!(900), "no-store")
    );
    assert_eq!(response.body.as_object().expect("an object").len(), 3, "{}", response.text);
    let token_in_cookie = cookie(&response);
    let attributes = "; HttpOnly; SameSite=Strict; Secure; Path=/v1/auth; Max-Age=43200";
    assert_eq!(response.header("set-cookie"), format!("{COOKIE}={token_in_cookie}{attributes}"));
    assert_eq!(token_in_cookie.len(), 75);
    let me = app.bearer(&access(&response)).read("/v1/me").await;
    assert_eq!((&me["subject"], &me["role"]), (&olive["id"], &json!("officer")));
    let rows = app.texts("SELECT row_to_json(s)::text AS t FROM sessions s").await;
    assert!(
        rows.len() == 1 && !rows[0].contains(&token_in_cookie[32..]),
        "only a hash of the secret is stored: {rows:?}"
    );
}

#[tokio::test]
async fn every_wrong_sign_in_gets_the_same_response() {
    let app = App::new();
    let admin = app.admin();
    let olive = user(&admin).await;
    let user_without_password =
        json!({ "kind": "user", "name": "Nell", "email": "nell@example.org", "role": "officer" });
    admin.create("/v1/accounts", user_without_password).await;
    let anonymous = app.anonymous();
    let mut responses = Vec::new();
    for (email, password) in [
        ("olive@example.org", "a long phrase of his"),
        ("nobody@example.org", PASSWORD),
        ("nell@example.org", PASSWORD),
    ] {
        responses.push(sign_in(&anonymous, email, password).await);
    }
    admin.delete(&format!("/v1/accounts/{}", id(&olive)), 1).await.expect(204);
    responses.push(sign_in(&anonymous, "olive@example.org", PASSWORD).await);
    for mut refused in responses {
        refused = refused.expect(401);
        assert_eq!((refused.code(), refused.header("set-cookie")), ("wrong_credentials", ""));
        assert_eq!(refused.header("www-authenticate"), "Bearer realm=\"outturn\"");
    }
    let invalid = anonymous.post("/v1/auth/sessions", json!({ "email": "olive", "secret": 1 })).await;
    assert_eq!(invalid.expect(422).field_errors().len(), 3);
    assert_eq!(app.number("SELECT count(*) AS n FROM sessions").await, 0);
}

#[tokio::test]
async fn a_sign_in_with_a_password_that_is_being_changed_begins_no_session() {
    let app = App::new();
    let olive = id(&user(&app.admin()).await);
    let hash = app.texts("SELECT secret_hash AS t FROM accounts").await.remove(0);
    let (mut changing, mut signing_in) = (app.connection().await, app.connection().await);
    execute_sql(&mut changing, "BEGIN").await;
    execute_sql(&mut changing, "UPDATE accounts SET secret_hash = 'another'").await;
    // The old password was verified before the change; the change then ends all sessions and
    // commits.
    let token = RefreshToken::generate(uuid::Uuid::now_v7()).expect("a token");
    let begin_session = queries::begin(&mut signing_in, olive, &hash, &token);
    let commit_change = async {
        app.wait_until_blocked(1).await;
        execute_sql(&mut changing, "COMMIT").await;
    };
    let (session, ()) = futures_util::future::join(begin_session, commit_change).await;
    assert!(session.expect("a result").is_none());
    assert_eq!(app.number("SELECT count(*) AS n FROM sessions").await, 0);
}
