//! Access tokens: only ours, whole, meant for us and in their time (RFC 8725, RFC 9068).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use outturn::auth::Tokens;
use outturn::auth::token::{Parties, SigningKey};
use outturn::policy::Role;
use serde_json::{Value, json};

use crate::support::{App, until};

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_secs()
}

/// The part of a token, decoded.
fn part(token: &str, n: usize) -> Value {
    let part = token.split('.').nth(n).expect("three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64")).expect("JSON")
}

/// What a forger starts from: a good token's claims and header, and the key that signed it.
struct Forge<'a> {
    app: &'a App,
    good: String,
}

impl<'a> Forge<'a> {
    fn new(app: &'a App) -> Self {
        let good = app.tokens().mint("ada", Role::Admin, &[], Duration::from_secs(600)).expect("a token");
        Self { app, good }
    }

    fn header(&self) -> Header {
        serde_json::from_value(part(&self.good, 0)).expect("a header")
    }

    /// A good token but for these claims; null takes one away.
    fn claims(&self, changes: Value) -> String {
        self.sign(&self.header(), changes, &EncodingKey::from_ed_der(&self.app.key))
    }

    fn sign(&self, header: &Header, changes: Value, key: &EncodingKey) -> String {
        let mut claims = part(&self.good, 1);
        let claims_of = claims.as_object_mut().expect("an object");
        for (name, value) in changes.as_object().expect("an object") {
            claims_of.insert(name.clone(), value.clone());
        }
        claims_of.retain(|_, value| !value.is_null());
        jsonwebtoken::encode(header, &claims, key).expect("a token")
    }

    async fn status(&self, token: &str) -> (u16, String) {
        let answer = self.app.bearer(token).get("/v1/me").await;
        (answer.status, answer.header("www-authenticate").to_owned())
    }

    async fn assert_refused(&self, what: &str, token: &str) {
        let (status, challenge) = self.status(token).await;
        assert_eq!(status, 401, "{what}");
        assert!(challenge.contains("error=\"invalid_token\""), "{what}: {challenge}");
    }
}

#[tokio::test]
async fn a_token_of_ours_is_ed_dsa_typed_and_names_its_key() {
    let app = App::new();
    let forge = Forge::new(&app);
    let header = part(&forge.good, 0);
    assert_eq!((&header["alg"], &header["typ"]), (&json!("EdDSA"), &json!("at+jwt")));
    assert!(header["kid"].is_string());
    assert_eq!(forge.status(&forge.good).await.0, 200);
    assert_eq!(
        forge.status(&forge.claims(json!({ "jti": "0198c5b0-0000-7000-8000-000000000001" }))).await.0,
        200,
        "the forger can sign"
    );
}

#[tokio::test]
async fn each_claim_must_hold() {
    let app = App::new();
    let forge = Forge::new(&app);
    for (what, changes) in [
        ("another issuer", json!({ "iss": "elsewhere" })),
        ("no issuer", json!({ "iss": null })),
        ("another audience", json!({ "aud": "another-api" })),
        ("no audience", json!({ "aud": null })),
        ("no end", json!({ "exp": null })),
        ("ended", json!({ "exp": now() - 40, "nbf": now() - 100 })),
        ("not yet", json!({ "nbf": now() + 150 })),
        ("no beginning", json!({ "nbf": null })),
        ("no subject", json!({ "sub": null })),
        ("a subject of no length", json!({ "sub": "" })),
        ("a subject that is no line", json!({ "sub": " ada" })),
        ("a subject without end", json!({ "sub": "a".repeat(201) })),
        ("no role", json!({ "role": null })),
        ("a role of its own", json!({ "role": "root" })),
        ("councils that are none", json!({ "councils": ["norfolk"] })),
    ] {
        forge.assert_refused(what, &forge.claims(changes)).await;
    }
    let (_, challenge) = forge.status(&forge.claims(json!({ "exp": now() - 40, "nbf": now() - 100 }))).await;
    assert!(challenge.contains("has expired"), "{challenge}");
}

#[tokio::test]
async fn clocks_may_differ_by_half_a_minute() {
    let app = App::new();
    let forge = Forge::new(&app);
    assert_eq!(forge.status(&forge.claims(json!({ "exp": now() - 5, "nbf": now() - 100 }))).await.0, 200);
    assert_eq!(forge.status(&forge.claims(json!({ "nbf": now() + 15 }))).await.0, 200);
}

#[tokio::test]
async fn times_may_have_fractions_and_the_type_may_be_spelled_as_a_media_type() {
    let app = App::new();
    let forge = Forge::new(&app);
    let now = now() as f64;
    for changes in [
        json!({ "exp": now + 600.5, "nbf": now - 9.5, "iat": now - 9.5 }),
        json!({ "exp": now + 600.0, "nbf": now - 10.0, "iat": now - 10.0 }),
    ] {
        assert_eq!(forge.status(&forge.claims(changes.clone())).await.0, 200, "{changes}");
    }
    forge.assert_refused("ended", &forge.claims(json!({ "exp": now - 40.5, "nbf": now - 100.5 }))).await;
    for typ in ["AT+JWT", "application/at+jwt", "Application/At+Jwt"] {
        let header = Header { typ: Some(typ.into()), ..forge.header() };
        let token = forge.sign(&header, json!({}), &EncodingKey::from_ed_der(&app.key));
        assert_eq!(forge.status(&token).await.0, 200, "{typ}");
    }
}

#[tokio::test]
async fn algorithm_type_and_key_are_pinned() {
    let app = App::new();
    let forge = Forge::new(&app);
    let ours = EncodingKey::from_ed_der(&app.key);
    let changed = |change: fn(&mut Header)| {
        let mut header = forge.header();
        change(&mut header);
        forge.sign(&header, json!({}), &ours)
    };
    forge.assert_refused("an id token's type", &changed(|header| header.typ = Some("JWT".into()))).await;
    let critical = changed(|header| header.crit = Some(vec!["exp".into()]));
    forge.assert_refused("an extension that must be understood", &critical).await;
    forge.assert_refused("no type", &changed(|header| header.typ = None)).await;
    forge.assert_refused("no key id", &changed(|header| header.kid = None)).await;
    forge.assert_refused("an unknown key id", &changed(|header| header.kid = Some("another".into()))).await;

    let theirs = EncodingKey::from_ed_der(&SigningKey::generate().expect("a key"));
    forge
        .assert_refused("another key under our key's id", &forge.sign(&forge.header(), json!({}), &theirs))
        .await;
    let public = Ed25519KeyPair::from_pkcs8(&app.key).expect("our key");
    let confused = Header { alg: Algorithm::HS256, ..forge.header() };
    let secret = EncodingKey::from_secret(public.public_key().as_ref());
    forge.assert_refused("our public key as a secret", &forge.sign(&confused, json!({}), &secret)).await;
}

#[tokio::test]
async fn what_is_no_token_is_refused() {
    let app = App::new();
    let forge = Forge::new(&app);
    let parts: Vec<&str> = forge.good.split('.').collect();
    let none = URL_SAFE_NO_PAD
        .encode(json!({ "alg": "none", "typ": "at+jwt", "kid": part(&forge.good, 0)["kid"] }).to_string());
    let raised = URL_SAFE_NO_PAD.encode(json!({ "role": "admin", "sub": "mallory" }).to_string());
    for (what, token) in [
        ("no algorithm, no signature", format!("{none}.{}.", parts[1])),
        ("no algorithm, our signature", format!("{none}.{}.{}", parts[1], parts[2])),
        ("other claims under our signature", format!("{}.{raised}.{}", parts[0], parts[2])),
        ("no signature", format!("{}.{}.", parts[0], parts[1])),
        ("two parts", format!("{}.{}", parts[0], parts[1])),
        ("no base64", "a.b.c".to_owned()),
        ("a very long one", "x".repeat(6000)),
    ] {
        forge.assert_refused(what, &token).await;
    }
    for header in ["Bearer", "Basic YWRhOmFkYQ==", "Bearer\u{a0}x", ""] {
        let request =
            app.stranger().request(reqwest::Method::GET, "/v1/me").header("Authorization", header.as_bytes());
        app.stranger().send(request).await.expect(401);
    }
}

#[tokio::test]
async fn a_token_that_was_verified_before_ends_in_time() {
    let app = App::new();
    let forge = Forge::new(&app);
    // It counts for half a minute longer than it says. On a slow machine it must count for longer to be seen at all.
    let mut token = String::new();
    for seconds in [2, 8, 32, 128] {
        token = forge.claims(json!({ "exp": now() - 30 + seconds, "nbf": now() - 100 }));
        if forge.status(&token).await.0 == 200 {
            break;
        }
    }
    assert_eq!(forge.status(&token).await.0, 200);
    until(async || forge.status(&token).await.0, |status| *status != 200).await;
    forge.assert_refused("ended since it was remembered", &token).await;
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
    assert!(before.verify(&mint(&after)).is_err(), "signed by the new key");
}
