//! Judgements, directions, meetings known to the month, and the views that show a metric.

use serde_json::{Value, json};

use crate::support::{App, Fixtures, id};

#[tokio::test]
async fn a_judgement_is_shown_beside_the_status_and_never_replaces_it() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (_, action) = fixtures.plan(&[]).await;
    let target = fixtures
        .target(&action, json!({ "kind": "count_total", "unit_name": "x" }), json!({ "threshold": 10 }))
        .await;
    fixtures.entry(&target, "2017-05-01", json!({ "kind": "count", "count": 1 })).await;
    fixtures
        .entry(
            &target,
            "2017-06-01",
            json!({ "kind": "judgement", "status": "green", "reason": "All is arranged." }),
        )
        .await;
    let metric = fixtures.metric(&target, "2018-03-31").await;
    assert_eq!(
        (&metric["status"], &metric["judgement"]["status"], &metric["judgement"]["author"]),
        (&json!("red"), &json!("green"), &json!("olive"))
    );
    assert_eq!(fixtures.metric(&target, "2017-05-31").await["judgement"], Value::Null);
}

#[tokio::test]
async fn the_long_direction_compares_with_last_year_or_else_with_the_baseline() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let before = fixtures.framework(json!({ "plan_from": "2016-04-01" })).await;
    let action = fixtures.action(&fixtures.outcome(&fixtures.theme(&before).await).await, json!({})).await;
    let measure = json!({ "kind": "ratio" });
    let last = fixtures.target(&action, measure.clone(), json!({ "threshold": 80 })).await;
    fixtures.entry(&last, "2016-05-01", json!({ "kind": "ratio", "numerator": 7, "denominator": 10 })).await;
    fixtures.entry(&last, "2017-01-01", json!({ "kind": "ratio", "numerator": 10, "denominator": 10 })).await;
    let (_, action) = fixtures.plan(&[]).await;
    let more = json!({ "threshold": 80, "continues_target_id": last["id"], "baseline": { "value": 90 } });
    let target = fixtures.target(&action, measure.clone(), more.clone()).await;
    fixtures
        .entry(&target, "2017-05-01", json!({ "kind": "ratio", "numerator": 8, "denominator": 10 }))
        .await;
    let direction = |metric: &Value| {
        (metric["direction"]["long"].clone(), metric["direction"]["long_compared_with"].clone())
    };
    assert_eq!(
        direction(&fixtures.metric(&target, "2017-12-31").await),
        (json!("improved"), json!("last_year")),
        "8 of 10 now, 7 of 10 then"
    );
    assert_eq!(
        direction(&fixtures.metric(&target, "2018-03-31").await),
        (json!("declined"), json!("last_year")),
        "17 of 20 by the end"
    );
    let fresh =
        fixtures.target(&action, measure, json!({ "threshold": 80, "baseline": { "value": 79.99 } })).await;
    fixtures.entry(&fresh, "2017-05-01", json!({ "kind": "ratio", "numerator": 8, "denominator": 10 })).await;
    let metric = fixtures.metric(&fresh, "2018-03-31").await;
    assert_eq!(
        (direction(&metric), &metric["baseline_variance"]),
        ((json!("improved"), json!("baseline")), &json!(0.01))
    );
}

#[tokio::test]
async fn a_meeting_known_to_the_month_counts_from_its_last_day() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let group = fixtures.group(json!({})).await;
    let (_, action) = fixtures.plan(&[&group]).await;
    fixtures.meeting(Some(&group), "2017-10-01", json!({ "date_precision": "month" })).await;
    let target =
        fixtures.target(&action, json!({ "kind": "meetings_held" }), json!({ "threshold": 1 })).await;
    assert_eq!(fixtures.metric(&target, "2017-10-30").await["value_reason"], "not_due");
    assert_eq!(fixtures.metric(&target, "2017-10-31").await["value"], 1);
}

#[tokio::test]
async fn the_csv_has_a_row_for_each_target_and_no_formula() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (framework, action) = fixtures.plan(&[]).await;
    let path = format!("/v1/frameworks/{}/metrics.csv?as_at=2018-03-31", id(&framework));
    let header = fixtures.0.get(&path).await.expect(200);
    assert_eq!((header.text.lines().count(), header.header("content-type")), (1, "text/csv; charset=utf-8"));
    assert!(header.header("content-disposition").contains("-2018-03-31.csv"));
    let target = fixtures
        .target(
            &action,
            json!({ "kind": "ratio" }),
            json!({ "title": "=cmd|' /C calc'!A0", "threshold": 60 }),
        )
        .await;
    fixtures
        .entry(&target, "2017-05-01", json!({ "kind": "ratio", "numerator": 13, "denominator": 22 }))
        .await;
    let answer = fixtures.0.get(&path).await.expect(200);
    let mut reader = csv::Reader::from_reader(answer.text.as_bytes());
    let columns = reader.headers().expect("a header").clone();
    let row = reader.records().next().expect("a row").expect("CSV");
    let cell = |name: &str| {
        row.get(columns.iter().position(|column| column == name).expect(name)).expect(name).to_owned()
    };
    assert_eq!(
        (cell("title"), cell("value_percent"), cell("numerator"), cell("status")),
        ("'=cmd|' /C calc'!A0".into(), "59.09".into(), "13".into(), "amber".into())
    );
}

#[tokio::test]
async fn readings_of_the_same_occasion_are_compared() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (_, action) = fixtures.plan(&[]).await;
    let measure = json!({ "kind": "ratio", "aggregate": "latest" });
    let target = fixtures.target(&action, measure, json!({ "threshold": 80 })).await;
    for (day, occasion, n) in
        [("2017-05-01", "payroll", 30), ("2017-06-01", "other", 34), ("2017-07-01", "payroll", 32)]
    {
        let entry = json!({ "kind": "ratio", "numerator": n, "denominator": 34 });
        let body =
            json!({ "target_id": target["id"], "occurred_on": day, "occasion": occasion, "entry": entry });
        fixtures.0.create("/v1/progress", body).await;
    }
    assert_eq!(fixtures.metric(&target, "2018-03-31").await["direction"]["short"], "improved");
}

#[tokio::test]
async fn amber_begins_below_the_meetings_planned_so_far_in_every_view() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let group = fixtures.group(json!({})).await;
    let (framework, action) = fixtures.plan(&[&group]).await;
    let target =
        fixtures.target(&action, json!({ "kind": "meetings_held" }), json!({ "threshold": 12 })).await;
    for (month, status) in (4..10).zip(["held", "held", "held", "held", "cancelled", "scheduled"]) {
        fixtures.meeting(Some(&group), &format!("2017-{month:02}-05"), json!({ "status": status })).await;
    }
    let metric = fixtures.metric(&target, "2017-09-30").await;
    assert_eq!((&metric["status"], &metric["status_reason"]), (&json!("red"), &json!("behind")));
    assert_eq!((&metric["expected_by_now"], &metric["amber_from"]), (&json!(6), &json!(5.4)));
    let path = format!("/v1/frameworks/{}/metrics.csv?as_at=2017-09-30", id(&framework));
    let text = fixtures.0.get(&path).await.expect(200).text;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let columns = reader.headers().expect("a header").clone();
    let row = reader.records().next().expect("a row").expect("CSV");
    let column = columns.iter().position(|column| column == "amber_from").expect("amber_from");
    assert_eq!(&row[column], "5.4");
    let page = fixtures.0.get(&format!("/v1/frameworks/{}/report?as_at=2017-09-30", id(&framework))).await;
    let page = page.expect(200).text;
    assert!(
        page.contains("Expected by now: 6, no amber"),
        "no whole number of meetings is from 5.4 and below 6"
    );
    assert!(!page.contains("At least 12, amber"), "the whole threshold is not shown");
    fixtures.activate(&framework).await;
    let body = json!({ "framework_id": framework["id"], "as_at": "2017-09-30" });
    let sealed = fixtures.0.create("/v1/publications", body).await;
    let sealed = fixtures.0.read(&format!("/v1/publications/{}/metrics", id(&sealed))).await;
    assert_eq!(sealed["data"][0]["amber_from"], 5.4);
}
