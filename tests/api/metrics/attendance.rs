//! Attendance rates from registers, and the reasons why a metric has no value.

use serde_json::{Value, json};

use super::{body_of, parts, reason, register};
use crate::support::{App, Fixtures, id};

#[tokio::test]
async fn substitutes_count_and_apologies_and_missing_lines_do_not() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (group, seats, _) = body_of(&fixtures, 5).await;
    let (_, action) = fixtures.plan(&[&group]).await;
    let lines = [
        (&seats[0], "present"),
        (&seats[1], "present_virtual"),
        (&seats[2], "substitute"),
        (&seats[3], "apologies"),
    ];
    register(&fixtures, &group, "2017-05-01", &lines).await;
    let target =
        fixtures.target(&action, json!({ "kind": "attendance_rate" }), json!({ "threshold": 60 })).await;
    let strict = fixtures
        .target(
            &action,
            json!({ "kind": "attendance_rate", "substitutes": "not_counted" }),
            json!({ "threshold": 60 }),
        )
        .await;
    let metric = fixtures.metric(&target, "2018-03-31").await;
    assert_eq!((parts(&metric), &metric["status"]), ((Some(3), Some(5)), &json!("green")));
    assert_eq!(
        metric["detail"],
        json!({ "kind": "attendance_rate", "meetings": 1, "present": 1, "present_virtual": 1,
        "substitutes": 1, "apologies": 1, "absent": 0, "not_recorded": 1, "vacant": 0 })
    );
    assert_eq!(metric["choice_sensitive"], true, "without substitutes it would be red");
    let strict = fixtures.metric(&strict, "2018-03-31").await;
    assert_eq!((parts(&strict), &strict["status"]), ((Some(2), Some(5)), &json!("red")));
}

#[tokio::test]
async fn a_holder_is_expected_only_within_the_term() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (group, seats, _) = body_of(&fixtures, 1).await;
    let late = fixtures.seat(&group, &fixtures.council(json!({})).await, json!({ "terms": [{ "holder_ref": "l", "held_from": "2017-06-01", "held_until": "2017-09-01" }] })).await;
    fixtures.seat(&group, &fixtures.council(json!({})).await, json!({ "terms": [] })).await;
    fixtures.seat(&group, &fixtures.council(json!({ "exists_until": "2017-05-01" })).await, json!({})).await;
    fixtures.seat(&group, &fixtures.council(json!({})).await, json!({ "exists_from": "2018-01-01" })).await;
    let (_, action) = fixtures.plan(&[&group]).await;
    register(&fixtures, &group, "2017-05-01", &[(&seats[0], "present")]).await;
    register(&fixtures, &group, "2017-06-01", &[(&seats[0], "present"), (&late, "present")]).await;
    register(&fixtures, &group, "2017-09-01", &[(&seats[0], "absent")]).await;
    let target = fixtures.target(&action, json!({ "kind": "attendance_rate" }), json!({})).await;
    let vacancies = fixtures
        .target(&action, json!({ "kind": "attendance_rate", "vacancies": "included" }), json!({}))
        .await;
    let metric = fixtures.metric(&target, "2018-03-31").await;
    assert_eq!((parts(&metric), &metric["status"]), ((Some(3), Some(4)), &json!("contextual")));
    let metric = fixtures.metric(&vacancies, "2018-03-31").await;
    assert_eq!(
        (parts(&metric), &metric["detail"]["vacant"]),
        ((Some(3), Some(9)), &json!(5)),
        "two vacant in May, one in June, two in September"
    );
}

#[tokio::test]
async fn a_person_with_two_seats_counts_once_and_a_council_with_two_seats_too() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let group = fixtures.group(json!({})).await;
    let (one, two) = (fixtures.council(json!({})).await, fixtures.council(json!({})).await);
    let shared = json!({ "terms": [{ "holder_ref": "shared", "held_from": "2010-01-01" }] });
    let (a, _b) =
        (fixtures.seat(&group, &one, shared.clone()).await, fixtures.seat(&group, &two, shared).await);
    fixtures.seat(&group, &two, json!({ "role": "leader" })).await;
    let (_, action) = fixtures.plan(&[&group]).await;
    register(&fixtures, &group, "2017-05-01", &[(&a, "present")]).await;
    for (unit, expected) in
        [("seat", (Some(1), Some(3))), ("person", (Some(1), Some(2))), ("council", (Some(1), Some(2)))]
    {
        let target =
            fixtures.target(&action, json!({ "kind": "attendance_rate", "unit": unit }), json!({})).await;
        assert_eq!(parts(&fixtures.metric(&target, "2018-03-31").await), expected, "{unit}");
    }
}

#[tokio::test]
async fn roles_council_kinds_groups_and_meeting_kinds_narrow_a_rate() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (group, other) = (fixtures.group(json!({})).await, fixtures.group(json!({})).await);
    let (county, district) =
        (fixtures.council(json!({ "kind": "county" })).await, fixtures.council(json!({})).await);
    let leader = fixtures.seat(&group, &county, json!({ "role": "leader" })).await;
    fixtures.seat(&group, &county, json!({ "role": "officer" })).await;
    fixtures.seat(&group, &district, json!({ "role": "leader" })).await;
    let elsewhere = fixtures.seat(&other, &county, json!({ "role": "leader" })).await;
    let (_, action) = fixtures.plan(&[&group, &other]).await;
    register(&fixtures, &group, "2017-05-01", &[(&leader, "present")]).await;
    register(&fixtures, &other, "2017-05-01", &[(&elsewhere, "present")]).await;
    let summit = fixtures.meeting(Some(&group), "2017-07-01", json!({ "kind": "summit" })).await;
    fixtures.close_register(&summit).await;
    for (parameters, expected) in [
        (json!({}), (Some(2), Some(7))),
        (json!({ "roles": ["leader"] }), (Some(2), Some(5))),
        (json!({ "council_kinds": ["county", "unitary"] }), (Some(2), Some(5))),
        (json!({ "selector": { "group_ids": [other["id"]] } }), (Some(1), Some(1))),
        (json!({ "selector": { "meeting_kinds": ["summit"] } }), (Some(0), Some(3))),
        (
            json!({ "selector": { "meeting_kinds": ["meeting"], "group_ids": [group["id"]] }, "roles": ["officer"] }),
            (Some(0), Some(1)),
        ),
    ] {
        let mut measure = parameters.clone();
        measure["kind"] = json!("attendance_rate");
        let target = fixtures.target(&action, measure, json!({})).await;
        let metric = fixtures.metric(&target, "2018-03-31").await;
        assert_eq!(parts(&metric), expected, "{parameters}");
        if parameters == json!({}) {
            let shares: Vec<(&Value, &Value)> = metric["parts"]
                .as_array()
                .expect("parts")
                .iter()
                .map(|p| (&p["numerator"], &p["denominator"]))
                .collect();
            assert_eq!(
                shares,
                [(&json!(1), &json!(6)), (&json!(1), &json!(1))],
                "several groups are pooled and shown as parts"
            );
        }
    }
}

#[tokio::test]
async fn a_council_attends_an_open_event_if_any_of_its_delegates_does() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (one, two) = (fixtures.council(json!({})).await, fixtures.council(json!({ "kind": "county" })).await);
    fixtures.council(json!({ "exists_until": "2017-01-01" })).await;
    let (_, action) = fixtures.plan(&[]).await;
    let event = fixtures.meeting(None, "2017-06-26", json!({ "kind": "conference" })).await;
    for (council, delegate, status) in [(&one, "a", "absent"), (&one, "b", "present"), (&one, "c", "present")]
    {
        fixtures.0.create("/v1/attendance", json!({ "meeting_id": event["id"], "council_id": council["id"], "delegate_ref": delegate, "status": status })).await;
    }
    fixtures.0.create("/v1/attendance", json!({ "meeting_id": event["id"], "council_id": two["id"], "delegate_ref": "v", "status": "in_attendance" })).await;
    fixtures.close_register(&event).await;
    fixtures
        .0
        .patch(&format!("/v1/actions/{}", id(&action)), 1, json!({ "meeting_ids": [event["id"]] }))
        .await
        .expect(200);
    let target = fixtures.target(&action, json!({ "kind": "attendance_rate" }), json!({})).await;
    assert_eq!(parts(&fixtures.metric(&target, "2018-03-31").await), (Some(1), Some(2)));
    let counties = fixtures
        .target(&action, json!({ "kind": "attendance_rate", "council_kinds": ["county"] }), json!({}))
        .await;
    assert_eq!(
        parts(&fixtures.metric(&counties, "2018-03-31").await),
        (Some(0), Some(1)),
        "a visitor never counts"
    );
}

#[tokio::test]
async fn a_metric_without_a_value_gives_the_reason() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let rate = json!({ "kind": "attendance_rate" });
    let with_group = |more: Value| {
        let fixtures = &fixtures;
        async move {
            let group = fixtures.group(more).await;
            let (_, action) = fixtures.plan(&[&group]).await;
            (
                group,
                fixtures
                    .target(&action, json!({ "kind": "attendance_rate" }), json!({ "threshold": 60 }))
                    .await,
            )
        }
    };
    let (_, nothing) = with_group(json!({})).await;
    assert_eq!(reason(&fixtures.metric(&nothing, "2018-03-31").await), ("no_meeting", "no_data"));

    let (group, ahead) = with_group(json!({})).await;
    fixtures.meeting(Some(&group), "2017-10-01", json!({ "status": "scheduled" })).await;
    fixtures.meeting(Some(&group), "2017-05-01", json!({ "status": "cancelled" })).await;
    assert_eq!(reason(&fixtures.metric(&ahead, "2017-09-30").await), ("not_due", "not_due"));
    let metric = fixtures.metric(&ahead, "2017-10-01").await;
    assert_eq!(
        (reason(&metric), &metric["completeness"]["meetings_unreported"]),
        (("no_meeting", "no_data"), &json!(1)),
        "its day has come, and it is still scheduled"
    );

    let (group, cancelled) = with_group(json!({})).await;
    fixtures.meeting(Some(&group), "2017-05-01", json!({ "status": "cancelled" })).await;
    assert_eq!(reason(&fixtures.metric(&cancelled, "2018-03-31").await), ("meeting_cancelled", "no_data"));

    let (group, open) = with_group(json!({})).await;
    let meeting = fixtures.meeting(Some(&group), "2017-05-01", json!({})).await;
    assert_eq!(reason(&fixtures.metric(&open, "2018-03-31").await), ("register_open", "no_data"));
    fixtures.close_register(&meeting).await;
    assert_eq!(reason(&fixtures.metric(&open, "2018-03-31").await), ("no_eligible", "no_data"));

    let (group, unkept) = with_group(json!({})).await;
    fixtures.meeting(Some(&group), "2017-05-01", json!({ "register": "not_kept" })).await;
    let metric = fixtures.metric(&unkept, "2018-03-31").await;
    assert_eq!(
        (reason(&metric), &metric["completeness"]["provisional"]),
        (("no_entries", "no_data"), &json!(false)),
        "a register that is not kept is not missing"
    );

    let (_, gone) = with_group(json!({ "responsible_until": "2017-05-01" })).await;
    assert_eq!(reason(&fixtures.metric(&gone, "2018-03-31").await), ("handed_over", "not_applicable"));

    let (_, action) = fixtures.plan(&[]).await;
    for (measure, expected) in [
        (json!({ "kind": "narrative" }), ("judged_only", "contextual")),
        (json!({ "kind": "ratio" }), ("no_entries", "no_data")),
        (json!({ "kind": "milestone" }), ("no_entries", "no_data")),
        (json!({ "kind": "count_total", "unit_name": "x" }), ("no_entries", "no_data")),
        (json!({ "kind": "financial_balance", "area": "a" }), ("no_entries", "no_data")),
        (rate, ("no_meeting", "no_data")),
        (json!({ "kind": "council_coverage", "basis": "entries" }), ("no_entries", "no_data")),
        (json!({ "kind": "council_coverage", "basis": "membership" }), ("no_entries", "no_data")),
    ] {
        let target = fixtures.target(&action, measure.clone(), json!({ "frequencies": ["annual"] })).await;
        assert_eq!(reason(&fixtures.metric(&target, "2018-03-31").await), expected, "{measure}");
        let early = fixtures.metric(&target, "2017-06-01").await;
        let waits = matches!(
            measure["kind"].as_str(),
            Some("ratio" | "milestone" | "count_total" | "financial_balance")
        ) || measure["basis"] == "entries";
        assert_eq!(early["value_reason"] == "not_due", waits, "{measure}");
    }
}

#[tokio::test]
async fn a_rate_leaves_out_an_open_register_and_a_count_misses_a_cancelled_meeting() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (group, seats, _) = body_of(&fixtures, 2).await;
    let (_, action) = fixtures.plan(&[&group]).await;
    register(&fixtures, &group, "2017-05-01", &[(&seats[0], "present"), (&seats[1], "present")]).await;
    let open = fixtures.meeting(Some(&group), "2017-06-01", json!({ "status": "inquorate" })).await;
    fixtures.attendance(&open, &seats[0], "absent").await;
    fixtures.meeting(Some(&group), "2017-07-01", json!({ "status": "cancelled" })).await;
    fixtures.meeting(Some(&group), "2018-02-01", json!({ "status": "scheduled" })).await;
    let rate =
        fixtures.target(&action, json!({ "kind": "attendance_rate" }), json!({ "threshold": 60 })).await;
    let count = fixtures.target(&action, json!({ "kind": "meetings_held" }), json!({ "threshold": 4 })).await;
    let metric = fixtures.metric(&rate, "2017-12-31").await;
    assert_eq!((parts(&metric), &metric["completeness"]["provisional"]), ((Some(2), Some(2)), &json!(true)));
    let completeness = &metric["completeness"];
    assert_eq!(
        (
            &completeness["registers_closed"],
            &completeness["registers_open"],
            &completeness["meetings_held"],
            &completeness["meetings_planned"]
        ),
        (&json!(1), &json!(1), &json!(2), &json!(4))
    );
    let metric = fixtures.metric(&count, "2017-12-31").await;
    assert_eq!(
        (&metric["value"], &metric["expected_by_now"], &metric["status"], &metric["status_reason"]),
        (&json!(2), &json!(3), &json!("red"), &json!("behind"))
    );
    assert_eq!(
        (&metric["completeness"]["meetings_inquorate"], &metric["completeness"]["meetings_cancelled"]),
        (&json!(1), &json!(1))
    );
    fixtures.close_register(&open).await;
    assert_eq!(
        parts(&fixtures.metric(&rate, "2017-12-31").await),
        (Some(2), Some(4)),
        "an inquorate meeting counts"
    );
    let metric = fixtures.metric(&count, "2018-03-31").await;
    assert_eq!(
        (&metric["value"], &metric["expected_by_now"], &metric["variance"], &metric["status"]),
        (&json!(2), &json!(4), &json!(-2), &json!("red"))
    );
}
