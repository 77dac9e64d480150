//! Registers: which lines fit which meetings, and what a council may write.

use serde_json::{Value, json};

use crate::support::{App, Made, id};

#[tokio::test]
async fn a_seats_line_takes_the_seats_council() {
    let app = App::new();
    let made = Made(app.officer());
    let (group, council) = (made.group(json!({})).await, made.council(json!({})).await);
    let seat = made.seat(&group, &council, json!({})).await;
    let line =
        made.line(&made.meeting(Some(&group), "2017-05-01", json!({})).await, &seat, "apologies").await;
    assert_eq!((&line["council_id"], &line["status"]), (&council["id"], &json!("apologies")));
}

#[tokio::test]
async fn a_register_has_one_line_a_seat_and_one_a_delegate() {
    let app = App::new();
    let made = Made(app.officer());
    let (group, council) = (made.group(json!({})).await, made.council(json!({})).await);
    let seat = made.seat(&group, &council, json!({})).await;
    let (meeting, event) = (
        made.meeting(Some(&group), "2017-05-01", json!({})).await,
        made.meeting(None, "2017-05-01", json!({})).await,
    );
    for body in [
        json!({ "meeting_id": meeting["id"], "seat_id": seat["id"], "status": "present" }),
        json!({ "meeting_id": event["id"], "council_id": council["id"], "delegate_ref": "d1", "status": "present" }),
        json!({ "meeting_id": event["id"], "delegate_ref": "guest", "status": "in_attendance" }),
    ] {
        made.0.post("/v1/attendance", body.clone()).await.expect(201);
        assert_eq!(made.0.post("/v1/attendance", body).await.expect(409).code(), "already_exists");
    }
    assert_eq!(made.0.all("/v1/attendance").await.len(), 3);
}

#[tokio::test]
async fn a_line_must_fit_its_meeting() {
    let app = App::new();
    let made = Made(app.officer());
    let (group, other, council) =
        (made.group(json!({})).await, made.group(json!({})).await, made.council(json!({})).await);
    let seat = made
        .seat(&group, &council, json!({ "terms": [{ "holder_ref": "x", "held_from": "2017-05-02" }] }))
        .await;
    let stranger = made.seat(&other, &council, json!({})).await;
    let meeting = made.meeting(Some(&group), "2017-05-01", json!({})).await;
    let cancelled = made.meeting(Some(&group), "2017-06-01", json!({ "status": "cancelled" })).await;
    let unkept = made.meeting(Some(&group), "2017-06-01", json!({ "register": "not_kept" })).await;
    let event = made.meeting(None, "2017-06-01", json!({})).await;
    let seats_line = |meeting: &Value, seat: &Value| json!({ "meeting_id": meeting["id"], "seat_id": seat["id"], "status": "present" });
    for (body, status, code, fault) in [
        (seats_line(&meeting, &seat), 422, "invalid", "#/seat_id seat_outside_term"),
        (seats_line(&meeting, &stranger), 422, "invalid", "#/seat_id seat_of_another_group"),
        (seats_line(&event, &seat), 422, "invalid", "#/seat_id seat_of_another_group"),
        (seats_line(&cancelled, &seat), 409, "meeting_cancelled", ""),
        (seats_line(&unkept, &seat), 409, "register_not_kept", ""),
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
            json!({ "meeting_id": meeting["id"], "seat_id": stranger["id"], "status": "in_attendance" }),
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
        let refused = made.0.post("/v1/attendance", body.clone()).await.expect(status);
        assert_eq!(refused.code(), code, "{body}");
        let faults: Vec<String> =
            Some(fault.to_owned()).filter(|fault| !fault.is_empty()).into_iter().collect();
        assert_eq!(refused.faults(), faults, "{body}");
    }
    assert_eq!(made.0.all("/v1/attendance").await.len(), 0);
}

#[tokio::test]
async fn a_line_for_another_councils_seat_of_an_unknown_seat_or_meeting_is_named() {
    let app = App::new();
    let made = Made(app.officer());
    let nowhere = "0198c5b0-0000-7000-8000-000000000001";
    let refused = made
        .0
        .post("/v1/attendance", json!({ "meeting_id": nowhere, "seat_id": nowhere, "status": "present" }))
        .await;
    assert_eq!(
        refused.expect(422).faults(),
        ["#/meeting_id unknown_reference", "#/seat_id unknown_reference"]
    );
    let (group, council, other) =
        (made.group(json!({})).await, made.council(json!({})).await, made.council(json!({})).await);
    let seat = made.seat(&group, &council, json!({})).await;
    let meeting = made.meeting(Some(&group), "2017-05-01", json!({})).await;
    let body = json!({ "meeting_id": meeting["id"], "seat_id": seat["id"], "council_id": other["id"], "status": "present" });
    assert_eq!(
        made.0.post("/v1/attendance", body).await.expect(422).faults(),
        ["#/seat_id unknown_reference"]
    );
}

#[tokio::test]
async fn a_council_writes_its_own_lines_while_the_register_is_open() {
    let app = App::new();
    let made = Made(app.officer());
    let (group, ours, theirs) =
        (made.group(json!({})).await, made.council(json!({})).await, made.council(json!({})).await);
    let (our_seat, their_seat) =
        (made.seat(&group, &ours, json!({})).await, made.seat(&group, &theirs, json!({})).await);
    let meeting = made.meeting(Some(&group), "2017-05-01", json!({})).await;
    let crm = app.council(&[id(&ours)]);
    let line = Made(crm.clone()).line(&meeting, &our_seat, "present").await;
    let path = format!("/v1/attendance/{}", id(&line));
    crm.patch(&path, 1, json!({ "status": "apologies" })).await.expect(200);

    let foreign = json!({ "meeting_id": meeting["id"], "seat_id": their_seat["id"], "status": "present" });
    crm.post("/v1/attendance", foreign).await.expect(403);
    let their_line = made.line(&meeting, &their_seat, "present").await;
    let their_path = format!("/v1/attendance/{}", id(&their_line));
    crm.patch(&their_path, 1, json!({ "status": "absent" })).await.expect(403);
    crm.delete(&their_path, 1).await.expect(403);
    assert_eq!(made.0.read(&their_path).await["status"], "present");

    made.close(&meeting).await;
    assert_eq!(
        crm.patch(&path, 2, json!({ "status": "present" })).await.expect(409).code(),
        "register_closed"
    );
    assert_eq!(crm.delete(&path, 2).await.expect(409).code(), "register_closed");
    assert_eq!(made.0.read(&path).await["status"], "apologies");
    made.0.patch(&path, 2, json!({ "status": "present" })).await.expect(200);
    crm.patch(&format!("/v1/attendance/{}", id(&meeting)), 1, json!({ "status": "absent" }))
        .await
        .expect(404);
}

#[tokio::test]
async fn fifty_at_once_leave_one_line() {
    let app = App::new();
    let made = Made(app.officer());
    let (seat, meeting) = made.seat_and_meeting("2017-05-01").await;
    let body = json!({ "meeting_id": meeting["id"], "seat_id": seat["id"], "status": "present" });
    let posts = (0..50).map(|_| {
        let (person, body) = (made.0.clone(), body.clone());
        tokio::spawn(async move { person.post("/v1/attendance", body).await.status })
    });
    let mut statuses = Vec::new();
    for post in posts.collect::<Vec<_>>() {
        statuses.push(post.await.expect("an answer"));
    }
    assert_eq!(
        (statuses.iter().filter(|s| **s == 201).count(), statuses.iter().filter(|s| **s == 409).count()),
        (1, 49)
    );
    assert_eq!(made.0.all("/v1/attendance").await.len(), 1);
}

#[tokio::test]
async fn a_council_attends_while_it_exists() {
    let app = App::new();
    let made = Made(app.officer());
    let group = made.group(json!({})).await;
    let council = made.council(json!({ "exists_until": "2017-06-01" })).await;
    let seat = made.seat(&group, &council, json!({})).await;
    let (during, after) = (
        made.meeting(Some(&group), "2017-05-01", json!({})).await,
        made.meeting(Some(&group), "2017-07-01", json!({})).await,
    );
    let event = made.meeting(None, "2017-07-01", json!({})).await;
    let line =
        |meeting: &Value| json!({ "meeting_id": meeting["id"], "seat_id": seat["id"], "status": "present" });
    let delegate = json!({ "meeting_id": event["id"], "council_id": council["id"], "delegate_ref": "d", "status": "present" });
    made.0.post("/v1/attendance", line(&during)).await.expect(201);
    for body in [line(&after), delegate] {
        let refused = made.0.post("/v1/attendance", body).await.expect(422);
        assert_eq!(refused.faults(), ["#/council_id council_does_not_exist"]);
    }
    let path = format!("/v1/councils/{}", id(&council));
    let shortened = made.0.patch(&path, 1, json!({ "exists_until": "2017-05-01" })).await;
    assert_eq!(shortened.expect(409).code(), "in_use");
    let mut expected = Vec::new();
    for meeting in made.0.all(&format!("/v1/meetings?council_id={}", id(&council))).await {
        expected.push(meeting["id"].clone());
    }
    assert_eq!(expected, [during["id"].clone()]);
}
