//! Framework reports as Word files.

use reqwest::Method;
use serde_json::json;

use super::framework;
use crate::support::{App, Caller, Fixtures, id};

/// The Word file of a framework as at 31 March 2018, parsed and rendered as JSON.
async fn word(caller: &Caller, framework: &serde_json::Value) -> String {
    let path = format!("/v1/frameworks/{}/report?format=docx&as_at=2018-03-31", id(framework));
    let response = caller.request(Method::GET, &path).send().await.expect("a response");
    let header = |name: &str| response.headers()[name].to_str().expect("a header").to_owned();
    assert_eq!(
        header("content-type"),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    );
    let name = framework["code"].as_str().expect("a code");
    assert_eq!(
        header("content-disposition"),
        format!("attachment; filename=\"report-{name}-2018-03-31.docx\"")
    );
    let bytes = response.bytes().await.expect("a body");
    docx_rs::read_docx(&bytes).expect("a Word file").json()
}

#[tokio::test]
async fn the_word_file_contains_the_figures_and_texts_of_the_report() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let text = word(&reporter, &framework(&reporter, "2017-18").await).await;
    for expected in [
        "Performance framework 2017-18",
        "59.09 %",
        "13 of 22 seats",
        "At least 60 %, amber from 54 %",
        "\u{25b2} Amber",
        "No figure",
        "The meeting was cancelled",
        "Provisional. Still to come: 1 reading",
        "Claimed, as printed, 31 March 2018",
        "54.55 % (amber) from October 2017",
        "No council is ranked: 11 closed registers are constructed",
        "Future of Health & Social Care (Amber, ",
        "31 March 2018: The network was set up",
        "Meetings. Cancelled: 2017.",
    ] {
        assert!(text.contains(expected), "{expected} is missing");
    }
}

#[tokio::test]
async fn characters_not_allowed_in_xml_do_not_break_the_word_file() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (framework, action) = fixtures.plan(&[]).await;
    let target =
        fixtures.target(&action, json!({ "kind": "narrative" }), json!({ "title": "</w:t><b>&" })).await;
    fixtures.entry(&target, "2017-06-01", json!({ "kind": "narrative", "text": "One\u{1}\nTwo" })).await;
    let text = word(&fixtures.0, &framework).await;
    assert!(
        text.contains("1 June 2017: One") && text.contains("Two") && text.contains("</w:t><b>&"),
        "{text}"
    );
}
