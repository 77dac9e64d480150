//! Which way a metric moves, and against what it is compared.

use serde_json::json;

use super::{body_of, coverage, register};
use crate::support::{App, Fixtures};

#[tokio::test]
async fn a_number_alone_moves_by_its_number() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (a, b) = (fixtures.council(json!({})).await, fixtures.council(json!({})).await);
    let (_, action) = fixtures.plan(&[]).await;
    let measure = json!({ "kind": "council_coverage", "basis": "entries" });
    let target = fixtures.target(&action, measure, json!({ "baseline": { "value": 3 } })).await;
    for council in [&a, &b] {
        fixtures.entry(&target, "2017-05-01", coverage(council, true)).await;
    }
    let metric = fixtures.metric(&target, "2018-03-31").await;
    assert_eq!(
        (&metric["value"], &metric["baseline_variance"], &metric["direction"]["long"]),
        (&json!(2), &json!(-1), &json!("declined")),
        "two councils are fewer than three, though they are all there are"
    );
}

#[tokio::test]
async fn a_period_without_a_report_is_not_nought() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (_, action) = fixtures.plan(&[]).await;
    let more = json!({ "threshold": 20, "frequencies": ["quarterly"] });
    let target = fixtures.target(&action, json!({ "kind": "count_total", "unit_name": "x" }), more).await;
    fixtures.entry(&target, "2017-05-01", json!({ "kind": "count", "count": 4 })).await;
    fixtures.entry(&target, "2017-08-01", json!({ "kind": "count", "count": 5 })).await;
    let metric = fixtures.metric(&target, "2017-12-31").await;
    assert_eq!(metric["direction"]["short"], "improved", "the third quarter has said nothing");
    assert_eq!(metric["completeness"]["readings_received"], 2);
}

#[tokio::test]
async fn another_denominator_is_another_basis() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (group, seats, _) = body_of(&fixtures, 2).await;
    let (_, action) = fixtures.plan(&[&group]).await;
    register(&fixtures, &group, "2017-05-01", &[(&seats[0], "present")]).await;
    for (denominator, changed) in [(2, false), (3, true)] {
        let baseline = json!({ "value": 33.33, "numerator": 1, "denominator": denominator });
        let more = json!({ "threshold": 60, "baseline": baseline });
        let target = fixtures.target(&action, json!({ "kind": "attendance_rate" }), more).await;
        let direction = fixtures.metric(&target, "2018-03-31").await["direction"].clone();
        assert_eq!((&direction["long"], &direction["basis_changed"]), (&json!("improved"), &json!(changed)));
    }
}

#[tokio::test]
async fn readings_of_one_occasion_are_compared_with_each_other() {
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
