//! Roll-up, tree and turnout.

use serde_json::{Value, json};

use crate::support::{App, Made, id};

#[tokio::test]
async fn the_summary_counts_each_target_once_and_implied_ones_apart() {
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
async fn an_outcome_without_targets_has_no_status_and_says_so() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let framework = id(&reporter.all("/v1/frameworks?code=2016-17").await[0]);
    let summary = reporter.read(&format!("/v1/frameworks/{framework}/summary")).await;
    let outcomes = summary["themes"]
        .as_array()
        .expect("themes")
        .iter()
        .flat_map(|t| t["outcomes"].as_array().expect("outcomes").clone());
    let bare: Vec<Value> = outcomes.filter(|o| o["roll_up"]["status_reason"] == "no_targets").collect();
    assert_eq!(bare.len(), 1);
    assert_eq!((&bare[0]["code"], &bare[0]["roll_up"]["status"]), (&json!("3.3"), &Value::Null));
}

#[tokio::test]
async fn the_worst_is_of_stated_colours_alone() {
    let app = App::new();
    let made = Made(app.officer());
    let (framework, action) = made.plan(&[]).await;
    let count = |threshold: i64| {
        (
            json!({ "kind": "count_total", "unit_name": "x" }),
            json!({ "threshold": threshold, "frequencies": ["quarterly"], "owner": "Policy" }),
        )
    };
    let (measure, more) = count(10);
    let target = made.target(&action, measure, more).await;
    made.entry(&target, "2017-06-30", json!({ "kind": "count", "count": 9 })).await;
    let (measure, mut more) = count(10);
    more["implied"] = json!(true);
    let implied = made.target(&action, measure, more).await;
    made.entry(&implied, "2017-06-30", json!({ "kind": "count", "count": 1 })).await;
    made.target(&action, json!({ "kind": "narrative" }), json!({})).await;
    let summary = made.0.read(&format!("/v1/frameworks/{}/summary?as_at=2018-04-01", id(&framework))).await;
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
async fn the_tree_is_the_framework_whole_and_in_order() {
    let app = App::with_sample();
    let reporter = app.reporter();
    for (code, outcomes, actions, targets) in [("2016-17", 21, 45, 65), ("2017-18", 20, 56, 83)] {
        let framework = reporter.all(&format!("/v1/frameworks?code={code}")).await.remove(0);
        let tree = reporter.read(&format!("/v1/frameworks/{}/tree", id(&framework))).await;
        assert_eq!(tree["framework"], framework);
        let below = |parts: Vec<Value>, name: &str| -> Vec<Value> {
            parts.iter().flat_map(|p| p[name].as_array().expect(name).clone()).collect()
        };
        let all_outcomes = below(tree["themes"].as_array().expect("themes").clone(), "outcomes");
        let all_actions = below(all_outcomes.clone(), "actions");
        let all_targets = below(all_actions.clone(), "targets");
        assert_eq!(
            (all_outcomes.len(), all_actions.len(), all_targets.len()),
            (outcomes, actions, targets),
            "the joint target stands under both its actions"
        );
        let positions: Vec<i64> =
            all_actions.iter().filter_map(|a| a["action"]["position"].as_i64()).collect();
        assert!(positions.is_sorted(), "{positions:?}");
    }
}

#[tokio::test]
async fn a_turnout_tells_roles_and_councils_apart_and_never_counts_visitors() {
    let app = App::new();
    let made = Made(app.officer());
    let (group, one, two) =
        (made.group(json!({})).await, made.council(json!({})).await, made.council(json!({})).await);
    let leader = made.seat(&group, &one, json!({ "role": "leader" })).await;
    let deputy = made.seat(&group, &one, json!({ "role": "member" })).await;
    let absent = made.seat(&group, &two, json!({ "role": "leader" })).await;
    made.seat(&group, &two, json!({ "role": "member", "terms": [] })).await;
    let meeting = made.meeting(Some(&group), "2017-05-01", json!({})).await;
    made.line(&meeting, &leader, "present_virtual").await;
    made.line(&meeting, &deputy, "substitute").await;
    made.0
        .make(
            "/v1/attendance",
            json!({ "meeting_id": meeting["id"], "delegate_ref": "mep", "status": "in_attendance" }),
        )
        .await;
    let turnout = made.0.read(&format!("/v1/meetings/{}/turnout", id(&meeting))).await;
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
    let unknown = made.0.get(&format!("/v1/meetings/{}/turnout", id(&absent))).await;
    unknown.expect(404);
}

#[tokio::test]
async fn a_turnout_without_a_register_or_without_seats_has_no_percentage() {
    let app = App::new();
    let made = Made(app.officer());
    let group = made.group(json!({})).await;
    let bare = made.meeting(Some(&group), "2017-05-01", json!({})).await;
    let unkept = made.meeting(None, "2017-05-01", json!({ "register": "not_kept" })).await;
    for (meeting, reason) in [(bare, "no_eligible"), (unkept, "no_entries")] {
        let turnout = made.0.read(&format!("/v1/meetings/{}/turnout", id(&meeting))).await;
        assert_eq!((&turnout["value_percent"], &turnout["value_reason"]), (&Value::Null, &json!(reason)));
    }
}
