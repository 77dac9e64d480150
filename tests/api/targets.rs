//! Targets and revisions: required and permitted fields, and what an agreed plan locks.

use serde_json::{Value, json};

use crate::support::{App, Fixtures, id};

#[tokio::test]
async fn a_target_returns_every_parameter_of_its_measure() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (_, action) = fixtures.plan(&[]).await;
    let target = fixtures
        .target(
            &action,
            json!({ "kind": "attendance_rate", "roles": ["leader"] }),
            json!({ "threshold": 66.67 }),
        )
        .await;
    assert_eq!(
        target["measure"],
        json!({
            "kind": "attendance_rate", "selector": { "group_ids": [], "meeting_kinds": [] }, "roles": ["leader"],
            "council_kinds": [], "unit": "seat", "aggregate": "pooled", "substitutes": "counted", "vacancies": "excluded",
        })
    );
    assert_eq!(target["tolerance"], Value::Null, "null means the default tolerance");
    let metric = fixtures.metric(&target, "2018-03-31").await;
    assert_eq!(metric["tolerance"], json!({ "kind": "relative", "value": 10 }));
    assert_eq!((&target["threshold"], &target["aim"]), (&json!(66.67), &json!("at_least")));
}

#[tokio::test]
async fn all_or_nothing_targets_money_and_milestones_default_to_no_tolerance() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (_, action) = fixtures.plan(&[]).await;
    let none = json!({ "kind": "absolute", "value": 0 });
    for (measure, fields) in [
        (json!({ "kind": "ratio" }), json!({ "threshold": 100 })),
        (json!({ "kind": "ratio" }), json!({ "threshold": 0, "aim": "at_most" })),
        (json!({ "kind": "financial_balance", "area": "a" }), json!({ "threshold": 5 })),
        (json!({ "kind": "milestone" }), json!({})),
    ] {
        let target = fixtures.target(&action, measure, fields).await;
        assert_eq!(fixtures.metric(&target, "2018-03-31").await["tolerance"], none);
    }
    let count = fixtures
        .target(&action, json!({ "kind": "count_total", "unit_name": "x" }), json!({ "threshold": 100 }))
        .await;
    let metric = fixtures.metric(&count, "2018-03-31").await;
    assert_eq!(metric["tolerance"]["value"], 10, "a count of one hundred keeps the default tolerance");
}

#[tokio::test]
async fn inconsistent_fields_of_a_target_are_refused() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (_, action) = fixtures.plan(&[]).await;
    let relative = |value: i64| json!({ "kind": "relative", "value": value });
    for (measure, fields, expected_errors) in [
        (
            json!({ "kind": "milestone" }),
            json!({ "threshold": 1 }),
            vec!["#/threshold threshold_does_not_fit"],
        ),
        (
            json!({ "kind": "ratio" }),
            json!({ "threshold": 100.5 }),
            vec!["#/threshold threshold_does_not_fit"],
        ),
        (
            json!({ "kind": "meetings_held" }),
            json!({ "threshold": 2.5 }),
            vec!["#/threshold threshold_does_not_fit"],
        ),
        (
            json!({ "kind": "ratio" }),
            json!({ "threshold": 0, "tolerance": relative(10) }),
            vec!["#/tolerance tolerance_does_not_fit"],
        ),
        (
            json!({ "kind": "milestone" }),
            json!({ "tolerance": relative(10), "threshold": 3 }),
            vec!["#/threshold threshold_does_not_fit", "#/tolerance tolerance_does_not_fit"],
        ),
        (
            json!({ "kind": "count_total", "unit_name": "x", "profile": [{ "by_on": "2017-06-30", "expected": 5 }, { "by_on": "2017-06-30", "expected": 4 }] }),
            json!({}),
            vec!["#/measure/profile/1 out_of_order"],
        ),
        (json!({ "kind": "bi_monthly" }), json!({}), vec!["#/measure/kind unknown_value"]),
        (json!({}), json!({}), vec!["#/measure/kind required"]),
        (
            json!({ "kind": "evaluation_rate", "question": "Overall!" }),
            json!({}),
            vec!["#/measure/question bad_format", "#/measure/at_least required"],
        ),
        (
            json!({ "kind": "ratio", "roles": [] }),
            json!({ "frequencies": ["bi-monthly"] }),
            vec!["#/measure/roles unknown_field", "#/frequencies/0 unknown_value"],
        ),
        (json!({ "kind": "ratio" }), json!({ "threshold": 33.333 }), vec!["#/threshold too_precise"]),
        (json!({ "kind": "ratio" }), json!({ "threshold": 101 }), vec!["#/threshold threshold_does_not_fit"]),
        (json!({ "kind": "ratio", "per": 1 }), json!({}), vec!["#/measure/unit_name does_not_fit"]),
        (
            json!({ "kind": "ratio", "unit_name": "days" }),
            json!({}),
            vec!["#/measure/unit_name does_not_fit"],
        ),
        (
            json!({ "kind": "ratio", "per": 1_000_001, "decimals": 5, "unit_name": "days" }),
            json!({}),
            vec!["#/measure/per out_of_range", "#/measure/decimals out_of_range"],
        ),
        (
            json!({ "kind": "reading", "aggregate": "median" }),
            json!({ "reading_lag": { "length": 37, "unit": "months" } }),
            vec!["#/measure/aggregate unknown_value"],
        ),
        (
            json!({ "kind": "reading" }),
            json!({ "reading_lag": { "length": 37, "unit": "months" } }),
            vec!["#/reading_lag/length out_of_range"],
        ),
        (json!({ "kind": "ratio" }), json!({ "action_ids": [] }), vec!["#/action_ids too_few"]),
    ] {
        let mut body = json!({ "action_ids": [action["id"]], "code": "t", "title": "T", "position": 1, "measure": measure });
        body.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
        let mut actual = fixtures.0.post("/v1/targets", body.clone()).await.expect(422).field_errors();
        actual.sort();
        let mut expected_errors: Vec<String> = expected_errors.into_iter().map(str::to_owned).collect();
        expected_errors.sort();
        assert_eq!(actual, expected_errors, "{body}");
    }
    assert_eq!(fixtures.0.all("/v1/targets").await.len(), 0);
}

#[tokio::test]
async fn a_patch_that_makes_a_target_inconsistent_is_refused() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (_, action) = fixtures.plan(&[]).await;
    let tolerance = json!({ "kind": "relative", "value": 10 });
    let threshold_of_eighty = json!({ "threshold": 80, "tolerance": tolerance });
    let target = fixtures.target(&action, json!({ "kind": "ratio" }), threshold_of_eighty).await;
    let target_of_same_year = fixtures.target(&action, json!({ "kind": "ratio" }), json!({})).await;
    let path = format!("/v1/targets/{}", id(&target));
    for (patch, expected_error) in [
        (json!({ "threshold": 101 }), "#/threshold threshold_does_not_fit"),
        (json!({ "measure": { "kind": "milestone" } }), "#/threshold threshold_does_not_fit"),
        (json!({ "threshold": 0 }), "#/tolerance tolerance_does_not_fit"),
        (json!({ "continues_target_id": target["id"] }), "#/continues_target_id own_predecessor"),
        (json!({ "continues_target_id": target_of_same_year["id"] }), "#/continues_target_id not_earlier"),
    ] {
        assert_eq!(
            fixtures.0.patch(&path, 1, patch.clone()).await.expect(422).field_errors(),
            [expected_error],
            "{patch}"
        );
    }
    assert_eq!(fixtures.0.read(&path).await, target);
    let falling_profile =
        json!([{ "by_on": "2017-12-31", "expected": 50 }, { "by_on": "2017-06-30", "expected": 2 }]);
    let count = json!({ "kind": "count_total", "unit_name": "x", "profile": falling_profile });
    let refused = fixtures.0.patch(&path, 1, json!({ "measure": count, "threshold": 5 })).await.expect(422);
    assert_eq!(refused.field_errors(), ["#/measure/profile/1 out_of_order"]);
    let negative = json!({ "kind": "count_total", "unit_name": "x", "profile": [{ "by_on": "2017-06-30", "expected": -1 }] });
    let refused =
        fixtures.0.patch(&path, 1, json!({ "measure": negative, "threshold": 5 })).await.expect(422);
    assert_eq!(refused.field_errors(), ["#/measure/profile/0/expected out_of_range"]);
}

#[tokio::test]
async fn revisions_need_an_agreed_plan_and_a_closed_plan_keeps_them() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (framework, action) = fixtures.plan(&[]).await;
    let target = fixtures.target(&action, json!({ "kind": "ratio" }), json!({ "threshold": 60 })).await;
    let revision =
        json!({ "target_id": target["id"], "revised_on": "2017-06-01", "threshold": 50, "reason": "agreed" });
    assert_eq!(
        fixtures.0.post("/v1/revisions", revision.clone()).await.expect(409).code(),
        "framework_draft"
    );
    let plan = format!("/v1/frameworks/{}", id(&framework));
    fixtures.0.patch(&plan, 1, json!({ "status": "active" })).await.expect(200);
    assert_eq!(
        fixtures.0.patch(&plan, 2, json!({ "status": "draft" })).await.expect(409).code(),
        "framework_agreed"
    );
    let revision = format!("/v1/revisions/{}", id(&fixtures.0.create("/v1/revisions", revision).await));
    fixtures.0.patch(&plan, 2, json!({ "status": "closed" })).await.expect(200);
    assert_eq!(fixtures.0.delete(&revision, 1).await.expect(409).code(), "framework_closed");
    assert_eq!(
        fixtures.0.patch(&plan, 3, json!({ "status": "draft" })).await.expect(409).code(),
        "framework_agreed"
    );
    fixtures.0.patch(&plan, 3, json!({ "status": "active" })).await.expect(200);
    fixtures.0.delete(&revision, 1).await.expect(204);
}

#[tokio::test]
async fn the_actions_of_a_joint_target_belong_to_one_framework() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (_, one) = fixtures.plan(&[]).await;
    let two = fixtures.action(&json!({ "id": one["outcome_id"] }), json!({})).await;
    let (_, elsewhere) = fixtures.plan(&[]).await;
    let joint = fixtures
        .target(&one, json!({ "kind": "narrative" }), json!({ "action_ids": [two["id"], one["id"]] }))
        .await;
    assert_eq!(joint["action_ids"], json!([one["id"], two["id"]]), "sorted in the order of the actions");
    let body = json!({ "action_ids": [one["id"], elsewhere["id"]], "code": "x", "title": "X", "position": 1, "measure": { "kind": "narrative" } });
    assert_eq!(
        fixtures.0.post("/v1/targets", body).await.expect(422).field_errors(),
        ["#/action_ids unknown_reference"]
    );
}

#[tokio::test]
async fn a_group_that_a_measure_selects_cannot_be_deleted() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (group, (_, action)) = (fixtures.group(json!({})).await, fixtures.plan(&[]).await);
    let selector = json!({ "group_ids": [group["id"]] });
    let target =
        fixtures.target(&action, json!({ "kind": "meetings_held", "selector": selector }), json!({})).await;
    let path = format!("/v1/groups/{}", id(&group));
    assert_eq!(fixtures.0.delete(&path, 1).await.expect(409).code(), "in_use");
    let unknown_group = json!({ "kind": "meetings_held", "selector": { "group_ids": ["0198c5b0-0000-7000-8000-000000000001"] } });
    let target_path = format!("/v1/targets/{}", id(&target));
    let refused = fixtures.0.patch(&target_path, 1, json!({ "measure": unknown_group })).await.expect(422);
    assert_eq!(refused.field_errors(), ["#/measure/selector/group_ids/0 unknown_reference"]);
    fixtures.0.patch(&target_path, 1, json!({ "measure": { "kind": "meetings_held" } })).await.expect(200);
    fixtures.0.delete(&path, 1).await.expect(204);
}

#[tokio::test]
async fn a_threshold_of_an_agreed_plan_changes_only_by_revision() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (framework, action) = fixtures.plan(&[]).await;
    let target =
        fixtures.target(&action, json!({ "kind": "meetings_held" }), json!({ "threshold": 3 })).await;
    let path = format!("/v1/targets/{}", id(&target));
    fixtures.0.patch(&path, 1, json!({ "threshold": 2 })).await.expect(200);
    fixtures
        .0
        .patch(&format!("/v1/frameworks/{}", id(&framework)), 1, json!({ "status": "active" }))
        .await
        .expect(200);
    assert_eq!(fixtures.0.patch(&path, 2, json!({ "threshold": 1 })).await.expect(409).code(), "plan_agreed");
    fixtures.0.patch(&path, 2, json!({ "threshold": 2, "owner": "Policy" })).await.expect(200);

    let revise = |on: &str, threshold: Value| json!({ "target_id": target["id"], "revised_on": on, "threshold": threshold, "reason": "Members agreed." });
    let revision = fixtures.0.create("/v1/revisions", revise("2018-01-26", json!(1))).await;
    assert_eq!(revision["previous_threshold"], 2);
    for (body, status, code) in [
        (revise("2018-01-26", json!(4)), 409, "later_revision_exists"),
        (revise("2017-12-01", json!(4)), 409, "later_revision_exists"),
        (revise("2018-04-01", json!(4)), 422, "invalid"),
        (revise("2018-02-01", json!(1.5)), 422, "invalid"),
    ] {
        assert_eq!(
            fixtures.0.post("/v1/revisions", body.clone()).await.expect(status).code(),
            code,
            "{body}"
        );
    }
    let second = fixtures.0.create("/v1/revisions", revise("2018-02-01", json!(5))).await;
    assert_eq!(second["previous_threshold"], 1);
    let first = format!("/v1/revisions/{}", id(&revision));
    assert_eq!(fixtures.0.delete(&first, 1).await.expect(409).code(), "later_revision_exists");
    fixtures.0.patch(&first, 1, json!({ "reference": "Minute 12" })).await.expect(200);
    fixtures
        .0
        .patch(&format!("/v1/frameworks/{}", id(&framework)), 2, json!({ "status": "closed" }))
        .await
        .expect(200);
    assert_eq!(
        fixtures.0.post("/v1/revisions", revise("2018-03-01", json!(2))).await.expect(409).code(),
        "framework_closed"
    );
}

#[tokio::test]
async fn a_target_without_a_threshold_cannot_be_revised() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (framework, action) = fixtures.plan(&[]).await;
    fixtures.activate(&framework).await;
    let target =
        fixtures.target(&action, json!({ "kind": "count_total", "unit_name": "x" }), json!({})).await;
    let body =
        json!({ "target_id": target["id"], "revised_on": "2018-01-26", "threshold": 1, "reason": "R" });
    assert_eq!(
        fixtures.0.post("/v1/revisions", body).await.expect(422).field_errors(),
        ["#/target_id no_threshold"]
    );
}

#[tokio::test]
async fn a_revised_target_refuses_a_measure_or_tolerance_that_does_not_fit() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (framework, action) = fixtures.plan(&[]).await;
    let count = fixtures
        .target(&action, json!({ "kind": "count_total", "unit_name": "x" }), json!({ "threshold": 2 }))
        .await;
    let meetings_held =
        fixtures.target(&action, json!({ "kind": "meetings_held" }), json!({ "threshold": 5 })).await;
    fixtures.activate(&framework).await;
    for (target, threshold) in [(&count, 0), (&meetings_held, 500)] {
        let body = json!({ "target_id": target["id"], "revised_on": "2017-06-01", "threshold": threshold, "reason": "agreed" });
        fixtures.0.create("/v1/revisions", body).await;
    }
    for (target, patch) in [
        (&count, json!({ "tolerance": { "kind": "relative", "value": 10 } })),
        (&meetings_held, json!({ "measure": { "kind": "attendance_rate" } })),
        (&meetings_held, json!({ "measure": { "kind": "narrative" } })),
    ] {
        let path = format!("/v1/targets/{}", id(target));
        let refused = fixtures.0.patch(&path, 1, patch.clone()).await;
        assert!([409, 422].contains(&refused.status), "{patch} {}", refused.text);
        assert_eq!(&fixtures.0.read(&path).await, target);
    }
}

/// The fields of a target besides its code, title, position and measure.
fn target_fields(actions: &[&Value]) -> Value {
    let ids: Vec<&Value> = actions.iter().map(|action| &action["id"]).collect();
    json!({ "action_ids": ids, "threshold": 60, "tolerance": { "kind": "relative", "value": 10 },
        "frequencies": ["annual"], "baseline": { "value": 50 }, "due_on": "2018-01-31" })
}

#[tokio::test]
async fn an_agreed_plan_locks_every_field_that_affects_a_value_or_a_status() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (group, other_group) = (fixtures.group(json!({})).await, fixtures.group(json!({})).await);
    let (framework, action) = fixtures.plan(&[&group]).await;
    let other = fixtures.action(&json!({ "id": action["outcome_id"] }), json!({})).await;
    let earlier = fixtures.framework(json!({ "plan_from": "2016-04-01" })).await;
    let earlier = fixtures.action(&fixtures.outcome(&fixtures.theme(&earlier).await).await, json!({})).await;
    let before = fixtures.target(&earlier, json!({ "kind": "ratio" }), json!({})).await;
    let target = fixtures.target(&action, json!({ "kind": "ratio" }), target_fields(&[&action])).await;
    let path = format!("/v1/targets/{}", id(&target));
    let locked = [
        json!({ "measure": { "kind": "ratio", "aggregate": "latest" } }),
        json!({ "measure": { "kind": "evaluation_rate", "question": "overall", "at_least": "good" } }),
        json!({ "aim": "at_most" }),
        json!({ "threshold": 50 }),
        json!({ "threshold": null }),
        json!({ "tolerance": { "kind": "relative", "value": 50 } }),
        json!({ "tolerance": null }),
        json!({ "implied": true }),
        json!({ "frequencies": ["quarterly"] }),
        json!({ "due_on": "2018-02-28" }),
        json!({ "baseline": { "value": 55 } }),
        json!({ "baseline": null }),
        json!({ "continues_target_id": before["id"] }),
        json!({ "action_ids": [action["id"], other["id"]] }),
        json!({ "action_ids": [other["id"]] }),
        json!({ "title": "Another title", "aim": "at_most" }),
    ];
    let plan = format!("/v1/frameworks/{}", id(&framework));
    let (outcome, theme) = (action["outcome_id"].as_str().expect("an id"), fixtures.theme(&framework).await);
    let elsewhere = fixtures.outcome(&theme).await;
    for (n, status) in ["active", "closed"].into_iter().enumerate() {
        fixtures
            .0
            .patch(&plan, i64::try_from(n).expect("a version") + 1, json!({ "status": status }))
            .await
            .expect(200);
        let before_patch = fixtures.0.read(&path).await;
        let version = before_patch["version"].as_i64().expect("a version");
        for patch in &locked {
            let refused = fixtures.0.patch(&path, version, patch.clone()).await;
            assert_eq!(
                (refused.status, refused.code()),
                (409, "plan_agreed"),
                "{status} {patch}: {}",
                refused.text
            );
        }
        let refused = fixtures.0.delete(&path, version).await;
        assert_eq!((refused.status, refused.code()), (409, "plan_agreed"), "{status}: {}", refused.text);
        assert_eq!(fixtures.0.read(&path).await, before_patch, "{status}");
        // The groups that the action counts, and the parents in whose roll-ups the target is
        // counted.
        let parts = [
            ("actions", &action["id"], json!({ "group_ids": [group["id"], other_group["id"]] })),
            ("actions", &action["id"], json!({ "group_ids": [] })),
            ("actions", &action["id"], json!({ "outcome_id": elsewhere["id"] })),
            ("outcomes", &json!(outcome), json!({ "theme_id": theme["id"] })),
        ];
        for (collection, part, patch) in parts {
            let part = format!("/v1/{collection}/{}", part.as_str().expect("an id"));
            let version = fixtures.0.read(&part).await["version"].as_i64().expect("a version");
            let refused = fixtures.0.patch(&part, version, patch.clone()).await;
            assert_eq!(
                (refused.status, refused.code()),
                (409, "plan_agreed"),
                "{status} {patch}: {}",
                refused.text
            );
        }
        // An unchanged value is accepted, and so is a change of a descriptive field.
        let unchanged = json!({ "threshold": 60.0, "tolerance": { "kind": "relative", "value": 10 }, "aim": "at_least",
            "action_ids": [action["id"]], "measure": { "kind": "ratio" } });
        fixtures.0.patch(&path, version, unchanged).await.expect(200);
        let description = json!({ "title": format!("Title, {status}"), "notes": status, "owner": status, "code": format!("c-{status}"),
            "sources": [status], "position": 7 + n, "frequency_printed": status, "council_reported": n == 0 });
        fixtures.0.patch(&path, version, description).await.expect(200);
    }
}

#[tokio::test]
async fn an_active_plan_accepts_new_targets_and_a_closed_one_refuses_them() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (framework, action) = fixtures.plan(&[]).await;
    fixtures.target(&action, json!({ "kind": "narrative" }), json!({})).await;
    fixtures.activate(&framework).await;
    let added_target = fixtures.target(&action, json!({ "kind": "ratio" }), json!({ "threshold": 60 })).await;
    let path = format!("/v1/targets/{}", id(&added_target));
    assert_eq!(
        fixtures.0.patch(&path, 1, json!({ "threshold": 50 })).await.expect(409).code(),
        "plan_agreed"
    );
    fixtures.0.delete(&path, 1).await.expect(204);
    let plan = format!("/v1/frameworks/{}", id(&framework));
    fixtures.0.patch(&plan, 2, json!({ "status": "closed" })).await.expect(200);
    let body = json!({ "action_ids": [action["id"]], "code": "late", "title": "Late", "position": 1, "measure": { "kind": "narrative" } });
    assert_eq!(fixtures.0.post("/v1/targets", body).await.expect(409).code(), "plan_agreed");
    // Links to single meetings are records, so a closed plan accepts them.
    let event = fixtures.meeting(None, "2017-06-01", json!({})).await;
    let path = format!("/v1/actions/{}", id(&action));
    fixtures.0.patch(&path, 1, json!({ "meeting_ids": [event["id"]] })).await.expect(200);
}
