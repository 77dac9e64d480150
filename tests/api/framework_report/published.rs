//! The report of a publication does not change.

use serde_json::json;

use super::page::Element;
use super::{Sealed, html};
use crate::support::{App, Fixtures, id};

#[tokio::test]
async fn a_publication_report_ignores_changes_made_after_sealing() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let plan = Sealed::new(&fixtures).await;
    let sealed = &plan.publication;
    let path = format!("/v1/publications/{}/report", id(sealed));
    let before = fixtures.0.get(&path).await.expect(200).text;
    let page = Element::parse(&before);
    assert!(page.text_of("warning").contains("Draft: not approved yet."));
    assert!(page.text.contains(sealed["content_sha256"].as_str().expect("a digest")));
    let code = plan.target["code"].as_str().expect("a code");
    assert_eq!(page.rows(code)[0].text_of("parts"), "1 of 2 seats");

    app.reporter().get(&path).await.expect(404);
    plan.correct(&fixtures).await;
    fixtures
        .0
        .patch(&format!("/v1/actions/{}", id(&plan.action)), 1, json!({ "title": "Another title" }))
        .await
        .expect(200);
    fixtures.entry(&plan.target, "2017-06-01", json!({ "kind": "narrative", "text": "Said later." })).await;
    fixtures
        .0
        .patch(&format!("/v1/councils/{}", id(&plan.council)), 1, json!({ "name": "Another name" }))
        .await
        .expect(200);

    assert_eq!(fixtures.0.get(&path).await.expect(200).text, before, "the report is equal byte for byte");
    let now = Element::parse(&html(&fixtures.0, &plan.framework, "2017-06-30").await);
    assert_eq!(now.rows(code)[0].text_of("parts"), "2 of 2 seats");
    assert!(now.text.contains("Said later.") && now.text.contains("Another title"));

    let admin = app.admin();
    let own = format!("/v1/publications/{}", id(sealed));
    admin.patch(&own, 1, json!({ "status": "approved" })).await.expect(200);
    admin.patch(&own, 2, json!({ "status": "published" })).await.expect(200);
    let published = app.reporter().get(&path).await.expect(200).text;
    let page = Element::parse(&published);
    assert_eq!(page.text_of("warning"), "");
    assert!(
        page.text.contains("sealed on") && page.text.contains("by olive, approved by ada."),
        "{}",
        page.text
    );
}

#[tokio::test]
async fn a_report_with_known_at_uses_the_records_of_that_instant() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let group = fixtures.group(json!({})).await;
    let council = fixtures.council(json!({})).await;
    let seat = fixtures.seat(&group, &council, json!({})).await;
    let (framework, action) = fixtures.plan(&[&group]).await;
    let target =
        fixtures.target(&action, json!({ "kind": "attendance_rate" }), json!({ "threshold": 60 })).await;
    let utc = "to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') AS t";
    let before = app.texts(&format!("SELECT {utc}")).await.remove(0);
    let meeting = fixtures.meeting(Some(&group), "2017-05-01", json!({})).await;
    fixtures.attendance(&meeting, &seat, "present").await;
    fixtures.close_register(&meeting).await;
    let read = async |known: &str| {
        let path = format!("/v1/frameworks/{}/report?as_at=2017-07-01{known}", id(&framework));
        Element::parse(&fixtures.0.get(&path).await.expect(200).text)
    };
    let code = target["code"].as_str().expect("a code");
    let known = read(&format!("&known_at={before}")).await;
    assert!(known.rows(code)[0].text_of("value").starts_with("No figure"));
    assert!(
        known.text.contains("No register of this plan period is closed yet."),
        "attendance is also read as of `known_at`"
    );
    assert!(read("").await.rows(code)[0].text_of("value").starts_with("100.00 % 1 of 1"));
}
