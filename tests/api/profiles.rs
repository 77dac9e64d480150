//! Profiles and tolerances must be within the plan period and the threshold.

use serde_json::{Value, json};

use crate::support::{App, Fixtures, id};

fn measure(profile: &[(&str, i64)]) -> Value {
    let points = profile.iter().map(|(day, expected)| json!({ "by_on": day, "expected": expected }));
    json!({ "kind": "count_total", "unit_name": "x", "profile": points.collect::<Vec<_>>() })
}

fn absolute(value: f64) -> Value {
    json!({ "kind": "absolute", "value": value })
}

fn body(action: &Value, measure: Value, more: Value) -> Value {
    let mut body =
        json!({ "action_ids": [action["id"]], "code": "t", "title": "T", "position": 1, "measure": measure });
    body.as_object_mut().expect("an object").extend(more.as_object().cloned().expect("an object"));
    body
}

#[tokio::test]
async fn a_profile_must_be_within_the_plan_period_and_an_at_least_threshold() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (_, action) = fixtures.plan(&[]).await;
    let at_least = json!({ "threshold": 10 });
    let at_most = json!({ "threshold": 10, "aim": "at_most" });
    for (profile, more, field_errors) in [
        (vec![("2017-03-31", 1)], &at_least, vec!["#/measure/profile outside_the_plan_period"]),
        (
            vec![("2017-04-01", 1), ("2018-04-01", 10)],
            &at_least,
            vec!["#/measure/profile outside_the_plan_period"],
        ),
        (
            vec![("2017-04-01", 1), ("2018-04-01", 10)],
            &at_most,
            vec!["#/measure/profile outside_the_plan_period"],
        ),
        (
            vec![("2017-06-30", 10), ("2017-09-30", 11), ("2017-12-31", 12)],
            &at_least,
            vec!["#/measure/profile/1/expected out_of_range", "#/measure/profile/2/expected out_of_range"],
        ),
    ] {
        let refused = fixtures.0.post("/v1/targets", body(&action, measure(&profile), more.clone())).await;
        assert_eq!(refused.expect(422).field_errors(), field_errors, "{profile:?}");
    }
    for (profile, more) in [
        (vec![("2017-04-01", 1), ("2018-03-31", 10)], at_least),
        (vec![("2017-06-30", 10), ("2017-09-30", 11)], at_most),
        (vec![("2017-06-30", 10)], json!({})),
    ] {
        fixtures.target(&action, measure(&profile), more).await;
    }
}

#[tokio::test]
async fn an_absolute_tolerance_must_not_exceed_an_at_least_threshold() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (_, action) = fixtures.plan(&[]).await;
    let options =
        |threshold: f64, tolerance: f64| json!({ "threshold": threshold, "tolerance": absolute(tolerance) });
    for (measure, more) in [
        (measure(&[]), options(4.0, 4.5)),
        (json!({ "kind": "ratio" }), options(60.0, 60.01)),
        (json!({ "kind": "ratio" }), options(0.0, 0.01)),
        (json!({ "kind": "meetings_held" }), options(4.0, 5.0)),
    ] {
        let refused = fixtures.0.post("/v1/targets", body(&action, measure, more.clone())).await;
        assert_eq!(refused.expect(422).field_errors(), ["#/tolerance tolerance_does_not_fit"], "{more}");
    }
    let mut at_most = options(4.0, 5.0);
    at_most["aim"] = json!("at_most");
    for (measure, more) in [
        (measure(&[]), options(4.0, 4.0)),
        (measure(&[]), at_most),
        (json!({ "kind": "ratio" }), json!({ "tolerance": absolute(5.0) })),
        (
            json!({ "kind": "financial_balance", "area": "a", "requirement": "break_even" }),
            json!({ "threshold": -500, "tolerance": absolute(0.0) }),
        ),
    ] {
        fixtures.target(&action, measure, more).await;
    }
}

#[tokio::test]
async fn a_change_must_keep_profile_and_tolerance_within_the_threshold() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (_, action) = fixtures.plan(&[]).await;
    let more = json!({ "threshold": 10, "tolerance": absolute(5.0) });
    let target = fixtures.target(&action, measure(&[("2017-09-30", 8)]), more).await;
    let path = format!("/v1/targets/{}", id(&target));
    for (patch, field_error) in [
        (json!({ "threshold": 7 }), "#/measure/profile out_of_range"),
        (json!({ "measure": measure(&[("2017-09-30", 11)]) }), "#/measure/profile out_of_range"),
        (json!({ "measure": measure(&[("2018-09-30", 8)]) }), "#/measure/profile outside_the_plan_period"),
        (json!({ "tolerance": absolute(10.5) }), "#/tolerance tolerance_does_not_fit"),
        (json!({ "measure": measure(&[]), "threshold": 4 }), "#/tolerance tolerance_does_not_fit"),
    ] {
        assert_eq!(
            fixtures.0.patch(&path, 1, patch.clone()).await.expect(422).field_errors(),
            [field_error],
            "{patch}"
        );
    }
    assert_eq!(fixtures.0.read(&path).await, target);
    let at_most = json!({ "aim": "at_most", "threshold": 7, "tolerance": absolute(9.0) });
    fixtures.0.patch(&path, 1, at_most).await.expect(200);
    let refused = fixtures.0.patch(&path, 2, json!({ "aim": "at_least" })).await.expect(422);
    assert_eq!(refused.field_errors(), ["#/tolerance tolerance_does_not_fit"]);
}

#[tokio::test]
async fn a_revision_must_not_go_below_the_tolerance_and_caps_the_profile() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (framework, action) = fixtures.plan(&[]).await;
    let more = json!({ "threshold": 10, "tolerance": absolute(5.0) });
    let profile_measure = measure(&[("2017-09-30", 8), ("2017-12-31", 10)]);
    let target = fixtures.target(&action, profile_measure, more).await;
    fixtures.entry(&target, "2017-05-01", json!({ "kind": "count", "count": 6 })).await;
    fixtures.activate(&framework).await;
    let revise = async |on: &str, threshold: i64| {
        let body = json!({ "target_id": target["id"], "revised_on": on, "threshold": threshold, "reason": "agreed" });
        fixtures.0.post("/v1/revisions", body).await
    };
    let refused = revise("2017-10-01", 4).await.expect(422);
    assert_eq!(refused.field_errors(), ["#/threshold threshold_does_not_fit"]);
    revise("2017-10-01", 6).await.expect(201);
    for (day, expected, status) in
        [("2017-09-30", 8, "amber"), ("2017-10-01", 6, "green"), ("2017-12-31", 6, "green")]
    {
        let metric = fixtures.metric(&target, day).await;
        assert_eq!(
            (&metric["expected_by_now"], &metric["status"]),
            (&json!(expected), &json!(status)),
            "{day}"
        );
    }
}
