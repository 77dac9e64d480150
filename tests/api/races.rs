//! Concurrent writers: a check across tables locks the rows that it reads.

use serde_json::{Value, json};

use crate::support::{ApiResponse, App, Caller, Fixtures, execute_sql, id};

/// Runs `change` in a transaction, posts an attendance record meanwhile, and commits.
async fn post_while(app: &App, change: &str, caller: Caller, line: Value) -> ApiResponse {
    let mut other = app.begin_and_execute(change).await;
    let waiting = tokio::spawn(async move { caller.post("/v1/attendance", line).await });
    app.wait_until_blocked(1).await;
    assert!(!waiting.is_finished(), "the request waits for the transaction");
    execute_sql(&mut other, "COMMIT").await;
    waiting.await.expect("a response")
}

#[tokio::test]
async fn attendance_posted_during_a_conflicting_change_is_refused() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let council = fixtures.council(json!({})).await;
    let crm = app.council(&[id(&council)]);
    for (change, caller, status, code) in [
        ("UPDATE meetings SET register = 'closed' WHERE id = $meeting", crm, 409, "register_closed"),
        (
            "UPDATE meetings SET status = 'cancelled' WHERE id = $meeting",
            app.officer(),
            409,
            "meeting_cancelled",
        ),
        ("UPDATE meetings SET held_on = '2009-05-01' WHERE id = $meeting", app.officer(), 422, "invalid"),
        ("DELETE FROM seat_terms WHERE seat_id = $seat", app.officer(), 422, "invalid"),
        ("UPDATE seats SET exists_until = '2017-01-01' WHERE id = $seat", app.officer(), 422, "invalid"),
    ] {
        let group = fixtures.group(json!({})).await;
        let seat = fixtures.seat(&group, &council, json!({})).await;
        let meeting = fixtures.meeting(Some(&group), "2017-05-01", json!({})).await;
        let quoted = |row: &Value| format!("'{}'", id(row));
        let change = change.replace("$meeting", &quoted(&meeting)).replace("$seat", &quoted(&seat));
        let line = json!({ "meeting_id": meeting["id"], "seat_id": seat["id"], "status": "present" });
        let refused = post_while(&app, &change, caller, line).await.expect(status);
        assert_eq!(refused.code(), code, "{change}");
        let lines = fixtures.0.all(&format!("/v1/attendance?meeting_id={}", id(&meeting))).await;
        assert!(lines.is_empty(), "{change}");
    }
}

#[tokio::test]
async fn a_term_cannot_be_removed_while_attendance_is_being_written() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (group, council) = (fixtures.group(json!({})).await, fixtures.council(json!({})).await);
    let seat = fixtures.seat(&group, &council, json!({})).await;
    let meeting = fixtures.meeting(Some(&group), "2017-05-01", json!({})).await;
    let mut other = app.connection().await;
    execute_sql(&mut other, "BEGIN").await;
    let line = format!(
        "INSERT INTO attendance (id, meeting_id, seat_id, council_id, status)
         VALUES (gen_random_uuid(), '{}', '{}', '{}', 'present')",
        id(&meeting),
        id(&seat),
        id(&council)
    );
    execute_sql(&mut other, &line).await;
    let (officer, path) = (fixtures.0.clone(), format!("/v1/seats/{}", id(&seat)));
    let waiting = tokio::spawn(async move { officer.patch(&path, 1, json!({ "terms": [] })).await });
    app.wait_until_blocked(1).await;
    execute_sql(&mut other, "COMMIT").await;
    assert_eq!(waiting.await.expect("a response").expect(409).code(), "in_use");
    assert_eq!(fixtures.0.read(&format!("/v1/seats/{}", id(&seat))).await["version"], 1);
}

#[tokio::test]
async fn concurrent_changes_of_date_and_term_cannot_leave_attendance_outside_a_term() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (seat, meeting) = fixtures.seat_and_meeting("2017-05-01").await;
    fixtures.attendance(&meeting, &seat, "present").await;
    let mut other = app.connection().await;
    execute_sql(&mut other, "BEGIN").await;
    let move_meeting = format!("UPDATE meetings SET held_on = '2019-05-01' WHERE id = '{}'", id(&meeting));
    execute_sql(&mut other, &move_meeting).await;
    let (officer, path) = (fixtures.0.clone(), format!("/v1/seats/{}", id(&seat)));
    let shorter_term =
        json!({ "terms": [{ "holder_ref": "h", "held_from": "2010-01-01", "held_until": "2018-01-01" }] });
    let waiting = tokio::spawn(async move { officer.patch(&path, 1, shorter_term).await });
    app.wait_until_blocked(1).await;
    execute_sql(&mut other, "COMMIT").await;
    assert_eq!(waiting.await.expect("a response").expect(409).code(), "in_use");
}
