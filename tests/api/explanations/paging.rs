//! Pages, filters and cursors of explanations.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::explanation_path;
use super::reader::Pages;
use crate::support::{App, Caller};

const LAST_DAY: &str = "2018-03-31";

async fn find_target(caller: &Caller, code: &str) -> Value {
    let framework = caller.all("/v1/frameworks?code=2017-18").await.remove(0);
    let id = framework["id"].as_str().expect("an id");
    caller.all(&format!("/v1/targets?framework_id={id}&code={code}")).await.remove(0)
}

#[tokio::test]
async fn pages_of_any_size_return_the_same_rows_in_the_same_order() {
    let app = App::with_sample();
    let reporter = app.reporter();
    for code in ["4.1.1.attendance", "1.1.1.membership", "3.5.3.participation", "5.2.4.ebulletins"] {
        let path = explanation_path(&find_target(&reporter, code).await, LAST_DAY);
        let all = Pages::read(&reporter, &path, 500).await.rows;
        assert!(!all.is_empty());
        for limit in [1, 3, 50] {
            assert_eq!(Pages::read(&reporter, &path, limit).await.rows, all, "{code} by {limit}");
        }
    }
}

#[tokio::test]
async fn rows_can_be_filtered_by_counts_and_meeting() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let target = find_target(&reporter, "4.1.1.attendance").await;
    let path = explanation_path(&target, LAST_DAY);
    let all = Pages::read(&reporter, &path, 500).await.rows;
    let mut count = 0;
    for (counts, expected) in [("numerator", 13), ("denominator", 9), ("indirectly", 2)] {
        let matching = Pages::read(&reporter, &format!("{path}&counts={counts}"), 4).await.rows;
        assert!(matching.iter().all(|row| row["share"]["counts"] == counts));
        assert_eq!(matching.len(), expected, "{counts}");
        count += matching.len();
    }
    count += Pages::read(&reporter, &format!("{path}&counts=excluded"), 4).await.rows.len();
    assert_eq!(count, all.len());
    let meeting = all[0]["meeting_id"].as_str().expect("a meeting");
    let of_meeting = Pages::read(&reporter, &format!("{path}&meeting_id={meeting}"), 4).await.rows;
    let expected: Vec<Value> = all.iter().filter(|row| row["meeting_id"] == meeting).cloned().collect();
    assert_eq!(of_meeting, expected);
    assert_eq!(of_meeting.len(), 12, "the rows are the meeting and its eleven lines");
    let refused = reporter.get(&format!("{path}&counts=perhaps")).await.expect(400);
    assert_eq!(refused.field_errors(), ["counts unknown_value"]);
}

#[tokio::test]
async fn a_cursor_is_valid_for_its_own_query_only() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let target = find_target(&reporter, "4.1.1.attendance").await;
    let path = explanation_path(&target, LAST_DAY);
    let first = reporter.read(&format!("{path}&limit=5")).await;
    let cursor = first["next_cursor"].as_str().expect("a cursor");
    let refused = reporter.get(&format!("{path}&counts=numerator&cursor={cursor}")).await.expect(400);
    assert_eq!(refused.field_errors(), ["cursor bad_cursor"]);
    let decoded: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(cursor).expect("base64")).expect("JSON");
    let mut invalid_keys = vec![json!(null), json!("2017-05-01"), json!({ "as_at": LAST_DAY })];
    for (at, value) in [
        ("/as_at", json!("-262143-01-01")),
        ("/after/day", json!("2200-01-01")),
        ("/after/day", json!(null)),
        ("/after/part", json!("chapters")),
        ("/after/id", json!("x")),
    ] {
        let mut key = decoded["key"].clone();
        *key.pointer_mut(at).expect(at) = value;
        invalid_keys.push(key);
    }
    for key in invalid_keys {
        let mut forged = decoded.clone();
        forged["key"] = key.clone();
        let forged = URL_SAFE_NO_PAD.encode(forged.to_string());
        let refused = reporter.get(&format!("{path}&limit=5&cursor={forged}")).await.expect(400);
        assert_eq!(refused.field_errors(), ["cursor bad_cursor"], "{key}");
    }
}

#[tokio::test]
async fn the_cursor_keeps_the_as_at_date_of_the_first_page() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let target = find_target(&reporter, "4.1.1.attendance").await;
    let path = explanation_path(&target, LAST_DAY);
    let path_without_date = path.split('?').next().expect("a path");
    let first = reporter.read(&format!("{path_without_date}?limit=5")).await;
    let cursor = first["next_cursor"].as_str().expect("a cursor");
    let mut decoded: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(cursor).expect("base64")).expect("JSON");
    decoded["key"]["as_at"] = json!("2017-12-31");
    let dated_cursor = URL_SAFE_NO_PAD.encode(decoded.to_string());
    let second = reporter.read(&format!("{path_without_date}?limit=5&cursor={dated_cursor}")).await;
    assert_eq!(second["as_at"], "2017-12-31");
}
