//! A publication's document stays what it was.

use serde_json::json;

use super::page::Element;
use super::{Sealed, html};
use crate::support::{App, Made, id};

#[tokio::test]
async fn the_document_of_a_publication_is_what_was_known_when_it_was_sealed() {
    let app = App::new();
    let made = Made(app.officer());
    let plan = Sealed::new(&made).await;
    let sealed = &plan.publication;
    let path = format!("/v1/publications/{}/report", id(sealed));
    let before = made.0.get(&path).await.expect(200).text;
    let page = Element::parse(&before);
    assert!(page.said("warning").contains("Draft: not approved yet."));
    assert!(page.text.contains(sealed["content_sha256"].as_str().expect("a digest")));
    let code = plan.target["code"].as_str().expect("a code");
    assert_eq!(page.rows(code)[0].said("parts"), "1 of 2 seats");

    app.reporter().get(&path).await.expect(404);
    plan.correct(&made).await;
    made.0
        .patch(&format!("/v1/actions/{}", id(&plan.action)), 1, json!({ "title": "Another title" }))
        .await
        .expect(200);
    made.entry(&plan.target, "2017-06-01", json!({ "kind": "narrative", "text": "Said later." })).await;
    made.0
        .patch(&format!("/v1/councils/{}", id(&plan.council)), 1, json!({ "name": "Another name" }))
        .await
        .expect(200);

    assert_eq!(made.0.get(&path).await.expect(200).text, before, "byte for byte");
    let now = Element::parse(&html(&made.0, &plan.framework, "2017-06-30").await);
    assert_eq!(now.rows(code)[0].said("parts"), "2 of 2 seats");
    assert!(now.text.contains("Said later.") && now.text.contains("Another title"));

    let admin = app.admin();
    let own = format!("/v1/publications/{}", id(sealed));
    admin.patch(&own, 1, json!({ "status": "approved" })).await.expect(200);
    admin.patch(&own, 2, json!({ "status": "published" })).await.expect(200);
    let published = app.reporter().get(&path).await.expect(200).text;
    let page = Element::parse(&published);
    assert_eq!(page.said("warning"), "");
    assert!(
        page.text.contains("sealed on") && page.text.contains("by olive, approved by ada."),
        "{}",
        page.text
    );
}

#[tokio::test]
async fn the_document_can_be_read_as_it_was_known() {
    let app = App::new();
    let made = Made(app.officer());
    let group = made.group(json!({})).await;
    let council = made.council(json!({})).await;
    let seat = made.seat(&group, &council, json!({})).await;
    let (framework, action) = made.plan(&[&group]).await;
    let target = made.target(&action, json!({ "kind": "attendance_rate" }), json!({ "threshold": 60 })).await;
    let utc = "to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') AS t";
    let before = app.texts(&format!("SELECT {utc}")).await.remove(0);
    let meeting = made.meeting(Some(&group), "2017-05-01", json!({})).await;
    made.line(&meeting, &seat, "present").await;
    made.close(&meeting).await;
    let read = async |known: &str| {
        let path = format!("/v1/frameworks/{}/report?as_at=2017-07-01{known}", id(&framework));
        Element::parse(&made.0.get(&path).await.expect(200).text)
    };
    let code = target["code"].as_str().expect("a code");
    let known = read(&format!("&known_at={before}")).await;
    assert!(known.rows(code)[0].said("value").starts_with("No figure"));
    assert!(known.text.contains("No register of this year is closed yet."), "attendance is read then too");
    assert!(read("").await.rows(code)[0].said("value").starts_with("100.00 % 1 of 1"));
}
