//! Keys of an identity provider: discovery, refresh, expiry and limits on requests for them.

use std::time::Duration;

use actix_web::HttpResponse;
use outturn::auth::oidc::{ExternalCaller, KeyCacheTimes, Providers};
use serde_json::{Value, json};

use super::{app_trusting, map};
use crate::support::{AUDIENCE, Issuer, ResponseOverride, TokenKey, poll_until};

const NEVER: Duration = Duration::from_secs(3600);

fn providers(issuer: &Issuer, times: KeyCacheTimes) -> Providers {
    Providers::new([(issuer.url.clone(), None)], &[AUDIENCE.to_owned()], times)
}

fn times(refresh_after: Duration, valid_for: Duration, min_interval: Duration) -> KeyCacheTimes {
    KeyCacheTimes { refresh_after, valid_for, min_interval }
}

/// The status of a response to a request with the token.
fn status(verified: Option<Result<ExternalCaller, outturn::web::Problem>>) -> u16 {
    verified.expect("a token of the provider").map_or_else(|problem| problem.status.as_u16(), |_| 200)
}

#[tokio::test]
async fn an_unknown_key_id_reloads_the_keys_and_a_removed_key_is_refused() {
    let (old, new) = (TokenKey::rsa("old"), TokenKey::rsa("new"));
    let issuer = Issuer::new(&[&old]);
    let providers = providers(&issuer, times(NEVER, NEVER, Duration::ZERO));
    let [by_old, by_new] = [&old, &new].map(|key| key.sign(&issuer.claims(json!({}))));
    assert_eq!(status(providers.verify(&by_old).await), 200);
    issuer.publish(&[&new]);
    assert_eq!(status(providers.verify(&by_old).await), 200, "the keys were not requested again");
    assert_eq!(
        status(providers.verify(&by_new).await),
        200,
        "an unknown key id causes a request for the keys"
    );
    assert_eq!(status(providers.verify(&by_old).await), 401);
}

#[tokio::test]
async fn old_keys_are_reloaded_in_the_background() {
    let (old, new) = (TokenKey::rsa("old"), TokenKey::rsa("new"));
    let issuer = Issuer::new(&[&old]);
    let token = old.sign(&issuer.claims(json!({})));
    let fresh = providers(&issuer, times(NEVER, NEVER, Duration::ZERO));
    for _ in 0..20 {
        assert_eq!(status(fresh.verify(&token).await), 200);
    }
    assert_eq!(issuer.request_counts(), (1, 1), "fresh keys are not requested again");
    let stale = providers(&issuer, times(Duration::ZERO, NEVER, Duration::ZERO));
    assert_eq!(status(stale.verify(&token).await), 200);
    issuer.publish(&[&new]);
    assert_eq!(status(stale.verify(&token).await), 200, "the cached keys are accepted during the refresh");
    let refused = poll_until(async || status(stale.verify(&token).await), |status| *status != 200).await;
    assert_eq!(refused, 401, "the removed key is refused after the refresh");
}

#[tokio::test]
async fn many_unknown_key_ids_cause_one_request_to_the_provider() {
    let key = TokenKey::rsa("k1");
    let issuer = Issuer::new(&[&key]);
    let app = app_trusting(&issuer);
    map(&app.admin(), &issuer.url, "Staff", json!({})).await;
    let claims = issuer.claims(json!({ "roles": ["Staff"] }));
    let anonymous = app.anonymous();
    let requests = (0..200).map(|n| {
        let mut header = key.header();
        header.kid = Some(format!("garbage-{n}"));
        let token = jsonwebtoken::encode(&header, &claims, &key.private).expect("a token");
        let request = anonymous.request(reqwest::Method::GET, "/v1/me").bearer_auth(token);
        anonymous.send(request)
    });
    for response in futures_util::future::join_all(requests).await {
        assert_eq!(response.status, 401, "{}", response.text);
    }
    assert_eq!(issuer.request_counts(), (1, 1));
    app.bearer(&key.sign(&claims)).get("/v1/me").await.expect(200);
    assert_eq!(issuer.request_counts(), (1, 1));
}

#[tokio::test]
async fn keys_are_requested_at_most_once_in_each_pause() {
    let key = TokenKey::rsa("k1");
    let issuer = Issuer::new(&[]);
    let pause = Duration::from_millis(300);
    let providers = providers(&issuer, times(NEVER, NEVER, pause));
    let token = key.sign(&issuer.claims(json!({})));
    let started = std::time::Instant::now();
    while issuer.request_counts().1 < 4 {
        assert_eq!(status(providers.verify(&token).await), 401);
    }
    assert!(started.elapsed() >= 3 * pause, "four requests in {:?}", started.elapsed());
}

#[tokio::test]
async fn an_unavailable_provider_affects_only_its_own_tokens() {
    let key = TokenKey::rsa("k1");
    let issuer = Issuer::new(&[&key]);
    issuer.fail();
    let app = app_trusting(&issuer);
    map(&app.admin(), &issuer.url, "Staff", json!({})).await;
    let external_user = app.bearer(&key.sign(&issuer.claims(json!({ "roles": ["Staff"] }))));
    for _ in 0..3 {
        let response = external_user.get("/v1/me").await.expect(503);
        assert_eq!(response.code(), "identity_provider_unavailable");
        let seconds: u64 = response.header("retry-after").parse().expect("a number");
        assert!((1..=60).contains(&seconds), "{seconds}");
    }
    assert_eq!(issuer.request_counts(), (1, 0));
    app.officer().get("/v1/me").await.expect(200);
}

#[tokio::test]
async fn cached_keys_are_accepted_for_a_limited_time_while_the_provider_fails() {
    let key = TokenKey::rsa("k1");
    let issuer = Issuer::new(&[&key]);
    let cached = providers(&issuer, times(Duration::ZERO, NEVER, Duration::ZERO));
    let token = key.sign(&issuer.claims(json!({})));
    assert_eq!(status(cached.verify(&token).await), 200);
    let keep = Duration::from_secs(1);
    let expiring = providers(&issuer, times(NEVER, keep, Duration::ZERO));
    // On a slow machine the keys may expire as soon as they are loaded.
    poll_until(async || status(expiring.verify(&token).await), |status| *status == 200).await;
    issuer.fail();
    let requests_before = issuer.request_counts().0;
    let unknown = TokenKey::rsa("k2").sign(&issuer.claims(json!({})));
    for _ in 0..5 {
        assert_eq!(status(cached.verify(&token).await), 200, "cached keys are accepted");
    }
    assert_eq!(status(cached.verify(&unknown).await), 401);
    assert!(issuer.request_counts().0 > requests_before, "the keys were requested without success");
    let refused = poll_until(async || status(expiring.verify(&token).await), |status| *status != 200).await;
    assert_eq!(refused, 503, "cached keys have expired");
    issuer.recover();
    poll_until(async || status(expiring.verify(&token).await), |status| *status == 200).await;
}

#[tokio::test]
async fn invalid_discovery_documents_and_key_sets_are_refused() {
    let key = TokenKey::rsa("k1");
    const DISCOVERY: &str = "/.well-known/openid-configuration";
    let cases: [(&str, &'static str, ResponseOverride); 10] = [
        ("the discovery document of another issuer", DISCOVERY, |issuer| {
            let keys = format!("{issuer}/keys");
            HttpResponse::Ok().json(json!({ "issuer": format!("{issuer}/"), "jwks_uri": keys }))
        }),
        ("an issuer with a placeholder", DISCOVERY, |issuer| {
            let keys = format!("{issuer}/keys");
            HttpResponse::Ok().json(json!({ "issuer": "http://127.0.0.1/{tenantid}", "jwks_uri": keys }))
        }),
        ("keys at an address without TLS", DISCOVERY, |issuer| {
            HttpResponse::Ok().json(json!({ "issuer": issuer, "jwks_uri": format!("{}/keys", issuer.replace("127.0.0.1", "localhost")) }))
        }),
        ("keys at a file address", DISCOVERY, |issuer| {
            HttpResponse::Ok().json(json!({ "issuer": issuer, "jwks_uri": "file:///etc/passwd" }))
        }),
        ("not JSON", DISCOVERY, |_| HttpResponse::Ok().body("<html>")),
        ("a redirect of the discovery document", DISCOVERY, |_| {
            HttpResponse::Found()
                .insert_header(("Location", "/good/.well-known/openid-configuration"))
                .finish()
        }),
        ("a redirect of the key set", "/keys", |_| {
            HttpResponse::TemporaryRedirect().insert_header(("Location", "/other-keys")).finish()
        }),
        ("not a key set", "/keys", |_| HttpResponse::Ok().json(json!({ "keys": "none" }))),
        ("a key set that is too large", "/keys", |_| {
            HttpResponse::Ok().json(json!({ "keys": [], "padding": "x".repeat(1 << 20) }))
        }),
        ("a server error", "/keys", |_| HttpResponse::InternalServerError().finish()),
    ];
    let issuer = Issuer::new(&[&key]);
    let token = key.sign(&issuer.claims(json!({})));
    for (case, path, response) in cases {
        issuer.override_response(path, response);
        let providers = providers(&issuer, KeyCacheTimes::default());
        let before = issuer.request_counts();
        assert_eq!(status(providers.verify(&token).await), 503, "{case}");
        let after = issuer.request_counts();
        assert!(after.0 - before.0 == 1 && after.1 - before.1 <= 1, "{case}: no redirect is followed");
    }
    issuer.recover();
    assert_eq!(status(providers(&issuer, KeyCacheTimes::default()).verify(&token).await), 200);
}

#[tokio::test]
async fn only_signature_keys_of_the_issuer_are_accepted() {
    let key = TokenKey::rsa("k1");
    let issuer = Issuer::new(&[]);
    let token = key.sign(&issuer.claims(json!({})));
    let verified = async |changes: Value| {
        let mut published = key.published();
        published.as_object_mut().expect("a key").extend(changes.as_object().expect("fields").clone());
        published.as_object_mut().expect("a key").retain(|_, value| !value.is_null());
        // Keys of unknown types do not prevent the use of others.
        issuer.publish_jwks(vec![json!({ "kty": "ML-KEM", "kid": "k0" }), json!("?"), published]);
        status(providers(&issuer, KeyCacheTimes::default()).verify(&token).await)
    };
    assert_eq!(verified(json!({})).await, 200);
    assert_eq!(verified(json!({ "alg": "RS256" })).await, 200);
    assert_eq!(verified(json!({ "issuer": issuer.url })).await, 200);
    for (case, changes) in [
        ("for encryption", json!({ "use": "enc" })),
        ("without a use", json!({ "use": null })),
        ("for another algorithm", json!({ "alg": "PS256" })),
        ("without an id", json!({ "kid": null })),
        (
            "of another issuer",
            json!({ "issuer": "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0" }),
        ),
    ] {
        assert_eq!(verified(changes).await, 401, "{case}");
    }
}

#[tokio::test]
async fn tokens_of_unconfigured_issuers_match_no_provider() {
    let key = TokenKey::rsa("k1");
    let issuer = Issuer::new(&[&key]);
    let providers = providers(&issuer, KeyCacheTimes::default());
    let other_token = key.sign(&issuer.claims(json!({ "iss": "https://elsewhere.example" })));
    assert!(providers.verify(&other_token).await.is_none());
    assert!(providers.verify("no token").await.is_none());
    assert_eq!(issuer.request_counts(), (0, 0), "no request is sent to the provider");
}
