//! What is sealed is what was answered, is what it is hashed as, and stays.

use aws_lc_rs::digest;
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};

use super::{Plan, change, path};
use crate::support::{App, Person, id, run_alone};

/// An answer without the instant whose knowledge counts, which only what is sealed has.
fn timeless(mut answer: Value) -> Value {
    fn forget(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                fields.remove("known_at");
                fields.values_mut().for_each(forget);
            }
            Value::Array(items) => items.iter_mut().for_each(forget),
            _ => {}
        }
    }
    forget(&mut answer);
    answer
}

/// An explanation over all its pages.
async fn explained(person: &Person, at: &str, limit: usize) -> (Value, Vec<Value>) {
    let mut rows = Vec::new();
    let mut next = format!("{at}&limit={limit}");
    loop {
        let mut page = person.read(&next).await;
        rows.extend(page["data"].as_array().cloned().expect("rows"));
        let Some(cursor) = page["next_cursor"].as_str() else {
            page["data"] = json!([]);
            return (timeless(page), rows);
        };
        next = format!("{at}&limit={limit}&cursor={cursor}");
    }
}

/// The lines of a CSV without their last column, which says what was known when.
async fn csv(person: &Person, at: String) -> Vec<String> {
    let csv = person.get(&at).await.expect(200).text;
    csv.lines().map(|line| line.rsplit_once(',').expect("a column").0.to_owned()).collect()
}

/// Seals a framework's metrics of a day and compares every part with what is answered just then; gives the publication.
async fn sealed_as_answered(person: &Person, code: &str, day: &str) -> Value {
    let framework = person.all(&format!("/v1/frameworks?code={code}")).await.remove(0);
    let sealed =
        person.make("/v1/publications", json!({ "framework_id": framework["id"], "as_at": day })).await;
    let live = |view: &str| format!("/v1/frameworks/{}/{view}as_at={day}", id(&framework));
    for view in ["metrics", "summary"] {
        let answer = person.read(&format!("{}/{view}", path(&sealed))).await;
        assert_eq!(answer["known_at"], sealed["created_at"], "{view}");
        let live = person.read(&live(&format!("{view}?"))).await;
        assert_eq!(timeless(answer), timeless(live), "{view} of {code} on {day}");
    }
    let live = csv(person, live("metrics.csv?")).await;
    assert_eq!(csv(person, format!("{}/metrics.csv", path(&sealed))).await, live);
    for target in person.all(&format!("/v1/targets?framework_id={}", id(&framework))).await {
        let live = format!("/v1/targets/{}/metric/explanation?as_at={day}", id(&target));
        let at = format!("{}/explanation?target_id={}", path(&sealed), id(&target));
        let what = format!("{} of {code} on {day}", target["code"]);
        assert_eq!(explained(person, &at, 500).await, explained(person, &live, 500).await, "{what}");
    }
    sealed
}

/// What a publication holds, line by line, which its digest must be the digest of.
async fn content(person: &Person, sealed: &Value) -> Vec<Value> {
    let content = person.get(&format!("{}/content", path(sealed))).await.expect(200).text;
    let hash = digest::digest(&digest::SHA256, content.as_bytes());
    let hash: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(sealed["content_sha256"], hash);
    content.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[tokio::test]
async fn both_years_are_sealed_as_they_are_answered() {
    let app = App::with_sample();
    let officer = app.officer();
    for (code, day) in [("2016-17", "2016-10-31"), ("2016-17", "2017-03-31"), ("2017-18", "2017-12-31")] {
        let sealed = sealed_as_answered(&officer, code, day).await;
        assert!(content(&officer, &sealed).await.len() > 60);
    }
    let sealed = sealed_as_answered(&officer, "2017-18", "2018-03-31").await;
    let metrics = content(&officer, &sealed).await[1]["data"].as_array().cloned().expect("data");
    // 4.1.1 is thirteen of twenty-two, with the revision of 2.2.1 and the claim of 2.3.2 beside theirs.
    let metric = |code: &str| metrics.iter().find(|metric| metric["code"] == code).expect(code);
    assert_eq!(
        [&metric("4.1.1.attendance")["numerator"], &metric("4.1.1.attendance")["denominator"]],
        [13, 22]
    );
    assert_eq!(
        [&metric("2.2.1.summits")["revision"]["previous_status"], &metric("2.2.1.summits")["status"]],
        ["red", "green"]
    );
    assert!(metric("2.3.2.mou")["claims"][0]["printed"].as_str().expect("words").contains("89"));
}

#[tokio::test]
async fn what_is_sealed_stays_whatever_happens() {
    let app = App::new();
    let plan = Plan::new(&app).await;
    let (_, lines) = plan.meeting("2017-05-01", 3).await;
    let officer = &plan.made.0;
    let sealed = plan.seal("2017-06-30").await;
    let at = |view: &str| format!("{}/{view}", path(&sealed));
    let explanation = at(&format!("explanation?target_id={}", id(&plan.target)));
    let read = async || {
        [
            officer.read(&at("metrics")).await,
            officer.read(&at("summary")).await,
            officer.read(&explanation).await,
        ]
    };
    let before = (read().await, officer.get(&at("content")).await.text);
    change(officer, "attendance", &lines[0], json!({ "status": "absent" })).await.expect(200);
    change(officer, "targets", &plan.target, json!({ "title": "Another" })).await.expect(200);
    assert_eq!((read().await, officer.get(&at("content")).await.text), before);
    assert_eq!(before.0[0]["data"][0]["numerator"], 3);
    let pages = explained(officer, &explanation, 2).await;
    assert_eq!(pages.1.len(), before.0[2]["data"].as_array().expect("rows").len());
    let of_meetings = officer.read(&format!("{explanation}&counts=numerator")).await;
    assert_eq!(of_meetings["data"].as_array().expect("rows").len(), 3);
    officer.get(&at("explanation?target_id=0198c5b0-0000-7000-8000-000000000001")).await.expect(404);

    let own = id(&sealed);
    for (sql, fault) in [
        (
            format!("UPDATE publication_parts SET content = '{{}}' WHERE publication_id = '{own}'"),
            "publications_are_sealed",
        ),
        (
            format!("DELETE FROM publication_parts WHERE publication_id = '{own}' AND position = 2"),
            "publications_are_sealed",
        ),
        (
            format!("INSERT INTO publication_parts VALUES ('{own}', 9, NULL, '{{}}')"),
            "publications_are_sealed",
        ),
        (
            format!("UPDATE publications SET as_at = '2017-07-01' WHERE id = '{own}'"),
            "publications_are_sealed",
        ),
        (
            format!("UPDATE publications SET content_sha256 = repeat('0', 64) WHERE id = '{own}'"),
            "publications_are_sealed",
        ),
        ("TRUNCATE publications, publication_parts, targets CASCADE".to_owned(), "publications_are_sealed"),
        (format!("DELETE FROM targets WHERE id = '{}'", id(&plan.target)), "publication_parts_target"),
    ] {
        let refused =
            diesel::sql_query(&sql).execute(&mut app.connection().await).await.expect_err(&sql).to_string();
        assert!(refused.contains(fault), "{sql}: {refused}");
    }
    assert_eq!(officer.get(&at("content")).await.text, before.1);
}

#[tokio::test]
async fn sealing_waits_for_who_is_writing_and_counts_what_they_wrote() {
    let app = App::new();
    let plan = Plan::new(&app).await;
    let meeting = plan.made.meeting(Some(&plan.group), "2017-05-01", json!({})).await;
    plan.made.close(&meeting).await;
    let line = |seat: &Value| {
        format!(
            "INSERT INTO attendance (id, meeting_id, seat_id, council_id, status)
                 SELECT gen_random_uuid(), '{}', id, council_id, 'present' FROM seats WHERE id = '{}'",
            id(&meeting),
            id(seat)
        )
    };
    // One has written and not committed; another has begun before, and writes only when all is sealed.
    let (mut early, mut late) = (app.connection().await, app.connection().await);
    for conn in [&mut early, &mut late] {
        run_alone(conn, "BEGIN").await;
    }
    run_alone(&mut late, "SELECT now()").await;
    run_alone(&mut early, &line(&plan.seats[0])).await;
    let (officer, body) =
        (plan.made.0.clone(), json!({ "framework_id": plan.framework["id"], "as_at": "2017-06-30" }));
    let sealing = tokio::spawn(async move { officer.make("/v1/publications", body).await });
    app.until_blocked(1).await;
    assert!(!sealing.is_finished(), "it waits for the line that is being written");
    run_alone(&mut early, "COMMIT").await;
    let sealed = sealing.await.expect("sealed");
    run_alone(&mut late, &line(&plan.seats[1])).await;
    run_alone(&mut late, "COMMIT").await;
    let metrics = plan.made.0.read(&format!("{}/metrics", path(&sealed))).await;
    assert_eq!([&metrics["data"][0]["numerator"], &metrics["data"][0]["denominator"]], [1, 4]);
    let drift = plan.drift(&sealed).await;
    let causes = drift["data"][0]["causes"].as_array().expect("causes");
    assert_eq!(causes.len(), 1, "{drift}");
    assert_eq!([&causes[0]["resource"], &causes[0]["kind"]], ["attendance", "late_record"]);
}
