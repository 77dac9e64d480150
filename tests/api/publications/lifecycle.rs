//! Transitions of publications and who may make them.

use serde_json::{Value, json};

use super::{Plan, change, now, path};
use crate::support::{App, execute_sql, id};

#[tokio::test]
async fn a_draft_is_approved_by_a_second_person_published_and_reopened() {
    let app = App::new();
    let plan = Plan::new(&app).await;
    plan.meeting("2017-05-01", 3).await;
    let (officer, approver, reader) = (&plan.fixtures.0, app.admin(), app.reporter());
    let draft = plan.seal("2017-06-30").await;
    assert_eq!(
        [&draft["status"], &draft["sealed_by"], &draft["plan_from"], &draft["as_at"], &draft["approved_by"]],
        [&json!("draft"), &json!("olive"), &json!("2017-04-01"), &json!("2017-06-30"), &Value::Null]
    );
    assert_eq!(
        draft["title"],
        format!("{} as at 2017-06-30", plan.framework["code"].as_str().expect("a code"))
    );
    reader.get(&path(&draft)).await.expect(404);
    assert_eq!(
        change(officer, "publications", &draft, json!({ "title": "First quarter" })).await.expect(200).body["title"],
        "First quarter"
    );

    let set_status = async |caller, status: &str| {
        change(caller, "publications", &draft, json!({ "status": status })).await
    };
    assert_eq!(set_status(officer, "approved").await.expect(409).code(), "second_person_required");
    assert_eq!(set_status(&approver, "published").await.expect(409).code(), "invalid_transition");
    assert_eq!(set_status(&approver, "approved").await.expect(200).body["approved_by"], "ada");
    assert_eq!(set_status(&approver, "draft").await.expect(200).body["approved_at"], Value::Null);
    assert_eq!(set_status(&approver, "approved").await.expect(200).body["approved_by"], "ada");
    reader.get(&path(&draft)).await.expect(404);
    assert_eq!(
        change(officer, "publications", &draft, json!({ "title": "Second" })).await.expect(409).code(),
        "sealed"
    );
    let version = now(officer, "publications", &draft).await["version"].as_i64().expect("a version");
    assert_eq!(officer.delete(&path(&draft), version).await.expect(409).code(), "not_a_draft");
    assert_eq!(set_status(officer, "published").await.expect(200).body["published_by"], "olive");
    assert_eq!(reader.read(&path(&draft)).await["status"], "published");

    assert_eq!(set_status(officer, "draft").await.expect(409).code(), "invalid_transition");
    assert_eq!(
        set_status(officer, "reopened").await.expect(422).field_errors(),
        ["#/reopened_reason reason_required"]
    );
    let reopened = json!({ "status": "reopened", "reopened_reason": "A register was missing." });
    let reopened = change(officer, "publications", &draft, reopened).await.expect(200).body;
    assert_eq!(
        [&reopened["reopened_by"], &reopened["reopened_reason"]],
        ["olive", "A register was missing."]
    );
    assert_eq!(
        change(officer, "publications", &draft, json!({ "reopened_reason": "Another." }))
            .await
            .expect(409)
            .code(),
        "sealed"
    );
    assert_eq!(set_status(officer, "published").await.expect(409).code(), "invalid_transition");
    assert_eq!(reader.read(&path(&draft)).await, reopened);
    let audit_entries =
        app.admin().all(&format!("/v1/audit?resource_id={}&sort=changed_at", id(&draft))).await;
    let statuses: Vec<&Value> = audit_entries.iter().map(|entry| &entry["after"]["status"]).collect();
    assert_eq!(statuses, ["draft", "draft", "approved", "draft", "approved", "published", "reopened"]);
}

#[tokio::test]
async fn a_day_is_published_once_until_it_is_reopened() {
    let app = App::new();
    let plan = Plan::new(&app).await;
    let approver = app.admin();
    let (first, second) = (plan.seal("2017-06-30").await, plan.seal("2017-06-30").await);
    for draft in [&first, &second] {
        change(&approver, "publications", draft, json!({ "status": "approved" })).await.expect(200);
    }
    change(&approver, "publications", &first, json!({ "status": "published" })).await.expect(200);
    let refused =
        change(&approver, "publications", &second, json!({ "status": "published" })).await.expect(409);
    assert_eq!(refused.code(), "already_exists");
    let reason = json!({ "status": "reopened", "reopened_reason": "Again." });
    change(&approver, "publications", &first, reason).await.expect(200);
    change(&approver, "publications", &second, json!({ "status": "published" })).await.expect(200);
}

#[tokio::test]
async fn only_past_days_of_an_agreed_plan_are_sealed() {
    let app = App::new();
    let plan = Plan::new(&app).await;
    let draft = plan.fixtures.framework(json!({})).await;
    let create = async |body: Value| plan.fixtures.0.post("/v1/publications", body).await;
    let publication_of =
        |framework: &Value, as_at: &str| json!({ "framework_id": framework["id"], "as_at": as_at });
    assert_eq!(create(publication_of(&draft, "2017-06-30")).await.expect(409).code(), "framework_draft");
    for (day, code) in [
        ("2017-03-31", "outside_the_plan_period"),
        ("2018-04-01", "outside_the_plan_period"),
        ("2099-01-01", "in_the_future"),
    ] {
        assert_eq!(
            create(publication_of(&plan.framework, day)).await.expect(422).field_errors(),
            [format!("#/as_at {code}")]
        );
    }
    let unknown = json!({ "id": "0198c5b0-0000-7000-8000-000000000001" });
    assert_eq!(
        create(publication_of(&unknown, "2017-06-30")).await.expect(422).field_errors(),
        ["#/framework_id unknown_reference"]
    );
    let whole_year =
        plan.fixtures.0.create("/v1/publications", json!({ "framework_id": plan.framework["id"] })).await;
    assert_eq!(whole_year["as_at"], "2018-03-31");
    plan.fixtures.0.delete(&path(&whole_year), 1).await.expect(204);
    assert_eq!(app.number("SELECT count(*) AS n FROM publication_parts").await, 0);
}

#[tokio::test]
async fn a_client_cannot_approve_a_publication() {
    let app = App::new();
    let plan = Plan::new(&app).await;
    let draft = plan.seal("2017-06-30").await;
    let actor =
        |kind: &str| json!({ "kind": kind, "name": "crm", "operation": "updatePublication" }).to_string();
    let approve = async |kind: &str| {
        let mut conn = app.connection().await;
        execute_sql(&mut conn, &format!("SELECT set_config('outturn.actor', '{}', false)", actor(kind)))
            .await;
        let sql = format!("UPDATE publications SET status = 'approved' WHERE id = '{}'", id(&draft));
        diesel_async::RunQueryDsl::execute(diesel::sql_query(sql), &mut conn).await
    };
    let refused = approve("client").await.expect_err("a client cannot approve").to_string();
    assert!(refused.contains("publications_approved_by_another"), "{refused}");
    approve("user").await.expect("a user can approve");
}
