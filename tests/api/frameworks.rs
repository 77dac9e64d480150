//! Frameworks, themes, outcomes and actions.

use serde_json::json;

use crate::support::{App, Made, id};

#[tokio::test]
async fn a_framework_is_one_plan_year() {
    let app = App::new();
    let made = Made(app.officer());
    let framework = made.framework(json!({ "code": "2017-18" })).await;
    assert_eq!((&framework["plan_until"], &framework["status"]), (&json!("2018-04-01"), &json!("draft")));
    assert_eq!(made.0.all("/v1/frameworks?code=2017-18").await, [framework]);
    let body = json!({ "code": "x", "title": "X", "plan_from": "2017-04-02" });
    assert_eq!(
        made.0.post("/v1/frameworks", body).await.expect(422).faults(),
        ["#/plan_from not_a_plan_year"]
    );
}

#[tokio::test]
async fn a_code_is_unique_within_its_framework_and_free_in_another() {
    let app = App::new();
    let made = Made(app.officer());
    let (one, two) = (made.framework(json!({})).await, made.framework(json!({})).await);
    let theme = |framework: &serde_json::Value| json!({ "framework_id": framework["id"], "code": "1", "title": "T", "position": 1 });
    made.0.make("/v1/themes", theme(&one)).await;
    made.0.make("/v1/themes", theme(&two)).await;
    let clash = made.0.post("/v1/themes", theme(&one)).await.expect(409);
    assert_eq!((clash.code(), clash.faults()), ("already_exists", vec!["#/code already_exists".to_owned()]));
}

#[tokio::test]
async fn a_part_stays_in_its_framework() {
    let app = App::new();
    let made = Made(app.officer());
    let (one, two) = (made.framework(json!({})).await, made.framework(json!({})).await);
    let (here, beside, elsewhere) = (made.theme(&one).await, made.theme(&one).await, made.theme(&two).await);
    let outcome = made.outcome(&here).await;
    assert_eq!(outcome["framework_id"], one["id"]);
    let path = format!("/v1/outcomes/{}", id(&outcome));
    made.0.patch(&path, 1, json!({ "theme_id": beside["id"] })).await.expect(200);
    let refused = made.0.patch(&path, 2, json!({ "theme_id": elsewhere["id"] })).await.expect(422);
    assert_eq!(refused.faults(), ["#/theme_id unknown_reference"]);
    assert_eq!(made.0.read(&path).await["theme_id"], beside["id"]);
}

#[tokio::test]
async fn an_action_names_groups_and_meetings_and_every_one_that_is_missing() {
    let app = App::new();
    let made = Made(app.officer());
    let group = made.group(json!({})).await;
    let outcome = made.outcome(&made.theme(&made.framework(json!({})).await).await).await;
    let nowhere = "0198c5b0-0000-7000-8000-000000000001";
    let body = json!({ "outcome_id": outcome["id"], "code": "1.1.1", "title": "A", "position": 1,
        "group_ids": [group["id"], nowhere], "meeting_ids": [nowhere] });
    let refused = made.0.post("/v1/actions", body).await.expect(422);
    assert_eq!(refused.faults(), ["#/group_ids/1 unknown_reference", "#/meeting_ids/0 unknown_reference"]);
    assert_eq!(made.0.all("/v1/actions").await.len(), 0);

    let action = made.action(&outcome, json!({ "group_ids": [group["id"]], "ref": "1.1.1." })).await;
    assert_eq!((&action["group_ids"], &action["ref"]), (&json!([group["id"]]), &json!("1.1.1.")));
    let path = format!("/v1/actions/{}", id(&action));
    let cleared = made.0.patch(&path, 1, json!({ "group_ids": [], "ref": null })).await.expect(200);
    assert_eq!(
        (&cleared.body["group_ids"], &cleared.body["ref"], &cleared.body["version"]),
        (&json!([]), &json!(null), &json!(2))
    );
}

#[tokio::test]
async fn the_tree_stands_on_what_is_below_it() {
    let app = App::new();
    let made = Made(app.officer());
    let (framework, action) = made.plan(&[]).await;
    let target = made.target(&action, json!({ "kind": "narrative" }), json!({})).await;
    for (path, body) in [("frameworks", id(&framework)), ("actions", id(&action))] {
        assert_eq!(
            made.0.delete(&format!("/v1/{path}/{body}"), 1).await.expect(409).code(),
            "in_use",
            "{path}"
        );
    }
    made.0.delete(&format!("/v1/targets/{}", id(&target)), 1).await.expect(204);
    made.0.delete(&format!("/v1/actions/{}", id(&action)), 1).await.expect(204);
}

#[tokio::test]
async fn the_last_plan_year_ends_within_what_dates_can_say() {
    let app = App::new();
    let made = Made(app.officer());
    let body =
        |year: i32| json!({ "code": format!("y{year}"), "title": "Y", "plan_from": format!("{year}-04-01") });
    let refused = made.0.post("/v1/frameworks", body(2100)).await.expect(422);
    assert_eq!(refused.faults(), ["#/plan_from not_a_plan_year"]);
    assert_eq!(made.0.make("/v1/frameworks", body(2099)).await["plan_until"], "2100-04-01");
}
