//! Meetings: deliverables, open registers, duplicates, and changes that attendance prevents.

use serde_json::json;

use crate::support::{App, Fixtures, id};

#[tokio::test]
async fn a_meeting_stores_delivered_undelivered_and_unknown_deliverables() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let deliverables = json!([
        { "deliverable": "briefing", "delivered": true }, { "deliverable": "lead_officer", "delivered": null },
        { "deliverable": "update", "delivered": false },
    ]);
    let meeting = fixtures
        .meeting(None, "2017-10-01", json!({ "deliverables": deliverables, "date_precision": "month" }))
        .await;
    assert_eq!(meeting["deliverables"], deliverables);
    assert_eq!((&meeting["kind"], &meeting["register"]), (&json!("meeting"), &json!("open")));
    let twice = json!({ "deliverables": [{ "deliverable": "briefing" }, { "deliverable": "briefing" }] });
    let path = format!("/v1/meetings/{}", id(&meeting));
    let refused = fixtures.0.patch(&path, 1, twice).await.expect(422);
    assert_eq!(refused.field_errors(), ["#/deliverables/1/deliverable duplicate"]);
}

#[tokio::test]
async fn a_council_can_list_its_open_registers() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (ours, theirs) =
        (fixtures.council(json!({})).await, fixtures.council(json!({ "exists_until": "2017-01-01" })).await);
    let (group, other) = (fixtures.group(json!({})).await, fixtures.group(json!({})).await);
    fixtures
        .seat(&group, &ours, json!({ "terms": [{ "holder_ref": "x", "held_from": "2017-06-01" }] }))
        .await;
    fixtures.seat(&other, &theirs, json!({})).await;
    let open_meeting = fixtures.meeting(Some(&group), "2017-06-01", json!({})).await;
    fixtures.meeting(Some(&group), "2017-05-31", json!({})).await;
    fixtures.meeting(Some(&other), "2017-06-01", json!({})).await;
    fixtures.meeting(Some(&group), "2017-07-01", json!({ "register": "closed" })).await;
    let open_event = fixtures.meeting(None, "2017-08-01", json!({})).await;
    let crm = app.council(&[id(&ours)]);
    let meetings = crm.all(&format!("/v1/meetings?register=open&council_id={}", id(&ours))).await;
    assert_eq!(meetings, [open_meeting, open_event.clone()]);
    let theirs = crm.all(&format!("/v1/meetings?register=open&council_id={}", id(&theirs))).await;
    assert!(!theirs.contains(&open_event), "a council that no longer exists has no open register");
}

#[tokio::test]
async fn the_meetings_of_an_action_are_group_and_linked_meetings_of_the_plan_period() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let group = fixtures.group(json!({ "responsible_until": "2017-08-01" })).await;
    let (framework, action) = fixtures.plan(&[&group]).await;
    let within = fixtures.meeting(Some(&group), "2017-05-25", json!({})).await;
    fixtures.meeting(Some(&group), "2017-03-03", json!({})).await;
    fixtures.meeting(Some(&group), "2017-09-01", json!({})).await;
    let linked = fixtures.meeting(None, "2018-03-31", json!({})).await;
    let late = fixtures.meeting(None, "2018-04-01", json!({})).await;
    let path = format!("/v1/actions/{}", id(&action));
    let links = json!({ "meeting_ids": [linked["id"], late["id"], within["id"]] });
    fixtures.0.patch(&path, 1, links).await.expect(200);
    let meetings = fixtures.0.all(&format!("/v1/meetings?action_id={}", id(&action))).await;
    assert_eq!(meetings, [within, linked]);
    assert_eq!(framework["plan_until"], "2018-04-01");
}

#[tokio::test]
async fn dates_and_terms_cannot_change_if_attendance_would_be_outside_a_term() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (seat, meeting) = fixtures.seat_and_meeting("2017-05-25").await;
    fixtures.attendance(&meeting, &seat, "present").await;
    let (meetings, seats) = (format!("/v1/meetings/{}", id(&meeting)), format!("/v1/seats/{}", id(&seat)));
    for (path, body) in [
        (&meetings, json!({ "held_on": "2009-12-31" })),
        (&seats, json!({ "terms": [{ "holder_ref": "x", "held_from": "2017-05-26" }] })),
        (&seats, json!({ "terms": [] })),
        (&seats, json!({ "exists_until": "2017-05-25" })),
    ] {
        assert_eq!(
            fixtures.0.patch(path, 1, body.clone()).await.expect(409).code(),
            "in_use",
            "{path} {body}"
        );
    }
    assert_eq!((fixtures.0.read(&meetings).await, fixtures.0.read(&seats).await), (meeting, seat));
}

#[tokio::test]
async fn a_meeting_with_attendance_cannot_be_cancelled() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (seat, meeting) = fixtures.seat_and_meeting("2017-05-01").await;
    let line = fixtures.attendance(&meeting, &seat, "apologies").await;
    let path = format!("/v1/meetings/{}", id(&meeting));
    for patch in [json!({ "status": "cancelled" }), json!({ "register": "not_kept" })] {
        assert_eq!(fixtures.0.patch(&path, 1, patch).await.expect(409).code(), "has_attendance");
    }
    assert_eq!(fixtures.0.read(&path).await, meeting);
    fixtures.0.delete(&format!("/v1/attendance/{}", id(&line)), 1).await.expect(204);
    fixtures.0.patch(&path, 1, json!({ "status": "cancelled" })).await.expect(200);
}

#[tokio::test]
async fn seats_that_a_closed_register_expects_cannot_change() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (seat, meeting) = fixtures.seat_and_meeting("2017-05-01").await;
    fixtures.close_register(&meeting).await;
    let path = format!("/v1/seats/{}", id(&seat));
    let holder = seat["terms"][0]["holder_ref"].clone();
    let term = |from: &str, until: &str| json!({ "terms": [{ "holder_ref": holder, "held_from": from, "held_until": until }] });
    for patch in [
        json!({ "terms": [] }),
        term("2017-05-02", "2018-01-01"),
        term("2010-01-01", "2017-05-01"),
        json!({ "exists_until": "2017-05-01" }),
        json!({ "role": "chair" }),
    ] {
        assert_eq!(fixtures.0.patch(&path, 1, patch.clone()).await.expect(409).code(), "in_use", "{patch}");
    }
    assert_eq!(fixtures.0.delete(&path, 1).await.expect(409).code(), "in_use");
    let council = format!("/v1/councils/{}", seat["council_id"].as_str().expect("an id"));
    let shortened = fixtures.0.patch(&council, 1, json!({ "exists_until": "2017-05-01" })).await;
    assert_eq!(shortened.expect(409).code(), "in_use");
    assert_eq!(fixtures.0.read(&path).await, seat);
    fixtures.0.patch(&path, 1, term("2010-01-01", "2017-05-02")).await.expect(200);
    fixtures
        .0
        .patch(&format!("/v1/meetings/{}", id(&meeting)), 2, json!({ "register": "open" }))
        .await
        .expect(200);
    fixtures.0.delete(&path, 2).await.expect(204);
}

#[tokio::test]
async fn a_duplicate_meeting_is_refused_unless_marked_one_of_several() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let group = fixtures.group(json!({})).await;
    for group_id in [group["id"].clone(), json!(null)] {
        let body = json!({ "group_id": group_id, "title": "Lead members", "held_on": "2017-10-01" });
        let first = fixtures.0.create("/v1/meetings", body.clone()).await;
        assert_eq!(first["one_of_several"], false);
        let refused = fixtures.0.post("/v1/meetings", body.clone()).await.expect(409);
        assert_eq!(
            (refused.code(), refused.field_errors()),
            ("already_exists", vec!["#/title already_exists".to_owned()])
        );
        let known = first["id"].as_str().expect("an id");
        assert!(refused.text.contains(known), "the error names the meeting: {}", refused.text);
        let mut other = body.clone();
        other["one_of_several"] = json!(true);
        let second = fixtures.0.create("/v1/meetings", other).await;
        assert_eq!(second["one_of_several"], true);
        let changed = fixtures
            .0
            .patch(&format!("/v1/meetings/{}", id(&second)), 1, json!({ "one_of_several": false }))
            .await;
        assert_eq!(changed.expect(409).code(), "already_exists");
        for difference in [json!({ "title": "Lead members, evening" }), json!({ "held_on": "2017-10-02" })] {
            let mut other = body.clone();
            other
                .as_object_mut()
                .expect("an object")
                .extend(difference.as_object().cloned().expect("an object"));
            let third = fixtures.0.create("/v1/meetings", other).await;
            let path = format!("/v1/meetings/{}", id(&third));
            let moved = json!({ "title": "Lead members", "held_on": "2017-10-01" });
            assert_eq!(fixtures.0.patch(&path, 1, moved).await.expect(409).code(), "already_exists");
        }
    }
}

#[tokio::test]
async fn a_date_filter_that_ends_before_it_begins_is_refused() {
    let app = App::new();
    let admin = app.admin();
    for (list, name, from, until) in [
        ("meetings", "held", "2017-06-02", "2017-06-01"),
        ("progress", "occurred", "2017-06-02", "2017-06-01"),
        ("audit", "changed", "2017-06-02T00:00:00Z", "2017-06-01T00:00:00Z"),
        ("disclosures", "disclosed", "2017-06-02T00:00:00Z", "2017-06-01T00:00:00Z"),
    ] {
        let window = |from: &str, until: &str| format!("/v1/{list}?{name}_from={from}&{name}_until={until}");
        let refused = admin.get(&window(from, until)).await.expect(422);
        assert_eq!(refused.field_errors(), [format!("{name}_until out_of_order")], "{list}");
        admin.get(&window(until, from)).await.expect(200);
        admin.get(&window(from, from)).await.expect(200);
    }
}
