//! Windows: fetched one by one they give each row once, at whatever times they are fetched.

use serde_json::json;

use super::{Line, catalogue, column, lines, name};
use crate::support::{App, Made, Person, id};

/// The rows of each of these half-open windows, one behind the other.
async fn in_parts(person: &Person, dataset: &str, days: &[&str]) -> Vec<Line> {
    let mut rows = Vec::new();
    for days in days.windows(2) {
        let window = format!("?occurred_from={}&occurred_until={}", days[0], days[1]);
        let part = lines(person, dataset, &window).await;
        assert!(column(&part, "occurred_on").iter().all(|day| (days[0]..days[1]).contains(day)), "{dataset}");
        rows.extend(part);
    }
    rows
}

#[tokio::test]
async fn windows_give_each_row_once() {
    let app = App::with_sample();
    let reporter = app.reporter();
    // With boundaries on days that have rows.
    let days =
        ["1900-01-01", "2016-04-01", "2017-04-01", "2017-07-01", "2017-09-12", "2018-04-01", "2100-12-31"];
    for dataset in catalogue(&reporter).await {
        let name = name(&dataset);
        let mut whole = lines(&reporter, name, "").await;
        let mut parts = in_parts(&reporter, name, &days).await;
        // Derived rows come framework by framework or council by council.
        whole.sort();
        parts.sort();
        assert_eq!(parts, whole, "{name}");
        let from = lines(&reporter, name, "?occurred_from=2017-04-01").await;
        let until = lines(&reporter, name, "?occurred_until=2017-04-01").await;
        assert_eq!(from.len() + until.len(), whole.len(), "{name}: either end may be left open");
        let none = lines(&reporter, name, "?occurred_from=2017-04-01&occurred_until=2017-04-01").await;
        assert_eq!(none, Vec::<Line>::new(), "{name}");
    }
}

#[tokio::test]
async fn a_meeting_whose_date_is_corrected_stays_in_its_part_and_is_seen_to_have_changed() {
    let app = App::new();
    let made = Made(app.officer());
    let (seat, meeting) = made.seat_and_meeting("2017-05-01").await;
    made.line(&meeting, &seat, "present").await;
    let reporter = app.reporter();
    let days = ["2016-01-01", "2017-06-01", "2020-01-01"];
    let before = [lines(&reporter, "meetings", "").await, lines(&reporter, "attendance", "").await];
    let path = format!("/v1/meetings/{}", id(&meeting));
    made.0.patch(&path, 1, json!({ "held_on": "2018-05-01" })).await.expect(200);
    for (dataset, before) in ["meetings", "attendance"].into_iter().zip(before) {
        let after = in_parts(&reporter, dataset, &days).await;
        let told: Vec<_> = after.iter().map(|row| (&*row["occurred_on"], &*row["held_on"])).collect();
        assert_eq!(told, [("2017-05-01", "2018-05-01")], "{dataset}");
        assert!(after[0]["updated_at"] > before[0]["updated_at"], "{dataset}");
    }
    // Not even by hand.
    app.sql("UPDATE meetings SET occurred_on = '2019-01-01'").await;
    assert_eq!(column(&lines(&reporter, "meetings", "").await, "occurred_on"), ["2017-05-01"]);
}

#[tokio::test]
async fn a_row_is_seen_to_have_changed_when_anything_in_it_has() {
    let app = App::new();
    let made = Made(app.officer());
    let (seat, meeting) = made.seat_and_meeting("2017-05-01").await;
    made.line(&meeting, &seat, "present").await;
    let reporter = app.reporter();
    let stamp = async || lines(&reporter, "attendance", "").await[0]["updated_at"].clone();
    let mut stamps = vec![stamp().await];
    for (path, row, change) in [
        ("councils", &seat["council_id"], json!({ "name": "Another" })),
        ("groups", &seat["group_id"], json!({ "name": "Another" })),
        ("meetings", &meeting["id"], json!({ "title": "Another" })),
        ("seats", &seat["id"], json!({ "ordinal": 2 })),
    ] {
        let path = format!("/v1/{path}/{}", row.as_str().expect("an id"));
        made.0.patch(&path, 1, change).await.expect(200);
        stamps.push(stamp().await);
    }
    assert!(stamps.is_sorted_by(|a, b| a < b), "{stamps:?}");
}

#[tokio::test]
async fn figures_are_new_with_a_change_or_with_their_date() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let newest = app.texts("SELECT max(changed_at)::text AS t FROM changes").await.remove(0);
    let rows = lines(&reporter, "metrics", "?as_at=2018-01-31").await;
    // The records are newer than the date, which has long begun.
    let stamps = column(&rows, "updated_at");
    assert!(stamps.iter().all(|stamp| stamp.replace('T', " ").starts_with(&newest[..16])), "{newest}");
    // A plan year that has not ended is another tomorrow.
    let made = Made(app.officer());
    let next = made.framework(json!({ "plan_from": "2098-04-01" })).await;
    let outcome = made.outcome(&made.theme(&next).await).await;
    let action = made.action(&outcome, json!({})).await;
    made.target(&action, json!({ "kind": "narrative" }), json!({})).await;
    let later = format!("?framework_id={}&as_at=2098-07-05", id(&next));
    let rows = lines(&reporter, "metrics", &later).await;
    assert_eq!(column(&rows, "updated_at"), ["2098-07-04T23:00:00.000000Z"]);
}
