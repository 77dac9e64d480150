//! What next year's framework derives keeps the rules by which the same is entered and imported.

use outturn::transfer;
use outturn::values::UnknownColumns;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{App, Made, Person, contracts, id};

/// The targets of the framework that carries this one on.
async fn carry_on(person: &Person, framework: &Value) -> (Value, Vec<Value>) {
    let next = person.post(&format!("/v1/frameworks/{}/successor", id(framework)), json!({})).await;
    let next = next.expect(201).body;
    let targets = person.all(&format!("/v1/targets?framework_id={}", id(&next))).await;
    (next, targets)
}

/// A plan of one action in this year.
async fn plan(made: &Made, plan_from: &str) -> (Value, Value) {
    let framework = made.framework(json!({ "plan_from": plan_from })).await;
    let outcome = made.outcome(&made.theme(&framework).await).await;
    (framework, made.action(&outcome, json!({})).await)
}

/// Enters a target once more as it stands, in a framework of the same year.
async fn enter_again(made: &Made, action: &Value, target: &Value) {
    let mut body = target.clone();
    let body = body.as_object_mut().expect("an object");
    for name in ["id", "version", "created_at", "updated_at", "framework_id"] {
        body.remove(name);
    }
    body.insert("action_ids".into(), json!([action["id"]]));
    made.0.post("/v1/targets", json!(body)).await.expect(201);
}

async fn export(app: &App) -> TempDir {
    let dir = TempDir::new().expect("a directory");
    transfer::export::export(&mut app.connection().await, dir.path()).await.expect("an export");
    dir
}

/// Imports into an empty database all that is in this one.
async fn import_elsewhere(app: &App) -> App {
    let (written, fresh) = (export(app).await, App::new());
    transfer::import(&mut fresh.connection().await, contracts(), written.path(), UnknownColumns::Refuse)
        .await
        .expect("an import");
    fresh
}

#[tokio::test]
async fn the_later_of_two_points_that_a_leap_year_lets_fall_together_wins() {
    let app = App::new();
    let made = Made(app.officer());
    let (framework, action) = plan(&made, "2019-04-01").await;
    let points = [("2019-12-31", 3), ("2020-02-28", 5), ("2020-02-29", 8), ("2020-03-31", 9)];
    let profile: Vec<Value> =
        points.iter().map(|(day, expected)| json!({ "by_on": day, "expected": expected })).collect();
    let measure = json!({ "kind": "count_total", "unit_name": "visits", "profile": profile });
    let more = json!({ "threshold": 9, "due_on": "2020-02-29" });
    let target = made.target(&action, measure, more).await;
    let (_, targets) = carry_on(&made.0, &framework).await;
    let expected = json!([{ "by_on": "2020-12-31", "expected": 3 }, { "by_on": "2021-02-28", "expected": 8 },
        { "by_on": "2021-03-31", "expected": 9 }]);
    assert_eq!(targets[0]["measure"]["profile"], expected);
    assert_eq!(
        (&targets[0]["due_on"], &targets[0]["continues_target_id"]),
        (&json!("2021-02-28"), &target["id"])
    );
    let (_, again) = plan(&made, "2020-04-01").await;
    enter_again(&made, &again, &targets[0]).await;
    let fresh = import_elsewhere(&app).await;
    let read = fresh.officer().all("/v1/targets?measure_kind=count_total").await;
    assert_eq!(read.iter().filter(|target| target["measure"]["profile"] == expected).count(), 2);
}

#[tokio::test]
async fn a_revised_threshold_carries_a_profile_no_higher_than_itself() {
    let app = App::new();
    let made = Made(app.officer());
    let (framework, action) = plan(&made, "2017-04-01").await;
    let profile =
        json!([{ "by_on": "2017-09-30", "expected": 5 }, { "by_on": "2018-03-31", "expected": 20 }]);
    let measure = json!({ "kind": "count_total", "unit_name": "visits", "profile": profile });
    let target = made.target(&action, measure, json!({ "threshold": 20 })).await;
    made.agree(&framework).await;
    let revision =
        json!({ "target_id": target["id"], "revised_on": "2018-01-01", "threshold": 8, "reason": "Fewer." });
    made.0.make("/v1/revisions", revision).await;
    let (_, targets) = carry_on(&made.0, &framework).await;
    assert_eq!(targets[0]["threshold"], 8);
    let expected =
        json!([{ "by_on": "2018-09-30", "expected": 5 }, { "by_on": "2019-03-31", "expected": 8 }]);
    assert_eq!(targets[0]["measure"]["profile"], expected);
}

#[tokio::test]
async fn an_outturn_too_large_for_a_baselines_parts_is_carried_without_them() {
    let app = App::new();
    let made = Made(app.officer());
    let (framework, action) = plan(&made, "2017-04-01").await;
    let target = made.target(&action, json!({ "kind": "ratio" }), json!({ "threshold": 50 })).await;
    for day in ["2017-05-01", "2017-06-01"] {
        let entry = json!({ "kind": "ratio", "numerator": 600_000_000, "denominator": 1_000_000_000 });
        made.entry(&target, day, entry).await;
    }
    let (_, targets) = carry_on(&made.0, &framework).await;
    let baseline = &targets[0]["baseline"];
    assert_eq!(
        (&baseline["value"], &baseline["numerator"], &baseline["denominator"]),
        (&json!(60), &Value::Null, &Value::Null)
    );
    let (_, again) = plan(&made, "2018-04-01").await;
    enter_again(&made, &again, &targets[0]).await;
}

/// A target of chance: a profile of days of the year 2019-20 and amounts, a threshold, one that it is revised to.
#[derive(Debug, Clone)]
struct Promise {
    days: Vec<u64>,
    steps: Vec<u32>,
    threshold: u32,
    revised: Option<u32>,
    tolerance: Option<(bool, u32)>,
    at_most: bool,
    entries: Vec<u32>,
    due: u64,
}

fn promises() -> impl Strategy<Value = Vec<Promise>> {
    // Days around the leap day come often.
    let day = prop_oneof![0..366_u64, 331..336_u64];
    let promise = (
        vec(day, 0..8),
        vec(0..6_u32, 8),
        0..30_u32,
        option::of(0..30_u32),
        option::of((any::<bool>(), 0..30_u32)),
        any::<bool>(),
        vec(0..1_000_000_000_u32, 0..3),
        0..800_u64,
    );
    let promise = promise.prop_map(|(days, steps, threshold, revised, tolerance, at_most, entries, due)| {
        Promise { days, steps, threshold, revised, tolerance, at_most, entries, due }
    });
    vec(promise, 1..6)
}

fn on(day: u64) -> String {
    let first = chrono::NaiveDate::from_ymd_opt(2019, 4, 1).expect("a day");
    (first + chrono::Days::new(day)).to_string()
}

/// Enters what chance made; gives the target if the rules allow it.
async fn enter(made: &Made, action: &Value, promise: &Promise) -> Option<Value> {
    let mut days = promise.days.clone();
    days.sort_unstable();
    days.dedup();
    let mut so_far = 0;
    let points = days.iter().zip(&promise.steps).map(|(day, step)| {
        so_far += step;
        json!({ "by_on": on(*day), "expected": so_far })
    });
    let measure = json!({ "kind": "count_total", "unit_name": "x", "profile": points.collect::<Vec<_>>() });
    let mut body = json!({ "action_ids": [action["id"]], "code": format!("t{}", uuid::Uuid::now_v7()), "title": "T",
        "position": 1, "measure": measure, "threshold": promise.threshold, "due_on": on(promise.due),
        "aim": if promise.at_most { "at_most" } else { "at_least" } });
    if let Some((relative, value)) = promise.tolerance {
        body["tolerance"] = json!({ "kind": if relative { "relative" } else { "absolute" }, "value": value });
    }
    let answer = made.0.post("/v1/targets", body).await;
    (answer.status == 201).then_some(answer.body)
}

#[test]
fn whatever_is_carried_on_can_be_entered_and_imported() {
    let app = App::new();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut runner = TestRunner::new(Config {
        cases: 12,
        max_shrink_iters: 20,
        failure_persistence: None,
        ..Config::default()
    });
    let outcome = runner.run(&promises(), |promises| {
        runtime.block_on(async {
            let made = Made(app.officer());
            let (framework, action) = plan(&made, "2019-04-01").await;
            let mut entered = Vec::new();
            for promise in &promises {
                if let Some(target) = enter(&made, &action, promise).await {
                    for count in &promise.entries {
                        made.entry(&target, "2019-05-01", json!({ "kind": "count", "count": count })).await;
                    }
                    entered.push((target, promise.revised));
                }
            }
            made.agree(&framework).await;
            for (target, revised) in &entered {
                if let Some(threshold) = revised {
                    let body = json!({ "target_id": target["id"], "revised_on": "2020-01-01", "threshold": threshold, "reason": "So." });
                    made.0.post("/v1/revisions", body).await;
                }
            }
            // Each case carries on a year of its own, under a code of its own.
            let code = format!("next-{}", uuid::Uuid::now_v7());
            let path = format!("/v1/frameworks/{}/successor", id(&framework));
            let next = made.0.post(&path, json!({ "code": code })).await.expect(201).body;
            let carried = made.0.all(&format!("/v1/targets?framework_id={}", id(&next))).await;
            assert_eq!(carried.len(), entered.len());
            let (_, again) = plan(&made, "2020-04-01").await;
            for target in &carried {
                enter_again(&made, &again, target).await;
            }
        });
        Ok(())
    });
    outcome.expect("what is carried on keeps the rules");
    runtime.block_on(async {
        import_elsewhere(&app).await;
    });
}
