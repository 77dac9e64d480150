//! Whose document it is.

use reqwest::Method;
use serde_json::json;

use super::layout::{bytes, part};
use super::report;
use crate::support::{App, Made, id};

const NAME: &str = "East of England </style> LGA & \"Friends\"";

#[tokio::test]
async fn the_associations_name_stands_on_every_form_of_the_document() {
    let app = App::configured(&[("OUTTURN_ASSOCIATION_NAME", NAME)]);
    let made = Made(app.officer());
    let (framework, _) = made.plan(&[]).await;
    let page = report(&made.0, &framework, "2018-03-31").await;
    assert_eq!(page.said("association"), NAME);
    let title = page.all().into_iter().find(|element| element.name == "title").expect("a title");
    assert!(title.text.starts_with(&format!("{NAME}: A plan")), "{}", title.text);
    let style = page.all().into_iter().find(|element| element.name == "style").expect("a style");
    assert!(style.text.contains("@top-left"), "the name stands on every printed page");
    let path = format!("/v1/frameworks/{}/report?as_at=2018-03-31", id(&framework));
    let answer = made.0.request(Method::GET, &path).send().await.expect("an answer");
    let policy = answer.headers()["content-security-policy"].to_str().expect("a policy").to_owned();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");

    let escaped = "East of England &lt;/style&gt; LGA &amp; ";
    let word = bytes(&made.0, &format!("{path}&format=docx")).await;
    assert!(part(&word, "word/header1.xml").contains(escaped), "{}", part(&word, "word/header1.xml"));
    assert!(part(&word, "docProps/core.xml").contains(escaped), "{}", part(&word, "docProps/core.xml"));
    assert!(part(&word, "docProps/core.xml").contains("<dc:title>A plan"));
    let workbook = bytes(&made.0, &format!("{path}&format=xlsx")).await;
    assert!(part(&workbook, "docProps/app.xml").contains(escaped), "{}", part(&workbook, "docProps/app.xml"));
    assert!(part(&workbook, "docProps/core.xml").contains(escaped));
    assert!(part(&workbook, "xl/worksheets/sheet1.xml").contains("East of England"), "the printed header");
}

#[tokio::test]
async fn without_the_setting_no_name_stands_there() {
    let app = App::new();
    let made = Made(app.officer());
    let (framework, _) = made.plan(&[]).await;
    let page = report(&made.0, &framework, "2018-03-31").await;
    assert_eq!(page.of_class("association").len(), 0);
    let made_by = json!("A plan: outturn at 31 March 2018");
    let title = page.all().into_iter().find(|element| element.name == "title").expect("a title");
    assert_eq!(json!(title.text), made_by);
}
