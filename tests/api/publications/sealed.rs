//! Sealed content equals the figures at sealing, matches its digest and never changes.

use aws_lc_rs::digest;
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};

use super::{Plan, change, path};
use crate::support::{App, Caller, execute_sql, id};

/// A response without its `known_at`, which only publications have.
fn without_known_at(mut response: Value) -> Value {
    fn remove_known_at(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                fields.remove("known_at");
                fields.values_mut().for_each(remove_known_at);
            }
            Value::Array(items) => items.iter_mut().for_each(remove_known_at),
            _ => {}
        }
    }
    remove_known_at(&mut response);
    response
}

/// All rows of an explanation, read page by page, and the rest of its last page.
async fn read_explanation(caller: &Caller, path: &str, limit: usize) -> (Value, Vec<Value>) {
    let mut rows = Vec::new();
    let mut next = format!("{path}&limit={limit}");
    loop {
        let mut page = caller.read(&next).await;
        rows.extend(page["data"].as_array().cloned().expect("rows"));
        let Some(cursor) = page["next_cursor"].as_str() else {
            page["data"] = json!([]);
            return (without_known_at(page), rows);
        };
        next = format!("{path}&limit={limit}&cursor={cursor}");
    }
}

/// The rows of a CSV file without the column `known_at`.
async fn csv(caller: &Caller, path: String) -> Vec<Vec<String>> {
    let text = caller.get(&path).await.expect(200).text;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let known_at = reader.headers().expect("a header").iter().position(|name| name == "known_at");
    let known_at = known_at.expect("the column known_at");
    let mut rows: Vec<Vec<String>> = reader.deserialize().collect::<Result<_, _>>().expect("CSV");
    rows.iter_mut().for_each(|row| drop(row.remove(known_at)));
    rows
}

/// Seals a framework as at a day, compares each part with the live figures, and returns the
/// publication.
async fn seal_and_compare(caller: &Caller, code: &str, day: &str) -> Value {
    let framework = caller.all(&format!("/v1/frameworks?code={code}")).await.remove(0);
    let sealed =
        caller.create("/v1/publications", json!({ "framework_id": framework["id"], "as_at": day })).await;
    let live = |view: &str| format!("/v1/frameworks/{}/{view}as_at={day}", id(&framework));
    for view in ["metrics", "summary"] {
        let response = caller.read(&format!("{}/{view}", path(&sealed))).await;
        assert_eq!(response["known_at"], sealed["created_at"], "{view}");
        let live = caller.read(&live(&format!("{view}?"))).await;
        assert_eq!(without_known_at(response), without_known_at(live), "{view} of {code} on {day}");
    }
    let live = csv(caller, live("metrics.csv?")).await;
    assert_eq!(csv(caller, format!("{}/metrics.csv", path(&sealed))).await, live);
    for target in caller.all(&format!("/v1/targets?framework_id={}", id(&framework))).await {
        let live = format!("/v1/targets/{}/metric/explanation?as_at={day}", id(&target));
        let sealed_path = format!("{}/explanation?target_id={}", path(&sealed), id(&target));
        let label = format!("{} of {code} on {day}", target["code"]);
        assert_eq!(
            read_explanation(caller, &sealed_path, 500).await,
            read_explanation(caller, &live, 500).await,
            "{label}"
        );
    }
    sealed
}

/// The lines of a publication's content, whose digest must equal `content_sha256`.
async fn content(caller: &Caller, sealed: &Value) -> Vec<Value> {
    let content = caller.get(&format!("{}/content", path(sealed))).await.expect(200).text;
    let hash = digest::digest(&digest::SHA256, content.as_bytes());
    let hash: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(sealed["content_sha256"], hash);
    content.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[tokio::test]
async fn sealed_figures_equal_the_live_figures_at_sealing() {
    let app = App::with_sample();
    let officer = app.officer();
    for (code, day) in [("2016-17", "2016-10-31"), ("2016-17", "2017-03-31"), ("2017-18", "2017-12-31")] {
        let sealed = seal_and_compare(&officer, code, day).await;
        assert!(content(&officer, &sealed).await.len() > 60);
    }
    let sealed = seal_and_compare(&officer, "2017-18", "2018-03-31").await;
    let metrics = content(&officer, &sealed).await[1]["data"].as_array().cloned().expect("data");
    // 4.1.1 is 13 of 22, 2.2.1 has a revision, and 2.3.2 has a claim.
    let metric = |code: &str| metrics.iter().find(|metric| metric["code"] == code).expect(code);
    assert_eq!(
        [&metric("4.1.1.attendance")["numerator"], &metric("4.1.1.attendance")["denominator"]],
        [13, 22]
    );
    assert_eq!(
        [&metric("2.2.1.summits")["revision"]["previous_status"], &metric("2.2.1.summits")["status"]],
        ["red", "green"]
    );
    assert!(metric("2.3.2.mou")["claims"][0]["printed"].as_str().expect("a text").contains("89"));
}

#[tokio::test]
async fn sealed_content_cannot_change() {
    let app = App::new();
    let plan = Plan::new(&app).await;
    let (_, lines) = plan.meeting("2017-05-01", 3).await;
    let officer = &plan.fixtures.0;
    let sealed = plan.seal("2017-06-30").await;
    let path_of = |view: &str| format!("{}/{view}", path(&sealed));
    let explanation = path_of(&format!("explanation?target_id={}", id(&plan.target)));
    let read = async || {
        [
            officer.read(&path_of("metrics")).await,
            officer.read(&path_of("summary")).await,
            officer.read(&explanation).await,
        ]
    };
    let before = (read().await, officer.get(&path_of("content")).await.text);
    change(officer, "attendance", &lines[0], json!({ "status": "absent" })).await.expect(200);
    change(officer, "targets", &plan.target, json!({ "title": "Another" })).await.expect(200);
    assert_eq!((read().await, officer.get(&path_of("content")).await.text), before);
    assert_eq!(before.0[0]["data"][0]["numerator"], 3);
    let pages = read_explanation(officer, &explanation, 2).await;
    assert_eq!(pages.1.len(), before.0[2]["data"].as_array().expect("rows").len());
    let of_meetings = officer.read(&format!("{explanation}&counts=numerator")).await;
    assert_eq!(of_meetings["data"].as_array().expect("rows").len(), 3);
    officer.get(&path_of("explanation?target_id=0198c5b0-0000-7000-8000-000000000001")).await.expect(404);

    let publication_id = id(&sealed);
    for (sql, constraint) in [
        (
            format!(
                "UPDATE publication_parts SET content = '{{}}' WHERE publication_id = '{publication_id}'"
            ),
            "publications_are_sealed",
        ),
        (
            format!(
                "DELETE FROM publication_parts WHERE publication_id = '{publication_id}' AND position = 2"
            ),
            "publications_are_sealed",
        ),
        (
            format!("INSERT INTO publication_parts VALUES ('{publication_id}', 9, NULL, '{{}}')"),
            "publications_are_sealed",
        ),
        (
            format!("UPDATE publications SET as_at = '2017-07-01' WHERE id = '{publication_id}'"),
            "publications_are_sealed",
        ),
        (
            format!("UPDATE publications SET content_sha256 = repeat('0', 64) WHERE id = '{publication_id}'"),
            "publications_are_sealed",
        ),
        ("TRUNCATE publications, publication_parts, targets CASCADE".to_owned(), "publications_are_sealed"),
        (format!("DELETE FROM targets WHERE id = '{}'", id(&plan.target)), "publication_parts_target"),
    ] {
        let refused =
            diesel::sql_query(&sql).execute(&mut app.connection().await).await.expect_err(&sql).to_string();
        assert!(refused.contains(constraint), "{sql}: {refused}");
    }
    assert_eq!(officer.get(&path_of("content")).await.text, before.1);
}

#[tokio::test]
async fn sealing_waits_for_open_writes_and_includes_them() {
    let app = App::new();
    let plan = Plan::new(&app).await;
    let meeting = plan.fixtures.meeting(Some(&plan.group), "2017-05-01", json!({})).await;
    plan.fixtures.close_register(&meeting).await;
    let line = |seat: &Value| {
        format!(
            "INSERT INTO attendance (id, meeting_id, seat_id, council_id, status)
                 SELECT gen_random_uuid(), '{}', id, council_id, 'present' FROM seats WHERE id = '{}'",
            id(&meeting),
            id(seat)
        )
    };
    // `early` writes before sealing and commits during it. `late` begins before, writes after.
    let (mut early, mut late) = (app.connection().await, app.connection().await);
    for conn in [&mut early, &mut late] {
        execute_sql(conn, "BEGIN").await;
    }
    execute_sql(&mut late, "SELECT now()").await;
    execute_sql(&mut early, &line(&plan.seats[0])).await;
    let (officer, body) =
        (plan.fixtures.0.clone(), json!({ "framework_id": plan.framework["id"], "as_at": "2017-06-30" }));
    let sealing = tokio::spawn(async move { officer.create("/v1/publications", body).await });
    app.wait_until_blocked(1).await;
    assert!(!sealing.is_finished(), "sealing waits for the uncommitted attendance record");
    execute_sql(&mut early, "COMMIT").await;
    let sealed = sealing.await.expect("a publication");
    execute_sql(&mut late, &line(&plan.seats[1])).await;
    execute_sql(&mut late, "COMMIT").await;
    let metrics = plan.fixtures.0.read(&format!("{}/metrics", path(&sealed))).await;
    assert_eq!([&metrics["data"][0]["numerator"], &metrics["data"][0]["denominator"]], [1, 4]);
    let drift = plan.drift(&sealed).await;
    let causes = drift["data"][0]["causes"].as_array().expect("causes");
    assert_eq!(causes.len(), 1, "{drift}");
    assert_eq!([&causes[0]["resource"], &causes[0]["kind"]], ["attendance", "late_record"]);
}
