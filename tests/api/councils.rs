//! Councils: creation, reading, updates and deletion.

use serde_json::json;

use crate::support::{App, Fixtures, id};

#[tokio::test]
async fn a_council_is_created_read_updated_and_deleted() {
    let app = App::new();
    let officer = app.officer();
    let body = json!({ "name": "Norfolk", "kind": "county", "gss_codes": [{ "gss_code": "E10000020" }] });
    let created = officer.post("/v1/councils", body).await.expect(201);
    let path = created.header("location").to_owned();
    assert_eq!(created.header("etag"), "\"1\"");
    assert_eq!(created.body["gss_code"], "E10000020");

    let read = officer.get(&path).await.expect(200);
    assert_eq!(read.body, created.body);
    let conditional = officer.request(reqwest::Method::GET, &path).header("If-None-Match", "\"1\"");
    officer.send(conditional).await.expect(304);

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
    let fixtures = Fixtures(app.officer());
    let council = fixtures.council(json!({})).await;
    let path = format!("/v1/councils/{}", id(&council));
    fixtures.0.patch(&path, 1, json!({ "name": "First" })).await.expect(200);
    assert_eq!(
        fixtures.0.patch(&path, 1, json!({ "name": "Second" })).await.expect(412).code(),
        "stale_version"
    );
    fixtures.0.delete(&path, 1).await.expect(412);
    assert_eq!(fixtures.0.read(&path).await["name"], "First");
}

#[tokio::test]
async fn a_council_cannot_end_before_it_begins() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let council =
        fixtures.council(json!({ "exists_from": "2019-04-01", "exists_until": "2028-04-01" })).await;
    let path = format!("/v1/councils/{}", id(&council));
    for (patch, expected) in [
        (json!({ "exists_until": "2019-03-31" }), "#/exists_until out_of_order"),
        (json!({ "exists_until": "2019-04-01" }), "#/exists_until out_of_order"),
        (json!({ "exists_from": "2028-04-01" }), "#/exists_from out_of_order"),
        (json!({ "exists_from": "2020-04-01", "exists_until": "2020-03-01" }), "#/exists_until out_of_order"),
    ] {
        let refused = fixtures.0.patch(&path, 1, patch.clone()).await.expect(422);
        assert_eq!(refused.field_errors(), [expected], "{patch}");
    }
    for list in [
        json!({ "memberships": [{ "member_from": "2019-04-01", "member_until": "2019-04-01" }] }),
        json!({ "gss_codes": [{ "gss_code": "E07000999", "valid_from": "2019-04-01", "valid_until": "2018-04-01" }] }),
    ] {
        let refused = fixtures.0.patch(&path, 1, list.clone()).await.expect(422);
        assert!(refused.field_errors()[0].ends_with("out_of_order"), "{list}: {:?}", refused.field_errors());
    }
    assert_eq!(fixtures.0.read(&path).await, council);
}
