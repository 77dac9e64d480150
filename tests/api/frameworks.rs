//! Frameworks, themes, outcomes and actions.

use serde_json::json;

use crate::support::{App, Fixtures, id};

#[tokio::test]
async fn a_new_framework_is_a_draft() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let framework = fixtures.framework(json!({ "code": "2017-18" })).await;
    assert_eq!((&framework["plan_until"], &framework["status"]), (&json!("2018-04-01"), &json!("draft")));
    assert_eq!(fixtures.0.all("/v1/frameworks?code=2017-18").await, [framework]);
}

#[tokio::test]
async fn a_theme_code_is_unique_within_its_framework_only() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (one, two) = (fixtures.framework(json!({})).await, fixtures.framework(json!({})).await);
    let theme = |framework: &serde_json::Value| json!({ "framework_id": framework["id"], "code": "1", "title": "T", "position": 1 });
    fixtures.0.create("/v1/themes", theme(&one)).await;
    fixtures.0.create("/v1/themes", theme(&two)).await;
    let refused = fixtures.0.post("/v1/themes", theme(&one)).await.expect(409);
    assert_eq!(
        (refused.code(), refused.field_errors()),
        ("already_exists", vec!["#/code already_exists".to_owned()])
    );
}

#[tokio::test]
async fn an_outcome_cannot_move_to_another_framework() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (one, two) = (fixtures.framework(json!({})).await, fixtures.framework(json!({})).await);
    let (theme, other_theme, foreign_theme) =
        (fixtures.theme(&one).await, fixtures.theme(&one).await, fixtures.theme(&two).await);
    let outcome = fixtures.outcome(&theme).await;
    assert_eq!(outcome["framework_id"], one["id"]);
    let path = format!("/v1/outcomes/{}", id(&outcome));
    fixtures.0.patch(&path, 1, json!({ "theme_id": other_theme["id"] })).await.expect(200);
    let refused = fixtures.0.patch(&path, 2, json!({ "theme_id": foreign_theme["id"] })).await.expect(422);
    assert_eq!(refused.field_errors(), ["#/theme_id unknown_reference"]);
    assert_eq!(fixtures.0.read(&path).await["theme_id"], other_theme["id"]);
}

#[tokio::test]
async fn every_unknown_group_and_meeting_of_an_action_is_reported() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let group = fixtures.group(json!({})).await;
    let outcome = fixtures.outcome(&fixtures.theme(&fixtures.framework(json!({})).await).await).await;
    let unknown_id = "0198c5b0-0000-7000-8000-000000000001";
    let body = json!({ "outcome_id": outcome["id"], "code": "1.1.1", "title": "A", "position": 1,
        "group_ids": [group["id"], unknown_id], "meeting_ids": [unknown_id] });
    let refused = fixtures.0.post("/v1/actions", body).await.expect(422);
    assert_eq!(
        refused.field_errors(),
        ["#/group_ids/1 unknown_reference", "#/meeting_ids/0 unknown_reference"]
    );
    assert_eq!(fixtures.0.all("/v1/actions").await.len(), 0);

    let action = fixtures.action(&outcome, json!({ "group_ids": [group["id"]], "ref": "1.1.1." })).await;
    assert_eq!((&action["group_ids"], &action["ref"]), (&json!([group["id"]]), &json!("1.1.1.")));
    let path = format!("/v1/actions/{}", id(&action));
    let cleared = fixtures.0.patch(&path, 1, json!({ "group_ids": [], "ref": null })).await.expect(200);
    assert_eq!(
        (&cleared.body["group_ids"], &cleared.body["ref"], &cleared.body["version"]),
        (&json!([]), &json!(null), &json!(2))
    );
}

#[tokio::test]
async fn frameworks_and_actions_in_use_cannot_be_deleted() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (framework, action) = fixtures.plan(&[]).await;
    let target = fixtures.target(&action, json!({ "kind": "narrative" }), json!({})).await;
    for (path, body) in [("frameworks", id(&framework)), ("actions", id(&action))] {
        assert_eq!(
            fixtures.0.delete(&format!("/v1/{path}/{body}"), 1).await.expect(409).code(),
            "in_use",
            "{path}"
        );
    }
    fixtures.0.delete(&format!("/v1/targets/{}", id(&target)), 1).await.expect(204);
    fixtures.0.delete(&format!("/v1/actions/{}", id(&action)), 1).await.expect(204);
}
