//! A partial figure looks partial, and texts are right in number, money and type.

use serde_json::{Value, json};

use super::page::Element;
use super::{framework, report};
use crate::support::{App, Made};

fn row<'p>(page: &'p Element, target: &Value) -> &'p Element {
    page.rows(target["code"].as_str().expect("a code"))[0]
}

#[tokio::test]
async fn a_figure_over_one_of_two_meetings_says_so() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let page = report(&reporter, &framework(&reporter, "2017-18").await, "2018-03-31").await;
    let of = |code: &str| page.rows(code)[0].said("value").to_owned();
    let figure = "25.00 % 13 of 52 seats 1 of 2 meetings has a register 1 register is constructed to give a published total";
    assert_eq!(of("3.1.2.attendance"), figure);
    assert_eq!(of("1.1.3.attendance"), "No figure Nothing was recorded None of 3 meetings has a register");
    let whole = of("3.1.6.attendance");
    assert!(whole.starts_with("38.46 % 40 of 104 seats 2 registers are constructed"), "{whole}");
}

#[tokio::test]
async fn a_colour_of_a_theme_or_an_outcome_carries_how_many_of_its_targets_have_data() {
    let app = App::new();
    let made = Made(app.officer());
    let (framework, action) = made.plan(&[]).await;
    let count = json!({ "kind": "count_total", "unit_name": "sites" });
    let mut targets = Vec::new();
    for _ in 0..8 {
        targets.push(made.target(&action, count.clone(), json!({ "threshold": 1 })).await);
    }
    made.target(&action, count, json!({ "threshold": 1, "implied": true })).await;
    let says = |page: &Element| {
        let headings = page.all().into_iter().filter(|e| ["h2", "h3"].contains(&e.name.as_str()));
        let badges: Vec<String> =
            headings.flat_map(|heading| heading.of_class("badge")).map(|b| b.text.clone()).collect();
        badges
    };
    made.entry(&targets[0], "2017-06-01", json!({ "kind": "count", "count": 1 })).await;
    let page = report(&made.0, &framework, "2018-03-31").await;
    let green = "\u{25cf} Green, 1 of 8 targets with data";
    assert_eq!(says(&page), [green, green], "the theme and the outcome");
    assert!(page.of_class("counts")[0].text.contains(green), "the summary");
    let badges = page.of_class("partial");
    assert_eq!(badges.len(), 3, "mostly missing data is not headed plain green: {badges:?}");
    for target in &targets[1..5] {
        made.entry(target, "2017-06-01", json!({ "kind": "count", "count": 1 })).await;
    }
    let page = report(&made.0, &framework, "2018-03-31").await;
    assert_eq!(says(&page)[0], "\u{25cf} Green, 5 of 8 targets with data");
    assert_eq!(page.of_class("partial").len(), 0);
}

#[tokio::test]
async fn the_edge_of_amber_of_a_whole_number_is_whole() {
    let app = App::new();
    let made = Made(app.officer());
    let (framework, action) = made.plan(&[]).await;
    let count = json!({ "kind": "count_total", "unit_name": "sites" });
    for (more, says) in [
        (json!({ "threshold": 4 }), "At least 4, no amber"),
        (json!({ "threshold": 11 }), "At least 11, amber from 10"),
        (
            json!({ "threshold": 2, "tolerance": { "kind": "absolute", "value": 1 } }),
            "At least 2, amber from 1",
        ),
        (json!({ "threshold": 15, "aim": "at_most" }), "At most 15, amber up to 16"),
    ] {
        let target = made.target(&action, count.clone(), more).await;
        let page = report(&made.0, &framework, "2018-03-31").await;
        let agreed = row(&page, &target).said("target");
        assert!(agreed.contains(says), "{agreed}");
    }
    let ratio = made.target(&action, json!({ "kind": "ratio" }), json!({ "threshold": 65 })).await;
    let page = report(&made.0, &framework, "2018-03-31").await;
    assert!(row(&page, &ratio).said("target").contains("At least 65 %, amber from 58.5 %"));
}

#[tokio::test]
async fn one_is_said_as_one_and_money_in_pounds() {
    let app = App::new();
    let made = Made(app.officer());
    let (framework, action) = made.plan(&[]).await;
    let count = json!({ "kind": "count_total", "unit_name": "sites" });
    let target =
        made.target(&action, count, json!({ "title": "The association's site", "threshold": 1 })).await;
    made.entry(&target, "2017-06-01", json!({ "kind": "count", "count": 1 })).await;
    let balance = json!({ "kind": "financial_balance", "area": "a", "requirement": "break_even" });
    let balance = made.target(&action, balance, json!({ "threshold": 0 })).await;
    let money = json!({ "kind": "money", "area": "a", "income_pence": 123_456, "cost_pence": 100 });
    made.entry(&balance, "2017-06-01", money).await;
    let page = report(&made.0, &framework, "2018-03-31").await;
    assert_eq!(row(&page, &target).said("figure"), "1 (sites)");
    assert_eq!(row(&page, &balance).said("figure"), "\u{a3}1,233.56");
    assert_eq!(row(&page, &balance).said("parts"), "\u{a3}1,234.56 income less \u{a3}1.00 cost");
    let straight: Vec<&str> =
        page.all().into_iter().map(|e| e.text.as_str()).filter(|text| text.contains("n's")).collect();
    assert_eq!(straight, Vec::<&str>::new(), "apostrophes are typographic throughout");
    assert!(row(&page, &target).said("target").contains("The association\u{2019}s site"));
    assert!(!page.text.contains("1 of the stated targets are"), "{}", page.said("aside"));
    assert!(page.said("aside").contains("2 more targets") || !page.said("aside").contains("1 more targets"));
    assert!(page.said("tiles").contains("2 stated targets"));
}
