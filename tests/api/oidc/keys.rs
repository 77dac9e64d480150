//! A provider's keys: found when a token of theirs comes, renewed, kept while it is away, and never hammered for.

use std::time::Duration;

use actix_web::HttpResponse;
use outturn::auth::oidc::{Outsider, Pace, Providers};
use serde_json::{Value, json};

use super::{app_trusting, map};
use crate::support::{AUDIENCE, Instead, Issuer, TokenKey, until};

const NEVER: Duration = Duration::from_secs(3600);

fn providers(issuer: &Issuer, pace: Pace) -> Providers {
    Providers::new([(issuer.url.clone(), None)], &[AUDIENCE.to_owned()], pace)
}

fn pace(refresh: Duration, keep: Duration, pause: Duration) -> Pace {
    Pace { refresh, keep, pause }
}

/// The status a token would be answered with.
fn status(verified: Option<Result<Outsider, outturn::web::Problem>>) -> u16 {
    verified.expect("a token of the provider").map_or_else(|problem| problem.status.as_u16(), |_| 200)
}

#[tokio::test]
async fn a_new_key_is_found_and_one_that_is_gone_no_longer_counts() {
    let (old, new) = (TokenKey::rsa("old"), TokenKey::rsa("new"));
    let issuer = Issuer::new(&[&old]);
    let providers = providers(&issuer, pace(NEVER, NEVER, Duration::ZERO));
    let [by_old, by_new] = [&old, &new].map(|key| key.sign(&issuer.claims(json!({}))));
    assert_eq!(status(providers.verify(&by_old).await), 200);
    issuer.publish(&[&new]);
    assert_eq!(status(providers.verify(&by_old).await), 200, "nobody has asked again");
    assert_eq!(status(providers.verify(&by_new).await), 200, "an unknown key id asks");
    assert_eq!(status(providers.verify(&by_old).await), 401);
}

#[tokio::test]
async fn keys_are_renewed_in_time_and_nobody_waits_for_it() {
    let (old, new) = (TokenKey::rsa("old"), TokenKey::rsa("new"));
    let issuer = Issuer::new(&[&old]);
    let token = old.sign(&issuer.claims(json!({})));
    let young = providers(&issuer, pace(NEVER, NEVER, Duration::ZERO));
    for _ in 0..20 {
        assert_eq!(status(young.verify(&token).await), 200);
    }
    assert_eq!(issuer.asked(), (1, 1), "young keys are not asked for");
    let aged = providers(&issuer, pace(Duration::ZERO, NEVER, Duration::ZERO));
    assert_eq!(status(aged.verify(&token).await), 200);
    issuer.publish(&[&new]);
    assert_eq!(status(aged.verify(&token).await), 200, "the keys that are there count meanwhile");
    let ended = until(async || status(aged.verify(&token).await), |status| *status != 200).await;
    assert_eq!(ended, 401, "and then no longer");
}

#[tokio::test]
async fn garbage_asks_the_provider_once() {
    let key = TokenKey::rsa("k1");
    let issuer = Issuer::new(&[&key]);
    let app = app_trusting(&issuer);
    map(&app.admin(), &issuer.url, "Staff", json!({})).await;
    let claims = issuer.claims(json!({ "roles": ["Staff"] }));
    let stranger = app.stranger();
    let flood = (0..200).map(|n| {
        let mut header = key.header();
        header.kid = Some(format!("garbage-{n}"));
        let token = jsonwebtoken::encode(&header, &claims, &key.private).expect("a token");
        let request = stranger.request(reqwest::Method::GET, "/v1/me").bearer_auth(token);
        stranger.send(request)
    });
    for answer in futures_util::future::join_all(flood).await {
        assert_eq!(answer.status, 401, "{}", answer.text);
    }
    assert_eq!(issuer.asked(), (1, 1));
    app.bearer(&key.sign(&claims)).get("/v1/me").await.expect(200);
    assert_eq!(issuer.asked(), (1, 1));
}

#[tokio::test]
async fn a_flood_over_some_time_asks_once_in_each_pause() {
    let key = TokenKey::rsa("k1");
    let issuer = Issuer::new(&[]);
    let pause = Duration::from_millis(300);
    let providers = providers(&issuer, pace(NEVER, NEVER, pause));
    let token = key.sign(&issuer.claims(json!({})));
    let started = std::time::Instant::now();
    while issuer.asked().1 < 4 {
        assert_eq!(status(providers.verify(&token).await), 401);
    }
    assert!(started.elapsed() >= 3 * pause, "four times in {:?}", started.elapsed());
}

#[tokio::test]
async fn a_provider_that_is_away_fails_its_own_tokens_alone() {
    let key = TokenKey::rsa("k1");
    let issuer = Issuer::new(&[&key]);
    issuer.fail();
    let app = app_trusting(&issuer);
    map(&app.admin(), &issuer.url, "Staff", json!({})).await;
    let outsider = app.bearer(&key.sign(&issuer.claims(json!({ "roles": ["Staff"] }))));
    for _ in 0..3 {
        let answer = outsider.get("/v1/me").await.expect(503);
        assert_eq!(answer.code(), "identity_provider_unavailable");
        let seconds: u64 = answer.header("retry-after").parse().expect("a number");
        assert!((1..=60).contains(&seconds), "{seconds}");
    }
    assert_eq!(issuer.asked(), (1, 0));
    app.officer().get("/v1/me").await.expect(200);
}

#[tokio::test]
async fn known_keys_count_while_the_provider_is_away_but_not_for_ever() {
    let key = TokenKey::rsa("k1");
    let issuer = Issuer::new(&[&key]);
    let kept = providers(&issuer, pace(Duration::ZERO, NEVER, Duration::ZERO));
    let token = key.sign(&issuer.claims(json!({})));
    assert_eq!(status(kept.verify(&token).await), 200);
    let keep = Duration::from_secs(1);
    let ageing = providers(&issuer, pace(NEVER, keep, Duration::ZERO));
    // On a slow machine keys may be too old as soon as they are there.
    until(async || status(ageing.verify(&token).await), |status| *status == 200).await;
    issuer.fail();
    let asked = issuer.asked().0;
    let unknown = TokenKey::rsa("k2").sign(&issuer.claims(json!({})));
    for _ in 0..5 {
        assert_eq!(status(kept.verify(&token).await), 200, "they are kept");
    }
    assert_eq!(status(kept.verify(&unknown).await), 401);
    assert!(issuer.asked().0 > asked, "the provider was asked in vain");
    let aged = until(async || status(ageing.verify(&token).await), |status| *status != 200).await;
    assert_eq!(aged, 503, "they are too old");
    issuer.recover();
    until(async || status(ageing.verify(&token).await), |status| *status == 200).await;
}

#[tokio::test]
async fn what_a_provider_publishes_must_hold() {
    let key = TokenKey::rsa("k1");
    const DISCOVERY: &str = "/.well-known/openid-configuration";
    let wrong: [(&str, &'static str, Instead); 10] = [
        ("another issuer's discovery", DISCOVERY, |issuer| {
            let keys = format!("{issuer}/keys");
            HttpResponse::Ok().json(json!({ "issuer": format!("{issuer}/"), "jwks_uri": keys }))
        }),
        ("a template for an issuer", DISCOVERY, |issuer| {
            let keys = format!("{issuer}/keys");
            HttpResponse::Ok().json(json!({ "issuer": "http://127.0.0.1/{tenantid}", "jwks_uri": keys }))
        }),
        ("keys that anybody could change on the way", DISCOVERY, |issuer| {
            HttpResponse::Ok().json(json!({ "issuer": issuer, "jwks_uri": format!("{}/keys", issuer.replace("127.0.0.1", "localhost")) }))
        }),
        ("keys at no address", DISCOVERY, |issuer| {
            HttpResponse::Ok().json(json!({ "issuer": issuer, "jwks_uri": "file:///etc/passwd" }))
        }),
        ("no JSON", DISCOVERY, |_| HttpResponse::Ok().body("<html>")),
        ("a discovery that is elsewhere", DISCOVERY, |_| {
            HttpResponse::Found()
                .insert_header(("Location", "/good/.well-known/openid-configuration"))
                .finish()
        }),
        ("keys that are elsewhere", "/keys", |_| {
            HttpResponse::TemporaryRedirect().insert_header(("Location", "/other-keys")).finish()
        }),
        ("no key set", "/keys", |_| HttpResponse::Ok().json(json!({ "keys": "none" }))),
        ("a key set without end", "/keys", |_| {
            HttpResponse::Ok().json(json!({ "keys": [], "padding": "x".repeat(1 << 20) }))
        }),
        ("an error", "/keys", |_| HttpResponse::InternalServerError().finish()),
    ];
    let issuer = Issuer::new(&[&key]);
    let token = key.sign(&issuer.claims(json!({})));
    for (what, path, answer) in wrong {
        issuer.answer_instead(path, answer);
        let providers = providers(&issuer, Pace::default());
        let before = issuer.asked();
        assert_eq!(status(providers.verify(&token).await), 503, "{what}");
        let after = issuer.asked();
        assert!(after.0 - before.0 == 1 && after.1 - before.1 <= 1, "{what}: no redirect is followed");
    }
    issuer.recover();
    assert_eq!(status(providers(&issuer, Pace::default()).verify(&token).await), 200);
}

#[tokio::test]
async fn a_key_counts_for_signatures_of_its_issuer_alone() {
    let key = TokenKey::rsa("k1");
    let issuer = Issuer::new(&[]);
    let token = key.sign(&issuer.claims(json!({})));
    let verified = async |changes: Value| {
        let mut published = key.published();
        published.as_object_mut().expect("a key").extend(changes.as_object().expect("fields").clone());
        published.as_object_mut().expect("a key").retain(|_, value| !value.is_null());
        // A key of a kind that nobody knows hides no other.
        issuer.publish_as(vec![json!({ "kty": "ML-KEM", "kid": "k0" }), json!("?"), published]);
        status(providers(&issuer, Pace::default()).verify(&token).await)
    };
    assert_eq!(verified(json!({})).await, 200);
    assert_eq!(verified(json!({ "alg": "RS256" })).await, 200);
    assert_eq!(verified(json!({ "issuer": issuer.url })).await, 200);
    for (what, changes) in [
        ("for encryption", json!({ "use": "enc" })),
        ("for nothing it says", json!({ "use": null })),
        ("for another algorithm", json!({ "alg": "PS256" })),
        ("without an id", json!({ "kid": null })),
        (
            "of another issuer",
            json!({ "issuer": "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0" }),
        ),
    ] {
        assert_eq!(verified(changes).await, 401, "{what}");
    }
}

#[tokio::test]
async fn a_token_of_an_issuer_that_is_not_configured_is_no_providers() {
    let key = TokenKey::rsa("k1");
    let issuer = Issuer::new(&[&key]);
    let providers = providers(&issuer, Pace::default());
    let elsewhere = key.sign(&issuer.claims(json!({ "iss": "https://elsewhere.example" })));
    assert!(providers.verify(&elsewhere).await.is_none());
    assert!(providers.verify("no token").await.is_none());
    assert_eq!(issuer.asked(), (0, 0), "nobody is asked about it");
}
