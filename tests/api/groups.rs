//! Groups and seats: terms, external ids.

use serde_json::json;

use crate::support::{App, Made, id};

#[tokio::test]
async fn a_group_is_found_by_its_code_and_by_another_systems_key() {
    let app = App::new();
    let made = Made(app.officer());
    let keys = json!([{ "system": "crm", "external_id": "G/7 (old)" }]);
    let group = made.group(json!({ "code": "assembly", "external_ids": keys })).await;
    made.group(json!({})).await;
    for query in ["code=assembly", "external_id=G%2F7+(old)", "external_id=G%2F7%20(old)&external_system=crm"]
    {
        let found = made.0.all(&format!("/v1/groups?{query}")).await;
        assert_eq!(found, std::slice::from_ref(&group), "{query}");
    }
    assert!(made.0.all("/v1/groups?external_id=G%2F7%20(old)&external_system=other").await.is_empty());
}

#[tokio::test]
async fn one_key_of_a_system_is_one_rows() {
    let app = App::new();
    let made = Made(app.officer());
    let keys = json!([{ "system": "crm", "external_id": "7" }]);
    made.group(json!({ "external_ids": keys })).await;
    let second = made
        .0
        .post("/v1/groups", json!({ "code": "b", "name": "B", "external_ids": keys }))
        .await
        .expect(409);
    assert_eq!(
        (second.code(), second.faults()),
        ("already_exists", vec!["#/external_ids already_exists".to_owned()])
    );
    let twice = json!([{ "system": "crm", "external_id": "8" }, { "system": "crm", "external_id": "9" }]);
    let refused = made
        .0
        .post("/v1/groups", json!({ "code": "c", "name": "C", "external_ids": twice }))
        .await
        .expect(422);
    assert_eq!(refused.faults(), ["#/external_ids/1/system duplicate"]);
    assert_eq!(made.0.all("/v1/groups").await.len(), 1, "nothing was half written");
}

#[tokio::test]
async fn overlapping_terms_are_refused_and_change_nothing() {
    let app = App::new();
    let made = Made(app.officer());
    let seat = made.seat(&made.group(json!({})).await, &made.council(json!({})).await, json!({})).await;
    let path = format!("/v1/seats/{}", id(&seat));
    let overlapping = json!({ "terms": [
        { "holder_ref": "a", "held_from": "2016-01-01", "held_until": "2017-01-01" },
        { "holder_ref": "b", "held_from": "2016-12-31" },
        { "holder_ref": "c", "held_from": "2018-01-01", "held_until": "2018-01-01" },
    ] });
    let refused = made.0.patch(&path, 1, overlapping).await.expect(422);
    assert_eq!(
        refused.faults(),
        ["#/terms/1/held_from overlap", "#/terms/2/held_from overlap", "#/terms/2/held_until out_of_order",]
    );
    assert_eq!(made.0.read(&path).await, seat);
}

#[tokio::test]
async fn terms_that_touch_do_not_overlap_and_count_as_one_change_of_the_seat() {
    let app = App::new();
    let made = Made(app.officer());
    let seat = made.seat(&made.group(json!({})).await, &made.council(json!({})).await, json!({})).await;
    let path = format!("/v1/seats/{}", id(&seat));
    let terms = json!([
        { "holder_ref": "a", "holder_name": null, "held_from": "2010-01-01", "held_until": "2017-05-09" },
        { "holder_ref": "b", "holder_name": null, "held_from": "2017-05-09", "held_until": null },
    ]);
    let changed = made.0.patch(&path, 1, json!({ "terms": terms })).await.expect(200);
    assert_eq!((&changed.body["terms"], &changed.body["version"]), (&terms, &json!(2)));
    let same = made.0.patch(&path, 2, json!({ "terms": terms })).await.expect(200);
    assert_eq!(same.body["version"], 2, "what does not change keeps its version");
    let held_on = |day: &str| format!("/v1/seats?held_on={day}");
    assert_eq!(made.0.all(&held_on("2017-05-09")).await.len(), 1);
    assert_eq!(made.0.all(&held_on("2009-12-31")).await.len(), 0);
}

#[tokio::test]
async fn the_database_itself_refuses_overlapping_terms() {
    let app = App::new();
    let made = Made(app.officer());
    let seat = made.seat(&made.group(json!({})).await, &made.council(json!({})).await, json!({})).await;
    let insert = format!(
        "DO $$ BEGIN INSERT INTO seat_terms (seat_id, holder_ref, held_from) VALUES ('{}', 'x', '2012-01-01');
         RAISE EXCEPTION 'went through'; EXCEPTION WHEN exclusion_violation THEN NULL; END $$",
        id(&seat)
    );
    app.sql(&insert).await;
}

#[tokio::test]
async fn a_seat_is_of_a_group_a_council_a_role_and_an_ordinal_once() {
    let app = App::new();
    let made = Made(app.officer());
    let (group, council) = (made.group(json!({})).await, made.council(json!({})).await);
    made.seat(&group, &council, json!({})).await;
    made.seat(&group, &council, json!({ "ordinal": 2 })).await;
    let again =
        json!({ "group_id": group["id"], "council_id": council["id"], "role": "member", "ordinal": 2 });
    assert_eq!(made.0.post("/v1/seats", again).await.expect(409).code(), "already_exists");
}

#[tokio::test]
async fn every_reference_that_leads_nowhere_is_named() {
    let app = App::new();
    let nowhere = "0198c5b0-0000-7000-8000-000000000001";
    let body = json!({ "group_id": nowhere, "council_id": nowhere, "role": "member" });
    let refused = app.officer().post("/v1/seats", body).await.expect(422);
    assert_eq!(refused.faults(), ["#/group_id unknown_reference", "#/council_id unknown_reference"]);
}

#[tokio::test]
async fn what_history_rests_on_is_not_deleted() {
    let app = App::new();
    let made = Made(app.officer());
    let (group, council) = (made.group(json!({})).await, made.council(json!({})).await);
    let seat = made.seat(&group, &council, json!({})).await;
    let meeting = made.meeting(Some(&group), "2017-05-01", json!({})).await;
    let line = made.line(&meeting, &seat, "present").await;
    for (path, body) in [("groups", &group), ("councils", &council), ("seats", &seat), ("meetings", &meeting)]
    {
        let refused = made.0.delete(&format!("/v1/{path}/{}", id(body)), 1).await.expect(409);
        assert_eq!(refused.code(), "in_use", "{path}");
    }
    for (path, body) in [
        ("attendance", &line),
        ("seats", &seat),
        ("meetings", &meeting),
        ("groups", &group),
        ("councils", &council),
    ] {
        made.0.delete(&format!("/v1/{path}/{}", id(body)), 1).await.expect(204);
    }
}

#[tokio::test]
async fn a_seat_and_a_group_never_end_before_they_begin_whichever_half_changes() {
    let app = App::new();
    let made = Made(app.officer());
    let group =
        made.group(json!({ "responsible_from": "2015-04-01", "responsible_until": "2020-04-01" })).await;
    let council = made.council(json!({})).await;
    let more = json!({ "exists_from": "2015-04-01", "exists_until": "2020-04-01" });
    let seat = made.seat(&group, &council, more).await;
    for (path, row, from, until) in [
        (format!("/v1/seats/{}", id(&seat)), &seat, "exists_from", "exists_until"),
        (format!("/v1/groups/{}", id(&group)), &group, "responsible_from", "responsible_until"),
    ] {
        for (field, day) in [(until, "2015-03-31"), (until, "2015-04-01"), (from, "2020-04-01")] {
            let refused = made.0.patch(&path, 1, json!({ field: day })).await.expect(422);
            assert_eq!(refused.faults(), [format!("#/{field} out_of_order")], "{path} {day}");
        }
        let both = json!({ from: "2018-01-02", until: "2018-01-01" });
        let refused = made.0.patch(&path, 1, both).await.expect(422);
        assert_eq!(refused.faults(), [format!("#/{until} out_of_order")], "{path}");
        assert_eq!(&made.0.read(&path).await, row);
    }
}
