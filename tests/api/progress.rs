//! Progress entries: kinds, corrections, coverage by councils, and sources.

use serde_json::{Value, json};

use crate::support::{App, Fixtures, id, merge};

async fn target(fixtures: &Fixtures, measure: Value) -> Value {
    let (_, action) = fixtures.plan(&[]).await;
    fixtures.target(&action, measure, json!({})).await
}

#[tokio::test]
async fn each_measure_accepts_its_own_entry_kind_and_all_text_kinds() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let council = fixtures.council(json!({})).await;
    let coverage = json!({ "kind": "coverage", "council_id": council["id"], "covered": true });
    let values = [
        coverage.clone(),
        json!({ "kind": "count", "count": 3 }),
        json!({ "kind": "ratio", "numerator": 1, "denominator": 2 }),
        json!({ "kind": "money", "area": "a", "income_pence": 5, "cost_pence": 3 }),
        json!({ "kind": "milestone", "state": "started" }),
        json!({ "kind": "reading", "value": 78.5 }),
    ];
    let texts = [
        json!({ "kind": "narrative", "text": "So far so good." }),
        json!({ "kind": "judgement", "status": "amber", "reason": "Late." }),
        json!({ "kind": "claim", "printed": "91%", "value": 91, "unit": "percent", "numerator": null, "denominator": null }),
    ];
    for (measure, accepted) in [
        (json!({ "kind": "council_coverage", "basis": "entries" }), Some(0)),
        (json!({ "kind": "council_coverage", "basis": "membership" }), None),
        (json!({ "kind": "count_total", "unit_name": "x" }), Some(1)),
        (json!({ "kind": "ratio" }), Some(2)),
        (json!({ "kind": "financial_balance", "area": "a" }), Some(3)),
        (json!({ "kind": "milestone" }), Some(4)),
        (json!({ "kind": "reading" }), Some(5)),
        (json!({ "kind": "attendance_rate" }), None),
        (json!({ "kind": "meetings_held" }), None),
        (json!({ "kind": "narrative" }), None),
        (json!({ "kind": "deliverable_per_meeting", "deliverable": "briefing" }), None),
        (json!({ "kind": "evaluation_rate", "question": "overall", "at_least": "good" }), None),
    ] {
        let target = target(&fixtures, measure.clone()).await;
        for (i, entry) in values.iter().enumerate() {
            let body = json!({ "target_id": target["id"], "occurred_on": "2017-12-31", "entry": entry, "source": "a" });
            let response = fixtures.0.post("/v1/progress", body).await;
            if accepted == Some(i) {
                assert_eq!(response.expect(201).body["entry"], *entry);
            } else {
                let field_errors = response.expect(422).field_errors();
                assert!(
                    field_errors.contains(&"#/entry/kind does_not_fit_the_measure".to_owned()),
                    "{measure} {entry} {field_errors:?}"
                );
            }
        }
        for entry in &texts {
            assert_eq!(fixtures.entry(&target, "2017-12-31", entry.clone()).await["entry"], *entry);
        }
    }
}

#[tokio::test]
async fn a_balance_entry_of_another_area_is_refused() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let target = target(&fixtures, json!({ "kind": "financial_balance", "area": "assets" })).await;
    let body = json!({ "target_id": target["id"], "occurred_on": "2018-03-31",
        "entry": { "kind": "money", "area": "the whole association", "income_pence": 120_000_000, "cost_pence": 104_000_000 } });
    assert_eq!(
        fixtures.0.post("/v1/progress", body).await.expect(422).field_errors(),
        ["#/entry/area does_not_fit_the_area"]
    );
}

#[tokio::test]
async fn an_entry_is_corrected_once_and_never_overwritten() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let first_target = target(&fixtures, json!({ "kind": "count_total", "unit_name": "x" })).await;
    let second_target = target(&fixtures, json!({ "kind": "count_total", "unit_name": "y" })).await;
    let first = fixtures.entry(&first_target, "2017-06-30", json!({ "kind": "count", "count": 3 })).await;
    let correct = |target: &Value, entry: Value| json!({ "target_id": target["id"], "occurred_on": "2017-06-30", "entry": entry, "supersedes_id": first["id"] });
    let count = json!({ "kind": "count", "count": 2 });
    let wrong_target =
        fixtures.0.post("/v1/progress", correct(&second_target, count.clone())).await.expect(422);
    assert_eq!(wrong_target.field_errors(), ["#/supersedes_id unknown_reference"]);
    let narrative = fixtures
        .0
        .post("/v1/progress", correct(&first_target, json!({ "kind": "narrative", "text": "no" })))
        .await
        .expect(422);
    assert_eq!(narrative.field_errors(), ["#/supersedes_id unknown_reference"]);
    let second = fixtures.0.create("/v1/progress", correct(&first_target, count.clone())).await;
    assert_eq!(
        fixtures.0.post("/v1/progress", correct(&first_target, count)).await.expect(409).code(),
        "already_exists"
    );

    let path = format!("/v1/progress/{}", id(&first));
    let corrected = fixtures.0.read(&path).await;
    assert_eq!(
        (&corrected["superseded_by_id"], &corrected["entry"]["count"], &corrected["version"]),
        (&second["id"], &json!(3), &json!(2))
    );
    let overwrite =
        fixtures.0.patch(&path, 2, json!({ "entry": { "kind": "count", "count": 9 } })).await.expect(422);
    assert_eq!(overwrite.field_errors(), ["#/entry unknown_field"]);
    fixtures.0.patch(&path, 2, json!({ "note": "Counted twice." })).await.expect(200);
    assert_eq!(fixtures.0.delete(&path, 3).await.expect(409).code(), "in_use");
    fixtures.0.delete(&format!("/v1/progress/{}", id(&second)), 1).await.expect(204);
    assert_eq!(fixtures.0.read(&path).await["superseded_by_id"], Value::Null);
}

#[tokio::test]
async fn the_kind_of_a_measure_cannot_change_once_entries_exist() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let target = target(&fixtures, json!({ "kind": "count_total", "unit_name": "x" })).await;
    fixtures.entry(&target, "2017-06-30", json!({ "kind": "count", "count": 3 })).await;
    let path = format!("/v1/targets/{}", id(&target));
    assert_eq!(
        fixtures.0.patch(&path, 1, json!({ "measure": { "kind": "ratio" } })).await.expect(409).code(),
        "in_use"
    );
    fixtures
        .0
        .patch(&path, 1, json!({ "measure": { "kind": "count_total", "unit_name": "z" } }))
        .await
        .expect(200);
}

#[tokio::test]
async fn a_council_can_report_only_its_own_coverage_on_council_reported_targets() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (ours, theirs) = (fixtures.council(json!({})).await, fixtures.council(json!({})).await);
    let measure = json!({ "kind": "council_coverage", "basis": "entries" });
    let (_, action) = fixtures.plan(&[]).await;
    let reported = fixtures.target(&action, measure.clone(), json!({ "council_reported": true })).await;
    let internal = fixtures.target(&action, measure, json!({})).await;
    let crm = app.council(&[id(&ours)]);
    let body = |target: &Value, council: &Value| {
        json!({ "target_id": target["id"], "occurred_on": "2017-12-31",
        "entry": { "kind": "coverage", "council_id": council["id"], "covered": true } })
    };
    let own = crm.post("/v1/progress", body(&reported, &ours)).await.expect(201).body;
    assert_eq!(own["author"], "council-crm");
    crm.post("/v1/progress", body(&reported, &theirs)).await.expect(403);
    crm.post("/v1/progress", body(&internal, &ours)).await.expect(403);
    let mut other_author = body(&reported, &ours);
    other_author["author"] = json!("Director");
    crm.post("/v1/progress", other_author).await.expect(403);
    let judgement = json!({ "target_id": reported["id"], "occurred_on": "2017-12-31", "entry": { "kind": "judgement", "status": "green", "reason": "R" } });
    crm.post("/v1/progress", judgement).await.expect(403);

    let theirs_entry = fixtures.0.create("/v1/progress", body(&reported, &theirs)).await;
    let path = format!("/v1/progress/{}", id(&theirs_entry));
    crm.patch(&path, 1, json!({ "note": "hi" })).await.expect(403);
    crm.delete(&path, 1).await.expect(403);
    assert_eq!(fixtures.0.read(&path).await, theirs_entry);
    let mut correction = body(&reported, &ours);
    correction["supersedes_id"] = theirs_entry["id"].clone();
    crm.post("/v1/progress", correction.clone()).await.expect(403);
    correction["supersedes_id"] = own["id"].clone();
    correction["entry"]["covered"] = json!(false);
    crm.post("/v1/progress", correction).await.expect(201);
    assert_eq!(fixtures.0.all("/v1/progress").await.len(), 3);
}

#[tokio::test]
async fn one_of_several_concurrent_changes_succeeds_and_the_others_get_412() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let council = fixtures.council(json!({})).await;
    let (_, action) = fixtures.plan(&[]).await;
    let measure = json!({ "kind": "council_coverage", "basis": "entries" });
    let target = fixtures.target(&action, measure, json!({ "council_reported": true })).await;
    let crm = app.council(&[id(&council)]);
    let entry = json!({ "kind": "coverage", "council_id": council["id"], "covered": true });
    let path = format!("/v1/progress/{}", id(&fixtures.entry(&target, "2017-12-31", entry).await));
    for round in 1..=5 {
        let patches = (0..6).map(|n| {
            let (crm, path) = (crm.clone(), path.clone());
            tokio::spawn(async move {
                crm.patch(&path, round, json!({ "note": format!("{round} {n}") })).await.status
            })
        });
        let mut statuses = Vec::new();
        for patch in patches.collect::<Vec<_>>() {
            statuses.push(patch.await.expect("a response"));
        }
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412, 412, 412, 412, 412]);
    }
}

#[tokio::test]
async fn the_source_of_an_entry_defaults_to_the_caller() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (_, action) = fixtures.plan(&[]).await;
    let target = fixtures.target(&action, json!({ "kind": "ratio" }), json!({})).await;
    let entry = fixtures
        .entry(&target, "2017-12-31", json!({ "kind": "ratio", "numerator": 1, "denominator": 2 }))
        .await;
    assert_eq!((&entry["source"], &entry["author"]), (&json!("olive"), &json!("olive")));
    let path = format!("/v1/progress/{}", id(&entry));
    fixtures.0.patch(&path, 1, json!({ "source": null })).await.expect(422);
    assert_eq!(
        fixtures.0.patch(&path, 1, json!({ "source": "CRM" })).await.expect(200).body["source"],
        "CRM"
    );
}

#[tokio::test]
async fn a_reading_names_its_source_and_has_at_most_four_decimal_places() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let target = target(&fixtures, json!({ "kind": "reading", "unit_name": "points" })).await;
    let body = |fields: Value| {
        let body = json!({ "target_id": target["id"], "occurred_on": "2017-12-31",
            "entry": { "kind": "reading", "value": -12.3456 }, "source": "survey", "provisional": true });
        merge(body, fields)
    };
    let errors =
        async |fields: Value| fixtures.0.post("/v1/progress", body(fields)).await.expect(422).field_errors();
    assert_eq!(errors(json!({ "source": null })).await, ["#/source required"]);
    let precise = json!({ "entry": { "kind": "reading", "value": 1.23456 } });
    assert_eq!(errors(precise).await, ["#/entry/value too_precise"]);
    let large = json!({ "entry": { "kind": "reading", "value": 100_000_000_001_i64 } });
    assert_eq!(errors(large).await, ["#/entry/value out_of_range"]);
    let created = fixtures.0.create("/v1/progress", body(json!({}))).await;
    assert_eq!((&created["entry"]["value"], &created["provisional"]), (&json!(-12.3456), &json!(true)));
    let metric = fixtures.metric(&target, "2018-03-31").await;
    assert_eq!(
        (&metric["value"], &metric["unit"], &metric["unit_name"], &metric["reported"]),
        (&json!(-12.3456), &json!("named"), &json!("points"), &json!(true))
    );
    assert_eq!(metric["completeness"]["provisional"], true);
}

#[tokio::test]
async fn a_numerator_exceeds_its_denominator_only_if_the_measure_allows_it() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let ratio = async |fields: Value| target(&fixtures, merge(json!({ "kind": "ratio" }), fields)).await;
    let entry = json!({ "kind": "ratio", "numerator": 9_498, "denominator": 8_241 });
    let within = ratio(json!({})).await;
    let body = json!({ "target_id": within["id"], "occurred_on": "2017-12-31", "entry": entry });
    let refused = fixtures.0.post("/v1/progress", body).await.expect(422);
    assert_eq!(refused.field_errors(), ["#/entry/numerator out_of_range"]);
    for (fields, value) in [
        (json!({ "may_exceed": true }), json!([115.25, null])),
        (json!({ "per": 1, "unit_name": "forms", "decimals": 1 }), json!([null, 1.2])),
    ] {
        let target = ratio(fields).await;
        fixtures.entry(&target, "2017-12-31", entry.clone()).await;
        let metric = fixtures.metric(&target, "2018-03-31").await;
        assert_eq!(json!([metric["value_percent"], metric["value"]]), value);
    }
    let open = ratio(json!({ "may_exceed": true })).await;
    fixtures.entry(&open, "2017-12-31", entry).await;
    let path = format!("/v1/targets/{}", id(&open));
    let refused = fixtures.0.patch(&path, 1, json!({ "measure": { "kind": "ratio" } })).await.expect(422);
    assert_eq!(refused.field_errors(), ["#/measure/may_exceed does_not_fit"]);
}
