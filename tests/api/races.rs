//! Two writers at once: a check that spans tables holds what it looked at, so neither passes by the other.

use serde_json::{Value, json};

use crate::support::{Answer, App, Made, Person, id, run_alone};

/// Starts `change` in a transaction of its own, lets somebody post a line meanwhile, and commits.
async fn post_while(app: &App, change: &str, person: Person, line: Value) -> Answer {
    let mut other = app.holding(change).await;
    let waiting = tokio::spawn(async move { person.post("/v1/attendance", line).await });
    app.until_blocked(1).await;
    assert!(!waiting.is_finished(), "the post waits for the other's change");
    run_alone(&mut other, "COMMIT").await;
    waiting.await.expect("an answer")
}

#[tokio::test]
async fn no_line_slips_in_behind_a_change_of_what_it_rests_on() {
    let app = App::new();
    let made = Made(app.officer());
    let council = made.council(json!({})).await;
    let crm = app.council(&[id(&council)]);
    for (change, person, status, code) in [
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
        let group = made.group(json!({})).await;
        let seat = made.seat(&group, &council, json!({})).await;
        let meeting = made.meeting(Some(&group), "2017-05-01", json!({})).await;
        let quoted = |row: &Value| format!("'{}'", id(row));
        let change = change.replace("$meeting", &quoted(&meeting)).replace("$seat", &quoted(&seat));
        let line = json!({ "meeting_id": meeting["id"], "seat_id": seat["id"], "status": "present" });
        let refused = post_while(&app, &change, person, line).await.expect(status);
        assert_eq!(refused.code(), code, "{change}");
        let lines = made.0.all(&format!("/v1/attendance?meeting_id={}", id(&meeting))).await;
        assert!(lines.is_empty(), "{change}");
    }
}

#[tokio::test]
async fn no_term_goes_from_under_a_line_that_is_being_written() {
    let app = App::new();
    let made = Made(app.officer());
    let (group, council) = (made.group(json!({})).await, made.council(json!({})).await);
    let seat = made.seat(&group, &council, json!({})).await;
    let meeting = made.meeting(Some(&group), "2017-05-01", json!({})).await;
    let mut other = app.connection().await;
    run_alone(&mut other, "BEGIN").await;
    let line = format!(
        "INSERT INTO attendance (id, meeting_id, seat_id, council_id, status)
         VALUES (gen_random_uuid(), '{}', '{}', '{}', 'present')",
        id(&meeting),
        id(&seat),
        id(&council)
    );
    run_alone(&mut other, &line).await;
    let (officer, path) = (made.0.clone(), format!("/v1/seats/{}", id(&seat)));
    let waiting = tokio::spawn(async move { officer.patch(&path, 1, json!({ "terms": [] })).await });
    app.until_blocked(1).await;
    run_alone(&mut other, "COMMIT").await;
    assert_eq!(waiting.await.expect("an answer").expect(409).code(), "in_use");
    assert_eq!(made.0.read(&format!("/v1/seats/{}", id(&seat))).await["version"], 1);
}

#[tokio::test]
async fn a_date_and_a_term_that_move_apart_at_once_do_not_leave_a_line_between_them() {
    let app = App::new();
    let made = Made(app.officer());
    let (seat, meeting) = made.seat_and_meeting("2017-05-01").await;
    made.line(&meeting, &seat, "present").await;
    let mut other = app.connection().await;
    run_alone(&mut other, "BEGIN").await;
    let move_on = format!("UPDATE meetings SET held_on = '2019-05-01' WHERE id = '{}'", id(&meeting));
    run_alone(&mut other, &move_on).await;
    let (officer, path) = (made.0.clone(), format!("/v1/seats/{}", id(&seat)));
    let ends =
        json!({ "terms": [{ "holder_ref": "h", "held_from": "2010-01-01", "held_until": "2018-01-01" }] });
    let waiting = tokio::spawn(async move { officer.patch(&path, 1, ends).await });
    app.until_blocked(1).await;
    run_alone(&mut other, "COMMIT").await;
    assert_eq!(waiting.await.expect("an answer").expect(409).code(), "in_use");
}
