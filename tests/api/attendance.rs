//! Attendance records: validation against their meeting, and rights of councils.

use serde_json::{Value, json};

use crate::support::{App, Fixtures, id};

#[tokio::test]
async fn an_attendance_record_of_a_seat_has_the_council_of_the_seat() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (group, council) = (fixtures.group(json!({})).await, fixtures.council(json!({})).await);
    let seat = fixtures.seat(&group, &council, json!({})).await;
    let line = fixtures
        .attendance(&fixtures.meeting(Some(&group), "2017-05-01", json!({})).await, &seat, "apologies")
        .await;
    assert_eq!((&line["council_id"], &line["status"]), (&council["id"], &json!("apologies")));
}

#[tokio::test]
async fn a_register_has_one_record_per_seat_and_per_delegate() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (group, council) = (fixtures.group(json!({})).await, fixtures.council(json!({})).await);
    let seat = fixtures.seat(&group, &council, json!({})).await;
    let (meeting, event) = (
        fixtures.meeting(Some(&group), "2017-05-01", json!({})).await,
        fixtures.meeting(None, "2017-05-01", json!({})).await,
    );
    for body in [
        json!({ "meeting_id": meeting["id"], "seat_id": seat["id"], "status": "present" }),
        json!({ "meeting_id": event["id"], "council_id": council["id"], "delegate_ref": "d1", "status": "present" }),
        json!({ "meeting_id": event["id"], "delegate_ref": "guest", "status": "in_attendance" }),
    ] {
        fixtures.0.post("/v1/attendance", body.clone()).await.expect(201);
        assert_eq!(fixtures.0.post("/v1/attendance", body).await.expect(409).code(), "already_exists");
    }
    assert_eq!(fixtures.0.all("/v1/attendance").await.len(), 3);
}

#[tokio::test]
async fn an_attendance_record_must_match_its_meeting() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (group, other, council) =
        (fixtures.group(json!({})).await, fixtures.group(json!({})).await, fixtures.council(json!({})).await);
    let seat = fixtures
        .seat(&group, &council, json!({ "terms": [{ "holder_ref": "x", "held_from": "2017-05-02" }] }))
        .await;
    let seat_of_other_group = fixtures.seat(&other, &council, json!({})).await;
    let meeting = fixtures.meeting(Some(&group), "2017-05-01", json!({})).await;
    let cancelled = fixtures.meeting(Some(&group), "2017-06-01", json!({ "status": "cancelled" })).await;
    let without_register =
        fixtures.meeting(Some(&group), "2017-06-01", json!({ "register": "not_kept" })).await;
    let event = fixtures.meeting(None, "2017-06-01", json!({})).await;
    let record = |meeting: &Value, seat: &Value| json!({ "meeting_id": meeting["id"], "seat_id": seat["id"], "status": "present" });
    for (body, status, code, field_error) in [
        (record(&meeting, &seat), 422, "invalid", "#/seat_id seat_outside_term"),
        (record(&meeting, &seat_of_other_group), 422, "invalid", "#/seat_id seat_of_another_group"),
        (record(&event, &seat), 422, "invalid", "#/seat_id seat_of_another_group"),
        (record(&cancelled, &seat), 409, "meeting_cancelled", ""),
        (record(&without_register, &seat), 409, "register_not_kept", ""),
        (
            json!({ "meeting_id": meeting["id"], "council_id": council["id"], "delegate_ref": "d", "status": "present" }),
            422,
            "invalid",
            "#/delegate_ref seat_required",
        ),
        (
            json!({ "meeting_id": event["id"], "delegate_ref": "d", "status": "present" }),
            422,
            "invalid",
            "#/council_id required",
        ),
        (
            json!({ "meeting_id": meeting["id"], "seat_id": seat_of_other_group["id"], "status": "in_attendance" }),
            422,
            "invalid",
            "#/status invalid_combination",
        ),
        (json!({ "meeting_id": meeting["id"], "status": "present" }), 422, "invalid", "#/seat_id required"),
        (
            json!({ "meeting_id": meeting["id"], "seat_id": seat["id"], "delegate_ref": "d", "status": "present" }),
            422,
            "invalid",
            "#/delegate_ref invalid_combination",
        ),
    ] {
        let refused = fixtures.0.post("/v1/attendance", body.clone()).await.expect(status);
        assert_eq!(refused.code(), code, "{body}");
        let field_errors: Vec<String> =
            Some(field_error.to_owned()).filter(|field_error| !field_error.is_empty()).into_iter().collect();
        assert_eq!(refused.field_errors(), field_errors, "{body}");
    }
    assert_eq!(fixtures.0.all("/v1/attendance").await.len(), 0);
}

#[tokio::test]
async fn unknown_meetings_and_seats_and_seats_of_other_councils_are_rejected() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let unknown_id = "0198c5b0-0000-7000-8000-000000000001";
    let refused = fixtures
        .0
        .post(
            "/v1/attendance",
            json!({ "meeting_id": unknown_id, "seat_id": unknown_id, "status": "present" }),
        )
        .await;
    assert_eq!(
        refused.expect(422).field_errors(),
        ["#/meeting_id unknown_reference", "#/seat_id unknown_reference"]
    );
    let (group, council, other) = (
        fixtures.group(json!({})).await,
        fixtures.council(json!({})).await,
        fixtures.council(json!({})).await,
    );
    let seat = fixtures.seat(&group, &council, json!({})).await;
    let meeting = fixtures.meeting(Some(&group), "2017-05-01", json!({})).await;
    let body = json!({ "meeting_id": meeting["id"], "seat_id": seat["id"], "council_id": other["id"], "status": "present" });
    assert_eq!(
        fixtures.0.post("/v1/attendance", body).await.expect(422).field_errors(),
        ["#/seat_id unknown_reference"]
    );
}

#[tokio::test]
async fn a_council_writes_its_own_records_while_the_register_is_open() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (group, own_council, other_council) = (
        fixtures.group(json!({})).await,
        fixtures.council(json!({})).await,
        fixtures.council(json!({})).await,
    );
    let (own_seat, other_seat) = (
        fixtures.seat(&group, &own_council, json!({})).await,
        fixtures.seat(&group, &other_council, json!({})).await,
    );
    let meeting = fixtures.meeting(Some(&group), "2017-05-01", json!({})).await;
    let crm = app.council(&[id(&own_council)]);
    let line = Fixtures(crm.clone()).attendance(&meeting, &own_seat, "present").await;
    let path = format!("/v1/attendance/{}", id(&line));
    crm.patch(&path, 1, json!({ "status": "apologies" })).await.expect(200);

    let other_record =
        json!({ "meeting_id": meeting["id"], "seat_id": other_seat["id"], "status": "present" });
    crm.post("/v1/attendance", other_record).await.expect(403);
    let created_by_officer = fixtures.attendance(&meeting, &other_seat, "present").await;
    let other_path = format!("/v1/attendance/{}", id(&created_by_officer));
    crm.patch(&other_path, 1, json!({ "status": "absent" })).await.expect(403);
    crm.delete(&other_path, 1).await.expect(403);
    assert_eq!(fixtures.0.read(&other_path).await["status"], "present");

    fixtures.close_register(&meeting).await;
    assert_eq!(
        crm.patch(&path, 2, json!({ "status": "present" })).await.expect(409).code(),
        "register_closed"
    );
    assert_eq!(crm.delete(&path, 2).await.expect(409).code(), "register_closed");
    assert_eq!(fixtures.0.read(&path).await["status"], "apologies");
    fixtures.0.patch(&path, 2, json!({ "status": "present" })).await.expect(200);
    crm.patch(&format!("/v1/attendance/{}", id(&meeting)), 1, json!({ "status": "absent" }))
        .await
        .expect(404);
}

#[tokio::test]
async fn fifty_concurrent_creates_leave_one_record() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (seat, meeting) = fixtures.seat_and_meeting("2017-05-01").await;
    let body = json!({ "meeting_id": meeting["id"], "seat_id": seat["id"], "status": "present" });
    let posts = (0..50).map(|_| {
        let (caller, body) = (fixtures.0.clone(), body.clone());
        tokio::spawn(async move { caller.post("/v1/attendance", body).await.status })
    });
    let mut statuses = Vec::new();
    for post in posts.collect::<Vec<_>>() {
        statuses.push(post.await.expect("a response"));
    }
    assert_eq!(
        (statuses.iter().filter(|s| **s == 201).count(), statuses.iter().filter(|s| **s == 409).count()),
        (1, 49)
    );
    assert_eq!(fixtures.0.all("/v1/attendance").await.len(), 1);
}

#[tokio::test]
async fn a_council_has_attendance_records_only_while_it_exists() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let group = fixtures.group(json!({})).await;
    let council = fixtures.council(json!({ "exists_until": "2017-06-01" })).await;
    let seat = fixtures.seat(&group, &council, json!({})).await;
    let (during, after) = (
        fixtures.meeting(Some(&group), "2017-05-01", json!({})).await,
        fixtures.meeting(Some(&group), "2017-07-01", json!({})).await,
    );
    let event = fixtures.meeting(None, "2017-07-01", json!({})).await;
    let line =
        |meeting: &Value| json!({ "meeting_id": meeting["id"], "seat_id": seat["id"], "status": "present" });
    let delegate = json!({ "meeting_id": event["id"], "council_id": council["id"], "delegate_ref": "d", "status": "present" });
    fixtures.0.post("/v1/attendance", line(&during)).await.expect(201);
    for body in [line(&after), delegate] {
        let refused = fixtures.0.post("/v1/attendance", body).await.expect(422);
        assert_eq!(refused.field_errors(), ["#/council_id council_does_not_exist"]);
    }
    let path = format!("/v1/councils/{}", id(&council));
    let shortened = fixtures.0.patch(&path, 1, json!({ "exists_until": "2017-05-01" })).await;
    assert_eq!(shortened.expect(409).code(), "in_use");
    let mut meetings = Vec::new();
    for meeting in fixtures.0.all(&format!("/v1/meetings?council_id={}", id(&council))).await {
        meetings.push(meeting["id"].clone());
    }
    assert_eq!(meetings, [during["id"].clone()]);
}
