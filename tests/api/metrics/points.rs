//! Points of series: each is the metric at its date.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use super::{body_of, coverage, list};
use crate::support::{App, Caller, Fixtures, id};

/// What a point takes over from a metric; `period_from` and `finished` are its own.
const TAKEN_OVER: [&str; 13] = [
    "as_at",
    "value",
    "value_percent",
    "numerator",
    "denominator",
    "value_reason",
    "threshold",
    "expected_by_now",
    "status",
    "status_reason",
    "revision",
    "rounding_sensitive",
    "provisional",
];

pub(super) fn taken_over(metric: &Value) -> Value {
    let mut metric = metric.clone();
    metric["provisional"] = metric["completeness"]["provisional"].clone();
    TAKEN_OVER.iter().map(|name| ((*name).to_owned(), metric[*name].clone())).collect()
}

pub(super) fn of_point(point: &Value) -> Value {
    TAKEN_OVER.iter().map(|name| ((*name).to_owned(), point[*name].clone())).collect()
}

/// Every point of a framework's series is its target's metric at that date, and the head is the
/// last one's.
async fn points_are_metrics(caller: &Caller, framework: &Value, query: &str) -> usize {
    let path = format!("/v1/frameworks/{}", id(framework));
    let series = list(&caller.read(&format!("{path}/series?{query}")).await, "data");
    let dates = series.first().map_or(Vec::new(), |series| list(series, "points"));
    for (i, point) in dates.iter().enumerate() {
        let date = point["as_at"].as_str().expect("a date");
        let metrics = list(&caller.read(&format!("{path}/metrics?as_at={date}")).await, "data");
        assert_eq!(series.len(), metrics.len());
        for (series, metric) in series.iter().zip(&metrics) {
            let code = &metric["code"];
            assert_eq!(series["target_id"], metric["target_id"]);
            assert_eq!(of_point(&series["points"][i]), taken_over(metric), "{code} at {date} of {query}");
            if i + 1 == dates.len() {
                for name in ["as_at", "unit", "aim", "kind", "owner", "title", "forecast", "direction"] {
                    assert_eq!(series[name], metric[name], "{name} of {code} at {date} of {query}");
                }
            }
        }
    }
    dates.len()
}

#[tokio::test]
async fn every_point_of_both_frameworks_is_the_metric_at_its_date() {
    let app = App::with_sample();
    let reporter = app.reporter();
    for framework in reporter.all("/v1/frameworks").await {
        for (query, points) in [
            ("", 12),
            ("interval=quarter", 4),
            ("interval=year", 1),
            (
                "interval=month&as_at=2017-11-10&last_year=true",
                if framework["code"] == "2016-17" { 12 } else { 8 },
            ),
        ] {
            assert_eq!(points_are_metrics(&reporter, &framework, query).await, points, "{query}");
        }
        let path = format!("/v1/frameworks/{}/series?interval=quarter", id(&framework));
        for series in list(&reporter.read(&path).await, "data") {
            let target = format!("/v1/targets/{}", series["target_id"].as_str().expect("an id"));
            let alone = reporter.read(&format!("{target}/series?interval=quarter")).await;
            assert_eq!(alone, series, "alone as in its framework");
            let third = &series["points"][2];
            let date = third["as_at"].as_str().expect("a date");
            let metric = reporter.read(&format!("{target}/metric?as_at={date}")).await;
            assert_eq!(of_point(third), taken_over(&metric), "{}", series["code"]);
        }
    }
}

/// A year of small numbers: what was entered, on which of its days.
#[derive(Debug, Clone)]
struct Story {
    meetings: Vec<(u64, usize, bool, Vec<usize>)>,
    entries: Vec<(u64, u32)>,
    revised: u64,
    as_at: u64,
    last_year: bool,
}

fn stories() -> impl Strategy<Value = Story> {
    let closed = proptest::bool::weighted(0.9);
    let meeting = (0..365_u64, 0..6_usize, closed, proptest::collection::vec(0..4_usize, 3));
    (
        proptest::collection::vec(meeting, 0..8),
        proptest::collection::vec((0..365_u64, 0..9_u32), 0..6),
        0..365_u64,
        0..400_u64,
        any::<bool>(),
    )
        .prop_map(|(meetings, entries, revised, as_at, last_year)| Story {
            meetings,
            entries,
            revised,
            as_at,
            last_year,
        })
}

/// The n-th day of the plan period that begins in this one.
fn day(year: i32, n: u64) -> String {
    let first = chrono::NaiveDate::from_ymd_opt(year, 4, 1).expect("a day");
    (first + chrono::Days::new(n)).to_string()
}

/// Targets of this year's action and of last year's, with the entries and meetings of the story in
/// both years.
async fn enter(fixtures: &Fixtures, story: &Story) -> Value {
    let (group, seats, councils) = body_of(fixtures, 3).await;
    let before = fixtures.framework(json!({ "plan_from": "2016-04-01" })).await;
    let outcome = fixtures.outcome(&fixtures.theme(&before).await).await;
    let last_action = fixtures.action(&outcome, json!({ "group_ids": [group["id"]] })).await;
    let (framework, action) = fixtures.plan(&[&group]).await;
    for year in [2016, 2017] {
        for (n, status, closed, lines) in &story.meetings {
            let meeting = fixtures.meeting(Some(&group), &day(year, *n), json!({})).await;
            for (seat, line) in seats.iter().zip(lines).filter(|(_, line)| **line < 3) {
                fixtures.attendance(&meeting, seat, ["present", "substitute", "apologies"][*line]).await;
            }
            let status = ["held", "held", "held", "inquorate", "cancelled", "scheduled"][*status];
            let register = if *closed { "closed" } else { "open" };
            let path = format!("/v1/meetings/{}", id(&meeting));
            // A meeting with lines is not cancelled: it stays as it is, held with an open register.
            let answer = fixtures.0.patch(&path, 1, json!({ "status": status, "register": register })).await;
            assert!(answer.status == 200 || status == "cancelled", "{}", answer.text);
        }
    }
    let measures = [
        json!({ "kind": "attendance_rate", "aggregate": "pooled" }),
        json!({ "kind": "attendance_rate", "aggregate": "distinct" }),
        json!({ "kind": "attendance_rate", "aggregate": "min_meeting", "substitutes": "not_counted" }),
        json!({ "kind": "meetings_held" }),
        json!({ "kind": "council_coverage", "basis": "attendance" }),
        json!({ "kind": "council_coverage", "basis": "entries", "when": "as_at" }),
        json!({ "kind": "count_total", "unit_name": "x" }),
        json!({ "kind": "ratio", "aggregate": "latest" }),
        json!({ "kind": "milestone" }),
    ];
    let mut targets = Vec::new();
    for measure in measures {
        let mut more = json!({ "frequencies": ["quarterly"] });
        if measure["kind"] != "milestone" {
            more["threshold"] = json!(5);
        }
        let last = fixtures.target(&last_action, measure.clone(), more.clone()).await;
        more["continues_target_id"] = last["id"].clone();
        targets.extend([(2016, last), (2017, fixtures.target(&action, measure, more).await)]);
    }
    for (year, target) in &targets {
        for (n, amount) in &story.entries {
            let entry = match target["measure"]["kind"].as_str() {
                Some("count_total") => json!({ "kind": "count", "count": amount }),
                Some("ratio") => {
                    json!({ "kind": "ratio", "numerator": amount, "denominator": 8.max(*amount) })
                }
                Some("milestone") => {
                    json!({ "kind": "milestone", "state": if *amount > 5 { "achieved" } else { "started" } })
                }
                Some("council_coverage") if target["measure"]["basis"] == "entries" => {
                    coverage(&councils[*amount as usize % 3], amount % 2 == 0)
                }
                _ => continue,
            };
            fixtures.entry(target, &day(*year, *n), entry).await;
        }
    }
    fixtures.activate(&framework).await;
    for (year, target) in targets {
        if year == 2017 && target["threshold"] != Value::Null {
            let revision = json!({ "target_id": target["id"], "revised_on": day(2017, story.revised), "threshold": 3, "reason": "Fewer" });
            fixtures.0.create("/v1/revisions", revision).await;
        }
    }
    framework
}

#[test]
fn every_point_of_any_year_is_the_metric_at_its_date() {
    let app = App::new();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut runner = TestRunner::new(Config {
        cases: 10,
        max_shrink_iters: 20,
        failure_persistence: None,
        ..Config::default()
    });
    let outcome = runner.run(&stories(), |story| {
        runtime.block_on(async {
            let fixtures = Fixtures(app.officer());
            let framework = enter(&fixtures, &story).await;
            let as_at = day(2017, story.as_at);
            for interval in ["month", "quarter", "year"] {
                let query = format!("interval={interval}&as_at={as_at}&last_year={}", story.last_year);
                points_are_metrics(&fixtures.0, &framework, &query).await;
            }
        });
        Ok(())
    });
    outcome.expect("each point is the metric");
}
