//! Access tokens: signature, claims, lifetime and header are verified (RFC 8725, RFC 9068).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use outturn::access::Role;
use outturn::auth::Tokens;
use outturn::auth::token::{Parties, SigningKey};
use serde_json::{Value, json};

use crate::support::{App, poll_until};

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_secs()
}

/// A part of a token, decoded from base64 and JSON.
fn part(token: &str, n: usize) -> Value {
    let part = token.split('.').nth(n).expect("three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64")).expect("JSON")
}

/// Creates altered copies of a valid token, signed with the server's key or another.
struct TokenForge<'a> {
    app: &'a App,
    good: String,
}

impl<'a> TokenForge<'a> {
    fn new(app: &'a App) -> Self {
        let good = app.tokens().mint("ada", Role::Admin, &[], Duration::from_secs(600)).expect("a token");
        Self { app, good }
    }

    fn header(&self) -> Header {
        serde_json::from_value(part(&self.good, 0)).expect("a header")
    }

    /// A valid token with these claims changed; null removes a claim.
    fn claims(&self, changes: Value) -> String {
        self.sign(&self.header(), changes, &EncodingKey::from_ed_der(&self.app.key))
    }

    fn sign(&self, header: &Header, changes: Value, key: &EncodingKey) -> String {
        let mut claims = part(&self.good, 1);
        let fields = claims.as_object_mut().expect("an object");
        for (name, value) in changes.as_object().expect("an object") {
            fields.insert(name.clone(), value.clone());
        }
        fields.retain(|_, value| !value.is_null());
        jsonwebtoken::encode(header, &claims, key).expect("a token")
    }

    async fn status(&self, token: &str) -> (u16, String) {
        let response = self.app.bearer(token).get("/v1/me").await;
        (response.status, response.header("www-authenticate").to_owned())
    }

    async fn assert_refused(&self, what: &str, token: &str) {
        let (status, challenge) = self.status(token).await;
        assert_eq!(status, 401, "{what}");
        assert!(challenge.contains("error=\"invalid_token\""), "{what}: {challenge}");
    }
}

#[tokio::test]
async fn a_token_has_the_algorithm_eddsa_the_type_at_jwt_and_a_key_id() {
    let app = App::new();
    let forge = TokenForge::new(&app);
    let header = part(&forge.good, 0);
    assert_eq!((&header["alg"], &header["typ"]), (&json!("EdDSA"), &json!("at+jwt")));
    assert!(header["kid"].is_string());
    assert_eq!(forge.status(&forge.good).await.0, 200);
    assert_eq!(
        forge.status(&forge.claims(json!({ "jti": "0198c5b0-0000-7000-8000-000000000001" }))).await.0,
        200,
        "a token with an additional claim is accepted"
    );
}

#[tokio::test]
async fn a_token_with_a_wrong_or_missing_claim_is_refused() {
    let app = App::new();
    let forge = TokenForge::new(&app);
    for (what, changes) in [
        ("another issuer", json!({ "iss": "elsewhere" })),
        ("no issuer", json!({ "iss": null })),
        ("another audience", json!({ "aud": "another-api" })),
        ("no audience", json!({ "aud": null })),
        ("no expiry", json!({ "exp": null })),
        ("expired", json!({ "exp": now() - 40, "nbf": now() - 100 })),
        ("not valid yet", json!({ "nbf": now() + 150 })),
        ("no not-before time", json!({ "nbf": null })),
        ("no subject", json!({ "sub": null })),
        ("an empty subject", json!({ "sub": "" })),
        ("a subject that begins with a space", json!({ "sub": " ada" })),
        ("a subject that is too long", json!({ "sub": "a".repeat(201) })),
        ("no role", json!({ "role": null })),
        ("an unknown role", json!({ "role": "root" })),
        ("councils that are not ids", json!({ "councils": ["norfolk"] })),
    ] {
        forge.assert_refused(what, &forge.claims(changes)).await;
    }
    let (_, challenge) = forge.status(&forge.claims(json!({ "exp": now() - 40, "nbf": now() - 100 }))).await;
    assert!(challenge.contains("has expired"), "{challenge}");
}

#[tokio::test]
async fn clocks_may_differ_by_thirty_seconds() {
    let app = App::new();
    let forge = TokenForge::new(&app);
    assert_eq!(forge.status(&forge.claims(json!({ "exp": now() - 5, "nbf": now() - 100 }))).await.0, 200);
    assert_eq!(forge.status(&forge.claims(json!({ "nbf": now() + 15 }))).await.0, 200);
}

#[tokio::test]
async fn fractional_times_and_a_media_type_as_token_type_are_accepted() {
    let app = App::new();
    let forge = TokenForge::new(&app);
    let now = now() as f64;
    for changes in [
        json!({ "exp": now + 600.5, "nbf": now - 9.5, "iat": now - 9.5 }),
        json!({ "exp": now + 600.0, "nbf": now - 10.0, "iat": now - 10.0 }),
    ] {
        assert_eq!(forge.status(&forge.claims(changes.clone())).await.0, 200, "{changes}");
    }
    forge.assert_refused("expired", &forge.claims(json!({ "exp": now - 40.5, "nbf": now - 100.5 }))).await;
    for typ in ["AT+JWT", "application/at+jwt", "Application/At+Jwt"] {
        let header = Header { typ: Some(typ.into()), ..forge.header() };
        let token = forge.sign(&header, json!({}), &EncodingKey::from_ed_der(&app.key));
        assert_eq!(forge.status(&token).await.0, 200, "{typ}");
    }
}

#[tokio::test]
async fn a_token_with_another_algorithm_type_or_key_is_refused() {
    let app = App::new();
    let forge = TokenForge::new(&app);
    let server_key = EncodingKey::from_ed_der(&app.key);
    let with_header = |change: fn(&mut Header)| {
        let mut header = forge.header();
        change(&mut header);
        forge.sign(&header, json!({}), &server_key)
    };
    forge
        .assert_refused("the type of an ID token", &with_header(|header| header.typ = Some("JWT".into())))
        .await;
    let critical = with_header(|header| header.crit = Some(vec!["exp".into()]));
    forge.assert_refused("an unknown critical header", &critical).await;
    forge.assert_refused("no type", &with_header(|header| header.typ = None)).await;
    forge.assert_refused("no key id", &with_header(|header| header.kid = None)).await;
    forge
        .assert_refused("an unknown key id", &with_header(|header| header.kid = Some("another".into())))
        .await;

    let other_key = EncodingKey::from_ed_der(&SigningKey::generate().expect("a key"));
    forge
        .assert_refused(
            "another key with the id of the server's key",
            &forge.sign(&forge.header(), json!({}), &other_key),
        )
        .await;
    let public = Ed25519KeyPair::from_pkcs8(&app.key).expect("the server's key");
    let header = Header { alg: Algorithm::HS256, ..forge.header() };
    let secret = EncodingKey::from_secret(public.public_key().as_ref());
    forge.assert_refused("the public key as an HMAC secret", &forge.sign(&header, json!({}), &secret)).await;
}

#[tokio::test]
async fn a_malformed_or_unsigned_token_is_refused() {
    let app = App::new();
    let forge = TokenForge::new(&app);
    let parts: Vec<&str> = forge.good.split('.').collect();
    let unsigned_header = URL_SAFE_NO_PAD
        .encode(json!({ "alg": "none", "typ": "at+jwt", "kid": part(&forge.good, 0)["kid"] }).to_string());
    let admin_claims = URL_SAFE_NO_PAD.encode(json!({ "role": "admin", "sub": "mallory" }).to_string());
    for (what, token) in [
        ("no algorithm, no signature", format!("{unsigned_header}.{}.", parts[1])),
        ("no algorithm, a valid signature", format!("{unsigned_header}.{}.{}", parts[1], parts[2])),
        ("other claims with a valid signature", format!("{}.{admin_claims}.{}", parts[0], parts[2])),
        ("no signature", format!("{}.{}.", parts[0], parts[1])),
        ("two parts", format!("{}.{}", parts[0], parts[1])),
        ("not base64", "a.b.c".to_owned()),
        ("a very long one", "x".repeat(6000)),
    ] {
        forge.assert_refused(what, &token).await;
    }
    for header in ["Bearer", "Basic YWRhOmFkYQ==", "Bearer\u{a0}x", ""] {
        let request = app
            .anonymous()
            .request(reqwest::Method::GET, "/v1/me")
            .header("Authorization", header.as_bytes());
        app.anonymous().send(request).await.expect(401);
    }
}

#[tokio::test]
async fn a_cached_token_expires_in_time() {
    let app = App::new();
    let forge = TokenForge::new(&app);
    // The server accepts a token for 30 seconds after its expiry. A slow machine needs a longer
    // lifetime to see it accepted.
    let mut token = String::new();
    for seconds in [2, 8, 32, 128] {
        token = forge.claims(json!({ "exp": now() - 30 + seconds, "nbf": now() - 100 }));
        if forge.status(&token).await.0 == 200 {
            break;
        }
    }
    assert_eq!(forge.status(&token).await.0, 200);
    poll_until(async || forge.status(&token).await.0, |status| *status != 200).await;
    forge.assert_refused("expired after it was cached", &token).await;
}

#[tokio::test]
async fn a_retired_key_is_accepted_and_the_new_one_signs() {
    let [first, second] = [(); 2].map(|()| SigningKey::generate().expect("a key"));
    let parties = || Parties { issuer: "i".into(), audience: "a".into() };
    let key = |document: &[u8]| SigningKey::from_pkcs8(document).expect("a key");
    let before = Tokens::new(parties(), key(&first), Vec::new());
    let after = Tokens::new(parties(), key(&second), vec![key(&first)]);
    let mint =
        |tokens: &Tokens| tokens.mint("ada", Role::Admin, &[], Duration::from_secs(60)).expect("a token");
    assert_eq!(after.verify(&mint(&before)).expect("accepted").subject, "ada");
    assert!(before.verify(&mint(&after)).is_err(), "the old configuration refuses the new key");
}
