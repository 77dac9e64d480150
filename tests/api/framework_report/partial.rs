//! Partial figures are marked as partial; number, money and apostrophes are formatted correctly.

use serde_json::{Value, json};

use super::page::Element;
use super::{framework, report};
use crate::support::{App, Fixtures};

fn row<'p>(page: &'p Element, target: &Value) -> &'p Element {
    page.rows(target["code"].as_str().expect("a code"))[0]
}

#[tokio::test]
async fn a_figure_states_how_many_meetings_have_a_register() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let page = report(&reporter, &framework(&reporter, "2017-18").await, "2018-03-31").await;
    let value_of = |code: &str| page.rows(code)[0].text_of("value").to_owned();
    let figure = "25.00 % 13 of 52 seats 1 of 2 meetings has a register 1 register is constructed to give a published total";
    assert_eq!(value_of("3.1.2.attendance"), figure);
    assert_eq!(
        value_of("1.1.3.attendance"),
        "No figure Nothing was recorded None of 3 meetings has a register"
    );
    let whole = value_of("3.1.6.attendance");
    assert!(whole.starts_with("38.46 % 40 of 104 seats 2 registers are constructed"), "{whole}");
}

#[tokio::test]
async fn theme_and_outcome_statuses_state_how_many_targets_have_data() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (framework, action) = fixtures.plan(&[]).await;
    let count = json!({ "kind": "count_total", "unit_name": "sites" });
    let mut targets = Vec::new();
    for _ in 0..8 {
        targets.push(fixtures.target(&action, count.clone(), json!({ "threshold": 1 })).await);
    }
    fixtures.target(&action, count, json!({ "threshold": 1, "implied": true })).await;
    let heading_badges = |page: &Element| {
        let headings = page.all().into_iter().filter(|e| ["h2", "h3"].contains(&e.name.as_str()));
        let badges: Vec<String> =
            headings.flat_map(|heading| heading.of_class("badge")).map(|b| b.text.clone()).collect();
        badges
    };
    fixtures.entry(&targets[0], "2017-06-01", json!({ "kind": "count", "count": 1 })).await;
    let page = report(&fixtures.0, &framework, "2018-03-31").await;
    let green = "\u{25cf} Green, 1 of 8 targets with data";
    assert_eq!(heading_badges(&page), [green, green], "the headings of the theme and the outcome");
    assert!(page.of_class("counts")[0].text.contains(green), "the summary");
    let badges = page.of_class("partial");
    assert_eq!(badges.len(), 3, "a status with data for few targets is marked partial: {badges:?}");
    for target in &targets[1..5] {
        fixtures.entry(target, "2017-06-01", json!({ "kind": "count", "count": 1 })).await;
    }
    let page = report(&fixtures.0, &framework, "2018-03-31").await;
    assert_eq!(heading_badges(&page)[0], "\u{25cf} Green, 5 of 8 targets with data");
    assert_eq!(page.of_class("partial").len(), 0);
}

#[tokio::test]
async fn the_amber_limit_of_a_whole_number_threshold_is_whole() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (framework, action) = fixtures.plan(&[]).await;
    let count = json!({ "kind": "count_total", "unit_name": "sites" });
    for (more, expected) in [
        (json!({ "threshold": 4 }), "At least 4, no amber"),
        (json!({ "threshold": 11 }), "At least 11, amber from 10"),
        (
            json!({ "threshold": 2, "tolerance": { "kind": "absolute", "value": 1 } }),
            "At least 2, amber from 1",
        ),
        (json!({ "threshold": 15, "aim": "at_most" }), "At most 15, amber up to 16"),
    ] {
        let target = fixtures.target(&action, count.clone(), more).await;
        let page = report(&fixtures.0, &framework, "2018-03-31").await;
        let text = row(&page, &target).text_of("target");
        assert!(text.contains(expected), "{text}");
    }
    let ratio = fixtures.target(&action, json!({ "kind": "ratio" }), json!({ "threshold": 65 })).await;
    let page = report(&fixtures.0, &framework, "2018-03-31").await;
    assert!(row(&page, &ratio).text_of("target").contains("At least 65 %, amber from 58.5 %"));
}

#[tokio::test]
async fn singular_counts_money_and_apostrophes_are_printed_correctly() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (framework, action) = fixtures.plan(&[]).await;
    let count = json!({ "kind": "count_total", "unit_name": "sites" });
    let target =
        fixtures.target(&action, count, json!({ "title": "The association's site", "threshold": 1 })).await;
    fixtures.entry(&target, "2017-06-01", json!({ "kind": "count", "count": 1 })).await;
    let balance = json!({ "kind": "financial_balance", "area": "a", "requirement": "break_even" });
    let balance = fixtures.target(&action, balance, json!({ "threshold": 0 })).await;
    let money = json!({ "kind": "money", "area": "a", "income_pence": 123_456, "cost_pence": 100 });
    fixtures.entry(&balance, "2017-06-01", money).await;
    let page = report(&fixtures.0, &framework, "2018-03-31").await;
    assert_eq!(row(&page, &target).text_of("figure"), "1 (sites)");
    assert_eq!(row(&page, &balance).text_of("figure"), "\u{a3}1,233.56");
    assert_eq!(row(&page, &balance).text_of("parts"), "\u{a3}1,234.56 income less \u{a3}1.00 cost");
    let straight: Vec<&str> =
        page.all().into_iter().map(|e| e.text.as_str()).filter(|text| text.contains("n's")).collect();
    assert_eq!(straight, Vec::<&str>::new(), "all apostrophes are typographic");
    assert!(row(&page, &target).text_of("target").contains("The association\u{2019}s site"));
    assert!(!page.text.contains("1 of the stated targets are"), "{}", page.text_of("aside"));
    assert!(
        page.text_of("aside").contains("2 more targets") || !page.text_of("aside").contains("1 more targets")
    );
    assert!(page.text_of("tiles").contains("2 stated targets"));
}
