//! Bulk evaluation forms.

use serde_json::{Value, json};

use super::{assert_counts_match, errors, send_csv, send_to, statuses, with};
use crate::support::{App, Caller, Fixtures, id};

async fn create_meetings(fixtures: &Fixtures) -> (Value, Value) {
    let one = fixtures.meeting(None, "2017-07-12", json!({ "kind": "summit", "title": "Summit" })).await;
    (one, fixtures.meeting(None, "2017-09-01", json!({ "kind": "conference" })).await)
}

fn line(meeting: &Value, question: &str, good: i64) -> Value {
    json!({ "meeting_id": meeting["id"], "question": question,
        "ratings": [{ "rating": "poor", "forms": 1 }, { "rating": "good", "forms": good }] })
}

async fn send(caller: &Caller, query: &str, lines: Value) -> Value {
    send_to("evaluations", caller, query, lines).await.expect(200).body
}

#[tokio::test]
async fn forms_are_created_updated_left_unchanged_and_deleted() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (summit, conference) = create_meetings(&fixtures).await;
    let lines = json!([
        with(line(&summit, "overall", 24), json!({ "handed_out": 40 })),
        line(&conference, "overall", 5),
        with(line(&conference, "venue", 5), json!({ "handed_out": 3 })),
        with(line(&conference, "food", 5), json!({ "ratings": [{ "rating": "good", "forms": 1 }, { "rating": "good", "forms": 2 }] })),
        { "meeting_id": conference["id"], "question": "speakers" },
    ]);
    let result = send(&fixtures.0, "", lines).await;
    assert_counts_match(&result);
    assert_eq!(statuses(&result), ["created", "created", "failed", "failed", "failed"]);
    assert_eq!(
        errors(&result),
        [
            "#/lines/2/handed_out out_of_range",
            "#/lines/3/ratings/1/rating duplicate",
            "#/lines/4/ratings required"
        ]
    );
    let changed = json!([
        line(&summit, "overall", 24),
        line(&conference, "overall", 9),
        with(line(&conference, "nothing", 0), json!({ "op": "delete" })),
    ]);
    let result = send(&fixtures.0, "", changed).await;
    assert_eq!(statuses(&result), ["unchanged", "updated", "unchanged"]);
    let read = fixtures
        .0
        .read(&format!("/v1/evaluations/{}", result["results"][0]["id"].as_str().expect("an id")))
        .await;
    assert_eq!(
        (&read["handed_out"], &read["answered"], &read["version"]),
        (&json!(40), &json!(25), &json!(1))
    );
    let read = fixtures.0.read(&format!("/v1/evaluations?meeting_id={}", id(&conference))).await;
    assert_eq!((&read["data"][0]["answered"], &read["data"][0]["version"]), (&json!(10), &json!(2)));
    let deletion = json!([with(line(&conference, "overall", 9), json!({ "op": "delete" }))]);
    assert_eq!(statuses(&send(&fixtures.0, "", deletion).await), ["deleted"]);
    assert_eq!(fixtures.0.all("/v1/evaluations").await.len(), 1);
}

#[tokio::test]
async fn forms_are_identified_by_external_id_and_older_lines_are_stale() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (summit, conference) = create_meetings(&fixtures).await;
    let keyed = |line: Value, at: &str| with(line, json!({ "external_id": "E-1", "observed_at": at }));
    let natural =
        json!({ "held_on": "2017-07-12", "meeting_title": "Summit", "question": "overall", "ratings": [] });
    let status_of =
        async |line: Value| statuses(&send(&fixtures.0, "?system=crm", json!([line])).await)[0].to_owned();
    assert_eq!(status_of(keyed(natural, "2017-07-13T10:00:00Z")).await, "created");
    assert_eq!(status_of(keyed(line(&summit, "overall", 3), "2017-07-13T09:00:00Z")).await, "stale");
    assert_eq!(status_of(keyed(line(&summit, "overall", 3), "2017-07-13T11:00:00Z")).await, "updated");
    assert_eq!(status_of(keyed(line(&conference, "overall", 3), "2017-07-13T11:00:00Z")).await, "failed");
    assert_eq!(
        status_of(json!({ "external_id": "E-1", "op": "delete", "observed_at": "2017-07-13T12:00:00Z" }))
            .await,
        "deleted"
    );
    assert_eq!(
        status_of(line(&summit, "overall", 3)).await,
        "created",
        "a line without `observed_at` is never stale"
    );
}

#[tokio::test]
async fn a_csv_cell_contains_the_ratings_of_a_form() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    create_meetings(&fixtures).await;
    let text = "held_on,meeting_title,question,ratings,handed_out\r\n\
                2017-07-12,Summit,overall,poor:1; good:24,40\r\n\
                2017-07-12,Summit,venue,poor:1;good:many,\r\n";
    let result = send_csv("evaluations", &fixtures.0, text).await.expect(200).body;
    assert_eq!(statuses(&result), ["created", "failed"]);
    assert_eq!(errors(&result), ["#/lines/1/ratings/1/forms wrong_type"]);
    let read = fixtures.0.read("/v1/evaluations").await["data"][0].clone();
    assert_eq!(read["ratings"], json!([{ "rating": "poor", "forms": 1 }, { "rating": "good", "forms": 24 }]));
    send_to("evaluations", &app.council(&[]), "", json!([])).await.expect(403);
}
