//! Measures of progress entries, coverage, forms and deliverables.

use serde_json::{Value, json};

use super::{body_of, parts, reason, register};
use crate::support::{App, Fixtures};

#[tokio::test]
async fn a_count_is_compared_with_its_pace_within_the_year() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (_, action) = fixtures.plan(&[]).await;
    let target = fixtures
        .target(
            &action,
            json!({ "kind": "count_total", "unit_name": "x" }),
            json!({ "threshold": 365, "frequencies": ["monthly"] }),
        )
        .await;
    fixtures.entry(&target, "2017-04-30", json!({ "kind": "count", "count": 30 })).await;
    fixtures.entry(&target, "2017-03-31", json!({ "kind": "count", "count": 500 })).await;
    for (day, expected, status, why) in [
        ("2017-04-30", json!(30), "green", "on_course"),
        ("2017-05-02", json!(32), "amber", "slightly_behind"),
        ("2017-05-10", json!(40), "red", "behind"),
        ("2018-03-30", json!(364), "red", "behind"),
        ("2018-03-31", json!(365), "red", "misses_threshold"),
    ] {
        let metric = fixtures.metric(&target, day).await;
        assert_eq!((&metric["value"], &metric["expected_by_now"]), (&json!(30), &expected), "{day}");
        assert_eq!((&metric["status"], &metric["status_reason"]), (&json!(status), &json!(why)), "{day}");
    }
    let metric = fixtures.metric(&target, "2099-01-01").await;
    assert_eq!(metric["as_at"], "2018-03-31", "never later than the last day of the year");
    let metric = fixtures.metric(&target, "2017-03-31").await;
    assert_eq!((reason(&metric), &metric["expected_by_now"]), (("not_due", "not_due"), &json!(0)));
}

#[tokio::test]
async fn a_correction_replaces_its_entry() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (_, action) = fixtures.plan(&[]).await;
    let target = fixtures
        .target(&action, json!({ "kind": "count_total", "unit_name": "x" }), json!({ "threshold": 10 }))
        .await;
    let wrong = fixtures.entry(&target, "2017-05-01", json!({ "kind": "count", "count": 70 })).await;
    fixtures.0.create("/v1/progress", json!({ "target_id": target["id"], "occurred_on": "2017-05-01", "entry": { "kind": "count", "count": 7 }, "supersedes_id": wrong["id"] })).await;
    fixtures.entry(&target, "2017-06-01", json!({ "kind": "count", "count": 2 })).await;
    let metric = fixtures.metric(&target, "2018-03-31").await;
    assert_eq!(
        (&metric["value"], &metric["status"], &metric["amber_from"]),
        (&json!(9), &json!("amber"), &json!(9))
    );
}

#[tokio::test]
async fn coverage_counts_councils_that_exist_and_their_latest_entry() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (a, b, gone) = (
        fixtures.council(json!({})).await,
        fixtures.council(json!({})).await,
        fixtures.council(json!({ "exists_until": "2018-01-01" })).await,
    );
    let (_, action) = fixtures.plan(&[]).await;
    let coverage = |council: &Value, covered: bool| json!({ "kind": "coverage", "council_id": council["id"], "covered": covered });
    let target = fixtures
        .target(
            &action,
            json!({ "kind": "council_coverage", "basis": "entries" }),
            json!({ "threshold": 90 }),
        )
        .await;
    let during = fixtures
        .target(
            &action,
            json!({ "kind": "council_coverage", "basis": "entries", "when": "during" }),
            json!({}),
        )
        .await;
    for target in [&target, &during] {
        fixtures.entry(target, "2017-05-01", coverage(&a, true)).await;
        fixtures.entry(target, "2017-05-01", coverage(&b, true)).await;
        fixtures.entry(target, "2017-05-01", coverage(&gone, true)).await;
        fixtures.entry(target, "2017-09-01", coverage(&b, false)).await;
    }
    assert_eq!(parts(&fixtures.metric(&target, "2017-08-31").await), (Some(3), Some(3)));
    assert_eq!(parts(&fixtures.metric(&target, "2017-09-01").await), (Some(2), Some(3)));
    assert_eq!(parts(&fixtures.metric(&target, "2018-03-31").await), (Some(1), Some(2)));
    let metric = fixtures.metric(&during, "2018-03-31").await;
    assert_eq!(
        (parts(&metric), &metric["unit"], &metric["value"], &metric["status"]),
        ((Some(2), Some(2)), &json!("count"), &json!(2), &json!("contextual")),
        "without a threshold the value is the number of councils"
    );
    assert_eq!(metric["value_percent"], Value::Null);
}

#[tokio::test]
async fn two_canvasses_count_by_the_lower_or_added_up_or_as_one() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (a, b) = (fixtures.council(json!({})).await, fixtures.council(json!({})).await);
    let (_, action) = fixtures.plan(&[]).await;
    for (over, expected, occasions) in [
        ("minimum", (Some(1), Some(2)), 2),
        ("pooled", (Some(3), Some(4)), 2),
        ("distinct", (Some(2), Some(2)), 1),
    ] {
        let target = fixtures
            .target(
                &action,
                json!({ "kind": "council_coverage", "basis": "entries", "when": "during", "over_occasions": over }),
                json!({ "threshold": 90 }),
            )
            .await;
        for (council, occasion, covered) in
            [(&a, "spring", true), (&b, "spring", true), (&a, "autumn", true), (&b, "autumn", false)]
        {
            let entry = json!({ "kind": "coverage", "council_id": council["id"], "covered": covered });
            fixtures.0.create("/v1/progress", json!({ "target_id": target["id"], "occurred_on": "2017-09-01", "occasion": occasion, "entry": entry })).await;
        }
        let metric = fixtures.metric(&target, "2018-03-31").await;
        assert_eq!(
            (parts(&metric), metric["detail"]["occasions"].as_array().map(Vec::len)),
            (expected, Some(occasions)),
            "{over}"
        );
    }
}

#[tokio::test]
async fn membership_and_attendance_cover_councils_too() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (group, seats, _) = body_of(&fixtures, 2).await;
    fixtures
        .council(json!({ "memberships": [{ "member_from": "2010-01-01", "member_until": "2017-06-01" }] }))
        .await;
    fixtures.council(json!({ "memberships": [] })).await;
    let (_, action) = fixtures.plan(&[&group]).await;
    let membership = fixtures
        .target(
            &action,
            json!({ "kind": "council_coverage", "basis": "membership" }),
            json!({ "threshold": 100 }),
        )
        .await;
    let during = fixtures
        .target(
            &action,
            json!({ "kind": "council_coverage", "basis": "membership", "when": "during" }),
            json!({ "threshold": 100 }),
        )
        .await;
    let attendance = fixtures
        .target(
            &action,
            json!({ "kind": "council_coverage", "basis": "attendance" }),
            json!({ "threshold": 100 }),
        )
        .await;
    assert_eq!(parts(&fixtures.metric(&membership, "2018-03-31").await), (Some(2), Some(4)));
    assert_eq!(parts(&fixtures.metric(&during, "2018-03-31").await), (Some(3), Some(4)));
    assert_eq!(reason(&fixtures.metric(&attendance, "2018-03-31").await), ("no_meeting", "no_data"));
    register(&fixtures, &group, "2017-05-01", &[(&seats[0], "present"), (&seats[1], "absent")]).await;
    assert_eq!(parts(&fixtures.metric(&attendance, "2018-03-31").await), (Some(1), Some(4)));
}

#[tokio::test]
async fn forms_are_pooled_over_events_on_their_own_scales() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let group = fixtures.group(json!({})).await;
    let (_, action) = fixtures.plan(&[&group]).await;
    let target = fixtures
        .target(
            &action,
            json!({ "kind": "evaluation_rate", "question": "overall", "at_least": "good" }),
            json!({ "threshold": 80 }),
        )
        .await;
    let forms = |meeting: &Value, question: &str, ratings: Value| json!({ "meeting_id": meeting["id"], "question": question, "ratings": ratings, "handed_out": 20 });
    let (one, two, three) = (
        fixtures.meeting(Some(&group), "2017-05-01", json!({})).await,
        fixtures.meeting(Some(&group), "2017-06-01", json!({})).await,
        fixtures.meeting(Some(&group), "2017-07-01", json!({})).await,
    );
    fixtures.0.create("/v1/evaluations", forms(&one, "overall", json!([{ "rating": "poor", "forms": 2 }, { "rating": "good", "forms": 5 }, { "rating": "excellent", "forms": 3 }]))).await;
    fixtures
        .0
        .create(
            "/v1/evaluations",
            forms(
                &two,
                "overall",
                json!([{ "rating": "fair", "forms": 3 }, { "rating": "good", "forms": 7 }]),
            ),
        )
        .await;
    fixtures
        .0
        .create(
            "/v1/evaluations",
            forms(
                &three,
                "overall",
                json!([{ "rating": "no", "forms": 9 }, { "rating": "yes", "forms": 1 }]),
            ),
        )
        .await;
    fixtures
        .0
        .create(
            "/v1/evaluations",
            forms(
                &one,
                "expectations",
                json!([{ "rating": "poor", "forms": 9 }, { "rating": "good", "forms": 0 }]),
            ),
        )
        .await;
    let metric = fixtures.metric(&target, "2018-03-31").await;
    assert_eq!(
        (parts(&metric), &metric["value_percent"], &metric["status"]),
        ((Some(15), Some(20)), &json!(75), &json!("amber"))
    );
    assert_eq!(
        metric["detail"],
        json!({ "kind": "evaluation_rate", "events": 2, "events_on_another_scale": 1, "return_percent": 50 })
    );
    assert_eq!(metric["direction"]["short"], "declined");
}

#[tokio::test]
async fn a_deliverable_counts_where_it_is_known() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let group = fixtures.group(json!({})).await;
    let (_, action) = fixtures.plan(&[&group]).await;
    let target = fixtures
        .target(
            &action,
            json!({ "kind": "deliverable_per_meeting", "deliverable": "briefing" }),
            json!({ "threshold": 100 }),
        )
        .await;
    for (day, status, delivered) in [
        ("2017-05-01", "held", json!(true)),
        ("2017-06-01", "held", json!(null)),
        ("2017-07-01", "cancelled", json!(false)),
        ("2018-03-01", "scheduled", json!(true)),
    ] {
        fixtures.meeting(Some(&group), day, json!({ "status": status, "deliverables": [{ "deliverable": "briefing", "delivered": delivered }] })).await;
    }
    let metric = fixtures.metric(&target, "2018-03-31").await;
    assert_eq!(
        (parts(&metric), &metric["status"], &metric["completeness"]["deliverables_unknown"]),
        ((Some(1), Some(1)), &json!("green"), &json!(1))
    );
    assert_eq!(metric["completeness"]["provisional"], true);
}

#[tokio::test]
async fn a_ratio_is_summed_the_latest_or_the_lowest_and_0_of_0_is_not_applicable() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (_, action) = fixtures.plan(&[]).await;
    for (aggregate, expected) in
        [("summed", (Some(9), Some(20))), ("latest", (Some(5), Some(10))), ("minimum", (Some(4), Some(10)))]
    {
        let target =
            fixtures.target(&action, json!({ "kind": "ratio", "aggregate": aggregate }), json!({})).await;
        for (day, n) in [("2017-05-01", 4), ("2017-06-01", 5)] {
            fixtures.entry(&target, day, json!({ "kind": "ratio", "numerator": n, "denominator": 10 })).await;
        }
        assert_eq!(parts(&fixtures.metric(&target, "2018-03-31").await), expected, "{aggregate}");
    }
    let target = fixtures.target(&action, json!({ "kind": "ratio" }), json!({ "threshold": 100 })).await;
    fixtures.entry(&target, "2017-05-01", json!({ "kind": "ratio", "numerator": 0, "denominator": 0 })).await;
    let metric = fixtures.metric(&target, "2018-03-31").await;
    assert_eq!(
        (parts(&metric), reason(&metric)),
        ((Some(0), Some(0)), ("zero_denominator", "not_applicable"))
    );
}

#[tokio::test]
async fn a_surplus_is_more_than_0_and_break_even_is_at_least_0() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (_, action) = fixtures.plan(&[]).await;
    for (requirement, status) in [("surplus", "red"), ("break_even", "green")] {
        let target = fixtures
            .target(
                &action,
                json!({ "kind": "financial_balance", "area": "a", "requirement": requirement }),
                json!({ "threshold": 0 }),
            )
            .await;
        fixtures
            .entry(
                &target,
                "2017-05-01",
                json!({ "kind": "money", "area": "a", "income_pence": 150, "cost_pence": 50 }),
            )
            .await;
        fixtures
            .entry(
                &target,
                "2017-06-01",
                json!({ "kind": "money", "area": "a", "income_pence": 0, "cost_pence": 100 }),
            )
            .await;
        let metric = fixtures.metric(&target, "2018-03-31").await;
        assert_eq!(
            (&metric["value"], &metric["unit"], &metric["status"]),
            (&json!(0), &json!("pence"), &json!(status)),
            "{requirement}"
        );
    }
}

#[tokio::test]
async fn a_milestone_is_green_only_when_achieved_and_not_due_before_its_date() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (_, action) = fixtures.plan(&[]).await;
    let target =
        fixtures.target(&action, json!({ "kind": "milestone" }), json!({ "due_on": "2017-10-01" })).await;
    fixtures.entry(&target, "2017-05-01", json!({ "kind": "milestone", "state": "started" })).await;
    fixtures.entry(&target, "2017-12-01", json!({ "kind": "milestone", "state": "achieved" })).await;
    for (day, value, status, why) in [
        ("2017-09-30", 0, "not_due", "before_due_date"),
        ("2017-10-01", 0, "red", "overdue"),
        ("2017-12-01", 1, "green", "achieved"),
    ] {
        let metric = fixtures.metric(&target, day).await;
        assert_eq!(
            (&metric["value"], &metric["status"], &metric["status_reason"]),
            (&json!(value), &json!(status), &json!(why)),
            "{day}"
        );
    }
}
