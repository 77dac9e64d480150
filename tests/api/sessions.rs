//! People: signing in, staying signed in by refresh tokens that count once, signing out.

use outturn::accounts::hashing;
use outturn::accounts::sessions::model::RefreshToken;
use outturn::accounts::sessions::queries;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization;

use crate::support::{Answer, App, Person, id, run_alone};

pub const PASSWORD: &str = "a long phrase of hers";
const COOKIE: &str = "__Secure-outturn_refresh";

/// A user with a password.
pub async fn user(admin: &Person) -> Value {
    let body = json!({ "kind": "user", "name": "Olive", "email": "Olive@example.org", "role": "officer", "password": PASSWORD });
    admin.make("/v1/accounts", body).await
}

pub async fn sign_in(stranger: &Person, email: &str, password: &str) -> Answer {
    stranger.post("/v1/auth/sessions", json!({ "email": email, "password": password })).await
}

/// Signs Olive in: her access token, and her refresh token as the cookie keeps it.
pub async fn signed_in(stranger: &Person) -> (String, String) {
    let answer = sign_in(stranger, "olive@example.org", PASSWORD).await.expect(201);
    (access(&answer), cookie(&answer))
}

pub fn access(answer: &Answer) -> String {
    answer.body["access_token"].as_str().unwrap_or_else(|| panic!("{}", answer.text)).to_owned()
}

/// What an answer's cookie keeps.
pub fn cookie(answer: &Answer) -> String {
    let set = answer.header("set-cookie");
    let value = set.strip_prefix(COOKIE).and_then(|rest| rest.strip_prefix('=')).unwrap_or_default();
    value.split(';').next().unwrap_or_default().to_owned()
}

/// A refresh as a browser asks for it.
pub fn by_cookie(stranger: &Person, kept: &str) -> RequestBuilder {
    let request = stranger.request(Method::POST, "/v1/auth/token");
    request.header("Cookie", format!("theme=dark; {COOKIE}={kept}")).form(&[("grant_type", "refresh_token")])
}

pub async fn refresh(stranger: &Person, token: &str) -> Answer {
    let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
    stranger.send(stranger.request(Method::POST, "/v1/auth/token").form(&form)).await
}

fn refreshed(answer: &Answer) -> (String, String) {
    assert_eq!(answer.status, 200, "{}", answer.text);
    (access(answer), answer.body["refresh_token"].as_str().expect("a refresh token").to_owned())
}

pub fn assert_refused(answer: &Answer, error: &str) {
    assert_eq!((answer.status, &answer.body["error"]), (400, &json!(error)), "{}", answer.text);
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn a_person_signs_in_and_the_browser_alone_sees_the_refresh_token() {
    let app = App::new();
    let olive = user(&app.admin()).await;
    let answer = sign_in(&app.stranger(), "OLIVE@example.org", PASSWORD).await.expect(201);
    assert_eq!(
        (&answer.body["token_type"], &answer.body["expires_in"], answer.header("cache-control")),
        (&json!("Bearer"), &json!(900), "no-store")
    );
    assert_eq!(answer.body.as_object().expect("an object").len(), 3, "{}", answer.text);
    let kept = cookie(&answer);
    let attributes = "; HttpOnly; SameSite=Strict; Secure; Path=/v1/auth; Max-Age=43200";
    assert_eq!(answer.header("set-cookie"), format!("{COOKIE}={kept}{attributes}"));
    assert_eq!(kept.len(), 75);
    let me = app.bearer(&access(&answer)).read("/v1/me").await;
    assert_eq!((&me["subject"], &me["role"]), (&olive["id"], &json!("officer")));
    let rows = app.texts("SELECT row_to_json(s)::text AS t FROM sessions s").await;
    assert!(rows.len() == 1 && !rows[0].contains(&kept[32..]), "a hash alone is kept: {rows:?}");
}

#[tokio::test]
async fn a_wrong_pair_is_refused_in_one_way_whatever_is_wrong() {
    let app = App::new();
    let admin = app.admin();
    let olive = user(&admin).await;
    let without = json!({ "kind": "user", "name": "Nell", "email": "nell@example.org", "role": "officer" });
    admin.make("/v1/accounts", without).await;
    let stranger = app.stranger();
    let mut refusals = Vec::new();
    for (email, password) in [
        ("olive@example.org", "a long phrase of his"),
        ("nobody@example.org", PASSWORD),
        ("nell@example.org", PASSWORD),
    ] {
        refusals.push(sign_in(&stranger, email, password).await);
    }
    admin.delete(&format!("/v1/accounts/{}", id(&olive)), 1).await.expect(204);
    refusals.push(sign_in(&stranger, "olive@example.org", PASSWORD).await);
    for mut refused in refusals {
        refused = refused.expect(401);
        assert_eq!((refused.code(), refused.header("set-cookie")), ("wrong_credentials", ""));
        assert_eq!(refused.header("www-authenticate"), "Bearer realm=\"outturn\"");
    }
    let unfit = stranger.post("/v1/auth/sessions", json!({ "email": "olive", "secret": 1 })).await;
    assert_eq!(unfit.expect(422).faults().len(), 3);
    assert_eq!(app.number("SELECT count(*) AS n FROM sessions").await, 0);
}

#[tokio::test]
async fn a_password_that_is_easy_to_guess_is_refused_wherever_it_is_set() {
    let app = App::new();
    let admin = app.admin();
    let path = format!("/v1/accounts/{}", id(&user(&admin).await));
    for easy in [
        "aaaaaaaaaaaaaaa",
        "               ",
        "qwertyuiopasdfghjkl",
        "Olive@example.org",
        "oliveoliveolive",
        "outturnoutturnoutturn",
    ] {
        let body = json!({ "kind": "user", "name": "Olive", "email": "Olive@example.org", "role": "officer", "password": easy });
        for refused in
            [admin.post("/v1/accounts", body).await, admin.patch(&path, 1, json!({ "password": easy })).await]
        {
            let refused = refused.expect(422);
            assert_eq!(refused.faults(), ["#/password weak_password"], "{easy}");
            let detail = refused.body["errors"][0]["detail"].as_str().expect("a sentence");
            assert!(detail.contains("Use several unrelated words"), "{detail}");
        }
    }
    let short = admin.patch(&path, 1, json!({ "password": "x6 o?q Z81 b-t" })).await.expect(422);
    assert_eq!(short.faults(), ["#/password too_short"]);
    sign_in(&app.stranger(), "olive@example.org", PASSWORD).await.expect(201);
}

/// The same words in composed and in decomposed characters.
const COMPOSED: &str = "ein sch\u{f6}ner langer satz";
const DECOMPOSED: &str = "ein scho\u{308}ner langer satz";

#[tokio::test]
async fn a_password_is_compared_in_nfc_wherever_it_was_set() {
    let app = App::new();
    let admin = app.admin();
    let path = format!("/v1/accounts/{}", id(&user(&admin).await));
    for (version, password) in [(1, DECOMPOSED), (2, COMPOSED)] {
        admin.patch(&path, version, json!({ "password": password })).await.expect(200);
        for typed in [COMPOSED, DECOMPOSED] {
            sign_in(&app.stranger(), "olive@example.org", typed).await.expect(201);
        }
    }
    let nell = json!({ "kind": "user", "name": "Nell", "email": "nell@example.org", "role": "officer", "password": DECOMPOSED });
    admin.make("/v1/accounts", nell).await;
    sign_in(&app.stranger(), "nell@example.org", COMPOSED).await.expect(201);
    // Characters that only look alike are others: a ligature, full-width letters.
    admin.patch(&path, 3, json!({ "password": "fine long phrases of hers" })).await.expect(200);
    for other in ["\u{fb01}ne long phrases of hers", "\u{ff46}ine long phrases of hers"] {
        sign_in(&app.stranger(), "olive@example.org", other).await.expect(401);
    }
}

#[tokio::test]
async fn the_length_of_a_password_is_that_of_its_normal_form() {
    let app = App::new();
    let admin = app.admin();
    let path = format!("/v1/accounts/{}", id(&user(&admin).await));
    // One syllable is three characters as it is typed, and one in normal form.
    let syllables = |count: u32| -> String {
        let syllable = |n: u32| char::from_u32(0xac00 + (n * 7919) % 11_172).expect("a syllable");
        (0..count).map(syllable).nfd().collect()
    };
    let set =
        async |version, password: &str| admin.patch(&path, version, json!({ "password": password })).await;
    assert_eq!(set(1, &syllables(14)).await.expect(422).faults(), ["#/password too_short"]);
    assert_eq!(set(1, &syllables(201)).await.expect(422).faults(), ["#/password too_long"]);
    let longest = syllables(200);
    assert!(longest.chars().count() > 400);
    set(1, &longest).await.expect(200);
    sign_in(&app.stranger(), "olive@example.org", &longest).await.expect(201);
    for short in ["", "x6 o?q Z81 b-t"] {
        let refused = set(2, short).await.expect(422);
        assert_eq!(refused.faults(), ["#/password too_short"], "{short}");
        let detail = refused.body["errors"][0]["detail"].as_str().expect("a sentence");
        assert!(detail.contains("15 or more"), "{detail}");
    }
}

#[tokio::test]
async fn a_password_that_no_policy_allows_is_wrong_like_any_other_at_sign_in() {
    let app = App::configured(&[("OUTTURN_TRUSTED_PROXIES", "127.0.0.1")]);
    user(&app.admin()).await;
    let stranger = app.stranger();
    let sign_in = async |n: usize, password: &str| {
        // Each from an address of its own, as a delay after wrong passwords is of an address.
        let request = stranger.request(Method::POST, "/v1/auth/sessions");
        let request = request.header("X-Forwarded-For", format!("192.0.2.{n}"));
        stranger.send(request.json(&json!({ "email": "olive@example.org", "password": password }))).await
    };
    let without_id = |answer: &Answer| {
        let mut body = answer.body.clone();
        body["request_id"].take();
        body
    };
    let wrong = sign_in(0, "a long phrase of his").await.expect(401);
    let (endless, longest) = ("long ".repeat(100), "x".repeat(10_000));
    for (n, password) in ["", "x", " ", "aaaaaaaaaaaaaaa", &endless, &longest].into_iter().enumerate() {
        let refused = sign_in(n + 1, password).await;
        let length = password.len();
        assert_eq!((refused.status, without_id(&refused)), (401, without_id(&wrong)), "{length} bytes");
        for header in ["www-authenticate", "ratelimit-policy"] {
            assert_eq!(refused.header(header), wrong.header(header), "{length} bytes");
        }
    }
    let schema = &outturn::api::document()["components"]["schemas"];
    assert_eq!(schema["Password"]["minLength"], Value::Null, "the policy is not published at sign-in");
    // Set before there was a policy: short.
    let hash = hashing::hash("twelve chars").await.expect("a hash");
    app.sql(&format!("UPDATE accounts SET secret_hash = '{hash}'")).await;
    sign_in(9, "twelve chars").await.expect(201);
}

#[tokio::test]
async fn a_refresh_token_counts_once_and_each_use_gives_the_next() {
    let app = App::new();
    user(&app.admin()).await;
    let stranger = app.stranger();
    let (_, first) = signed_in(&stranger).await;
    let answer = refresh(&stranger, &first).await;
    let (access, second) = refreshed(&answer);
    assert_eq!((&answer.body["refresh_expires_in"], answer.header("set-cookie")), (&json!(43200), ""));
    app.bearer(&access).get("/v1/councils").await.expect(200);
    let by_browser = stranger.send(by_cookie(&stranger, &second)).await;
    assert_eq!((by_browser.status, &by_browser.body["refresh_token"]), (200, &Value::Null));
    let third = cookie(&by_browser);
    assert!(third != second && third.len() == 75);
    refreshed(&refresh(&stranger, &third).await);
}

#[tokio::test]
async fn a_refresh_token_used_twice_ends_the_session_and_all_its_tokens() {
    let app = App::new();
    user(&app.admin()).await;
    let stranger = app.stranger();
    let (first_access, first) = signed_in(&stranger).await;
    let (other_access, other) = signed_in(&stranger).await;
    let (second_access, second) = refreshed(&refresh(&stranger, &first).await);
    let reused = stranger.send(by_cookie(&stranger, &first)).await;
    assert_refused(&reused, "invalid_grant");
    assert!(reused.header("set-cookie").contains("Max-Age=0"), "the browser lets go of it");
    assert_refused(&refresh(&stranger, &second).await, "invalid_grant");
    for access in [first_access, second_access] {
        app.bearer(&access).get("/v1/councils").await.expect(401);
    }
    app.bearer(&other_access).get("/v1/councils").await.expect(200);
    refreshed(&refresh(&stranger, &other).await);
}

#[tokio::test]
async fn a_made_up_secret_ends_no_session() {
    let app = App::new();
    user(&app.admin()).await;
    let stranger = app.stranger();
    let (access, first) = signed_in(&stranger).await;
    let (_, token) = refreshed(&refresh(&stranger, &first).await);
    let session = &token[..32];
    for n in 0..100 {
        let guess = format!("{session}{n:0>43}");
        assert_refused(&refresh(&stranger, &guess).await, "invalid_grant");
        if n % 10 == 0 {
            assert_refused(&stranger.send(by_cookie(&stranger, &guess)).await, "invalid_grant");
            let sign_out = stranger.request(Method::DELETE, "/v1/auth/sessions/current");
            stranger.send(sign_out.header("Cookie", format!("{COOKIE}={guess}"))).await.expect(204);
        }
    }
    app.bearer(&access).get("/v1/councils").await.expect(200);
    let (_, token) = refreshed(&refresh(&stranger, &token).await);
    assert_eq!(app.number("SELECT count(*) AS n FROM used_refresh_tokens").await, 2);
    // The first token is a used one, however many came after it.
    assert_refused(&refresh(&stranger, &first).await, "invalid_grant");
    assert_refused(&refresh(&stranger, &token).await, "invalid_grant");
    app.bearer(&access).get("/v1/councils").await.expect(401);
    assert_eq!(app.number("SELECT count(*) AS n FROM used_refresh_tokens").await, 0);
}

#[tokio::test]
async fn of_twenty_uses_at_once_one_counts_at_most_and_then_the_session_is_over() {
    let app = App::new();
    user(&app.admin()).await;
    let stranger = app.stranger();
    let (_, token) = signed_in(&stranger).await;
    let uses = futures_util::future::join_all((0..20).map(|_| refresh(&stranger, &token))).await;
    assert_eq!(uses.iter().filter(|answer| answer.status == 200).count(), 1);
    assert_eq!(app.number("SELECT count(*) AS n FROM sessions").await, 0);
}

#[tokio::test]
async fn what_is_no_refresh_token_is_refused() {
    let app = App::new();
    user(&app.admin()).await;
    let stranger = app.stranger();
    let (access, token) = signed_in(&stranger).await;
    let another = format!("{}{}", uuid::Uuid::now_v7().simple(), &token[32..]);
    for shown in ["x", "ä".repeat(40).as_str(), &access, &another] {
        assert_refused(&refresh(&stranger, shown).await, "invalid_grant");
    }
    assert_refused(&refresh(&stranger, "").await, "invalid_grant");
    app.bearer(&access).get("/v1/councils").await.expect(200);
    refreshed(&refresh(&stranger, &token).await);
}

#[tokio::test]
async fn a_session_ends_when_it_is_idle_and_at_last_in_any_case() {
    let app = App::new();
    user(&app.admin()).await;
    let stranger = app.stranger();
    let (access, token) = signed_in(&stranger).await;
    let began = std::time::Instant::now();
    app.sql("UPDATE sessions SET created_at = now() - interval '14 days' + interval '10 minutes'").await;
    let answer = refresh(&stranger, &token).await;
    let (_, token) = refreshed(&answer);
    let left = answer.body["refresh_expires_in"].as_i64().expect("seconds");
    let slowness = i64::try_from(began.elapsed().as_secs()).expect("a number") + 1;
    assert!((600 - slowness..=600).contains(&left), "{left}");
    app.sql("UPDATE sessions SET expires_at = now() - interval '1 second'").await;
    app.bearer(&access).get("/v1/councils").await.expect(401);
    assert_refused(&refresh(&stranger, &token).await, "invalid_grant");
}

#[tokio::test]
async fn a_page_of_elsewhere_may_not_act_with_the_cookie() {
    let app = App::configured(&[("OUTTURN_CORS_ORIGINS", "https://app.example.org")]);
    user(&app.admin()).await;
    let stranger = app.stranger();
    let (access, mut kept) = signed_in(&stranger).await;
    let own = app.base.clone();
    for (name, value) in [
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "anything"),
        ("Origin", "null"),
        ("Origin", "http://localhost"),
    ] {
        let refused = stranger.send(by_cookie(&stranger, &kept).header(name, value)).await;
        assert_refused(&refused, "invalid_request");
        let sign_out = stranger.request(Method::DELETE, "/v1/auth/sessions/current");
        let sign_out = sign_out.header("Cookie", format!("{COOKIE}={kept}")).header(name, value);
        let refused = stranger.send(sign_out).await;
        assert!([400, 403].contains(&refused.status), "{}", refused.text);
    }
    app.bearer(&access).get("/v1/councils").await.expect(200);
    for (name, value) in [
        ("Sec-Fetch-Site", "same-origin"),
        ("Sec-Fetch-Site", "same-site"),
        ("Sec-Fetch-Site", "none"),
        ("Origin", "https://app.example.org"),
        ("Origin", &own),
    ] {
        let answer = stranger.send(by_cookie(&stranger, &kept).header(name, value)).await;
        assert_eq!(answer.status, 200, "{name} {value}: {}", answer.text);
        if value == "https://app.example.org" {
            let told = ["access-control-allow-origin", "access-control-allow-credentials"];
            assert_eq!(
                told.map(|name| answer.header(name)),
                [value, "true"],
                "its scripts may read the answer"
            );
        }
        kept = cookie(&answer);
    }
}

#[tokio::test]
async fn who_signs_out_is_out_and_may_do_so_twice() {
    let app = App::new();
    user(&app.admin()).await;
    let stranger = app.stranger();
    let sign_out = async |person: &Person, kept: Option<&str>| {
        let request = person.request(Method::DELETE, "/v1/auth/sessions/current");
        let request = match kept {
            Some(kept) => request.header("Cookie", format!("{COOKIE}={kept}")),
            None => request,
        };
        let answer = person.send(request).await.expect(204);
        let cleared = format!("{COOKIE}=; HttpOnly; SameSite=Strict; Secure; Path=/v1/auth; Max-Age=0");
        assert_eq!(answer.header("set-cookie"), cleared);
    };
    let (access, kept) = signed_in(&stranger).await;
    sign_out(&stranger, Some(&kept)).await;
    app.bearer(&access).get("/v1/councils").await.expect(401);
    assert_refused(&refresh(&stranger, &kept).await, "invalid_grant");
    sign_out(&stranger, Some(&kept)).await;
    sign_out(&stranger, Some("no token")).await;
    sign_out(&stranger, None).await;
    // Without a cookie the access token says whose session it is.
    let (access, kept) = signed_in(&stranger).await;
    sign_out(&app.bearer(&access), None).await;
    sign_out(&app.bearer(&access), None).await;
    assert_refused(&refresh(&stranger, &kept).await, "invalid_grant");
    app.bearer("no.such.token")
        .send(app.bearer("no.such.token").request(Method::DELETE, "/v1/auth/sessions/current"))
        .await
        .expect(401);
}

#[tokio::test]
async fn a_new_password_or_a_revocation_ends_every_session() {
    let app = App::new();
    let admin = app.admin();
    let path = format!("/v1/accounts/{}", id(&user(&admin).await));
    let stranger = app.stranger();
    let (access, token) = signed_in(&stranger).await;
    admin.patch(&path, 1, json!({ "name": "Olive B." })).await.expect(200);
    app.bearer(&access).get("/v1/councils").await.expect(200);
    admin.patch(&path, 2, json!({ "password": "another long phrase" })).await.expect(200);
    app.bearer(&access).get("/v1/councils").await.expect(401);
    assert_refused(&refresh(&stranger, &token).await, "invalid_grant");
    sign_in(&stranger, "olive@example.org", PASSWORD).await.expect(401);

    let answer = sign_in(&stranger, "olive@example.org", "another long phrase").await.expect(201);
    let (access, token) = (self::access(&answer), cookie(&answer));
    let version = admin.read(&path).await["version"].as_i64().expect("a version");
    admin.delete(&path, version).await.expect(204);
    app.bearer(&access).get("/v1/councils").await.expect(401);
    assert_refused(&refresh(&stranger, &token).await, "invalid_grant");
}

#[tokio::test]
async fn a_password_that_changes_while_somebody_signs_in_lets_nobody_in() {
    let app = App::new();
    let olive = id(&user(&app.admin()).await);
    let hash = app.texts("SELECT secret_hash AS t FROM accounts").await.remove(0);
    let (mut changing, mut signing_in) = (app.connection().await, app.connection().await);
    run_alone(&mut changing, "BEGIN").await;
    run_alone(&mut changing, "UPDATE accounts SET secret_hash = 'another'").await;
    // The old password was found right; meanwhile the change ends the sessions that it finds, and is done.
    let token = RefreshToken::generate(uuid::Uuid::now_v7()).expect("a token");
    let begin = queries::begin(&mut signing_in, olive, &hash, &token);
    let change = async {
        app.until_blocked(1).await;
        run_alone(&mut changing, "COMMIT").await;
    };
    let (begun, ()) = futures_util::future::join(begin, change).await;
    assert!(begun.expect("an answer").is_none());
    assert_eq!(app.number("SELECT count(*) AS n FROM sessions").await, 0);
}
