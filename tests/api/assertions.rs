//! private_key_jwt: a client proves itself by what its key signed (RFC 7523), once, and by nothing else.

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

use crate::support::{Answer, App, Person, id};

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

    /// The public half.
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

    /// What it signs for a client.
    pub fn assertion(&self, claims: &Value) -> String {
        self.assertion_with(&json!({ "alg": self.alg(), "typ": "JWT" }), claims)
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_secs()
}

/// Good claims of a client, but for these changes; null takes one away.
pub fn claims(client: &Value, changes: Value) -> Value {
    let mut claims = json!({ "iss": client["id"], "sub": client["id"], "aud": "outturn", "exp": now() + 60,
        "jti": Uuid::now_v7() });
    let members = claims.as_object_mut().expect("an object");
    members.extend(changes.as_object().expect("an object").clone());
    members.retain(|_, value| !value.is_null());
    claims
}

pub async fn enter(admin: &Person, name: &str, keys: &[Value]) -> Value {
    let body = json!({ "kind": "client", "name": name, "role": "officer", "jwks": { "keys": keys } });
    admin.make("/v1/accounts", body).await
}

pub async fn present(stranger: &Person, assertion: &str) -> Answer {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", TYPE),
        ("client_assertion", assertion),
    ];
    stranger.send(stranger.request(reqwest::Method::POST, "/v1/auth/token").form(&form)).await
}

fn assert_refused(what: &str, answer: &Answer) {
    assert_eq!(
        (answer.status, &answer.body["error"]),
        (401, &json!("invalid_client")),
        "{what}: {}",
        answer.text
    );
    let words =
        "Client authentication failed: the client is unknown, or its secret or assertion is not valid.";
    assert_eq!(answer.body["error_description"], words, "{what}");
}

#[tokio::test]
async fn a_client_proves_itself_by_a_key_of_each_kind_and_has_no_secret() {
    let app = App::new();
    let admin = app.admin();
    for key in [Key::ed(), Key::ec(), Key::rsa()] {
        let client = enter(&admin, key.alg(), &[key.jwk("a")]).await;
        assert_eq!(client["secret"], Value::Null);
        assert_eq!(client["jwks"]["keys"][0]["kid"], "a");
        let answer = present(&app.stranger(), &key.assertion(&claims(&client, json!({})))).await;
        assert_eq!(answer.status, 200, "{}: {}", key.alg(), answer.text);
        assert_eq!(answer.body.as_object().expect("an object").len(), 3, "no refresh token: {}", answer.text);
        let token = answer.body["access_token"].as_str().expect("a token");
        assert_eq!(app.bearer(token).read("/v1/me").await["subject"], key.alg());
    }
    assert_eq!(app.number("SELECT count(*) AS n FROM accounts WHERE secret_hash IS NOT NULL").await, 0);
}

#[tokio::test]
async fn what_may_differ_in_an_assertion_may_differ() {
    let app = App::configured(&[("OUTTURN_ISSUER", "https://api.example.org")]);
    let key = Key::ed();
    // This server's tokens have another issuer than the tests make, so the client is entered by hand.
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
        let answer = present(&app.stranger(), &key.assertion(&claims(&client, changes.clone()))).await;
        assert_eq!(answer.status, 200, "{changes}: {}", answer.text);
    }
    for header in [
        json!({ "alg": "EdDSA" }),
        json!({ "alg": "EdDSA", "kid": "a" }),
        json!({ "alg": "EdDSA", "typ": "application/jwt" }),
    ] {
        let assertion = key.assertion_with(&header, &claims(&client, json!({ "aud": issuer })));
        assert_eq!(present(&app.stranger(), &assertion).await.status, 200, "{header}");
    }
    let elsewhere = key.assertion(&claims(&client, json!({ "aud": format!("{}/v1/auth/token", app.base) })));
    assert_refused("the address that the request went to", &present(&app.stranger(), &elsewhere).await);
    let metadata = app.stranger().read("/.well-known/oauth-authorization-server").await;
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
async fn a_server_without_an_address_has_no_metadata() {
    App::new().stranger().get("/.well-known/oauth-authorization-server").await.expect(404);
}

#[tokio::test]
async fn each_claim_of_an_assertion_must_hold() {
    let app = App::new();
    let (admin, key) = (app.admin(), Key::ed());
    let client = enter(&admin, "crm", &[key.jwk("a")]).await;
    let other = enter(&admin, "other", &[Key::ed().jwk("a")]).await;
    for (what, changes) in [
        ("another audience", json!({ "aud": "elsewhere" })),
        ("the audience of tokens", json!({ "aud": "outturn-api" })),
        ("no audience", json!({ "aud": null })),
        ("two audiences", json!({ "aud": ["outturn", "elsewhere"] })),
        ("an empty list of audiences", json!({ "aud": [] })),
        ("another issuer", json!({ "iss": "elsewhere" })),
        ("another client as issuer", json!({ "iss": other["id"] })),
        ("issuers", json!({ "iss": [client["id"]] })),
        ("no issuer", json!({ "iss": null })),
        ("another subject", json!({ "sub": other["id"] })),
        ("another issuer and subject", json!({ "iss": other["id"], "sub": other["id"] })),
        ("a client that never was", json!({ "iss": Uuid::now_v7(), "sub": Uuid::now_v7() })),
        ("no subject", json!({ "sub": null })),
        ("ended", json!({ "exp": now() - 40 })),
        ("too far ahead", json!({ "exp": now() + 450 })),
        ("without end", json!({ "exp": null })),
        ("an end that is text", json!({ "exp": "tomorrow" })),
        ("an end beyond all", json!({ "exp": 1e300 })),
        ("not yet", json!({ "nbf": now() + 150 })),
        ("no id", json!({ "jti": null })),
        ("an empty id", json!({ "jti": "" })),
        ("an endless id", json!({ "jti": "j".repeat(201) })),
        ("an id with a NUL", json!({ "jti": "j\u{0}" })),
    ] {
        assert_refused(what, &present(&app.stranger(), &key.assertion(&claims(&client, changes))).await);
    }
    assert_eq!(app.number("SELECT count(*) AS n FROM used_assertions").await, 0, "nothing was used");
    assert_eq!(present(&app.stranger(), &key.assertion(&claims(&client, json!({})))).await.status, 200);
}

#[tokio::test]
async fn key_and_algorithm_of_an_assertion_are_the_clients_own() {
    let app = App::new();
    let admin = app.admin();
    let (key, rsa, theirs) = (Key::ed(), Key::rsa(), Key::ed());
    let client = enter(&admin, "crm", &[key.jwk("a"), rsa.jwk("b")]).await;
    let good = || claims(&client, json!({}));
    let with = |key: &Key, header: Value| key.assertion_with(&header, &good());
    let Value::String(x) = key.jwk("a")["x"].clone() else { panic!("a key") };
    let public = URL_SAFE_NO_PAD.decode(x).expect("base64");
    let confused = |kid: Option<&str>, secret: &[u8]| {
        let header = Header { alg: Algorithm::HS256, kid: kid.map(str::to_owned), ..Header::default() };
        jsonwebtoken::encode(&header, &good(), &EncodingKey::from_secret(secret)).expect("a token")
    };
    let unsigned =
        format!("{}.{}.", encoded(json!({ "alg": "none" }).to_string()), encoded(good().to_string()));
    for (what, assertion) in [
        ("another's key", theirs.assertion(&good())),
        ("another's key under a name of ours", with(&theirs, json!({ "alg": "EdDSA", "kid": "a" }))),
        ("an unknown name", with(&key, json!({ "alg": "EdDSA", "kid": "z" }))),
        ("the name of the other key", with(&key, json!({ "alg": "EdDSA", "kid": "b" }))),
        ("another algorithm of the family", with(&rsa, json!({ "alg": "RS512" }))),
        ("another algorithm", with(&rsa, json!({ "alg": "PS256", "kid": "b" }))),
        (
            "an extension that must be understood",
            with(&key, json!({ "alg": "EdDSA", "crit": ["x"], "x": 1 })),
        ),
        ("no algorithm", unsigned),
        ("the public key as a secret", confused(None, &public)),
        ("the public key as a secret, by name", confused(Some("a"), key.jwk("a").to_string().as_bytes())),
        ("no token", "a.b.c".into()),
        ("nothing of the kind", "x".into()),
    ] {
        assert_refused(what, &present(&app.stranger(), &assertion).await);
    }
    for key in [&key, &rsa] {
        assert_eq!(present(&app.stranger(), &key.assertion(&good())).await.status, 200);
    }
}

#[tokio::test]
async fn a_client_says_who_it_is_in_one_way() {
    let app = App::new();
    let (admin, key) = (app.admin(), Key::ed());
    let client = enter(&admin, "crm", &[key.jwk("a")]).await;
    let id = client["id"].as_str().expect("an id");
    let ask = async |more: &[(&str, &str)]| {
        let assertion = key.assertion(&claims(&client, json!({})));
        let mut form = vec![("grant_type", "client_credentials"), ("client_assertion", assertion.as_str())];
        form.extend(more);
        let stranger = app.stranger();
        stranger.send(stranger.request(reqwest::Method::POST, "/v1/auth/token").form(&form)).await
    };
    let kind = ("client_assertion_type", TYPE);
    for more in [
        vec![kind, ("client_secret", "secret")],
        vec![kind, ("client_id", id), ("client_secret", "secret")],
        vec![],
        vec![("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer")],
        vec![kind, kind],
    ] {
        let answer = ask(&more).await;
        assert_eq!((answer.status, &answer.body["error"]), (400, &json!("invalid_request")), "{more:?}");
    }
    assert_refused("another's id beside", &ask(&[kind, ("client_id", &Uuid::now_v7().to_string())]).await);
    assert_eq!(ask(&[kind, ("client_id", id)]).await.status, 200);
}

#[tokio::test]
async fn an_assertion_counts_once_even_if_it_comes_twenty_times_at_once() {
    let app = App::new();
    let (admin, key) = (app.admin(), Key::ed());
    let client = enter(&admin, "crm", &[key.jwk("a")]).await;
    let assertion = key.assertion(&claims(&client, json!({ "jti": "one" })));
    let stranger = app.stranger();
    let uses = futures_util::future::join_all((0..20).map(|_| present(&stranger, &assertion))).await;
    assert_eq!(uses.iter().filter(|answer| answer.status == 200).count(), 1);
    for answer in uses.iter().filter(|answer| answer.status != 200) {
        assert_refused("again", answer);
    }
    let resigned = key.assertion(&claims(&client, json!({ "jti": "one", "exp": now() + 100 })));
    assert_refused("its id in another assertion", &present(&stranger, &resigned).await);
    // Ids are a client's own.
    let other = enter(&admin, "other", &[key.jwk("a")]).await;
    let theirs = key.assertion(&claims(&other, json!({ "jti": "one" })));
    assert_eq!(present(&stranger, &theirs).await.status, 200);
}

#[tokio::test]
async fn keys_change_and_go_with_the_account() {
    let app = App::new();
    let (admin, old, new) = (app.admin(), Key::ed(), Key::ec());
    let client = enter(&admin, "crm", &[old.jwk("old")]).await;
    let path = format!("/v1/accounts/{}", id(&client));
    let present =
        async |key: &Key| present(&app.stranger(), &key.assertion(&claims(&client, json!({})))).await.status;
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
async fn a_key_that_is_private_weak_or_none_is_refused() {
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
    for (what, keys, fault) in [
        ("a private key", vec![with(&ed, json!({ "d": "secret" }))], "#/jwks/keys/0/d unknown_field"),
        ("a secret", vec![json!({ "kty": "oct", "kid": "a" })], "#/jwks/keys/0/kty unknown_value"),
        ("no name", vec![with(&ed, json!({ "kid": null }))], "#/jwks/keys/0/kid required"),
        ("three keys", vec![ed.clone(), ec.clone(), rsa.clone()], "#/jwks/keys too_many"),
        ("one name for two", vec![ed.clone(), ec.clone()], "#/jwks/keys/1/kid duplicate"),
        ("a short modulus", vec![with(&rsa, json!({ "n": "A".repeat(171) }))], "#/jwks/keys/0/n too_short"),
        ("a modulus of noughts", vec![with(&rsa, json!({ "n": zeros }))], not_a_key),
        ("no modulus", vec![with(&rsa, json!({ "n": null }))], not_a_key),
        ("another exponent", vec![with(&rsa, json!({ "e": "AAAB" }))], "#/jwks/keys/0/e bad_format"),
        ("another's algorithm", vec![with(&rsa, json!({ "alg": "EdDSA" }))], not_a_key),
        ("another's curve", vec![with(&ed, json!({ "crv": "P-256" }))], not_a_key),
        ("off the curve", vec![with(&ec, json!({ "y": ec["x"] }))], not_a_key),
        ("for encryption", vec![with(&ed, json!({ "use": "enc" }))], "#/jwks/keys/0/use bad_format"),
    ] {
        let body = json!({ "kind": "client", "name": "crm", "role": "officer", "jwks": { "keys": keys } });
        let refused = admin.post("/v1/accounts", body).await;
        assert_eq!((refused.status, refused.faults()), (422, vec![fault.to_owned()]), "{what}");
    }
    let user = json!({ "kind": "user", "name": "Olive", "email": "o@example.org", "role": "officer",
        "jwks": { "keys": [ed] } });
    let refused = admin.post("/v1/accounts", user).await.expect(422);
    assert_eq!(refused.faults(), ["#/jwks does_not_fit_the_kind"]);
}
