//! Summary and tree of a framework, and turnout of a meeting.

use serde_json::{Value, json};

use crate::support::{App, Fixtures, id};

#[tokio::test]
async fn the_summary_counts_each_target_once_and_implied_targets_separately() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let framework = id(&reporter.all("/v1/frameworks?code=2017-18").await[0]);
    let summary = reporter.read(&format!("/v1/frameworks/{framework}/summary")).await;
    let whole = &summary["roll_up"];
    assert_eq!((&whole["stated"]["targets"], &whole["implied"]["targets"]), (&json!(63), &json!(19)));
    assert_eq!((&whole["status"], &whole["status_reason"]), (&json!("red"), &json!("worst_target")));
    let metrics = reporter.read(&format!("/v1/frameworks/{framework}/metrics")).await;
    for status in ["green", "amber", "red", "not_due", "no_data", "not_applicable", "contextual"] {
        let count = |implied: bool| {
            metrics["data"]
                .as_array()
                .expect("data")
                .iter()
                .filter(|m| m["status"] == status && m["implied"] == implied)
                .count()
        };
        assert_eq!(whole["stated"][status], count(false), "{status}");
        assert_eq!(whole["implied"][status], count(true), "{status}");
    }
    let themes = summary["themes"].as_array().expect("themes");
    let sum = |part: &str| {
        themes.iter().map(|theme| theme["roll_up"][part]["targets"].as_i64().expect("a count")).sum::<i64>()
    };
    assert_eq!((themes.len(), sum("stated"), sum("implied")), (5, 63, 19));
}

#[tokio::test]
async fn an_outcome_without_targets_has_a_reason_instead_of_a_status() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let framework = id(&reporter.all("/v1/frameworks?code=2016-17").await[0]);
    let summary = reporter.read(&format!("/v1/frameworks/{framework}/summary")).await;
    let outcomes = summary["themes"]
        .as_array()
        .expect("themes")
        .iter()
        .flat_map(|t| t["outcomes"].as_array().expect("outcomes").clone());
    let without_targets: Vec<Value> =
        outcomes.filter(|o| o["roll_up"]["status_reason"] == "no_targets").collect();
    assert_eq!(without_targets.len(), 1);
    assert_eq!(
        (&without_targets[0]["code"], &without_targets[0]["roll_up"]["status"]),
        (&json!("3.3"), &Value::Null)
    );
}

#[tokio::test]
async fn a_rolled_up_status_is_the_worst_of_the_stated_targets() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (framework, action) = fixtures.plan(&[]).await;
    let count = |threshold: i64| {
        (
            json!({ "kind": "count_total", "unit_name": "x" }),
            json!({ "threshold": threshold, "frequencies": ["quarterly"], "owner": "Policy" }),
        )
    };
    let (measure, more) = count(10);
    let target = fixtures.target(&action, measure, more).await;
    fixtures.entry(&target, "2017-06-30", json!({ "kind": "count", "count": 9 })).await;
    let (measure, mut more) = count(10);
    more["implied"] = json!(true);
    let implied = fixtures.target(&action, measure, more).await;
    fixtures.entry(&implied, "2017-06-30", json!({ "kind": "count", "count": 1 })).await;
    fixtures.target(&action, json!({ "kind": "narrative" }), json!({})).await;
    let summary =
        fixtures.0.read(&format!("/v1/frameworks/{}/summary?as_at=2018-04-01", id(&framework))).await;
    let roll_up = &summary["roll_up"];
    assert_eq!(
        (&roll_up["status"], &roll_up["stated"]["amber"], &roll_up["stated"]["contextual"]),
        (&json!("amber"), &json!(1), &json!(1))
    );
    assert_eq!(roll_up["implied"]["red"], 1);
    assert_eq!(
        summary["overdue"],
        json!([{ "owner": "Policy", "target_ids": [target["id"], implied["id"]], "readings": 6,
            "meetings_unreported": 0, "registers_open": 0, "deliverables_unknown": 0, "meetings_without_forms": 0 }])
    );
    let completeness = &roll_up["completeness"];
    assert_eq!((&completeness["readings_due"], &completeness["readings_received"]), (&json!(4), &json!(1)));
}

#[tokio::test]
async fn the_tree_contains_the_whole_framework_in_order() {
    let app = App::with_sample();
    let reporter = app.reporter();
    for (code, outcomes, actions, targets) in [("2016-17", 21, 45, 65), ("2017-18", 20, 56, 83)] {
        let framework = reporter.all(&format!("/v1/frameworks?code={code}")).await.remove(0);
        let tree = reporter.read(&format!("/v1/frameworks/{}/tree", id(&framework))).await;
        assert_eq!(tree["framework"], framework);
        let children = |parts: Vec<Value>, name: &str| -> Vec<Value> {
            parts.iter().flat_map(|p| p[name].as_array().expect(name).clone()).collect()
        };
        let all_outcomes = children(tree["themes"].as_array().expect("themes").clone(), "outcomes");
        let all_actions = children(all_outcomes.clone(), "actions");
        let all_targets = children(all_actions.clone(), "targets");
        assert_eq!(
            (all_outcomes.len(), all_actions.len(), all_targets.len()),
            (outcomes, actions, targets),
            "the joint target is listed under both its actions"
        );
        let positions: Vec<i64> =
            all_actions.iter().filter_map(|a| a["action"]["position"].as_i64()).collect();
        assert!(positions.is_sorted(), "{positions:?}");
    }
}

#[tokio::test]
async fn turnout_is_split_by_role_and_council_and_excludes_visitors() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (group, one, two) = (
        fixtures.group(json!({})).await,
        fixtures.council(json!({})).await,
        fixtures.council(json!({})).await,
    );
    let leader = fixtures.seat(&group, &one, json!({ "role": "leader" })).await;
    let deputy = fixtures.seat(&group, &one, json!({ "role": "member" })).await;
    let absent_seat = fixtures.seat(&group, &two, json!({ "role": "leader" })).await;
    fixtures.seat(&group, &two, json!({ "role": "member", "terms": [] })).await;
    let meeting = fixtures.meeting(Some(&group), "2017-05-01", json!({})).await;
    fixtures.attendance(&meeting, &leader, "present_virtual").await;
    fixtures.attendance(&meeting, &deputy, "substitute").await;
    fixtures
        .0
        .create(
            "/v1/attendance",
            json!({ "meeting_id": meeting["id"], "delegate_ref": "mep", "status": "in_attendance" }),
        )
        .await;
    let turnout = fixtures.0.read(&format!("/v1/meetings/{}/turnout", id(&meeting))).await;
    assert_eq!(
        (&turnout["numerator"], &turnout["denominator"], &turnout["value_percent"]),
        (&json!(2), &json!(3), &json!(66.67))
    );
    let tally = &turnout["tally"];
    assert_eq!(
        (&tally["vacant"], &tally["not_recorded"], &tally["substitutes"], &turnout["in_attendance"]),
        (&json!(1), &json!(1), &json!(1), &json!(1))
    );
    let roles: Vec<(Value, Value)> = turnout["by_role"]
        .as_array()
        .expect("roles")
        .iter()
        .map(|r| (r["role"].clone(), r["tally"]["attended"].clone()))
        .collect();
    assert_eq!(roles, [(json!("leader"), json!(1)), (json!("member"), json!(1))]);
    let councils: Vec<Value> = turnout["by_council"]
        .as_array()
        .expect("councils")
        .iter()
        .map(|c| c["tally"]["attended"].clone())
        .collect();
    assert_eq!(councils, [json!(2), json!(0)]);
    let unknown = fixtures.0.get(&format!("/v1/meetings/{}/turnout", id(&absent_seat))).await;
    unknown.expect(404);
}

#[tokio::test]
async fn a_turnout_without_a_register_or_without_seats_has_no_percentage() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let group = fixtures.group(json!({})).await;
    let without_seats = fixtures.meeting(Some(&group), "2017-05-01", json!({})).await;
    let without_register = fixtures.meeting(None, "2017-05-01", json!({ "register": "not_kept" })).await;
    for (meeting, reason) in [(without_seats, "no_eligible"), (without_register, "no_entries")] {
        let turnout = fixtures.0.read(&format!("/v1/meetings/{}/turnout", id(&meeting))).await;
        assert_eq!((&turnout["value_percent"], &turnout["value_reason"]), (&Value::Null, &json!(reason)));
    }
}
