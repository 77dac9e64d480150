//! Special cases: a year that has not begun, several groups, revised thresholds, old entries.

use serde_json::{Value, json};

use super::{body_of, coverage, parts, reason, register};
use crate::support::{App, Made, id};

#[tokio::test]
async fn a_year_that_has_not_begun_has_metrics_too() {
    let app = App::new();
    let made = Made(app.officer());
    made.council(json!({})).await;
    let (framework, action) = made.plan(&[]).await;
    for measure in [
        json!({ "kind": "council_coverage", "basis": "membership", "when": "during" }),
        json!({ "kind": "meetings_held" }),
        json!({ "kind": "count_total", "unit_name": "x" }),
    ] {
        made.target(&action, measure, json!({ "threshold": 5 })).await;
    }
    let path = format!("/v1/frameworks/{}/metrics?as_at=2016-01-01", id(&framework));
    let metrics = made.0.read(&path).await["data"].clone();
    for metric in metrics.as_array().expect("metrics") {
        assert_eq!(reason(metric), ("not_due", "not_due"), "{}", metric["kind"]);
    }
}

#[tokio::test]
async fn a_target_is_handed_over_when_all_its_groups_are() {
    let app = App::new();
    let made = Made(app.officer());
    let (ours, theirs) = (
        made.group(json!({})).await,
        made.group(json!({ "responsible_until": "2017-08-01", "handed_to": "Another" })).await,
    );
    let (_, both) = made.plan(&[&ours, &theirs]).await;
    let (_, gone) = made.plan(&[&theirs]).await;
    let long_gone = made.group(json!({ "responsible_until": "2010-01-01" })).await;
    let (_, none_left) = made.plan(&[&theirs, &long_gone]).await;
    made.meeting(Some(&ours), "2017-05-01", json!({})).await;
    made.meeting(Some(&theirs), "2017-06-01", json!({})).await;
    let count = json!({ "kind": "meetings_held" });
    let kept = made.target(&both, count.clone(), json!({ "threshold": 2 })).await;
    let handed = made.target(&gone, count.clone(), json!({ "threshold": 2 })).await;
    let all_gone = made.target(&none_left, count, json!({ "threshold": 2 })).await;
    assert_eq!(reason(&made.metric(&all_gone, "2018-03-31").await), ("handed_over", "not_applicable"));
    let metric = made.metric(&kept, "2018-03-31").await;
    assert_eq!((&metric["value"], &metric["status"]), (&json!(2), &json!("green")));
    assert_eq!(reason(&made.metric(&handed, "2018-03-31").await), ("handed_over", "not_applicable"));
}

#[tokio::test]
async fn the_usual_tolerance_follows_the_threshold_in_force() {
    let app = App::new();
    let made = Made(app.officer());
    let (framework, action) = made.plan(&[]).await;
    let ratio = json!({ "kind": "ratio" });
    let rising = made.target(&action, ratio.clone(), json!({ "threshold": 60 })).await;
    let falling = made.target(&action, ratio.clone(), json!({ "threshold": 100 })).await;
    let stated = json!({ "threshold": 60, "tolerance": { "kind": "relative", "value": 10 } });
    let stated = made.target(&action, ratio, stated).await;
    let patch = format!("/v1/targets/{}", id(&rising));
    made.0.patch(&patch, 1, json!({ "threshold": 0 })).await.expect(200);
    made.0.patch(&patch, 2, json!({ "threshold": 60 })).await.expect(200);
    let plan = format!("/v1/frameworks/{}", id(&framework));
    made.0.patch(&plan, 1, json!({ "status": "active" })).await.expect(200);
    let revise = async |target: &Value, threshold: i64| {
        let body = json!({ "target_id": target["id"], "revised_on": "2017-06-01", "threshold": threshold, "reason": "agreed" });
        made.0.post("/v1/revisions", body).await
    };
    revise(&rising, 100).await.expect(201);
    revise(&falling, 60).await.expect(201);
    let refused = revise(&stated, 0).await.expect(422);
    assert_eq!(refused.faults(), ["#/threshold threshold_does_not_fit"]);
    made.entry(&rising, "2017-09-01", json!({ "kind": "ratio", "numerator": 95, "denominator": 100 })).await;
    made.entry(&falling, "2017-09-01", json!({ "kind": "ratio", "numerator": 55, "denominator": 100 })).await;
    assert_eq!(made.metric(&rising, "2018-03-31").await["status"], "red", "the threshold 100 has no amber");
    let metric = made.metric(&falling, "2018-03-31").await;
    assert_eq!((&metric["status"], &metric["amber_from"]), (&json!("amber"), &json!(54)));
}

#[tokio::test]
async fn a_council_covered_on_any_occasion_counts_once() {
    let app = App::new();
    let made = Made(app.officer());
    let (a, b) = (made.council(json!({})).await, made.council(json!({})).await);
    let (_, action) = made.plan(&[]).await;
    let measure = json!({ "kind": "council_coverage", "basis": "entries", "over_occasions": "distinct" });
    let target = made.target(&action, measure, json!({ "threshold": 90 })).await;
    for (council, occasion, day, covered) in [
        (&a, "spring", "2017-05-01", true),
        (&b, "spring", "2017-05-01", true),
        (&b, "autumn", "2017-10-01", false),
        (&a, "autumn", "2017-10-01", true),
    ] {
        let body = json!({ "target_id": target["id"], "occurred_on": day, "occasion": occasion, "entry": coverage(council, covered) });
        made.0.make("/v1/progress", body).await;
    }
    assert_eq!(parts(&made.metric(&target, "2018-03-31").await), (Some(2), Some(2)));
}

#[tokio::test]
async fn a_state_may_be_older_than_the_year_and_a_count_may_not() {
    let app = App::new();
    let made = Made(app.officer());
    let council = made.council(json!({})).await;
    let (_, action) = made.plan(&[]).await;
    let before = "2017-03-20";
    let standing = made
        .target(
            &action,
            json!({ "kind": "council_coverage", "basis": "entries" }),
            json!({ "threshold": 50 }),
        )
        .await;
    let during = json!({ "kind": "council_coverage", "basis": "entries", "when": "during" });
    let during = made.target(&action, during, json!({ "threshold": 50 })).await;
    for target in [&standing, &during] {
        made.entry(target, before, coverage(&council, true)).await;
    }
    let milestone = made.target(&action, json!({ "kind": "milestone" }), json!({})).await;
    made.entry(&milestone, before, json!({ "kind": "milestone", "state": "achieved" })).await;
    let count = json!({ "kind": "count_total", "unit_name": "x" });
    let count = made.target(&action, count, json!({ "threshold": 1 })).await;
    made.entry(&count, before, json!({ "kind": "count", "count": 1 })).await;
    let mut found = Vec::new();
    for target in [&standing, &during, &milestone, &count] {
        found.push(made.metric(target, "2018-03-31").await["status"].clone());
    }
    assert_eq!(found, ["green", "no_data", "green", "no_data"]);
}

#[tokio::test]
async fn a_closed_register_without_a_line_covers_nobody() {
    let app = App::new();
    let made = Made(app.officer());
    let (group, _, councils) = body_of(&made, 4).await;
    let (_, action) = made.plan(&[&group]).await;
    let measure = json!({ "kind": "council_coverage", "basis": "attendance" });
    let target = made.target(&action, measure, json!({ "threshold": 50 })).await;
    register(&made, &group, "2017-05-01", &[]).await;
    let metric = made.metric(&target, "2018-03-31").await;
    assert_eq!(parts(&metric), (Some(0), Some(i64::try_from(councils.len()).expect("a number"))));
}

#[tokio::test]
async fn the_return_rate_is_of_the_forms_handed_out() {
    let app = App::new();
    let made = Made(app.officer());
    let group = made.group(json!({})).await;
    let (_, action) = made.plan(&[&group]).await;
    let measure = json!({ "kind": "evaluation_rate", "question": "overall", "at_least": "good" });
    let target = made.target(&action, measure, json!({ "threshold": 80 })).await;
    let mut path = String::new();
    for (day, handed_out, good) in [("2017-05-01", json!(40), 20), ("2017-06-01", Value::Null, 30)] {
        let meeting = made.meeting(Some(&group), day, json!({})).await;
        let body = json!({ "meeting_id": meeting["id"], "question": "overall", "handed_out": handed_out,
            "ratings": [{ "rating": "poor", "forms": 0 }, { "rating": "good", "forms": good }] });
        let evaluation = made.0.make("/v1/evaluations", body).await;
        path = format!("/v1/evaluations/{}", id(&evaluation));
    }
    let metric = made.metric(&target, "2018-03-31").await;
    assert_eq!((parts(&metric), &metric["detail"]["return_percent"]), ((Some(50), Some(50)), &json!(50)));
    for patch in [
        json!({ "handed_out": 29 }),
        json!({ "handed_out": 35, "ratings": [{ "rating": "good", "forms": 36 }] }),
    ] {
        let refused = made.0.patch(&path, 1, patch).await.expect(422);
        assert_eq!(refused.faults(), ["#/handed_out out_of_range"]);
    }
    made.0.patch(&path, 1, json!({ "handed_out": 30 })).await.expect(200);
}

#[tokio::test]
async fn another_choice_has_the_aggregate_of_the_measure() {
    let app = App::new();
    let made = Made(app.officer());
    let (group, seats, _) = body_of(&made, 4).await;
    let (_, action) = made.plan(&[&group]).await;
    let measure = json!({ "kind": "attendance_rate", "aggregate": "min_meeting" });
    let target = made.target(&action, measure, json!({ "threshold": 75 })).await;
    let present = |n: usize| seats[..n].iter().map(|seat| (seat, "present"));
    let mut first: Vec<_> = present(2).collect();
    first.push((&seats[2], "substitute"));
    register(&made, &group, "2017-05-01", &first).await;
    register(&made, &group, "2017-06-01", &present(4).collect::<Vec<_>>()).await;
    let metric = made.metric(&target, "2018-03-31").await;
    assert_eq!((parts(&metric), &metric["status"]), ((Some(3), Some(4)), &json!("green")));
    assert_eq!(metric["choice_sensitive"], true);
    let of = |choice: &str| {
        let all = metric["alternatives"].as_array().expect("alternatives");
        all.iter().find(|other| other["choice"] == choice).expect(choice).clone()
    };
    let without = of("substitutes_not_counted");
    assert_eq!((parts(&without), &without["status"]), ((Some(2), Some(4)), &json!("red")));
    assert_eq!((&of("mean")["value_percent"], &of("mean")["status"]), (&json!(87.5), &Value::Null));
}

#[tokio::test]
async fn open_registers_and_missing_judgements_are_overdue() {
    let app = App::new();
    let made = Made(app.officer());
    let (group, ..) = body_of(&made, 1).await;
    let (framework, action) = made.plan(&[&group]).await;
    made.meeting(Some(&group), "2017-05-01", json!({})).await;
    made.meeting(Some(&group), "2017-06-01", json!({ "status": "scheduled" })).await;
    let owned = |owner: &str| json!({ "owner": owner, "frequencies": ["annual"] });
    let rate = made.target(&action, json!({ "kind": "attendance_rate" }), owned("Clerk")).await;
    let told = made.target(&action, json!({ "kind": "narrative" }), owned("Director")).await;
    let path = format!("/v1/frameworks/{}/summary?as_at=2018-04-01", id(&framework));
    let overdue = |owner: &str, target: &Value, readings: i64, meetings: i64, registers: i64| {
        json!({ "owner": owner, "target_ids": [target["id"]], "readings": readings, "meetings_unreported": meetings,
            "registers_open": registers, "deliverables_unknown": 0, "meetings_without_forms": 0 })
    };
    let summary = made.0.read(&path).await;
    assert_eq!(
        summary["overdue"],
        json!([overdue("Clerk", &rate, 0, 1, 1), overdue("Director", &told, 1, 0, 0)])
    );
    made.entry(&told, "2018-03-01", json!({ "kind": "judgement", "status": "green", "reason": "done" }))
        .await;
    assert_eq!(made.0.read(&path).await["overdue"], json!([overdue("Clerk", &rate, 0, 1, 1)]));
}
