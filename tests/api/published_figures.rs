//! The figures that were published for 2017-18: the sample reproduces each, or gives a reason.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::support::{App, Caller, id};

async fn framework(caller: &Caller, code: &str) -> Value {
    caller.all(&format!("/v1/frameworks?code={code}")).await.remove(0)
}

async fn metrics(caller: &Caller) -> HashMap<String, Value> {
    let framework = framework(caller, "2017-18").await;
    let body = caller.read(&format!("/v1/frameworks/{}/metrics", id(&framework))).await;
    let data = body["data"].as_array().expect("data").clone();
    data.into_iter().map(|metric| (metric["code"].as_str().expect("a code").to_owned(), metric)).collect()
}

/// The expected metric of a line of the published document.
struct ExpectedMetric {
    code: &'static str,
    parts: Option<(i64, i64)>,
    percent: Option<f64>,
    value: Option<i64>,
    threshold: Option<i64>,
    status: &'static str,
    reason: Option<&'static str>,
}

const fn rate(
    code: &'static str,
    n: i64,
    d: i64,
    percent: f64,
    threshold: i64,
    status: &'static str,
) -> ExpectedMetric {
    ExpectedMetric {
        code,
        parts: Some((n, d)),
        percent: Some(percent),
        value: None,
        threshold: Some(threshold),
        status,
        reason: None,
    }
}

const fn count(code: &'static str, value: i64, threshold: i64, status: &'static str) -> ExpectedMetric {
    ExpectedMetric {
        code,
        parts: None,
        percent: None,
        value: Some(value),
        threshold: Some(threshold),
        status,
        reason: None,
    }
}

const fn no_value(code: &'static str, status: &'static str, reason: &'static str) -> ExpectedMetric {
    ExpectedMetric {
        code,
        parts: None,
        percent: None,
        value: None,
        threshold: None,
        status,
        reason: Some(reason),
    }
}

const FIGURES: &[ExpectedMetric] = &[
    rate("1.1.1.membership", 52, 52, 100.0, 100, "green"),
    no_value("1.1.1.invoices", "no_data", "no_entries"),
    rate("1.1.2.attendance", 70, 104, 67.31, 60, "green"),
    rate("1.1.5.attendance", 71, 102, 69.61, 65, "green"),
    rate("1.1.6.update", 3, 3, 100.0, 100, "green"),
    count("1.1.6.meetings", 3, 4, "red"),
    rate("1.2.1.briefing", 5, 6, 83.33, 100, "red"),
    no_value("1.3.2.attendance", "no_data", "no_entries"),
    count("1.3.2.meetings", 3, 4, "red"),
    no_value("2.1.1.attendance", "no_data", "no_entries"),
    count("2.1.1.meetings", 4, 4, "green"),
    count("2.2.1.summits", 1, 1, "green"),
    rate("3.1.2.attendance", 13, 52, 25.0, 60, "red"),
    no_value("3.1.3.evaluation", "no_data", "no_entries"),
    no_value("3.1.4.responses", "not_applicable", "zero_denominator"),
    rate("3.1.5.attendance", 7, 52, 13.46, 65, "red"),
    rate("3.1.6.attendance", 40, 104, 38.46, 55, "red"),
    count("3.4.1.events", 4, 4, "green"),
    no_value("3.4.1.evaluation", "no_data", "no_entries"),
    rate("3.5.3.participation", 32, 34, 94.12, 80, "green"),
    rate("3.7.1.participation", 44, 52, 84.62, 90, "amber"),
    rate("4.1.1.attendance", 13, 22, 59.09, 60, "amber"),
    rate("4.1.2.attendance", 6, 11, 54.55, 60, "amber"),
    no_value("4.1.2.meetings", "not_applicable", "handed_over"),
    no_value("4.3.1.attendance", "no_data", "meeting_cancelled"),
    count("5.2.4.ebulletins", 20, 20, "green"),
];

#[tokio::test]
async fn every_published_figure_is_reproduced_or_has_a_reason() {
    let app = App::with_sample();
    let metrics = metrics(&app.reporter()).await;
    for figure in FIGURES {
        let metric = &metrics[figure.code];
        let parts = metric["numerator"].as_i64().zip(metric["denominator"].as_i64());
        let expected_parts =
            if figure.reason == Some("zero_denominator") { Some((0, 0)) } else { figure.parts };
        assert_eq!(parts, expected_parts, "{}", figure.code);
        assert_eq!(metric["value_percent"].as_f64(), figure.percent, "{}", figure.code);
        assert_eq!(metric["value"].as_i64(), figure.value, "{}", figure.code);
        assert_eq!(metric["status"], figure.status, "{}", figure.code);
        assert_eq!(metric["value_reason"].as_str(), figure.reason, "{}", figure.code);
        if let Some(threshold) = figure.threshold {
            assert_eq!(metric["threshold"], threshold, "{}", figure.code);
        }
        assert_eq!(metric["as_at"], "2018-03-31");
        assert_eq!(metric["rule_version"], "3");
    }
}

#[tokio::test]
async fn the_turnout_of_the_conference_counts_councils() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let meeting = reporter
        .all("/v1/meetings?kind=conference&held_from=2017-06-26&held_until=2017-06-27")
        .await
        .remove(0);
    let turnout = reporter.read(&format!("/v1/meetings/{}/turnout", id(&meeting))).await;
    assert_eq!((&turnout["numerator"], &turnout["denominator"]), (&json!(29), &json!(52)));
    assert_eq!(
        (&turnout["value_percent"], &turnout["delegates"], &turnout["unit"]),
        (&json!(55.77), &json!(56), &json!("council"))
    );
    let metrics = metrics(&reporter).await;
    let claims = metrics["3.1.3.evaluation"]["claims"].as_array().expect("claims");
    assert!(
        claims.iter().any(|claim| claim["printed"].as_str().is_some_and(|printed| printed.contains("56")))
    );
}

#[tokio::test]
async fn each_meeting_of_the_lead_members_has_its_own_rate() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let group = reporter.all("/v1/groups?code=adult-lead-members").await.remove(0);
    let meetings = reporter.all(&format!("/v1/meetings?group_id={}&held_from=2017-04-01", id(&group))).await;
    let mut rates = Vec::new();
    for meeting in meetings {
        let turnout = reporter.read(&format!("/v1/meetings/{}/turnout", id(&meeting))).await;
        rates.push((
            turnout["numerator"].as_i64(),
            turnout["denominator"].as_i64(),
            turnout["value_percent"].as_f64(),
        ));
    }
    assert_eq!(rates, [(Some(6), Some(11), Some(54.55)), (Some(7), Some(11), Some(63.64))]);
    let metric = &metrics(&reporter).await["4.1.1.attendance"];
    assert_eq!((&metric["direction"]["short"], &metric["variance"]), (&json!("improved"), &json!(-0.91)));
    let mean = metric["alternatives"]
        .as_array()
        .expect("alternatives")
        .iter()
        .find(|a| a["choice"] == "mean")
        .expect("a mean");
    assert_eq!((&mean["value_percent"], &mean["numerator"]), (&json!(59.09), &Value::Null));
}

#[tokio::test]
async fn a_baseline_over_three_meetings_marks_the_basis_as_changed() {
    let app = App::with_sample();
    let metric = &metrics(&app.reporter()).await["3.1.5.attendance"];
    assert_eq!((&metric["baseline"]["value"], &metric["baseline"]["meetings"]), (&json!(64), &json!(3)));
    assert_eq!(
        (&metric["direction"]["long"], &metric["direction"]["basis_changed"]),
        (&json!("declined"), &json!(true))
    );
    assert_eq!(metric["baseline_variance"], json!(-50.54));
}

#[tokio::test]
async fn a_metric_shows_the_revised_and_the_previous_threshold() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let metric = &metrics(&reporter).await["2.2.1.summits"];
    let revision = &metric["revision"];
    assert_eq!((&metric["threshold"], &metric["status"]), (&json!(1), &json!("green")));
    assert_eq!((&revision["previous_threshold"], &revision["previous_status"]), (&json!(2), &json!("red")));
    let before = reporter
        .read(&format!(
            "/v1/targets/{}/metric?as_at=2018-01-25",
            metric["target_id"].as_str().expect("an id")
        ))
        .await;
    assert_eq!((&before["threshold"], &before["revision"]), (&json!(2), &Value::Null));
}

#[tokio::test]
async fn published_figures_that_cannot_be_derived_are_listed_as_claims() {
    let app = App::with_sample();
    let metrics = metrics(&app.reporter()).await;
    for (code, printed) in [
        ("1.1.3.attendance", "87"),
        ("1.3.2.attendance", "69"),
        ("2.1.1.attendance", "91"),
        ("3.1.1.attendance", "70"),
        ("3.1.2.attendance", "39"),
        ("2.3.2.mou", "89"),
        ("3.1.7.evaluation", "79"),
        ("3.4.1.evaluation", "97"),
        ("3.2.1.balance", "160K"),
        ("3.2.2.balance", "160K"),
        ("3.2.3.balance", "160K"),
        ("3.5.2.balance", "160K"),
        ("3.7.2.balance", "160K"),
    ] {
        let claims = metrics[code]["claims"].as_array().expect("claims");
        assert!(
            claims.iter().any(|c| c["printed"].as_str().is_some_and(|p| p.contains(printed))),
            "{code}: {claims:?}"
        );
        if code.ends_with("balance") {
            assert_eq!(
                metrics[code]["value_reason"], "no_entries",
                "a figure of the whole association belongs to no area"
            );
        }
    }
}

#[tokio::test]
async fn deleting_an_attendance_record_lowers_the_numerator_by_one() {
    let app = App::with_sample();
    let officer = app.officer();
    let before = metrics(&officer).await;
    for code in [
        "1.1.2.attendance",
        "1.1.5.attendance",
        "3.1.2.attendance",
        "3.1.5.attendance",
        "3.1.6.attendance",
        "4.1.1.attendance",
        "4.1.2.attendance",
    ] {
        let target = before[code]["target_id"].as_str().expect("an id");
        let (record, version) = find_present_record(&officer, target).await;
        officer.delete(&format!("/v1/attendance/{record}"), version).await.expect(204);
        let after = officer.read(&format!("/v1/targets/{target}/metric")).await;
        let numerator = |metric: &Value| metric["numerator"].as_i64().expect("a numerator");
        assert_eq!(numerator(&after), numerator(&before[code]) - 1, "{code}");
        assert_eq!(
            after["denominator"], before[code]["denominator"],
            "a seat without a record is still expected: {code}"
        );
        assert_eq!(after["detail"]["not_recorded"], 1, "{code}");
    }
}

/// Finds a `present` record of a target's meeting whose holder has no other seat in the group.
async fn find_present_record(officer: &Caller, target: &str) -> (String, i64) {
    let target = officer.read(&format!("/v1/targets/{target}")).await;
    let action = target["action_ids"][0].as_str().expect("an action");
    for meeting in officer.all(&format!("/v1/meetings?action_id={action}")).await {
        if meeting["register"] != "closed" || meeting["status"] != "held" {
            continue;
        }
        for record in officer.all(&format!("/v1/attendance?meeting_id={}&status=present", id(&meeting))).await
        {
            let Some(seat) = record["seat_id"].as_str() else { continue };
            let seat = officer.read(&format!("/v1/seats/{seat}")).await;
            let holder = seat["terms"][0]["holder_ref"].as_str().expect("a holder");
            let group = meeting["group_id"].as_str().expect("a group");
            if officer.all(&format!("/v1/seats?group_id={group}&holder_ref={holder}")).await.len() == 1 {
                return (
                    record["id"].as_str().expect("an id").to_owned(),
                    record["version"].as_i64().expect("a version"),
                );
            }
        }
    }
    panic!("no record to delete");
}
