//! `Idempotency-Key`: a retry gets the response of the first request and has no effect.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{ApiResponse, App, Caller, Fixtures, RESOURCES, ResourceFixtures, execute_sql, id};

async fn post(caller: &Caller, path: &str, key: &str, body: &Value) -> ApiResponse {
    caller.send(caller.request(Method::POST, path).header("Idempotency-Key", key).json(body)).await
}

async fn total(caller: &Caller, path: &str) -> i64 {
    caller.read(&format!("{path}?total=true&limit=1")).await["total"].as_i64().expect("a total")
}

#[tokio::test]
async fn a_repeated_post_gets_the_same_bytes_and_has_one_effect() {
    let app = App::new();
    let resources = ResourceFixtures::new(&app).await;
    let admin = &resources.fixtures.0;
    for (n, resource) in RESOURCES.iter().enumerate() {
        let body = resources.body(resource.one, &resources.council, n).await;
        let before = total(admin, resource.path).await;
        let key = format!("key-{n}");
        let first = post(admin, resource.path, &key, &body).await.expect(201);
        assert_eq!(first.header("idempotent-replayed"), "");
        // Later changes of the row do not affect the stored response.
        let path = format!("{}/{}", resource.path, id(&first.body));
        admin.patch(&path, 1, resource.change(&first.body)).await.expect(200);
        for header_value in [key.clone(), format!("\"{key}\"")] {
            let again = post(admin, resource.path, &header_value, &body).await.expect(201);
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
async fn a_key_belongs_to_one_request_of_one_client() {
    let app = App::new();
    let officer = app.officer();
    let (one, two) = (json!({ "code": "one", "name": "G" }), json!({ "code": "two", "name": "G" }));
    post(&officer, "/v1/groups", "k", &one).await.expect(201);
    let refused = post(&officer, "/v1/groups", "k", &two).await.expect(422);
    assert_eq!(refused.field_errors(), ["Idempotency-Key idempotency_key_reused"]);
    post(&app.admin(), "/v1/groups", "k", &two).await.expect(201);
    assert_eq!(officer.all("/v1/groups").await.len(), 2);
    for key in ["", "\"\"", "a b", "a\\b", "\"a", &"x".repeat(256)] {
        let refused = post(&officer, "/v1/groups", key, &json!({})).await.expect(400);
        assert_eq!(refused.field_errors(), ["Idempotency-Key bad_format"], "{key}");
    }
}

#[tokio::test]
async fn member_order_and_white_space_of_json_do_not_change_the_request() {
    let app = App::new();
    let officer = app.officer();
    let send = async |key: &str, path: &str, body: &str| {
        let request = officer.request(Method::POST, path).header("Idempotency-Key", key);
        officer.send(request.header("Content-Type", "application/json").body(body.to_owned())).await
    };
    let council =
        r#"{"name":"N","kind":"county","gss_codes":[{"gss_code":"E10000020","valid_from":"2010-01-01"}]}"#;
    let first = send("k", "/v1/councils", council).await.expect(201);
    for same in [
        "{ \"gss_codes\": [ {\"valid_from\": \"2010-01-01\",\n\t\"gss_code\":\"E10000020\"} ], \"kind\":\"county\", \"name\": \"\\u004E\" }\n",
        r#"{"kind":"county","name":"N","gss_codes":[{"gss_code":"E10000020","valid_from":"2010-01-01"}]}"#,
    ] {
        let again = send("k", "/v1/councils", same).await.expect(201);
        assert_eq!((again.text.as_str(), again.header("idempotent-replayed")), (first.text.as_str(), "true"));
    }
    for other in [
        r#"{"name":"M","kind":"county","gss_codes":[{"gss_code":"E10000020","valid_from":"2010-01-01"}]}"#,
        r#"{"name":"N","kind":"county","gss_codes":[{"gss_code":"E10000020"}]}"#,
        r#"{"name":"N","kind":"county","gss_codes":[{"gss_code":"E10000020","valid_from":"2010-01-01"}],"county":null}"#,
    ] {
        let refused = send("k", "/v1/councils", other).await.expect(422);
        assert_eq!(refused.field_errors(), ["Idempotency-Key idempotency_key_reused"], "{other}");
    }
    let twice = r#"{"name":"N","name":"N","kind":"county","gss_codes":[{"gss_code":"E10000020","valid_from":"2010-01-01"}]}"#;
    assert_eq!(send("k", "/v1/councils", twice).await.expect(400).field_errors(), ["#/name duplicate"]);
    assert_eq!(officer.all("/v1/councils").await.len(), 1);
}

#[tokio::test]
async fn equal_json_numbers_are_the_same_request_but_other_lists_and_csv_bytes_are_not() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (seat, meeting) = fixtures.seat_and_meeting("2017-05-01").await;
    let framework = fixtures.framework(json!({})).await;
    let send = async |key: &str, path: &str, body: String| {
        let request = fixtures.0.request(Method::POST, path).header("Idempotency-Key", key);
        fixtures.0.send(request.header("Content-Type", "application/json").body(body)).await
    };
    let theme = |position: &str| {
        format!(
            "{{\"framework_id\":{},\"code\":\"t\",\"title\":\"T\",\"position\":{position}}}",
            framework["id"]
        )
    };
    let first = send("n", "/v1/themes", theme("100")).await.expect(201);
    for same in ["100.0", "1e2", "1.00E+2"] {
        let again = send("n", "/v1/themes", theme(same)).await.expect(201);
        assert_eq!((again.text.as_str(), again.header("idempotent-replayed")), (first.text.as_str(), "true"));
    }
    send("n", "/v1/themes", theme("101")).await.expect(422);
    let line = |status: &str| json!({ "meeting_id": meeting["id"], "seat_id": seat["id"], "status": status });
    let lines = |first: &str, second: &str| json!({ "lines": [line(first), line(second)] }).to_string();
    let path = "/v1/attendance/bulk?mode=commit";
    let one = json!({ "lines": [line("present")] });
    let first = send("b", path, one.to_string()).await.expect(200);
    let again = send("b", path, format!(" {one:#} ")).await.expect(200);
    assert_eq!((again.text.as_str(), again.header("idempotent-replayed")), (first.text.as_str(), "true"));
    send("b", path, lines("present", "absent")).await.expect(422);
    let csv = format!("meeting_id,seat_id,status\r\n{},{},present\r\n", id(&meeting), id(&seat));
    let send_csv = async |body: String| {
        let request = fixtures.0.request(Method::POST, path).header("Idempotency-Key", "c");
        fixtures.0.send(request.header("Content-Type", "text/csv").body(body)).await
    };
    send_csv(csv.clone()).await.expect(200);
    assert_eq!(send_csv(csv.clone()).await.expect(200).header("idempotent-replayed"), "true");
    send_csv(csv.replace("\r\n", "\n")).await.expect(422);
}

#[tokio::test]
async fn a_failed_request_is_not_stored_and_can_be_corrected_with_its_key() {
    let app = App::new();
    let resources = ResourceFixtures::new(&app).await;
    let admin = &resources.fixtures.0;
    for (n, resource) in RESOURCES.iter().enumerate() {
        let key = format!("mended-{n}");
        let body = resources.body(resource.one, &resources.council, n).await;
        let mut invalid = body.clone();
        for (name, value) in invalid.as_object_mut().expect("an object") {
            if name.ends_with("_id") {
                *value = json!("0198c5b0-0000-7000-8000-000000000001");
            }
        }
        if invalid == body {
            invalid["code"] = json!("!");
        }
        post(admin, resource.path, &key, &invalid).await.expect(422);
        let created = post(admin, resource.path, &key, &body).await.expect(201);
        assert_eq!(created.header("idempotent-replayed"), "", "{}", resource.path);
    }
}

#[tokio::test]
async fn a_retry_gets_409_while_the_first_request_is_in_progress() {
    let app = App::new();
    let officer = app.officer();
    let body = json!({ "code": "g", "name": "G" });
    let mut lock_holder = app.begin_and_execute("LOCK TABLE groups").await;
    let (caller, first_body) = (officer.clone(), body.clone());
    let first = tokio::spawn(async move { post(&caller, "/v1/groups", "k", &first_body).await });
    app.wait_until_blocked(1).await;
    let refused = post(&officer, "/v1/groups", "k", &body).await.expect(409);
    assert_eq!((refused.code(), refused.header("retry-after")), ("request_in_progress", "2"));
    execute_sql(&mut lock_holder, "ROLLBACK").await;
    let first = first.await.expect("a response").expect(201);
    assert_eq!(post(&officer, "/v1/groups", "k", &body).await.expect(201).text, first.text);
}

#[tokio::test]
async fn fifty_concurrent_retries_have_one_effect_and_equal_responses() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (seat, meeting) = fixtures.seat_and_meeting("2017-05-01").await;
    let body = json!({ "meeting_id": meeting["id"], "seat_id": seat["id"], "status": "present" });
    let retries = (0..50).map(|_| {
        let (caller, body) = (fixtures.0.clone(), body.clone());
        tokio::spawn(async move {
            loop {
                let response = post(&caller, "/v1/attendance", "line", &body).await;
                match response.status {
                    201 => return response.text,
                    409 | 503 => tokio::time::sleep(Duration::from_millis(50)).await,
                    other => panic!("{other}: {}", response.text),
                }
            }
        })
    });
    let mut responses = Vec::new();
    for retry in retries.collect::<Vec<_>>() {
        responses.push(retry.await.expect("a response"));
    }
    responses.dedup();
    assert_eq!((responses.len(), fixtures.0.all("/v1/attendance").await.len()), (1, 1));
}

#[tokio::test]
async fn a_key_can_be_used_for_another_request_after_a_week() {
    let app = App::new();
    let officer = app.officer();
    post(&officer, "/v1/groups", "k", &json!({ "code": "one", "name": "G" })).await.expect(201);
    app.sql("UPDATE idempotent_responses SET created_at = now() - interval '8 days'").await;
    let second = json!({ "code": "two", "name": "G" });
    let created = post(&officer, "/v1/groups", "k", &second).await.expect(201);
    assert_eq!(post(&officer, "/v1/groups", "k", &second).await.expect(201).text, created.text);
    app.sql("UPDATE idempotent_responses SET created_at = now() - interval '8 days'").await;
    let purged =
        outturn::db::idempotency_store::purge_expired(&mut app.connection().await).await.expect("a number");
    assert_eq!((purged, app.number("SELECT count(*) AS n FROM idempotent_responses").await), (1, 0));
}
