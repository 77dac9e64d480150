//! Reuse of a refresh cookie: within the reuse time it gets the same successor. After that it ends
//! the session (RFC 9700).

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use futures_util::future::join_all;

use crate::sessions::{access, assert_refused, by_cookie, cookie, refresh, signed_in, user};
use crate::support::{ApiResponse, App, Caller};

/// The reuse time of a refresh cookie in the test configuration, in seconds.
const REUSE_SECONDS: u32 = 60;

/// Sends a refresh request with a cookie.
async fn send_cookie(anonymous: &Caller, value: &str) -> ApiResponse {
    anonymous.send(by_cookie(anonymous, value)).await
}

/// Refreshes with a cookie and returns its successor.
async fn successor(anonymous: &Caller, value: &str) -> String {
    let response = send_cookie(anonymous, value).await;
    assert_eq!(response.status, 200, "{}", response.text);
    cookie(&response)
}

/// Moves the time of every exchange back by a number of seconds.
async fn age_exchanges(app: &App, seconds: u32) {
    let sql =
        format!("UPDATE used_refresh_tokens SET exchanged_at = exchanged_at - interval '{seconds} seconds'");
    app.sql(&sql).await;
}

#[tokio::test]
async fn rapid_reloads_keep_the_user_signed_in() {
    let app = App::new();
    user(&app.admin()).await;
    let anonymous = app.anonymous();
    let (_, first) = signed_in(&anonymous).await;
    let began = Instant::now();
    let reloads = (0..5).map(|n| {
        let (anonymous, first) = (anonymous.clone(), first.clone());
        async move {
            tokio::time::sleep(Duration::from_millis(60 * n)).await;
            send_cookie(&anonymous, &first).await
        }
    });
    let responses = join_all(reloads).await;
    let statuses: Vec<u16> = responses.iter().map(|response| response.status).collect();
    assert_eq!(statuses, [200; 5]);
    let cookies: BTreeSet<String> = responses.iter().map(cookie).collect();
    assert_eq!(cookies.len(), 1, "every reload gets the same cookie");
    for response in &responses {
        app.bearer(&access(response)).get("/v1/me").await.expect(200);
        let max_age = response.header("set-cookie").rsplit("Max-Age=").next().map(str::to_owned);
        let remaining: i64 = max_age.and_then(|seconds| seconds.parse().ok()).expect("seconds");
        let slowness = i64::try_from(began.elapsed().as_secs()).expect("a number") + 1;
        assert!((43_200 - slowness..=43_200).contains(&remaining), "{remaining}");
    }
    age_exchanges(&app, REUSE_SECONDS + 1).await;
    successor(&anonymous, cookies.first().expect("a cookie")).await;
}

#[tokio::test]
async fn concurrent_uses_of_a_cookie_get_the_same_successor() {
    let app = App::new();
    user(&app.admin()).await;
    let anonymous = app.anonymous();
    let (_, first) = signed_in(&anonymous).await;
    let responses = join_all((0..20).map(|_| send_cookie(&anonymous, &first))).await;
    assert!(responses.iter().all(|response| response.status == 200), "{responses:?}");
    let cookies: BTreeSet<String> = responses.iter().map(cookie).collect();
    assert_eq!(cookies.len(), 1);
    assert!(!cookies.contains(&first));
    assert_eq!(
        app.number("SELECT count(*) AS n FROM used_refresh_tokens").await,
        1,
        "the cookie is exchanged once"
    );
}

#[tokio::test]
async fn several_tabs_end_with_one_cookie_in_any_order_of_responses() {
    let app = App::new();
    user(&app.admin()).await;
    let anonymous = app.anonymous();
    let (_, first) = signed_in(&anonymous).await;
    let second = successor(&anonymous, &first).await;
    // During the reuse time the successor gets itself, so no tab can restore an exchanged cookie.
    assert_eq!(successor(&anonymous, &second).await, second);
    assert_eq!(successor(&anonymous, &first).await, second);
    age_exchanges(&app, REUSE_SECONDS + 1).await;
    let third = successor(&anonymous, &second).await;
    assert_ne!(third, second);
    assert_eq!(successor(&anonymous, &second).await, third);
    assert_refused(&send_cookie(&anonymous, &first).await, "invalid_grant");
}

#[tokio::test]
async fn reuse_of_a_cookie_after_the_reuse_time_ends_the_session() {
    let app = App::new();
    user(&app.admin()).await;
    let anonymous = app.anonymous();
    let (token, first) = signed_in(&anonymous).await;
    let second = successor(&anonymous, &first).await;
    age_exchanges(&app, 10).await;
    assert_eq!(successor(&anonymous, &first).await, second, "the reuse time has not ended");
    assert_ended_by_reuse(&app, REUSE_SECONDS - 10, (&token, &first, &second)).await;
}

#[tokio::test]
async fn the_reuse_time_of_a_cookie_defaults_to_ten_seconds() {
    let app = App::configured(&[("OUTTURN_REFRESH_REUSE_SECONDS", "")]);
    user(&app.admin()).await;
    let anonymous = app.anonymous();
    let (token, first) = signed_in(&anonymous).await;
    let second = successor(&anonymous, &first).await;
    assert_ended_by_reuse(&app, 10, (&token, &first, &second)).await;
}

/// Asserts that the first cookie ends the session when its exchange is `seconds` older.
async fn assert_ended_by_reuse(app: &App, seconds: u32, (token, first, second): (&str, &str, &str)) {
    let anonymous = app.anonymous();
    age_exchanges(app, seconds).await;
    let reused = send_cookie(&anonymous, first).await;
    assert_refused(&reused, "invalid_grant");
    assert!(reused.header("set-cookie").contains("Max-Age=0"), "the response deletes the cookie");
    assert_refused(&send_cookie(&anonymous, second).await, "invalid_grant");
    app.bearer(token).get("/v1/me").await.expect(401);
    assert_eq!(app.number("SELECT count(*) AS n FROM sessions").await, 0);
}

#[tokio::test]
async fn a_reuse_time_of_zero_allows_one_use_of_a_cookie() {
    let app = App::configured(&[("OUTTURN_REFRESH_REUSE_SECONDS", "0")]);
    user(&app.admin()).await;
    let anonymous = app.anonymous();
    let (_, first) = signed_in(&anonymous).await;
    let second = successor(&anonymous, &first).await;
    let third = successor(&anonymous, &second).await;
    assert_ne!(third, second);
    assert_refused(&send_cookie(&anonymous, &second).await, "invalid_grant");
    assert_refused(&send_cookie(&anonymous, &third).await, "invalid_grant");
    assert_eq!(app.number("SELECT count(*) AS n FROM sessions").await, 0);
}

#[tokio::test]
async fn a_refresh_token_sent_in_the_form_can_be_used_once() {
    let app = App::new();
    user(&app.admin()).await;
    let anonymous = app.anonymous();
    // A client uses a token in the form and then as a cookie, and another in the opposite order.
    let (_, first) = signed_in(&anonymous).await;
    assert_eq!(refresh(&anonymous, &first).await.status, 200);
    assert_refused(&send_cookie(&anonymous, &first).await, "invalid_grant");
    let (_, first) = signed_in(&anonymous).await;
    let second = successor(&anonymous, &first).await;
    assert_refused(&refresh(&anonymous, &first).await, "invalid_grant");
    assert_refused(&send_cookie(&anonymous, &second).await, "invalid_grant");
}

#[tokio::test]
async fn a_cookie_of_an_ended_session_gets_no_successor() {
    let app = App::new();
    user(&app.admin()).await;
    let anonymous = app.anonymous();
    for end in ["UPDATE sessions SET expires_at = now()", "UPDATE accounts SET revoked_at = now()"] {
        let (_, first) = signed_in(&anonymous).await;
        let second = successor(&anonymous, &first).await;
        app.sql(end).await;
        for token in [&first, &second] {
            assert_refused(&send_cookie(&anonymous, token).await, "invalid_grant");
        }
    }
}

#[tokio::test]
async fn no_table_stores_the_secret_of_a_refresh_token() {
    let app = App::new();
    user(&app.admin()).await;
    let anonymous = app.anonymous();
    let (_, first) = signed_in(&anonymous).await;
    let second = successor(&anonymous, &first).await;
    let sql = "SELECT concat((SELECT string_agg(s::text, ' ') FROM sessions s),
                   (SELECT string_agg(concat(u::text, encode(salt, 'escape')), ' ') FROM used_refresh_tokens u),
                   (SELECT string_agg(concat(before, after), ' ') FROM changes)) AS t";
    let stored = app.texts(sql).await.remove(0);
    for token in [&first, &second] {
        assert!(!stored.contains(&token[32..]), "{stored}");
    }
}
