//! Wrong passwords and client secrets: repeated failures are delayed, and no account is locked.

use std::time::{Duration, Instant};

use reqwest::{Method, RequestBuilder};
use serde_json::json;

use crate::sessions::{PASSWORD, cookie, refresh, user};
use crate::support::{ApiResponse, App, Caller, id, poll_until};

/// A server that trusts the `X-Forwarded-For` header of the test's requests.
fn behind_a_proxy() -> App {
    App::configured(&[("OUTTURN_TRUSTED_PROXIES", "127.0.0.1")])
}

fn sign_in(anonymous: &Caller, from: &str, email: &str, password: &str) -> RequestBuilder {
    let request = anonymous.request(Method::POST, "/v1/auth/sessions").header("X-Forwarded-For", from);
    request.json(&json!({ "email": email, "password": password }))
}

async fn guess(anonymous: &Caller, from: &str, email: &str) -> ApiResponse {
    anonymous.send(sign_in(anonymous, from, email, "a long phrase of nobody's")).await
}

async fn statuses(anonymous: &Caller, from: &str, email: &str, count: usize) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..count {
        statuses.push(guess(anonymous, from, email).await.status);
    }
    statuses
}

/// The delay of an address with three failures when the account has at least ten failures in total.
const LONG_DELAY: Duration = Duration::from_secs(120);

/// Fails eight times from other addresses, so that the next address is delayed by [`LONG_DELAY`]
/// after its free attempts.
async fn guess_elsewhere(anonymous: &Caller, email: &str) {
    for n in 1..=8 {
        assert_eq!(statuses(anonymous, &format!("203.0.113.{n}"), email, 1).await, [401]);
    }
}

fn assert_delayed(response: &ApiResponse) -> u64 {
    assert_eq!((response.status, response.code()), (429, "too_many_failures"), "{}", response.text);
    let wait = response.header("retry-after").parse().expect("seconds");
    assert!((1..=120).contains(&wait), "{wait}");
    wait
}

#[tokio::test]
async fn guesses_from_twenty_addresses_are_delayed_and_the_owner_signs_in() {
    let app = behind_a_proxy();
    user(&app.admin()).await;
    let anonymous = app.anonymous();
    let known_address = "198.51.100.7";
    let signed_in =
        anonymous.send(sign_in(&anonymous, known_address, "olive@example.org", PASSWORD)).await.expect(201);
    let refresh_token = cookie(&signed_in);
    let started = Instant::now();
    let mut tried = 0;
    for n in 0..300 {
        let response = guess(&anonymous, &format!("192.0.2.{}", n % 20), "Olive@Example.org").await;
        tried += u64::from(response.status == 401);
        if response.status != 401 {
            assert_delayed(&response);
        }
    }
    // On a slow machine the delay of some addresses ends during the test.
    let repeated_attempts = 20 * started.elapsed().as_secs() / LONG_DELAY.as_secs();
    assert!(tried <= 70 + repeated_attempts, "the server tried {tried} of 300 guesses");
    let wait =
        poll_until(async || guess(&anonymous, "192.0.2.1", "olive@example.org").await, |a| a.status == 429)
            .await;
    assert!(assert_delayed(&wait) > 119_u64.saturating_sub(started.elapsed().as_secs()));
    // The owner signs in from a known and from a new address, and refreshes her session.
    for from in [known_address, "203.0.113.9"] {
        anonymous.send(sign_in(&anonymous, from, "olive@example.org", PASSWORD)).await.expect(201);
    }
    let refreshed = refresh(&anonymous, &refresh_token).await;
    assert_eq!(refreshed.status, 200, "{}", refreshed.text);
}

#[tokio::test]
async fn the_right_password_is_delayed_too_and_clears_the_count_of_its_address() {
    let app = App::new();
    user(&app.admin()).await;
    let anonymous = app.anonymous();
    let attempt_sign_in = async |password: &str| {
        let body = json!({ "email": "olive@example.org", "password": password });
        anonymous.post("/v1/auth/sessions", body).await
    };
    // Returns when the last of three failures began.
    let fail_three_times = async || {
        let mut started = Instant::now();
        for _ in 0..3 {
            started = Instant::now();
            attempt_sign_in("a long phrase of his").await.expect(401);
        }
        started
    };
    // On a slow machine the delay of one second ends before the next attempt, and the right
    // password clears the count.
    let attempt = async || {
        fail_three_times().await;
        attempt_sign_in(PASSWORD).await
    };
    let delayed = poll_until(attempt, |response| response.status != 201).await;
    assert_eq!(assert_delayed(&delayed), 1, "the right password gets the same delay as a wrong one");
    poll_until(async || attempt_sign_in(PASSWORD).await.status, |status| *status == 201).await;
    let failed = fail_three_times().await;
    let next_response = attempt_sign_in("a long phrase of his").await;
    assert!(
        next_response.status == 429 || failed.elapsed() >= Duration::from_secs(1),
        "{}",
        next_response.text
    );
}

#[tokio::test]
async fn unknown_email_addresses_are_delayed_like_known_ones() {
    let app = behind_a_proxy();
    user(&app.admin()).await;
    let anonymous = app.anonymous();
    for email in ["olive@example.org", "nobody@example.org"] {
        guess_elsewhere(&anonymous, email).await;
    }
    let known_statuses = statuses(&anonymous, "192.0.2.1", "olive@example.org", 6).await;
    assert_eq!(known_statuses, [401, 401, 401, 429, 429, 429]);
    assert_eq!(statuses(&anonymous, "192.0.2.1", "nobody@example.org", 6).await, known_statuses);
    assert_eq!(statuses(&anonymous, "192.0.2.2", "olive@example.org", 1).await, [401], "another address");
    assert_eq!(statuses(&anonymous, "2001:db8::1", "olive@example.org", 3).await, [401; 3]);
    assert_eq!(statuses(&anonymous, "2001:db8::2", "olive@example.org", 1).await, [429], "the same network");
}

#[tokio::test]
async fn a_browser_with_a_session_is_not_delayed_by_others_at_its_address() {
    let app = behind_a_proxy();
    let admin = app.admin();
    user(&admin).await;
    let nell = json!({ "kind": "user", "name": "Nell", "email": "nell@example.org", "role": "officer", "password": "a long phrase nobody guesses" });
    admin.create("/v1/accounts", nell).await;
    let (anonymous, office_address) = (app.anonymous(), "192.0.2.1");
    let signed_in =
        anonymous.send(sign_in(&anonymous, office_address, "olive@example.org", PASSWORD)).await.expect(201);
    let refresh_token = format!("__Secure-outturn_refresh={}", cookie(&signed_in));
    guess_elsewhere(&anonymous, "nell@example.org").await;
    assert_eq!(statuses(&anonymous, office_address, "nell@example.org", 4).await, [401, 401, 401, 429]);
    let with_cookie = async |email: &str, cookie: &str, password: &str| {
        anonymous.send(sign_in(&anonymous, office_address, email, password).header("Cookie", cookie)).await
    };
    let wrong_cookie = format!("{}{}", &refresh_token[..refresh_token.len() - 43], "x".repeat(43));
    // Her address is known, so only its own failures count: the delay is one second. On a slow
    // machine it ends before the next attempt, and the right password clears the count.
    let attempt = async || {
        let refused = async || guess(&anonymous, office_address, "olive@example.org").await;
        assert_delayed(&poll_until(refused, |response| response.status != 401).await);
        with_cookie("olive@example.org", &wrong_cookie, PASSWORD).await
    };
    assert_delayed(&poll_until(attempt, |response| response.status != 201).await);
    assert_delayed(&with_cookie("nell@example.org", &refresh_token, "a long phrase nobody guesses").await);
    with_cookie("olive@example.org", &refresh_token, PASSWORD).await.expect(201);
}

#[tokio::test]
async fn concurrent_guesses_get_no_more_attempts_than_sequential_ones() {
    let app = behind_a_proxy();
    user(&app.admin()).await;
    let anonymous = app.anonymous();
    let guesses = (0..24).map(|_| guess(&anonymous, "192.0.2.1", "olive@example.org"));
    let started = Instant::now();
    let responses = futures_util::future::join_all(guesses).await;
    let tried = responses.iter().filter(|response| response.status == 401).count();
    // The delays are one second, two, four and so on.
    let delays = (started.elapsed().as_secs() + 1).ilog2() as usize;
    assert!((3..=3 + delays).contains(&tried), "the server tried {tried} guesses");
}

#[tokio::test]
async fn guesses_of_a_client_secret_are_delayed_and_the_client_gets_its_tokens() {
    let app = behind_a_proxy();
    let body = json!({ "kind": "client", "name": "crm", "role": "officer" });
    let client = app.admin().create("/v1/accounts", body).await;
    let (client_id, secret) =
        (id(&client).to_string(), client["secret"].as_str().expect("a secret").to_owned());
    let anonymous = app.anonymous();
    let request_token = async |from: &str, client_id: &str, secret: &str| {
        let form =
            [("grant_type", "client_credentials"), ("client_id", client_id), ("client_secret", secret)];
        let request = anonymous.request(Method::POST, "/v1/auth/token").header("X-Forwarded-For", from);
        anonymous.send(request.form(&form)).await
    };
    for n in 1..=8 {
        for client_id in [client_id.as_str(), "nobody"] {
            assert_eq!(request_token(&format!("203.0.113.{n}"), client_id, "wrong").await.status, 401);
        }
    }
    // The id without hyphens and in capitals counts as the same id.
    let simple_id = client_id.replace('-', "").to_uppercase();
    for spelling in [client_id.as_str(), &simple_id, &client_id] {
        assert_eq!(request_token("192.0.2.1", spelling, "wrong").await.status, 401);
    }
    assert_delayed(&request_token("192.0.2.1", &client_id, "wrong").await);
    assert_delayed(&request_token("192.0.2.1", &simple_id, &secret).await);
    // Concurrent requests with the right secret are not delayed.
    let responses =
        futures_util::future::join_all((0..12).map(|_| request_token("192.0.2.2", &client_id, &secret)))
            .await;
    assert!(responses.iter().all(|response| response.status == 200));
    for _ in 0..3 {
        assert_eq!(request_token("192.0.2.3", "nobody", "wrong").await.status, 401);
    }
    assert_delayed(&request_token("192.0.2.3", "nobody", "wrong").await);
}
