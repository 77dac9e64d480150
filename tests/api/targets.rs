//! Targets and revisions.

use serde_json::{Value, json};

use crate::support::{App, Made, id};

#[tokio::test]
async fn a_target_says_every_parameter_of_its_measure() {
    let app = App::new();
    let made = Made(app.officer());
    let (_, action) = made.plan(&[]).await;
    let target = made
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
    assert_eq!(target["tolerance"], Value::Null, "the usual one");
    let metric = made.metric(&target, "2018-03-31").await;
    assert_eq!(metric["tolerance"], json!({ "kind": "relative", "value": 10 }));
    assert_eq!((&target["threshold"], &target["aim"]), (&json!(66.67), &json!("at_least")));
}

#[tokio::test]
async fn all_nothing_money_and_milestones_have_no_tolerance_unless_said() {
    let app = App::new();
    let made = Made(app.officer());
    let (_, action) = made.plan(&[]).await;
    let none = json!({ "kind": "absolute", "value": 0 });
    for (measure, more) in [
        (json!({ "kind": "ratio" }), json!({ "threshold": 100 })),
        (json!({ "kind": "ratio" }), json!({ "threshold": 0, "aim": "at_most" })),
        (json!({ "kind": "financial_balance", "area": "a" }), json!({ "threshold": 5 })),
        (json!({ "kind": "milestone" }), json!({})),
    ] {
        let target = made.target(&action, measure, more).await;
        assert_eq!(made.metric(&target, "2018-03-31").await["tolerance"], none);
    }
    let count = made
        .target(&action, json!({ "kind": "count_total", "unit_name": "x" }), json!({ "threshold": 100 }))
        .await;
    let metric = made.metric(&count, "2018-03-31").await;
    assert_eq!(metric["tolerance"]["value"], 10, "a hundred of something is not all of it");
}

#[tokio::test]
async fn the_parts_of_a_target_must_fit() {
    let app = App::new();
    let made = Made(app.officer());
    let (_, action) = made.plan(&[]).await;
    let relative = |value: i64| json!({ "kind": "relative", "value": value });
    for (measure, more, faults) in [
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
        (json!({ "kind": "ratio" }), json!({ "action_ids": [] }), vec!["#/action_ids too_few"]),
    ] {
        let mut body = json!({ "action_ids": [action["id"]], "code": "t", "title": "T", "position": 1, "measure": measure });
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let mut found = made.0.post("/v1/targets", body.clone()).await.expect(422).faults();
        found.sort();
        let mut faults: Vec<String> = faults.into_iter().map(str::to_owned).collect();
        faults.sort();
        assert_eq!(found, faults, "{body}");
    }
    assert_eq!(made.0.all("/v1/targets").await.len(), 0);
}

#[tokio::test]
async fn a_patch_that_no_longer_fits_is_refused_by_the_database() {
    let app = App::new();
    let made = Made(app.officer());
    let (_, action) = made.plan(&[]).await;
    let tolerance = json!({ "kind": "relative", "value": 10 });
    let of_eighty = json!({ "threshold": 80, "tolerance": tolerance });
    let target = made.target(&action, json!({ "kind": "ratio" }), of_eighty).await;
    let of_the_year = made.target(&action, json!({ "kind": "ratio" }), json!({})).await;
    let path = format!("/v1/targets/{}", id(&target));
    for (patch, fault) in [
        (json!({ "threshold": 101 }), "#/threshold threshold_does_not_fit"),
        (json!({ "measure": { "kind": "milestone" } }), "#/threshold threshold_does_not_fit"),
        (json!({ "threshold": 0 }), "#/tolerance tolerance_does_not_fit"),
        (json!({ "continues_target_id": target["id"] }), "#/continues_target_id own_predecessor"),
        (json!({ "continues_target_id": of_the_year["id"] }), "#/continues_target_id not_earlier"),
    ] {
        assert_eq!(made.0.patch(&path, 1, patch.clone()).await.expect(422).faults(), [fault], "{patch}");
    }
    assert_eq!(made.0.read(&path).await, target);
    let falling =
        json!([{ "by_on": "2017-12-31", "expected": 50 }, { "by_on": "2017-06-30", "expected": 2 }]);
    let count = json!({ "kind": "count_total", "unit_name": "x", "profile": falling });
    let refused = made.0.patch(&path, 1, json!({ "measure": count, "threshold": 5 })).await.expect(422);
    assert_eq!(refused.faults(), ["#/measure/profile/1 out_of_order"]);
    let negative = json!({ "kind": "count_total", "unit_name": "x", "profile": [{ "by_on": "2017-06-30", "expected": -1 }] });
    let refused = made.0.patch(&path, 1, json!({ "measure": negative, "threshold": 5 })).await.expect(422);
    assert_eq!(refused.faults(), ["#/measure/profile/0/expected out_of_range"]);
}

#[tokio::test]
async fn an_agreed_plan_keeps_its_thresholds_and_a_closed_one_its_revisions() {
    let app = App::new();
    let made = Made(app.officer());
    let (framework, action) = made.plan(&[]).await;
    let target = made.target(&action, json!({ "kind": "ratio" }), json!({ "threshold": 60 })).await;
    let revision =
        json!({ "target_id": target["id"], "revised_on": "2017-06-01", "threshold": 50, "reason": "agreed" });
    assert_eq!(made.0.post("/v1/revisions", revision.clone()).await.expect(409).code(), "framework_draft");
    let plan = format!("/v1/frameworks/{}", id(&framework));
    made.0.patch(&plan, 1, json!({ "status": "active" })).await.expect(200);
    assert_eq!(
        made.0.patch(&plan, 2, json!({ "status": "draft" })).await.expect(409).code(),
        "framework_agreed"
    );
    let revision = format!("/v1/revisions/{}", id(&made.0.make("/v1/revisions", revision).await));
    made.0.patch(&plan, 2, json!({ "status": "closed" })).await.expect(200);
    assert_eq!(made.0.delete(&revision, 1).await.expect(409).code(), "framework_closed");
    assert_eq!(
        made.0.patch(&plan, 3, json!({ "status": "draft" })).await.expect(409).code(),
        "framework_agreed"
    );
    made.0.patch(&plan, 3, json!({ "status": "active" })).await.expect(200);
    made.0.delete(&revision, 1).await.expect(204);
}

#[tokio::test]
async fn a_joint_target_hangs_on_two_actions_of_one_framework() {
    let app = App::new();
    let made = Made(app.officer());
    let (_, one) = made.plan(&[]).await;
    let two = made.action(&json!({ "id": one["outcome_id"] }), json!({})).await;
    let (_, elsewhere) = made.plan(&[]).await;
    let joint = made
        .target(&one, json!({ "kind": "narrative" }), json!({ "action_ids": [two["id"], one["id"]] }))
        .await;
    assert_eq!(joint["action_ids"], json!([one["id"], two["id"]]), "in the actions' order");
    let body = json!({ "action_ids": [one["id"], elsewhere["id"]], "code": "x", "title": "X", "position": 1, "measure": { "kind": "narrative" } });
    assert_eq!(
        made.0.post("/v1/targets", body).await.expect(422).faults(),
        ["#/action_ids unknown_reference"]
    );
}

#[tokio::test]
async fn a_group_in_a_measure_is_in_use() {
    let app = App::new();
    let made = Made(app.officer());
    let (group, (_, action)) = (made.group(json!({})).await, made.plan(&[]).await);
    let selector = json!({ "group_ids": [group["id"]] });
    let target =
        made.target(&action, json!({ "kind": "meetings_held", "selector": selector }), json!({})).await;
    let path = format!("/v1/groups/{}", id(&group));
    assert_eq!(made.0.delete(&path, 1).await.expect(409).code(), "in_use");
    let nowhere = json!({ "kind": "meetings_held", "selector": { "group_ids": ["0198c5b0-0000-7000-8000-000000000001"] } });
    let target_path = format!("/v1/targets/{}", id(&target));
    let refused = made.0.patch(&target_path, 1, json!({ "measure": nowhere })).await.expect(422);
    assert_eq!(refused.faults(), ["#/measure/selector/group_ids/0 unknown_reference"]);
    made.0.patch(&target_path, 1, json!({ "measure": { "kind": "meetings_held" } })).await.expect(200);
    made.0.delete(&path, 1).await.expect(204);
}

#[tokio::test]
async fn once_the_plan_is_agreed_a_threshold_changes_by_revision_alone() {
    let app = App::new();
    let made = Made(app.officer());
    let (framework, action) = made.plan(&[]).await;
    let target = made.target(&action, json!({ "kind": "meetings_held" }), json!({ "threshold": 3 })).await;
    let path = format!("/v1/targets/{}", id(&target));
    made.0.patch(&path, 1, json!({ "threshold": 2 })).await.expect(200);
    made.0
        .patch(&format!("/v1/frameworks/{}", id(&framework)), 1, json!({ "status": "active" }))
        .await
        .expect(200);
    assert_eq!(made.0.patch(&path, 2, json!({ "threshold": 1 })).await.expect(409).code(), "plan_agreed");
    made.0.patch(&path, 2, json!({ "threshold": 2, "owner": "Policy" })).await.expect(200);

    let revise = |on: &str, threshold: Value| json!({ "target_id": target["id"], "revised_on": on, "threshold": threshold, "reason": "Members agreed." });
    let revision = made.0.make("/v1/revisions", revise("2018-01-26", json!(1))).await;
    assert_eq!(revision["previous_threshold"], 2);
    for (body, status, code) in [
        (revise("2018-01-26", json!(4)), 409, "later_revision_exists"),
        (revise("2017-12-01", json!(4)), 409, "later_revision_exists"),
        (revise("2018-04-01", json!(4)), 422, "invalid"),
        (revise("2018-02-01", json!(1.5)), 422, "invalid"),
    ] {
        assert_eq!(made.0.post("/v1/revisions", body.clone()).await.expect(status).code(), code, "{body}");
    }
    let second = made.0.make("/v1/revisions", revise("2018-02-01", json!(5))).await;
    assert_eq!(second["previous_threshold"], 1);
    let first = format!("/v1/revisions/{}", id(&revision));
    assert_eq!(made.0.delete(&first, 1).await.expect(409).code(), "later_revision_exists");
    made.0.patch(&first, 1, json!({ "reference": "Minute 12" })).await.expect(200);
    made.0
        .patch(&format!("/v1/frameworks/{}", id(&framework)), 2, json!({ "status": "closed" }))
        .await
        .expect(200);
    assert_eq!(
        made.0.post("/v1/revisions", revise("2018-03-01", json!(2))).await.expect(409).code(),
        "framework_closed"
    );
}

#[tokio::test]
async fn a_target_without_a_threshold_has_nothing_to_revise() {
    let app = App::new();
    let made = Made(app.officer());
    let (framework, action) = made.plan(&[]).await;
    made.agree(&framework).await;
    let target = made.target(&action, json!({ "kind": "count_total", "unit_name": "x" }), json!({})).await;
    let body =
        json!({ "target_id": target["id"], "revised_on": "2018-01-26", "threshold": 1, "reason": "R" });
    assert_eq!(made.0.post("/v1/revisions", body).await.expect(422).faults(), ["#/target_id no_threshold"]);
}

#[tokio::test]
async fn a_revised_target_changes_only_as_its_revisions_allow() {
    let app = App::new();
    let made = Made(app.officer());
    let (framework, action) = made.plan(&[]).await;
    let count = made
        .target(&action, json!({ "kind": "count_total", "unit_name": "x" }), json!({ "threshold": 2 }))
        .await;
    let held = made.target(&action, json!({ "kind": "meetings_held" }), json!({ "threshold": 5 })).await;
    made.agree(&framework).await;
    for (target, threshold) in [(&count, 0), (&held, 500)] {
        let body = json!({ "target_id": target["id"], "revised_on": "2017-06-01", "threshold": threshold, "reason": "agreed" });
        made.0.make("/v1/revisions", body).await;
    }
    for (target, patch) in [
        (&count, json!({ "tolerance": { "kind": "relative", "value": 10 } })),
        (&held, json!({ "measure": { "kind": "attendance_rate" } })),
        (&held, json!({ "measure": { "kind": "narrative" } })),
    ] {
        let path = format!("/v1/targets/{}", id(target));
        let refused = made.0.patch(&path, 1, patch.clone()).await;
        assert!([409, 422].contains(&refused.status), "{patch} {}", refused.text);
        assert_eq!(&made.0.read(&path).await, target);
    }
}

/// What is sent for a target besides its code, title and position.
fn promised(actions: &[&Value]) -> Value {
    let ids: Vec<&Value> = actions.iter().map(|action| &action["id"]).collect();
    json!({ "action_ids": ids, "threshold": 60, "tolerance": { "kind": "relative", "value": 10 },
        "frequencies": ["annual"], "baseline": { "value": 50 }, "due_on": "2018-01-31" })
}

#[tokio::test]
async fn an_agreed_plan_keeps_every_part_that_can_alter_a_figure_or_a_colour() {
    let app = App::new();
    let made = Made(app.officer());
    let (group, other_group) = (made.group(json!({})).await, made.group(json!({})).await);
    let (framework, action) = made.plan(&[&group]).await;
    let other = made.action(&json!({ "id": action["outcome_id"] }), json!({})).await;
    let earlier = made.framework(json!({ "plan_from": "2016-04-01" })).await;
    let earlier = made.action(&made.outcome(&made.theme(&earlier).await).await, json!({})).await;
    let before = made.target(&earlier, json!({ "kind": "ratio" }), json!({})).await;
    let target = made.target(&action, json!({ "kind": "ratio" }), promised(&[&action])).await;
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
    let (outcome, theme) = (action["outcome_id"].as_str().expect("an id"), made.theme(&framework).await);
    let elsewhere = made.outcome(&theme).await;
    for (n, status) in ["active", "closed"].into_iter().enumerate() {
        made.0
            .patch(&plan, i64::try_from(n).expect("a version") + 1, json!({ "status": status }))
            .await
            .expect(200);
        let stands = made.0.read(&path).await;
        let version = stands["version"].as_i64().expect("a version");
        for patch in &locked {
            let refused = made.0.patch(&path, version, patch.clone()).await;
            assert_eq!(
                (refused.status, refused.code()),
                (409, "plan_agreed"),
                "{status} {patch}: {}",
                refused.text
            );
        }
        let refused = made.0.delete(&path, version).await;
        assert_eq!((refused.status, refused.code()), (409, "plan_agreed"), "{status}: {}", refused.text);
        assert_eq!(made.0.read(&path).await, stands, "{status}");
        // What its action counts, and where its colour is rolled up.
        let parts = [
            ("actions", &action["id"], json!({ "group_ids": [group["id"], other_group["id"]] })),
            ("actions", &action["id"], json!({ "group_ids": [] })),
            ("actions", &action["id"], json!({ "outcome_id": elsewhere["id"] })),
            ("outcomes", &json!(outcome), json!({ "theme_id": theme["id"] })),
        ];
        for (collection, part, patch) in parts {
            let part = format!("/v1/{collection}/{}", part.as_str().expect("an id"));
            let version = made.0.read(&part).await["version"].as_i64().expect("a version");
            let refused = made.0.patch(&part, version, patch.clone()).await;
            assert_eq!(
                (refused.status, refused.code()),
                (409, "plan_agreed"),
                "{status} {patch}: {}",
                refused.text
            );
        }
        // What says the same, and what only describes.
        let same = json!({ "threshold": 60.0, "tolerance": { "kind": "relative", "value": 10 }, "aim": "at_least",
            "action_ids": [action["id"]], "measure": { "kind": "ratio" } });
        made.0.patch(&path, version, same).await.expect(200);
        let described = json!({ "title": format!("Title, {status}"), "notes": status, "owner": status, "code": format!("c-{status}"),
            "sources": [status], "position": 7 + n, "frequency_printed": status, "council_reported": n == 0 });
        made.0.patch(&path, version, described).await.expect(200);
    }
}

#[tokio::test]
async fn a_target_may_join_an_active_plan_and_leave_it_again_but_not_a_closed_one() {
    let app = App::new();
    let made = Made(app.officer());
    let (framework, action) = made.plan(&[]).await;
    made.target(&action, json!({ "kind": "narrative" }), json!({})).await;
    made.agree(&framework).await;
    let late = made.target(&action, json!({ "kind": "ratio" }), json!({ "threshold": 60 })).await;
    let path = format!("/v1/targets/{}", id(&late));
    assert_eq!(made.0.patch(&path, 1, json!({ "threshold": 50 })).await.expect(409).code(), "plan_agreed");
    made.0.delete(&path, 1).await.expect(204);
    let plan = format!("/v1/frameworks/{}", id(&framework));
    made.0.patch(&plan, 2, json!({ "status": "closed" })).await.expect(200);
    let body = json!({ "action_ids": [action["id"]], "code": "late", "title": "Late", "position": 1, "measure": { "kind": "narrative" } });
    assert_eq!(made.0.post("/v1/targets", body).await.expect(409).code(), "plan_agreed");
    // Single meetings are records: they are linked while the plan runs.
    let event = made.meeting(None, "2017-06-01", json!({})).await;
    let path = format!("/v1/actions/{}", id(&action));
    made.0.patch(&path, 1, json!({ "meeting_ids": [event["id"]] })).await.expect(200);
}
