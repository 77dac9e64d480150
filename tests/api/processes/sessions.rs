//! What one server does to a session or an assertion holds at the other.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use nix::sys::signal::Signal;
use reqwest::Method;
use serde_json::json;

use super::accounts::{printed_word, told};
use super::server::{Server, command, data_dir};
use crate::assertions::{Key, claims, enter, present};
use crate::sessions::{PASSWORD, access, by_cookie, cookie, refresh, signed_in, user};
use crate::support::{App, Person, id, until};

/// Two servers over one database, with the keys of one directory.
fn two(app: &App, data: &std::path::Path) -> [Server; 2] {
    [0, 1].map(|_| {
        let mut serve = command(data, &["serve"]);
        serve.env("DATABASE_URL", app.url()).env("OUTTURN_RATE_LOGIN", "1000000/1s");
        Server::launch(serve)
    })
}

fn strangers(servers: &[Server; 2]) -> [Person; 2] {
    [0, 1].map(|n| Person::new(&servers[n].base, None))
}

async fn statuses(servers: &[Server; 2], token: &str) -> [u16; 2] {
    let ask = |n: usize| Person::new(&servers[n].base, Some(token.to_owned()));
    [ask(0).get("/v1/councils").await.status, ask(1).get("/v1/councils").await.status]
}

#[tokio::test]
async fn a_session_goes_on_at_either_server_and_is_over_at_both() {
    let (app, data) = (App::new(), data_dir());
    let servers = two(&app, data.path());
    let (admin, [one, other]) = (servers[0].person(data.path(), "admin"), strangers(&servers));
    let olive = user(&admin).await;

    // Signed out at the one, refused by the other.
    let (token, first) = signed_in(&one).await;
    assert_eq!(statuses(&servers, &token).await, [200, 200]);
    let leaving = Person::new(&servers[1].base, Some(token.clone()));
    leaving.send(leaving.request(Method::DELETE, "/v1/auth/sessions/current")).await.expect(204);
    assert_eq!(statuses(&servers, &token).await, [401, 401]);
    assert_eq!(refresh(&one, &first).await.body["error"], "invalid_grant");

    // A refresh token used at both ends the session at both.
    let (token, first) = signed_in(&one).await;
    let refreshed = refresh(&other, &first).await;
    let second = access(&refreshed);
    assert_eq!(statuses(&servers, &second).await, [200, 200]);
    assert_eq!(refresh(&one, &first).await.body["error"], "invalid_grant");
    assert_eq!(statuses(&servers, &token).await, [401, 401]);
    assert_eq!(statuses(&servers, &second).await, [401, 401]);
    let next = refreshed.body["refresh_token"].as_str().expect("a token");
    assert_eq!(refresh(&other, next).await.body["error"], "invalid_grant");

    // A user revoked at the one is refused by the other.
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
async fn a_cookie_shown_to_both_servers_at_once_gets_one_successor() {
    let (app, data) = (App::new(), data_dir());
    let servers = two(&app, data.path());
    user(&servers[0].person(data.path(), "admin")).await;
    let strangers = strangers(&servers);
    let (_, kept) = signed_in(&strangers[0]).await;
    let shown = join_all((0..10).map(|n| {
        let stranger = &strangers[n % 2];
        stranger.send(by_cookie(stranger, &kept))
    }));
    let answers = shown.await;
    assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
    let cookies: BTreeSet<String> = answers.iter().map(cookie).collect();
    assert_eq!(cookies.len(), 1);
    for answer in &answers {
        assert_eq!(statuses(&servers, &access(answer)).await, [200, 200]);
    }
    for server in servers {
        let (_, _, log) = server.stop(Signal::SIGTERM);
        assert!(cookies.iter().all(|cookie| !log.contains(&cookie[32..])), "no cookie is logged");
    }
}

#[tokio::test]
async fn an_assertion_counts_once_on_all_servers_together() {
    let (app, data) = (App::new(), data_dir());
    let servers = two(&app, data.path());
    let strangers = strangers(&servers);
    let key = Key::ed();
    let client = enter(&servers[0].person(data.path(), "admin"), "crm", &[key.jwk("a")]).await;
    let assertion = key.assertion(&claims(&client, json!({})));
    let uses = join_all((0..20).map(|n| present(&strangers[n % 2], &assertion))).await;
    let statuses: Vec<u16> = uses.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 19, "{statuses:?}");
    for server in servers {
        assert!(!server.stop(Signal::SIGTERM).2.contains(&assertion), "no assertion is logged");
    }
}

#[tokio::test]
async fn what_has_had_its_time_is_forgotten() {
    let (app, data) = (App::new(), data_dir());
    user(&app.admin()).await;
    signed_in(&app.stranger()).await;
    let key = Key::ed();
    let client = enter(&app.admin(), "crm", &[key.jwk("a")]).await;
    present(&app.stranger(), &key.assertion(&claims(&client, json!({})))).await;
    let left = "SELECT (SELECT count(*) FROM sessions) + (SELECT count(*) FROM used_assertions) AS n";
    assert_eq!(app.number(left).await, 2);
    app.sql("UPDATE sessions SET expires_at = now() - interval '1 second'").await;
    app.sql("UPDATE used_assertions SET expires_at = now() - interval '2 hours'").await;
    signed_in(&app.stranger()).await;
    let _servers = two(&app, data.path());
    until(async || app.number(left).await, |left| *left == 1).await;
}

#[tokio::test]
async fn a_client_with_keys_is_entered_at_the_console_and_has_no_secret() {
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
    let missing = told(data.path(), &app.url(), &create, "");
    assert!(String::from_utf8_lossy(&missing.stderr).contains("jwks.json: "), "the file is named");
    let key = Key::ed();
    std::fs::write(&file, json!({ "keys": [key.jwk("a"), key.jwk("a")] }).to_string()).expect("written");
    let twice = told(data.path(), &app.url(), &create, "");
    assert!(String::from_utf8_lossy(&twice.stderr).contains("jwks/keys/1/kid: Another key has this `kid`."));
    std::fs::write(&file, json!({ "keys": [key.jwk("a")] }).to_string()).expect("written");
    let made = told(data.path(), &app.url(), &create, "");
    assert_eq!(printed_word(&made, "secret "), None);
    let client = json!({ "id": printed_word(&made, "id ").expect("an id") });
    let answer = present(&app.stranger(), &key.assertion(&claims(&client, json!({})))).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}
