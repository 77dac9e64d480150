//! Plan periods: any first day, 1 to 60 whole months, and frameworks whose plan periods overlap.

use std::collections::BTreeSet;

use chrono::{Days, Months, NaiveDate};
use outturn::rules::PlanPeriod;
use outturn::transfer;
use outturn::values::UnknownColumns;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{App, Fixtures, contracts, id};

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

/// Creates a framework with this plan period; returns it with an action of these groups.
async fn create_plan(fixtures: &Fixtures, from: &str, until: &str, groups: &[&Value]) -> (Value, Value) {
    let framework = fixtures.framework(json!({ "plan_from": from, "plan_until": until })).await;
    let outcome = fixtures.outcome(&fixtures.theme(&framework).await).await;
    let ids: Vec<Value> = groups.iter().map(|group| group["id"].clone()).collect();
    (framework, fixtures.action(&outcome, json!({ "group_ids": ids })).await)
}

/// The first days and the due dates of a framework's missing readings on a day.
async fn missing_readings(fixtures: &Fixtures, framework: &Value, on: &str) -> Vec<(String, String)> {
    let list = fixtures.0.read(&format!("/v1/frameworks/{}/overdue?as_at={on}", id(framework))).await;
    let text = |value: &Value| value.as_str().expect("a day").to_owned();
    let items = list["data"].as_array().expect("data").iter();
    items.map(|item| (text(&item["period_from"]), text(&item["due_on"]))).collect()
}

#[tokio::test]
async fn a_plan_period_is_twelve_months_long_by_default() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    for (from, until) in [
        ("2017-04-01", "2018-04-01"),
        ("2023-07-01", "2024-07-01"),
        ("2023-01-01", "2024-01-01"),
        ("2024-02-29", "2025-02-28"),
        ("2023-02-28", "2024-02-28"),
        ("2099-12-31", "2100-12-31"),
    ] {
        let framework = fixtures.framework(json!({ "plan_from": from })).await;
        assert_eq!((&framework["plan_from"], &framework["plan_until"]), (&json!(from), &json!(until)));
        let explicit = fixtures.framework(json!({ "plan_from": from, "plan_until": until })).await;
        assert_eq!(explicit["plan_until"], until);
    }
    let body = json!({ "code": "late", "title": "Late", "plan_from": "2100-01-01" });
    let refused = fixtures.0.post("/v1/frameworks", body).await.expect(422);
    assert_eq!(refused.field_errors(), ["#/plan_from not_a_plan_period"]);
}

#[tokio::test]
async fn only_whole_months_from_1_to_60_are_accepted() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    for (from, until, is_accepted) in [
        ("2023-07-01", "2023-08-01", true),
        ("2023-07-01", "2028-07-01", true),
        ("2023-07-01", "2028-08-01", false),
        ("2023-07-01", "2023-07-01", false),
        ("2023-07-01", "2023-06-01", false),
        ("2023-07-01", "2024-06-30", false),
        ("2023-07-01", "2024-07-02", false),
        ("2023-01-31", "2023-02-28", true),
        ("2023-01-31", "2023-03-31", true),
        ("2023-01-31", "2023-03-28", false),
        ("2024-01-31", "2024-02-29", true),
        ("2024-01-31", "2024-02-28", false),
        ("2100-01-01", "2100-12-01", true),
    ] {
        let body = json!({ "code": format!("{from}.{until}"), "title": "T", "plan_from": from, "plan_until": until });
        let response = fixtures.0.post("/v1/frameworks", body).await;
        if is_accepted {
            assert_eq!(response.expect(201).body["plan_until"], until, "{from} {until}");
        } else {
            let refused = response.expect(422);
            assert_eq!(refused.field_errors(), ["#/plan_until not_a_plan_period"], "{from} {until}");
            assert!(refused.text.contains("1 to 60 whole months"), "{}", refused.text);
        }
    }
    let framework = fixtures.framework(json!({})).await;
    let path = format!("/v1/frameworks/{}", id(&framework));
    fixtures.0.patch(&path, 1, json!({ "plan_until": "2019-04-01" })).await.expect(422);
}

#[tokio::test]
async fn the_database_and_the_server_accept_the_same_plan_periods() {
    let app = App::new();
    for from in ["2023-01-29", "2023-01-31", "2024-02-29", "2023-07-01", "2095-12-30"] {
        let accepted = app
            .texts(&format!(
                "SELECT until::date::text AS t
                 FROM generate_series('{from}'::date - 40, '{from}'::date + 1900, interval '1 day') until
                 WHERE is_plan_period('{from}', until::date)"
            ))
            .await;
        let from = day(from);
        let days = (0..=1940).map(|n| from - Days::new(40) + Days::new(n));
        let expected = days.filter(|until| PlanPeriod::new(from, *until).whole_months().is_some());
        assert_eq!(accepted, expected.map(|until| until.to_string()).collect::<Vec<_>>(), "{from}");
        assert_eq!(accepted.len(), 60, "{from}");
    }
}

#[tokio::test]
async fn reporting_periods_are_counted_from_the_first_day() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let cases: [(&str, &str, &str, &[&str]); 9] = [
        ("2023-07-01", "2024-07-01", "quarterly", &["2023-07-01", "2023-10-01", "2024-01-01", "2024-04-01"]),
        ("2023-01-01", "2024-01-01", "three_a_year", &["2023-01-01", "2023-05-01", "2023-09-01"]),
        ("2023-10-01", "2025-04-01", "annual", &["2023-10-01", "2024-10-01"]),
        ("2023-10-01", "2025-04-01", "half_yearly", &["2023-10-01", "2024-04-01", "2024-10-01"]),
        ("2020-01-01", "2025-01-01", "every_two_years", &["2020-01-01", "2022-01-01", "2024-01-01"]),
        (
            "2020-01-01",
            "2025-01-01",
            "annual",
            &["2020-01-01", "2021-01-01", "2022-01-01", "2023-01-01", "2024-01-01"],
        ),
        ("2023-02-10", "2023-03-10", "quarterly", &["2023-02-10"]),
        ("2023-02-10", "2023-03-10", "twice_a_month", &["2023-02-10", "2023-02-25"]),
        ("2024-01-31", "2024-05-31", "monthly", &["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30"]),
    ];
    for (from, until, frequency, firsts) in cases {
        let (framework, action) = create_plan(&fixtures, from, until, &[]).await;
        fixtures.target(&action, json!({ "kind": "ratio" }), json!({ "frequencies": [frequency] })).await;
        let missing = missing_readings(&fixtures, &framework, "2030-01-01").await;
        let ends = firsts.iter().skip(1).chain([&until]);
        let expected: Vec<(String, String)> = firsts
            .iter()
            .zip(ends)
            .map(|(first, end)| ((*first).to_owned(), (day(end) - Days::new(1)).to_string()))
            .collect();
        assert_eq!(missing, expected, "{frequency} from {from} until {until}");
        let last_day = (day(until) - Days::new(1)).to_string();
        let on_the_last_day = missing_readings(&fixtures, &framework, &last_day).await;
        assert_eq!(on_the_last_day, expected[..expected.len() - 1], "the last reading is due the day after");
    }
}

#[tokio::test]
async fn figures_cover_the_plan_period() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    for (from, until) in [
        ("2023-07-01", "2024-07-01"),
        ("2023-01-01", "2024-01-01"),
        ("2023-10-01", "2025-04-01"),
        ("2020-01-01", "2025-01-01"),
        ("2023-02-10", "2023-03-10"),
        ("2024-01-31", "2024-05-31"),
    ] {
        let (framework, action) = create_plan(&fixtures, from, until, &[]).await;
        let plan = PlanPeriod::new(day(from), day(until));
        let (days, last_day) = (plan.days(), plan.0.last_day());
        let measure = json!({ "kind": "count_total", "unit_name": "visits" });
        // One visit a day is expected.
        let target = fixtures.target(&action, measure, json!({ "threshold": days })).await;
        let outside = (day(from) - Days::new(1)).to_string();
        for (on, count) in [(outside.as_str(), 100), (from, 7), (&last_day.to_string(), 1), (until, 100)] {
            fixtures.entry(&target, on, json!({ "kind": "count", "count": count })).await;
        }
        let tenth = (day(from) + Days::new(9)).to_string();
        let metric = fixtures.metric(&target, &tenth).await;
        assert_eq!((&metric["value"], &metric["expected_by_now"]), (&json!(7), &json!(10)), "{from} {until}");
        assert_eq!(
            metric["forecast"]["value"].as_f64(),
            Some(round(7.0 * days_to_float(days) / 10.0)),
            "{from} {until}"
        );
        let end = fixtures.metric(&target, "2090-01-01").await;
        assert_eq!((&end["as_at"], &end["value"]), (&json!(last_day), &json!(8)), "{from} {until}");
        assert_eq!(
            (&end["expected_by_now"], &end["forecast"]),
            (&json!(days), &Value::Null),
            "{from} {until}"
        );
        for (interval, months) in [("month", 1), ("quarter", 3), ("year", 12)] {
            let path = format!("/v1/targets/{}/series?interval={interval}&as_at=2090-01-01", id(&target));
            let series = fixtures.0.read(&path).await;
            let points = series["points"].as_array().expect("points");
            let firsts =
                (0..plan.months().div_ceil(months)).map(|k| json!(day(from) + Months::new(k * months)));
            let actual: Vec<Value> = points.iter().map(|point| point["period_from"].clone()).collect();
            assert_eq!(actual, firsts.collect::<Vec<_>>(), "{interval} from {from} until {until}");
            assert!(points.iter().all(|point| point["finished"] == true));
            let last = points.last().expect("a point");
            assert_eq!((&last["as_at"], &last["value"]), (&json!(last_day), &json!(8)));
        }
        fixtures.activate(&framework).await;
        let outside =
            json!({ "target_id": target["id"], "revised_on": until, "threshold": 1, "reason": "R" });
        let refused = fixtures.0.post("/v1/revisions", outside).await.expect(422);
        assert_eq!(refused.field_errors().len(), 1, "{}", refused.text);
        let publication = json!({ "framework_id": framework["id"] });
        let sealed = fixtures.0.create("/v1/publications", publication).await;
        assert_eq!((&sealed["plan_from"], &sealed["as_at"]), (&json!(from), &json!(last_day)));
        let report =
            fixtures.0.get(&format!("/v1/frameworks/{}/report?as_at={last_day}", id(&framework))).await;
        report.expect(200);
    }
}

#[expect(clippy::cast_precision_loss, reason = "the number of days is small")]
const fn days_to_float(days: i64) -> f64 {
    days as f64
}

fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

#[tokio::test]
async fn a_meeting_counts_in_each_plan_period_that_contains_it() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let group = fixtures.group(json!({})).await;
    let seat = fixtures.seat(&group, &fixtures.council(json!({})).await, json!({})).await;
    let year = create_plan(&fixtures, "2017-04-01", "2018-04-01", &[&group]).await;
    let short = create_plan(&fixtures, "2017-07-01", "2017-10-01", &[&group]).await;
    let long = create_plan(&fixtures, "2016-01-01", "2021-01-01", &[&group]).await;
    let mut targets = Vec::new();
    for (_, action) in [&year, &short, &long] {
        let held =
            fixtures.target(action, json!({ "kind": "meetings_held" }), json!({ "threshold": 2 })).await;
        let rate =
            fixtures.target(action, json!({ "kind": "attendance_rate" }), json!({ "threshold": 60 })).await;
        targets.push((held, rate));
    }
    let precise = fixtures.meeting(Some(&group), "2017-05-10", json!({})).await;
    let dated_to_the_year =
        fixtures.meeting(Some(&group), "2017-08-01", json!({ "date_precision": "year" })).await;
    for meeting in [&precise, &dated_to_the_year] {
        fixtures.attendance(meeting, &seat, "present").await;
        fixtures.close_register(meeting).await;
    }
    let count = |value: i64| if value == 0 { Value::Null } else { json!(value) };
    // If only the year of a meeting is known, it counts from the last day of that year, or from the last
    // day of the plan period if that is earlier.
    for (on, counted) in [
        ("2017-05-09", [0, 0, 0]),
        ("2017-05-10", [1, 0, 1]),
        ("2017-09-29", [1, 0, 1]),
        ("2017-09-30", [1, 1, 1]),
        ("2017-12-30", [1, 1, 1]),
        ("2017-12-31", [2, 1, 2]),
    ] {
        for ((held, rate), counted) in targets.iter().zip(counted) {
            assert_eq!(fixtures.metric(held, on).await["value"], count(counted), "{on} {}", held["code"]);
            assert_eq!(
                fixtures.metric(rate, on).await["denominator"],
                count(counted),
                "{on} {}",
                rate["code"]
            );
        }
    }
    // What is published of one plan protects the meetings that its figures count.
    fixtures.activate(&short.0).await;
    fixtures.publish(&short.0, "2017-09-30", &app.admin()).await;
    let open = json!({ "register": "open" });
    for (meeting, status) in [(&dated_to_the_year, 409), (&precise, 200)] {
        let path = format!("/v1/meetings/{}", id(meeting));
        let version = fixtures.0.read(&path).await["version"].as_i64().expect("a version");
        fixtures.0.patch(&path, version, open.clone()).await.expect(status);
    }
}

#[tokio::test]
async fn a_successor_has_the_length_of_its_predecessor() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (framework, action) = create_plan(&fixtures, "2023-10-01", "2025-04-01", &[]).await;
    let points = [("2024-08-30", 3), ("2024-08-31", 5), ("2024-12-31", 8), ("2025-03-31", 18)];
    let profile: Vec<Value> =
        points.iter().map(|(on, expected)| json!({ "by_on": on, "expected": expected })).collect();
    let measure = json!({ "kind": "count_total", "unit_name": "visits", "profile": profile });
    let target = fixtures.target(&action, measure, json!({ "threshold": 18, "due_on": "2024-08-31" })).await;
    for (on, count) in [("2024-01-15", 5), ("2025-03-31", 10)] {
        fixtures.entry(&target, on, json!({ "kind": "count", "count": count })).await;
    }
    let path = format!("/v1/frameworks/{}/successor", id(&framework));
    for until in ["2025-04-01", "2026-04-02", "2030-05-01"] {
        let refused = fixtures.0.post(&path, json!({ "plan_until": until })).await.expect(422);
        assert_eq!(refused.field_errors(), ["#/plan_until not_a_plan_period"], "{until}");
    }
    let successor = fixtures.0.post(&path, json!({})).await.expect(201).body;
    assert_eq!(
        [&successor["code"], &successor["plan_from"], &successor["plan_until"]],
        ["2025-04-to-2026-09", "2025-04-01", "2026-10-01"]
    );
    let next = fixtures.0.all(&format!("/v1/targets?framework_id={}", id(&successor))).await.remove(0);
    let expected = json!([{ "by_on": "2026-02-28", "expected": 5 }, { "by_on": "2026-06-30", "expected": 8 },
        { "by_on": "2026-09-30", "expected": 18 }]);
    assert_eq!((&next["measure"]["profile"], &next["due_on"]), (&expected, &json!("2026-02-28")));

    // The same point of the last plan period is eighteen months earlier.
    fixtures.entry(&next, "2025-04-10", json!({ "kind": "count", "count": 6 })).await;
    for (on, long, compared_with) in [
        ("2025-07-14", "declined", "baseline"),
        ("2025-07-15", "improved", "last_year"),
        ("2026-09-29", "improved", "last_year"),
        ("2026-09-30", "declined", "last_year"),
    ] {
        let direction = fixtures.metric(&next, on).await["direction"].clone();
        let actual = [&direction["long"], &direction["long_compared_with"]];
        assert_eq!(actual, [long, compared_with], "{on}");
    }
    let series =
        fixtures.0.read(&format!("/v1/targets/{}/series?last_year=true&as_at=2090-01-01", id(&next))).await;
    assert_eq!(series["points"].as_array().map(Vec::len), Some(18));
    assert_eq!(series["last_year"]["points"].as_array().map(Vec::len), Some(18));
}

#[tokio::test]
async fn a_successor_may_have_another_length() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    for (from, until, next_until, code) in [
        ("2021-01-01", "2022-01-01", None, "2022"),
        ("2016-07-01", "2017-07-01", Some("2022-07-01"), "2017-22"),
        ("2023-01-31", "2023-02-28", Some("2023-03-28"), "2023-02-to-2023-03"),
        ("2019-04-01", "2020-04-01", Some("2020-10-01"), "2020-04-to-2020-09"),
    ] {
        let (framework, action) = create_plan(&fixtures, from, until, &[]).await;
        fixtures.target(&action, json!({ "kind": "ratio" }), json!({ "threshold": 50 })).await;
        let mut body = json!({});
        if let Some(next_until) = next_until {
            body = json!({ "plan_until": next_until });
        }
        let path = format!("/v1/frameworks/{}/successor", id(&framework));
        let successor = fixtures.0.post(&path, body).await.expect(201).body;
        assert_eq!((&successor["code"], &successor["plan_from"]), (&json!(code), &json!(until)));
    }
}

#[tokio::test]
async fn corresponding_days_are_within_the_earlier_plan_period() {
    let app = App::new();
    let (april, halves) = (["2017-04-01", "2018-04-01"], ["2024-09-01", "2025-03-01"]);
    for (on, [from, until], [earlier_from, earlier_until], expected) in [
        ("2017-08-31", april, ["2016-04-01", "2017-04-01"], "2016-08-31"),
        ("2018-03-31", april, ["2016-04-01", "2017-04-01"], "2017-03-31"),
        ("2017-03-31", april, ["2016-04-01", "2017-04-01"], "2016-03-31"),
        ("2020-02-29", ["2019-04-01", "2020-04-01"], ["2018-04-01", "2019-04-01"], "2019-02-28"),
        ("2021-02-28", ["2020-04-01", "2021-04-01"], ["2019-04-01", "2020-04-01"], "2020-02-28"),
        // Half a year later, months have other lengths.
        ("2024-09-30", halves, ["2024-03-01", "2024-09-01"], "2024-03-30"),
        ("2025-02-28", halves, ["2024-03-01", "2024-09-01"], "2024-08-31"),
        // A later period that is longer, and one that is shorter.
        ("2018-09-30", ["2017-04-01", "2018-10-01"], ["2016-04-01", "2017-04-01"], "2017-03-31"),
        ("2017-09-30", ["2017-04-01", "2017-10-01"], ["2015-10-01", "2017-04-01"], "2016-03-30"),
        // The period begins on an earlier day of the month than the one before.
        ("2023-02-28", ["2023-02-28", "2023-03-28"], ["2023-01-31", "2023-02-28"], "2023-01-31"),
        ("2023-03-27", ["2023-02-28", "2023-03-28"], ["2023-01-31", "2023-02-28"], "2023-02-27"),
        // A gap of a year, and periods that overlap.
        ("2019-06-30", ["2019-04-01", "2020-04-01"], ["2017-04-01", "2018-04-01"], "2017-06-30"),
        ("2020-02-10", ["2020-01-01", "2021-01-01"], ["2019-07-01", "2020-07-01"], "2019-08-10"),
    ] {
        let sql = format!(
            "SELECT corresponding_day('{on}', '{from}', '{until}', '{earlier_from}', '{earlier_until}')::text AS t"
        );
        assert_eq!(app.texts(&sql).await, [expected], "{on} in {from} to {until}");
    }
}

#[tokio::test]
async fn an_import_of_an_export_keeps_every_plan_period() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let mut periods = BTreeSet::new();
    for (from, until) in [
        ("2017-04-01", "2018-04-01"),
        ("2017-04-01", "2017-05-01"),
        ("2023-01-31", "2023-02-28"),
        ("2023-01-31", "2028-01-31"),
        ("2024-02-29", "2025-02-28"),
    ] {
        let (framework, action) = create_plan(&fixtures, from, until, &[]).await;
        fixtures
            .target(&action, json!({ "kind": "ratio" }), json!({ "frequencies": ["every_two_years"] }))
            .await;
        periods.insert((framework["code"].as_str().expect("a code").to_owned(), from, until));
    }
    let export = async |app: &App| {
        let dir = TempDir::new().expect("a directory");
        transfer::export::export(&mut app.connection().await, dir.path()).await.expect("an export");
        let text = std::fs::read_to_string(dir.path().join("frameworks.csv")).expect("a file");
        (dir, text)
    };
    let import = async |app: &App, dir: &TempDir| {
        let conn = &mut app.connection().await;
        transfer::import(conn, contracts(), dir.path(), UnknownColumns::Refuse).await
    };
    let ((dir, text), copy) = (export(&app).await, App::new());
    import(&copy, &dir).await.expect("an import");
    assert_eq!(export(&copy).await.1, text);
    let frameworks = copy.officer().all("/v1/frameworks").await;
    for (code, from, until) in &periods {
        let framework = frameworks.iter().find(|framework| framework["code"] == *code);
        let framework = framework.expect("the framework");
        assert_eq!([&framework["plan_from"], &framework["plan_until"]], [from, until]);
    }
    let again = import(&copy, &dir).await.expect("an import");
    assert_eq!((again.totals().0, again.totals().1), (0, 0), "an import that changes nothing");
    let path = dir.path().join("frameworks.csv");
    std::fs::write(&path, text.replace("2028-01-31", "2027-01-31")).expect("the file is written");
    let error = import(&copy, &dir).await.expect_err("another end").to_string();
    assert!(error.contains("The end of a framework's plan period cannot change"), "{error}");
    std::fs::write(&path, text.replace("2028-01-31", "2028-01-30")).expect("the file is written");
    let error = import(&copy, &dir).await.expect_err("no whole months").to_string();
    assert!(error.contains("frameworks.csv:") && error.contains("1 to 60 whole months"), "{error}");
}
