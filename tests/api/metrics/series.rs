//! Series: what stands beside the points, and what is not there.

use serde_json::{Value, json};

use super::points::{of_point, taken_over};
use super::{body_of, list, register};
use crate::support::{App, Fixtures, id};

/// Date, value, threshold, threshold before, status, status against the threshold before.
fn steps(series: &Value) -> Vec<(String, Value, Value, Value, Value, Value)> {
    let step = |point: &Value| {
        let revision = &point["revision"];
        (
            point["as_at"].as_str().expect("a date").to_owned(),
            point["value"].clone(),
            point["threshold"].clone(),
            revision["previous_threshold"].clone(),
            point["status"].clone(),
            revision["previous_status"].clone(),
        )
    };
    list(series, "points").iter().map(step).collect()
}

#[tokio::test]
async fn the_revision_of_2_2_1_is_a_step_with_a_status_on_either_side() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let target = reporter.all("/v1/targets?code=2.2.1.summits").await.remove(0);
    let path = format!("/v1/targets/{}/series", id(&target));
    let none = Value::Null;
    let step = |date: &str, value: Value, threshold: i64, before: Value, status: &str, other: Value| {
        (date.to_owned(), value, json!(threshold), before, json!(status), other)
    };
    let by_quarter = steps(&reporter.read(&format!("{path}?interval=quarter")).await);
    assert_eq!(
        by_quarter,
        [
            step("2017-06-30", none.clone(), 2, none.clone(), "not_due", none.clone()),
            step("2017-09-30", none.clone(), 2, none.clone(), "not_due", none.clone()),
            step("2017-12-31", none.clone(), 2, none.clone(), "not_due", none.clone()),
            step("2018-03-31", json!(1), 1, json!(2), "green", json!("red")),
        ]
    );
    let by_month = steps(&reporter.read(&path).await);
    assert_eq!(by_month[8], step("2017-12-31", none.clone(), 2, none.clone(), "not_due", none.clone()));
    for (i, date, other) in
        [(9, "2018-01-31", "green"), (10, "2018-02-28", "green"), (11, "2018-03-31", "red")]
    {
        assert_eq!(
            by_month[i],
            step(date, json!(1), 1, json!(2), "green", json!(other)),
            "within the year one summit of the one planned so far is on course for two as well"
        );
    }
    let day_before = steps(&reporter.read(&format!("{path}?as_at=2018-01-25")).await);
    assert_eq!(day_before[9], step("2018-01-25", none.clone(), 2, none.clone(), "not_due", none));
}

#[tokio::test]
async fn each_point_has_the_threshold_that_held_then() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (framework, action) = fixtures.plan(&[]).await;
    let target = fixtures.target(&action, json!({ "kind": "ratio" }), json!({ "threshold": 80 })).await;
    fixtures
        .entry(&target, "2017-04-05", json!({ "kind": "ratio", "numerator": 7, "denominator": 10 }))
        .await;
    fixtures.activate(&framework).await;
    for (day, threshold) in [("2017-07-15", 70), ("2017-07-31", 60), ("2017-11-01", 90)] {
        let revision =
            json!({ "target_id": target["id"], "revised_on": day, "threshold": threshold, "reason": "So" });
        fixtures.0.create("/v1/revisions", revision).await;
    }
    let series = fixtures.0.read(&format!("/v1/targets/{}/series?as_at=2017-11-02", id(&target))).await;
    let seen: Vec<_> = steps(&series)
        .into_iter()
        .map(|(_, _, now, before, status, other)| (now, before, status, other))
        .collect();
    let (red, green) = (json!("red"), json!("green"));
    let unrevised = (json!(80), Value::Null, red.clone(), Value::Null);
    let july = (json!(60), json!(70), green.clone(), green.clone());
    let november = (json!(90), json!(60), red, green);
    let expected = [vec![unrevised; 3], vec![july; 4], vec![november]].concat();
    assert_eq!(seen, expected);
    assert_eq!(series["points"][7]["revision"]["original_threshold"], 80);
}

#[tokio::test]
async fn the_interval_in_hand_is_marked_and_those_to_come_are_not_there() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (_, action) = fixtures.plan(&[]).await;
    let target = fixtures
        .target(&action, json!({ "kind": "count_total", "unit_name": "x" }), json!({ "threshold": 12 }))
        .await;
    fixtures.entry(&target, "2017-04-05", json!({ "kind": "count", "count": 2 })).await;
    for (query, expected) in [
        ("interval=quarter&as_at=2017-03-31", vec![]),
        ("interval=quarter&as_at=2017-04-01", vec![("2017-04-01", "2017-04-01", false)]),
        ("interval=quarter&as_at=2017-06-30", vec![("2017-04-01", "2017-06-30", true)]),
        (
            "interval=quarter&as_at=2017-07-01",
            vec![("2017-04-01", "2017-06-30", true), ("2017-07-01", "2017-07-01", false)],
        ),
        ("interval=year&as_at=2017-07-01", vec![("2017-04-01", "2017-07-01", false)]),
        ("interval=year&as_at=2030-01-01", vec![("2017-04-01", "2018-03-31", true)]),
    ] {
        let series = fixtures.0.read(&format!("/v1/targets/{}/series?{query}", id(&target))).await;
        let points = list(&series, "points");
        let seen: Vec<_> = points
            .iter()
            .map(|p| {
                (
                    p["period_from"].as_str().expect("a day"),
                    p["as_at"].as_str().expect("a day"),
                    p["finished"] == true,
                )
            })
            .collect();
        assert_eq!(seen, expected, "{query}");
    }
    let series = fixtures.0.read(&format!("/v1/targets/{}/series?as_at=2017-06-30", id(&target))).await;
    assert_eq!(series["forecast"], json!({ "value": 8.02, "method": "carried_on" }), "2 in 91 days of 365");
    assert_eq!(series["points"][2]["expected_by_now"], 2.99);
}

#[tokio::test]
async fn once_there_counts_from_that_day_on() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (group, seats, _) = body_of(&fixtures, 2).await;
    let (_, action) = fixtures.plan(&[&group]).await;
    let measure = json!({ "kind": "attendance_rate", "aggregate": "distinct", "substitutes": "not_counted" });
    let target = fixtures.target(&action, measure, json!({ "threshold": 60 })).await;
    for (day, status) in [("2017-04-10", "absent"), ("2017-05-10", "substitute"), ("2017-06-10", "present")] {
        register(&fixtures, &group, day, &[(&seats[0], status)]).await;
    }
    let series = fixtures.0.read(&format!("/v1/targets/{}/series?as_at=2017-07-31", id(&target))).await;
    let seen: Vec<_> =
        list(&series, "points").iter().map(|p| (p["numerator"].clone(), p["denominator"].clone())).collect();
    let (none, one) = ((json!(0), json!(2)), (json!(1), json!(2)));
    assert_eq!(seen, [none.clone(), none, one.clone(), one]);
}

#[tokio::test]
async fn last_year_stands_beside_this_one_when_asked() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let before = fixtures.framework(json!({ "plan_from": "2015-04-01" })).await;
    let action = fixtures.action(&fixtures.outcome(&fixtures.theme(&before).await).await, json!({})).await;
    let measure = json!({ "kind": "count_total", "unit_name": "x" });
    let last = fixtures.target(&action, measure.clone(), json!({ "threshold": 12 })).await;
    for (day, count) in [("2015-04-30", 2), ("2016-02-29", 1)] {
        fixtures.entry(&last, day, json!({ "kind": "count", "count": count })).await;
    }
    let year = fixtures.framework(json!({ "plan_from": "2016-04-01" })).await;
    let action = fixtures.action(&fixtures.outcome(&fixtures.theme(&year).await).await, json!({})).await;
    let target = fixtures.target(&action, measure, json!({ "continues_target_id": last["id"] })).await;
    let path = format!("/v1/targets/{}/series?as_at=2016-05-15", id(&target));
    assert_eq!(fixtures.0.read(&path).await["last_year"], Value::Null);
    let series = fixtures.0.read(&format!("{path}&last_year=true")).await;
    assert_eq!(list(&series, "points").len(), 2);
    let beside = &series["last_year"];
    assert_eq!((&beside["target_id"], &beside["framework_id"]), (&last["id"], &before["id"]));
    let points = list(beside, "points");
    assert_eq!(points.len(), 12, "last year is whole");
    assert_eq!((&points[10]["as_at"], &points[10]["value"]), (&json!("2016-02-29"), &json!(3)));
    for point in points {
        let metric = fixtures.metric(&last, point["as_at"].as_str().expect("a date")).await;
        assert_eq!(of_point(&point), taken_over(&metric));
    }
    let of_framework = fixtures
        .0
        .read(&format!("/v1/frameworks/{}/series?as_at=2016-05-15&last_year=true", id(&year)))
        .await;
    assert_eq!(list(&of_framework, "data"), [series]);
}

#[tokio::test]
async fn the_csv_has_a_row_for_each_point() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let framework = reporter.all("/v1/frameworks?code=2017-18").await.remove(0);
    let path = format!("/v1/frameworks/{}/series?interval=quarter", id(&framework));
    let answer = reporter.get(&path.replace('?', ".csv?")).await.expect(200);
    assert!(answer.header("content-disposition").contains("series-2017-18-quarter-2018-03-31.csv"));
    let mut reader = csv::Reader::from_reader(answer.text.as_bytes());
    let columns = reader.headers().expect("a header").clone();
    let mut rows = reader.records();
    let text =
        |value: &Value| value.as_str().map_or_else(|| value.to_string().replace("null", ""), str::to_owned);
    for series in list(&reporter.read(&path).await, "data") {
        for point in list(&series, "points") {
            let row = rows.next().expect("a row").expect("CSV");
            for (column, cell) in columns.iter().zip(&row) {
                let value = match column {
                    "revised_on" | "previous_threshold" | "previous_status" => &point["revision"][column],
                    "as_at" => &point[column],
                    _ => series.get(column).unwrap_or(&point[column]),
                };
                assert_eq!(cell.trim_start_matches('\''), text(value), "{column} of {}", series["code"]);
            }
        }
    }
    assert!(rows.next().is_none());
}

#[tokio::test]
async fn what_is_not_there_has_no_series() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (framework, _) = fixtures.plan(&[]).await;
    fixtures.0.get(&format!("/v1/targets/{}/series", id(&framework))).await.expect(404);
    fixtures.0.get(&format!("/v1/frameworks/{}/series", uuid::Uuid::now_v7())).await.expect(404);
    let empty = fixtures.0.read(&format!("/v1/frameworks/{}/series", id(&framework))).await;
    assert_eq!(empty["data"], json!([]));
    let answer = fixtures.0.get(&format!("/v1/frameworks/{}/series?interval=week", id(&framework))).await;
    answer.expect(400);
}
