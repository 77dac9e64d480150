//! A publication's way: who may take which step.

use serde_json::{Value, json};

use super::{Plan, change, now, path};
use crate::support::{App, id, run_alone};

#[tokio::test]
async fn a_draft_is_approved_by_another_then_published_then_reopened_for_a_reason() {
    let app = App::new();
    let plan = Plan::new(&app).await;
    plan.meeting("2017-05-01", 3).await;
    let (officer, other, reader) = (&plan.made.0, app.admin(), app.reporter());
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

    let to = async |person, status: &str| {
        change(person, "publications", &draft, json!({ "status": status })).await
    };
    assert_eq!(to(officer, "approved").await.expect(409).code(), "second_person_required");
    assert_eq!(to(&other, "published").await.expect(409).code(), "invalid_transition");
    assert_eq!(to(&other, "approved").await.expect(200).body["approved_by"], "ada");
    assert_eq!(to(&other, "draft").await.expect(200).body["approved_at"], Value::Null);
    assert_eq!(to(&other, "approved").await.expect(200).body["approved_by"], "ada");
    reader.get(&path(&draft)).await.expect(404);
    assert_eq!(
        change(officer, "publications", &draft, json!({ "title": "Second" })).await.expect(409).code(),
        "sealed"
    );
    let version = now(officer, "publications", &draft).await["version"].as_i64().expect("a version");
    assert_eq!(officer.delete(&path(&draft), version).await.expect(409).code(), "not_a_draft");
    assert_eq!(to(officer, "published").await.expect(200).body["published_by"], "olive");
    assert_eq!(reader.read(&path(&draft)).await["status"], "published");

    assert_eq!(to(officer, "draft").await.expect(409).code(), "invalid_transition");
    assert_eq!(to(officer, "reopened").await.expect(422).faults(), ["#/reopened_reason reason_required"]);
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
    assert_eq!(to(officer, "published").await.expect(409).code(), "invalid_transition");
    assert_eq!(reader.read(&path(&draft)).await, reopened);
    let told = app.admin().all(&format!("/v1/audit?resource_id={}&sort=changed_at", id(&draft))).await;
    let steps: Vec<&Value> = told.iter().map(|entry| &entry["after"]["status"]).collect();
    assert_eq!(steps, ["draft", "draft", "approved", "draft", "approved", "published", "reopened"]);
}

#[tokio::test]
async fn a_day_is_published_once_until_it_is_reopened() {
    let app = App::new();
    let plan = Plan::new(&app).await;
    let other = app.admin();
    let (first, second) = (plan.seal("2017-06-30").await, plan.seal("2017-06-30").await);
    for draft in [&first, &second] {
        change(&other, "publications", draft, json!({ "status": "approved" })).await.expect(200);
    }
    change(&other, "publications", &first, json!({ "status": "published" })).await.expect(200);
    let refused = change(&other, "publications", &second, json!({ "status": "published" })).await.expect(409);
    assert_eq!(refused.code(), "already_exists");
    let reason = json!({ "status": "reopened", "reopened_reason": "Again." });
    change(&other, "publications", &first, reason).await.expect(200);
    change(&other, "publications", &second, json!({ "status": "published" })).await.expect(200);
}

#[tokio::test]
async fn only_what_has_happened_of_an_agreed_plan_is_sealed() {
    let app = App::new();
    let plan = Plan::new(&app).await;
    let draft = plan.made.framework(json!({})).await;
    let refused = async |body: Value| plan.made.0.post("/v1/publications", body).await;
    let of = |framework: &Value, as_at: &str| json!({ "framework_id": framework["id"], "as_at": as_at });
    assert_eq!(refused(of(&draft, "2017-06-30")).await.expect(409).code(), "framework_draft");
    for (day, code) in [
        ("2017-03-31", "outside_the_plan_year"),
        ("2018-04-01", "outside_the_plan_year"),
        ("2099-01-01", "in_the_future"),
    ] {
        assert_eq!(refused(of(&plan.framework, day)).await.expect(422).faults(), [format!("#/as_at {code}")]);
    }
    let unknown = json!({ "id": "0198c5b0-0000-7000-8000-000000000001" });
    assert_eq!(
        refused(of(&unknown, "2017-06-30")).await.expect(422).faults(),
        ["#/framework_id unknown_reference"]
    );
    let whole_year =
        plan.made.0.make("/v1/publications", json!({ "framework_id": plan.framework["id"] })).await;
    assert_eq!(whole_year["as_at"], "2018-03-31");
    plan.made.0.delete(&path(&whole_year), 1).await.expect(204);
    assert_eq!(app.number("SELECT count(*) AS n FROM publication_parts").await, 0);
}

#[tokio::test]
async fn a_system_does_not_approve() {
    let app = App::new();
    let plan = Plan::new(&app).await;
    let draft = plan.seal("2017-06-30").await;
    let acts =
        |kind: &str| json!({ "kind": kind, "name": "crm", "operation": "updatePublication" }).to_string();
    let approve = async |kind: &str| {
        let mut conn = app.connection().await;
        run_alone(&mut conn, &format!("SELECT set_config('outturn.actor', '{}', false)", acts(kind))).await;
        let sql = format!("UPDATE publications SET status = 'approved' WHERE id = '{}'", id(&draft));
        diesel_async::RunQueryDsl::execute(diesel::sql_query(sql), &mut conn).await
    };
    let refused = approve("client").await.expect_err("a client").to_string();
    assert!(refused.contains("publications_approved_by_another"), "{refused}");
    approve("user").await.expect("a person");
}
