//! One cookie shown twice: for some seconds it gets the same successor, and after that it ends the session (RFC 9700).

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use futures_util::future::join_all;

use crate::sessions::{access, assert_refused, by_cookie, cookie, refresh, signed_in, user};
use crate::support::{Answer, App, Person};

/// For how many seconds a cookie of the tests' servers gets the same successor.
const REUSE_SECONDS: u32 = 60;

/// Refreshes as a browser does.
async fn show(stranger: &Person, kept: &str) -> Answer {
    stranger.send(by_cookie(stranger, kept)).await
}

/// The cookie that a refresh put in the place of the one that was shown.
async fn next(stranger: &Person, kept: &str) -> String {
    let answer = show(stranger, kept).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    cookie(&answer)
}

/// Makes every exchange so far as old as that.
async fn exchanged_before(app: &App, seconds: u32) {
    let sql =
        format!("UPDATE used_refresh_tokens SET exchanged_at = exchanged_at - interval '{seconds} seconds'");
    app.sql(&sql).await;
}

#[tokio::test]
async fn five_reloads_sixty_milliseconds_apart_keep_the_person_signed_in() {
    let app = App::new();
    user(&app.admin()).await;
    let stranger = app.stranger();
    let (_, first) = signed_in(&stranger).await;
    let began = Instant::now();
    let reloads = (0..5).map(|n| {
        let (stranger, first) = (stranger.clone(), first.clone());
        async move {
            tokio::time::sleep(Duration::from_millis(60 * n)).await;
            show(&stranger, &first).await
        }
    });
    let answers = join_all(reloads).await;
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [200; 5]);
    let cookies: BTreeSet<String> = answers.iter().map(cookie).collect();
    assert_eq!(cookies.len(), 1, "every reload gets the same cookie");
    for answer in &answers {
        app.bearer(&access(answer)).get("/v1/me").await.expect(200);
        let lasting = answer.header("set-cookie").rsplit("Max-Age=").next().map(str::to_owned);
        let left: i64 = lasting.and_then(|seconds| seconds.parse().ok()).expect("seconds");
        let slowness = i64::try_from(began.elapsed().as_secs()).expect("a number") + 1;
        assert!((43_200 - slowness..=43_200).contains(&left), "{left}");
    }
    exchanged_before(&app, REUSE_SECONDS + 1).await;
    next(&stranger, cookies.first().expect("a cookie")).await;
}

#[tokio::test]
async fn of_twenty_uses_of_a_cookie_at_once_all_get_the_same_successor() {
    let app = App::new();
    user(&app.admin()).await;
    let stranger = app.stranger();
    let (_, first) = signed_in(&stranger).await;
    let answers = join_all((0..20).map(|_| show(&stranger, &first))).await;
    assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
    let cookies: BTreeSet<String> = answers.iter().map(cookie).collect();
    assert_eq!(cookies.len(), 1);
    assert!(!cookies.contains(&first));
    assert_eq!(app.number("SELECT count(*) AS n FROM used_refresh_tokens").await, 1, "it was exchanged once");
}

#[tokio::test]
async fn tabs_end_up_with_one_cookie_whatever_the_order_of_their_answers() {
    let app = App::new();
    user(&app.admin()).await;
    let stranger = app.stranger();
    let (_, first) = signed_in(&stranger).await;
    let second = next(&stranger, &first).await;
    // The cookie that is new stays for as long as the old one gets it: no tab can put back one that was exchanged.
    assert_eq!(next(&stranger, &second).await, second);
    assert_eq!(next(&stranger, &first).await, second);
    exchanged_before(&app, REUSE_SECONDS + 1).await;
    let third = next(&stranger, &second).await;
    assert_ne!(third, second);
    assert_eq!(next(&stranger, &second).await, third);
    assert_refused(&show(&stranger, &first).await, "invalid_grant");
}

#[tokio::test]
async fn a_cookie_that_was_exchanged_longer_ago_ends_the_session() {
    let app = App::new();
    user(&app.admin()).await;
    let stranger = app.stranger();
    let (token, first) = signed_in(&stranger).await;
    let second = next(&stranger, &first).await;
    exchanged_before(&app, 10).await;
    assert_eq!(next(&stranger, &first).await, second, "within the minute");
    assert_ended_by_reuse(&app, REUSE_SECONDS - 10, (&token, &first, &second)).await;
}

#[tokio::test]
async fn where_nothing_is_configured_a_cookie_gets_the_same_successor_for_ten_seconds() {
    let app = App::configured(&[("OUTTURN_REFRESH_REUSE_SECONDS", "")]);
    user(&app.admin()).await;
    let stranger = app.stranger();
    let (token, first) = signed_in(&stranger).await;
    let second = next(&stranger, &first).await;
    assert_ended_by_reuse(&app, 10, (&token, &first, &second)).await;
}

/// Asserts that the first cookie, exchanged so many seconds earlier, ends the session.
async fn assert_ended_by_reuse(app: &App, seconds: u32, (token, first, second): (&str, &str, &str)) {
    let stranger = app.stranger();
    exchanged_before(app, seconds).await;
    let reused = show(&stranger, first).await;
    assert_refused(&reused, "invalid_grant");
    assert!(reused.header("set-cookie").contains("Max-Age=0"), "the browser lets go of it");
    assert_refused(&show(&stranger, second).await, "invalid_grant");
    app.bearer(token).get("/v1/me").await.expect(401);
    assert_eq!(app.number("SELECT count(*) AS n FROM sessions").await, 0);
}

#[tokio::test]
async fn with_a_reuse_time_of_nought_a_cookie_counts_once() {
    let app = App::configured(&[("OUTTURN_REFRESH_REUSE_SECONDS", "0")]);
    user(&app.admin()).await;
    let stranger = app.stranger();
    let (_, first) = signed_in(&stranger).await;
    let second = next(&stranger, &first).await;
    let third = next(&stranger, &second).await;
    assert_ne!(third, second);
    assert_refused(&show(&stranger, &second).await, "invalid_grant");
    assert_refused(&show(&stranger, &third).await, "invalid_grant");
    assert_eq!(app.number("SELECT count(*) AS n FROM sessions").await, 0);
}

#[tokio::test]
async fn a_token_that_a_program_sends_in_the_form_counts_once() {
    let app = App::new();
    user(&app.admin()).await;
    let stranger = app.stranger();
    // Exchanged by a program, then shown by a browser; and the other way round.
    let (_, first) = signed_in(&stranger).await;
    assert_eq!(refresh(&stranger, &first).await.status, 200);
    assert_refused(&show(&stranger, &first).await, "invalid_grant");
    let (_, first) = signed_in(&stranger).await;
    let second = next(&stranger, &first).await;
    assert_refused(&refresh(&stranger, &first).await, "invalid_grant");
    assert_refused(&show(&stranger, &second).await, "invalid_grant");
}

#[tokio::test]
async fn a_session_that_has_ended_has_no_successor() {
    let app = App::new();
    user(&app.admin()).await;
    let stranger = app.stranger();
    for end in ["UPDATE sessions SET expires_at = now()", "UPDATE accounts SET revoked_at = now()"] {
        let (_, first) = signed_in(&stranger).await;
        let second = next(&stranger, &first).await;
        app.sql(end).await;
        for kept in [&first, &second] {
            assert_refused(&show(&stranger, kept).await, "invalid_grant");
        }
    }
}

#[tokio::test]
async fn no_table_has_what_a_cookie_or_its_successor_is_made_of() {
    let app = App::new();
    user(&app.admin()).await;
    let stranger = app.stranger();
    let (_, first) = signed_in(&stranger).await;
    let second = next(&stranger, &first).await;
    let sql = "SELECT concat((SELECT string_agg(s::text, ' ') FROM sessions s),
                   (SELECT string_agg(concat(u::text, encode(salt, 'escape')), ' ') FROM used_refresh_tokens u),
                   (SELECT string_agg(concat(before, after), ' ') FROM changes)) AS t";
    let kept = app.texts(sql).await.remove(0);
    for token in [&first, &second] {
        assert!(!kept.contains(&token[32..]), "{kept}");
    }
}
