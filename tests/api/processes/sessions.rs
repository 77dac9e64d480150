//! Sessions and assertions across two servers.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use nix::sys::signal::Signal;
use reqwest::Method;
use serde_json::json;

use super::accounts::{labelled_value, run_with_input};
use super::server::{Server, command, data_dir};
use crate::assertions::{Key, claims, enter, present};
use crate::sessions::{PASSWORD, access, by_cookie, cookie, refresh, signed_in, user};
use crate::support::{App, Caller, id, poll_until};

/// Starts two servers on one database, with the keys of one directory.
fn start_two(app: &App, data: &std::path::Path) -> [Server; 2] {
    [0, 1].map(|_| {
        let mut serve = command(data, &["serve"]);
        serve.env("DATABASE_URL", app.url()).env("OUTTURN_RATE_LOGIN", "1000000/1s");
        Server::launch(serve)
    })
}

fn anonymous_callers(servers: &[Server; 2]) -> [Caller; 2] {
    [0, 1].map(|n| Caller::new(&servers[n].base, None))
}

async fn statuses(servers: &[Server; 2], token: &str) -> [u16; 2] {
    let caller = |n: usize| Caller::new(&servers[n].base, Some(token.to_owned()));
    [caller(0).get("/v1/councils").await.status, caller(1).get("/v1/councils").await.status]
}

#[tokio::test]
async fn a_session_is_valid_on_both_servers_and_ends_on_both() {
    let (app, data) = (App::new(), data_dir());
    let servers = start_two(&app, data.path());
    let (admin, [one, other]) = (servers[0].caller(data.path(), "admin"), anonymous_callers(&servers));
    let olive = user(&admin).await;

    // A session that ends on one server is refused by the other.
    let (token, first) = signed_in(&one).await;
    assert_eq!(statuses(&servers, &token).await, [200, 200]);
    let signing_out = Caller::new(&servers[1].base, Some(token.clone()));
    signing_out.send(signing_out.request(Method::DELETE, "/v1/auth/sessions/current")).await.expect(204);
    assert_eq!(statuses(&servers, &token).await, [401, 401]);
    assert_eq!(refresh(&one, &first).await.body["error"], "invalid_grant");

    // A refresh token that is used on both servers ends the session on both.
    let (token, first) = signed_in(&one).await;
    let refreshed = refresh(&other, &first).await;
    let second = access(&refreshed);
    assert_eq!(statuses(&servers, &second).await, [200, 200]);
    assert_eq!(refresh(&one, &first).await.body["error"], "invalid_grant");
    assert_eq!(statuses(&servers, &token).await, [401, 401]);
    assert_eq!(statuses(&servers, &second).await, [401, 401]);
    let next = refreshed.body["refresh_token"].as_str().expect("a token");
    assert_eq!(refresh(&other, next).await.body["error"], "invalid_grant");

    // A user who is revoked on one server is refused by the other.
    let (token, last) = signed_in(&one).await;
    admin.delete(&format!("/v1/accounts/{}", id(&olive)), 1).await.expect(204);
    assert_eq!(statuses(&servers, &token).await, [401, 401]);
    assert_eq!(refresh(&other, &last).await.body["error"], "invalid_grant");

    for server in servers {
        let (_, _, log) = server.stop(Signal::SIGTERM);
        for secret in [PASSWORD, &token, &first, &last, "Olive", "olive@"] {
            assert!(!log.to_lowercase().contains(&secret.to_lowercase()), "{secret} is in\n{log}");
        }
    }
}

#[tokio::test]
async fn a_cookie_sent_to_two_servers_at_once_gets_one_successor() {
    let (app, data) = (App::new(), data_dir());
    let servers = start_two(&app, data.path());
    user(&servers[0].caller(data.path(), "admin")).await;
    let anonymous_callers = anonymous_callers(&servers);
    let (_, sent_cookie) = signed_in(&anonymous_callers[0]).await;
    let refreshes = join_all((0..10).map(|n| {
        let anonymous = &anonymous_callers[n % 2];
        anonymous.send(by_cookie(anonymous, &sent_cookie))
    }));
    let responses = refreshes.await;
    assert!(responses.iter().all(|response| response.status == 200), "{responses:?}");
    let cookies: BTreeSet<String> = responses.iter().map(cookie).collect();
    assert_eq!(cookies.len(), 1);
    for response in &responses {
        assert_eq!(statuses(&servers, &access(response)).await, [200, 200]);
    }
    for server in servers {
        let (_, _, log) = server.stop(Signal::SIGTERM);
        assert!(cookies.iter().all(|cookie| !log.contains(&cookie[32..])), "the log contains no cookie");
    }
}

#[tokio::test]
async fn an_assertion_is_accepted_once_across_all_servers() {
    let (app, data) = (App::new(), data_dir());
    let servers = start_two(&app, data.path());
    let anonymous_callers = anonymous_callers(&servers);
    let key = Key::ed();
    let client = enter(&servers[0].caller(data.path(), "admin"), "crm", &[key.jwk("a")]).await;
    let assertion = key.assertion(&claims(&client, json!({})));
    let uses = join_all((0..20).map(|n| present(&anonymous_callers[n % 2], &assertion))).await;
    let statuses: Vec<u16> = uses.iter().map(|response| response.status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 19, "{statuses:?}");
    for server in servers {
        assert!(!server.stop(Signal::SIGTERM).2.contains(&assertion), "the log contains no assertion");
    }
}

#[tokio::test]
async fn expired_sessions_and_assertions_are_purged() {
    let (app, data) = (App::new(), data_dir());
    user(&app.admin()).await;
    signed_in(&app.anonymous()).await;
    let key = Key::ed();
    let client = enter(&app.admin(), "crm", &[key.jwk("a")]).await;
    present(&app.anonymous(), &key.assertion(&claims(&client, json!({})))).await;
    let remaining = "SELECT (SELECT count(*) FROM sessions) + (SELECT count(*) FROM used_assertions) AS n";
    assert_eq!(app.number(remaining).await, 2);
    app.sql("UPDATE sessions SET expires_at = now() - interval '1 second'").await;
    app.sql("UPDATE used_assertions SET expires_at = now() - interval '2 hours'").await;
    signed_in(&app.anonymous()).await;
    let _servers = start_two(&app, data.path());
    poll_until(async || app.number(remaining).await, |remaining| *remaining == 1).await;
}

#[tokio::test]
async fn a_client_with_keys_is_created_on_the_command_line_without_a_secret() {
    let (app, data) = (App::new(), data_dir());
    let file = data.path().join("jwks.json");
    let create = [
        "accounts",
        "create",
        "--role",
        "reporter",
        "--name",
        "bi",
        "--jwks",
        file.to_str().expect("a path"),
    ];
    let missing = run_with_input(data.path(), &app.url(), &create, "");
    assert!(String::from_utf8_lossy(&missing.stderr).contains("jwks.json: "), "the error names the file");
    let key = Key::ed();
    std::fs::write(&file, json!({ "keys": [key.jwk("a"), key.jwk("a")] }).to_string())
        .expect("the file is written");
    let duplicate = run_with_input(data.path(), &app.url(), &create, "");
    assert!(
        String::from_utf8_lossy(&duplicate.stderr)
            .contains("jwks/keys/1/kid: Another key of the list has this `kid`.")
    );
    std::fs::write(&file, json!({ "keys": [key.jwk("a")] }).to_string()).expect("the file is written");
    let created = run_with_input(data.path(), &app.url(), &create, "");
    assert_eq!(labelled_value(&created, "secret "), None);
    let client = json!({ "id": labelled_value(&created, "id ").expect("an id") });
    let response = present(&app.anonymous(), &key.assertion(&claims(&client, json!({})))).await;
    assert_eq!(response.status, 200, "{}", response.text);
}
