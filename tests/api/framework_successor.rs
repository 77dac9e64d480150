//! The framework of the next year: copied plan, latest thresholds, and baselines from outturns.

use std::collections::HashMap;

use chrono::Datelike;
use outturn::values::Day;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{App, Caller, Fixtures, execute_sql, id};

async fn framework(caller: &Caller, code: &str) -> Value {
    caller.all(&format!("/v1/frameworks?code={code}")).await.remove(0)
}

async fn create_successor(caller: &Caller, framework: &Value, body: Value) -> Value {
    caller.post(&format!("/v1/frameworks/{}/successor", id(framework)), body).await.expect(201).body
}

async fn targets(caller: &Caller, framework: &Value) -> Vec<Value> {
    caller.all(&format!("/v1/targets?framework_id={}", id(framework))).await
}

async fn metrics(caller: &Caller, framework: &Value) -> HashMap<String, Value> {
    let body = caller.read(&format!("/v1/frameworks/{}/metrics", id(framework))).await;
    let data = body["data"].as_array().cloned().expect("data");
    data.into_iter().map(|metric| (metric["target_id"].to_string(), metric)).collect()
}

/// The parts of a tree in order, each with its depth, code, reference, title, position and groups.
fn outline(tree: &Value) -> Vec<(usize, Value)> {
    fn walk(depth: usize, branches: &Value, names: &[(&str, &str)], parts: &mut Vec<(usize, Value)>) {
        let Some(((name, below), rest)) = names.split_first() else { return };
        for branch in branches.as_array().into_iter().flatten() {
            let row = if name.is_empty() { branch } else { &branch[name] };
            parts.push((
                depth,
                json!([row["code"], row["ref"], row["title"], row["position"], row["group_ids"]]),
            ));
            walk(depth + 1, &branch[below], rest, parts);
        }
    }
    let names = [("theme", "outcomes"), ("outcome", "actions"), ("action", "targets"), ("", "")];
    let mut parts = Vec::new();
    walk(0, &tree["themes"], &names, &mut parts);
    parts
}

#[tokio::test]
async fn a_successor_copies_the_plan_with_outturns_as_baselines() {
    let app = App::with_sample();
    let officer = app.officer();
    let before = framework(&officer, "2017-18").await;
    let next = create_successor(&officer, &before, json!({})).await;
    assert_eq!(
        [&next["code"], &next["title"], &next["plan_from"], &next["status"]],
        ["2018-19", "Performance framework 2018-19", "2018-04-01", "draft"]
    );
    assert_eq!(officer.read(&format!("/v1/frameworks/{}", id(&next))).await, next);
    let tree =
        async |framework: &Value| officer.read(&format!("/v1/frameworks/{}/tree", id(framework))).await;
    assert_eq!(outline(&tree(&next).await), outline(&tree(&before).await));

    let metrics = metrics(&officer, &before).await;
    let old: HashMap<String, Value> = targets(&officer, &before)
        .await
        .into_iter()
        .map(|target| (target["id"].to_string(), target))
        .collect();
    let new = targets(&officer, &next).await;
    assert_eq!(new.len(), old.len());
    let mut with_number = 0;
    for target in &new {
        let (continued, metric) =
            (target["continues_target_id"].to_string(), &metrics[&target["continues_target_id"].to_string()]);
        for field in [
            "code",
            "title",
            "position",
            "measure",
            "aim",
            "tolerance",
            "frequencies",
            "sources",
            "owner",
            "implied",
        ] {
            assert_eq!(target[field], old[&continued][field], "{} {field}", target["code"]);
        }
        let expected_threshold =
            if old[&continued]["threshold"].is_null() { &Value::Null } else { &metric["threshold"] };
        assert_eq!(&target["threshold"], expected_threshold, "{}", target["code"]);
        let baseline = &target["baseline"];
        let number = if metric["unit"] == "percent" { &metric["value_percent"] } else { &metric["value"] };
        if number.is_null() || metric["unit"] == "none" {
            assert_eq!(baseline, &Value::Null, "{}", target["code"]);
            continue;
        }
        with_number += 1;
        assert_eq!(
            [&baseline["value"], &baseline["numerator"], &baseline["denominator"], &baseline["source"]],
            [
                number,
                &metric["numerator"],
                &metric["denominator"],
                &json!({ "target_id": target["continues_target_id"], "as_at": "2018-03-31", "publication_id": null })
            ]
        );
    }
    assert!(with_number > 20, "{with_number}");
    let target_of = |code: &str| new.iter().find(|target| target["code"] == code).expect(code);
    assert_eq!(target_of("2.2.1.summits")["threshold"], 1, "the revised threshold");
    let lead_members = target_of("4.1.1.attendance");
    assert_eq!(
        lead_members["baseline"],
        json!({ "value": 59.09, "numerator": 13, "denominator": 22, "meetings": 2,
            "note": "Outturn of 2017-18 as at 2018-03-31",
            "source": { "target_id": lead_members["continues_target_id"], "as_at": "2018-03-31", "publication_id": null } })
    );
    assert_eq!(target_of("1.2.1.briefing")["baseline"]["value"], 83.33);
    assert_eq!(target_of("1.3.2.attendance")["baseline"], Value::Null, "a claim is not an outturn");
    let log = app.admin().all(&format!("/v1/audit?resource=targets&resource_id={}", id(lead_members))).await;
    assert!(log.iter().all(|entry| entry["operation"] == "createFrameworkSuccessor"));
    let continued_path =
        format!("/v1/targets/{}", lead_members["continues_target_id"].as_str().expect("an id"));
    assert_eq!(officer.delete(&continued_path, 1).await.expect(409).code(), "in_use");
}

#[tokio::test]
async fn the_successor_of_2016_17_equals_the_published_plan_of_2017_18() {
    let app = App::with_sample();
    let officer = app.officer();
    let (before, published) = (framework(&officer, "2016-17").await, framework(&officer, "2017-18").await);
    let path = format!("/v1/frameworks/{}/successor", id(&before));
    let refused = officer.post(&path, json!({ "code": "again" })).await.expect(409);
    assert_eq!(
        (refused.code(), refused.text.contains("2017-18 already continues")),
        ("successor_exists", true)
    );
    // Without references to continued targets, 2016-17 can get another successor.
    let published_targets: Vec<Value> = targets(&officer, &published)
        .await
        .into_iter()
        .filter(|t| t["continues_target_id"].is_string())
        .collect();
    // The API cannot remove these references, because the plan is agreed.
    let mut conn = app.connection().await;
    execute_sql(&mut conn, "SET session_replication_role = replica").await;
    execute_sql(&mut conn, "UPDATE targets SET continues_target_id = NULL").await;
    assert_eq!(officer.post(&path, json!({})).await.expect(409).code(), "already_exists");
    let successor = create_successor(&officer, &before, json!({ "code": "2017-18-draft" })).await;
    assert_eq!(
        (&successor["title"], &successor["plan_from"]),
        (&json!("Action plan 2017-18"), &json!("2017-04-01"))
    );
    let successor = targets(&officer, &successor).await;
    assert_eq!((successor.len(), published_targets.len()), (65, 22));
    for target in &published_targets {
        let successor_target = successor
            .iter()
            .find(|successor_target| successor_target["continues_target_id"] == target["continues_target_id"])
            .expect("a target");
        for field in ["threshold", "aim", "tolerance", "frequencies", "implied"] {
            assert_eq!(successor_target[field], target[field], "{} {field}", target["code"]);
        }
        assert_eq!(successor_target["measure"]["kind"], target["measure"]["kind"]);
    }
    let baselines: Vec<(&str, Value)> = successor
        .iter()
        .filter(|target| !target["baseline"].is_null())
        .map(|target| {
            (
                target["code"].as_str().expect("a code"),
                json!([target["baseline"]["numerator"], target["baseline"]["denominator"]]),
            )
        })
        .filter(|(_, parts)| parts != &json!([null, null]))
        .collect();
    assert_eq!(
        baselines,
        [("1.1.1.membership", json!([52, 52])), ("2.1.4.attendance", json!([6, 11]))],
        "no other target of that year has records"
    );
}

#[tokio::test]
async fn targets_of_the_framework_can_be_left_out_but_no_others() {
    let app = App::with_sample();
    let officer = app.officer();
    let before = framework(&officer, "2017-18").await;
    let path = format!("/v1/frameworks/{}/successor", id(&before));
    let all = targets(&officer, &before).await;
    let foreign = targets(&officer, &framework(&officer, "2016-17").await).await.remove(0);
    let unknown = json!({ "leave_out_target_ids": [all[0]["id"], foreign["id"]] });
    assert_eq!(
        officer.post(&path, unknown).await.expect(422).field_errors(),
        ["#/leave_out_target_ids/1 unknown_reference"]
    );
    let twice = json!({ "leave_out_target_ids": [all[0]["id"], all[0]["id"]] });
    assert_eq!(
        officer.post(&path, twice).await.expect(422).field_errors(),
        ["#/leave_out_target_ids/1 duplicate"]
    );
    let body = json!({ "title": "A new plan", "leave_out_target_ids": [all[0]["id"], all[1]["id"]] });
    let next = create_successor(&officer, &before, body).await;
    assert_eq!(next["title"], "A new plan");
    let kept: Vec<Value> =
        targets(&officer, &next).await.iter().map(|target| target["code"].clone()).collect();
    let expected: Vec<Value> = all[2..].iter().map(|target| target["code"].clone()).collect();
    assert_eq!(kept, expected);
    officer.post(&format!("/v1/frameworks/{}/successor", id(&all[0])), json!({})).await.expect(404);
}

#[tokio::test]
async fn concurrent_and_repeated_requests_create_one_successor() {
    let app = App::with_sample();
    let officer = app.officer();
    let before = framework(&officer, "2017-18").await;
    let path = format!("/v1/frameworks/{}/successor", id(&before));
    let (one, two) = tokio::join!(
        officer.post(&path, json!({ "code": "one" })),
        officer.post(&path, json!({ "code": "two" }))
    );
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409], "{} {}", one.text, two.text);
    let app = App::with_sample();
    let officer = app.officer();
    let path = format!("/v1/frameworks/{}/successor", id(&framework(&officer, "2017-18").await));
    let send = async || {
        let request = officer.request(Method::POST, &path).header("Idempotency-Key", "next-year");
        officer.send(request.json(&json!({}))).await.expect(201)
    };
    let (first, again) = (send().await, send().await);
    assert_eq!((&first.text, again.header("idempotent-replayed")), (&again.text, "true"));
    assert_eq!(first.header("location"), format!("/v1/frameworks/{}", id(&first.body)));
    assert_eq!(again.header("location"), first.header("location"));
}

#[tokio::test]
async fn a_successor_of_the_current_year_uses_todays_figures_and_shifts_dates() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let today = Day::today().0;
    let year = today.year() - i32::from(today.month() < 4);
    let group = fixtures.group(json!({})).await;
    let framework = fixtures.framework(json!({ "plan_from": format!("{year}-04-01"), "title": format!("Plan {year}-{:02}", (year + 1) % 100) })).await;
    let action = {
        let outcome = fixtures.outcome(&fixtures.theme(&framework).await).await;
        let meeting = fixtures.meeting(None, &format!("{year}-04-02"), json!({})).await;
        fixtures.action(&outcome, json!({ "group_ids": [group["id"]], "meeting_ids": [meeting["id"]], "quirks": ["odd"], "source_lines": "7" })).await
    };
    let profile = json!([{ "by_on": format!("{year}-09-30"), "expected": 2 }]);
    let measure = json!({ "kind": "count_total", "unit_name": "visits", "profile": profile });
    let visits = fixtures
        .target(
            &action,
            measure,
            json!({ "threshold": 4, "frequencies": ["quarterly"], "due_on": format!("{year}-12-31") }),
        )
        .await;
    fixtures.entry(&visits, &format!("{year}-04-01"), json!({ "kind": "count", "count": 3 })).await;
    fixtures.activate(&framework).await;
    let later = json!({ "target_id": visits["id"], "revised_on": format!("{}-03-31", year + 1), "threshold": 5, "reason": "More." });
    fixtures.0.create("/v1/revisions", later).await;
    let next = create_successor(&fixtures.0, &framework, json!({})).await;
    assert_eq!(
        (&next["code"], &next["title"]),
        (
            &json!(format!("{}-{:02}", year + 1, (year + 2) % 100)),
            &json!(format!("Plan {}-{:02}", year + 1, (year + 2) % 100))
        )
    );
    let target = targets(&fixtures.0, &next).await.remove(0);
    let source =
        |day: Day| json!({ "target_id": visits["id"], "as_at": day.to_string(), "publication_id": null });
    // The date may change while the test runs.
    assert!([source(Day(today)), source(Day::today())].contains(&target["baseline"]["source"]), "{target}");
    assert_eq!(
        (&target["baseline"]["value"], &target["threshold"]),
        (&json!(3), &json!(5)),
        "the value today and the last threshold"
    );
    assert_eq!(target["due_on"], format!("{}-12-31", year + 1));
    assert_eq!(target["measure"]["profile"][0]["by_on"], format!("{}-09-30", year + 1));
    let action = fixtures.0.all(&format!("/v1/actions?framework_id={}", id(&next))).await.remove(0);
    assert_eq!(
        (&action["group_ids"], &action["meeting_ids"]),
        (&json!([group["id"]]), &json!([])),
        "meetings of the previous year are not copied"
    );
    assert_eq!((&action["quirks"], &action["source_lines"]), (&json!([]), &Value::Null));
}

#[tokio::test]
async fn a_baseline_must_reference_an_existing_target() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (_, action) = fixtures.plan(&[]).await;
    let unknown_id = "0198c5b0-0000-7000-8000-000000000099";
    let body = json!({ "action_ids": [action["id"]], "code": "x", "title": "X", "position": 1, "measure": { "kind": "ratio" },
        "baseline": { "value": 3, "source": { "target_id": unknown_id, "as_at": "2017-03-31" } } });
    let refused = fixtures.0.post("/v1/targets", body).await.expect(422);
    assert_eq!(refused.field_errors(), ["#/baseline/source/target_id unknown_reference"]);
}

#[tokio::test]
async fn the_successor_of_a_published_year_uses_the_sealed_figures() {
    let app = App::with_sample();
    let officer = app.officer();
    let fixtures = Fixtures(app.officer());
    let before = framework(&officer, "2017-18").await;
    let sealed = officer.create("/v1/publications", json!({ "framework_id": before["id"] })).await;
    let target = |targets: Vec<Value>| {
        targets.into_iter().find(|target| target["code"] == "4.1.1.attendance").expect("4.1.1")
    };
    // A change between sealing and publishing is drift and does not affect the successor.
    let explanation_path = format!(
        "/v1/targets/{}/metric/explanation?counts=denominator",
        id(&target(targets(&officer, &before).await))
    );
    let attendance_id = officer.read(&explanation_path).await["data"][0]["attendance_id"].clone();
    let path = format!("/v1/attendance/{}", attendance_id.as_str().expect("a line"));
    let version = officer.read(&path).await["version"].as_i64().expect("a version");
    officer.patch(&path, version, json!({ "status": "present" })).await.expect(200);
    let publication = format!("/v1/publications/{}", id(&sealed));
    app.admin().patch(&publication, 1, json!({ "status": "approved" })).await.expect(200);
    app.admin().patch(&publication, 2, json!({ "status": "published" })).await.expect(200);
    let next = create_successor(&fixtures.0, &before, json!({})).await;
    let baseline = target(targets(&officer, &next).await)["baseline"].clone();
    assert_eq!([&baseline["numerator"], &baseline["denominator"]], [13, 22]);
    assert_eq!(baseline["source"]["publication_id"], sealed["id"]);
    let drift = officer.read(&format!("{publication}/drift")).await;
    let target_drift = drift["data"]
        .as_array()
        .expect("data")
        .iter()
        .find(|target_drift| target_drift["code"] == "4.1.1.attendance")
        .expect("the target in the drift");
    assert_eq!([&target_drift["sealed"]["numerator"], &target_drift["now"]["numerator"]], [13, 14]);
}
