//! Role mappings: validation, filters and updates.

use serde_json::{Value, json};

use super::map;
use crate::support::{App, Fixtures, id};

const ISSUER: &str = "https://id.example.org";

#[tokio::test]
async fn issuer_claim_and_value_identify_one_role_mapping() {
    let app = App::new();
    let admin = app.admin();
    map(&admin, ISSUER, "Staff", json!({})).await;
    let again =
        json!({ "name": "again", "issuer": ISSUER, "claim": "roles", "value": "Staff", "role": "admin" });
    assert_eq!(
        admin.post("/v1/role-mappings", again).await.expect(409).field_errors(),
        ["#/value already_exists"]
    );
    map(&admin, ISSUER, "Staff", json!({ "claim": "groups" })).await;
    map(&admin, "https://another.example.org", "Staff", json!({})).await;
}

#[tokio::test]
async fn invalid_role_mappings_are_refused() {
    let app = App::new();
    let admin = app.admin();
    let unknown_council = uuid::Uuid::now_v7();
    for (changes, expected) in [
        (json!({ "issuer": "https://login.microsoftonline.com/{tenantid}/v2.0" }), "#/issuer bad_format"),
        (json!({ "issuer": "outturn" }), "#/issuer bad_format"),
        (json!({ "claim": "scp" }), "#/claim unknown_value"),
        (json!({ "value": "" }), "#/value too_short"),
        (json!({ "role": "root" }), "#/role unknown_value"),
        (json!({ "council_ids": [unknown_council] }), "#/council_ids/0 unknown_reference"),
    ] {
        let mut body =
            json!({ "name": "x", "issuer": ISSUER, "claim": "roles", "value": "Staff", "role": "officer" });
        body.as_object_mut().expect("a body").extend(changes.as_object().expect("fields").clone());
        let refused = admin.post("/v1/role-mappings", body).await.expect(422);
        assert!(
            refused.field_errors().iter().any(|actual| actual == expected),
            "{expected}: {:?}",
            refused.field_errors()
        );
    }
    let mapping = map(&admin, ISSUER, "Staff", json!({})).await;
    let path = format!("/v1/role-mappings/{}", id(&mapping));
    let refused = admin.patch(&path, 1, json!({ "value": "Root" })).await.expect(422);
    assert_eq!(refused.field_errors(), ["#/value unknown_field"]);
}

#[tokio::test]
async fn role_mappings_are_filtered_by_council_and_their_councils_can_be_changed() {
    let app = App::new();
    let admin = app.admin();
    let fixtures = Fixtures(app.admin());
    let [one, two] = [fixtures.council(json!({})).await, fixtures.council(json!({})).await];
    let norfolk =
        map(&admin, ISSUER, "Norfolk", json!({ "role": "council", "council_ids": [one["id"]] })).await;
    map(&admin, "https://another.example.org", "Staff", json!({})).await;
    let names = async |query: &str| -> Vec<Value> {
        let list = admin.read(&format!("/v1/role-mappings?{query}")).await;
        list["data"].as_array().expect("data").iter().map(|row| row["name"].clone()).collect()
    };
    assert_eq!(names("").await, ["Norfolk", "Staff"]);
    assert_eq!(names("sort=-name").await, ["Staff", "Norfolk"]);
    assert_eq!(names(&format!("issuer={ISSUER}")).await, ["Norfolk"]);
    assert_eq!(names("role=officer").await, ["Staff"]);
    assert_eq!(names(&format!("council_id={}", id(&one))).await, ["Norfolk"]);
    assert_eq!(names(&format!("council_id={}", id(&two))).await, Vec::<Value>::new());
    let path = format!("/v1/role-mappings/{}", id(&norfolk));
    let changed = admin.patch(&path, 1, json!({ "council_ids": [two["id"]] })).await.expect(200);
    assert_eq!((&changed.body["council_ids"], &changed.body["version"]), (&json!([two["id"]]), &json!(2)));
    let same = admin.patch(&path, 2, json!({ "council_ids": [two["id"]] })).await.expect(200);
    assert_eq!(same.body["version"], 2, "an update without changes keeps the version");
    admin.patch(&path, 1, json!({ "name": "late" })).await.expect(412);
}
