//! Groups and seats: terms, external ids and references.

use serde_json::json;

use crate::support::{App, Fixtures, id};

#[tokio::test]
async fn groups_are_filtered_by_code_and_external_id() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let keys = json!([{ "system": "crm", "external_id": "G/7 (old)" }]);
    let group = fixtures.group(json!({ "code": "assembly", "external_ids": keys })).await;
    fixtures.group(json!({})).await;
    for query in ["code=assembly", "external_id=G%2F7+(old)", "external_id=G%2F7%20(old)&external_system=crm"]
    {
        let groups = fixtures.0.all(&format!("/v1/groups?{query}")).await;
        assert_eq!(groups, std::slice::from_ref(&group), "{query}");
    }
    assert!(fixtures.0.all("/v1/groups?external_id=G%2F7%20(old)&external_system=other").await.is_empty());
}

#[tokio::test]
async fn an_external_id_identifies_one_group() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let keys = json!([{ "system": "crm", "external_id": "7" }]);
    fixtures.group(json!({ "external_ids": keys })).await;
    let refused = fixtures
        .0
        .post("/v1/groups", json!({ "code": "b", "name": "B", "external_ids": keys }))
        .await
        .expect(409);
    assert_eq!(
        (refused.code(), refused.field_errors()),
        ("already_exists", vec!["#/external_ids already_exists".to_owned()])
    );
    let twice = json!([{ "system": "crm", "external_id": "8" }, { "system": "crm", "external_id": "9" }]);
    let refused = fixtures
        .0
        .post("/v1/groups", json!({ "code": "c", "name": "C", "external_ids": twice }))
        .await
        .expect(422);
    assert_eq!(refused.field_errors(), ["#/external_ids/1/system duplicate"]);
    assert_eq!(fixtures.0.all("/v1/groups").await.len(), 1, "a refused request creates no group");
}

#[tokio::test]
async fn overlapping_terms_are_refused_and_change_nothing() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let seat =
        fixtures.seat(&fixtures.group(json!({})).await, &fixtures.council(json!({})).await, json!({})).await;
    let path = format!("/v1/seats/{}", id(&seat));
    let overlapping = json!({ "terms": [
        { "holder_ref": "a", "held_from": "2016-01-01", "held_until": "2017-01-01" },
        { "holder_ref": "b", "held_from": "2016-12-31" },
        { "holder_ref": "c", "held_from": "2018-01-01", "held_until": "2018-01-01" },
    ] });
    let refused = fixtures.0.patch(&path, 1, overlapping).await.expect(422);
    assert_eq!(
        refused.field_errors(),
        ["#/terms/1/held_from overlap", "#/terms/2/held_from overlap", "#/terms/2/held_until out_of_order",]
    );
    assert_eq!(fixtures.0.read(&path).await, seat);
}

#[tokio::test]
async fn adjacent_terms_do_not_overlap_and_increase_the_version_once() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let seat =
        fixtures.seat(&fixtures.group(json!({})).await, &fixtures.council(json!({})).await, json!({})).await;
    let path = format!("/v1/seats/{}", id(&seat));
    let terms = json!([
        { "holder_ref": "a", "holder_name": null, "held_from": "2010-01-01", "held_until": "2017-05-09" },
        { "holder_ref": "b", "holder_name": null, "held_from": "2017-05-09", "held_until": null },
    ]);
    let changed = fixtures.0.patch(&path, 1, json!({ "terms": terms })).await.expect(200);
    assert_eq!((&changed.body["terms"], &changed.body["version"]), (&terms, &json!(2)));
    let same = fixtures.0.patch(&path, 2, json!({ "terms": terms })).await.expect(200);
    assert_eq!(same.body["version"], 2, "an update without changes keeps the version");
    let held_on = |day: &str| format!("/v1/seats?held_on={day}");
    assert_eq!(fixtures.0.all(&held_on("2017-05-09")).await.len(), 1);
    assert_eq!(fixtures.0.all(&held_on("2009-12-31")).await.len(), 0);
}

#[tokio::test]
async fn the_database_itself_refuses_overlapping_terms() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let seat =
        fixtures.seat(&fixtures.group(json!({})).await, &fixtures.council(json!({})).await, json!({})).await;
    let insert = format!(
        "DO $$ BEGIN INSERT INTO seat_terms (seat_id, holder_ref, held_from) VALUES ('{}', 'x', '2012-01-01');
         RAISE EXCEPTION 'went through'; EXCEPTION WHEN exclusion_violation THEN NULL; END $$",
        id(&seat)
    );
    app.sql(&insert).await;
}

#[tokio::test]
async fn group_council_role_and_ordinal_identify_one_seat() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (group, council) = (fixtures.group(json!({})).await, fixtures.council(json!({})).await);
    fixtures.seat(&group, &council, json!({})).await;
    fixtures.seat(&group, &council, json!({ "ordinal": 2 })).await;
    let again =
        json!({ "group_id": group["id"], "council_id": council["id"], "role": "member", "ordinal": 2 });
    assert_eq!(fixtures.0.post("/v1/seats", again).await.expect(409).code(), "already_exists");
}

#[tokio::test]
async fn every_unknown_reference_of_a_seat_is_reported() {
    let app = App::new();
    let unknown_id = "0198c5b0-0000-7000-8000-000000000001";
    let body = json!({ "group_id": unknown_id, "council_id": unknown_id, "role": "member" });
    let refused = app.officer().post("/v1/seats", body).await.expect(422);
    assert_eq!(refused.field_errors(), ["#/group_id unknown_reference", "#/council_id unknown_reference"]);
}

#[tokio::test]
async fn referenced_rows_cannot_be_deleted() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (group, council) = (fixtures.group(json!({})).await, fixtures.council(json!({})).await);
    let seat = fixtures.seat(&group, &council, json!({})).await;
    let meeting = fixtures.meeting(Some(&group), "2017-05-01", json!({})).await;
    let line = fixtures.attendance(&meeting, &seat, "present").await;
    for (path, body) in [("groups", &group), ("councils", &council), ("seats", &seat), ("meetings", &meeting)]
    {
        let refused = fixtures.0.delete(&format!("/v1/{path}/{}", id(body)), 1).await.expect(409);
        assert_eq!(refused.code(), "in_use", "{path}");
    }
    for (path, body) in [
        ("attendance", &line),
        ("seats", &seat),
        ("meetings", &meeting),
        ("groups", &group),
        ("councils", &council),
    ] {
        fixtures.0.delete(&format!("/v1/{path}/{}", id(body)), 1).await.expect(204);
    }
}

#[tokio::test]
async fn seats_and_groups_cannot_end_before_they_begin() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let group =
        fixtures.group(json!({ "responsible_from": "2015-04-01", "responsible_until": "2020-04-01" })).await;
    let council = fixtures.council(json!({})).await;
    let more = json!({ "exists_from": "2015-04-01", "exists_until": "2020-04-01" });
    let seat = fixtures.seat(&group, &council, more).await;
    for (path, row, from, until) in [
        (format!("/v1/seats/{}", id(&seat)), &seat, "exists_from", "exists_until"),
        (format!("/v1/groups/{}", id(&group)), &group, "responsible_from", "responsible_until"),
    ] {
        for (field, day) in [(until, "2015-03-31"), (until, "2015-04-01"), (from, "2020-04-01")] {
            let refused = fixtures.0.patch(&path, 1, json!({ field: day })).await.expect(422);
            assert_eq!(refused.field_errors(), [format!("#/{field} out_of_order")], "{path} {day}");
        }
        let both = json!({ from: "2018-01-02", until: "2018-01-01" });
        let refused = fixtures.0.patch(&path, 1, both).await.expect(422);
        assert_eq!(refused.field_errors(), [format!("#/{until} out_of_order")], "{path}");
        assert_eq!(&fixtures.0.read(&path).await, row);
    }
}
