//! Client assertions: a client authenticates with a JWT that its key signed (RFC 7523).

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{ApiResponse, App, Caller, id};

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A client's private key.
pub enum Key {
    Ed(Ed25519KeyPair),
    Ec(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Key {
    pub fn ed() -> Self {
        Self::Ed(Ed25519KeyPair::generate().expect("a key"))
    }

    fn ec() -> Self {
        Self::Ec(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key"))
    }

    fn rsa() -> Self {
        Self::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).expect("a key"))
    }

    fn alg(&self) -> &'static str {
        match self {
            Self::Ed(_) => "EdDSA",
            Self::Ec(_) => "ES256",
            Self::Rsa(_) => "RS256",
        }
    }

    /// Returns the public key.
    pub fn jwk(&self, kid: &str) -> Value {
        match self {
            Self::Ed(key) => {
                json!({ "kty": "OKP", "kid": kid, "crv": "Ed25519", "x": encoded(key.public_key()) })
            }
            Self::Ec(key) => {
                let (x, y) = key.public_key().as_ref()[1..].split_at(32);
                json!({ "kty": "EC", "kid": kid, "crv": "P-256", "x": encoded(x), "y": encoded(y), "use": "sig" })
            }
            Self::Rsa(key) => {
                let (n, e) = (key.public_key().modulus(), key.public_key().exponent());
                let [n, e] = [n, e].map(|number| encoded(number.big_endian_without_leading_zero()));
                json!({ "kty": "RSA", "kid": kid, "n": n, "e": e, "alg": "RS256" })
            }
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Ed(key) => key.sign(message).as_ref().to_vec(),
            Self::Ec(key) => key.sign(&random, message).expect("a signature").as_ref().to_vec(),
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).expect("a signature");
                signature
            }
        }
    }

    pub fn assertion_with(&self, header: &Value, claims: &Value) -> String {
        let message = format!("{}.{}", encoded(header.to_string()), encoded(claims.to_string()));
        let signature = encoded(self.sign(message.as_bytes()));
        format!("{message}.{signature}")
    }

    /// Signs an assertion with the default header.
    pub fn assertion(&self, claims: &Value) -> String {
        self.assertion_with(&json!({ "alg": self.alg(), "typ": "JWT" }), claims)
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_secs()
}

/// Returns valid claims of a client with these changes. Null removes a claim.
pub fn claims(client: &Value, changes: Value) -> Value {
    let mut claims = json!({ "iss": client["id"], "sub": client["id"], "aud": "outturn", "exp": now() + 60,
        "jti": Uuid::now_v7() });
    let members = claims.as_object_mut().expect("an object");
    members.extend(changes.as_object().expect("an object").clone());
    members.retain(|_, value| !value.is_null());
    claims
}

pub async fn enter(admin: &Caller, name: &str, keys: &[Value]) -> Value {
    let body = json!({ "kind": "client", "name": name, "role": "officer", "jwks": { "keys": keys } });
    admin.create("/v1/accounts", body).await
}

pub async fn present(anonymous: &Caller, assertion: &str) -> ApiResponse {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", TYPE),
        ("client_assertion", assertion),
    ];
    anonymous.send(anonymous.request(reqwest::Method::POST, "/v1/auth/token").form(&form)).await
}

fn assert_refused(case: &str, response: &ApiResponse) {
    assert_eq!(
        (response.status, &response.body["error"]),
        (401, &json!("invalid_client")),
        "{case}: {}",
        response.text
    );
    let words =
        "Client authentication failed. The client is unknown, or its secret or assertion is not valid.";
    assert_eq!(response.body["error_description"], words, "{case}");
}

#[tokio::test]
async fn a_client_authenticates_with_a_key_of_each_type_and_has_no_secret() {
    let app = App::new();
    let admin = app.admin();
    for key in [Key::ed(), Key::ec(), Key::rsa()] {
        let client = enter(&admin, key.alg(), &[key.jwk("a")]).await;
        assert_eq!(client["secret"], Value::Null);
        assert_eq!(client["jwks"]["keys"][0]["kid"], "a");
        let response = present(&app.anonymous(), &key.assertion(&claims(&client, json!({})))).await;
        assert_eq!(response.status, 200, "{}: {}", key.alg(), response.text);
        assert_eq!(
            response.body.as_object().expect("an object").len(),
            3,
            "the response contains no refresh token: {}",
            response.text
        );
        let token = response.body["access_token"].as_str().expect("a token");
        assert_eq!(app.bearer(token).read("/v1/me").await["subject"], key.alg());
    }
    assert_eq!(app.number("SELECT count(*) AS n FROM accounts WHERE secret_hash IS NOT NULL").await, 0);
}

#[tokio::test]
async fn optional_claims_and_headers_of_an_assertion_may_vary() {
    let app = App::configured(&[("OUTTURN_ISSUER", "https://api.example.org")]);
    let key = Key::ed();
    // The tokens of the tests have another issuer than this server, so the test inserts the client.
    app.sql(&format!(
        "INSERT INTO accounts (id, kind, name, role, jwks)
         VALUES ('0198c5b0-0000-7000-8000-000000000000', 'client', 'crm', 'officer', '{}')",
        json!({ "keys": [key.jwk("a")] })
    ))
    .await;
    let client = json!({ "id": "0198c5b0-0000-7000-8000-000000000000" });
    let issuer = "https://api.example.org";
    for changes in [
        json!({ "aud": issuer }),
        json!({ "aud": format!("{issuer}/v1/auth/token") }),
        json!({ "aud": [issuer] }),
        json!({ "aud": issuer, "exp": now() - 5 }),
        json!({ "aud": issuer, "exp": now() as f64 + 300.5 }),
        json!({ "aud": issuer, "nbf": now() + 20, "iat": now(), "more": true }),
        json!({ "aud": issuer, "exp": now() as f64 + 60.0, "nbf": now() as f64 - 0.5, "iat": now() as f64 - 0.5 }),
    ] {
        let response = present(&app.anonymous(), &key.assertion(&claims(&client, changes.clone()))).await;
        assert_eq!(response.status, 200, "{changes}: {}", response.text);
    }
    for header in [
        json!({ "alg": "EdDSA" }),
        json!({ "alg": "EdDSA", "kid": "a" }),
        json!({ "alg": "EdDSA", "typ": "application/jwt" }),
    ] {
        let assertion = key.assertion_with(&header, &claims(&client, json!({ "aud": issuer })));
        assert_eq!(present(&app.anonymous(), &assertion).await.status, 200, "{header}");
    }
    let wrong_audience =
        key.assertion(&claims(&client, json!({ "aud": format!("{}/v1/auth/token", app.base) })));
    assert_refused("the address that the request went to", &present(&app.anonymous(), &wrong_audience).await);
    let metadata = app.anonymous().read("/.well-known/oauth-authorization-server").await;
    assert_eq!(
        (&metadata["issuer"], &metadata["token_endpoint"], &metadata["jwks_uri"]),
        (
            &json!(issuer),
            &json!(format!("{issuer}/v1/auth/token")),
            &json!(format!("{issuer}/.well-known/jwks.json"))
        )
    );
}

#[tokio::test]
async fn a_server_without_an_issuer_url_has_no_metadata() {
    App::new().anonymous().get("/.well-known/oauth-authorization-server").await.expect(404);
}

#[tokio::test]
async fn an_assertion_with_an_invalid_claim_is_rejected() {
    let app = App::new();
    let (admin, key) = (app.admin(), Key::ed());
    let client = enter(&admin, "crm", &[key.jwk("a")]).await;
    let other = enter(&admin, "other", &[Key::ed().jwk("a")]).await;
    for (case, changes) in [
        ("another audience", json!({ "aud": "elsewhere" })),
        ("the audience of tokens", json!({ "aud": "outturn-api" })),
        ("no audience", json!({ "aud": null })),
        ("two audiences", json!({ "aud": ["outturn", "elsewhere"] })),
        ("an empty list of audiences", json!({ "aud": [] })),
        ("another issuer", json!({ "iss": "elsewhere" })),
        ("another client as issuer", json!({ "iss": other["id"] })),
        ("a list of issuers", json!({ "iss": [client["id"]] })),
        ("no issuer", json!({ "iss": null })),
        ("another subject", json!({ "sub": other["id"] })),
        ("another issuer and subject", json!({ "iss": other["id"], "sub": other["id"] })),
        ("an unknown client", json!({ "iss": Uuid::now_v7(), "sub": Uuid::now_v7() })),
        ("no subject", json!({ "sub": null })),
        ("expired", json!({ "exp": now() - 40 })),
        ("an expiry too far in the future", json!({ "exp": now() + 450 })),
        ("no expiry", json!({ "exp": null })),
        ("an expiry that is a string", json!({ "exp": "tomorrow" })),
        ("an expiry out of range", json!({ "exp": 1e300 })),
        ("not valid yet", json!({ "nbf": now() + 150 })),
        ("no id", json!({ "jti": null })),
        ("an empty id", json!({ "jti": "" })),
        ("an id that is too long", json!({ "jti": "j".repeat(201) })),
        ("an id with a NUL", json!({ "jti": "j\u{0}" })),
    ] {
        assert_refused(case, &present(&app.anonymous(), &key.assertion(&claims(&client, changes))).await);
    }
    assert_eq!(
        app.number("SELECT count(*) AS n FROM used_assertions").await,
        0,
        "no assertion is recorded as used"
    );
    assert_eq!(present(&app.anonymous(), &key.assertion(&claims(&client, json!({})))).await.status, 200);
}

#[tokio::test]
async fn an_assertion_with_another_key_or_algorithm_is_rejected() {
    let app = App::new();
    let admin = app.admin();
    let (key, rsa, other_key) = (Key::ed(), Key::rsa(), Key::ed());
    let client = enter(&admin, "crm", &[key.jwk("a"), rsa.jwk("b")]).await;
    let valid_claims = || claims(&client, json!({}));
    let with = |key: &Key, header: Value| key.assertion_with(&header, &valid_claims());
    let Value::String(x) = key.jwk("a")["x"].clone() else { panic!("a key") };
    let public = URL_SAFE_NO_PAD.decode(x).expect("base64");
    let signed_with_secret = |kid: Option<&str>, secret: &[u8]| {
        let header = Header { alg: Algorithm::HS256, kid: kid.map(str::to_owned), ..Header::default() };
        jsonwebtoken::encode(&header, &valid_claims(), &EncodingKey::from_secret(secret)).expect("a token")
    };
    let unsigned =
        format!("{}.{}.", encoded(json!({ "alg": "none" }).to_string()), encoded(valid_claims().to_string()));
    for (case, assertion) in [
        ("a key of another client", other_key.assertion(&valid_claims())),
        (
            "a key of another client with a known `kid`",
            with(&other_key, json!({ "alg": "EdDSA", "kid": "a" })),
        ),
        ("an unknown `kid`", with(&key, json!({ "alg": "EdDSA", "kid": "z" }))),
        ("the `kid` of the other key", with(&key, json!({ "alg": "EdDSA", "kid": "b" }))),
        ("another algorithm of the family", with(&rsa, json!({ "alg": "RS512" }))),
        ("another algorithm", with(&rsa, json!({ "alg": "PS256", "kid": "b" }))),
        (
            "an extension that must be understood",
            with(&key, json!({ "alg": "EdDSA", "crit": ["x"], "x": 1 })),
        ),
        ("no algorithm", unsigned),
        ("the public key as a secret", signed_with_secret(None, &public)),
        (
            "the public key as a secret, with `kid`",
            signed_with_secret(Some("a"), key.jwk("a").to_string().as_bytes()),
        ),
        ("not a token", "a.b.c".into()),
        ("a single segment", "x".into()),
    ] {
        assert_refused(case, &present(&app.anonymous(), &assertion).await);
    }
    for key in [&key, &rsa] {
        assert_eq!(present(&app.anonymous(), &key.assertion(&valid_claims())).await.status, 200);
    }
}

#[tokio::test]
async fn an_assertion_with_other_credentials_or_the_wrong_type_is_rejected() {
    let app = App::new();
    let (admin, key) = (app.admin(), Key::ed());
    let client = enter(&admin, "crm", &[key.jwk("a")]).await;
    let id = client["id"].as_str().expect("an id");
    let request_token = async |more: &[(&str, &str)]| {
        let assertion = key.assertion(&claims(&client, json!({})));
        let mut form = vec![("grant_type", "client_credentials"), ("client_assertion", assertion.as_str())];
        form.extend(more);
        let anonymous = app.anonymous();
        anonymous.send(anonymous.request(reqwest::Method::POST, "/v1/auth/token").form(&form)).await
    };
    let kind = ("client_assertion_type", TYPE);
    for more in [
        vec![kind, ("client_secret", "secret")],
        vec![kind, ("client_id", id), ("client_secret", "secret")],
        vec![],
        vec![("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer")],
        vec![kind, kind],
    ] {
        let response = request_token(&more).await;
        assert_eq!((response.status, &response.body["error"]), (400, &json!("invalid_request")), "{more:?}");
    }
    assert_refused(
        "the id of another client",
        &request_token(&[kind, ("client_id", &Uuid::now_v7().to_string())]).await,
    );
    assert_eq!(request_token(&[kind, ("client_id", id)]).await.status, 200);
}

#[tokio::test]
async fn an_assertion_is_accepted_once_among_twenty_concurrent_requests() {
    let app = App::new();
    let (admin, key) = (app.admin(), Key::ed());
    let client = enter(&admin, "crm", &[key.jwk("a")]).await;
    let assertion = key.assertion(&claims(&client, json!({ "jti": "one" })));
    let anonymous = app.anonymous();
    let uses = futures_util::future::join_all((0..20).map(|_| present(&anonymous, &assertion))).await;
    assert_eq!(uses.iter().filter(|response| response.status == 200).count(), 1);
    for response in uses.iter().filter(|response| response.status != 200) {
        assert_refused("a second use", response);
    }
    let same_jti = key.assertion(&claims(&client, json!({ "jti": "one", "exp": now() + 100 })));
    assert_refused("the same `jti` in another assertion", &present(&anonymous, &same_jti).await);
    // Each client has its own `jti` values.
    let other = enter(&admin, "other", &[key.jwk("a")]).await;
    let other_assertion = key.assertion(&claims(&other, json!({ "jti": "one" })));
    assert_eq!(present(&anonymous, &other_assertion).await.status, 200);
}

#[tokio::test]
async fn keys_can_be_replaced_and_end_with_the_account() {
    let app = App::new();
    let (admin, old, new) = (app.admin(), Key::ed(), Key::ec());
    let client = enter(&admin, "crm", &[old.jwk("old")]).await;
    let path = format!("/v1/accounts/{}", id(&client));
    let present =
        async |key: &Key| present(&app.anonymous(), &key.assertion(&claims(&client, json!({})))).await.status;
    let both = json!({ "jwks": { "keys": [old.jwk("old"), new.jwk("new")] } });
    admin.patch(&path, 1, both).await.expect(200);
    assert_eq!((present(&old).await, present(&new).await), (200, 200));
    admin.patch(&path, 2, json!({ "jwks": { "keys": [new.jwk("new")] } })).await.expect(200);
    assert_eq!((present(&old).await, present(&new).await), (401, 200));
    let read = admin.read(&path).await;
    assert_eq!((&read["version"], &read["jwks"]["keys"][0]["kid"]), (&json!(3), &json!("new")));
    admin.patch(&path, 3, json!({ "jwks": null })).await.expect(200);
    assert_eq!(present(&new).await, 401);
    admin.patch(&path, 4, json!({ "jwks": { "keys": [new.jwk("new")] } })).await.expect(200);
    admin.delete(&path, 5).await.expect(204);
    assert_eq!(present(&new).await, 401);
}

#[tokio::test]
async fn private_weak_and_malformed_keys_are_rejected() {
    let app = App::new();
    let admin = app.admin();
    let (ed, ec, rsa) = (Key::ed().jwk("a"), Key::ec().jwk("a"), Key::rsa().jwk("a"));
    let with = |key: &Value, changes: Value| {
        let mut key = key.clone();
        let members = key.as_object_mut().expect("a key");
        members.extend(changes.as_object().expect("an object").clone());
        members.retain(|_, value| !value.is_null());
        key
    };
    let modulus = URL_SAFE_NO_PAD.decode(rsa["n"].as_str().expect("a modulus")).expect("base64");
    let zeros = encoded([&[0; 128], &modulus[..128]].concat());
    let not_a_key = "#/jwks/keys/0 not_a_key";
    for (case, keys, field_error) in [
        ("a private key", vec![with(&ed, json!({ "d": "secret" }))], "#/jwks/keys/0/d unknown_field"),
        ("a secret", vec![json!({ "kty": "oct", "kid": "a" })], "#/jwks/keys/0/kty unknown_value"),
        ("no `kid`", vec![with(&ed, json!({ "kid": null }))], "#/jwks/keys/0/kid required"),
        ("three keys", vec![ed.clone(), ec.clone(), rsa.clone()], "#/jwks/keys too_many"),
        ("one `kid` for two keys", vec![ed.clone(), ec.clone()], "#/jwks/keys/1/kid duplicate"),
        ("a short modulus", vec![with(&rsa, json!({ "n": "A".repeat(171) }))], "#/jwks/keys/0/n too_short"),
        ("a modulus that begins with zeros", vec![with(&rsa, json!({ "n": zeros }))], not_a_key),
        ("no modulus", vec![with(&rsa, json!({ "n": null }))], not_a_key),
        ("another exponent", vec![with(&rsa, json!({ "e": "AAAB" }))], "#/jwks/keys/0/e bad_format"),
        ("another algorithm", vec![with(&rsa, json!({ "alg": "EdDSA" }))], not_a_key),
        ("another curve", vec![with(&ed, json!({ "crv": "P-256" }))], not_a_key),
        ("a point that is not on the curve", vec![with(&ec, json!({ "y": ec["x"] }))], not_a_key),
        ("an encryption key", vec![with(&ed, json!({ "use": "enc" }))], "#/jwks/keys/0/use bad_format"),
    ] {
        let body = json!({ "kind": "client", "name": "crm", "role": "officer", "jwks": { "keys": keys } });
        let refused = admin.post("/v1/accounts", body).await;
        assert_eq!((refused.status, refused.field_errors()), (422, vec![field_error.to_owned()]), "{case}");
    }
    let user = json!({ "kind": "user", "name": "Olive", "email": "o@example.org", "role": "officer",
        "jwks": { "keys": [ed] } });
    let refused = admin.post("/v1/accounts", user).await.expect(422);
    assert_eq!(refused.field_errors(), ["#/jwks does_not_fit_the_kind"]);
}
