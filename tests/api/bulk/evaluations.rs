//! Returned forms in bulk.

use serde_json::{Value, json};

use super::{adds_up, errors, send_csv, send_to, statuses, with};
use crate::support::{App, Made, Person, id};

async fn meetings(made: &Made) -> (Value, Value) {
    let one = made.meeting(None, "2017-07-12", json!({ "kind": "summit", "title": "Summit" })).await;
    (one, made.meeting(None, "2017-09-01", json!({ "kind": "conference" })).await)
}

fn forms(meeting: &Value, question: &str, good: i64) -> Value {
    json!({ "meeting_id": meeting["id"], "question": question,
        "ratings": [{ "rating": "poor", "forms": 1 }, { "rating": "good", "forms": good }] })
}

async fn send(person: &Person, query: &str, lines: Value) -> Value {
    send_to("evaluations", person, query, lines).await.expect(200).body
}

#[tokio::test]
async fn forms_are_made_changed_left_and_withdrawn() {
    let app = App::new();
    let made = Made(app.officer());
    let (summit, conference) = meetings(&made).await;
    let lines = json!([
        with(forms(&summit, "overall", 24), json!({ "handed_out": 40 })),
        forms(&conference, "overall", 5),
        with(forms(&conference, "venue", 5), json!({ "handed_out": 3 })),
        with(forms(&conference, "food", 5), json!({ "ratings": [{ "rating": "good", "forms": 1 }, { "rating": "good", "forms": 2 }] })),
        { "meeting_id": conference["id"], "question": "speakers" },
    ]);
    let result = send(&made.0, "", lines).await;
    adds_up(&result);
    assert_eq!(statuses(&result), ["created", "created", "failed", "failed", "failed"]);
    assert_eq!(
        errors(&result),
        [
            "#/lines/2/handed_out out_of_range",
            "#/lines/3/ratings/1/rating duplicate",
            "#/lines/4/ratings required"
        ]
    );
    let again = json!([
        forms(&summit, "overall", 24),
        forms(&conference, "overall", 9),
        with(forms(&conference, "nothing", 0), json!({ "op": "delete" })),
    ]);
    let result = send(&made.0, "", again).await;
    assert_eq!(statuses(&result), ["unchanged", "updated", "unchanged"]);
    let read = made
        .0
        .read(&format!("/v1/evaluations/{}", result["results"][0]["id"].as_str().expect("an id")))
        .await;
    assert_eq!(
        (&read["handed_out"], &read["answered"], &read["version"]),
        (&json!(40), &json!(25), &json!(1))
    );
    let read = made.0.read(&format!("/v1/evaluations?meeting_id={}", id(&conference))).await;
    assert_eq!((&read["data"][0]["answered"], &read["data"][0]["version"]), (&json!(10), &json!(2)));
    let gone = json!([with(forms(&conference, "overall", 9), json!({ "op": "delete" }))]);
    assert_eq!(statuses(&send(&made.0, "", gone).await), ["deleted"]);
    assert_eq!(made.0.all("/v1/evaluations").await.len(), 1);
}

#[tokio::test]
async fn forms_are_named_by_keys_and_older_ones_are_stale() {
    let app = App::new();
    let made = Made(app.officer());
    let (summit, conference) = meetings(&made).await;
    let keyed = |line: Value, at: &str| with(line, json!({ "external_id": "E-1", "observed_at": at }));
    let natural =
        json!({ "held_on": "2017-07-12", "meeting_title": "Summit", "question": "overall", "ratings": [] });
    let tell = async |line: Value| statuses(&send(&made.0, "?system=crm", json!([line])).await)[0].to_owned();
    assert_eq!(tell(keyed(natural, "2017-07-13T10:00:00Z")).await, "created");
    assert_eq!(tell(keyed(forms(&summit, "overall", 3), "2017-07-13T09:00:00Z")).await, "stale");
    assert_eq!(tell(keyed(forms(&summit, "overall", 3), "2017-07-13T11:00:00Z")).await, "updated");
    assert_eq!(tell(keyed(forms(&conference, "overall", 3), "2017-07-13T11:00:00Z")).await, "failed");
    assert_eq!(
        tell(json!({ "external_id": "E-1", "op": "delete", "observed_at": "2017-07-13T12:00:00Z" })).await,
        "deleted"
    );
    assert_eq!(tell(forms(&summit, "overall", 3)).await, "created", "news that says no time");
}

#[tokio::test]
async fn a_cell_holds_the_ratings_of_a_scale() {
    let app = App::new();
    let made = Made(app.officer());
    meetings(&made).await;
    let text = "held_on,meeting_title,question,ratings,handed_out\r\n\
                2017-07-12,Summit,overall,poor:1; good:24,40\r\n\
                2017-07-12,Summit,venue,poor:1;good:many,\r\n";
    let result = send_csv("evaluations", &made.0, text).await.expect(200).body;
    assert_eq!(statuses(&result), ["created", "failed"]);
    assert_eq!(errors(&result), ["#/lines/1/ratings/1/forms wrong_type"]);
    let read = made.0.read("/v1/evaluations").await["data"][0].clone();
    assert_eq!(read["ratings"], json!([{ "rating": "poor", "forms": 1 }, { "rating": "good", "forms": 24 }]));
    send_to("evaluations", &app.council(&[]), "", json!([])).await.expect(403);
}
