//! Idempotency-Key: a retry is answered as the first request was, and does nothing.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, App, Made, Person, RESOURCES, World, id, run_alone};

async fn post(person: &Person, path: &str, key: &str, body: &Value) -> Answer {
    person.send(person.request(Method::POST, path).header("Idempotency-Key", key).json(body)).await
}

async fn total(person: &Person, path: &str) -> i64 {
    person.read(&format!("{path}?total=true&limit=1")).await["total"].as_i64().expect("a total")
}

#[tokio::test]
async fn every_post_is_answered_again_byte_for_byte_and_done_once() {
    let app = App::new();
    let world = World::new(&app).await;
    let admin = &world.made.0;
    for (n, resource) in RESOURCES.iter().enumerate() {
        let body = world.body(resource.one, &world.council, n).await;
        let before = total(admin, resource.path).await;
        let key = format!("key-{n}");
        let first = post(admin, resource.path, &key, &body).await.expect(201);
        assert_eq!(first.header("idempotent-replayed"), "");
        // What has become of the row since is not in the answer.
        let path = format!("{}/{}", resource.path, id(&first.body));
        admin.patch(&path, 1, resource.change(&first.body)).await.expect(200);
        for sent in [key.clone(), format!("\"{key}\"")] {
            let again = post(admin, resource.path, &sent, &body).await.expect(201);
            assert_eq!(again.text, first.text, "{}", resource.path);
            for header in ["location", "etag", "content-type"] {
                assert_eq!(again.header(header), first.header(header), "{} {header}", resource.path);
            }
            assert_eq!(again.header("idempotent-replayed"), "true");
        }
        assert_eq!(total(admin, resource.path).await, before + 1, "{}", resource.path);
        let mut other = body.clone();
        other["notes"] = json!("another");
        other["note"] = json!("another");
        let refused = post(admin, resource.path, &key, &other).await;
        assert_eq!(refused.status, 422, "{}", resource.path);
        assert_eq!(total(admin, resource.path).await, before + 1, "{}", resource.path);
    }
}

#[tokio::test]
async fn a_key_is_one_requests_of_one_client() {
    let app = App::new();
    let officer = app.officer();
    let (one, two) = (json!({ "code": "one", "name": "G" }), json!({ "code": "two", "name": "G" }));
    post(&officer, "/v1/groups", "k", &one).await.expect(201);
    let refused = post(&officer, "/v1/groups", "k", &two).await.expect(422);
    assert_eq!(refused.faults(), ["Idempotency-Key key_reused"]);
    post(&app.admin(), "/v1/groups", "k", &two).await.expect(201);
    assert_eq!(officer.all("/v1/groups").await.len(), 2);
    for key in ["", "\"\"", "a b", "a\\b", "\"a", &"x".repeat(256)] {
        let refused = post(&officer, "/v1/groups", key, &json!({})).await.expect(400);
        assert_eq!(refused.faults(), ["Idempotency-Key bad_format"], "{key}");
    }
}

#[tokio::test]
async fn what_failed_is_not_kept_and_may_be_mended_under_its_key() {
    let app = App::new();
    let world = World::new(&app).await;
    let admin = &world.made.0;
    for (n, resource) in RESOURCES.iter().enumerate() {
        let key = format!("mended-{n}");
        let body = world.body(resource.one, &world.council, n).await;
        let mut broken = body.clone();
        for (name, value) in broken.as_object_mut().expect("an object") {
            if name.ends_with("_id") {
                *value = json!("0198c5b0-0000-7000-8000-000000000001");
            }
        }
        if broken == body {
            broken["code"] = json!("!");
        }
        post(admin, resource.path, &key, &broken).await.expect(422);
        let made = post(admin, resource.path, &key, &body).await.expect(201);
        assert_eq!(made.header("idempotent-replayed"), "", "{}", resource.path);
    }
}

#[tokio::test]
async fn while_the_first_is_in_hand_the_next_is_told_to_come_again() {
    let app = App::new();
    let officer = app.officer();
    let body = json!({ "code": "g", "name": "G" });
    let mut other = app.connection().await;
    run_alone(&mut other, "BEGIN").await;
    run_alone(&mut other, "LOCK TABLE groups").await;
    let (person, sent) = (officer.clone(), body.clone());
    let first = tokio::spawn(async move { post(&person, "/v1/groups", "k", &sent).await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    let refused = post(&officer, "/v1/groups", "k", &body).await.expect(409);
    assert_eq!((refused.code(), refused.header("retry-after")), ("request_in_hand", "2"));
    run_alone(&mut other, "ROLLBACK").await;
    let first = first.await.expect("an answer").expect(201);
    assert_eq!(post(&officer, "/v1/groups", "k", &body).await.expect(201).text, first.text);
}

#[tokio::test]
async fn fifty_at_once_have_one_effect_and_fifty_equal_answers() {
    let app = App::new();
    let made = Made(app.officer());
    let (seat, meeting) = made.seat_and_meeting("2017-05-01").await;
    let body = json!({ "meeting_id": meeting["id"], "seat_id": seat["id"], "status": "present" });
    let retries = (0..50).map(|_| {
        let (person, body) = (made.0.clone(), body.clone());
        tokio::spawn(async move {
            loop {
                let answer = post(&person, "/v1/attendance", "line", &body).await;
                match answer.status {
                    201 => return answer.text,
                    409 | 503 => tokio::time::sleep(Duration::from_millis(50)).await,
                    other => panic!("{other}: {}", answer.text),
                }
            }
        })
    });
    let mut answers = Vec::new();
    for retry in retries.collect::<Vec<_>>() {
        answers.push(retry.await.expect("an answer"));
    }
    answers.dedup();
    assert_eq!((answers.len(), made.0.all("/v1/attendance").await.len()), (1, 1));
}

#[tokio::test]
async fn after_a_week_a_key_is_free_again() {
    let app = App::new();
    let officer = app.officer();
    post(&officer, "/v1/groups", "k", &json!({ "code": "one", "name": "G" })).await.expect(201);
    app.sql("UPDATE idempotent_answers SET created_at = now() - interval '8 days'").await;
    let second = json!({ "code": "two", "name": "G" });
    let made = post(&officer, "/v1/groups", "k", &second).await.expect(201);
    assert_eq!(post(&officer, "/v1/groups", "k", &second).await.expect(201).text, made.text);
    app.sql("UPDATE idempotent_answers SET created_at = now() - interval '8 days'").await;
    let forgotten = outturn::db::answers::forget(&mut app.connection().await).await.expect("a number");
    assert_eq!((forgotten, app.number("SELECT count(*) AS n FROM idempotent_answers").await), (1, 0));
}
