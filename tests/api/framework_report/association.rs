//! The association's name in framework reports.

use reqwest::Method;
use serde_json::json;

use super::layout::{bytes, part};
use super::report;
use crate::support::{App, Fixtures, id};

const NAME: &str = "East of England </style> LGA & \"Friends\"";

#[tokio::test]
async fn every_report_format_contains_the_association_name() {
    let app = App::configured(&[("OUTTURN_ASSOCIATION_NAME", NAME)]);
    let fixtures = Fixtures(app.officer());
    let (framework, _) = fixtures.plan(&[]).await;
    let page = report(&fixtures.0, &framework, "2018-03-31").await;
    assert_eq!(page.text_of("association"), NAME);
    let title = page.all().into_iter().find(|element| element.name == "title").expect("a title");
    assert!(title.text.starts_with(&format!("{NAME}: A plan")), "{}", title.text);
    let style = page.all().into_iter().find(|element| element.name == "style").expect("a style");
    assert!(style.text.contains("@top-left"), "every printed page shows the name");
    let path = format!("/v1/frameworks/{}/report?as_at=2018-03-31", id(&framework));
    let response = fixtures.0.request(Method::GET, &path).send().await.expect("a response");
    let policy = response.headers()["content-security-policy"].to_str().expect("a policy").to_owned();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");

    let escaped = "East of England &lt;/style&gt; LGA &amp; ";
    let word = bytes(&fixtures.0, &format!("{path}&format=docx")).await;
    assert!(part(&word, "word/header1.xml").contains(escaped), "{}", part(&word, "word/header1.xml"));
    assert!(part(&word, "docProps/core.xml").contains(escaped), "{}", part(&word, "docProps/core.xml"));
    assert!(part(&word, "docProps/core.xml").contains("<dc:title>A plan"));
    let workbook = bytes(&fixtures.0, &format!("{path}&format=xlsx")).await;
    assert!(part(&workbook, "docProps/app.xml").contains(escaped), "{}", part(&workbook, "docProps/app.xml"));
    assert!(part(&workbook, "docProps/core.xml").contains(escaped));
    assert!(
        part(&workbook, "xl/worksheets/sheet1.xml").contains("East of England"),
        "the printed header contains the name"
    );
}

#[tokio::test]
async fn a_report_without_an_association_name_omits_it() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (framework, _) = fixtures.plan(&[]).await;
    let page = report(&fixtures.0, &framework, "2018-03-31").await;
    assert_eq!(page.of_class("association").len(), 0);
    let expected = json!("A plan: outturn at 31 March 2018");
    let title = page.all().into_iter().find(|element| element.name == "title").expect("a title");
    assert_eq!(json!(title.text), expected);
}
