//! Drift: which targets are not what was sealed, and because of which rows.

use serde_json::{Value, json};

use super::{Plan, change, path};
use crate::as_of::{Dice, change_something};
use crate::support::{App, Made, id};

/// What a target's figures are: numerator, denominator, threshold, status.
fn figures(figures: &Value) -> [Value; 4] {
    ["numerator", "denominator", "threshold", "status"].map(|field| figures[field].clone())
}

/// The causes of a target's drift: their kind, resource, part and action.
fn causes(target: &Value) -> Vec<String> {
    let causes = target["causes"].as_array().expect("causes");
    let word = |cause: &Value, name: &str| cause[name].as_str().unwrap_or("-").to_owned();
    causes
        .iter()
        .map(|cause| ["kind", "resource", "part", "action"].map(|name| word(cause, name)).join(" "))
        .collect()
}

#[tokio::test]
async fn nothing_drifts_where_nothing_that_counts_has_changed() {
    let app = App::new();
    let plan = Plan::new(&app).await;
    let (meeting, lines) = plan.meeting("2017-05-01", 2).await;
    let sealed = plan.seal("2017-06-30").await;
    plan.meeting("2017-07-01", 4).await;
    change(&plan.made.0, "attendance", &lines[0], json!({ "note": "Came late." })).await.expect(200);
    change(&plan.made.0, "meetings", &meeting, json!({ "title": "Another title" })).await.expect(200);
    let drift = plan.drift(&sealed).await;
    assert_eq!((&drift["targets"], &drift["data"]), (&json!(1), &json!([])));
}

#[tokio::test]
async fn a_late_register_a_correction_a_revision_and_another_cohort_are_told_with_their_rows() {
    let app = App::new();
    let plan = Plan::new(&app).await;
    let officer = &plan.made.0;
    let (_, lines) = plan.meeting("2017-05-01", 2).await;
    let late = plan.made.meeting(Some(&plan.group), "2017-06-01", json!({})).await;
    let sealed = plan.seal("2017-06-30").await;
    let drift = async || plan.drift(&sealed).await["data"][0].clone();

    change(officer, "attendance", &lines[3], json!({ "status": "present" })).await.expect(200);
    let corrected = drift().await;
    assert_eq!(figures(&corrected["sealed"]), [json!(2), json!(4), json!(60), json!("red")]);
    assert_eq!(figures(&corrected["now"]), [json!(3), json!(4), json!(60), json!("green")]);
    assert_eq!(causes(&corrected), ["correction attendance - changed"]);
    let rows = corrected["rows"].as_array().expect("rows");
    assert_eq!(corrected["rows_changed"], 2, "the line, and the meeting with its turnout");
    let line = rows.iter().find(|row| row["now"]["kind"] == "line").expect("a line");
    assert_eq!([&line["sealed"]["status"], &line["now"]["status"]], ["absent", "present"]);
    assert_eq!(line["now"]["attendance_id"], lines[3]["id"]);

    plan.made.line(&late, &plan.seats[0], "present").await;
    plan.made.close(&late).await;
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
    officer.make("/v1/revisions", revision).await;
    let revised = drift().await;
    assert_eq!(figures(&revised["now"]), [json!(4), json!(8), json!(40), json!("green")]);
    assert_eq!(causes(&revised).last().expect("a cause"), "revision revisions - created");

    let council = plan.made.council(json!({ "exists_from": "2010-04-01" })).await;
    plan.made.seat(&plan.group, &council, json!({})).await;
    officer.delete(&format!("/v1/attendance/{}", id(&lines[0])), 1).await.expect(204);
    let cohort = drift().await;
    assert_eq!(figures(&cohort["now"]), [json!(3), json!(10), json!(40), json!("red")]);
    let told = causes(&cohort);
    for cause in
        ["cohort seats - created", "cohort seats seat_terms created", "correction attendance - deleted"]
    {
        assert!(told.contains(&cause.to_owned()), "{cause}: {told:?}");
    }
    assert_eq!(drift().await["sealed"], corrected["sealed"]);
}

#[tokio::test]
async fn progress_that_is_corrected_and_a_target_that_is_new_are_told() {
    let app = App::new();
    let plan = Plan::new(&app).await;
    let officer = &plan.made.0;
    let counted = plan
        .made
        .target(
            &plan.action,
            json!({ "kind": "count_total", "unit_name": "study" }),
            json!({ "threshold": 10 }),
        )
        .await;
    let first = plan.made.entry(&counted, "2017-05-01", json!({ "kind": "count", "count": 3 })).await;
    let sealed = plan.seal("2017-06-30").await;
    let correction = json!({ "target_id": counted["id"], "occurred_on": "2017-05-01", "supersedes_id": first["id"],
        "entry": { "kind": "count", "count": 5 } });
    officer.make("/v1/progress", correction).await;
    plan.made.entry(&counted, "2017-06-01", json!({ "kind": "count", "count": 1 })).await;
    let new =
        plan.made.target(&plan.action, json!({ "kind": "meetings_held" }), json!({ "threshold": 4 })).await;
    let drift = plan.drift(&sealed).await;
    let of = |target: &Value| {
        drift["data"]
            .as_array()
            .expect("data")
            .iter()
            .find(|found| found["target_id"] == target["id"])
            .expect("drifted")
    };
    assert_eq!(drift["targets"], 3);
    assert_eq!([&of(&counted)["sealed"]["value"], &of(&counted)["now"]["value"]], [3, 6]);
    assert_eq!(causes(of(&counted)), ["correction progress - created", "late_record progress - created"]);
    assert_eq!(
        (&of(&new)["sealed"], causes(of(&new))),
        (
            &Value::Null,
            vec!["plan targets - created".to_owned(), "plan targets target_actions created".to_owned()]
        )
    );
}

#[tokio::test]
async fn whatever_happened_those_that_differ_are_told_with_a_reason_and_no_others() {
    let app = App::with_sample();
    let made = Made(app.officer());
    let framework = made.0.all("/v1/frameworks?code=2017-18").await.remove(0);
    let body = json!({ "framework_id": framework["id"], "as_at": "2018-01-31" });
    let sealed = made.0.make("/v1/publications", body).await;
    let before = made.0.read(&format!("{}/metrics", path(&sealed))).await;
    let (mut dice, mut happened) = (Dice(5), 0);
    for n in 0..200 {
        happened += usize::from(change_something(&made, &mut dice, n).await);
    }
    assert!(happened > 50, "{happened}");
    let live = format!("/v1/frameworks/{}/metrics?as_at=2018-01-31", id(&framework));
    let after = made.0.read(&live).await;
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
    let metrics = |answer: &Value| answer["data"].as_array().cloned().expect("data");
    let differ: Vec<Value> = metrics(&before)
        .iter()
        .zip(&metrics(&after))
        .filter(|(before, after)| compared(before) != compared(after))
        .map(|(before, _)| before["code"].clone())
        .collect();
    let drift = made.0.read(&format!("{}/drift", path(&sealed))).await;
    let told: Vec<Value> = metrics(&drift).iter().map(|target| target["code"].clone()).collect();
    assert!(told.len() > 3, "{told:?}");
    assert_eq!(told, differ);
    for target in metrics(&drift) {
        assert!(target["rows_changed"] != 0 || !causes(&target).is_empty(), "{}", target["code"]);
        assert!(!causes(&target).is_empty(), "{} has a cause: {}", target["code"], target["rows"]);
    }
}
