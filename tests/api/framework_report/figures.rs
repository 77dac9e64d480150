//! The report shows the same figures as the metrics.

use serde_json::{Value, json};

use super::{framework, report};
use crate::support::{App, Fixtures, id};

/// The label of a status in reports.
pub fn status_label(status: &str) -> &str {
    match status {
        "green" => "Green",
        "amber" => "Amber",
        "red" => "Red",
        "not_due" => "Not due",
        "no_data" => "No data",
        "not_applicable" => "Not applicable",
        "contextual" => "For information",
        other => panic!("unknown status {other}"),
    }
}

#[tokio::test]
async fn every_figure_equals_its_metric_with_numerator_and_denominator() {
    let app = App::with_sample();
    let reporter = app.reporter();
    for code in ["2016-17", "2017-18"] {
        let framework = framework(&reporter, code).await;
        let page = report(&reporter, &framework, "2018-03-31").await;
        let metrics =
            reporter.read(&format!("/v1/frameworks/{}/metrics?as_at=2018-03-31", id(&framework))).await;
        for metric in metrics["data"].as_array().expect("data") {
            let code = metric["code"].as_str().expect("a code");
            let rows = page.rows(code);
            assert_eq!(rows.len(), if code == "5.2.4.ebulletins" { 2 } else { 1 }, "{code}");
            let (value, badge) = (rows[0].text_of("value"), rows[0].of_class("rag")[0]);
            assert!(
                badge.text_of("badge").ends_with(status_label(metric["status"].as_str().expect("a status"))),
                "{code}"
            );
            if let Some(percent) = metric["value_percent"].as_f64() {
                let parts = format!("{percent:.2} % {} of {}", metric["numerator"], metric["denominator"]);
                assert!(value.starts_with(&parts), "{code}: {value} does not start with {parts}");
            } else if metric["value"].is_null() {
                assert!(value.starts_with("No figure "), "{code}: {value}");
            }
            let is_provisional = metric["completeness"]["provisional"] == true;
            assert_eq!(value.contains("Provisional."), is_provisional, "{code}: {value}");
        }
    }
}

#[tokio::test]
async fn a_target_row_shows_figure_status_target_monitoring_and_trend() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let page = report(&reporter, &framework(&reporter, "2017-18").await, "2018-03-31").await;
    let row = page.rows("4.1.1.attendance")[0];
    assert_eq!(row.attribute("data-ref"), "4.1.1");
    let constructed = "2 registers are constructed to give a published total";
    assert_eq!(row.text_of("value"), format!("59.09 % 13 of 22 seats {constructed}"));
    assert_eq!(row.text_of("rag"), "\u{25b2} Amber Short of the threshold, within the tolerance");
    assert!(row.text_of("target").contains("At least 60 %, amber from 54 %"), "{}", row.text_of("target"));
    assert_eq!(row.text_of("monitoring"), "Annual From attendance lists");
    let trend = row.of_class("trend")[0];
    assert_eq!((trend.attribute("role"), trend.all()[0].name.as_str()), ("img", "svg"));
    assert_eq!(
        trend.attribute("aria-label"),
        "Month by month: 54.55 % (amber) from October 2017, 59.09 % (amber) from January 2018"
    );
    assert_eq!(page.rows("1.2.1.briefing")[0].text_of("value"), "83.33 % 5 of 6 meetings");
    assert_eq!(page.rows("5.2.4.ebulletins")[1].text_of("value"), "20 eBulletins");
    assert_eq!(page.rows("4.3.1.attendance")[0].text_of("parts"), "The meeting was cancelled");
    let revised = page.rows("2.2.1.summits")[0].text_of("remarks");
    assert!(revised.contains("Threshold revised on 26 January 2018: From 2 to 1:"), "{revised}");
}

#[tokio::test]
async fn a_claim_is_marked_and_shown_apart_from_the_outturn() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let page = report(&reporter, &framework(&reporter, "2017-18").await, "2018-03-31").await;
    let row = page.rows("2.1.1.attendance")[0];
    assert_eq!(row.text_of("value"), "No figure Nothing was recorded None of 4 meetings has a register");
    assert!(row.text_of("claim").starts_with("Claimed, as printed, ") && row.text_of("claim").contains("91"));
    assert!(row.text_of("rag").contains("No data"));
}

#[tokio::test]
async fn the_report_counts_statuses_as_the_summary_endpoint_does() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let framework = framework(&reporter, "2017-18").await;
    let page = report(&reporter, &framework, "2017-12-31").await;
    let summary = reporter.read(&format!("/v1/frameworks/{}/summary?as_at=2017-12-31", id(&framework))).await;
    let stated = &summary["roll_up"]["stated"];
    for status in ["green", "amber", "red", "not_due", "no_data", "not_applicable", "contextual"] {
        let tile = &page.of_class("tiles")[0].of_class(status)[0].text;
        assert!(
            tile.starts_with(&format!("{} ", stated[status])) && tile.ends_with(status_label(status)),
            "{tile}"
        );
    }
    let charts: Vec<&str> = page
        .all()
        .into_iter()
        .filter(|element| element.attribute("role") == "img")
        .map(|element| element.attribute("aria-label"))
        .collect();
    for theme in summary["themes"].as_array().expect("themes") {
        let stated = &theme["roll_up"]["stated"];
        let green_count = format!("{} Green", stated["green"]);
        let title = theme["title"].as_str().expect("a title");
        assert!(
            charts
                .iter()
                .any(|chart| chart.contains(title) && (stated["green"] == 0 || chart.contains(&green_count)))
        );
    }
    assert_eq!(page.of_class("attendance")[0].of_class("name").len(), 0);
    let about = &page.of_class("attendance")[0].text;
    assert!(about.contains("No council is ranked: 6 closed registers are constructed"), "{about}");
    assert_eq!(page.text_of("lead"), "Outturn at 31 December 2017 Plan period 1 April 2017 to 31 March 2018");
}

#[tokio::test]
async fn missing_records_are_listed_beside_the_figure_and_by_owner() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let group = fixtures.group(json!({})).await;
    let (attended, expected) = (fixtures.council(json!({})).await, fixtures.council(json!({})).await);
    let seats = [
        fixtures.seat(&group, &attended, json!({})).await,
        fixtures.seat(&group, &expected, json!({})).await,
    ];
    let (framework, action) = fixtures.plan(&[&group]).await;
    let measure = json!({ "kind": "attendance_rate", "unit": "seat" });
    let target =
        fixtures.target(&action, measure, json!({ "threshold": 50, "owner": "Head of Policy" })).await;
    let closed = fixtures.meeting(Some(&group), "2017-05-01", json!({})).await;
    fixtures.attendance(&closed, &seats[0], "present").await;
    fixtures.close_register(&closed).await;
    fixtures.meeting(Some(&group), "2017-06-01", json!({})).await;
    let narrative = json!({ "kind": "narrative", "text": "It goes well." });
    fixtures.entry(&target, "2017-06-02", narrative).await;
    let judgement = json!({ "kind": "judgement", "status": "amber", "reason": "Too early to say." });
    fixtures.entry(&target, "2017-06-03", judgement).await;
    let page = report(&fixtures.0, &framework, "2017-07-01").await;
    let row = page.rows(target["code"].as_str().expect("a code"))[0];
    assert_eq!(
        row.text_of("value"),
        "50.00 % 1 of 2 seats 1 of 2 meetings has a register Provisional. Still to come: 1 register to close"
    );
    assert_eq!(page.text_of("debts"), "Head of Policy : 1 register to close, for 1 target");
    let ongoing = page.text_of("ongoing");
    assert!(ongoing.contains("2 June 2017: It goes well."), "{ongoing}");
    let remarks = row.text_of("remarks");
    assert!(remarks.contains("Judged amber on 3 June 2017: Too early to say. (olive)"), "{remarks}");
    let councils: Vec<&str> =
        page.of_class("attendance")[0].of_class("name").iter().map(|name| name.text.as_str()).collect();
    let names: Vec<&Value> = vec![&attended["name"], &expected["name"]];
    assert_eq!(councils, names, "councils with more attendance are listed first");
}
