//! Bulk attendance: references to meetings and seats, rights of councils, and stale lines.

use outturn::access::Role;
use serde_json::{Value, json};

use super::{Setup, errors, send, setup, statuses, with};
use crate::support::{Caller, id};

#[tokio::test]
async fn lines_reference_meetings_and_seats_by_id_external_id_or_natural_key() {
    let s = setup().await;
    let key = |key: &str| json!({ "external_ids": [{ "system": "eelga", "external_id": key }] });
    let path = format!("/v1/meetings/{}", id(&s.meeting));
    s.fixtures.0.patch(&path, 1, key("M-1")).await.expect(200);
    s.fixtures.0.patch(&format!("/v1/seats/{}", id(&s.seats[1])), 1, key("S-1")).await.expect(200);
    let lines = json!([
        s.line(0, "present"),
        { "meeting_external_id": "M-1", "seat_external_id": "S-1", "status": "absent" },
        { "group_code": s.group["code"], "held_on": "2017-05-01", "meeting_title": s.meeting["title"],
          "council_gss_code": s.councils[2]["gss_code"], "role": "member", "status": "apologies" },
    ]);
    let result = send(&s.fixtures.0, "?system=eelga", lines).await.expect(200).body;
    assert_eq!(statuses(&result), ["created", "created", "created"], "{result}");
    let seats: Vec<Value> = s.register().await.iter().map(|line| line["seat_id"].clone()).collect();
    for seat in &s.seats {
        assert!(seats.contains(&seat["id"]));
    }
    let date_alone = json!([{ "group_code": s.group["code"], "held_on": "2017-05-01",
        "council_id": s.councils[0]["id"], "role": "member", "status": "present" }]);
    assert_eq!(statuses(&send(&s.fixtures.0, "", date_alone).await.expect(200).body), ["unchanged"]);
}

#[tokio::test]
async fn an_ambiguous_reference_is_rejected() {
    let s = setup().await;
    s.fixtures.meeting(Some(&s.group), "2017-05-01", json!({ "title": "Another that day" })).await;
    s.fixtures.seat(&s.group, &s.councils[0], json!({ "ordinal": 2 })).await;
    for (n, system) in ["one", "two"].into_iter().enumerate() {
        let key = json!({ "external_ids": [{ "system": system, "external_id": "K" }] });
        s.fixtures.0.patch(&format!("/v1/seats/{}", id(&s.seats[n + 1])), 1, key).await.expect(200);
    }
    let lines = json!([
        { "group_code": s.group["code"], "held_on": "2017-05-01", "seat_id": s.seats[0]["id"], "status": "present" },
        { "meeting_id": s.meeting["id"], "council_id": s.councils[0]["id"], "role": "member", "status": "present" },
        { "meeting_id": s.meeting["id"], "seat_external_id": "K", "status": "present" },
        { "meeting_id": s.meeting["id"], "meeting_external_id": "M", "seat_id": s.seats[1]["id"], "role": "member", "status": "present" },
        { "group_code": "nowhere", "held_on": "2017-05-01", "council_gss_code": "E99999999", "role": "member", "status": "present" },
        { "meeting_id": "0198c5b0-0000-7000-8000-000000000009", "seat_id": "0198c5b0-0000-7000-8000-000000000009", "status": "present" },
    ]);
    let result = send(&s.fixtures.0, "", lines).await.expect(200).body;
    assert_eq!(
        errors(&result),
        [
            "#/lines/0/held_on ambiguous",
            "#/lines/1/role ambiguous",
            "#/lines/2/seat_external_id ambiguous",
            "#/lines/3/council_gss_code required",
            "#/lines/3/meeting_id mutually_exclusive",
            "#/lines/3/seat_id mutually_exclusive",
            "#/lines/4/held_on unknown_reference",
            "#/lines/5/meeting_id unknown_reference",
            "#/lines/5/seat_id unknown_reference",
        ]
    );
    assert!(s.register().await.is_empty());
    let unambiguous = json!([
        { "meeting_id": s.meeting["id"], "council_id": s.councils[0]["id"], "role": "member", "ordinal": 2, "status": "present" },
        { "meeting_id": s.meeting["id"], "seat_external_id": "K", "status": "present" },
    ]);
    assert_eq!(
        statuses(&send(&s.fixtures.0, "?system=two", unambiguous).await.expect(200).body),
        ["created", "created"]
    );
}

#[tokio::test]
async fn two_lines_for_one_row_both_fail() {
    let s = setup().await;
    let natural = json!({ "meeting_id": s.meeting["id"], "council_id": s.councils[0]["id"], "role": "member", "status": "absent" });
    let lines = json!([s.line(0, "present"), natural, s.line(1, "present")]);
    let result = send(&s.fixtures.0, "", lines).await.expect(200).body;
    assert_eq!(statuses(&result), ["failed", "failed", "created"]);
    assert_eq!(errors(&result), ["#/lines/0 duplicate", "#/lines/1 duplicate"]);
}

#[tokio::test]
async fn a_council_writes_its_own_lines_only_and_cannot_detect_other_rows() {
    let s = setup().await;
    s.fixtures.attendance(&s.meeting, &s.seats[1], "absent").await;
    let crm = s.crm(0);
    let by_id = s.line(1, "present");
    let unknown = json!({ "meeting_id": s.meeting["id"], "seat_id": "0198c5b0-0000-7000-8000-000000000009", "status": "present" });
    let by_code = json!({ "meeting_id": s.meeting["id"], "council_gss_code": s.councils[1]["gss_code"], "role": "member", "status": "present" });
    let deletion = with(s.line(1, "present"), json!({ "op": "delete" }));
    for foreign in [by_id, by_code, deletion] {
        let result = send(&crm, "", json!([s.line(0, "present"), foreign, unknown])).await.expect(200).body;
        assert_eq!(statuses(&result)[1..], ["failed", "failed"]);
        let (foreign, unknown) = (&result["results"][1]["errors"][0], &result["results"][2]["errors"][0]);
        assert_eq!(
            (&foreign["code"], &unknown["code"]),
            (&json!("unknown_reference"), &json!("unknown_reference"))
        );
        assert_eq!(result["results"][1]["id"], Value::Null);
    }
    let register = s.register().await;
    assert_eq!(register.len(), 2);
    let other = register.iter().find(|line| line["seat_id"] == s.seats[1]["id"]).expect("a line");
    assert_eq!((&other["status"], &other["version"]), (&json!("absent"), &json!(1)));

    send(&crm, "?close_register=true", json!([s.line(0, "present")])).await.expect(403);
    s.fixtures.close_register(&s.meeting).await;
    let result = send(&crm, "", json!([s.line(0, "absent")])).await.expect(200).body;
    assert_eq!(errors(&result), ["#/lines/0/meeting_id register_closed"]);
    let result = send(&crm, "", json!([s.line(0, "present")])).await.expect(200).body;
    assert_eq!(statuses(&result), ["unchanged"], "a retry after the register was closed changes nothing");
    send(&s.app.reporter(), "", json!([s.line(0, "present")])).await.expect(403);
}

#[tokio::test]
async fn an_open_event_accepts_delegates_and_visitors() {
    let s = setup().await;
    let event = s.fixtures.meeting(None, "2017-09-01", json!({ "kind": "conference" })).await;
    let crm = s.crm(0);
    let delegate = |reference: &str| json!({ "meeting_id": event["id"], "council_gss_code": s.councils[0]["gss_code"], "delegate_ref": reference, "status": "present" });
    let visitor = json!({ "meeting_id": event["id"], "delegate_ref": "mep-1", "status": "in_attendance" });
    let result = send(&crm, "", json!([delegate("d-1"), delegate("d-2"), visitor])).await.expect(200).body;
    assert_eq!(statuses(&result), ["created", "created", "failed"]);
    let at_group = json!({ "meeting_id": s.meeting["id"], "council_id": s.councils[0]["id"], "delegate_ref": "d-1", "status": "present" });
    let result = send(&s.fixtures.0, "", json!([visitor, delegate("d-1"), at_group])).await.expect(200).body;
    assert_eq!(statuses(&result), ["created", "unchanged", "failed"]);
    assert_eq!(errors(&result), ["#/lines/2/delegate_ref seat_required"]);
}

#[tokio::test]
async fn a_line_observed_before_the_last_change_is_stale() {
    let s = setup().await;
    let observed = |status: &str, at: &str| json!([with(s.line(0, status), json!({ "observed_at": at }))]);
    let crm = s.crm(0);
    let status_of =
        async |lines: Value| statuses(&send(&crm, "", lines).await.expect(200).body)[0].to_owned();
    assert_eq!(status_of(observed("present", "2017-05-01T12:00:00Z")).await, "created");
    assert_eq!(status_of(observed("absent", "2017-05-01T11:00:00Z")).await, "stale");
    assert_eq!(status_of(observed("present", "2017-05-01T11:00:00Z")).await, "unchanged");
    assert_eq!(status_of(observed("present", "2017-05-01T14:00:00Z")).await, "unchanged");
    assert_eq!(
        status_of(observed("absent", "2017-05-01T13:00:00Z")).await,
        "stale",
        "the unchanged line had a later `observed_at`"
    );
    assert_eq!(status_of(observed("apologies", "2017-05-01T14:00:00Z")).await, "updated");
    assert_eq!(s.register().await[0]["status"], "apologies");

    let deletion =
        json!([with(s.line(0, "present"), json!({ "op": "delete", "observed_at": "2017-05-01T15:00:00Z" }))]);
    assert_eq!(status_of(deletion.clone()).await, "deleted");
    assert_eq!(status_of(deletion).await, "unchanged");
    assert_eq!(
        status_of(observed("present", "2017-05-01T14:30:00Z")).await,
        "stale",
        "an older line does not create the row again"
    );
    assert!(s.register().await.is_empty());
    assert_eq!(status_of(observed("present", "2017-05-01T16:00:00Z")).await, "created");

    // A change by an officer is newer than an earlier `observed_at`.
    let line = s.register().await.remove(0);
    s.fixtures
        .0
        .patch(&format!("/v1/attendance/{}", id(&line)), 1, json!({ "status": "absent" }))
        .await
        .expect(200);
    assert_eq!(status_of(observed("present", "2017-05-01T17:00:00Z")).await, "stale");
    // A deletion by an officer is newer as well.
    let path = format!("/v1/attendance/{}", id(&line));
    s.fixtures.0.delete(&path, 2).await.expect(204);
    assert_eq!(status_of(observed("present", "2017-05-01T18:00:00Z")).await, "stale");
    assert_eq!(status_of(json!([s.line(0, "absent")])).await, "created");
    let in_the_future = send(&crm, "", observed("present", "2099-05-01T17:00:00Z")).await.expect(200).body;
    assert_eq!(errors(&in_the_future), ["#/lines/0/observed_at in_the_future"]);
    assert_eq!(
        status_of(json!([s.line(0, "present")])).await,
        "updated",
        "a line without `observed_at` is never stale"
    );
}

#[tokio::test]
async fn an_invalid_status_for_a_row_found_by_external_id_fails_its_line_only() {
    let s = setup().await;
    let event = s.fixtures.meeting(None, "2017-09-01", json!({ "kind": "conference" })).await;
    let visitor = json!({ "meeting_id": event["id"], "delegate_ref": "mep-1", "status": "in_attendance", "external_id": "V" });
    let seated = with(s.line(0, "present"), json!({ "external_id": "S" }));
    let lines = json!([visitor, seated]);
    assert_eq!(
        statuses(&send(&s.fixtures.0, "?system=crm", lines).await.expect(200).body),
        ["created", "created"]
    );
    let lines = json!([
        { "external_id": "V", "status": "present" },
        { "external_id": "S", "status": "in_attendance" },
        s.line(1, "present"),
    ]);
    let result = send(&s.fixtures.0, "?system=crm", lines).await.expect(200).body;
    assert_eq!(statuses(&result), ["failed", "failed", "created"]);
    assert_eq!(
        errors(&result),
        ["#/lines/0/status invalid_combination", "#/lines/1/status invalid_combination"]
    );
}

#[tokio::test]
async fn a_register_is_closed_only_if_all_of_its_lines_are_applied() {
    let s = setup().await;
    let read =
        async || s.fixtures.0.read(&format!("/v1/meetings/{}", id(&s.meeting))).await["register"].clone();
    let lines = json!([s.line(0, "present"), s.line(1, "nonsense")]);
    let result = send(&s.fixtures.0, "?close_register=true", lines).await.expect(200).body;
    assert_eq!((&result["registers_closed"], read().await), (&json!([]), json!("open")));
    let lines = json!([s.line(0, "present"), s.line(1, "absent")]);
    let result =
        send(&s.fixtures.0, "?close_register=true&mode=validate", lines.clone()).await.expect(200).body;
    assert_eq!((&result["registers_closed"], read().await), (&json!([s.meeting["id"]]), json!("open")));
    let result = send(&s.fixtures.0, "?close_register=true", lines).await.expect(200).body;
    assert_eq!((&result["registers_closed"], read().await), (&json!([s.meeting["id"]]), json!("closed")));
}

#[tokio::test]
async fn lines_may_be_identified_by_external_ids_of_the_clients_system() {
    let s = setup().await;
    let keyed = |seat: usize, key: &str| with(s.line(seat, "present"), json!({ "external_id": key }));
    let result = send(&s.fixtures.0, "", json!([keyed(0, "L-1")])).await.expect(200).body;
    assert_eq!(errors(&result), ["#/lines/0/external_id system_required"]);
    let result =
        send(&s.fixtures.0, "?system=crm", json!([keyed(0, "L-1"), keyed(1, "L-2")])).await.expect(200).body;
    assert_eq!(statuses(&result), ["created", "created"]);
    let row = s.fixtures.0.read("/v1/attendance?external_id=L-2").await["data"][0].clone();
    assert_eq!((&row["seat_id"], &row["version"]), (&s.seats[1]["id"], &json!(1)));
    let result =
        send(&s.fixtures.0, "?system=crm", json!([keyed(2, "L-1"), keyed(1, "L-9")])).await.expect(200).body;
    assert_eq!(statuses(&result), ["failed", "updated"]);
    assert_eq!(errors(&result), ["#/lines/0/external_id already_exists"]);
    let by_key = json!([
        { "external_id": "L-1", "status": "absent" },
        { "external_id": "L-9", "op": "delete" },
        { "external_id": "L-0", "status": "absent" },
    ]);
    let result = send(&s.fixtures.0, "?system=crm", by_key).await.expect(200).body;
    assert_eq!(statuses(&result), ["updated", "deleted", "failed"]);
    assert_eq!(errors(&result), ["#/lines/2/external_id unknown_reference"]);
    assert_eq!(s.register().await.len(), 1);
}

#[tokio::test]
async fn an_older_line_does_not_recreate_a_deleted_delegate() {
    let s = setup().await;
    let event = s.fixtures.meeting(None, "2017-09-01", json!({ "kind": "conference" })).await;
    let delegate = json!({ "meeting_id": event["id"], "council_id": s.councils[0]["id"], "delegate_ref": "d/1",
        "status": "present", "observed_at": "2017-09-01T12:00:00Z" });
    let visitor = json!({ "meeting_id": event["id"], "delegate_ref": "v", "status": "in_attendance", "observed_at": "2017-09-01T12:00:00Z" });
    let lines = json!([delegate, visitor]);
    let created = send(&s.fixtures.0, "", lines.clone()).await.expect(200).body;
    for result in created["results"].as_array().expect("results") {
        s.fixtures.0.delete(&format!("/v1/attendance/{}", id(result)), 1).await.expect(204);
    }
    assert_eq!(statuses(&send(&s.fixtures.0, "", lines).await.expect(200).body), ["stale", "stale"]);
}

/// Creates a client of the first council.
async fn create_client(s: &Setup, more: Value) -> Caller {
    let body = json!({ "kind": "client", "role": "council", "council_ids": [s.councils[0]["id"]] });
    let client = s.app.admin().create("/v1/accounts", with(body, more)).await;
    let token = s.app.tokens().mint_for(id(&client), Role::Council, &[id(&s.councils[0])], None);
    s.app.bearer(&token.expect("a token"))
}

#[tokio::test]
async fn a_council_client_without_a_system_cannot_set_external_ids() {
    let s = setup().await;
    let client = create_client(&s, json!({ "name": "nameless" })).await;
    let lines = json!([with(s.line(0, "present"), json!({ "external_id": "K" }))]);
    let response = send(&client, "?system=minutes", lines).await.expect(200).body;
    assert_eq!(errors(&response), ["#/lines/0/external_id system_required"]);
    assert_eq!(
        statuses(&send(&client, "?system=minutes", json!([s.line(0, "present")])).await.body),
        ["created"]
    );
}

#[tokio::test]
async fn a_council_client_keeps_external_ids_of_other_systems() {
    let s = setup().await;
    let admin = s.app.admin();
    let body = json!({ "kind": "client", "name": "crm", "role": "council", "system": "crm", "council_ids": [s.councils[0]["id"]] });
    let client = admin.create("/v1/accounts", body).await;
    let token =
        s.app.tokens().mint_for(id(&client), Role::Council, &[id(&s.councils[0])], None).expect("a token");
    let crm = s.app.bearer(&token);
    let other_id = json!({ "system": "minutes", "external_id": "M-1" });
    let created = send(&s.fixtures.0, "", json!([s.line(0, "present")])).await.expect(200).body;
    let path = format!("/v1/attendance/{}", id(&created["results"][0]));
    s.fixtures.0.patch(&path, 1, json!({ "external_ids": [other_id] })).await.expect(200);
    let own_id = json!({ "system": "crm", "external_id": "C-1" });
    let patch_ids =
        async |version: i64, ids: Value| crm.patch(&path, version, json!({ "external_ids": ids })).await;
    // The client reads and replaces its own external id only.
    assert_eq!(patch_ids(2, json!([own_id])).await.expect(200).body["external_ids"], json!([own_id]));
    assert_eq!(s.fixtures.0.read(&path).await["external_ids"], json!([own_id, other_id]));
    patch_ids(3, json!([other_id])).await.expect(403);
    assert_eq!(patch_ids(3, json!([])).await.expect(200).body["external_ids"], json!([]));
    assert_eq!(s.fixtures.0.read(&path).await["external_ids"], json!([other_id]));
    let cleared = s.fixtures.0.patch(&path, 4, json!({ "external_ids": [] })).await.expect(200);
    assert_eq!(cleared.body["external_ids"], json!([]));
}
