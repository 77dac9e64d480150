//! Evaluation forms: ratings and the number of forms.

use serde_json::json;

use crate::support::{App, Fixtures, id};

#[tokio::test]
async fn an_evaluation_keeps_its_ratings_in_order() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let meeting = fixtures.meeting(None, "2017-06-15", json!({})).await;
    let ratings = json!([{ "rating": "poor", "forms": 1 }, { "rating": "good", "forms": 7 }, { "rating": "excellent", "forms": 2 }]);
    let body =
        json!({ "meeting_id": meeting["id"], "question": "overall", "ratings": ratings, "handed_out": 20 });
    let evaluation = fixtures.0.create("/v1/evaluations", body.clone()).await;
    assert_eq!((&evaluation["ratings"], &evaluation["answered"]), (&ratings, &json!(10)));
    assert_eq!(fixtures.0.post("/v1/evaluations", body).await.expect(409).code(), "already_exists");

    let path = format!("/v1/evaluations/{}", id(&evaluation));
    let reversed = json!([{ "rating": "excellent", "forms": 2 }, { "rating": "poor", "forms": 1 }]);
    let changed = fixtures.0.patch(&path, 1, json!({ "ratings": reversed })).await.expect(200);
    assert_eq!((&changed.body["ratings"], &changed.body["version"]), (&reversed, &json!(2)));
}

#[tokio::test]
async fn an_evaluation_has_each_rating_once_and_no_more_forms_than_were_handed_out() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let meeting = fixtures.meeting(None, "2017-06-15", json!({})).await;
    let ratings = json!([{ "rating": "good", "forms": 7 }, { "rating": "good", "forms": 2 }]);
    let body =
        json!({ "meeting_id": meeting["id"], "question": "overall", "ratings": ratings, "handed_out": 8 });
    let refused = fixtures.0.post("/v1/evaluations", body).await.expect(422);
    assert_eq!(refused.field_errors(), ["#/handed_out out_of_range", "#/ratings/1/rating duplicate"]);
    assert_eq!(fixtures.0.all("/v1/evaluations").await.len(), 0);
}
