//! A successor framework's targets satisfy the same rules as targets that are posted or imported.

use outturn::transfer;
use outturn::values::UnknownColumns;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{App, Caller, Fixtures, contracts, id};

/// Creates the successor of a framework; returns it with its targets.
async fn create_successor(caller: &Caller, framework: &Value) -> (Value, Vec<Value>) {
    let successor = caller.post(&format!("/v1/frameworks/{}/successor", id(framework)), json!({})).await;
    let successor = successor.expect(201).body;
    let targets = caller.all(&format!("/v1/targets?framework_id={}", id(&successor))).await;
    (successor, targets)
}

/// Creates a framework with one action for the plan period that begins on this day.
async fn create_plan(fixtures: &Fixtures, plan_from: &str) -> (Value, Value) {
    let framework = fixtures.framework(json!({ "plan_from": plan_from })).await;
    let outcome = fixtures.outcome(&fixtures.theme(&framework).await).await;
    (framework, fixtures.action(&outcome, json!({})).await)
}

/// Posts a copy of a target to an action of another framework of the same year.
async fn post_copy(fixtures: &Fixtures, action: &Value, target: &Value) {
    let mut body = target.clone();
    let body = body.as_object_mut().expect("an object");
    for name in ["id", "version", "created_at", "updated_at", "framework_id"] {
        body.remove(name);
    }
    body.insert("action_ids".into(), json!([action["id"]]));
    fixtures.0.post("/v1/targets", json!(body)).await.expect(201);
}

async fn export(app: &App) -> TempDir {
    let dir = TempDir::new().expect("a directory");
    transfer::export::export(&mut app.connection().await, dir.path()).await.expect("an export");
    dir
}

/// Exports the database and imports it into an empty one.
async fn import_into_empty_database(app: &App) -> App {
    let (export_dir, imported) = (export(app).await, App::new());
    transfer::import(
        &mut imported.connection().await,
        contracts(),
        export_dir.path(),
        UnknownColumns::Refuse,
    )
    .await
    .expect("an import");
    imported
}

#[tokio::test]
async fn of_two_profile_points_that_fall_on_one_day_the_later_one_is_kept() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (framework, action) = create_plan(&fixtures, "2019-04-01").await;
    let points = [("2019-12-31", 3), ("2020-02-28", 5), ("2020-02-29", 8), ("2020-03-31", 9)];
    let profile: Vec<Value> =
        points.iter().map(|(day, expected)| json!({ "by_on": day, "expected": expected })).collect();
    let measure = json!({ "kind": "count_total", "unit_name": "visits", "profile": profile });
    let fields = json!({ "threshold": 9, "due_on": "2020-02-29" });
    let target = fixtures.target(&action, measure, fields).await;
    let (_, targets) = create_successor(&fixtures.0, &framework).await;
    let expected = json!([{ "by_on": "2020-12-31", "expected": 3 }, { "by_on": "2021-02-28", "expected": 8 },
        { "by_on": "2021-03-31", "expected": 9 }]);
    assert_eq!(targets[0]["measure"]["profile"], expected);
    assert_eq!(
        (&targets[0]["due_on"], &targets[0]["continues_target_id"]),
        (&json!("2021-02-28"), &target["id"])
    );
    let (_, other_action) = create_plan(&fixtures, "2020-04-01").await;
    post_copy(&fixtures, &other_action, &targets[0]).await;
    let imported = import_into_empty_database(&app).await;
    let read = imported.officer().all("/v1/targets?measure_kind=count_total").await;
    assert_eq!(read.iter().filter(|target| target["measure"]["profile"] == expected).count(), 2);
}

#[tokio::test]
async fn a_successor_caps_the_profile_at_the_revised_threshold() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (framework, action) = create_plan(&fixtures, "2017-04-01").await;
    let profile =
        json!([{ "by_on": "2017-09-30", "expected": 5 }, { "by_on": "2018-03-31", "expected": 20 }]);
    let measure = json!({ "kind": "count_total", "unit_name": "visits", "profile": profile });
    let target = fixtures.target(&action, measure, json!({ "threshold": 20 })).await;
    fixtures.activate(&framework).await;
    let revision =
        json!({ "target_id": target["id"], "revised_on": "2018-01-01", "threshold": 8, "reason": "Fewer." });
    fixtures.0.create("/v1/revisions", revision).await;
    let (_, targets) = create_successor(&fixtures.0, &framework).await;
    assert_eq!(targets[0]["threshold"], 8);
    let expected =
        json!([{ "by_on": "2018-09-30", "expected": 5 }, { "by_on": "2019-03-31", "expected": 8 }]);
    assert_eq!(targets[0]["measure"]["profile"], expected);
}

#[tokio::test]
async fn a_baseline_omits_numerator_and_denominator_that_exceed_the_bounds() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (framework, action) = create_plan(&fixtures, "2017-04-01").await;
    let target = fixtures.target(&action, json!({ "kind": "ratio" }), json!({ "threshold": 50 })).await;
    for day in ["2017-05-01", "2017-06-01"] {
        let entry = json!({ "kind": "ratio", "numerator": 600_000_000, "denominator": 1_000_000_000 });
        fixtures.entry(&target, day, entry).await;
    }
    let (_, targets) = create_successor(&fixtures.0, &framework).await;
    let baseline = &targets[0]["baseline"];
    assert_eq!(
        (&baseline["value"], &baseline["numerator"], &baseline["denominator"]),
        (&json!(60), &Value::Null, &Value::Null)
    );
    let (_, other_action) = create_plan(&fixtures, "2018-04-01").await;
    post_copy(&fixtures, &other_action, &targets[0]).await;
}

/// A random target of 2019-20: profile points, a threshold, a revised threshold and counts.
#[derive(Debug, Clone)]
struct RandomTarget {
    days: Vec<u64>,
    steps: Vec<u32>,
    threshold: u32,
    revised: Option<u32>,
    tolerance: Option<(bool, u32)>,
    at_most: bool,
    entries: Vec<u32>,
    due: u64,
}

fn random_targets() -> impl Strategy<Value = Vec<RandomTarget>> {
    // Days around the leap day are generated more often.
    let day = prop_oneof![0..366_u64, 331..336_u64];
    let random_target = (
        vec(day, 0..8),
        vec(0..6_u32, 8),
        0..30_u32,
        option::of(0..30_u32),
        option::of((any::<bool>(), 0..30_u32)),
        any::<bool>(),
        vec(0..1_000_000_000_u32, 0..3),
        0..800_u64,
    );
    let random_target =
        random_target.prop_map(|(days, steps, threshold, revised, tolerance, at_most, entries, due)| {
            RandomTarget { days, steps, threshold, revised, tolerance, at_most, entries, due }
        });
    vec(random_target, 1..6)
}

fn date_of(day: u64) -> String {
    let first = chrono::NaiveDate::from_ymd_opt(2019, 4, 1).expect("a day");
    (first + chrono::Days::new(day)).to_string()
}

/// Posts a random target; returns it if the server accepts it.
async fn post_random_target(
    fixtures: &Fixtures,
    action: &Value,
    random_target: &RandomTarget,
) -> Option<Value> {
    let mut days = random_target.days.clone();
    days.sort_unstable();
    days.dedup();
    let mut total = 0;
    let points = days.iter().zip(&random_target.steps).map(|(day, step)| {
        total += step;
        json!({ "by_on": date_of(*day), "expected": total })
    });
    let measure = json!({ "kind": "count_total", "unit_name": "x", "profile": points.collect::<Vec<_>>() });
    let mut body = json!({ "action_ids": [action["id"]], "code": format!("t{}", uuid::Uuid::now_v7()), "title": "T",
        "position": 1, "measure": measure, "threshold": random_target.threshold, "due_on": date_of(random_target.due),
        "aim": if random_target.at_most { "at_most" } else { "at_least" } });
    if let Some((relative, value)) = random_target.tolerance {
        body["tolerance"] = json!({ "kind": if relative { "relative" } else { "absolute" }, "value": value });
    }
    let response = fixtures.0.post("/v1/targets", body).await;
    (response.status == 201).then_some(response.body)
}

#[test]
fn every_target_of_a_successor_can_be_posted_and_imported() {
    let app = App::new();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut runner = TestRunner::new(Config {
        cases: 12,
        max_shrink_iters: 20,
        failure_persistence: None,
        ..Config::default()
    });
    let outcome = runner.run(&random_targets(), |random_targets| {
        runtime.block_on(async {
            let fixtures = Fixtures(app.officer());
            let (framework, action) = create_plan(&fixtures, "2019-04-01").await;
            let mut accepted = Vec::new();
            for random_target in &random_targets {
                if let Some(target) = post_random_target(&fixtures, &action, random_target).await {
                    for count in &random_target.entries {
                        fixtures.entry(&target, "2019-05-01", json!({ "kind": "count", "count": count })).await;
                    }
                    accepted.push((target, random_target.revised));
                }
            }
            fixtures.activate(&framework).await;
            for (target, revised) in &accepted {
                if let Some(threshold) = revised {
                    let body = json!({ "target_id": target["id"], "revised_on": "2020-01-01", "threshold": threshold, "reason": "So." });
                    fixtures.0.post("/v1/revisions", body).await;
                }
            }
            // Each case has a framework of its own, so each successor needs a unique code.
            let code = format!("next-{}", uuid::Uuid::now_v7());
            let path = format!("/v1/frameworks/{}/successor", id(&framework));
            let successor = fixtures.0.post(&path, json!({ "code": code })).await.expect(201).body;
            let successor_targets = fixtures.0.all(&format!("/v1/targets?framework_id={}", id(&successor))).await;
            assert_eq!(successor_targets.len(), accepted.len());
            let (_, other_action) = create_plan(&fixtures, "2020-04-01").await;
            for target in &successor_targets {
                post_copy(&fixtures, &other_action, target).await;
            }
        });
        Ok(())
    });
    outcome.expect("every successor target is accepted when posted again");
    runtime.block_on(async {
        import_into_empty_database(&app).await;
    });
}
