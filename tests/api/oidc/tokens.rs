//! Which tokens count: each claim and the header must hold (RFC 8725).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use outturn::auth::Tokens;
use outturn::auth::token::{Parties, SigningKey};
use outturn::policy::Role;
use serde_json::{Value, json};
use std::time::Duration;

use super::{app_trusting, map};
use crate::support::{AUDIENCE, App, Issuer, TokenKey, claims, now};

/// A server, an issuer that it trusts, and a key of the issuer's; the app role `Staff` is an officer.
struct Forge {
    app: App,
    issuer: Issuer,
    key: TokenKey,
}

impl Forge {
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

    /// A good token whose claims are written so.
    fn sign_text(&self, claims: &str) -> String {
        let header = URL_SAFE_NO_PAD.encode(serde_json::to_string(&self.key.header()).expect("JSON"));
        let message = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims));
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &self.key.private, self.key.algorithm);
        format!("{message}.{}", signature.expect("a signature"))
    }

    async fn assert_refused(&self, what: &str, token: &str) {
        let answer = self.app.bearer(token).get("/v1/me").await;
        assert_eq!((answer.status, answer.code()), (401, "unauthenticated"), "{what}: {}", answer.text);
        assert!(answer.header("www-authenticate").contains("error=\"invalid_token\""), "{what}");
    }

    async fn assert_counts(&self, token: &str) {
        self.app.bearer(token).get("/v1/me").await.expect(200);
    }
}

#[tokio::test]
async fn a_good_token_is_somebody_whose_name_nobody_sees() {
    let forge = Forge::new(TokenKey::rsa("k1")).await;
    let me = forge.app.bearer(&forge.token(json!({}))).read("/v1/me").await;
    assert_eq!((&me["role"], &me["councils"]), (&json!("officer"), &json!([])));
    let subject = me["subject"].as_str().expect("a subject");
    assert!(subject.starts_with("oidc:") && subject.len() == 37, "{subject}");
    // As the manual tells an operator to find somebody.
    let known = format!("{} oid 0198c5b0-0000-7000-8000-00000000001d", forge.issuer.url);
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, known.as_bytes());
    let digits: String = digest.as_ref()[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(subject, format!("oidc:{digits}"));
    let same = forge.token(json!({ "sub": "of another application", "name": "renamed" }));
    assert_eq!(forge.app.bearer(&same).read("/v1/me").await["subject"], subject, "oid is who it is");
    let another = forge.token(json!({ "oid": "0198c5b0-0000-7000-8000-00000000002d" }));
    assert_ne!(forge.app.bearer(&another).read("/v1/me").await["subject"], subject);
    let without = |sub: &str| forge.token(json!({ "oid": null, "tid": null, "sub": sub }));
    let [one, other] = [without("one"), without("other")];
    let subjects =
        [forge.app.bearer(&one).read("/v1/me").await, forge.app.bearer(&other).read("/v1/me").await];
    assert_ne!(subjects[0]["subject"], subjects[1]["subject"], "without an oid sub is");
}

#[tokio::test]
async fn an_elliptic_curve_signs_as_well() {
    let forge = Forge::new(TokenKey::ec("k1")).await;
    forge.assert_counts(&forge.token(json!({}))).await;
    forge.assert_counts(&forge.with_header(|header| header.typ = Some("at+jwt".into()))).await;
}

#[tokio::test]
async fn times_may_have_fractions_and_be_integral_floats() {
    let forge = Forge::new(TokenKey::rsa("k1")).await;
    let now = now() as f64;
    for changes in [
        json!({ "exp": now + 600.25 }),
        json!({ "exp": now + 600.0, "nbf": now - 10.0, "iat": now - 10.0 }),
        json!({ "exp": now + 600.75, "nbf": now - 9.5, "iat": now - 9.5 }),
        json!({ "iat": now - 0.001 }),
    ] {
        forge.assert_counts(&forge.token(changes)).await;
    }
    let claims = forge.claims(json!({}));
    let (written, end) = (claims.to_string(), claims["exp"].as_u64().expect("seconds"));
    for spelled in [format!("{end}.0"), format!("{end}e0"), format!("{end}00E-2")] {
        let claims = written.replace(&format!("\"exp\":{end}"), &format!("\"exp\":{spelled}"));
        assert_ne!(claims, written);
        forge.assert_counts(&forge.sign_text(&claims)).await;
    }
    for (what, changes) in [
        ("ended", json!({ "exp": now - 40.5 })),
        ("not yet", json!({ "nbf": now + 150.5 })),
        ("an end that is text", json!({ "exp": format!("{}", now + 600.0) })),
        ("an end before all", json!({ "exp": -1.5 })),
        ("an end that is a truth", json!({ "exp": true })),
    ] {
        forge.assert_refused(what, &forge.token(changes)).await;
    }
}

#[tokio::test]
async fn groups_and_roles_may_be_one_text_or_null() {
    let forge = Forge::new(TokenKey::rsa("k1")).await;
    let by_group = json!({ "name": "Group", "issuer": forge.issuer.url, "claim": "groups", "value": "staff", "role": "reporter" });
    forge.app.admin().make("/v1/role-mappings", by_group).await;
    let role = async |claims: Value| {
        let token = forge.key.sign(&claims);
        forge.app.bearer(&token).read("/v1/me").await["role"].clone()
    };
    let with = |name: &str, value: Value| {
        let mut claims = forge.claims(json!({ "roles": null }));
        claims[name] = value;
        claims
    };
    assert_eq!(role(with("roles", json!("Staff"))).await, "officer");
    assert_eq!(role(with("groups", json!("staff"))).await, "reporter");
    assert_eq!(role(with("groups", json!(["other", "staff"]))).await, "reporter");
    let mut claims = with("roles", json!("Staff"));
    claims["groups"] = Value::Null;
    assert_eq!(role(claims).await, "officer");
    for nothing in [json!(null), json!([]), json!(""), json!("another")] {
        let mut claims = with("roles", nothing.clone());
        claims["groups"] = Value::Null;
        let refused = forge.app.bearer(&forge.key.sign(&claims)).get("/v1/me").await.expect(403);
        assert_eq!(refused.code(), "no_role", "{nothing}");
    }
    // Another provider's claims of the names that Entra uses say nothing.
    let other = forge.token(json!({ "oid": "u-17", "tid": 4 }));
    forge.assert_counts(&other).await;
}

#[tokio::test]
async fn the_type_of_a_token_may_be_spelled_as_a_media_type_in_any_case() {
    let forge = Forge::new(TokenKey::rsa("k1")).await;
    for typ in
        ["at+jwt", "AT+JWT", "application/at+jwt", "Application/AT+JWT", "JWT", "jwt", "application/jwt"]
    {
        forge.assert_counts(&forge.with_header(|header| header.typ = Some(typ.into()))).await;
    }
    for typ in [
        "application/",
        "text/at+jwt",
        "application/application/at+jwt",
        "application/dpop+jwt",
        "at+jwt;v=1",
    ] {
        forge.assert_refused(typ, &forge.with_header(|header| header.typ = Some(typ.into()))).await;
    }
}

#[tokio::test]
async fn each_claim_must_hold() {
    let forge = Forge::new(TokenKey::rsa("k1")).await;
    forge.assert_counts(&forge.token(json!({ "aud": ["another", AUDIENCE] }))).await;
    forge.assert_counts(&forge.token(json!({ "exp": now() - 5, "nbf": now() + 15 }))).await;
    forge.assert_counts(&forge.token(json!({ "azp": null, "appid": "x", "client_id": "x" }))).await;
    for (what, changes) in [
        ("another issuer", json!({ "iss": "https://elsewhere.example" })),
        ("the issuer with a slash", json!({ "iss": format!("{}/", forge.issuer.url) })),
        ("issuers", json!({ "iss": [forge.issuer.url] })),
        ("no issuer", json!({ "iss": null })),
        ("another audience", json!({ "aud": "00000003-0000-0000-c000-000000000000" })),
        ("our audience for tokens of our own", json!({ "aud": "outturn-api" })),
        ("no audience", json!({ "aud": null })),
        ("no end", json!({ "exp": null })),
        ("ended", json!({ "exp": now() - 40 })),
        ("not yet", json!({ "nbf": now() + 150 })),
        ("a beginning that is no time", json!({ "nbf": "soon" })),
        ("no subject", json!({ "sub": null })),
        ("groups that are none", json!({ "groups": { "staff": true } })),
        ("a group that is a number", json!({ "groups": ["staff", 4] })),
        ("roles that are none", json!({ "roles": 4 })),
        ("an ID token", json!({ "azp": null })),
        ("an ID token with a nonce", json!({ "nonce": "n" })),
        ("an ID token beside an access token", json!({ "at_hash": "h" })),
    ] {
        forge.assert_refused(what, &forge.token(changes)).await;
    }
    let ended = forge.app.bearer(&forge.token(json!({ "exp": now() - 40 }))).get("/v1/me").await;
    assert!(ended.header("www-authenticate").contains("has expired"));
}

#[tokio::test]
async fn header_and_algorithm_are_pinned() {
    let forge = Forge::new(TokenKey::rsa("k1")).await;
    forge.assert_counts(&forge.with_header(|_| ())).await;
    for (what, token) in [
        ("another type", forge.with_header(|header| header.typ = Some("dpop+jwt".into()))),
        ("no type", forge.with_header(|header| header.typ = None)),
        ("no key id", forge.with_header(|header| header.kid = None)),
        ("an extension", forge.with_header(|header| header.crit = Some(vec!["exp".into()]))),
        ("another RSA algorithm", forge.with_header(|header| header.alg = Algorithm::PS256)),
        ("a longer digest", forge.with_header(|header| header.alg = Algorithm::RS512)),
        ("another key under this one's id", TokenKey::rsa("k1").sign(&forge.claims(json!({})))),
        ("a curve's key under this one's id", TokenKey::ec("k1").sign(&forge.claims(json!({})))),
    ] {
        forge.assert_refused(what, &token).await;
    }
    let good = forge.token(json!({}));
    let parts: Vec<&str> = good.split('.').collect();
    for alg in ["none", "NONE", "HS256", "RS256 "] {
        let header = URL_SAFE_NO_PAD.encode(json!({ "alg": alg, "typ": "JWT", "kid": "k1" }).to_string());
        forge.assert_refused(alg, &format!("{header}.{}.", parts[1])).await;
        forge.assert_refused(alg, &format!("{header}.{}.{}", parts[1], parts[2])).await;
    }
    let raised = URL_SAFE_NO_PAD.encode(forge.claims(json!({ "roles": ["Admin"] })).to_string());
    forge.assert_refused("other claims", &format!("{}.{raised}.{}", parts[0], parts[2])).await;
}

#[tokio::test]
async fn a_public_key_is_no_secret_and_no_key_of_another_kind() {
    let (rsa, ec) = (TokenKey::rsa("r"), TokenKey::ec("e"));
    let forge = Forge::new(rsa).await;
    forge.issuer.publish(&[&forge.key, &ec]);
    forge.assert_counts(&ec.sign(&forge.claims(json!({})))).await;
    let published = forge.key.published();
    let modulus = URL_SAFE_NO_PAD.decode(published["n"].as_str().expect("n")).expect("base64");
    for secret in [modulus, published.to_string().into_bytes()] {
        let header = Header { alg: Algorithm::HS256, ..forge.key.header() };
        let key = EncodingKey::from_secret(&secret);
        let token = jsonwebtoken::encode(&header, &forge.claims(json!({})), &key).expect("a token");
        forge.assert_refused("the public key as a secret", &token).await;
    }
    // A header of the one kind over the other's key id, signed by either.
    let rs_over_ec = Header { kid: Some("e".into()), ..forge.key.header() };
    let token = jsonwebtoken::encode(&rs_over_ec, &forge.claims(json!({})), &forge.key.private);
    forge.assert_refused("RS256 over a curve's key", &token.expect("a token")).await;
    let es_over_rsa = Header { kid: Some("r".into()), ..ec.header() };
    let token = jsonwebtoken::encode(&es_over_rsa, &forge.claims(json!({})), &ec.private);
    forge.assert_refused("ES256 over an RSA key", &token.expect("a token")).await;
}

#[tokio::test]
async fn a_tenant_that_is_not_listed_is_refused_and_nobody_is_asked_about_it() {
    let key = TokenKey::rsa("k1");
    let issuer = Issuer::new(&[&key]);
    let [ours, others] = ["0198c5b0-0000-7000-8000-0000000000aa", "0198c5b0-0000-7000-8000-0000000000bb"];
    let of = |tenant: &str| format!("{}/{tenant}/v2.0", issuer.url);
    let app = App::configured(&[
        ("OUTTURN_OIDC_ISSUERS", &of("{tenantid}")),
        ("OUTTURN_OIDC_TENANTS", ours),
        ("OUTTURN_OIDC_AUDIENCE", AUDIENCE),
    ]);
    for tenant in [ours, others] {
        map(&app.admin(), &of(tenant), "Staff", json!({})).await;
    }
    let token = |iss: &str, tid: &str| key.sign(&claims(&of(iss), json!({ "tid": tid, "roles": ["Staff"] })));
    let status = async |token: String| app.bearer(&token).get("/v1/me").await.status;
    assert_eq!(status(token(others, others)).await, 401);
    assert_eq!(status(token("{tenantid}", ours)).await, 401);
    assert_eq!(issuer.asked(), (0, 0));
    assert_eq!(status(token(ours, ours)).await, 200);
    assert_eq!(status(token(ours, others)).await, 401, "the issuer of one tenant, the id of another");
    assert_eq!(issuer.asked(), (1, 1));
}

#[tokio::test]
async fn our_tokens_and_theirs_are_not_taken_for_each_other() {
    let forge = Forge::new(TokenKey::rsa("k1")).await;
    // Ours, under their name: signed with our key, and said to be meant for them.
    let parties = Parties { issuer: forge.issuer.url.clone(), audience: AUDIENCE.into() };
    let ours = Tokens::new(parties, SigningKey::from_pkcs8(&forge.app.key).expect("a key"), Vec::new());
    let token = ours.mint("ada", Role::Admin, &[], Duration::from_secs(60)).expect("a token");
    forge.assert_refused("ours under their name", &token).await;
    // Theirs, under our name, with a role as our tokens have one.
    let claims =
        json!({ "iss": "outturn", "aud": "outturn-api", "role": "admin", "jti": uuid::Uuid::now_v7() });
    forge.assert_refused("theirs under our name", &forge.token(claims)).await;
    let mut header = forge.key.header();
    header.typ = Some("at+jwt".into());
    let claims = forge.claims(json!({ "role": "admin", "client_id": uuid::Uuid::now_v7() }));
    let token = jsonwebtoken::encode(&header, &claims, &forge.key.private).expect("a token");
    let me = forge.app.bearer(&token).read("/v1/me").await;
    assert_eq!(me["role"], "officer", "the mapping says what it may, whatever the token claims");
    forge.app.admin().get("/v1/accounts").await.expect(200);
}

#[tokio::test]
async fn without_configuration_nothing_is_accepted_and_nobody_is_asked() {
    let key = TokenKey::rsa("k1");
    let (issuer, app) = (Issuer::new(&[&key]), App::new());
    map(&app.admin(), &issuer.url, "Staff", json!({})).await;
    let token = key.sign(&issuer.claims(json!({ "roles": ["Staff"] })));
    app.bearer(&token).get("/v1/me").await.expect(401);
    assert_eq!(issuer.asked(), (0, 0));
}
