//! Windows: consecutive windows return each row once, whenever a client reads them.

use serde_json::json;

use super::{Row, catalogue, column, name, read_rows};
use crate::support::{App, Caller, Fixtures, id};

/// Reads the half-open windows between consecutive days and concatenates their rows.
async fn read_windows(caller: &Caller, dataset: &str, days: &[&str]) -> Vec<Row> {
    let mut rows = Vec::new();
    for days in days.windows(2) {
        let window = format!("?occurred_from={}&occurred_until={}", days[0], days[1]);
        let part = read_rows(caller, dataset, &window).await;
        assert!(column(&part, "occurred_on").iter().all(|day| (days[0]..days[1]).contains(day)), "{dataset}");
        rows.extend(part);
    }
    rows
}

#[tokio::test]
async fn windows_return_each_row_once() {
    let app = App::with_sample();
    let reporter = app.reporter();
    // Some boundaries are days that have rows.
    let days =
        ["1900-01-01", "2016-04-01", "2017-04-01", "2017-07-01", "2017-09-12", "2018-04-01", "2100-12-31"];
    for dataset in catalogue(&reporter).await {
        let name = name(&dataset);
        let mut all = read_rows(&reporter, name, "").await;
        let mut parts = read_windows(&reporter, name, &days).await;
        // Derived rows are sorted by framework or council and not by day.
        all.sort();
        parts.sort();
        assert_eq!(parts, all, "{name}");
        let from = read_rows(&reporter, name, "?occurred_from=2017-04-01").await;
        let until = read_rows(&reporter, name, "?occurred_until=2017-04-01").await;
        assert_eq!(from.len() + until.len(), all.len(), "{name}: a window may have one boundary only");
        let none = read_rows(&reporter, name, "?occurred_from=2017-04-01&occurred_until=2017-04-01").await;
        assert_eq!(none, Vec::<Row>::new(), "{name}");
    }
}

#[tokio::test]
async fn a_meeting_with_a_corrected_date_stays_in_its_window() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (seat, meeting) = fixtures.seat_and_meeting("2017-05-01").await;
    fixtures.attendance(&meeting, &seat, "present").await;
    let reporter = app.reporter();
    let days = ["2016-01-01", "2017-06-01", "2020-01-01"];
    let before = [read_rows(&reporter, "meetings", "").await, read_rows(&reporter, "attendance", "").await];
    let path = format!("/v1/meetings/{}", id(&meeting));
    fixtures.0.patch(&path, 1, json!({ "held_on": "2018-05-01" })).await.expect(200);
    for (dataset, before) in ["meetings", "attendance"].into_iter().zip(before) {
        let after = read_windows(&reporter, dataset, &days).await;
        let days_of_rows: Vec<_> = after.iter().map(|row| (&*row["occurred_on"], &*row["held_on"])).collect();
        assert_eq!(days_of_rows, [("2017-05-01", "2018-05-01")], "{dataset}");
        assert!(after[0]["updated_at"] > before[0]["updated_at"], "{dataset}");
    }
    // The database also ignores a direct update of the column.
    app.sql("UPDATE meetings SET occurred_on = '2019-01-01'").await;
    assert_eq!(column(&read_rows(&reporter, "meetings", "").await, "occurred_on"), ["2017-05-01"]);
}

#[tokio::test]
async fn updated_at_changes_with_every_value_of_a_row() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (seat, meeting) = fixtures.seat_and_meeting("2017-05-01").await;
    fixtures.attendance(&meeting, &seat, "present").await;
    let reporter = app.reporter();
    let read_stamp = async || read_rows(&reporter, "attendance", "").await[0]["updated_at"].clone();
    let mut stamps = vec![read_stamp().await];
    for (path, row, change) in [
        ("councils", &seat["council_id"], json!({ "name": "Another" })),
        ("groups", &seat["group_id"], json!({ "name": "Another" })),
        ("meetings", &meeting["id"], json!({ "title": "Another" })),
        ("seats", &seat["id"], json!({ "ordinal": 2 })),
    ] {
        let path = format!("/v1/{path}/{}", row.as_str().expect("an id"));
        fixtures.0.patch(&path, 1, change).await.expect(200);
        stamps.push(read_stamp().await);
    }
    assert!(stamps.is_sorted_by(|a, b| a < b), "{stamps:?}");
}

#[tokio::test]
async fn updated_at_of_figures_follows_the_last_change_or_the_as_at_date() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let newest = app.texts("SELECT max(changed_at)::text AS t FROM changes").await.remove(0);
    let rows = read_rows(&reporter, "metrics", "?as_at=2018-01-31").await;
    // The records are newer than the `as_at` date.
    let stamps = column(&rows, "updated_at");
    assert!(stamps.iter().all(|stamp| stamp.replace('T', " ").starts_with(&newest[..16])), "{newest}");
    // The figures of a plan period that has not ended change with each day.
    let fixtures = Fixtures(app.officer());
    let next = fixtures.framework(json!({ "plan_from": "2098-04-01" })).await;
    let outcome = fixtures.outcome(&fixtures.theme(&next).await).await;
    let action = fixtures.action(&outcome, json!({})).await;
    fixtures.target(&action, json!({ "kind": "narrative" }), json!({})).await;
    let query = format!("?framework_id={}&as_at=2098-07-05", id(&next));
    let rows = read_rows(&reporter, "metrics", &query).await;
    assert_eq!(column(&rows, "updated_at"), ["2098-07-04T23:00:00.000000Z"]);
}
