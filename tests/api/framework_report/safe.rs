//! The page runs nothing, loads nothing and takes no text for markup.

use serde_json::json;

use super::page::Element;
use super::{framework, html, report};
use crate::support::{App, Made, id};

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
async fn hostile_texts_stay_texts() {
    let app = App::new();
    let made = Made(app.officer());
    let framework = made.framework(json!({ "title": HOSTILE })).await;
    let outcome = made.outcome(&made.theme(&framework).await).await;
    let action = made.action(&outcome, json!({ "title": HOSTILE, "ref": "</td>" })).await;
    let count = json!({ "kind": "count_total", "unit_name": HOSTILE });
    let more = json!({ "title": HOSTILE, "owner": HOSTILE, "frequency_printed": HOSTILE, "sources": [HOSTILE], "threshold": 1 });
    let target = made.target(&action, count, more).await;
    made.entry(&target, "2017-06-01", json!({ "kind": "count", "count": 3 })).await;
    made.entry(&target, "2017-06-01", json!({ "kind": "narrative", "text": HOSTILE })).await;
    made.entry(&target, "2017-06-01", json!({ "kind": "claim", "printed": HOSTILE })).await;
    let page = report(&made.0, &framework, "2017-07-01").await;
    assert_harmless(&page);
    let h1 = page.all().into_iter().find(|element| element.name == "h1").expect("a title");
    assert_eq!(h1.text, HOSTILE);
    let row = page.rows(target["code"].as_str().expect("a code"))[0];
    assert!(row.said("value").starts_with(&format!("3 {HOSTILE}")), "{}", row.said("value"));
    assert!(row.said("claim").contains(HOSTILE) && row.said("target").contains(HOSTILE));
}

#[tokio::test]
async fn the_page_needs_nothing_but_itself_and_is_let_do_nothing_else() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let framework = framework(&reporter, "2017-18").await;
    let page = report(&reporter, &framework, "2018-03-31").await;
    assert_harmless(&page);
    let headings: Vec<&str> =
        page.all().into_iter().map(|e| e.name.as_str()).filter(|n| ["h1", "h2", "h3"].contains(n)).collect();
    assert_eq!((headings[0], headings.iter().filter(|name| **name == "h1").count()), ("h1", 1));
    let answer = reporter.get(&format!("/v1/frameworks/{}/report?as_at=2018-03-31", id(&framework))).await;
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    let policy = answer.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    let request = reporter
        .request(reqwest::Method::GET, &format!("/v1/frameworks/{}/report?as_at=2018-03-31", id(&framework)));
    let again = reporter.send(request.header("If-None-Match", answer.header("etag"))).await;
    assert_eq!(again.status, 304);
    assert_eq!(html(&reporter, &framework, "2018-03-31").await, answer.text, "the same rows, byte for byte");
}
