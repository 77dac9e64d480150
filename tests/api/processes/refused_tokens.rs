//! The reason why a token is refused: the server logs it and does not return it.

use std::time::Duration;

use jsonwebtoken::Header;
use nix::sys::signal::Signal;
use outturn::access::Role;
use outturn::auth::Tokens;
use outturn::auth::token::{Parties, SigningKey};
use serde_json::{Value, json};
use uuid::Uuid;

use super::server::{Server, command, data_dir, stdout_of};
use crate::assertions::{self, Key, enter, present};
use crate::sessions::{refresh, signed_in, user};
use crate::support::{AUDIENCE, ApiResponse, App, Caller, Issuer, TokenKey, id, now};

/// A server that trusts an issuer, and the refusals that its log must contain.
struct Refusals {
    server: Server,
    /// The request id, the kind and the reason of each refusal.
    expected: Vec<(String, &'static str, &'static str)>,
    secrets: Vec<String>,
}

impl Refusals {
    fn expect(&mut self, response: &ApiResponse, kind: &'static str, reason: &'static str, token: &str) {
        assert!([400, 401].contains(&response.status), "{reason}: {}", response.text);
        let returned = format!("{:?} {}", response.headers, response.text);
        // RFC 6750 tells the caller that a token has expired, and no other reason.
        assert!(
            reason == "expired" || !returned.contains(reason),
            "the response contains {reason}: {returned}"
        );
        self.expected.push((response.header("x-request-id").to_owned(), kind, reason));
        self.secrets.extend(token.split('.').filter(|part| part.len() > 20).map(str::to_owned));
    }

    async fn bearer(&mut self, token: &str, kind: &'static str, reason: &'static str) {
        let response = Caller::new(&self.server.base, Some(token.to_owned())).get("/v1/me").await;
        self.expect(&response, kind, reason, token);
    }

    /// Stops the server and asserts that its log contains every refusal.
    fn assert_logged(self) {
        let (_, _, log) = self.server.stop(Signal::SIGTERM);
        let lines: Vec<Value> = log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        for (request, kind, reason) in self.expected {
            let of_request = |line: &&Value| {
                line["message"] == "token refused" && line["span"]["request_id"] == request.as_str()
            };
            let matches: Vec<&Value> = lines.iter().filter(of_request).collect();
            assert_eq!(matches.len(), 1, "{kind}, {reason}: {matches:?}");
            assert_eq!((&matches[0]["token_kind"], &matches[0]["level"]), (&json!(kind), &json!("INFO")));
            let logged = matches[0]["reason"].as_str().expect("a reason");
            assert!(logged.contains(reason), "{kind}: {logged:?} instead of {reason:?}");
        }
        for secret in self.secrets.iter().map(String::as_str).chain(["Nora", "pairwise-subject", "Olive"]) {
            assert!(!log.contains(secret), "{secret} is in the log: {log}");
        }
    }
}

fn start(app: &App, data: &std::path::Path, issuer: &str) -> Refusals {
    let mut serve = command(data, &["serve"]);
    serve.env("DATABASE_URL", app.url()).env("OUTTURN_RATE_LOGIN", "1000000/1s");
    serve.env("OUTTURN_OIDC_ISSUERS", issuer).env("OUTTURN_OIDC_AUDIENCE", AUDIENCE);
    Refusals { server: Server::launch(serve), expected: Vec::new(), secrets: Vec::new() }
}

#[tokio::test]
async fn the_reason_for_a_refused_provider_token_is_logged_but_not_returned() {
    let (app, data, key) = (App::new(), data_dir(), TokenKey::rsa("k1"));
    let issuer = Issuer::new(&[&key]);
    let mut refusals = start(&app, data.path(), &issuer.url);
    for (reason, changes) in [
        ("expired", json!({ "exp": now() - 40 })),
        ("not valid yet", json!({ "nbf": now() + 150 })),
        ("audience", json!({ "aud": "another" })),
        ("`aud`", json!({ "aud": null })),
        ("`sub`", json!({ "sub": null })),
        ("`exp`", json!({ "exp": "tomorrow" })),
        ("`nbf`", json!({ "nbf": "today" })),
        ("`groups`", json!({ "groups": 4 })),
        ("`roles`", json!({ "roles": [["Nora"]] })),
        ("not an access token", json!({ "nonce": "n" })),
        ("not an access token", json!({ "azp": null })),
    ] {
        refusals.bearer(&key.sign(&issuer.claims(changes)), "provider", reason).await;
    }
    let elsewhere = key.sign(&issuer.claims(json!({ "iss": "https://elsewhere.example" })));
    refusals.bearer(&elsewhere, "access", "issuer").await;
    let with_header = |header: Header| {
        jsonwebtoken::encode(&header, &issuer.claims(json!({})), &key.private).expect("a token")
    };
    for (reason, header) in [
        ("`typ`", Header { typ: Some("dpop+jwt".into()), ..key.header() }),
        ("`typ`", Header { typ: None, ..key.header() }),
        ("`crit`", Header { crit: Some(vec!["exp".into()]), ..key.header() }),
        ("`kid`", Header { kid: None, ..key.header() }),
        ("no known key", Header { kid: Some("k9".into()), ..key.header() }),
        ("algorithm", Header { alg: jsonwebtoken::Algorithm::RS512, ..key.header() }),
    ] {
        refusals.bearer(&with_header(header), "provider", reason).await;
    }
    let forged = TokenKey::rsa("k1").sign(&issuer.claims(json!({})));
    refusals.bearer(&forged, "provider", "signature").await;
    refusals.assert_logged();
}

#[tokio::test]
async fn the_reason_for_a_refused_access_token_is_logged_but_not_returned() {
    let (app, data) = (App::new(), data_dir());
    let mut refusals = start(&app, data.path(), "https://id.example.org");
    let console = stdout_of(data.path(), &["token", "--role", "admin"]);
    let admin = Caller::new(&refusals.server.base, Some(console.trim().to_owned()));
    let olive = user(&admin).await;
    let keys = std::fs::read_dir(data.path().join("keys")).expect("keys");
    let file = keys
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|end| end == "pk8"));
    let document = std::fs::read(file.expect("a key")).expect("a key");
    let mint = |issuer: &str, audience: &str, document: &[u8], lifetime| {
        let parties = Parties { issuer: issuer.into(), audience: audience.into() };
        let tokens = Tokens::new(parties, SigningKey::from_pkcs8(document).expect("a key"), Vec::new());
        tokens.mint("ada", Role::Admin, &[], Duration::from_secs(lifetime)).expect("a token")
    };
    let other = SigningKey::generate().expect("a key");
    refusals.bearer("no.such.token", "access", "not a JSON Web Token").await;
    refusals.bearer(&mint("outturn", "another", &document, 60), "access", "audience").await;
    refusals.bearer(&mint("outturn", "outturn-api", &other, 60), "access", "no known key").await;
    let good = mint("outturn", "outturn-api", &document, 60);
    let (head, _) = good.rsplit_once('.').expect("a signature");
    refusals.bearer(&format!("{head}.{}", "A".repeat(86)), "access", "signature").await;
    let (token, first) = signed_in(&Caller::new(&refusals.server.base, None)).await;
    let anonymous = Caller::new(&refusals.server.base, None);
    let scheme = anonymous.request(reqwest::Method::GET, "/v1/me").header("Authorization", "Token abc");
    let response = anonymous.send(scheme).await;
    refusals.expect(&response, "access", "not a bearer token", "");
    admin.delete(&format!("/v1/accounts/{}", id(&olive)), 1).await.expect(204);
    refusals.bearer(&token, "access", "revoked").await;
    let response = refresh(&Caller::new(&refusals.server.base, None), &first).await;
    refusals.expect(&response, "refresh", "revoked", &first);
    refusals.assert_logged();
}

#[tokio::test]
async fn the_reason_for_a_refused_refresh_token_or_assertion_is_logged() {
    let (app, data) = (App::new(), data_dir());
    let mut refusals = start(&app, data.path(), "https://id.example.org");
    let admin = refusals.server.caller(data.path(), "admin");
    let anonymous = Caller::new(&refusals.server.base, None);
    user(&admin).await;
    let (_, first) = signed_in(&anonymous).await;
    let (_, expired) = signed_in(&anonymous).await;
    app.sql(&format!("UPDATE sessions SET expires_at = now() WHERE id = '{}'", &expired[..32])).await;
    let unknown = format!("{}{}", Uuid::now_v7().simple(), &first[32..]);
    let forged = format!("{}{}", &first[..32], "x".repeat(43));
    for (reason, token) in [
        ("not a refresh token", "x"),
        ("no session has", unknown.as_str()),
        ("does not belong to its session", &forged),
        ("session has expired", &expired),
    ] {
        let response = refresh(&anonymous, token).await;
        refusals.expect(&response, "refresh", reason, token);
    }
    assert_eq!(refresh(&anonymous, &first).await.status, 200);
    let response = refresh(&anonymous, &first).await;
    refusals.expect(&response, "refresh", "used before", &first);

    let key = Key::ed();
    let client = enter(&admin, "crm", &[key.jwk("a")]).await;
    let keyless =
        admin.create("/v1/accounts", json!({ "kind": "client", "name": "keyless", "role": "officer" })).await;
    let claims = |changes| assertions::claims(&client, changes);
    for (reason, assertion) in [
        ("not a JSON Web Token", "a.b.c".to_owned()),
        ("no unrevoked client has", key.assertion(&claims(json!({ "sub": Uuid::now_v7() })))),
        ("no public keys", key.assertion(&assertions::claims(&keyless, json!({})))),
        ("signature", Key::ed().assertion(&claims(json!({})))),
        ("no key", Key::ed().assertion_with(&json!({ "alg": "EdDSA", "kid": "z" }), &claims(json!({})))),
        ("`crit`", key.assertion_with(&json!({ "alg": "EdDSA", "crit": ["x"] }), &claims(json!({})))),
        ("expired", key.assertion(&claims(json!({ "exp": now() - 90 })))),
        ("not valid yet", key.assertion(&claims(json!({ "nbf": now() + 150 })))),
        ("too far in the future", key.assertion(&claims(json!({ "exp": now() + 900 })))),
        ("audience", key.assertion(&claims(json!({ "aud": "another" })))),
        ("`iss`", key.assertion(&claims(json!({ "iss": Uuid::now_v7() })))),
        ("`jti`", key.assertion(&claims(json!({ "jti": "" })))),
        ("`jti`", key.assertion(&claims(json!({ "jti": null })))),
    ] {
        let response = present(&anonymous, &assertion).await;
        refusals.expect(&response, "assertion", reason, &assertion);
    }
    let assertion = key.assertion(&claims(json!({})));
    assert_eq!(present(&anonymous, &assertion).await.status, 200);
    let response = present(&anonymous, &assertion).await;
    refusals.expect(&response, "assertion", "used before", &assertion);
    refusals.assert_logged();
}
