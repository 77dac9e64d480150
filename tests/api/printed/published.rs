//! A publication's document stays what it was.

use serde_json::json;

use super::html;
use super::page::Element;
use crate::support::{App, Made, id};

#[tokio::test]
async fn the_document_of_a_publication_is_what_was_known_when_it_was_sealed() {
    let app = App::new();
    let made = Made(app.officer());
    let group = made.group(json!({})).await;
    let council = made.council(json!({})).await;
    let seats = [
        made.seat(&group, &council, json!({})).await,
        made.seat(&group, &council, json!({ "ordinal": 2 })).await,
    ];
    let (framework, action) = made.plan(&[&group]).await;
    let measure = json!({ "kind": "attendance_rate", "unit": "seat" });
    let target = made.target(&action, measure, json!({ "threshold": 60 })).await;
    let meeting = made.meeting(Some(&group), "2017-05-01", json!({})).await;
    let line = made.line(&meeting, &seats[0], "absent").await;
    made.line(&meeting, &seats[1], "present").await;
    made.close(&meeting).await;
    made.agree(&framework).await;
    let sealed = made
        .0
        .make("/v1/publications", json!({ "framework_id": framework["id"], "as_at": "2017-06-30" }))
        .await;
    let path = format!("/v1/publications/{}/report", id(&sealed));
    let before = made.0.get(&path).await.expect(200).text;
    let page = Element::parse(&before);
    assert!(page.said("warning").contains("Draft: not approved yet."));
    assert!(page.text.contains(sealed["content_sha256"].as_str().expect("a digest")));
    let code = target["code"].as_str().expect("a code");
    assert_eq!(page.rows(code)[0].said("parts"), "1 of 2 seats");

    app.reporter().get(&path).await.expect(404);
    let of = |row: &serde_json::Value| format!("/v1/attendance/{}", id(row));
    let register = format!("/v1/meetings/{}", id(&meeting));
    let version = made.0.read(&register).await["version"].as_i64().expect("a version");
    made.0.patch(&register, version, json!({ "register": "open" })).await.expect(200);
    made.0.patch(&of(&line), 1, json!({ "status": "present" })).await.expect(200);
    made.close(&meeting).await;
    made.0
        .patch(&format!("/v1/actions/{}", id(&action)), 1, json!({ "title": "Another title" }))
        .await
        .expect(200);
    made.entry(&target, "2017-06-01", json!({ "kind": "narrative", "text": "Said later." })).await;
    made.0
        .patch(&format!("/v1/councils/{}", id(&council)), 1, json!({ "name": "Another name" }))
        .await
        .expect(200);

    assert_eq!(made.0.get(&path).await.expect(200).text, before, "byte for byte");
    let now = Element::parse(&html(&made.0, &framework, "2017-06-30").await);
    assert_eq!(now.rows(code)[0].said("parts"), "2 of 2 seats");
    assert!(now.text.contains("Said later.") && now.text.contains("Another title"));

    let admin = app.admin();
    let own = format!("/v1/publications/{}", id(&sealed));
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
