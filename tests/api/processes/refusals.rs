//! Why a token was refused: the log says it, and the caller is not told.

use std::time::Duration;

use jsonwebtoken::Header;
use nix::sys::signal::Signal;
use outturn::auth::Tokens;
use outturn::auth::token::{Parties, SigningKey};
use outturn::policy::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use super::server::{Server, command, data_dir, printed};
use crate::assertions::{self, Key, enter, present};
use crate::sessions::{refresh, signed_in, user};
use crate::support::{AUDIENCE, Answer, App, Issuer, Person, TokenKey, id, now};

/// A server that trusts an issuer, and what its answers must not say.
struct Refusals {
    server: Server,
    /// For each refusal the id of its request, and what the log must say.
    expected: Vec<(String, &'static str, &'static str)>,
    secrets: Vec<String>,
}

impl Refusals {
    fn expect(&mut self, answer: &Answer, kind: &'static str, reason: &'static str, shown: &str) {
        assert!([400, 401].contains(&answer.status), "{reason}: {}", answer.text);
        let told = format!("{:?} {}", answer.headers, answer.text);
        // RFC 6750 has the caller told that a token has expired, and nothing else.
        assert!(reason == "expired" || !told.contains(reason), "the caller is told {reason}: {told}");
        self.expected.push((answer.header("x-request-id").to_owned(), kind, reason));
        self.secrets.extend(shown.split('.').filter(|part| part.len() > 20).map(str::to_owned));
    }

    async fn bearer(&mut self, token: &str, kind: &'static str, reason: &'static str) {
        let answer = Person::new(&self.server.base, Some(token.to_owned())).get("/v1/me").await;
        self.expect(&answer, kind, reason, token);
    }

    /// Stops the server and looks for every refusal in its log.
    fn assert_logged(self) {
        let (_, _, log) = self.server.stop(Signal::SIGTERM);
        let lines: Vec<Value> = log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        for (request, kind, reason) in self.expected {
            let of_request = |line: &&Value| {
                line["message"] == "token refused" && line["span"]["request_id"] == request.as_str()
            };
            let found: Vec<&Value> = lines.iter().filter(of_request).collect();
            assert_eq!(found.len(), 1, "{kind}, {reason}: {found:?}");
            assert_eq!((&found[0]["kind"], &found[0]["level"]), (&json!(kind), &json!("INFO")));
            let said = found[0]["reason"].as_str().expect("a reason");
            assert!(said.contains(reason), "{kind}: {said:?} instead of {reason:?}");
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
async fn each_refused_token_of_a_provider_says_why_in_the_log_and_not_to_the_caller() {
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
        ("unknown key", Header { kid: Some("k9".into()), ..key.header() }),
        ("algorithm", Header { alg: jsonwebtoken::Algorithm::RS512, ..key.header() }),
    ] {
        refusals.bearer(&with_header(header), "provider", reason).await;
    }
    let forged = TokenKey::rsa("k1").sign(&issuer.claims(json!({})));
    refusals.bearer(&forged, "provider", "signature").await;
    refusals.assert_logged();
}

#[tokio::test]
async fn each_refused_token_of_ours_says_why_in_the_log_and_not_to_the_caller() {
    let (app, data) = (App::new(), data_dir());
    let mut refusals = start(&app, data.path(), "https://id.example.org");
    let console = printed(data.path(), &["token", "--role", "admin"]);
    let admin = Person::new(&refusals.server.base, Some(console.trim().to_owned()));
    let olive = user(&admin).await;
    let keys = std::fs::read_dir(data.path().join("keys")).expect("keys");
    let file = keys
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|end| end == "pk8"));
    let document = std::fs::read(file.expect("a key")).expect("a key");
    let minted = |issuer: &str, audience: &str, document: &[u8], lifetime| {
        let parties = Parties { issuer: issuer.into(), audience: audience.into() };
        let tokens = Tokens::new(parties, SigningKey::from_pkcs8(document).expect("a key"), Vec::new());
        tokens.mint("ada", Role::Admin, &[], Duration::from_secs(lifetime)).expect("a token")
    };
    let other = SigningKey::generate().expect("a key");
    refusals.bearer("no.such.token", "access", "not a JSON Web Token").await;
    refusals.bearer(&minted("outturn", "another", &document, 60), "access", "audience").await;
    refusals.bearer(&minted("outturn", "outturn-api", &other, 60), "access", "unknown key").await;
    let good = minted("outturn", "outturn-api", &document, 60);
    let (head, _) = good.rsplit_once('.').expect("a signature");
    refusals.bearer(&format!("{head}.{}", "A".repeat(86)), "access", "signature").await;
    let (token, first) = signed_in(&Person::new(&refusals.server.base, None)).await;
    let stranger = Person::new(&refusals.server.base, None);
    let scheme = stranger.request(reqwest::Method::GET, "/v1/me").header("Authorization", "Token abc");
    let answer = stranger.send(scheme).await;
    refusals.expect(&answer, "access", "not a bearer token", "");
    admin.delete(&format!("/v1/accounts/{}", id(&olive)), 1).await.expect(204);
    refusals.bearer(&token, "access", "revoked").await;
    let answer = refresh(&Person::new(&refusals.server.base, None), &first).await;
    refusals.expect(&answer, "refresh", "revoked", &first);
    refusals.assert_logged();
}

#[tokio::test]
async fn each_refused_refresh_token_and_assertion_says_why_in_the_log() {
    let (app, data) = (App::new(), data_dir());
    let mut refusals = start(&app, data.path(), "https://id.example.org");
    let admin = refusals.server.person(data.path(), "admin");
    let stranger = Person::new(&refusals.server.base, None);
    user(&admin).await;
    let (_, first) = signed_in(&stranger).await;
    let (_, over) = signed_in(&stranger).await;
    app.sql(&format!("UPDATE sessions SET expires_at = now() WHERE id = '{}'", &over[..32])).await;
    let unknown = format!("{}{}", Uuid::now_v7().simple(), &first[32..]);
    let made_up = format!("{}{}", &first[..32], "x".repeat(43));
    for (reason, shown) in [
        ("not a refresh token", "x"),
        ("no such session", unknown.as_str()),
        ("never had", &made_up),
        ("session is over", &over),
    ] {
        let answer = refresh(&stranger, shown).await;
        refusals.expect(&answer, "refresh", reason, shown);
    }
    assert_eq!(refresh(&stranger, &first).await.status, 200);
    let answer = refresh(&stranger, &first).await;
    refusals.expect(&answer, "refresh", "reused", &first);

    let key = Key::ed();
    let client = enter(&admin, "crm", &[key.jwk("a")]).await;
    let keyless =
        admin.make("/v1/accounts", json!({ "kind": "client", "name": "keyless", "role": "officer" })).await;
    let claims = |changes| assertions::claims(&client, changes);
    for (reason, assertion) in [
        ("not a JSON Web Token", "a.b.c".to_owned()),
        ("unknown client", key.assertion(&claims(json!({ "sub": Uuid::now_v7() })))),
        ("no keys", key.assertion(&assertions::claims(&keyless, json!({})))),
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
        let answer = present(&stranger, &assertion).await;
        refusals.expect(&answer, "assertion", reason, &assertion);
    }
    let assertion = key.assertion(&claims(json!({})));
    assert_eq!(present(&stranger, &assertion).await.status, 200);
    let answer = present(&stranger, &assertion).await;
    refusals.expect(&answer, "assertion", "used before", &assertion);
    refusals.assert_logged();
}
