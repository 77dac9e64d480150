//! The resource: its rules and its filters.

use serde_json::{Value, json};

use super::map;
use crate::support::{App, Made, id};

const ISSUER: &str = "https://id.example.org";

#[tokio::test]
async fn a_value_of_a_claim_of_an_issuer_is_mapped_once() {
    let app = App::new();
    let admin = app.admin();
    map(&admin, ISSUER, "Staff", json!({})).await;
    let again =
        json!({ "name": "again", "issuer": ISSUER, "claim": "roles", "value": "Staff", "role": "admin" });
    assert_eq!(admin.post("/v1/role-mappings", again).await.expect(409).faults(), ["#/value already_exists"]);
    map(&admin, ISSUER, "Staff", json!({ "claim": "groups" })).await;
    map(&admin, "https://another.example.org", "Staff", json!({})).await;
}

#[tokio::test]
async fn what_is_no_mapping_is_refused() {
    let app = App::new();
    let admin = app.admin();
    let nobody = uuid::Uuid::now_v7();
    for (changes, fault) in [
        (json!({ "issuer": "https://login.microsoftonline.com/{tenantid}/v2.0" }), "#/issuer bad_format"),
        (json!({ "issuer": "outturn" }), "#/issuer bad_format"),
        (json!({ "claim": "scp" }), "#/claim unknown_value"),
        (json!({ "value": "" }), "#/value too_short"),
        (json!({ "role": "root" }), "#/role unknown_value"),
        (json!({ "council_ids": [nobody] }), "#/council_ids/0 unknown_reference"),
    ] {
        let mut body =
            json!({ "name": "x", "issuer": ISSUER, "claim": "roles", "value": "Staff", "role": "officer" });
        body.as_object_mut().expect("a body").extend(changes.as_object().expect("fields").clone());
        let refused = admin.post("/v1/role-mappings", body).await.expect(422);
        assert!(refused.faults().iter().any(|found| found == fault), "{fault}: {:?}", refused.faults());
    }
    let mapping = map(&admin, ISSUER, "Staff", json!({})).await;
    let path = format!("/v1/role-mappings/{}", id(&mapping));
    let moved = admin.patch(&path, 1, json!({ "value": "Root" })).await.expect(422);
    assert_eq!(moved.faults(), ["#/value unknown_field"]);
}

#[tokio::test]
async fn councils_belong_to_a_mapping_and_lists_find_them() {
    let app = App::new();
    let admin = app.admin();
    let made = Made(app.admin());
    let [one, two] = [made.council(json!({})).await, made.council(json!({})).await];
    let norfolk =
        map(&admin, ISSUER, "Norfolk", json!({ "role": "council", "council_ids": [one["id"]] })).await;
    map(&admin, "https://another.example.org", "Staff", json!({})).await;
    let found = async |query: &str| -> Vec<Value> {
        let list = admin.read(&format!("/v1/role-mappings?{query}")).await;
        list["data"].as_array().expect("data").iter().map(|row| row["name"].clone()).collect()
    };
    assert_eq!(found("").await, ["Norfolk", "Staff"]);
    assert_eq!(found("sort=-name").await, ["Staff", "Norfolk"]);
    assert_eq!(found(&format!("issuer={ISSUER}")).await, ["Norfolk"]);
    assert_eq!(found("role=officer").await, ["Staff"]);
    assert_eq!(found(&format!("council_id={}", id(&one))).await, ["Norfolk"]);
    assert_eq!(found(&format!("council_id={}", id(&two))).await, Vec::<Value>::new());
    let path = format!("/v1/role-mappings/{}", id(&norfolk));
    let changed = admin.patch(&path, 1, json!({ "council_ids": [two["id"]] })).await.expect(200);
    assert_eq!((&changed.body["council_ids"], &changed.body["version"]), (&json!([two["id"]]), &json!(2)));
    let same = admin.patch(&path, 2, json!({ "council_ids": [two["id"]] })).await.expect(200);
    assert_eq!(same.body["version"], 2, "nothing changed");
    admin.patch(&path, 1, json!({ "name": "late" })).await.expect(412);
}
