//! A published period takes no more writes until it is reopened; all other days do.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Plan, change, now};
use crate::support::{Answer, App, id};

/// That a write was refused because its day is published.
fn is_closed(answer: Answer, what: &str) {
    assert_eq!((answer.status, answer.code()), (409, "period_published"), "{what}: {}", answer.text);
}

#[tokio::test]
async fn every_write_that_changes_a_published_day_is_refused() {
    let app = App::new();
    let plan = Plan::new(&app).await;
    let officer = &plan.made.0;
    let (meeting, lines) = plan.meeting("2017-05-01", 2).await;
    let open = plan
        .made
        .meeting(
            Some(&plan.group),
            "2017-06-01",
            json!({ "deliverables": [{ "deliverable": "briefing", "delivered": true }] }),
        )
        .await;
    let forms = json!({ "meeting_id": meeting["id"], "question": "overall", "ratings": [{ "rating": "poor", "forms": 1 }, { "rating": "good", "forms": 2 }] });
    let forms = officer.make("/v1/evaluations", forms).await;
    let counted = plan
        .made
        .target(
            &plan.action,
            json!({ "kind": "count_total", "unit_name": "study" }),
            json!({ "threshold": 10 }),
        )
        .await;
    let early = plan.made.entry(&counted, "2017-05-01", json!({ "kind": "count", "count": 3 })).await;
    let council = json!({ "id": plan.seats[0]["council_id"] });
    plan.made.publish(&plan.framework, "2017-06-30", &app.admin()).await;
    let before =
        officer.read(&format!("/v1/frameworks/{}/metrics?as_at=2017-06-30", id(&plan.framework))).await;

    let line = json!({ "meeting_id": open["id"], "seat_id": plan.seats[0]["id"], "status": "present" });
    let entry = |day: &str| json!({ "target_id": counted["id"], "occurred_on": day, "entry": { "kind": "count", "count": 1 } });
    let mut correction = entry("2017-07-01");
    correction["supersedes_id"] = early["id"].clone();
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
        is_closed(officer.post(&format!("/v1/{path}"), body.clone()).await, &format!("POST {path} {body}"));
    }
    for (collection, row, patch) in [
        ("attendance", &lines[0], json!({ "status": "absent" })),
        ("meetings", &meeting, json!({ "register": "open" })),
        ("meetings", &open, json!({ "register": "closed" })),
        ("meetings", &open, json!({ "held_on": "2017-08-01" })),
        ("meetings", &open, json!({ "deliverables": [] })),
        (
            "evaluations",
            &forms,
            json!({ "ratings": [{ "rating": "poor", "forms": 2 }, { "rating": "good", "forms": 2 }] }),
        ),
        ("evaluations", &forms, json!({ "handed_out": 9 })),
        ("groups", &plan.group, json!({ "responsible_until": "2017-04-15" })),
        (
            "seats",
            &plan.seats[3],
            json!({ "terms": [{ "holder_ref": "another", "held_from": "2010-01-01" }] }),
        ),
        ("councils", &council, json!({ "memberships": [{ "member_from": "2017-06-01" }] })),
        ("councils", &council, json!({ "kind": "county" })),
    ] {
        is_closed(
            change(officer, collection, row, patch.clone()).await,
            &format!("PATCH {collection} {patch}"),
        );
    }
    for (collection, row) in
        [("attendance", &lines[0]), ("evaluations", &forms), ("progress", &early), ("meetings", &open)]
    {
        let version = now(officer, collection, row).await["version"].as_i64().expect("a version");
        is_closed(officer.delete(&format!("/v1/{collection}/{}", id(row)), version).await, collection);
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
async fn all_other_writes_go_on() {
    let app = App::new();
    let plan = Plan::new(&app).await;
    let officer = &plan.made.0;
    let (meeting, lines) = plan.meeting("2017-05-01", 2).await;
    let counted = plan
        .made
        .target(
            &plan.action,
            json!({ "kind": "count_total", "unit_name": "study" }),
            json!({ "threshold": 10 }),
        )
        .await;
    let early = plan.made.entry(&counted, "2017-05-01", json!({ "kind": "count", "count": 3 })).await;
    plan.made.publish(&plan.framework, "2017-06-30", &app.admin()).await;
    let before =
        officer.read(&format!("/v1/frameworks/{}/metrics?as_at=2017-06-30", id(&plan.framework))).await;
    // How a row is noted does not count, nor does what begins or ends behind the period or concerns no meeting in it.
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
        let answer = change(officer, collection, row, patch.clone()).await;
        assert_eq!(answer.status, 200, "PATCH {collection} {patch}: {}", answer.text);
    }
    plan.meeting("2017-07-01", 4).await;
    plan.made.meeting(None, "2017-03-31", json!({})).await;
    plan.made.meeting(None, "2017-06-01", json!({ "date_precision": "year" })).await;
    plan.made.entry(&counted, "2017-07-01", json!({ "kind": "count", "count": 2 })).await;
    let revision = json!({ "target_id": plan.target["id"], "revised_on": "2017-07-01", "threshold": 50, "reason": "Agreed." });
    officer.make("/v1/revisions", revision).await;
    plan.made.council(json!({ "exists_from": "2017-07-01", "memberships": [] })).await;
    let group = plan.made.group(json!({})).await;
    let seat = plan.made.seat(&group, &json!({ "id": plan.seats[0]["council_id"] }), json!({})).await;
    let later = plan.made.meeting(Some(&group), "2017-08-01", json!({})).await;
    plan.made.line(&later, &seat, "present").await;
    // Another framework's entries are not this one's.
    let (other, action) = plan.made.plan(&[]).await;
    let others = plan
        .made
        .target(&action, json!({ "kind": "count_total", "unit_name": "study" }), json!({ "threshold": 1 }))
        .await;
    plan.made.agree(&other).await;
    plan.made.entry(&others, "2017-05-01", json!({ "kind": "count", "count": 2 })).await;
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
async fn of_many_lines_only_those_of_published_days_fail() {
    let app = App::new();
    let plan = Plan::new(&app).await;
    let officer = &plan.made.0;
    let (meeting, lines) = plan.meeting("2017-05-01", 2).await;
    let later = plan.made.meeting(Some(&plan.group), "2017-07-01", json!({})).await;
    let coverage = json!({ "kind": "council_coverage", "basis": "entries" });
    let covered = plan.made.target(&plan.action, coverage, json!({ "threshold": 50 })).await;
    let council = &plan.seats[0]["council_id"];
    plan.made
        .entry(&covered, "2017-05-01", json!({ "kind": "coverage", "council_id": council, "covered": true }))
        .await;
    let rated = |meeting: &Value, forms: i64| json!({ "meeting_id": meeting["id"], "question": "overall", "ratings": [{ "rating": "good", "forms": forms }] });
    officer.make("/v1/evaluations", rated(&meeting, 1)).await;
    let publication = plan.made.publish(&plan.framework, "2017-06-30", &app.admin()).await;
    let line = |meeting: &Value, seat: usize, more: Value| {
        let mut line = json!({ "meeting_id": meeting["id"], "seat_id": plan.seats[seat]["id"] });
        line.as_object_mut().expect("an object").extend(more.as_object().cloned().expect("an object"));
        line
    };
    let said = |day: &str, covered_: bool| json!({ "target_id": covered["id"], "council_id": council, "occurred_on": day, "covered": covered_ });
    let send = async |resource: &str, key: &str, lines: Value| {
        let request =
            officer.request(Method::POST, &format!("/v1/{resource}/bulk")).header("Idempotency-Key", key);
        let answer = officer.send(request.json(&json!({ "lines": lines }))).await.expect(200);
        let results = answer.body["results"].as_array().expect("results").clone();
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
    let forms = json!([rated(&meeting, 2), rated(&later, 2)]);
    assert_eq!(send("evaluations", "forms-1", forms.clone()).await, ["period_published", "created"]);
    assert_eq!(send("evaluations", "forms-2", json!([rated(&meeting, 1)])).await, ["unchanged"]);
    let coverage = json!([said("2017-05-01", false), said("2017-07-01", false)]);
    assert_eq!(send("progress", "coverage-1", coverage.clone()).await, ["period_published", "created"]);
    assert_eq!(send("progress", "coverage-2", json!([said("2017-05-01", true)])).await, ["unchanged"]);
    assert_eq!(now(officer, "attendance", &lines[0]).await["status"], "present");

    let reopened = json!({ "status": "reopened", "reopened_reason": "Registers were wrong." });
    change(officer, "publications", &publication, reopened).await.expect(200);
    assert_eq!(
        send("attendance", "registers-2", registers).await,
        ["updated", "unchanged", "unchanged", "deleted", "unchanged"]
    );
    assert_eq!(send("evaluations", "forms-3", forms).await, ["updated", "unchanged"]);
    assert_eq!(send("progress", "coverage-3", coverage).await, ["updated", "unchanged"]);
    let drifted = plan.drift(&publication).await;
    assert_eq!(drifted["data"].as_array().expect("data").len(), 2);
}

#[tokio::test]
async fn publishing_waits_for_a_backdated_write_and_a_backdated_write_for_publishing() {
    let app = App::new();
    let plan = Plan::new(&app).await;
    let meeting = plan.made.meeting(Some(&plan.group), "2017-05-01", json!({})).await;
    let (draft, admin) = (plan.seal("2017-06-30").await, app.admin());
    change(&admin, "publications", &draft, json!({ "status": "approved" })).await.expect(200);
    let line =
        |seat: &Value| json!({ "meeting_id": meeting["id"], "seat_id": seat["id"], "status": "present" });
    let mut writer = app.connection().await;
    crate::support::run_alone(&mut writer, "BEGIN").await;
    crate::support::run_alone(
        &mut writer,
        &format!("UPDATE meetings SET register = 'closed' WHERE id = '{}'", id(&meeting)),
    )
    .await;
    let path = super::path(&draft);
    let publishing =
        tokio::spawn(async move { admin.patch(&path, 2, json!({ "status": "published" })).await });
    app.until_blocked(1).await;
    assert!(!publishing.is_finished(), "it waits for the write");
    crate::support::run_alone(&mut writer, "COMMIT").await;
    publishing.await.expect("an answer").expect(200);
    is_closed(plan.made.0.post("/v1/attendance", line(&plan.seats[0])).await, "behind it");
}
