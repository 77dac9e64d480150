//! Attendance in bulk: each line by itself, or all or none; never a name guessed, never a row doubled.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, App, Made, Person, id};

static KEY: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);

fn fresh_key() -> String {
    format!("bulk-{}", KEY.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
}

/// Sends lines under a fresh key.
async fn send(person: &Person, query: &str, lines: Value) -> Answer {
    send_under(person, &fresh_key(), query, lines).await
}

async fn send_under(person: &Person, key: &str, query: &str, lines: Value) -> Answer {
    let request = person.request(Method::POST, &format!("/v1/attendance/bulk{query}"));
    person.send(request.header("Idempotency-Key", key).json(&json!({ "lines": lines }))).await
}

async fn send_csv(person: &Person, query: &str, text: &str) -> Answer {
    let request = person.request(Method::POST, &format!("/v1/attendance/bulk{query}"));
    let request = request.header("Idempotency-Key", fresh_key()).header("Content-Type", "text/csv");
    person.send(request.body(text.to_owned())).await
}

/// What became of the lines, a word each.
fn statuses(result: &Value) -> Vec<&str> {
    result["results"]
        .as_array()
        .expect("results")
        .iter()
        .map(|r| r["status"].as_str().expect("a status"))
        .collect()
}

/// Where and why lines failed.
fn errors(result: &Value) -> Vec<String> {
    let results = result["results"].as_array().expect("results");
    let errors = results.iter().flat_map(|line| line["errors"].as_array().expect("errors"));
    errors
        .map(|e| {
            format!("{} {}", e["pointer"].as_str().expect("a pointer"), e["code"].as_str().expect("a code"))
        })
        .collect()
}

#[track_caller]
fn adds_up(result: &Value) {
    let parts = ["created", "updated", "deleted", "unchanged", "stale", "failed", "not_applied"];
    let sum: i64 = parts.iter().map(|part| result[part].as_i64().expect("a count")).sum();
    assert_eq!(sum, result["received"].as_i64().expect("a count"), "{result}");
    assert_eq!(result["results"].as_array().expect("results").len(), usize::try_from(sum).expect("a count"));
    for part in parts {
        let counted = statuses(result).iter().filter(|status| **status == part).count();
        assert_eq!(result[part], json!(counted), "{part}: {result}");
    }
}

/// A group with three councils' seats and a held meeting.
struct Scene {
    app: App,
    made: Made,
    group: Value,
    councils: Vec<Value>,
    seats: Vec<Value>,
    meeting: Value,
}

async fn scene() -> Scene {
    let app = App::new();
    let made = Made(app.officer());
    let group = made.group(json!({})).await;
    let (mut councils, mut seats) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        let council = made.council(json!({})).await;
        seats.push(made.seat(&group, &council, json!({})).await);
        councils.push(council);
    }
    let meeting = made.meeting(Some(&group), "2017-05-01", json!({})).await;
    Scene { app, made, group, councils, seats, meeting }
}

impl Scene {
    fn line(&self, seat: usize, status: &str) -> Value {
        json!({ "meeting_id": self.meeting["id"], "seat_id": self.seats[seat]["id"], "status": status })
    }

    fn crm(&self, council: usize) -> Person {
        self.app.council(&[id(&self.councils[council])])
    }

    async fn register(&self) -> Vec<Value> {
        self.made.0.all(&format!("/v1/attendance?meeting_id={}", id(&self.meeting))).await
    }
}

fn with(mut line: Value, more: Value) -> Value {
    line.as_object_mut().expect("a line").extend(more.as_object().expect("an object").clone());
    line
}

#[tokio::test]
async fn each_line_is_applied_by_itself_and_answered_in_order() {
    let s = scene().await;
    let lines = json!([
        with(s.line(0, "present"), json!({ "client_ref": "row 1" })),
        with(s.line(1, "attended"), json!({ "client_ref": "row 2", "surprise": 1 })),
        s.line(2, "apologies"),
        { "client_ref": "row 4", "meeting_id": s.meeting["id"], "status": "present" },
    ]);
    let result = send(&s.made.0, "", lines.clone()).await.expect(200).body;
    adds_up(&result);
    assert_eq!(statuses(&result), ["created", "failed", "created", "failed"]);
    assert_eq!(
        errors(&result),
        ["#/lines/1/status unknown_value", "#/lines/1/surprise unknown_field", "#/lines/3/seat_id required"]
    );
    let refs: Vec<&Value> = (0..4).map(|i| &result["results"][i]["client_ref"]).collect();
    assert_eq!(refs, [&json!("row 1"), &json!("row 2"), &Value::Null, &json!("row 4")]);
    let register = s.register().await;
    assert_eq!(register.len(), 2);
    for line in [0, 2] {
        let row = s
            .made
            .0
            .read(&format!("/v1/attendance/{}", result["results"][line]["id"].as_str().expect("an id")))
            .await;
        assert_eq!(row["version"], result["results"][line]["version"]);
    }

    let again = json!([s.line(0, "present"), s.line(2, "substitute")]);
    let result = send(&s.made.0, "", again).await.expect(200).body;
    assert_eq!(statuses(&result), ["unchanged", "updated"]);
    assert_eq!((&result["results"][0]["version"], &result["results"][1]["version"]), (&json!(1), &json!(2)));
    adds_up(&result);
}

#[tokio::test]
async fn atomic_applies_all_or_none_and_says_what_each_line_would_have_been() {
    let s = scene().await;
    let lines = json!([s.line(0, "present"), s.line(1, "perhaps")]);
    let refused = send(&s.made.0, "?atomic=true", lines).await.expect(422);
    assert_eq!(refused.code(), "lines_failed");
    assert_eq!(refused.faults(), ["#/lines/1/status unknown_value"]);
    assert_eq!(statuses(&refused.body["result"]), ["not_applied", "failed"]);
    adds_up(&refused.body["result"]);
    assert!(s.register().await.is_empty());

    let lines = json!([s.line(0, "present"), s.line(1, "absent")]);
    let result = send(&s.made.0, "?atomic=true", lines).await.expect(200).body;
    assert_eq!(statuses(&result), ["created", "created"]);
}

#[tokio::test]
async fn a_validation_runs_every_check_and_writes_nothing() {
    let s = scene().await;
    let elsewhere = s.made.seat(&s.made.group(json!({})).await, &s.councils[0], json!({})).await;
    let key = fresh_key();
    let lines = json!([s.line(0, "present"), { "meeting_id": s.meeting["id"], "seat_id": elsewhere["id"], "status": "present" }]);
    let before = s.app.number("SELECT count(*) AS n FROM observations").await;
    let result = send_under(&s.made.0, &key, "?mode=validate", lines.clone()).await.expect(200).body;
    assert_eq!(statuses(&result), ["created", "failed"]);
    assert_eq!(errors(&result), ["#/lines/1/seat_id seat_of_another_group"]);
    assert_eq!(result["results"][0]["id"], Value::Null, "what was not made has no id");
    assert!(s.register().await.is_empty());
    assert_eq!(s.app.number("SELECT count(*) AS n FROM observations").await, before);
    let commit = send_under(&s.made.0, &key, "", lines).await.expect(200);
    assert_eq!(
        (commit.header("idempotent-replayed"), statuses(&commit.body)),
        ("", vec!["created", "failed"])
    );
}

#[tokio::test]
async fn lines_name_meetings_and_seats_by_ids_external_ids_or_natural_keys() {
    let s = scene().await;
    let key = |key: &str| json!({ "external_ids": [{ "system": "eelga", "external_id": key }] });
    let path = format!("/v1/meetings/{}", id(&s.meeting));
    s.made.0.patch(&path, 1, key("M-1")).await.expect(200);
    s.made.0.patch(&format!("/v1/seats/{}", id(&s.seats[1])), 1, key("S-1")).await.expect(200);
    let lines = json!([
        s.line(0, "present"),
        { "meeting_external_id": "M-1", "seat_external_id": "S-1", "status": "absent" },
        { "group_code": s.group["code"], "held_on": "2017-05-01", "meeting_title": s.meeting["title"],
          "council_gss_code": s.councils[2]["gss_code"], "role": "member", "status": "apologies" },
    ]);
    let result = send(&s.made.0, "?system=eelga", lines).await.expect(200).body;
    assert_eq!(statuses(&result), ["created", "created", "created"], "{result}");
    let seats: Vec<Value> = s.register().await.iter().map(|line| line["seat_id"].clone()).collect();
    for seat in &s.seats {
        assert!(seats.contains(&seat["id"]));
    }
    let date_alone = json!([{ "group_code": s.group["code"], "held_on": "2017-05-01",
        "council_id": s.councils[0]["id"], "role": "member", "status": "present" }]);
    assert_eq!(statuses(&send(&s.made.0, "", date_alone).await.expect(200).body), ["unchanged"]);
}

#[tokio::test]
async fn an_ambiguous_name_is_refused_and_never_guessed() {
    let s = scene().await;
    s.made.meeting(Some(&s.group), "2017-05-01", json!({ "title": "Another that day" })).await;
    s.made.seat(&s.group, &s.councils[0], json!({ "ordinal": 2 })).await;
    for (n, system) in ["one", "two"].into_iter().enumerate() {
        let key = json!({ "external_ids": [{ "system": system, "external_id": "K" }] });
        s.made.0.patch(&format!("/v1/seats/{}", id(&s.seats[n + 1])), 1, key).await.expect(200);
    }
    let lines = json!([
        { "group_code": s.group["code"], "held_on": "2017-05-01", "seat_id": s.seats[0]["id"], "status": "present" },
        { "meeting_id": s.meeting["id"], "council_id": s.councils[0]["id"], "role": "member", "status": "present" },
        { "meeting_id": s.meeting["id"], "seat_external_id": "K", "status": "present" },
        { "meeting_id": s.meeting["id"], "meeting_external_id": "M", "seat_id": s.seats[1]["id"], "role": "member", "status": "present" },
        { "group_code": "nowhere", "held_on": "2017-05-01", "council_gss_code": "E99999999", "role": "member", "status": "present" },
        { "meeting_id": "0198c5b0-0000-7000-8000-000000000009", "seat_id": "0198c5b0-0000-7000-8000-000000000009", "status": "present" },
    ]);
    let result = send(&s.made.0, "", lines).await.expect(200).body;
    assert_eq!(
        errors(&result),
        [
            "#/lines/0/held_on ambiguous",
            "#/lines/1/role ambiguous",
            "#/lines/2/seat_external_id ambiguous",
            "#/lines/3/council_gss_code required",
            "#/lines/3/meeting_id named_twice",
            "#/lines/3/seat_id named_twice",
            "#/lines/4/held_on unknown_reference",
            "#/lines/5/meeting_id unknown_reference",
            "#/lines/5/seat_id unknown_reference",
        ]
    );
    assert!(s.register().await.is_empty());
    let told = json!([
        { "meeting_id": s.meeting["id"], "council_id": s.councils[0]["id"], "role": "member", "ordinal": 2, "status": "present" },
        { "meeting_id": s.meeting["id"], "seat_external_id": "K", "status": "present" },
    ]);
    assert_eq!(
        statuses(&send(&s.made.0, "?system=two", told).await.expect(200).body),
        ["created", "created"]
    );
}

#[tokio::test]
async fn two_lines_that_mean_one_row_both_fail() {
    let s = scene().await;
    let natural = json!({ "meeting_id": s.meeting["id"], "council_id": s.councils[0]["id"], "role": "member", "status": "absent" });
    let lines = json!([s.line(0, "present"), natural, s.line(1, "present")]);
    let result = send(&s.made.0, "", lines).await.expect(200).body;
    assert_eq!(statuses(&result), ["failed", "failed", "created"]);
    assert_eq!(errors(&result), ["#/lines/0 duplicate", "#/lines/1 duplicate"]);
}

#[tokio::test]
async fn a_council_sends_its_own_lines_alone_and_learns_nothing_of_others() {
    let s = scene().await;
    s.made.line(&s.meeting, &s.seats[1], "absent").await;
    let crm = s.crm(0);
    let theirs = s.line(1, "present");
    let nobodys = json!({ "meeting_id": s.meeting["id"], "seat_id": "0198c5b0-0000-7000-8000-000000000009", "status": "present" });
    let by_code = json!({ "meeting_id": s.meeting["id"], "council_gss_code": s.councils[1]["gss_code"], "role": "member", "status": "present" });
    let withdrawn = with(s.line(1, "present"), json!({ "op": "delete" }));
    for others in [theirs, by_code, withdrawn] {
        let result = send(&crm, "", json!([s.line(0, "present"), others, nobodys])).await.expect(200).body;
        assert_eq!(statuses(&result)[1..], ["failed", "failed"]);
        let (their, none) = (&result["results"][1]["errors"][0], &result["results"][2]["errors"][0]);
        assert_eq!(
            (&their["code"], &none["code"]),
            (&json!("unknown_reference"), &json!("unknown_reference"))
        );
        assert_eq!(result["results"][1]["id"], Value::Null);
    }
    let register = s.register().await;
    assert_eq!(register.len(), 2);
    let other = register.iter().find(|line| line["seat_id"] == s.seats[1]["id"]).expect("a line");
    assert_eq!((&other["status"], &other["version"]), (&json!("absent"), &json!(1)));

    send(&crm, "?close_register=true", json!([s.line(0, "present")])).await.expect(403);
    s.made.close(&s.meeting).await;
    let result = send(&crm, "", json!([s.line(0, "absent")])).await.expect(200).body;
    assert_eq!(errors(&result), ["#/lines/0/meeting_id register_closed"]);
    let result = send(&crm, "", json!([s.line(0, "present")])).await.expect(200).body;
    assert_eq!(
        statuses(&result),
        ["unchanged"],
        "a retry after the register was closed is told that it stands"
    );
    send(&s.app.reporter(), "", json!([s.line(0, "present")])).await.expect(403);
}

#[tokio::test]
async fn an_open_event_takes_delegates_and_visitors() {
    let s = scene().await;
    let event = s.made.meeting(None, "2017-09-01", json!({ "kind": "conference" })).await;
    let crm = s.crm(0);
    let delegate = |reference: &str| json!({ "meeting_id": event["id"], "council_gss_code": s.councils[0]["gss_code"], "delegate_ref": reference, "status": "present" });
    let visitor = json!({ "meeting_id": event["id"], "delegate_ref": "mep-1", "status": "in_attendance" });
    let result = send(&crm, "", json!([delegate("d-1"), delegate("d-2"), visitor])).await.expect(200).body;
    assert_eq!(statuses(&result), ["created", "created", "failed"]);
    let at_group = json!({ "meeting_id": s.meeting["id"], "council_id": s.councils[0]["id"], "delegate_ref": "d-1", "status": "present" });
    let result = send(&s.made.0, "", json!([visitor, delegate("d-1"), at_group])).await.expect(200).body;
    assert_eq!(statuses(&result), ["created", "unchanged", "failed"]);
    assert_eq!(errors(&result), ["#/lines/2/delegate_ref seat_required"]);
}

#[tokio::test]
async fn a_line_older_than_what_stands_is_stale() {
    let s = scene().await;
    let seen = |status: &str, at: &str| json!([with(s.line(0, status), json!({ "observed_at": at }))]);
    let crm = s.crm(0);
    let tell = async |lines: Value| statuses(&send(&crm, "", lines).await.expect(200).body)[0].to_owned();
    assert_eq!(tell(seen("present", "2017-05-01T12:00:00Z")).await, "created");
    assert_eq!(tell(seen("absent", "2017-05-01T11:00:00Z")).await, "stale");
    assert_eq!(tell(seen("present", "2017-05-01T11:00:00Z")).await, "unchanged");
    assert_eq!(tell(seen("present", "2017-05-01T14:00:00Z")).await, "unchanged");
    assert_eq!(
        tell(seen("absent", "2017-05-01T13:00:00Z")).await,
        "stale",
        "an unchanged line was seen later"
    );
    assert_eq!(tell(seen("apologies", "2017-05-01T14:00:00Z")).await, "updated");
    assert_eq!(s.register().await[0]["status"], "apologies");

    let gone =
        json!([with(s.line(0, "present"), json!({ "op": "delete", "observed_at": "2017-05-01T15:00:00Z" }))]);
    assert_eq!(tell(gone.clone()).await, "deleted");
    assert_eq!(tell(gone).await, "unchanged");
    assert_eq!(
        tell(seen("present", "2017-05-01T14:30:00Z")).await,
        "stale",
        "an older line does not bring it back"
    );
    assert!(s.register().await.is_empty());
    assert_eq!(tell(seen("present", "2017-05-01T16:00:00Z")).await, "created");

    // What an officer enters stands since then.
    let line = s.register().await.remove(0);
    s.made
        .0
        .patch(&format!("/v1/attendance/{}", id(&line)), 1, json!({ "status": "absent" }))
        .await
        .expect(200);
    assert_eq!(tell(seen("present", "2017-05-01T17:00:00Z")).await, "stale");
    let ahead = send(&crm, "", seen("present", "2099-05-01T17:00:00Z")).await.expect(200).body;
    assert_eq!(errors(&ahead), ["#/lines/0/observed_at in_the_future"]);
    assert_eq!(
        tell(json!([s.line(0, "present")])).await,
        "updated",
        "a line that does not say when it was seen is news"
    );
}

#[tokio::test]
async fn a_register_is_closed_with_its_lines_or_not_at_all() {
    let s = scene().await;
    let read = async || s.made.0.read(&format!("/v1/meetings/{}", id(&s.meeting))).await["register"].clone();
    let lines = json!([s.line(0, "present"), s.line(1, "nonsense")]);
    let result = send(&s.made.0, "?close_register=true", lines).await.expect(200).body;
    assert_eq!((&result["registers_closed"], read().await), (&json!([]), json!("open")));
    let lines = json!([s.line(0, "present"), s.line(1, "absent")]);
    let result = send(&s.made.0, "?close_register=true&mode=validate", lines.clone()).await.expect(200).body;
    assert_eq!((&result["registers_closed"], read().await), (&json!([s.meeting["id"]]), json!("open")));
    let result = send(&s.made.0, "?close_register=true", lines).await.expect(200).body;
    assert_eq!((&result["registers_closed"], read().await), (&json!([s.meeting["id"]]), json!("closed")));
}

#[tokio::test]
async fn a_sender_may_use_keys_of_its_own_for_lines() {
    let s = scene().await;
    let keyed = |seat: usize, key: &str| with(s.line(seat, "present"), json!({ "external_id": key }));
    let result = send(&s.made.0, "", json!([keyed(0, "L-1")])).await.expect(200).body;
    assert_eq!(errors(&result), ["#/lines/0/external_id system_required"]);
    let result =
        send(&s.made.0, "?system=crm", json!([keyed(0, "L-1"), keyed(1, "L-2")])).await.expect(200).body;
    assert_eq!(statuses(&result), ["created", "created"]);
    let row = s.made.0.read("/v1/attendance?external_id=L-2").await["data"][0].clone();
    assert_eq!((&row["seat_id"], &row["version"]), (&s.seats[1]["id"], &json!(1)));
    let result =
        send(&s.made.0, "?system=crm", json!([keyed(2, "L-1"), keyed(1, "L-9")])).await.expect(200).body;
    assert_eq!(statuses(&result), ["failed", "updated"]);
    assert_eq!(errors(&result), ["#/lines/0/external_id already_exists"]);
    let by_key = json!([
        { "external_id": "L-1", "status": "absent" },
        { "external_id": "L-9", "op": "delete" },
        { "external_id": "L-0", "status": "absent" },
    ]);
    let result = send(&s.made.0, "?system=crm", by_key).await.expect(200).body;
    assert_eq!(statuses(&result), ["updated", "deleted", "failed"]);
    assert_eq!(errors(&result), ["#/lines/2/external_id unknown_reference"]);
    assert_eq!(s.register().await.len(), 1);
}

#[tokio::test]
async fn csv_is_taken_as_json_is() {
    let s = scene().await;
    let (code, council) = (s.group["code"].as_str().expect("a code"), &s.councils);
    let gss = |n: usize| council[n]["gss_code"].as_str().expect("a code").to_owned();
    let text = format!(
        "\u{feff}client_ref,group_code,held_on,council_gss_code,role,ordinal,status,note\r\n\
         a,{code},2017-05-01,{},member,1,present,\"came late, left early\"\r\n\
         b,{code},2017-05-01,{},member,first,absent,\r\n\
         c,{code},2017-05-01,{},member\r\n\
         d,{code},2017-05-01,{},member,,apologies,\r\n",
        gss(0),
        gss(1),
        gss(1),
        gss(2)
    );
    let result = send_csv(&s.made.0, "", &text).await.expect(200).body;
    adds_up(&result);
    assert_eq!(statuses(&result), ["created", "failed", "failed", "created"], "{result}");
    assert_eq!(errors(&result), ["#/lines/1/ordinal wrong_type", "#/lines/2 wrong_length"]);
    let notes: Vec<Value> = s.register().await.iter().map(|line| line["note"].clone()).collect();
    assert_eq!(notes, [json!("came late, left early"), Value::Null]);

    let refused = send_csv(&s.made.0, "", "status,colour,status\r\npresent,red,absent\r\n").await.expect(422);
    assert_eq!(refused.faults(), ["#/lines/0/colour unknown_field", "#/lines/0/status duplicate"]);
    assert_eq!(send_csv(&s.made.0, "", "status\r\n").await.expect(422).faults(), ["#/lines too_few"]);
    assert_eq!(send_csv(&s.made.0, "", "").await.expect(422).faults(), ["#/lines too_few"]);
}

#[tokio::test]
async fn a_request_as_a_whole_is_refused_where_its_frame_does_not_hold() {
    let s = scene().await;
    let post = async |body: Value| {
        let request = s.made.0.request(Method::POST, "/v1/attendance/bulk");
        s.made.0.send(request.header("Idempotency-Key", fresh_key()).json(&body)).await
    };
    let refused = post(json!({ "lines": [], "more": 1 })).await.expect(422);
    assert_eq!(refused.faults(), ["#/lines too_few", "#/more unknown_field"]);
    assert_eq!(refused.body["result"], Value::Null);
    assert!(refused.body.as_object().expect("a problem").contains_key("result"));
    assert_eq!(post(json!({})).await.expect(422).faults(), ["#/lines required"]);
    let lines: Vec<Value> = (0..1001).map(|_| json!({})).collect();
    assert_eq!(post(json!({ "lines": lines })).await.expect(422).faults(), ["#/lines too_many"]);
    let keyless =
        s.made.0.post("/v1/attendance/bulk", json!({ "lines": [s.line(0, "present")] })).await.expect(400);
    assert_eq!(keyless.faults(), ["Idempotency-Key required"]);
    send(&s.made.0, "?mode=perhaps&atomic=yes", json!([])).await.expect(400);
    s.made.0.get("/v1/attendance/bulk").await.expect(405);
}

#[tokio::test]
async fn fifty_retries_leave_one_effect_and_fifty_equal_answers() {
    let s = scene().await;
    let lines = json!([s.line(0, "present"), s.line(1, "what")]);
    let key = fresh_key();
    let retry = async || loop {
        let answer = send_under(&s.made.0, &key, "", lines.clone()).await;
        if answer.status != 409 {
            break answer.expect(200).text;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    let answers = futures_util::future::join_all((0..50).map(|_| retry())).await;
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    assert_eq!(s.register().await.len(), 1);
    let other = send_under(&s.made.0, &key, "?atomic=true", lines.clone()).await.expect(422);
    assert_eq!(
        (other.faults(), &other.body["result"]),
        (vec!["Idempotency-Key key_reused".to_owned()], &Value::Null)
    );
}

#[tokio::test]
async fn councils_that_send_the_same_register_at_once_do_not_get_in_each_others_way() {
    let s = scene().await;
    let one = async |n: usize, round: usize| {
        let status = ["present", "absent", "apologies"][round % 3];
        let answer = send(&s.crm(n), "", json!([s.line(n, status)])).await.expect(200);
        assert_eq!(answer.body["failed"], 0, "{}", answer.text);
    };
    for round in 0..5 {
        futures_util::future::join_all((0..3).flat_map(|n| [one(n, round), one(n, round + 1)])).await;
    }
    assert_eq!(s.register().await.len(), 3);
}

#[tokio::test]
async fn a_thousand_lines_take_as_many_statements_as_one() {
    let s = scene().await;
    s.app.sql("CREATE EXTENSION pg_stat_statements").await;
    let event = s.made.meeting(None, "2017-09-01", json!({ "kind": "conference" })).await;
    let lines = |count: usize, status: &str| -> Value {
        (0..count)
            .map(|n| json!({ "meeting_id": event["id"], "council_id": s.councils[n % 3]["id"], "delegate_ref": format!("d-{n}"),
                "status": status, "external_id": format!("x-{n}"), "observed_at": "2017-09-01T10:00:00Z" }))
            .collect()
    };
    let count = async |sent: Value| {
        s.app.sql("SELECT pg_stat_statements_reset(0, (SELECT oid FROM pg_database WHERE datname = current_database()), 0)").await;
        send(&s.made.0, "?system=crm", sent).await.expect(200);
        s.app
            .number(
                "SELECT sum(calls)::bigint AS n FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
                 WHERE d.datname = current_database() AND toplevel AND query NOT LIKE '%pg_stat_statements%' AND query !~* '^(set|show|select pg_type|select t.typname)'",
            )
            .await
    };
    count(lines(1, "present")).await;
    let (one, thousand) = (count(lines(1, "absent")).await, count(lines(1000, "apologies")).await);
    assert_eq!(one, thousand);
    assert!(one <= 18, "{one} statements");
}
