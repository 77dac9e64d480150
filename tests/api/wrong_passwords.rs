//! Guessing passwords and secrets: it slows down, and locks nobody out.

use std::time::{Duration, Instant};

use reqwest::{Method, RequestBuilder};
use serde_json::json;

use crate::sessions::{PASSWORD, cookie, refresh, user};
use crate::support::{Answer, App, Person, id, until};

/// A server behind a proxy, which names the addresses that the test's requests come from.
fn behind_a_proxy() -> App {
    App::configured(&[("OUTTURN_TRUSTED_PROXIES", "127.0.0.1")])
}

fn sign_in(stranger: &Person, from: &str, email: &str, password: &str) -> RequestBuilder {
    let request = stranger.request(Method::POST, "/v1/auth/sessions").header("X-Forwarded-For", from);
    request.json(&json!({ "email": email, "password": password }))
}

async fn guess(stranger: &Person, from: &str, email: &str) -> Answer {
    stranger.send(sign_in(stranger, from, email, "a long phrase of nobody's")).await
}

async fn statuses(stranger: &Person, from: &str, email: &str, count: usize) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..count {
        statuses.push(guess(stranger, from, email).await.status);
    }
    statuses
}

/// How long a source waits that failed three times, where the account has at least ten failures in all.
const LONG_DELAY: Duration = Duration::from_secs(120);

/// Guesses from other addresses, so that any further source has to wait for [`LONG_DELAY`] once it may not try at once.
async fn guess_elsewhere(stranger: &Person, email: &str) {
    for n in 1..=8 {
        assert_eq!(statuses(stranger, &format!("203.0.113.{n}"), email, 1).await, [401]);
    }
}

fn assert_delayed(answer: &Answer) -> u64 {
    assert_eq!((answer.status, answer.code()), (429, "too_many_failures"), "{}", answer.text);
    let wait = answer.header("retry-after").parse().expect("seconds");
    assert!((1..=120).contains(&wait), "{wait}");
    wait
}

#[tokio::test]
async fn guesses_from_twenty_addresses_are_slowed_and_the_owner_signs_in() {
    let app = behind_a_proxy();
    user(&app.admin()).await;
    let stranger = app.stranger();
    let home = "198.51.100.7";
    let signed_in = stranger.send(sign_in(&stranger, home, "olive@example.org", PASSWORD)).await.expect(201);
    let kept = cookie(&signed_in);
    let began = Instant::now();
    let mut tried = 0;
    for n in 0..300 {
        let answer = guess(&stranger, &format!("192.0.2.{}", n % 20), "Olive@Example.org").await;
        tried += u64::from(answer.status == 401);
        if answer.status != 401 {
            assert_delayed(&answer);
        }
    }
    // On a slow machine some addresses have waited long enough meanwhile.
    let again = 20 * began.elapsed().as_secs() / LONG_DELAY.as_secs();
    assert!(tried <= 70 + again, "{tried} of 300 guesses were tried");
    let wait =
        until(async || guess(&stranger, "192.0.2.1", "olive@example.org").await, |a| a.status == 429).await;
    assert!(assert_delayed(&wait) > 119_u64.saturating_sub(began.elapsed().as_secs()));
    // The owner: where she signed in before, where she never was, and by her session.
    for from in [home, "203.0.113.9"] {
        stranger.send(sign_in(&stranger, from, "olive@example.org", PASSWORD)).await.expect(201);
    }
    let refreshed = refresh(&stranger, &kept).await;
    assert_eq!(refreshed.status, 200, "{}", refreshed.text);
}

#[tokio::test]
async fn the_right_password_waits_too_and_then_clears_the_count_of_its_address() {
    let app = App::new();
    user(&app.admin()).await;
    let stranger = app.stranger();
    let try_it = async |password: &str| {
        let body = json!({ "email": "olive@example.org", "password": password });
        stranger.post("/v1/auth/sessions", body).await
    };
    // Returns when the last of three failures began.
    let fail_three_times = async || {
        let mut began = Instant::now();
        for _ in 0..3 {
            began = Instant::now();
            try_it("a long phrase of his").await.expect(401);
        }
        began
    };
    // On a slow machine the second is over before the next attempt. Then the right password clears the count.
    let attempt = async || {
        fail_three_times().await;
        try_it(PASSWORD).await
    };
    let delayed = until(attempt, |answer| answer.status != 201).await;
    assert_eq!(assert_delayed(&delayed), 1, "a right guess is not told from a wrong one");
    until(async || try_it(PASSWORD).await.status, |status| *status == 201).await;
    let failed = fail_three_times().await;
    let next = try_it("a long phrase of his").await;
    assert!(next.status == 429 || failed.elapsed() >= Duration::from_secs(1), "{}", next.text);
}

#[tokio::test]
async fn names_without_an_account_are_delayed_alike() {
    let app = behind_a_proxy();
    user(&app.admin()).await;
    let stranger = app.stranger();
    for email in ["olive@example.org", "nobody@example.org"] {
        guess_elsewhere(&stranger, email).await;
    }
    let known = statuses(&stranger, "192.0.2.1", "olive@example.org", 6).await;
    assert_eq!(known, [401, 401, 401, 429, 429, 429]);
    assert_eq!(statuses(&stranger, "192.0.2.1", "nobody@example.org", 6).await, known);
    assert_eq!(statuses(&stranger, "192.0.2.2", "olive@example.org", 1).await, [401], "another address");
    assert_eq!(statuses(&stranger, "2001:db8::1", "olive@example.org", 3).await, [401; 3]);
    assert_eq!(statuses(&stranger, "2001:db8::2", "olive@example.org", 1).await, [429], "the same network");
}

#[tokio::test]
async fn a_browser_with_a_session_is_not_delayed_by_others_at_its_address() {
    let app = behind_a_proxy();
    let admin = app.admin();
    user(&admin).await;
    let nell = json!({ "kind": "user", "name": "Nell", "email": "nell@example.org", "role": "officer", "password": "a long phrase nobody guesses" });
    admin.make("/v1/accounts", nell).await;
    let (stranger, office) = (app.stranger(), "192.0.2.1");
    let signed_in =
        stranger.send(sign_in(&stranger, office, "olive@example.org", PASSWORD)).await.expect(201);
    let kept = format!("__Secure-outturn_refresh={}", cookie(&signed_in));
    guess_elsewhere(&stranger, "nell@example.org").await;
    assert_eq!(statuses(&stranger, office, "nell@example.org", 4).await, [401, 401, 401, 429]);
    let with_cookie = async |email: &str, cookie: &str, password: &str| {
        stranger.send(sign_in(&stranger, office, email, password).header("Cookie", cookie)).await
    };
    let made_up = format!("{}{}", &kept[..kept.len() - 43], "x".repeat(43));
    // Her address is known, so it waits for its own failures alone: for a second. On a slow machine that is over before the
    // next attempt, and the right password clears the count.
    let attempt = async || {
        let refused = async || guess(&stranger, office, "olive@example.org").await;
        assert_delayed(&until(refused, |answer| answer.status != 401).await);
        with_cookie("olive@example.org", &made_up, PASSWORD).await
    };
    assert_delayed(&until(attempt, |answer| answer.status != 201).await);
    assert_delayed(&with_cookie("nell@example.org", &kept, "a long phrase nobody guesses").await);
    with_cookie("olive@example.org", &kept, PASSWORD).await.expect(201);
}

#[tokio::test]
async fn of_many_guesses_at_once_no_more_are_tried_than_one_by_one() {
    let app = behind_a_proxy();
    user(&app.admin()).await;
    let stranger = app.stranger();
    let guesses = (0..24).map(|_| guess(&stranger, "192.0.2.1", "olive@example.org"));
    let began = Instant::now();
    let answers = futures_util::future::join_all(guesses).await;
    let tried = answers.iter().filter(|answer| answer.status == 401).count();
    // The delays are one second, two, four and so on.
    let delays = (began.elapsed().as_secs() + 1).ilog2() as usize;
    assert!((3..=3 + delays).contains(&tried), "{tried} were tried");
}

#[tokio::test]
async fn guesses_of_a_clients_secret_are_slowed_and_the_client_gets_its_tokens() {
    let app = behind_a_proxy();
    let body = json!({ "kind": "client", "name": "crm", "role": "officer" });
    let client = app.admin().make("/v1/accounts", body).await;
    let (client_id, secret) =
        (id(&client).to_string(), client["secret"].as_str().expect("a secret").to_owned());
    let stranger = app.stranger();
    let ask = async |from: &str, client_id: &str, secret: &str| {
        let form =
            [("grant_type", "client_credentials"), ("client_id", client_id), ("client_secret", secret)];
        let request = stranger.request(Method::POST, "/v1/auth/token").header("X-Forwarded-For", from);
        stranger.send(request.form(&form)).await
    };
    for n in 1..=8 {
        for client_id in [client_id.as_str(), "nobody"] {
            assert_eq!(ask(&format!("203.0.113.{n}"), client_id, "wrong").await.status, 401);
        }
    }
    // In another form it is the same id.
    let simple = client_id.replace('-', "").to_uppercase();
    for named in [client_id.as_str(), &simple, &client_id] {
        assert_eq!(ask("192.0.2.1", named, "wrong").await.status, 401);
    }
    assert_delayed(&ask("192.0.2.1", &client_id, "wrong").await);
    assert_delayed(&ask("192.0.2.1", &simple, &secret).await);
    // Many right ones at once are no guesses.
    let asked = futures_util::future::join_all((0..12).map(|_| ask("192.0.2.2", &client_id, &secret))).await;
    assert!(asked.iter().all(|answer| answer.status == 200));
    for _ in 0..3 {
        assert_eq!(ask("192.0.2.3", "nobody", "wrong").await.status, 401);
    }
    assert_delayed(&ask("192.0.2.3", "nobody", "wrong").await);
}
