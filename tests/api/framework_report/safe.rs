//! Reports run no scripts, load no resources and escape markup in texts.

use serde_json::json;

use super::page::Element;
use super::{framework, html, report};
use crate::support::{App, Fixtures, id};

const HOSTILE: &str = "<script>alert(1)</script>\"'&</title><img src=x onerror=alert(1)>{{ 7 * 7 }}";

fn assert_harmless(page: &Element) {
    for element in page.all() {
        let name = element.name.as_str();
        assert!(
            !["script", "link", "img", "iframe", "object", "embed", "form", "base"].contains(&name),
            "{name}"
        );
        assert!(
            element.attributes().all(|name| !name.starts_with("on") && !["style", "src"].contains(&name))
        );
        let link = element.attribute("href");
        assert!(link.is_empty() || link.starts_with('#'), "{link}");
    }
}

#[tokio::test]
async fn markup_in_texts_is_escaped() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let framework = fixtures.framework(json!({ "title": HOSTILE })).await;
    let outcome = fixtures.outcome(&fixtures.theme(&framework).await).await;
    let action = fixtures.action(&outcome, json!({ "title": HOSTILE, "ref": "</td>" })).await;
    let count = json!({ "kind": "count_total", "unit_name": HOSTILE });
    let more = json!({ "title": HOSTILE, "owner": HOSTILE, "frequency_printed": HOSTILE, "sources": [HOSTILE], "threshold": 1 });
    let target = fixtures.target(&action, count, more).await;
    fixtures.entry(&target, "2017-06-01", json!({ "kind": "count", "count": 3 })).await;
    fixtures.entry(&target, "2017-06-01", json!({ "kind": "narrative", "text": HOSTILE })).await;
    fixtures.entry(&target, "2017-06-01", json!({ "kind": "claim", "printed": HOSTILE })).await;
    let page = report(&fixtures.0, &framework, "2017-07-01").await;
    assert_harmless(&page);
    let h1 = page.all().into_iter().find(|element| element.name == "h1").expect("a title");
    assert_eq!(h1.text, HOSTILE);
    let row = page.rows(target["code"].as_str().expect("a code"))[0];
    assert!(row.text_of("value").starts_with(&format!("3 {HOSTILE}")), "{}", row.text_of("value"));
    assert!(row.text_of("claim").contains(HOSTILE) && row.text_of("target").contains(HOSTILE));
}

#[tokio::test]
async fn the_report_loads_nothing_and_has_a_strict_content_security_policy() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let framework = framework(&reporter, "2017-18").await;
    let page = report(&reporter, &framework, "2018-03-31").await;
    assert_harmless(&page);
    let headings: Vec<&str> =
        page.all().into_iter().map(|e| e.name.as_str()).filter(|n| ["h1", "h2", "h3"].contains(n)).collect();
    assert_eq!((headings[0], headings.iter().filter(|name| **name == "h1").count()), ("h1", 1));
    let response = reporter.get(&format!("/v1/frameworks/{}/report?as_at=2018-03-31", id(&framework))).await;
    assert_eq!(response.header("content-type"), "text/html; charset=utf-8");
    let policy = response.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    let request = reporter
        .request(reqwest::Method::GET, &format!("/v1/frameworks/{}/report?as_at=2018-03-31", id(&framework)));
    let again = reporter.send(request.header("If-None-Match", response.header("etag"))).await;
    assert_eq!(again.status, 304);
    assert_eq!(again.header("content-security-policy"), policy, "a 304 replaces the headers of the page");
    assert_eq!(
        html(&reporter, &framework, "2018-03-31").await,
        response.text,
        "the same rows give the same bytes"
    );
}
