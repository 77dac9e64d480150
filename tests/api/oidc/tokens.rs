//! Validation of tokens: each claim and the header are checked (RFC 8725).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use outturn::access::Role;
use outturn::auth::Tokens;
use outturn::auth::token::{Parties, SigningKey};
use serde_json::{Value, json};
use std::time::Duration;

use super::{app_trusting, map};
use crate::support::{AUDIENCE, App, Issuer, TokenKey, claims, now};

/// A server, an issuer that it trusts, and a key of the issuer. App role `Staff` maps to officer.
struct Fixture {
    app: App,
    issuer: Issuer,
    key: TokenKey,
}

impl Fixture {
    async fn new(key: TokenKey) -> Self {
        let issuer = Issuer::new(&[&key]);
        let app = app_trusting(&issuer);
        map(&app.admin(), &issuer.url, "Staff", json!({})).await;
        Self { app, issuer, key }
    }

    fn claims(&self, changes: Value) -> Value {
        let mut with_role = json!({ "roles": ["Staff"] });
        with_role.as_object_mut().expect("an object").extend(changes.as_object().expect("claims").clone());
        self.issuer.claims(with_role)
    }

    fn token(&self, changes: Value) -> String {
        self.key.sign(&self.claims(changes))
    }

    fn with_header(&self, change: impl FnOnce(&mut Header)) -> String {
        let mut header = self.key.header();
        change(&mut header);
        jsonwebtoken::encode(&header, &self.claims(json!({})), &self.key.private).expect("a token")
    }

    /// A token whose claims are this JSON text, signed with the key.
    fn sign_text(&self, claims: &str) -> String {
        let header = URL_SAFE_NO_PAD.encode(serde_json::to_string(&self.key.header()).expect("JSON"));
        let message = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims));
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &self.key.private, self.key.algorithm);
        format!("{message}.{}", signature.expect("a signature"))
    }

    async fn assert_refused(&self, case: &str, token: &str) {
        let response = self.app.bearer(token).get("/v1/me").await;
        assert_eq!((response.status, response.code()), (401, "unauthenticated"), "{case}: {}", response.text);
        assert!(response.header("www-authenticate").contains("error=\"invalid_token\""), "{case}");
    }

    async fn assert_accepted(&self, token: &str) {
        self.app.bearer(token).get("/v1/me").await.expect(200);
    }
}

#[tokio::test]
async fn the_subject_is_a_digest_of_the_issuer_and_the_user_id() {
    let fixture = Fixture::new(TokenKey::rsa("k1")).await;
    let me = fixture.app.bearer(&fixture.token(json!({}))).read("/v1/me").await;
    assert_eq!((&me["role"], &me["councils"]), (&json!("officer"), &json!([])));
    let subject = me["subject"].as_str().expect("a subject");
    assert!(subject.starts_with("oidc:") && subject.len() == 37, "{subject}");
    // The manual documents this computation for operators.
    let identity = format!("{} oid 0198c5b0-0000-7000-8000-00000000001d", fixture.issuer.url);
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, identity.as_bytes());
    let digits: String = digest.as_ref()[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(subject, format!("oidc:{digits}"));
    let same = fixture.token(json!({ "sub": "of another application", "name": "renamed" }));
    assert_eq!(
        fixture.app.bearer(&same).read("/v1/me").await["subject"],
        subject,
        "the subject depends on oid"
    );
    let another = fixture.token(json!({ "oid": "0198c5b0-0000-7000-8000-00000000002d" }));
    assert_ne!(fixture.app.bearer(&another).read("/v1/me").await["subject"], subject);
    let without = |sub: &str| fixture.token(json!({ "oid": null, "tid": null, "sub": sub }));
    let [first, second] = [without("one"), without("other")];
    let subjects =
        [fixture.app.bearer(&first).read("/v1/me").await, fixture.app.bearer(&second).read("/v1/me").await];
    assert_ne!(subjects[0]["subject"], subjects[1]["subject"], "without oid, the subject depends on sub");
}

#[tokio::test]
async fn tokens_signed_with_an_elliptic_curve_key_are_accepted() {
    let fixture = Fixture::new(TokenKey::ec("k1")).await;
    fixture.assert_accepted(&fixture.token(json!({}))).await;
    fixture.assert_accepted(&fixture.with_header(|header| header.typ = Some("at+jwt".into()))).await;
}

#[tokio::test]
async fn times_in_claims_may_be_fractional_or_written_as_floats() {
    let fixture = Fixture::new(TokenKey::rsa("k1")).await;
    let now = now() as f64;
    for changes in [
        json!({ "exp": now + 600.25 }),
        json!({ "exp": now + 600.0, "nbf": now - 10.0, "iat": now - 10.0 }),
        json!({ "exp": now + 600.75, "nbf": now - 9.5, "iat": now - 9.5 }),
        json!({ "iat": now - 0.001 }),
    ] {
        fixture.assert_accepted(&fixture.token(changes)).await;
    }
    let claims = fixture.claims(json!({}));
    let (original, end) = (claims.to_string(), claims["exp"].as_u64().expect("seconds"));
    for notation in [format!("{end}.0"), format!("{end}e0"), format!("{end}00E-2")] {
        let claims = original.replace(&format!("\"exp\":{end}"), &format!("\"exp\":{notation}"));
        assert_ne!(claims, original);
        fixture.assert_accepted(&fixture.sign_text(&claims)).await;
    }
    for (case, changes) in [
        ("expired", json!({ "exp": now - 40.5 })),
        ("not yet valid", json!({ "nbf": now + 150.5 })),
        ("exp is a string", json!({ "exp": format!("{}", now + 600.0) })),
        ("exp is negative", json!({ "exp": -1.5 })),
        ("exp is a boolean", json!({ "exp": true })),
    ] {
        fixture.assert_refused(case, &fixture.token(changes)).await;
    }
}

#[tokio::test]
async fn groups_and_roles_may_be_a_string_or_null() {
    let fixture = Fixture::new(TokenKey::rsa("k1")).await;
    let by_group = json!({ "name": "Group", "issuer": fixture.issuer.url, "claim": "groups", "value": "staff", "role": "reporter" });
    fixture.app.admin().create("/v1/role-mappings", by_group).await;
    let role = async |claims: Value| {
        let token = fixture.key.sign(&claims);
        fixture.app.bearer(&token).read("/v1/me").await["role"].clone()
    };
    let with = |name: &str, value: Value| {
        let mut claims = fixture.claims(json!({ "roles": null }));
        claims[name] = value;
        claims
    };
    assert_eq!(role(with("roles", json!("Staff"))).await, "officer");
    assert_eq!(role(with("groups", json!("staff"))).await, "reporter");
    assert_eq!(role(with("groups", json!(["other", "staff"]))).await, "reporter");
    let mut claims = with("roles", json!("Staff"));
    claims["groups"] = Value::Null;
    assert_eq!(role(claims).await, "officer");
    for unmapped in [json!(null), json!([]), json!(""), json!("another")] {
        let mut claims = with("roles", unmapped.clone());
        claims["groups"] = Value::Null;
        let refused = fixture.app.bearer(&fixture.key.sign(&claims)).get("/v1/me").await.expect(403);
        assert_eq!(refused.code(), "no_role", "{unmapped}");
    }
    // `oid` and `tid` of other providers are ignored, also if they have other types.
    let foreign_claims = fixture.token(json!({ "oid": "u-17", "tid": 4 }));
    fixture.assert_accepted(&foreign_claims).await;
}

#[tokio::test]
async fn the_typ_header_may_be_a_media_type_in_any_case() {
    let fixture = Fixture::new(TokenKey::rsa("k1")).await;
    for typ in
        ["at+jwt", "AT+JWT", "application/at+jwt", "Application/AT+JWT", "JWT", "jwt", "application/jwt"]
    {
        fixture.assert_accepted(&fixture.with_header(|header| header.typ = Some(typ.into()))).await;
    }
    for typ in [
        "application/",
        "text/at+jwt",
        "application/application/at+jwt",
        "application/dpop+jwt",
        "at+jwt;v=1",
    ] {
        fixture.assert_refused(typ, &fixture.with_header(|header| header.typ = Some(typ.into()))).await;
    }
}

#[tokio::test]
async fn tokens_with_an_invalid_claim_are_refused() {
    let fixture = Fixture::new(TokenKey::rsa("k1")).await;
    fixture.assert_accepted(&fixture.token(json!({ "aud": ["another", AUDIENCE] }))).await;
    fixture.assert_accepted(&fixture.token(json!({ "exp": now() - 5, "nbf": now() + 15 }))).await;
    fixture.assert_accepted(&fixture.token(json!({ "azp": null, "appid": "x", "client_id": "x" }))).await;
    for (case, changes) in [
        ("another issuer", json!({ "iss": "https://elsewhere.example" })),
        ("the issuer with a slash", json!({ "iss": format!("{}/", fixture.issuer.url) })),
        ("several issuers", json!({ "iss": [fixture.issuer.url] })),
        ("no issuer", json!({ "iss": null })),
        ("another audience", json!({ "aud": "00000003-0000-0000-c000-000000000000" })),
        ("the audience of own tokens", json!({ "aud": "outturn-api" })),
        ("no audience", json!({ "aud": null })),
        ("no exp", json!({ "exp": null })),
        ("expired", json!({ "exp": now() - 40 })),
        ("not yet valid", json!({ "nbf": now() + 150 })),
        ("nbf is not a number", json!({ "nbf": "soon" })),
        ("no subject", json!({ "sub": null })),
        ("groups is an object", json!({ "groups": { "staff": true } })),
        ("a group is a number", json!({ "groups": ["staff", 4] })),
        ("roles is a number", json!({ "roles": 4 })),
        ("an ID token", json!({ "azp": null })),
        ("an ID token with a nonce", json!({ "nonce": "n" })),
        ("an ID token beside an access token", json!({ "at_hash": "h" })),
    ] {
        fixture.assert_refused(case, &fixture.token(changes)).await;
    }
    let expired = fixture.app.bearer(&fixture.token(json!({ "exp": now() - 40 }))).get("/v1/me").await;
    assert!(expired.header("www-authenticate").contains("has expired"));
}

#[tokio::test]
async fn tokens_with_another_header_or_algorithm_are_refused() {
    let fixture = Fixture::new(TokenKey::rsa("k1")).await;
    fixture.assert_accepted(&fixture.with_header(|_| ())).await;
    for (case, token) in [
        ("another type", fixture.with_header(|header| header.typ = Some("dpop+jwt".into()))),
        ("no type", fixture.with_header(|header| header.typ = None)),
        ("no key id", fixture.with_header(|header| header.kid = None)),
        ("an extension", fixture.with_header(|header| header.crit = Some(vec!["exp".into()]))),
        ("another RSA algorithm", fixture.with_header(|header| header.alg = Algorithm::PS256)),
        ("a longer digest", fixture.with_header(|header| header.alg = Algorithm::RS512)),
        ("another key with the same id", TokenKey::rsa("k1").sign(&fixture.claims(json!({})))),
        ("an elliptic curve key with the same id", TokenKey::ec("k1").sign(&fixture.claims(json!({})))),
    ] {
        fixture.assert_refused(case, &token).await;
    }
    let good = fixture.token(json!({}));
    let parts: Vec<&str> = good.split('.').collect();
    for alg in ["none", "NONE", "HS256", "RS256 "] {
        let header = URL_SAFE_NO_PAD.encode(json!({ "alg": alg, "typ": "JWT", "kid": "k1" }).to_string());
        fixture.assert_refused(alg, &format!("{header}.{}.", parts[1])).await;
        fixture.assert_refused(alg, &format!("{header}.{}.{}", parts[1], parts[2])).await;
    }
    let changed_claims = URL_SAFE_NO_PAD.encode(fixture.claims(json!({ "roles": ["Admin"] })).to_string());
    fixture.assert_refused("changed claims", &format!("{}.{changed_claims}.{}", parts[0], parts[2])).await;
}

#[tokio::test]
async fn a_public_key_is_not_accepted_as_a_secret_or_for_another_algorithm() {
    let (rsa, ec) = (TokenKey::rsa("r"), TokenKey::ec("e"));
    let fixture = Fixture::new(rsa).await;
    fixture.issuer.publish(&[&fixture.key, &ec]);
    fixture.assert_accepted(&ec.sign(&fixture.claims(json!({})))).await;
    let published = fixture.key.published();
    let modulus = URL_SAFE_NO_PAD.decode(published["n"].as_str().expect("n")).expect("base64");
    for secret in [modulus, published.to_string().into_bytes()] {
        let header = Header { alg: Algorithm::HS256, ..fixture.key.header() };
        let key = EncodingKey::from_secret(&secret);
        let token = jsonwebtoken::encode(&header, &fixture.claims(json!({})), &key).expect("a token");
        fixture.assert_refused("the public key as a secret", &token).await;
    }
    // A header with the algorithm of one key and the id of the other, signed with either.
    let rs_over_ec = Header { kid: Some("e".into()), ..fixture.key.header() };
    let token = jsonwebtoken::encode(&rs_over_ec, &fixture.claims(json!({})), &fixture.key.private);
    fixture.assert_refused("RS256 with an elliptic curve key", &token.expect("a token")).await;
    let es_over_rsa = Header { kid: Some("r".into()), ..ec.header() };
    let token = jsonwebtoken::encode(&es_over_rsa, &fixture.claims(json!({})), &ec.private);
    fixture.assert_refused("ES256 with an RSA key", &token.expect("a token")).await;
}

#[tokio::test]
async fn a_token_of_an_unlisted_tenant_is_refused_without_a_request() {
    let key = TokenKey::rsa("k1");
    let issuer = Issuer::new(&[&key]);
    let [listed, unlisted] = ["0198c5b0-0000-7000-8000-0000000000aa", "0198c5b0-0000-7000-8000-0000000000bb"];
    let issuer_of = |tenant: &str| format!("{}/{tenant}/v2.0", issuer.url);
    let app = App::configured(&[
        ("OUTTURN_OIDC_ISSUERS", &issuer_of("{tenantid}")),
        ("OUTTURN_OIDC_TENANTS", listed),
        ("OUTTURN_OIDC_AUDIENCE", AUDIENCE),
    ]);
    for tenant in [listed, unlisted] {
        map(&app.admin(), &issuer_of(tenant), "Staff", json!({})).await;
    }
    let token =
        |iss: &str, tid: &str| key.sign(&claims(&issuer_of(iss), json!({ "tid": tid, "roles": ["Staff"] })));
    let status = async |token: String| app.bearer(&token).get("/v1/me").await.status;
    assert_eq!(status(token(unlisted, unlisted)).await, 401);
    assert_eq!(status(token("{tenantid}", listed)).await, 401);
    assert_eq!(issuer.request_counts(), (0, 0));
    assert_eq!(status(token(listed, listed)).await, 200);
    assert_eq!(status(token(listed, unlisted)).await, 401, "the issuer of one tenant with the id of another");
    assert_eq!(issuer.request_counts(), (1, 1));
}

#[tokio::test]
async fn own_tokens_and_provider_tokens_are_not_interchangeable() {
    let fixture = Fixture::new(TokenKey::rsa("k1")).await;
    // A token of this server with the provider's issuer and audience, signed with the server's key.
    let parties = Parties { issuer: fixture.issuer.url.clone(), audience: AUDIENCE.into() };
    let own_tokens =
        Tokens::new(parties, SigningKey::from_pkcs8(&fixture.app.key).expect("a key"), Vec::new());
    let token = own_tokens.mint("ada", Role::Admin, &[], Duration::from_secs(60)).expect("a token");
    fixture.assert_refused("an own token with the provider's issuer", &token).await;
    // A token of the provider with this server's issuer and audience, and a role.
    let claims =
        json!({ "iss": "outturn", "aud": "outturn-api", "role": "admin", "jti": uuid::Uuid::now_v7() });
    fixture.assert_refused("a provider token with the own issuer", &fixture.token(claims)).await;
    let mut header = fixture.key.header();
    header.typ = Some("at+jwt".into());
    let claims = fixture.claims(json!({ "role": "admin", "client_id": uuid::Uuid::now_v7() }));
    let token = jsonwebtoken::encode(&header, &claims, &fixture.key.private).expect("a token");
    let me = fixture.app.bearer(&token).read("/v1/me").await;
    assert_eq!(me["role"], "officer", "the mapping decides the role, not the claim");
    fixture.app.admin().get("/v1/accounts").await.expect(200);
}

#[tokio::test]
async fn without_configuration_no_provider_token_is_accepted() {
    let key = TokenKey::rsa("k1");
    let (issuer, app) = (Issuer::new(&[&key]), App::new());
    map(&app.admin(), &issuer.url, "Staff", json!({})).await;
    let token = key.sign(&issuer.claims(json!({ "roles": ["Staff"] })));
    app.bearer(&token).get("/v1/me").await.expect(401);
    assert_eq!(issuer.request_counts(), (0, 0));
}
