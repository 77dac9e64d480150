//! What is overdue, by owner and age.

use serde_json::{Value, json};

use super::body_of;
use crate::support::{App, Fixtures, id};

async fn overdue(fixtures: &Fixtures, framework: &Value, day: &str) -> Vec<Value> {
    let path = format!("/v1/frameworks/{}/overdue?as_at={day}", id(framework));
    fixtures.0.read(&path).await["data"].as_array().expect("data").clone()
}

/// Whose it is, what is missing, since when, and for how many days.
fn summarise(items: &[Value]) -> Vec<(&str, &str, &str, i64)> {
    items
        .iter()
        .map(|item| {
            (
                item["owner"].as_str().unwrap_or("-"),
                item["missing"].as_str().expect("a kind"),
                item["due_on"].as_str().expect("a day"),
                item["days_overdue"].as_i64().expect("a number"),
            )
        })
        .collect()
}

#[tokio::test]
async fn each_kind_is_named_with_its_owner_and_age_the_oldest_first() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (group, seats, _) = body_of(&fixtures, 1).await;
    let (framework, action) = fixtures.plan(&[&group]).await;
    let owned = |owner: &str| json!({ "owner": owner });
    let rate = fixtures.target(&action, json!({ "kind": "attendance_rate" }), owned("Zoe")).await;
    fixtures.target(&action, json!({ "kind": "meetings_held" }), json!({})).await;
    fixtures
        .target(
            &action,
            json!({ "kind": "deliverable_per_meeting", "deliverable": "briefing" }),
            owned("Ann"),
        )
        .await;
    fixtures
        .target(
            &action,
            json!({ "kind": "evaluation_rate", "question": "overall", "at_least": "good" }),
            owned("Bob"),
        )
        .await;
    let count = json!({ "owner": "Ann", "frequencies": ["quarterly"] });
    let count = fixtures.target(&action, json!({ "kind": "count_total", "unit_name": "x" }), count).await;
    fixtures.entry(&count, "2017-05-01", json!({ "kind": "count", "count": 1 })).await;
    let held = fixtures.meeting(Some(&group), "2017-06-01", json!({})).await;
    fixtures
        .meeting(Some(&group), "2017-10-01", json!({ "status": "scheduled", "date_precision": "month" }))
        .await;
    let items = overdue(&fixtures, &framework, "2017-11-10").await;
    assert_eq!(
        summarise(&items),
        [
            ("Ann", "deliverable", "2017-06-01", 162),
            ("Ann", "reading", "2017-09-30", 41),
            ("Ann", "meeting_report", "2017-10-31", 10),
            ("Bob", "forms", "2017-06-01", 162),
            ("Bob", "meeting_report", "2017-10-31", 10),
            ("Zoe", "register", "2017-06-01", 162),
            ("Zoe", "meeting_report", "2017-10-31", 10),
            ("-", "meeting_report", "2017-10-31", 10),
        ]
    );
    let (reading, register) = (&items[1], &items[5]);
    assert_eq!((&reading["period_from"], &reading["meeting_id"]), (&json!("2017-07-01"), &Value::Null));
    assert_eq!((&register["meeting_id"], &register["period_from"]), (&held["id"], &Value::Null));
    assert_eq!((&register["target_id"], &register["group_name"]), (&rate["id"], &group["name"]));
    assert_eq!(register["meeting_title"], held["title"]);
    fixtures.attendance(&held, &seats[0], "present").await;
    fixtures.close_register(&held).await;
    let after = overdue(&fixtures, &framework, "2017-11-10").await;
    assert_eq!(summarise(&after).iter().filter(|item| item.1 == "register").count(), 0);
    let none = overdue(&fixtures, &framework, "2017-05-31").await;
    assert_eq!(summarise(&none), [], "nothing is due before its day");
}

#[tokio::test]
async fn it_goes_on_growing_older_when_the_year_is_over() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (framework, action) = fixtures.plan(&[]).await;
    fixtures.target(&action, json!({ "kind": "ratio" }), json!({ "frequencies": ["annual"] })).await;
    assert_eq!(
        summarise(&overdue(&fixtures, &framework, "2018-03-31").await),
        [],
        "it may come in on the last day"
    );
    for (day, age) in [("2018-04-01", 1), ("2018-04-10", 10), ("2019-03-31", 365)] {
        assert_eq!(
            summarise(&overdue(&fixtures, &framework, day).await),
            [("-", "reading", "2018-03-31", age)]
        );
    }
}

#[tokio::test]
async fn a_reading_is_overdue_from_the_day_after_its_period() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (framework, action) = fixtures.plan(&[]).await;
    let more = |frequency: &str| json!({ "frequencies": [frequency], "owner": frequency });
    let quarterly = fixtures.target(&action, json!({ "kind": "ratio" }), more("quarterly")).await;
    let annual = fixtures.target(&action, json!({ "kind": "narrative" }), more("annual")).await;
    for (day, of_quarters, of_the_year) in [
        ("2017-06-30", 0, 0),
        ("2017-07-01", 1, 0),
        ("2017-09-30", 1, 0),
        ("2018-03-31", 3, 0),
        ("2018-04-01", 4, 1),
        ("2020-01-01", 4, 1),
    ] {
        let items = overdue(&fixtures, &framework, day).await;
        let summary =
            fixtures.0.read(&format!("/v1/frameworks/{}/summary?as_at={day}", id(&framework))).await;
        for (target, due) in [(&quarterly, of_quarters), (&annual, of_the_year)] {
            let listed = items.iter().filter(|item| item["target_id"] == target["id"]).count();
            assert_eq!(listed, due, "{} on {day}", target["owner"]);
            let completeness = fixtures.metric(target, day).await["completeness"].clone();
            assert_eq!(
                (&completeness["readings_due"], &completeness["provisional"]),
                (&json!(due), &json!(due > 0)),
                "{} on {day}",
                target["owner"]
            );
            let owed = summary["overdue"].as_array().expect("overdue");
            let owed = owed.iter().find(|owed| owed["owner"] == target["owner"]);
            assert_eq!(owed.map_or(0, |owed| owed["readings"].as_u64().expect("a count")), due as u64);
        }
    }
}

#[tokio::test]
async fn it_names_what_the_summary_counts() {
    let app = App::with_sample();
    let fixtures = Fixtures(app.reporter());
    for framework in fixtures.0.all("/v1/frameworks").await {
        for day in ["2016-06-30", "2016-12-31", "2017-06-30", "2017-10-15", "2018-03-31", "2018-04-01"] {
            let items = overdue(&fixtures, &framework, day).await;
            let path = format!("/v1/frameworks/{}/summary?as_at={day}", id(&framework));
            let summary = fixtures.0.read(&path).await;
            for counts in summary["overdue"].as_array().expect("overdue") {
                let of_owner = |kind: &str| {
                    items
                        .iter()
                        .filter(|item| item["owner"] == counts["owner"] && item["missing"] == kind)
                        .count()
                };
                for (kind, count) in [
                    ("reading", "readings"),
                    ("meeting_report", "meetings_unreported"),
                    ("register", "registers_open"),
                    ("deliverable", "deliverables_unknown"),
                    ("forms", "meetings_without_forms"),
                ] {
                    assert_eq!(counts[count], of_owner(kind), "{kind} of {} on {day}", counts["owner"]);
                }
            }
            let metrics =
                fixtures.0.read(&format!("/v1/frameworks/{}/metrics?as_at={day}", id(&framework))).await;
            for metric in metrics["data"].as_array().expect("data") {
                let is_there = items.iter().any(|item| item["target_id"] == metric["target_id"]);
                assert_eq!(metric["completeness"]["provisional"], is_there, "{} on {day}", metric["code"]);
            }
        }
    }
}
