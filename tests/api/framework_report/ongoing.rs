//! Ongoing performance: every fact of the published column, action by action, with the dates of meetings.

use std::collections::BTreeSet;

use serde_json::json;

use super::page::Element;
use super::{framework, report};
use crate::support::{App, Made, id};

/// A fact of the published column: the action's code, what kind of fact it is, and the words that tell it.
struct Fact {
    action: String,
    kind: String,
    text: String,
}

/// The facts of the column, listed from the published framework of 2017-18.
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

/// `31 March 2018` of `2018-03-31`.
fn long(day: &str) -> String {
    let day: outturn::values::Day = day.parse().expect("a day");
    outturn::framework_report::format::day(day)
}

/// An action's part of the page, with plain apostrophes.
fn part(page: &Element, action: &str) -> String {
    let found = page.all().into_iter().find(|element| element.attribute("data-action") == action);
    found.unwrap_or_else(|| panic!("{action} is not on the page")).text.replace('\u{2019}', "'")
}

#[tokio::test]
async fn the_sample_tells_every_fact_of_the_published_column_in_dated_entries() {
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
        let mut told = String::new();
        for target in
            targets.iter().filter(|t| t["action_ids"].as_array().expect("ids").contains(&action["id"]))
        {
            for entry in reporter.all(&format!("/v1/progress?kind=narrative&target_id={}", id(target))).await
            {
                let day = entry["occurred_on"].as_str().expect("a day");
                let text = entry["entry"]["text"].as_str().expect("a text");
                told.push_str(&format!("{}: {text}\n", long(day)));
            }
        }
        for fact in facts.iter().filter(|fact| fact.action == code) {
            assert!(told.contains(&fact.text), "{code} lacks the {} {:?}: {told}", fact.kind, fact.text);
        }
    }
}

#[tokio::test]
async fn the_page_prints_the_narrative_and_the_meetings_of_every_action() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let page = report(&reporter, &framework(&reporter, "2017-18").await, "2018-03-31").await;
    for fact in facts() {
        let part = part(&page, &fact.action);
        assert!(part.contains(&fact.text), "{} lacks the {} {:?}: {part}", fact.action, fact.kind, fact.text);
    }
    for (action, meetings) in [
        ("1.1.6", "Held: 16 June 2017, 8 September 2017, 1 December 2017. Not reported yet: 2 March 2018."),
        ("1.3.2", "Held: 20 June 2017, 28 September 2017, 15 March 2018. Cancelled: 7 December 2017."),
        ("3.4.1", "Held: 17 July 2017 (Positive Ageing), 18 September 2017 (Housing Supply and Demand),"),
        ("4.3.1", "Cancelled: 2017."),
        ("5.1.1", "Held: December 2017."),
    ] {
        let part = part(&page, action);
        assert!(part.contains(meetings), "{action}: {part}");
    }
    let before = report(&reporter, &framework(&reporter, "2017-18").await, "2017-08-31").await;
    let part = part(&before, "1.3.2");
    assert!(
        part.contains("Held: 20 June 2017. Planned: 28 September 2017, 7 December 2017, 15 March 2018."),
        "a meeting that lies ahead is planned, whatever became of it later: {part}"
    );
}

#[tokio::test]
async fn an_action_whose_meetings_nobody_recorded_says_so() {
    let app = App::new();
    let made = Made(app.officer());
    let group = made.group(json!({})).await;
    let (framework, action) = made.plan(&[&group]).await;
    let target = made.target(&action, json!({ "kind": "attendance_rate" }), json!({ "threshold": 60 })).await;
    let page = report(&made.0, &framework, "2018-03-31").await;
    let row = page.rows(target["code"].as_str().expect("a code"))[0];
    assert_eq!(row.said("parts"), "No meeting is recorded as held");
    assert!(!page.text.contains("No meeting was held"));
    for day in ["2017-05-01", "2017-06-01"] {
        made.meeting(Some(&group), day, json!({ "status": "cancelled" })).await;
    }
    let page = report(&made.0, &framework, "2018-03-31").await;
    let row = page.rows(target["code"].as_str().expect("a code"))[0];
    assert_eq!(row.said("parts"), "All 2 meetings were cancelled");
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
            let is_said = |e: &&Element| e.name == "h2" && e.text.replace('\u{2019}', "'").starts_with(&name);
            assert!(page.all().iter().any(is_said), "{name}");
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
