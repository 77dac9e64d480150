//! Drift: the targets that differ from their sealed figures, and the rows that caused the drift.

use serde_json::{Value, json};

use super::{Plan, change, path};
use crate::as_of::{Dice, change_something};
use crate::support::{App, Fixtures, id};

/// The numerator, denominator, threshold and status of a target.
fn figures(figures: &Value) -> [Value; 4] {
    ["numerator", "denominator", "threshold", "status"].map(|field| figures[field].clone())
}

/// The causes of a target's drift as texts of kind, resource, part and action.
fn causes(target: &Value) -> Vec<String> {
    let causes = target["causes"].as_array().expect("causes");
    let text_of = |cause: &Value, name: &str| cause[name].as_str().unwrap_or("-").to_owned();
    causes
        .iter()
        .map(|cause| ["kind", "resource", "part", "action"].map(|name| text_of(cause, name)).join(" "))
        .collect()
}

#[tokio::test]
async fn changes_that_do_not_affect_figures_cause_no_drift() {
    let app = App::new();
    let plan = Plan::new(&app).await;
    let (meeting, lines) = plan.meeting("2017-05-01", 2).await;
    let sealed = plan.seal("2017-06-30").await;
    plan.meeting("2017-07-01", 4).await;
    change(&plan.fixtures.0, "attendance", &lines[0], json!({ "note": "Came late." })).await.expect(200);
    change(&plan.fixtures.0, "meetings", &meeting, json!({ "title": "Another title" })).await.expect(200);
    let drift = plan.drift(&sealed).await;
    assert_eq!((&drift["targets"], &drift["data"]), (&json!(1), &json!([])));
}

#[tokio::test]
async fn drift_lists_late_records_corrections_revisions_and_cohort_changes() {
    let app = App::new();
    let plan = Plan::new(&app).await;
    let officer = &plan.fixtures.0;
    let (_, lines) = plan.meeting("2017-05-01", 2).await;
    let late = plan.fixtures.meeting(Some(&plan.group), "2017-06-01", json!({})).await;
    let sealed = plan.seal("2017-06-30").await;
    let drift = async || plan.drift(&sealed).await["data"][0].clone();

    change(officer, "attendance", &lines[3], json!({ "status": "present" })).await.expect(200);
    let corrected = drift().await;
    assert_eq!(figures(&corrected["sealed"]), [json!(2), json!(4), json!(60), json!("red")]);
    assert_eq!(figures(&corrected["now"]), [json!(3), json!(4), json!(60), json!("green")]);
    assert_eq!(causes(&corrected), ["correction attendance - changed"]);
    let rows = corrected["rows"].as_array().expect("rows");
    assert_eq!(corrected["rows_changed"], 2, "the attendance record and the turnout of its meeting");
    let line = rows.iter().find(|row| row["now"]["kind"] == "line").expect("a line");
    assert_eq!([&line["sealed"]["status"], &line["now"]["status"]], ["absent", "present"]);
    assert_eq!(line["now"]["attendance_id"], lines[3]["id"]);

    plan.fixtures.attendance(&late, &plan.seats[0], "present").await;
    plan.fixtures.close_register(&late).await;
    let late_register = drift().await;
    assert_eq!(figures(&late_register["now"]), [json!(4), json!(8), json!(60), json!("red")]);
    assert_eq!(
        causes(&late_register),
        [
            "correction attendance - changed",
            "late_record attendance - created",
            "late_record meetings - changed"
        ]
    );

    let revision = json!({ "target_id": plan.target["id"], "revised_on": "2017-06-15", "threshold": 40, "reason": "Agreed." });
    officer.create("/v1/revisions", revision).await;
    let revised = drift().await;
    assert_eq!(figures(&revised["now"]), [json!(4), json!(8), json!(40), json!("green")]);
    assert_eq!(causes(&revised).last().expect("a cause"), "revision revisions - created");

    let council = plan.fixtures.council(json!({ "exists_from": "2010-04-01" })).await;
    plan.fixtures.seat(&plan.group, &council, json!({})).await;
    officer.delete(&format!("/v1/attendance/{}", id(&lines[0])), 1).await.expect(204);
    let cohort = drift().await;
    assert_eq!(figures(&cohort["now"]), [json!(3), json!(10), json!(40), json!("red")]);
    let actual_causes = causes(&cohort);
    for cause in
        ["cohort seats - created", "cohort seats seat_terms created", "correction attendance - deleted"]
    {
        assert!(actual_causes.contains(&cause.to_owned()), "{cause}: {actual_causes:?}");
    }
    assert_eq!(drift().await["sealed"], corrected["sealed"]);
}

#[tokio::test]
async fn drift_lists_corrected_progress_and_new_targets() {
    let app = App::new();
    let plan = Plan::new(&app).await;
    let officer = &plan.fixtures.0;
    let counted = plan
        .fixtures
        .target(
            &plan.action,
            json!({ "kind": "count_total", "unit_name": "study" }),
            json!({ "threshold": 10 }),
        )
        .await;
    let first = plan.fixtures.entry(&counted, "2017-05-01", json!({ "kind": "count", "count": 3 })).await;
    let sealed = plan.seal("2017-06-30").await;
    let correction = json!({ "target_id": counted["id"], "occurred_on": "2017-05-01", "supersedes_id": first["id"],
        "entry": { "kind": "count", "count": 5 } });
    officer.create("/v1/progress", correction).await;
    plan.fixtures.entry(&counted, "2017-06-01", json!({ "kind": "count", "count": 1 })).await;
    let new = plan
        .fixtures
        .target(&plan.action, json!({ "kind": "meetings_held" }), json!({ "threshold": 4 }))
        .await;
    let drift = plan.drift(&sealed).await;
    let drift_of = |target: &Value| {
        drift["data"]
            .as_array()
            .expect("data")
            .iter()
            .find(|target_drift| target_drift["target_id"] == target["id"])
            .expect("the target in the drift")
    };
    assert_eq!(drift["targets"], 3);
    assert_eq!([&drift_of(&counted)["sealed"]["value"], &drift_of(&counted)["now"]["value"]], [3, 6]);
    assert_eq!(
        causes(drift_of(&counted)),
        ["correction progress - created", "late_record progress - created"]
    );
    assert_eq!(
        (&drift_of(&new)["sealed"], causes(drift_of(&new))),
        (
            &Value::Null,
            vec!["plan targets - created".to_owned(), "plan targets target_actions created".to_owned()]
        )
    );
}

#[tokio::test]
async fn drift_lists_exactly_the_changed_targets_each_with_a_cause() {
    let app = App::with_sample();
    let fixtures = Fixtures(app.officer());
    let framework = fixtures.0.all("/v1/frameworks?code=2017-18").await.remove(0);
    let body = json!({ "framework_id": framework["id"], "as_at": "2018-01-31" });
    let sealed = fixtures.0.create("/v1/publications", body).await;
    let before = fixtures.0.read(&format!("{}/metrics", path(&sealed))).await;
    let (mut dice, mut changed) = (Dice(5), 0);
    for n in 0..200 {
        changed += usize::from(change_something(&fixtures, &mut dice, n).await);
    }
    assert!(changed > 50, "{changed}");
    let live = format!("/v1/frameworks/{}/metrics?as_at=2018-01-31", id(&framework));
    let after = fixtures.0.read(&live).await;
    let compared = |metric: &Value| {
        let fields = [
            "value",
            "value_percent",
            "numerator",
            "denominator",
            "value_reason",
            "threshold",
            "status",
            "status_reason",
        ];
        let mut figures: Vec<Value> = fields.map(|field| metric[field].clone()).to_vec();
        figures.push(metric["completeness"]["provisional"].clone());
        figures
    };
    let metrics = |response: &Value| response["data"].as_array().cloned().expect("data");
    let expected: Vec<Value> = metrics(&before)
        .iter()
        .zip(&metrics(&after))
        .filter(|(before, after)| compared(before) != compared(after))
        .map(|(before, _)| before["code"].clone())
        .collect();
    let drift = fixtures.0.read(&format!("{}/drift", path(&sealed))).await;
    let drifted: Vec<Value> = metrics(&drift).iter().map(|target| target["code"].clone()).collect();
    assert!(drifted.len() > 3, "{drifted:?}");
    assert_eq!(drifted, expected);
    for target in metrics(&drift) {
        assert!(target["rows_changed"] != 0 || !causes(&target).is_empty(), "{}", target["code"]);
        assert!(!causes(&target).is_empty(), "{} must have a cause: {}", target["code"], target["rows"]);
    }
}
