//! Progress: entries that fit their measure, and corrections.

use serde_json::{Value, json};

use crate::support::{App, Made, id};

async fn target(made: &Made, measure: Value) -> Value {
    let (_, action) = made.plan(&[]).await;
    made.target(&action, measure, json!({})).await
}

#[tokio::test]
async fn each_measure_takes_its_own_kind_of_value_and_words() {
    let app = App::new();
    let made = Made(app.officer());
    let council = made.council(json!({})).await;
    let coverage = json!({ "kind": "coverage", "council_id": council["id"], "covered": true });
    let values = [
        coverage.clone(),
        json!({ "kind": "count", "count": 3 }),
        json!({ "kind": "ratio", "numerator": 1, "denominator": 2 }),
        json!({ "kind": "money", "area": "a", "income_pence": 5, "cost_pence": 3 }),
        json!({ "kind": "milestone", "state": "started" }),
    ];
    let words = [
        json!({ "kind": "narrative", "text": "So far so good." }),
        json!({ "kind": "judgement", "status": "amber", "reason": "Late." }),
        json!({ "kind": "claim", "printed": "91%", "value": 91, "unit": "percent", "numerator": null, "denominator": null }),
    ];
    for (measure, takes) in [
        (json!({ "kind": "council_coverage", "basis": "entries" }), Some(0)),
        (json!({ "kind": "council_coverage", "basis": "membership" }), None),
        (json!({ "kind": "count_total", "unit_name": "x" }), Some(1)),
        (json!({ "kind": "ratio" }), Some(2)),
        (json!({ "kind": "financial_balance", "area": "a" }), Some(3)),
        (json!({ "kind": "milestone" }), Some(4)),
        (json!({ "kind": "attendance_rate" }), None),
        (json!({ "kind": "meetings_held" }), None),
        (json!({ "kind": "narrative" }), None),
        (json!({ "kind": "deliverable_per_meeting", "deliverable": "briefing" }), None),
        (json!({ "kind": "evaluation_rate", "question": "overall", "at_least": "good" }), None),
    ] {
        let target = target(&made, measure.clone()).await;
        for (i, entry) in values.iter().enumerate() {
            let body = json!({ "target_id": target["id"], "occurred_on": "2017-12-31", "entry": entry });
            let answer = made.0.post("/v1/progress", body).await;
            if takes == Some(i) {
                assert_eq!(answer.expect(201).body["entry"], *entry);
            } else {
                let faults = answer.expect(422).faults();
                assert!(
                    faults.contains(&"#/entry/kind does_not_fit_the_measure".to_owned()),
                    "{measure} {entry} {faults:?}"
                );
            }
        }
        for entry in &words {
            assert_eq!(made.entry(&target, "2017-12-31", entry.clone()).await["entry"], *entry);
        }
    }
}

#[tokio::test]
async fn a_figure_of_another_area_is_no_areas_figure() {
    let app = App::new();
    let made = Made(app.officer());
    let target = target(&made, json!({ "kind": "financial_balance", "area": "assets" })).await;
    let body = json!({ "target_id": target["id"], "occurred_on": "2018-03-31",
        "entry": { "kind": "money", "area": "the whole association", "income_pence": 120_000_000, "cost_pence": 104_000_000 } });
    assert_eq!(
        made.0.post("/v1/progress", body).await.expect(422).faults(),
        ["#/entry/area does_not_fit_the_area"]
    );
}

#[tokio::test]
async fn a_correction_supersedes_its_entry_once_and_nothing_is_overwritten() {
    let app = App::new();
    let made = Made(app.officer());
    let counted = target(&made, json!({ "kind": "count_total", "unit_name": "x" })).await;
    let other = target(&made, json!({ "kind": "count_total", "unit_name": "y" })).await;
    let first = made.entry(&counted, "2017-06-30", json!({ "kind": "count", "count": 3 })).await;
    let correct = |target: &Value, entry: Value| json!({ "target_id": target["id"], "occurred_on": "2017-06-30", "entry": entry, "supersedes_id": first["id"] });
    let count = json!({ "kind": "count", "count": 2 });
    let elsewhere = made.0.post("/v1/progress", correct(&other, count.clone())).await.expect(422);
    assert_eq!(elsewhere.faults(), ["#/supersedes_id unknown_reference"]);
    let words = made
        .0
        .post("/v1/progress", correct(&counted, json!({ "kind": "narrative", "text": "no" })))
        .await
        .expect(422);
    assert_eq!(words.faults(), ["#/supersedes_id unknown_reference"]);
    let second = made.0.make("/v1/progress", correct(&counted, count.clone())).await;
    assert_eq!(
        made.0.post("/v1/progress", correct(&counted, count)).await.expect(409).code(),
        "already_exists"
    );

    let path = format!("/v1/progress/{}", id(&first));
    let kept = made.0.read(&path).await;
    assert_eq!(
        (&kept["superseded_by_id"], &kept["entry"]["count"], &kept["version"]),
        (&second["id"], &json!(3), &json!(2))
    );
    let overwrite =
        made.0.patch(&path, 2, json!({ "entry": { "kind": "count", "count": 9 } })).await.expect(422);
    assert_eq!(overwrite.faults(), ["#/entry unknown_field"]);
    made.0.patch(&path, 2, json!({ "note": "Counted twice." })).await.expect(200);
    assert_eq!(made.0.delete(&path, 3).await.expect(409).code(), "in_use");
    made.0.delete(&format!("/v1/progress/{}", id(&second)), 1).await.expect(204);
    assert_eq!(made.0.read(&path).await["superseded_by_id"], Value::Null);
}

#[tokio::test]
async fn the_measure_does_not_change_under_its_entries() {
    let app = App::new();
    let made = Made(app.officer());
    let target = target(&made, json!({ "kind": "count_total", "unit_name": "x" })).await;
    made.entry(&target, "2017-06-30", json!({ "kind": "count", "count": 3 })).await;
    let path = format!("/v1/targets/{}", id(&target));
    assert_eq!(
        made.0.patch(&path, 1, json!({ "measure": { "kind": "ratio" } })).await.expect(409).code(),
        "in_use"
    );
    made.0
        .patch(&path, 1, json!({ "measure": { "kind": "count_total", "unit_name": "z" } }))
        .await
        .expect(200);
}

#[tokio::test]
async fn a_council_reports_its_own_coverage_where_councils_report() {
    let app = App::new();
    let made = Made(app.officer());
    let (ours, theirs) = (made.council(json!({})).await, made.council(json!({})).await);
    let measure = json!({ "kind": "council_coverage", "basis": "entries" });
    let (_, action) = made.plan(&[]).await;
    let reported = made.target(&action, measure.clone(), json!({ "council_reported": true })).await;
    let internal = made.target(&action, measure, json!({})).await;
    let crm = app.council(&[id(&ours)]);
    let body = |target: &Value, council: &Value| {
        json!({ "target_id": target["id"], "occurred_on": "2017-12-31",
        "entry": { "kind": "coverage", "council_id": council["id"], "covered": true } })
    };
    let own = crm.post("/v1/progress", body(&reported, &ours)).await.expect(201).body;
    assert_eq!(own["author"], "council-crm");
    crm.post("/v1/progress", body(&reported, &theirs)).await.expect(403);
    crm.post("/v1/progress", body(&internal, &ours)).await.expect(403);
    let mut in_another_name = body(&reported, &ours);
    in_another_name["author"] = json!("Director");
    crm.post("/v1/progress", in_another_name).await.expect(403);
    let judged = json!({ "target_id": reported["id"], "occurred_on": "2017-12-31", "entry": { "kind": "judgement", "status": "green", "reason": "R" } });
    crm.post("/v1/progress", judged).await.expect(403);

    let theirs_entry = made.0.make("/v1/progress", body(&reported, &theirs)).await;
    let path = format!("/v1/progress/{}", id(&theirs_entry));
    crm.patch(&path, 1, json!({ "note": "hi" })).await.expect(403);
    crm.delete(&path, 1).await.expect(403);
    assert_eq!(made.0.read(&path).await, theirs_entry);
    let mut correction = body(&reported, &ours);
    correction["supersedes_id"] = theirs_entry["id"].clone();
    crm.post("/v1/progress", correction.clone()).await.expect(403);
    correction["supersedes_id"] = own["id"].clone();
    correction["entry"]["covered"] = json!(false);
    crm.post("/v1/progress", correction).await.expect(201);
    assert_eq!(made.0.all("/v1/progress").await.len(), 3);
}

#[tokio::test]
async fn of_a_councils_changes_at_once_one_wins_and_the_others_are_stale() {
    let app = App::new();
    let made = Made(app.officer());
    let council = made.council(json!({})).await;
    let (_, action) = made.plan(&[]).await;
    let measure = json!({ "kind": "council_coverage", "basis": "entries" });
    let target = made.target(&action, measure, json!({ "council_reported": true })).await;
    let crm = app.council(&[id(&council)]);
    let entry = json!({ "kind": "coverage", "council_id": council["id"], "covered": true });
    let path = format!("/v1/progress/{}", id(&made.entry(&target, "2017-12-31", entry).await));
    for round in 1..=5 {
        let patches = (0..6).map(|n| {
            let (crm, path) = (crm.clone(), path.clone());
            tokio::spawn(async move {
                crm.patch(&path, round, json!({ "note": format!("{round} {n}") })).await.status
            })
        });
        let mut statuses = Vec::new();
        for patch in patches.collect::<Vec<_>>() {
            statuses.push(patch.await.expect("an answer"));
        }
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412, 412, 412, 412, 412]);
    }
}

#[tokio::test]
async fn who_names_no_source_is_the_source() {
    let app = App::new();
    let made = Made(app.officer());
    let (_, action) = made.plan(&[]).await;
    let target = made.target(&action, json!({ "kind": "ratio" }), json!({})).await;
    let entry =
        made.entry(&target, "2017-12-31", json!({ "kind": "ratio", "numerator": 1, "denominator": 2 })).await;
    assert_eq!((&entry["source"], &entry["author"]), (&json!("olive"), &json!("olive")));
    let path = format!("/v1/progress/{}", id(&entry));
    made.0.patch(&path, 1, json!({ "source": null })).await.expect(422);
    assert_eq!(made.0.patch(&path, 1, json!({ "source": "CRM" })).await.expect(200).body["source"], "CRM");
}
