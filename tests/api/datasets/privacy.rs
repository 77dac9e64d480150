//! Datasets contain no personal data, whatever the role of the caller.

use serde_json::json;

use super::{catalogue, columns, name};
use crate::support::{App, Fixtures, id};

#[tokio::test]
async fn no_dataset_contains_personal_data() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (council, group) = (fixtures.council(json!({})).await, fixtures.group(json!({})).await);
    let terms =
        json!([{ "holder_ref": "ref-of-a-person", "holder_name": "Ann Person", "held_from": "2010-01-01" }]);
    let seat = fixtures.seat(&group, &council, json!({ "terms": terms })).await;
    let meeting = fixtures.meeting(Some(&group), "2017-05-01", json!({})).await;
    let line = json!({ "meeting_id": meeting["id"], "seat_id": seat["id"], "status": "substitute",
        "attendee_name": "Tom Person", "note": "a note on a person" });
    fixtures.0.create("/v1/attendance", line).await;
    let event = fixtures.meeting(None, "2017-05-02", json!({})).await;
    let delegate = json!({ "meeting_id": event["id"], "council_id": council["id"], "delegate_ref": "ref-of-a-person",
        "attendee_name": "Dee Person", "status": "present" });
    fixtures.0.create("/v1/attendance", delegate).await;
    let (_, action) = fixtures.plan(&[&group]).await;
    let target = fixtures.target(&action, json!({ "kind": "narrative" }), json!({})).await;
    let judgement = json!({ "kind": "judgement", "status": "amber", "reason": "late" });
    let entry = json!({ "target_id": target["id"], "occurred_on": "2017-06-01", "source": "minutes", "entry": judgement });
    fixtures.0.create("/v1/progress", entry).await;
    let authors = app.texts("SELECT DISTINCT author::text AS t FROM progress").await;
    assert_eq!(authors, ["olive"]);
    let council = app.council(&[id(&council)]);
    for caller in [app.admin(), app.officer(), council, app.reporter()] {
        for dataset in catalogue(&caller).await {
            let path = format!("/v1/datasets/{}?format=ndjson", name(&dataset));
            let text = caller.get(&path).await.expect(200).text;
            for word in ["Person", "person", "olive"] {
                assert!(!text.contains(word), "{}: {text}", name(&dataset));
            }
            let personal_columns = ["holder", "attendee", "delegate", "author"];
            assert!(
                !columns(&dataset)
                    .iter()
                    .any(|column| personal_columns.iter().any(|word| column.contains(word)))
            );
        }
    }
    assert_eq!(app.number("SELECT count(*) AS n FROM attendance").await, 2);
    assert_eq!(super::read_rows(&app.reporter(), "attendance", "").await.len(), 2);
}
