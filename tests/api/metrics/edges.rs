//! Special cases: a year that has not begun, several groups, revised thresholds, old entries.

use serde_json::{Value, json};

use super::{body_of, coverage, parts, reason, register};
use crate::support::{App, Fixtures, id};

#[tokio::test]
async fn a_year_that_has_not_begun_has_metrics_too() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    fixtures.council(json!({})).await;
    let (framework, action) = fixtures.plan(&[]).await;
    for measure in [
        json!({ "kind": "council_coverage", "basis": "membership", "when": "during" }),
        json!({ "kind": "meetings_held" }),
        json!({ "kind": "count_total", "unit_name": "x" }),
    ] {
        fixtures.target(&action, measure, json!({ "threshold": 5 })).await;
    }
    let path = format!("/v1/frameworks/{}/metrics?as_at=2016-01-01", id(&framework));
    let metrics = fixtures.0.read(&path).await["data"].clone();
    for metric in metrics.as_array().expect("metrics") {
        assert_eq!(reason(metric), ("not_due", "not_due"), "{}", metric["kind"]);
    }
}

#[tokio::test]
async fn a_target_is_handed_over_when_all_its_groups_are() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (ours, theirs) = (
        fixtures.group(json!({})).await,
        fixtures.group(json!({ "responsible_until": "2017-08-01", "handed_to": "Another" })).await,
    );
    let (_, both) = fixtures.plan(&[&ours, &theirs]).await;
    let (_, gone) = fixtures.plan(&[&theirs]).await;
    let long_gone = fixtures.group(json!({ "responsible_until": "2010-01-01" })).await;
    let (_, none_left) = fixtures.plan(&[&theirs, &long_gone]).await;
    fixtures.meeting(Some(&ours), "2017-05-01", json!({})).await;
    fixtures.meeting(Some(&theirs), "2017-06-01", json!({})).await;
    let count = json!({ "kind": "meetings_held" });
    let kept = fixtures.target(&both, count.clone(), json!({ "threshold": 2 })).await;
    let handed = fixtures.target(&gone, count.clone(), json!({ "threshold": 2 })).await;
    let all_gone = fixtures.target(&none_left, count, json!({ "threshold": 2 })).await;
    assert_eq!(reason(&fixtures.metric(&all_gone, "2018-03-31").await), ("handed_over", "not_applicable"));
    let metric = fixtures.metric(&kept, "2018-03-31").await;
    assert_eq!((&metric["value"], &metric["status"]), (&json!(2), &json!("green")));
    assert_eq!(reason(&fixtures.metric(&handed, "2018-03-31").await), ("handed_over", "not_applicable"));
}

#[tokio::test]
async fn the_usual_tolerance_follows_the_threshold_in_force() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (framework, action) = fixtures.plan(&[]).await;
    let ratio = json!({ "kind": "ratio" });
    let rising = fixtures.target(&action, ratio.clone(), json!({ "threshold": 60 })).await;
    let falling = fixtures.target(&action, ratio.clone(), json!({ "threshold": 100 })).await;
    let stated = json!({ "threshold": 60, "tolerance": { "kind": "relative", "value": 10 } });
    let stated = fixtures.target(&action, ratio, stated).await;
    let patch = format!("/v1/targets/{}", id(&rising));
    fixtures.0.patch(&patch, 1, json!({ "threshold": 0 })).await.expect(200);
    fixtures.0.patch(&patch, 2, json!({ "threshold": 60 })).await.expect(200);
    let plan = format!("/v1/frameworks/{}", id(&framework));
    fixtures.0.patch(&plan, 1, json!({ "status": "active" })).await.expect(200);
    let revise = async |target: &Value, threshold: i64| {
        let body = json!({ "target_id": target["id"], "revised_on": "2017-06-01", "threshold": threshold, "reason": "agreed" });
        fixtures.0.post("/v1/revisions", body).await
    };
    revise(&rising, 100).await.expect(201);
    revise(&falling, 60).await.expect(201);
    let refused = revise(&stated, 0).await.expect(422);
    assert_eq!(refused.field_errors(), ["#/threshold threshold_does_not_fit"]);
    fixtures
        .entry(&rising, "2017-09-01", json!({ "kind": "ratio", "numerator": 95, "denominator": 100 }))
        .await;
    fixtures
        .entry(&falling, "2017-09-01", json!({ "kind": "ratio", "numerator": 55, "denominator": 100 }))
        .await;
    assert_eq!(
        fixtures.metric(&rising, "2018-03-31").await["status"],
        "red",
        "the threshold 100 has no amber"
    );
    let metric = fixtures.metric(&falling, "2018-03-31").await;
    assert_eq!((&metric["status"], &metric["amber_from"]), (&json!("amber"), &json!(54)));
}

#[tokio::test]
async fn a_council_covered_on_any_occasion_counts_once() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (a, b) = (fixtures.council(json!({})).await, fixtures.council(json!({})).await);
    let (_, action) = fixtures.plan(&[]).await;
    let measure = json!({ "kind": "council_coverage", "basis": "entries", "over_occasions": "distinct" });
    let target = fixtures.target(&action, measure, json!({ "threshold": 90 })).await;
    for (council, occasion, day, covered) in [
        (&a, "spring", "2017-05-01", true),
        (&b, "spring", "2017-05-01", true),
        (&b, "autumn", "2017-10-01", false),
        (&a, "autumn", "2017-10-01", true),
    ] {
        let body = json!({ "target_id": target["id"], "occurred_on": day, "occasion": occasion, "entry": coverage(council, covered) });
        fixtures.0.create("/v1/progress", body).await;
    }
    assert_eq!(parts(&fixtures.metric(&target, "2018-03-31").await), (Some(2), Some(2)));
}

#[tokio::test]
async fn a_state_may_be_older_than_the_year_and_a_count_may_not() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let council = fixtures.council(json!({})).await;
    let (_, action) = fixtures.plan(&[]).await;
    let before = "2017-03-20";
    let standing = fixtures
        .target(
            &action,
            json!({ "kind": "council_coverage", "basis": "entries" }),
            json!({ "threshold": 50 }),
        )
        .await;
    let during = json!({ "kind": "council_coverage", "basis": "entries", "when": "during" });
    let during = fixtures.target(&action, during, json!({ "threshold": 50 })).await;
    for target in [&standing, &during] {
        fixtures.entry(target, before, coverage(&council, true)).await;
    }
    let milestone = fixtures.target(&action, json!({ "kind": "milestone" }), json!({})).await;
    fixtures.entry(&milestone, before, json!({ "kind": "milestone", "state": "achieved" })).await;
    let count = json!({ "kind": "count_total", "unit_name": "x" });
    let count = fixtures.target(&action, count, json!({ "threshold": 1 })).await;
    fixtures.entry(&count, before, json!({ "kind": "count", "count": 1 })).await;
    let mut found = Vec::new();
    for target in [&standing, &during, &milestone, &count] {
        found.push(fixtures.metric(target, "2018-03-31").await["status"].clone());
    }
    assert_eq!(found, ["green", "no_data", "green", "no_data"]);
}

#[tokio::test]
async fn a_closed_register_without_a_line_covers_nobody() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (group, _, councils) = body_of(&fixtures, 4).await;
    let (_, action) = fixtures.plan(&[&group]).await;
    let measure = json!({ "kind": "council_coverage", "basis": "attendance" });
    let target = fixtures.target(&action, measure, json!({ "threshold": 50 })).await;
    register(&fixtures, &group, "2017-05-01", &[]).await;
    let metric = fixtures.metric(&target, "2018-03-31").await;
    assert_eq!(parts(&metric), (Some(0), Some(i64::try_from(councils.len()).expect("a number"))));
}

#[tokio::test]
async fn the_return_rate_is_of_the_forms_handed_out() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let group = fixtures.group(json!({})).await;
    let (_, action) = fixtures.plan(&[&group]).await;
    let measure = json!({ "kind": "evaluation_rate", "question": "overall", "at_least": "good" });
    let target = fixtures.target(&action, measure, json!({ "threshold": 80 })).await;
    let mut path = String::new();
    for (day, handed_out, good) in [("2017-05-01", json!(40), 20), ("2017-06-01", Value::Null, 30)] {
        let meeting = fixtures.meeting(Some(&group), day, json!({})).await;
        let body = json!({ "meeting_id": meeting["id"], "question": "overall", "handed_out": handed_out,
            "ratings": [{ "rating": "poor", "forms": 0 }, { "rating": "good", "forms": good }] });
        let evaluation = fixtures.0.create("/v1/evaluations", body).await;
        path = format!("/v1/evaluations/{}", id(&evaluation));
    }
    let metric = fixtures.metric(&target, "2018-03-31").await;
    assert_eq!((parts(&metric), &metric["detail"]["return_percent"]), ((Some(50), Some(50)), &json!(50)));
    for patch in [
        json!({ "handed_out": 29 }),
        json!({ "handed_out": 35, "ratings": [{ "rating": "good", "forms": 36 }] }),
    ] {
        let refused = fixtures.0.patch(&path, 1, patch).await.expect(422);
        assert_eq!(refused.field_errors(), ["#/handed_out out_of_range"]);
    }
    fixtures.0.patch(&path, 1, json!({ "handed_out": 30 })).await.expect(200);
}

#[tokio::test]
async fn another_choice_has_the_aggregate_of_the_measure() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (group, seats, _) = body_of(&fixtures, 4).await;
    let (_, action) = fixtures.plan(&[&group]).await;
    let measure = json!({ "kind": "attendance_rate", "aggregate": "min_meeting" });
    let target = fixtures.target(&action, measure, json!({ "threshold": 75 })).await;
    let present = |n: usize| seats[..n].iter().map(|seat| (seat, "present"));
    let mut first: Vec<_> = present(2).collect();
    first.push((&seats[2], "substitute"));
    register(&fixtures, &group, "2017-05-01", &first).await;
    register(&fixtures, &group, "2017-06-01", &present(4).collect::<Vec<_>>()).await;
    let metric = fixtures.metric(&target, "2018-03-31").await;
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
    let fixtures = Fixtures(app.officer());
    let (group, ..) = body_of(&fixtures, 1).await;
    let (framework, action) = fixtures.plan(&[&group]).await;
    fixtures.meeting(Some(&group), "2017-05-01", json!({})).await;
    fixtures.meeting(Some(&group), "2017-06-01", json!({ "status": "scheduled" })).await;
    let owned = |owner: &str| json!({ "owner": owner, "frequencies": ["annual"] });
    let rate = fixtures.target(&action, json!({ "kind": "attendance_rate" }), owned("Clerk")).await;
    let told = fixtures.target(&action, json!({ "kind": "narrative" }), owned("Director")).await;
    let path = format!("/v1/frameworks/{}/summary?as_at=2018-04-01", id(&framework));
    let overdue = |owner: &str, target: &Value, readings: i64, meetings: i64, registers: i64| {
        json!({ "owner": owner, "target_ids": [target["id"]], "readings": readings, "meetings_unreported": meetings,
            "registers_open": registers, "deliverables_unknown": 0, "meetings_without_forms": 0 })
    };
    let summary = fixtures.0.read(&path).await;
    assert_eq!(
        summary["overdue"],
        json!([overdue("Clerk", &rate, 0, 1, 1), overdue("Director", &told, 1, 0, 0)])
    );
    fixtures
        .entry(&told, "2018-03-01", json!({ "kind": "judgement", "status": "green", "reason": "done" }))
        .await;
    assert_eq!(fixtures.0.read(&path).await["overdue"], json!([overdue("Clerk", &rate, 0, 1, 1)]));
}
