//! Statuses, directions, what is due, and the CSV.

use serde_json::{Value, json};

use crate::support::{App, Fixtures, id};

#[tokio::test]
async fn a_judgement_stands_beside_the_status_and_never_replaces_it() {
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
async fn last_years_metric_at_the_same_point_is_the_long_direction_else_the_baseline() {
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
async fn where_rounding_would_flip_the_status_it_says_so() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (_, action) = fixtures.plan(&[]).await;
    for (n, d, sensitive) in [(31, 52, true), (30, 52, false), (13, 22, false)] {
        let target = fixtures.target(&action, json!({ "kind": "ratio" }), json!({ "threshold": 60 })).await;
        fixtures
            .entry(&target, "2017-05-01", json!({ "kind": "ratio", "numerator": n, "denominator": d }))
            .await;
        let metric = fixtures.metric(&target, "2018-03-31").await;
        assert_eq!(
            (&metric["rounding_sensitive"], &metric["status"]),
            (&json!(sensitive), &json!("amber")),
            "{n}/{d}"
        );
    }
}

#[tokio::test]
async fn a_month_counts_from_its_end() {
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
async fn readings_are_due_by_frequency_and_the_most_frequent_counts() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (_, action) = fixtures.plan(&[]).await;
    let target = fixtures
        .target(&action, json!({ "kind": "ratio" }), json!({ "frequencies": ["on_demand", "half_yearly"] }))
        .await;
    fixtures.entry(&target, "2017-10-01", json!({ "kind": "ratio", "numerator": 1, "denominator": 1 })).await;
    for (day, due, received, provisional) in [
        ("2017-09-30", 0, 0, false),
        ("2017-10-01", 1, 0, true),
        ("2018-03-31", 1, 0, true),
        ("2018-04-01", 2, 1, true),
    ] {
        let completeness = fixtures.metric(&target, day).await["completeness"].clone();
        assert_eq!(
            (&completeness["readings_due"], &completeness["readings_received"], &completeness["provisional"]),
            (&json!(due), &json!(received), &json!(provisional)),
            "{day}"
        );
    }
}

#[tokio::test]
async fn the_csv_has_a_row_a_target_and_no_formula() {
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
