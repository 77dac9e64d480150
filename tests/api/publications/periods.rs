//! Writes that affect a published day are refused until it is reopened; all others are accepted.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Plan, change, now};
use crate::support::{ApiResponse, App, id};

/// Asserts that a write was refused because its day is published.
fn assert_period_published(response: ApiResponse, request: &str) {
    assert_eq!((response.status, response.code()), (409, "period_published"), "{request}: {}", response.text);
}

#[tokio::test]
async fn every_write_that_changes_a_published_day_is_refused() {
    let app = App::new();
    let plan = Plan::new(&app).await;
    let officer = &plan.fixtures.0;
    let (meeting, lines) = plan.meeting("2017-05-01", 2).await;
    let open = plan
        .fixtures
        .meeting(
            Some(&plan.group),
            "2017-06-01",
            json!({ "deliverables": [{ "deliverable": "briefing", "delivered": true }] }),
        )
        .await;
    let evaluation = json!({ "meeting_id": meeting["id"], "question": "overall", "ratings": [{ "rating": "poor", "forms": 1 }, { "rating": "good", "forms": 2 }] });
    let evaluation = officer.create("/v1/evaluations", evaluation).await;
    let counted = plan
        .fixtures
        .target(
            &plan.action,
            json!({ "kind": "count_total", "unit_name": "study" }),
            json!({ "threshold": 10 }),
        )
        .await;
    let published_entry =
        plan.fixtures.entry(&counted, "2017-05-01", json!({ "kind": "count", "count": 3 })).await;
    let council = json!({ "id": plan.seats[0]["council_id"] });
    plan.fixtures.publish(&plan.framework, "2017-06-30", &app.admin()).await;
    let before =
        officer.read(&format!("/v1/frameworks/{}/metrics?as_at=2017-06-30", id(&plan.framework))).await;

    let line = json!({ "meeting_id": open["id"], "seat_id": plan.seats[0]["id"], "status": "present" });
    let entry = |day: &str| json!({ "target_id": counted["id"], "occurred_on": day, "entry": { "kind": "count", "count": 1 } });
    let mut correction = entry("2017-07-01");
    correction["supersedes_id"] = published_entry["id"].clone();
    for (path, body) in [
        ("attendance", line),
        (
            "meetings",
            json!({ "group_id": plan.group["id"], "title": "Late", "held_on": "2017-05-20", "status": "held" }),
        ),
        ("meetings", json!({ "title": "Late event", "held_on": "2017-06-10", "date_precision": "month" })),
        (
            "evaluations",
            json!({ "meeting_id": open["id"], "question": "overall", "ratings": [{ "rating": "good", "forms": 2 }] }),
        ),
        ("progress", entry("2017-06-30")),
        ("progress", entry("2016-06-30")),
        ("progress", correction),
        (
            "revisions",
            json!({ "target_id": plan.target["id"], "revised_on": "2017-06-30", "threshold": 1, "reason": "Easier." }),
        ),
        ("councils", json!({ "name": "Forgotten", "kind": "district" })),
        ("seats", json!({ "group_id": plan.group["id"], "council_id": council["id"], "role": "chair" })),
    ] {
        assert_period_published(
            officer.post(&format!("/v1/{path}"), body.clone()).await,
            &format!("POST {path} {body}"),
        );
    }
    for (collection, row, patch) in [
        ("attendance", &lines[0], json!({ "status": "absent" })),
        ("meetings", &meeting, json!({ "register": "open" })),
        ("meetings", &open, json!({ "register": "closed" })),
        ("meetings", &open, json!({ "held_on": "2017-08-01" })),
        ("meetings", &open, json!({ "deliverables": [] })),
        (
            "evaluations",
            &evaluation,
            json!({ "ratings": [{ "rating": "poor", "forms": 2 }, { "rating": "good", "forms": 2 }] }),
        ),
        ("evaluations", &evaluation, json!({ "handed_out": 9 })),
        ("groups", &plan.group, json!({ "responsible_until": "2017-04-15" })),
        (
            "seats",
            &plan.seats[3],
            json!({ "terms": [{ "holder_ref": "another", "held_from": "2010-01-01" }] }),
        ),
        ("councils", &council, json!({ "memberships": [{ "member_from": "2017-06-01" }] })),
        ("councils", &council, json!({ "kind": "county" })),
    ] {
        assert_period_published(
            change(officer, collection, row, patch.clone()).await,
            &format!("PATCH {collection} {patch}"),
        );
    }
    for (collection, row) in [
        ("attendance", &lines[0]),
        ("evaluations", &evaluation),
        ("progress", &published_entry),
        ("meetings", &open),
    ] {
        let version = now(officer, collection, row).await["version"].as_i64().expect("a version");
        assert_period_published(
            officer.delete(&format!("/v1/{collection}/{}", id(row)), version).await,
            collection,
        );
    }
    let reorganised = json!({ "reorganised_on": "2017-06-01", "kind": "renamed", "predecessor_ids": [council["id"]],
        "successors": [{ "council": { "gss_code": "E06000999", "name": "New", "kind": "district" } }] });
    let refused = officer.post("/v1/reorganisations", reorganised).await;
    assert_eq!(refused.status, 409, "{}", refused.text);
    assert_eq!(
        officer.read(&format!("/v1/frameworks/{}/metrics?as_at=2017-06-30", id(&plan.framework))).await,
        before
    );
}

#[tokio::test]
async fn writes_that_do_not_affect_a_published_day_succeed() {
    let app = App::new();
    let plan = Plan::new(&app).await;
    let officer = &plan.fixtures.0;
    let (meeting, lines) = plan.meeting("2017-05-01", 2).await;
    let counted = plan
        .fixtures
        .target(
            &plan.action,
            json!({ "kind": "count_total", "unit_name": "study" }),
            json!({ "threshold": 10 }),
        )
        .await;
    let early = plan.fixtures.entry(&counted, "2017-05-01", json!({ "kind": "count", "count": 3 })).await;
    plan.fixtures.publish(&plan.framework, "2017-06-30", &app.admin()).await;
    let before =
        officer.read(&format!("/v1/frameworks/{}/metrics?as_at=2017-06-30", id(&plan.framework))).await;
    // Notes affect no figures. Neither do changes after the period or without a meeting in it.
    for (collection, row, patch) in [
        ("attendance", &lines[0], json!({ "note": "Came late." })),
        ("meetings", &meeting, json!({ "title": "Another title", "notes": "Moved room." })),
        ("progress", &early, json!({ "note": "Checked." })),
        ("groups", &plan.group, json!({ "responsible_until": "2017-12-31" })),
        (
            "seats",
            &plan.seats[3],
            json!({ "terms": [{ "holder_ref": "new", "held_from": "2017-07-01" },
            { "holder_ref": plan.seats[3]["terms"][0]["holder_ref"], "held_from": "2010-01-01", "held_until": "2017-07-01" }] }),
        ),
        (
            "councils",
            &json!({ "id": plan.seats[0]["council_id"] }),
            json!({ "name": "Renamed", "exists_until": "2019-04-01" }),
        ),
    ] {
        let response = change(officer, collection, row, patch.clone()).await;
        assert_eq!(response.status, 200, "PATCH {collection} {patch}: {}", response.text);
    }
    plan.meeting("2017-07-01", 4).await;
    plan.fixtures.meeting(None, "2017-03-31", json!({})).await;
    plan.fixtures.meeting(None, "2017-06-01", json!({ "date_precision": "year" })).await;
    plan.fixtures.entry(&counted, "2017-07-01", json!({ "kind": "count", "count": 2 })).await;
    let revision = json!({ "target_id": plan.target["id"], "revised_on": "2017-07-01", "threshold": 50, "reason": "Agreed." });
    officer.create("/v1/revisions", revision).await;
    plan.fixtures.council(json!({ "exists_from": "2017-07-01", "memberships": [] })).await;
    let group = plan.fixtures.group(json!({})).await;
    let seat = plan.fixtures.seat(&group, &json!({ "id": plan.seats[0]["council_id"] }), json!({})).await;
    let later = plan.fixtures.meeting(Some(&group), "2017-08-01", json!({})).await;
    plan.fixtures.attendance(&later, &seat, "present").await;
    // Entries of another framework do not affect the published one.
    let (other_framework, action) = plan.fixtures.plan(&[]).await;
    let other_target = plan
        .fixtures
        .target(&action, json!({ "kind": "count_total", "unit_name": "study" }), json!({ "threshold": 1 }))
        .await;
    plan.fixtures.activate(&other_framework).await;
    plan.fixtures.entry(&other_target, "2017-05-01", json!({ "kind": "count", "count": 2 })).await;
    let after =
        officer.read(&format!("/v1/frameworks/{}/metrics?as_at=2017-06-30", id(&plan.framework))).await;
    let figures = |metrics: &Value| -> Vec<Value> {
        metrics["data"]
            .as_array()
            .expect("data")
            .iter()
            .map(|metric| {
                json!([metric["value"], metric["numerator"], metric["denominator"], metric["status"]])
            })
            .collect()
    };
    assert_eq!(figures(&after), figures(&before));
}

#[tokio::test]
async fn a_bulk_request_fails_only_lines_of_published_days() {
    let app = App::new();
    let plan = Plan::new(&app).await;
    let officer = &plan.fixtures.0;
    let (meeting, lines) = plan.meeting("2017-05-01", 2).await;
    let later = plan.fixtures.meeting(Some(&plan.group), "2017-07-01", json!({})).await;
    let coverage = json!({ "kind": "council_coverage", "basis": "entries" });
    let covered = plan.fixtures.target(&plan.action, coverage, json!({ "threshold": 50 })).await;
    let council = &plan.seats[0]["council_id"];
    plan.fixtures
        .entry(&covered, "2017-05-01", json!({ "kind": "coverage", "council_id": council, "covered": true }))
        .await;
    let evaluation_line = |meeting: &Value, forms: i64| json!({ "meeting_id": meeting["id"], "question": "overall", "ratings": [{ "rating": "good", "forms": forms }] });
    officer.create("/v1/evaluations", evaluation_line(&meeting, 1)).await;
    let publication = plan.fixtures.publish(&plan.framework, "2017-06-30", &app.admin()).await;
    let line = |meeting: &Value, seat: usize, more: Value| {
        let mut line = json!({ "meeting_id": meeting["id"], "seat_id": plan.seats[seat]["id"] });
        line.as_object_mut().expect("an object").extend(more.as_object().cloned().expect("an object"));
        line
    };
    let coverage_line = |day: &str, is_covered: bool| json!({ "target_id": covered["id"], "council_id": council, "occurred_on": day, "covered": is_covered });
    let send = async |resource: &str, key: &str, lines: Value| {
        let request =
            officer.request(Method::POST, &format!("/v1/{resource}/bulk")).header("Idempotency-Key", key);
        let response = officer.send(request.json(&json!({ "lines": lines }))).await.expect(200);
        let results = response.body["results"].as_array().expect("results").clone();
        results
            .iter()
            .map(|result| {
                let code = result["errors"][0]["code"].as_str();
                code.map_or_else(|| result["status"].as_str().expect("a status").to_owned(), str::to_owned)
            })
            .collect::<Vec<_>>()
    };
    let registers = json!([
        line(&meeting, 0, json!({ "status": "absent" })),
        line(&meeting, 1, json!({ "status": "present" })),
        line(&meeting, 2, json!({ "status": "absent", "note": "On leave." })),
        line(&meeting, 3, json!({ "op": "delete" })),
        line(&later, 0, json!({ "status": "present" })),
    ]);
    assert_eq!(
        send("attendance", "registers-1", registers.clone()).await,
        ["period_published", "unchanged", "updated", "period_published", "created"]
    );
    let forms = json!([evaluation_line(&meeting, 2), evaluation_line(&later, 2)]);
    assert_eq!(send("evaluations", "forms-1", forms.clone()).await, ["period_published", "created"]);
    assert_eq!(send("evaluations", "forms-2", json!([evaluation_line(&meeting, 1)])).await, ["unchanged"]);
    let coverage = json!([coverage_line("2017-05-01", false), coverage_line("2017-07-01", false)]);
    assert_eq!(send("progress", "coverage-1", coverage.clone()).await, ["period_published", "created"]);
    assert_eq!(
        send("progress", "coverage-2", json!([coverage_line("2017-05-01", true)])).await,
        ["unchanged"]
    );
    assert_eq!(now(officer, "attendance", &lines[0]).await["status"], "present");

    let reopened = json!({ "status": "reopened", "reopened_reason": "Registers were wrong." });
    change(officer, "publications", &publication, reopened).await.expect(200);
    assert_eq!(
        send("attendance", "registers-2", registers).await,
        ["updated", "unchanged", "unchanged", "deleted", "unchanged"]
    );
    assert_eq!(send("evaluations", "forms-3", forms).await, ["updated", "unchanged"]);
    assert_eq!(send("progress", "coverage-3", coverage).await, ["updated", "unchanged"]);
    let drift = plan.drift(&publication).await;
    assert_eq!(drift["data"].as_array().expect("data").len(), 2);
}

#[tokio::test]
async fn publishing_waits_for_a_backdated_write_and_then_refuses_others() {
    let app = App::new();
    let plan = Plan::new(&app).await;
    let meeting = plan.fixtures.meeting(Some(&plan.group), "2017-05-01", json!({})).await;
    let (draft, admin) = (plan.seal("2017-06-30").await, app.admin());
    change(&admin, "publications", &draft, json!({ "status": "approved" })).await.expect(200);
    let line =
        |seat: &Value| json!({ "meeting_id": meeting["id"], "seat_id": seat["id"], "status": "present" });
    let mut writer = app.connection().await;
    crate::support::execute_sql(&mut writer, "BEGIN").await;
    crate::support::execute_sql(
        &mut writer,
        &format!("UPDATE meetings SET register = 'closed' WHERE id = '{}'", id(&meeting)),
    )
    .await;
    let path = super::path(&draft);
    let publishing =
        tokio::spawn(async move { admin.patch(&path, 2, json!({ "status": "published" })).await });
    app.wait_until_blocked(1).await;
    assert!(!publishing.is_finished(), "publishing waits for the write");
    crate::support::execute_sql(&mut writer, "COMMIT").await;
    publishing.await.expect("a response").expect(200);
    assert_period_published(
        plan.fixtures.0.post("/v1/attendance", line(&plan.seats[0])).await,
        "a write after publishing",
    );
}
