//! Who is limited by what at sign-in: a session, a client and a user by their own requests, and an address by its failures.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::assertions::{Key, claims, enter, present};
use crate::limits::parameter;
use crate::sessions::{PASSWORD, access, by_cookie, cookie, refresh, sign_in, signed_in, user};
use crate::support::{Answer, App, Person, id, until};

const NELL: (&str, &str) = ("nell@example.org", "a long phrase nobody guesses");

/// A server with the limits that a new installation has.
fn usual() -> App {
    App::configured(&[("OUTTURN_RATE_LOGIN", "30/1m"), ("OUTTURN_RATE_FAILURES", "300/1h")])
}

/// A second user.
async fn nell(admin: &Person) -> Value {
    let body =
        json!({ "kind": "user", "name": "Nell", "email": NELL.0, "role": "officer", "password": NELL.1 });
    admin.make("/v1/accounts", body).await
}

/// A client with a secret: its id and the secret.
async fn client(admin: &Person, name: &str) -> (String, String) {
    let made = admin.make("/v1/accounts", json!({ "kind": "client", "name": name, "role": "officer" })).await;
    (id(&made).to_string(), made["secret"].as_str().expect("a secret").to_owned())
}

async fn ask(stranger: &Person, (client_id, secret): (&str, &str)) -> Answer {
    let form = [("grant_type", "client_credentials"), ("client_id", client_id), ("client_secret", secret)];
    stranger.send(stranger.request(Method::POST, "/v1/auth/token").form(&form)).await
}

/// A wrong password for somebody who may exist or not.
async fn guess(stranger: &Person, n: usize) -> Answer {
    sign_in(stranger, &format!("person{n}@example.org"), "a long phrase of nobody's").await
}

fn sign_out(stranger: &Person, kept: &str) -> RequestBuilder {
    let request = stranger.request(Method::DELETE, "/v1/auth/sessions/current");
    request.header("Cookie", format!("__Secure-outturn_refresh={kept}"))
}

/// Which bucket an answer counts against, and what is left in it.
fn left(answer: &Answer) -> (String, u64) {
    let bucket = answer.header("ratelimit").split(';').next().unwrap_or_default();
    assert_eq!(answer.header("ratelimit-policy").split(';').next(), Some(bucket), "{}", answer.text);
    (bucket.trim_matches('"').to_owned(), parameter(answer, "ratelimit", "r"))
}

fn assert_limited(answer: Answer, code: &str, bucket: &str) {
    let answer = answer.expect(429);
    assert_eq!((answer.code(), left(&answer)), (code, (bucket.to_owned(), 0)));
    let wait: u64 = answer.header("retry-after").parse().expect("seconds");
    assert!((1..=120).contains(&wait), "{wait}");
}

#[tokio::test]
async fn after_thirty_wrong_passwords_everybody_else_at_the_address_goes_on() {
    let app = usual();
    let admin = app.admin();
    user(&admin).await;
    nell(&admin).await;
    let (client_id, secret) = client(&admin, "crm").await;
    let key = Key::ed();
    let keyed = enter(&admin, "keyed", &[key.jwk("a")]).await;
    let stranger = app.stranger();
    let [one, other, leaving] =
        [signed_in(&stranger).await.1, signed_in(&stranger).await.1, signed_in(&stranger).await.1];
    for n in 0..30 {
        guess(&stranger, n % 10).await.expect(401);
    }
    let by_form = refresh(&stranger, &one).await;
    assert_eq!((by_form.status, left(&by_form)), (200, ("login".into(), 29)), "{}", by_form.text);
    let by_browser = stranger.send(by_cookie(&stranger, &other)).await;
    assert_eq!((by_browser.status, left(&by_browser)), (200, ("login".into(), 29)), "{}", by_browser.text);
    let by_secret = ask(&stranger, (&client_id, &secret)).await;
    assert_eq!((by_secret.status, left(&by_secret)), (200, ("login".into(), 29)), "{}", by_secret.text);
    let by_key = present(&stranger, &key.assertion(&claims(&keyed, json!({})))).await;
    assert_eq!((by_key.status, left(&by_key)), (200, ("login".into(), 29)), "{}", by_key.text);
    assert_eq!(left(&sign_in(&stranger, NELL.0, NELL.1).await.expect(201)), ("login".into(), 29));
    sign_in(&stranger, "olive@example.org", PASSWORD).await.expect(201);
    stranger.send(sign_out(&stranger, &leaving)).await.expect(204);
    let (bucket, n) = left(&guess(&stranger, 11).await.expect(401));
    // One comes back in twelve seconds.
    assert!(bucket == "failures" && (269..290).contains(&n), "{n} of {bucket}");
}

#[tokio::test]
async fn guesses_at_many_accounts_from_one_address_are_bounded_and_successes_are_not_counted() {
    let app = App::configured(&[
        ("OUTTURN_RATE_LOGIN", "30/1m"),
        ("OUTTURN_RATE_FAILURES", "4/8m"),
        ("OUTTURN_TRUSTED_PROXIES", "127.0.0.1"),
    ]);
    let admin = app.admin();
    user(&admin).await;
    nell(&admin).await;
    let (client_id, secret) = client(&admin, "crm").await;
    let (fresh_id, fresh_secret) = client(&admin, "fresh").await;
    let stranger = app.stranger();
    let (_, kept) = signed_in(&stranger).await;
    for _ in 0..10 {
        sign_in(&stranger, "olive@example.org", PASSWORD).await.expect(201);
        assert_eq!(ask(&stranger, (&client_id, &secret)).await.status, 200);
    }
    for n in 0..3 {
        assert_eq!(left(&guess(&stranger, n).await.expect(401)), ("failures".into(), 3 - n as u64));
    }
    assert_eq!(ask(&stranger, (&Uuid::now_v7().to_string(), "wrong")).await.status, 401);
    assert_limited(guess(&stranger, 4).await, "too_many_failures", "failures");
    // A right guess is not told from a wrong one.
    assert_limited(sign_in(&stranger, NELL.0, NELL.1).await, "too_many_failures", "failures");
    assert_limited(ask(&stranger, (&fresh_id, &fresh_secret)).await, "too_many_failures", "failures");
    // Who has signed in from there before, or has a session, is no stranger.
    sign_in(&stranger, "olive@example.org", PASSWORD).await.expect(201);
    assert_eq!(ask(&stranger, (&client_id, &secret)).await.status, 200);
    assert_eq!(stranger.send(by_cookie(&stranger, &kept)).await.status, 200);
    let elsewhere =
        stranger.request(Method::POST, "/v1/auth/sessions").header("X-Forwarded-For", "192.0.2.9");
    let elsewhere = elsewhere.json(&json!({ "email": NELL.0, "password": NELL.1 }));
    stranger.send(elsewhere).await.expect(201);
}

#[tokio::test]
async fn of_many_guesses_at_once_no_more_are_tried_than_an_address_may() {
    let app = App::configured(&[("OUTTURN_RATE_FAILURES", "5/10m")]);
    user(&app.admin()).await;
    let stranger = app.stranger();
    let answers = futures_util::future::join_all((0..24).map(|n| guess(&stranger, n))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 401).count(), 5);
    assert_eq!(answers.iter().filter(|answer| answer.code() == "too_many_failures").count(), 19);
}

#[tokio::test]
async fn each_session_has_a_bucket_and_a_refused_refresh_uses_up_no_token() {
    let app = App::configured(&[("OUTTURN_RATE_LOGIN", "2/20s")]);
    user(&app.admin()).await;
    let stranger = app.stranger();
    let (_, mut token) = signed_in(&stranger).await;
    let mut refreshed = 0;
    let refused = loop {
        let answer = refresh(&stranger, &token).await;
        if answer.status != 200 {
            break answer;
        }
        token = answer.body["refresh_token"].as_str().expect("a token").to_owned();
        refreshed += 1;
    };
    assert!(refreshed >= 2, "{refreshed}");
    assert_limited(refused, "rate_limited", "login");
    let (_, other) = {
        let answer =
            until(async || sign_in(&stranger, "olive@example.org", PASSWORD).await, |a| a.status == 201)
                .await;
        (access(&answer), cookie(&answer))
    };
    assert_eq!(refresh(&stranger, &other).await.status, 200, "another session");
    let answered = until(async || refresh(&stranger, &token).await.status, |status| *status != 429).await;
    assert_eq!(answered, 200, "the refused refreshes used up no token");
}

#[tokio::test]
async fn each_client_and_each_user_has_a_bucket() {
    let app = App::configured(&[("OUTTURN_RATE_LOGIN", "3/6m")]);
    let admin = app.admin();
    user(&admin).await;
    nell(&admin).await;
    let ((one, its), (other, others)) = (client(&admin, "one").await, client(&admin, "other").await);
    let stranger = app.stranger();
    for n in (0..3).rev() {
        assert_eq!(left(&ask(&stranger, (&one, &its)).await), ("login".into(), n));
        sign_in(&stranger, "olive@example.org", PASSWORD).await.expect(201);
    }
    assert_limited(ask(&stranger, (&one, &its)).await, "rate_limited", "login");
    assert_limited(sign_in(&stranger, "olive@example.org", PASSWORD).await, "rate_limited", "login");
    assert_eq!(ask(&stranger, (&other, &others)).await.status, 200);
    sign_in(&stranger, NELL.0, NELL.1).await.expect(201);
}

#[tokio::test]
async fn whoever_knows_no_secret_uses_up_nobodys_bucket() {
    let app = App::configured(&[("OUTTURN_RATE_LOGIN", "2/4m")]);
    let admin = app.admin();
    user(&admin).await;
    let (client_id, secret) = client(&admin, "crm").await;
    let stranger = app.stranger();
    let (_, token) = signed_in(&stranger).await;
    for n in 0..5 {
        let guess = format!("{}{n:0>43}", &token[..32]);
        assert_eq!(refresh(&stranger, &guess).await.status, 400);
    }
    for _ in 0..2 {
        assert_eq!(ask(&stranger, (&client_id, "wrong")).await.status, 401);
    }
    assert_eq!(left(&refresh(&stranger, &token).await), ("login".into(), 1));
    assert_eq!(left(&ask(&stranger, (&client_id, &secret)).await), ("login".into(), 1));
}

#[tokio::test]
async fn what_proves_nothing_shares_the_bucket_of_its_address() {
    let app = App::configured(&[("OUTTURN_RATE_REST", "100/3h")]);
    user(&app.admin()).await;
    let stranger = app.stranger();
    let made_up = |n: u64| format!("{}{n:0>43}", Uuid::now_v7().simple());
    for n in 0..3 {
        assert_eq!(left(&refresh(&stranger, &made_up(n)).await), ("rest".into(), 99 - n));
    }
    let key = Key::ed();
    let unknown = key.assertion(&claims(&json!({ "id": Uuid::now_v7() }), json!({})));
    assert_eq!(left(&present(&stranger, &unknown).await), ("rest".into(), 96));
    let no_form = stranger.post("/v1/auth/token", json!({})).await;
    assert_eq!((no_form.status, left(&no_form)), (400, ("rest".into(), 95)));
    let unfit = stranger.post("/v1/auth/sessions", json!({ "secret": 1 })).await.expect(422);
    assert_eq!(left(&unfit), ("rest".into(), 94));
    let gone = stranger.send(sign_out(&stranger, &made_up(9))).await.expect(204);
    assert_eq!(left(&gone), ("rest".into(), 93));
}

#[tokio::test]
async fn a_flood_of_unknown_tokens_stops_its_address_and_no_session_that_is_known() {
    let app = App::configured(&[("OUTTURN_RATE_REST", "3/6m")]);
    user(&app.admin()).await;
    let stranger = app.stranger();
    let (_, kept) = signed_in(&stranger).await;
    let made_up = |n: u64| format!("{}{n:0>43}", Uuid::now_v7().simple());
    for n in 0..3 {
        assert_eq!(refresh(&stranger, &made_up(n)).await.status, 400);
    }
    assert_limited(refresh(&stranger, &made_up(4)).await, "rate_limited", "rest");
    let refreshed = refresh(&stranger, &kept).await;
    assert_eq!(refreshed.status, 200, "{}", refreshed.text);
    app.bearer(&access(&refreshed)).get("/v1/me").await.expect(200);
}
