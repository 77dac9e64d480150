//! The rules for passwords, when an account gets one and at sign-in.

use outturn::accounts::hashing;
use reqwest::Method;
use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization;

use super::{PASSWORD, sign_in, user};
use crate::support::{ApiResponse, App, id};

#[tokio::test]
async fn a_weak_password_is_refused_for_new_and_existing_accounts() {
    let app = App::new();
    let admin = app.admin();
    let path = format!("/v1/accounts/{}", id(&user(&admin).await));
    for weak in [
        "aaaaaaaaaaaaaaa",
        "               ",
        "qwertyuiopasdfghjkl",
        "Olive@example.org",
        "oliveoliveolive",
        "outturnoutturnoutturn",
    ] {
        let body = json!({ "kind": "user", "name": "Olive", "email": "Olive@example.org", "role": "officer", "password": weak });
        for refused in
            [admin.post("/v1/accounts", body).await, admin.patch(&path, 1, json!({ "password": weak })).await]
        {
            let refused = refused.expect(422);
            assert_eq!(refused.field_errors(), ["#/password weak_password"], "{weak}");
            let detail = refused.body["errors"][0]["detail"].as_str().expect("a sentence");
            assert!(detail.contains("Use several unrelated words"), "{detail}");
        }
    }
    let short = admin.patch(&path, 1, json!({ "password": "x6 o?q Z81 b-t" })).await.expect(422);
    assert_eq!(short.field_errors(), ["#/password too_short"]);
    sign_in(&app.anonymous(), "olive@example.org", PASSWORD).await.expect(201);
}

/// The same password in composed and in decomposed characters.
const COMPOSED: &str = "ein sch\u{f6}ner langer satz";
const DECOMPOSED: &str = "ein scho\u{308}ner langer satz";

#[tokio::test]
async fn passwords_are_compared_in_normal_form() {
    let app = App::new();
    let admin = app.admin();
    let path = format!("/v1/accounts/{}", id(&user(&admin).await));
    for (version, password) in [(1, DECOMPOSED), (2, COMPOSED)] {
        admin.patch(&path, version, json!({ "password": password })).await.expect(200);
        for typed in [COMPOSED, DECOMPOSED] {
            sign_in(&app.anonymous(), "olive@example.org", typed).await.expect(201);
        }
    }
    let nell = json!({ "kind": "user", "name": "Nell", "email": "nell@example.org", "role": "officer", "password": DECOMPOSED });
    admin.create("/v1/accounts", nell).await;
    sign_in(&app.anonymous(), "nell@example.org", COMPOSED).await.expect(201);
    // Normalisation keeps compatibility characters: a ligature and full-width letters stay
    // distinct.
    admin.patch(&path, 3, json!({ "password": "fine long phrases of hers" })).await.expect(200);
    for other in ["\u{fb01}ne long phrases of hers", "\u{ff46}ine long phrases of hers"] {
        sign_in(&app.anonymous(), "olive@example.org", other).await.expect(401);
    }
}

#[tokio::test]
async fn the_length_of_a_password_is_that_of_its_normal_form() {
    let app = App::new();
    let admin = app.admin();
    let path = format!("/v1/accounts/{}", id(&user(&admin).await));
    // A syllable is three characters when decomposed and one in normal form.
    let syllables = |count: u32| -> String {
        let syllable = |n: u32| char::from_u32(0xac00 + (n * 7919) % 11_172).expect("a syllable");
        (0..count).map(syllable).nfd().collect()
    };
    let set_password =
        async |version, password: &str| admin.patch(&path, version, json!({ "password": password })).await;
    assert_eq!(set_password(1, &syllables(14)).await.expect(422).field_errors(), ["#/password too_short"]);
    assert_eq!(set_password(1, &syllables(201)).await.expect(422).field_errors(), ["#/password too_long"]);
    let longest = syllables(200);
    assert!(longest.chars().count() > 400);
    set_password(1, &longest).await.expect(200);
    sign_in(&app.anonymous(), "olive@example.org", &longest).await.expect(201);
    for short in ["", "x6 o?q Z81 b-t"] {
        let refused = set_password(2, short).await.expect(422);
        assert_eq!(refused.field_errors(), ["#/password too_short"], "{short}");
        let detail = refused.body["errors"][0]["detail"].as_str().expect("a sentence");
        assert!(detail.contains("15 or more"), "{detail}");
    }
}

#[tokio::test]
async fn a_sign_in_treats_a_password_that_breaks_the_policy_as_a_wrong_one() {
    let app = App::configured(&[("OUTTURN_TRUSTED_PROXIES", "127.0.0.1")]);
    user(&app.admin()).await;
    let anonymous = app.anonymous();
    let sign_in = async |n: usize, password: &str| {
        // Each attempt has its own address, because the delay after wrong passwords applies per
        // address.
        let request = anonymous.request(Method::POST, "/v1/auth/sessions");
        let request = request.header("X-Forwarded-For", format!("192.0.2.{n}"));
        anonymous.send(request.json(&json!({ "email": "olive@example.org", "password": password }))).await
    };
    let without_id = |response: &ApiResponse| {
        let mut body = response.body.clone();
        body["request_id"].take();
        body
    };
    let wrong = sign_in(0, "a long phrase of his").await.expect(401);
    let (repeated, longest) = ("long ".repeat(100), "x".repeat(10_000));
    for (n, password) in ["", "x", " ", "aaaaaaaaaaaaaaa", &repeated, &longest].into_iter().enumerate() {
        let refused = sign_in(n + 1, password).await;
        let length = password.len();
        assert_eq!((refused.status, without_id(&refused)), (401, without_id(&wrong)), "{length} bytes");
        for header in ["www-authenticate", "ratelimit-policy"] {
            assert_eq!(refused.header(header), wrong.header(header), "{length} bytes");
        }
    }
    let schema = &outturn::openapi::document()["components"]["schemas"];
    assert_eq!(
        schema["Password"]["minLength"],
        Value::Null,
        "the schema for sign-in does not publish the policy"
    );
    // A short password that was set before the policy existed.
    let hash = hashing::hash("twelve chars").await.expect("a hash");
    app.sql(&format!("UPDATE accounts SET secret_hash = '{hash}'")).await;
    sign_in(9, "twelve chars").await.expect(201);
}
