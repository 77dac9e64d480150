//! The rows page by page, narrowed, and in how many statements.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::explanation;
use super::reader::Pages;
use crate::support::{App, Person};

const LAST_DAY: &str = "2018-03-31";

async fn target(person: &Person, code: &str) -> Value {
    let framework = person.all("/v1/frameworks?code=2017-18").await.remove(0);
    let id = framework["id"].as_str().expect("an id");
    person.all(&format!("/v1/targets?framework_id={id}&code={code}")).await.remove(0)
}

#[tokio::test]
async fn pages_of_any_size_are_the_same_rows_in_the_same_order() {
    let app = App::with_sample();
    let reporter = app.reporter();
    for code in ["4.1.1.attendance", "1.1.1.membership", "3.5.3.participation", "5.2.4.ebulletins"] {
        let path = explanation(&target(&reporter, code).await, LAST_DAY);
        let whole = Pages::read(&reporter, &path, 500).await.rows;
        assert!(!whole.is_empty());
        for limit in [1, 3, 50] {
            assert_eq!(Pages::read(&reporter, &path, limit).await.rows, whole, "{code} by {limit}");
        }
    }
}

#[tokio::test]
async fn rows_are_narrowed_to_how_they_count_and_to_a_meeting() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let target = target(&reporter, "4.1.1.attendance").await;
    let path = explanation(&target, LAST_DAY);
    let whole = Pages::read(&reporter, &path, 500).await.rows;
    let mut found = 0;
    for (counts, expected) in [("numerator", 13), ("denominator", 9), ("indirectly", 2)] {
        let some = Pages::read(&reporter, &format!("{path}&counts={counts}"), 4).await.rows;
        assert!(some.iter().all(|row| row["share"]["counts"] == counts));
        assert_eq!(some.len(), expected, "{counts}");
        found += some.len();
    }
    found += Pages::read(&reporter, &format!("{path}&counts=excluded"), 4).await.rows.len();
    assert_eq!(found, whole.len());
    let meeting = whole[0]["meeting_id"].as_str().expect("a meeting");
    let of_meeting = Pages::read(&reporter, &format!("{path}&meeting_id={meeting}"), 4).await.rows;
    let expected: Vec<Value> = whole.iter().filter(|row| row["meeting_id"] == meeting).cloned().collect();
    assert_eq!(of_meeting, expected);
    assert_eq!(of_meeting.len(), 12, "the meeting and its eleven lines");
    let refused = reporter.get(&format!("{path}&counts=perhaps")).await.expect(400);
    assert_eq!(refused.faults(), ["counts unknown_value"]);
}

#[tokio::test]
async fn a_cursor_is_of_its_own_walk() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let target = target(&reporter, "4.1.1.attendance").await;
    let path = explanation(&target, LAST_DAY);
    let first = reporter.read(&format!("{path}&limit=5")).await;
    let cursor = first["next_cursor"].as_str().expect("a cursor");
    let refused = reporter.get(&format!("{path}&counts=numerator&cursor={cursor}")).await.expect(400);
    assert_eq!(refused.faults(), ["cursor bad_cursor"]);
    let opened: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(cursor).expect("base64")).expect("JSON");
    let mut forgeries = vec![json!(null), json!("2017-05-01"), json!({ "as_at": LAST_DAY })];
    for (at, value) in [
        ("/as_at", json!("-262143-01-01")),
        ("/behind/day", json!("2200-01-01")),
        ("/behind/day", json!(null)),
        ("/behind/part", json!("chapters")),
        ("/behind/id", json!("x")),
    ] {
        let mut key = opened["key"].clone();
        *key.pointer_mut(at).expect(at) = value;
        forgeries.push(key);
    }
    for key in forgeries {
        let mut forged = opened.clone();
        forged["key"] = key.clone();
        let forged = URL_SAFE_NO_PAD.encode(forged.to_string());
        let refused = reporter.get(&format!("{path}&limit=5&cursor={forged}")).await.expect(400);
        assert_eq!(refused.faults(), ["cursor bad_cursor"], "{key}");
    }
}

#[tokio::test]
async fn a_walk_stays_at_the_day_it_began() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let target = target(&reporter, "4.1.1.attendance").await;
    let path = explanation(&target, LAST_DAY);
    let undated = path.split('?').next().expect("a path");
    let first = reporter.read(&format!("{undated}?limit=5")).await;
    let cursor = first["next_cursor"].as_str().expect("a cursor");
    let mut opened: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(cursor).expect("base64")).expect("JSON");
    opened["key"]["as_at"] = json!("2017-12-31");
    let yesterday = URL_SAFE_NO_PAD.encode(opened.to_string());
    let second = reporter.read(&format!("{undated}?limit=5&cursor={yesterday}")).await;
    assert_eq!(second["as_at"], "2017-12-31");
}
