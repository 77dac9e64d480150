//! Registers that were constructed to reproduce a published total. The API marks them, and
//! rankings of councils exclude them.

use serde_json::{Value, json};

use crate::support::{App, Fixtures, id};

#[tokio::test]
async fn a_meeting_shows_whether_its_register_is_constructed() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let group = fixtures.group(json!({})).await;
    let usual = fixtures.meeting(Some(&group), "2017-05-01", json!({})).await;
    assert_eq!(usual["constructed"], false);
    let constructed = fixtures.meeting(Some(&group), "2017-06-01", json!({ "constructed": true })).await;
    assert_eq!(constructed["constructed"], true);
    let path = format!("/v1/meetings/{}", id(&usual));
    let changed = fixtures.0.patch(&path, 1, json!({ "constructed": true })).await.expect(200).body;
    assert_eq!((&changed["constructed"], &changed["version"]), (&json!(true), &json!(2)));
    let turnout = fixtures.0.read(&format!("{path}/turnout")).await;
    assert_eq!(turnout["constructed"], true);
    let report = fixtures.0.read("/v1/datasets/meetings").await;
    let rows = report["data"].as_array().expect("data");
    assert!(rows.iter().all(|row| row["constructed"] == true), "{rows:?}");
}

#[tokio::test]
async fn all_closed_registers_of_the_sample_are_constructed() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let meetings = reporter.all("/v1/meetings").await;
    let (closed, others): (Vec<&Value>, Vec<&Value>) =
        meetings.iter().partition(|meeting| meeting["register"] == "closed");
    assert_eq!(closed.len(), 12);
    assert!(closed.iter().all(|meeting| meeting["constructed"] == true));
    assert!(others.iter().all(|meeting| meeting["constructed"] == false));
}

#[tokio::test]
async fn no_council_is_ranked_by_constructed_registers() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (group, council) = (fixtures.group(json!({})).await, fixtures.council(json!({})).await);
    let seat = fixtures.seat(&group, &council, json!({})).await;
    for (day, status, constructed) in [
        ("2017-05-01", "present", false),
        ("2017-06-01", "absent", true),
        ("2016-05-01", "absent", true),
        ("2018-03-01", "present", true),
    ] {
        let meeting = fixtures.meeting(Some(&group), day, json!({ "constructed": constructed })).await;
        fixtures.attendance(&meeting, &seat, status).await;
        fixtures.close_register(&meeting).await;
    }
    let listed = fixtures.0.all("/v1/engagement?as_at=2018-03-31").await;
    let row = listed.iter().find(|row| row["council_id"] == council["id"]).expect("the council");
    let parts = |name: &str| (row[name]["numerator"].clone(), row[name]["denominator"].clone());
    assert_eq!(parts("last_year"), (json!(1), json!(1)));
    assert_eq!(parts("year_before"), (json!(0), json!(0)));
    assert_eq!((&row["change_points"], &row["last_attended_on"]), (&Value::Null, &json!("2017-05-01")));

    let response =
        fixtures.0.read(&format!("/v1/councils/{}/engagement?as_at=2018-03-31", id(&council))).await;
    let year = &response["councils"][0]["years"][1];
    assert_eq!(year["plan_from"], "2017-04-01");
    let body = &year["bodies"][0];
    assert_eq!((&body["meetings"], &body["meetings_constructed"]), (&json!(3), &json!(2)));
    assert_eq!(year["attendance"]["denominator"], 3, "engagement counts the same registers as metrics");

    let report = fixtures.0.read("/v1/datasets/engagement?as_at=2018-03-31").await;
    let rows = report["data"].as_array().expect("data");
    let row = rows.iter().find(|row| row["occurred_on"] == "2017-04-01").expect("a row");
    assert_eq!((&row["meetings"], &row["meetings_constructed"]), (&json!(3), &json!(2)));

    let (framework, action) = fixtures.plan(&[&group]).await;
    let target =
        fixtures.target(&action, json!({ "kind": "attendance_rate" }), json!({ "threshold": 60 })).await;
    let metric = fixtures.metric(&target, "2018-03-31").await;
    assert_eq!(
        (&metric["numerator"], &metric["denominator"]),
        (&json!(2), &json!(3)),
        "metrics count constructed registers"
    );
    let path = format!("/v1/frameworks/{}/report?as_at=2018-03-31", id(&framework));
    let page = fixtures.0.get(&path).await.expect(200).text;
    assert!(
        page.contains("1 of 1") && !page.contains("2 of 3</span>"),
        "the ranking in the report excludes them"
    );
    assert!(page.contains("2 registers are left out"), "the report states the exclusion");
}
