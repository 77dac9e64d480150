//! Councils: the whole life of a resource.

use serde_json::json;

use crate::support::{App, Made, id};

#[tokio::test]
async fn a_council_is_entered_read_changed_and_deleted() {
    let app = App::new();
    let officer = app.officer();
    let body = json!({ "name": "Norfolk", "kind": "county", "gss_codes": [{ "gss_code": "E10000020" }] });
    let made = officer.post("/v1/councils", body).await.expect(201);
    let path = made.header("location").to_owned();
    assert_eq!(made.header("etag"), "\"1\"");
    assert_eq!(made.body["gss_code"], "E10000020");

    let read = officer.get(&path).await.expect(200);
    assert_eq!(read.body, made.body);
    let known = officer.request(reqwest::Method::GET, &path).header("If-None-Match", "\"1\"");
    officer.send(known).await.expect(304);

    let changed =
        officer.patch(&path, 1, json!({ "county": "East", "name": "Norfolk County" })).await.expect(200);
    assert_eq!((changed.header("etag"), &changed.body["version"]), ("\"2\"", &json!(2)));
    let cleared = officer.patch(&path, 2, json!({ "county": null })).await.expect(200);
    assert_eq!((&cleared.body["county"], &cleared.body["name"]), (&json!(null), &json!("Norfolk County")));

    officer.delete(&path, 3).await.expect(204);
    officer.get(&path).await.expect(404);
}

#[tokio::test]
async fn a_stale_etag_is_refused_and_changes_nothing() {
    let app = App::new();
    let made = Made(app.officer());
    let council = made.council(json!({})).await;
    let path = format!("/v1/councils/{}", id(&council));
    made.0.patch(&path, 1, json!({ "name": "First" })).await.expect(200);
    assert_eq!(made.0.patch(&path, 1, json!({ "name": "Second" })).await.expect(412).code(), "stale_version");
    made.0.delete(&path, 1).await.expect(412);
    assert_eq!(made.0.read(&path).await["name"], "First");
}
