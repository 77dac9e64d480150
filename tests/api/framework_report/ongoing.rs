//! Ongoing performance: the facts of the published column and the dates of meetings, by action.

use std::collections::BTreeSet;

use serde_json::json;

use super::page::Element;
use super::{framework, report};
use crate::support::{App, Fixtures, id};

/// A fact of the published column: the action's code, the kind of fact, and its text.
struct Fact {
    action: String,
    kind: String,
    text: String,
}

/// The facts of the published column of 2017-18.
fn facts() -> Vec<Fact> {
    let mut reader =
        csv::Reader::from_path("tests/api/framework_report/facts.csv").expect("the list of facts");
    let fact = |row: csv::StringRecord| Fact {
        action: row[0].to_owned(),
        kind: row[1].to_owned(),
        text: row[2].to_owned(),
    };
    reader.records().map(|row| fact(row.expect("a row"))).collect()
}

/// Formats `2018-03-31` as `31 March 2018`.
fn long_date(day: &str) -> String {
    let day: outturn::values::Day = day.parse().expect("a day");
    outturn::framework_report::format::day(day)
}

/// The text of an action in the report, with plain apostrophes.
fn action_text(page: &Element, action: &str) -> String {
    let element = page.all().into_iter().find(|element| element.attribute("data-action") == action);
    element.unwrap_or_else(|| panic!("action {action} is not in the report")).text.replace('\u{2019}', "'")
}

#[tokio::test]
async fn the_sample_entries_contain_every_fact_of_the_published_column() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let framework = framework(&reporter, "2017-18").await;
    let actions = reporter.all(&format!("/v1/actions?framework_id={}", id(&framework))).await;
    let targets = reporter.all(&format!("/v1/targets?framework_id={}", id(&framework))).await;
    let facts = facts();
    let count = |kind: &str| facts.iter().filter(|fact| fact.kind == kind).count();
    assert_eq!((count("date"), count("number"), count("name"), count("done")), (102, 86, 125, 29));
    let listed: BTreeSet<&str> = facts.iter().map(|fact| fact.action.as_str()).collect();
    assert_eq!((listed.len(), actions.len()), (56, 56), "every action has facts");
    for action in &actions {
        let code = action["code"].as_str().expect("a code");
        let mut narrative = String::new();
        for target in
            targets.iter().filter(|t| t["action_ids"].as_array().expect("ids").contains(&action["id"]))
        {
            for entry in reporter.all(&format!("/v1/progress?kind=narrative&target_id={}", id(target))).await
            {
                let day = entry["occurred_on"].as_str().expect("a day");
                let text = entry["entry"]["text"].as_str().expect("a text");
                narrative.push_str(&format!("{}: {text}\n", long_date(day)));
            }
        }
        for fact in facts.iter().filter(|fact| fact.action == code) {
            assert!(
                narrative.contains(&fact.text),
                "{code} lacks the {} {:?}: {narrative}",
                fact.kind,
                fact.text
            );
        }
    }
}

#[tokio::test]
async fn the_report_prints_the_narrative_and_meetings_of_every_action() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let page = report(&reporter, &framework(&reporter, "2017-18").await, "2018-03-31").await;
    for fact in facts() {
        let text = action_text(&page, &fact.action);
        assert!(text.contains(&fact.text), "{} lacks the {} {:?}: {text}", fact.action, fact.kind, fact.text);
    }
    for (action, meetings) in [
        ("1.1.6", "Held: 16 June 2017, 8 September 2017, 1 December 2017. Not reported yet: 2 March 2018."),
        ("1.3.2", "Held: 20 June 2017, 28 September 2017, 15 March 2018. Cancelled: 7 December 2017."),
        ("3.4.1", "Held: 17 July 2017 (Positive Ageing), 18 September 2017 (Housing Supply and Demand),"),
        ("4.3.1", "Cancelled: 2017."),
        ("5.1.1", "Held: December 2017."),
    ] {
        let text = action_text(&page, action);
        assert!(text.contains(meetings), "{action}: {text}");
    }
    let before = report(&reporter, &framework(&reporter, "2017-18").await, "2017-08-31").await;
    let text = action_text(&before, "1.3.2");
    assert!(
        text.contains("Held: 20 June 2017. Planned: 28 September 2017, 7 December 2017, 15 March 2018."),
        "meetings after the day are shown as planned: {text}"
    );
}

#[tokio::test]
async fn the_report_distinguishes_unrecorded_meetings_from_cancelled_ones() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let group = fixtures.group(json!({})).await;
    let (framework, action) = fixtures.plan(&[&group]).await;
    let target =
        fixtures.target(&action, json!({ "kind": "attendance_rate" }), json!({ "threshold": 60 })).await;
    let page = report(&fixtures.0, &framework, "2018-03-31").await;
    let row = page.rows(target["code"].as_str().expect("a code"))[0];
    assert_eq!(row.text_of("parts"), "No meeting is recorded as held");
    assert!(!page.text.contains("No meeting was held"));
    for day in ["2017-05-01", "2017-06-01"] {
        fixtures.meeting(Some(&group), day, json!({ "status": "cancelled" })).await;
    }
    let page = report(&fixtures.0, &framework, "2018-03-31").await;
    let row = page.rows(target["code"].as_str().expect("a code"))[0];
    assert_eq!(row.text_of("parts"), "All 2 meetings were cancelled");
}

#[tokio::test]
async fn themes_are_printed_as_published() {
    let app = App::with_sample();
    let reporter = app.reporter();
    for (code, names) in [
        (
            "2016-17",
            [
                "Cross Cutting",
                "Adult Social Care, Children's Services and Health",
                "Economic Development and Growth",
                "Europe",
                "Resources",
            ],
        ),
        (
            "2017-18",
            [
                "Strategic Engagement",
                "Economic Growth & Infrastructure",
                "Public Services Resources & Reform",
                "Future of Health & Social Care",
                "Europe",
            ],
        ),
    ] {
        let framework = framework(&reporter, code).await;
        let themes = reporter.all(&format!("/v1/themes?framework_id={}&sort=position", id(&framework))).await;
        let titles: Vec<&str> =
            themes.iter().map(|theme| theme["title"].as_str().expect("a title")).collect();
        assert_eq!(titles, names);
        let page = report(&reporter, &framework, "2018-03-31").await;
        for (n, name) in names.iter().enumerate() {
            let name = format!("{} {name}", n + 1);
            let is_theme_heading =
                |e: &&Element| e.name == "h2" && e.text.replace('\u{2019}', "'").starts_with(&name);
            assert!(page.all().iter().any(is_theme_heading), "{name}");
        }
    }
    let groups = reporter.all("/v1/groups").await;
    for name in [
        "East of England LGA Management Committee",
        "European Officers Group",
        "Health and Wellbeing Board Chairs' Network",
        "Regional Directors of Finance Group",
    ] {
        assert!(groups.iter().any(|group| group["name"] == name), "{name}");
    }
    let meetings = reporter.all("/v1/meetings").await;
    for name in ["Positive Ageing", "Digital Innovation in Health Care", "The Five Minute Coach"] {
        assert!(meetings.iter().any(|meeting| meeting["title"] == name), "{name}");
    }
}
