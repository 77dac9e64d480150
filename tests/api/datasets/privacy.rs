//! No dataset has a person in it, whoever asks.

use serde_json::json;

use super::{catalogue, columns, name};
use crate::support::{App, Made, id};

#[tokio::test]
async fn nobody_is_named_in_any_dataset() {
    let app = App::new();
    let made = Made(app.officer());
    let (council, group) = (made.council(json!({})).await, made.group(json!({})).await);
    let terms =
        json!([{ "holder_ref": "ref-of-a-person", "holder_name": "Ann Person", "held_from": "2010-01-01" }]);
    let seat = made.seat(&group, &council, json!({ "terms": terms })).await;
    let meeting = made.meeting(Some(&group), "2017-05-01", json!({})).await;
    let line = json!({ "meeting_id": meeting["id"], "seat_id": seat["id"], "status": "substitute",
        "attendee_name": "Tom Person", "note": "a note on a person" });
    made.0.make("/v1/attendance", line).await;
    let event = made.meeting(None, "2017-05-02", json!({})).await;
    let delegate = json!({ "meeting_id": event["id"], "council_id": council["id"], "delegate_ref": "ref-of-a-person",
        "attendee_name": "Dee Person", "status": "present" });
    made.0.make("/v1/attendance", delegate).await;
    let (_, action) = made.plan(&[&group]).await;
    let target = made.target(&action, json!({ "kind": "narrative" }), json!({})).await;
    let judged = json!({ "kind": "judgement", "status": "amber", "reason": "late" });
    let entry = json!({ "target_id": target["id"], "occurred_on": "2017-06-01", "source": "minutes", "entry": judged });
    made.0.make("/v1/progress", entry).await;
    let authors = app.texts("SELECT DISTINCT author::text AS t FROM progress").await;
    assert_eq!(authors, ["olive"]);
    let council = app.council(&[id(&council)]);
    for person in [app.admin(), app.officer(), council, app.reporter()] {
        for dataset in catalogue(&person).await {
            let path = format!("/v1/datasets/{}?format=ndjson", name(&dataset));
            let text = person.get(&path).await.expect(200).text;
            for word in ["Person", "person", "olive"] {
                assert!(!text.contains(word), "{}: {text}", name(&dataset));
            }
            let named = ["holder", "attendee", "delegate", "author"];
            assert!(!columns(&dataset).iter().any(|column| named.iter().any(|word| column.contains(word))));
        }
    }
    assert_eq!(app.number("SELECT count(*) AS n FROM attendance").await, 2);
    assert_eq!(super::lines(&app.reporter(), "attendance", "").await.len(), 2);
}
