//! Behaviour of every bulk request, tested with attendance.

use reqwest::Method;
use serde_json::{Value, json};

use super::{
    assert_counts_match, errors, new_key, send, send_csv, send_with_key, setup, setup_with, statuses, with,
};
use crate::support::App;

#[tokio::test]
async fn each_line_is_applied_separately_and_results_are_in_order() {
    let s = setup().await;
    let lines = json!([
        with(s.line(0, "present"), json!({ "client_ref": "row 1" })),
        with(s.line(1, "attended"), json!({ "client_ref": "row 2", "surprise": 1 })),
        s.line(2, "apologies"),
        { "client_ref": "row 4", "meeting_id": s.meeting["id"], "status": "present" },
    ]);
    let result = send(&s.fixtures.0, "", lines.clone()).await.expect(200).body;
    assert_counts_match(&result);
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
            .fixtures
            .0
            .read(&format!("/v1/attendance/{}", result["results"][line]["id"].as_str().expect("an id")))
            .await;
        assert_eq!(row["version"], result["results"][line]["version"]);
    }

    let changed = json!([s.line(0, "present"), s.line(2, "substitute")]);
    let result = send(&s.fixtures.0, "", changed).await.expect(200).body;
    assert_eq!(statuses(&result), ["unchanged", "updated"]);
    assert_eq!((&result["results"][0]["version"], &result["results"][1]["version"]), (&json!(1), &json!(2)));
    assert_counts_match(&result);
}

#[tokio::test]
async fn an_atomic_request_applies_all_lines_or_none() {
    let s = setup().await;
    let lines = json!([s.line(0, "present"), s.line(1, "perhaps")]);
    let refused = send(&s.fixtures.0, "?atomic=true", lines).await.expect(422);
    assert_eq!(refused.code(), "lines_failed");
    assert_eq!(refused.field_errors(), ["#/lines/1/status unknown_value"]);
    assert_eq!(statuses(&refused.body["result"]), ["not_applied", "failed"]);
    assert_counts_match(&refused.body["result"]);
    assert!(s.register().await.is_empty());

    let lines = json!([s.line(0, "present"), s.line(1, "absent")]);
    let result = send(&s.fixtures.0, "?atomic=true", lines).await.expect(200).body;
    assert_eq!(statuses(&result), ["created", "created"]);
}

#[tokio::test]
async fn validate_mode_runs_every_check_and_writes_nothing() {
    let s = setup().await;
    let foreign_seat = s.fixtures.seat(&s.fixtures.group(json!({})).await, &s.councils[0], json!({})).await;
    let key = new_key();
    let lines = json!([s.line(0, "present"), { "meeting_id": s.meeting["id"], "seat_id": foreign_seat["id"], "status": "present" }]);
    let before = s.app.number("SELECT count(*) AS n FROM observations").await;
    let result = send_with_key(&s.fixtures.0, &key, "?mode=validate", lines.clone()).await.expect(200).body;
    assert_eq!(statuses(&result), ["created", "failed"]);
    assert_eq!(errors(&result), ["#/lines/1/seat_id seat_of_another_group"]);
    assert_eq!(result["results"][0]["id"], Value::Null, "a row that is not created has no id");
    assert!(s.register().await.is_empty());
    assert_eq!(s.app.number("SELECT count(*) AS n FROM observations").await, before);
    let commit = send_with_key(&s.fixtures.0, &key, "", lines).await.expect(200);
    assert_eq!(
        (commit.header("idempotent-replayed"), statuses(&commit.body)),
        ("", vec!["created", "failed"])
    );
}

#[tokio::test]
async fn csv_lines_are_processed_like_json_lines() {
    let s = setup().await;
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
    let result = send_csv("attendance", &s.fixtures.0, &text).await.expect(200).body;
    assert_counts_match(&result);
    assert_eq!(statuses(&result), ["created", "failed", "failed", "created"], "{result}");
    assert_eq!(errors(&result), ["#/lines/1/ordinal wrong_type", "#/lines/2 wrong_length"]);
    let notes: Vec<Value> = s.register().await.iter().map(|line| line["note"].clone()).collect();
    assert_eq!(notes, [json!("came late, left early"), Value::Null]);

    let refused = send_csv("attendance", &s.fixtures.0, "status,colour,status\r\npresent,red,absent\r\n")
        .await
        .expect(422);
    assert_eq!(refused.field_errors(), ["#/lines/0/colour unknown_field", "#/lines/0/status duplicate"]);
    assert_eq!(
        send_csv("attendance", &s.fixtures.0, "status\r\n").await.expect(422).field_errors(),
        ["#/lines too_few"]
    );
    assert_eq!(
        send_csv("attendance", &s.fixtures.0, "").await.expect(422).field_errors(),
        ["#/lines too_few"]
    );
}

#[tokio::test]
async fn a_request_with_an_invalid_envelope_is_rejected_as_a_whole() {
    let s = setup().await;
    let post = async |body: Value| {
        let request = s.fixtures.0.request(Method::POST, "/v1/attendance/bulk");
        s.fixtures.0.send(request.header("Idempotency-Key", new_key()).json(&body)).await
    };
    let refused = post(json!({ "lines": [], "more": 1 })).await.expect(422);
    assert_eq!(refused.field_errors(), ["#/lines too_few", "#/more unknown_field"]);
    assert_eq!(refused.body["result"], Value::Null);
    assert!(refused.body.as_object().expect("a problem").contains_key("result"));
    assert_eq!(post(json!({})).await.expect(422).field_errors(), ["#/lines required"]);
    let lines: Vec<Value> = (0..1001).map(|_| json!({})).collect();
    assert_eq!(post(json!({ "lines": lines })).await.expect(422).field_errors(), ["#/lines too_many"]);
    let without_key = s
        .fixtures
        .0
        .post("/v1/attendance/bulk", json!({ "lines": [s.line(0, "present")] }))
        .await
        .expect(400);
    assert_eq!(without_key.field_errors(), ["Idempotency-Key required"]);
    send(&s.fixtures.0, "?mode=perhaps&atomic=yes", json!([])).await.expect(400);
    s.fixtures.0.get("/v1/attendance/bulk").await.expect(405);
}

#[tokio::test]
async fn fifty_concurrent_retries_have_one_effect_and_equal_responses() {
    let s = setup().await;
    let lines = json!([s.line(0, "present"), s.line(1, "what")]);
    let key = new_key();
    let retry = async || loop {
        let response = send_with_key(&s.fixtures.0, &key, "", lines.clone()).await;
        if response.status != 409 {
            break response.expect(200).text;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    let responses = futures_util::future::join_all((0..50).map(|_| retry())).await;
    assert!(responses.iter().all(|response| *response == responses[0]));
    assert_eq!(s.register().await.len(), 1);
    let other = send_with_key(&s.fixtures.0, &key, "?atomic=true", lines.clone()).await.expect(422);
    assert_eq!(
        (other.field_errors(), &other.body["result"]),
        (vec!["Idempotency-Key idempotency_key_reused".to_owned()], &Value::Null)
    );
}

#[tokio::test]
async fn concurrent_requests_of_councils_for_one_register_all_succeed() {
    let s = setup().await;
    let send_line = async |n: usize, round: usize| {
        let status = ["present", "absent", "apologies"][round % 3];
        let response = send(&s.crm(n), "", json!([s.line(n, status)])).await.expect(200);
        assert_eq!(response.body["failed"], 0, "{}", response.text);
    };
    for round in 0..5 {
        futures_util::future::join_all((0..3).flat_map(|n| [send_line(n, round), send_line(n, round + 1)]))
            .await;
    }
    assert_eq!(s.register().await.len(), 3);
}

#[tokio::test]
async fn a_thousand_lines_run_as_many_statements_as_one() {
    let app = App::new();
    app.count_statements().await;
    let s = setup_with(app).await;
    let event = s.fixtures.meeting(None, "2017-09-01", json!({ "kind": "conference" })).await;
    let lines = |count: usize, status: &str| -> Value {
        (0..count)
            .map(|n| json!({ "meeting_id": event["id"], "council_id": s.councils[n % 3]["id"], "delegate_ref": format!("d-{n}"),
                "status": status, "external_id": format!("x-{n}"), "observed_at": "2017-09-01T10:00:00Z" }))
            .collect()
    };
    let count_statements = async |lines: Value| {
        s.app.sql("SELECT pg_stat_statements_reset(0, (SELECT oid FROM pg_database WHERE datname = current_database()), 0)").await;
        send(&s.fixtures.0, "?system=crm", lines).await.expect(200);
        s.app
            .number(
                "SELECT sum(calls)::bigint AS n FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
                 WHERE d.datname = current_database() AND toplevel AND query NOT LIKE '%pg_stat_statements%' AND query NOT LIKE 'SELECT set_config%' AND query !~* '^(set|show|select pg_type|select t.typname)'",
            )
            .await
    };
    count_statements(lines(1, "present")).await;
    let (one, thousand) =
        (count_statements(lines(1, "absent")).await, count_statements(lines(1000, "apologies")).await);
    assert_eq!(one, thousand);
    assert!(one <= 19, "{one} statements");
    let other_year = s.fixtures.framework(json!({ "plan_from": "2012-04-01" })).await;
    s.fixtures.activate(&other_year).await;
    s.fixtures.publish(&other_year, "2013-03-31", &s.app.admin()).await;
    let with_publication = count_statements(lines(1000, "present")).await;
    assert_eq!(with_publication, one + 1, "one more statement checks for affected publications");
}
