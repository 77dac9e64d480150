//! What each measure makes of its records, rule by rule.

use serde_json::{Value, json};

use crate::support::{App, Made, id};

/// A group with seats of so many councils.
async fn body_of(made: &Made, councils: usize) -> (Value, Vec<Value>, Vec<Value>) {
    let group = made.group(json!({})).await;
    let (mut seats, mut all) = (Vec::new(), Vec::new());
    for _ in 0..councils {
        let council = made.council(json!({})).await;
        seats.push(made.seat(&group, &council, json!({})).await);
        all.push(council);
    }
    (group, seats, all)
}

/// A meeting with a closed register in which these seats have these statuses.
async fn register(made: &Made, group: &Value, day: &str, lines: &[(&Value, &str)]) -> Value {
    let meeting = made.meeting(Some(group), day, json!({})).await;
    for (seat, status) in lines {
        made.line(&meeting, seat, status).await;
    }
    made.close(&meeting).await;
    meeting
}

fn parts(metric: &Value) -> (Option<i64>, Option<i64>) {
    (metric["numerator"].as_i64(), metric["denominator"].as_i64())
}

fn reason(metric: &Value) -> (&str, &str) {
    (metric["value_reason"].as_str().unwrap_or("-"), metric["status"].as_str().unwrap_or("-"))
}

#[tokio::test]
async fn substitutes_count_apologies_do_not_and_what_is_not_recorded_is_missed() {
    let app = App::new();
    let made = Made(app.officer());
    let (group, seats, _) = body_of(&made, 5).await;
    let (_, action) = made.plan(&[&group]).await;
    let lines = [(&seats[0], "present"), (&seats[1], "present_virtual"), (&seats[2], "substitute"), (&seats[3], "apologies")];
    register(&made, &group, "2017-05-01", &lines).await;
    let target = made.target(&action, json!({ "kind": "attendance_rate" }), json!({ "threshold": 60 })).await;
    let strict = made.target(&action, json!({ "kind": "attendance_rate", "substitutes": "not_counted" }), json!({ "threshold": 60 })).await;
    let metric = made.metric(&target, "2018-03-31").await;
    assert_eq!((parts(&metric), &metric["status"]), ((Some(3), Some(5)), &json!("green")));
    assert_eq!(metric["detail"], json!({ "kind": "attendance_rate", "meetings": 1, "present": 1, "present_virtual": 1,
        "substitutes": 1, "apologies": 1, "absent": 0, "not_recorded": 1, "vacant": 0 }));
    assert_eq!(metric["choice_sensitive"], true, "without substitutes it would be red");
    let strict = made.metric(&strict, "2018-03-31").await;
    assert_eq!((parts(&strict), &strict["status"]), ((Some(2), Some(5)), &json!("red")));
}

#[tokio::test]
async fn those_who_join_or_leave_late_are_expected_in_their_term_alone() {
    let app = App::new();
    let made = Made(app.officer());
    let (group, seats, _) = body_of(&made, 1).await;
    let late = made.seat(&group, &made.council(json!({})).await, json!({ "terms": [{ "holder_ref": "l", "held_from": "2017-06-01", "held_until": "2017-09-01" }] })).await;
    made.seat(&group, &made.council(json!({})).await, json!({ "terms": [] })).await;
    made.seat(&group, &made.council(json!({ "exists_until": "2017-05-01" })).await, json!({})).await;
    made.seat(&group, &made.council(json!({})).await, json!({ "exists_from": "2018-01-01" })).await;
    let (_, action) = made.plan(&[&group]).await;
    register(&made, &group, "2017-05-01", &[(&seats[0], "present")]).await;
    register(&made, &group, "2017-06-01", &[(&seats[0], "present"), (&late, "present")]).await;
    register(&made, &group, "2017-09-01", &[(&seats[0], "absent")]).await;
    let target = made.target(&action, json!({ "kind": "attendance_rate" }), json!({})).await;
    let vacancies = made.target(&action, json!({ "kind": "attendance_rate", "vacancies": "included" }), json!({})).await;
    let metric = made.metric(&target, "2018-03-31").await;
    assert_eq!((parts(&metric), &metric["status"]), ((Some(3), Some(4)), &json!("contextual")));
    let metric = made.metric(&vacancies, "2018-03-31").await;
    assert_eq!((parts(&metric), &metric["detail"]["vacant"]), ((Some(3), Some(9)), &json!(5)), "two vacant in May, one in June, two in September");
}

#[tokio::test]
async fn a_person_with_two_seats_counts_once_and_a_council_with_two_seats_too() {
    let app = App::new();
    let made = Made(app.officer());
    let group = made.group(json!({})).await;
    let (one, two) = (made.council(json!({})).await, made.council(json!({})).await);
    let shared = json!({ "terms": [{ "holder_ref": "shared", "held_from": "2010-01-01" }] });
    let (a, _b) = (made.seat(&group, &one, shared.clone()).await, made.seat(&group, &two, shared).await);
    made.seat(&group, &two, json!({ "role": "leader" })).await;
    let (_, action) = made.plan(&[&group]).await;
    register(&made, &group, "2017-05-01", &[(&a, "present")]).await;
    for (unit, expected) in [("seat", (Some(1), Some(3))), ("person", (Some(1), Some(2))), ("council", (Some(1), Some(2)))] {
        let target = made.target(&action, json!({ "kind": "attendance_rate", "unit": unit }), json!({})).await;
        assert_eq!(parts(&made.metric(&target, "2018-03-31").await), expected, "{unit}");
    }
}

#[tokio::test]
async fn roles_council_kinds_groups_and_meeting_kinds_narrow() {
    let app = App::new();
    let made = Made(app.officer());
    let (group, other) = (made.group(json!({})).await, made.group(json!({})).await);
    let (county, district) = (made.council(json!({ "kind": "county" })).await, made.council(json!({})).await);
    let leader = made.seat(&group, &county, json!({ "role": "leader" })).await;
    made.seat(&group, &county, json!({ "role": "officer" })).await;
    made.seat(&group, &district, json!({ "role": "leader" })).await;
    let elsewhere = made.seat(&other, &county, json!({ "role": "leader" })).await;
    let (_, action) = made.plan(&[&group, &other]).await;
    register(&made, &group, "2017-05-01", &[(&leader, "present")]).await;
    register(&made, &other, "2017-05-01", &[(&elsewhere, "present")]).await;
    let summit = made.meeting(Some(&group), "2017-07-01", json!({ "kind": "summit" })).await;
    made.close(&summit).await;
    for (parameters, expected) in [
        (json!({}), (Some(2), Some(7))),
        (json!({ "roles": ["leader"] }), (Some(2), Some(5))),
        (json!({ "council_kinds": ["county", "unitary"] }), (Some(2), Some(5))),
        (json!({ "selector": { "group_ids": [other["id"]] } }), (Some(1), Some(1))),
        (json!({ "selector": { "meeting_kinds": ["summit"] } }), (Some(0), Some(3))),
        (json!({ "selector": { "meeting_kinds": ["meeting"], "group_ids": [group["id"]] }, "roles": ["officer"] }), (Some(0), Some(1))),
    ] {
        let mut measure = parameters.clone();
        measure["kind"] = json!("attendance_rate");
        let target = made.target(&action, measure, json!({})).await;
        let metric = made.metric(&target, "2018-03-31").await;
        assert_eq!(parts(&metric), expected, "{parameters}");
        if parameters == json!({}) {
            let shares: Vec<(&Value, &Value)> = metric["parts"].as_array().expect("parts").iter().map(|p| (&p["numerator"], &p["denominator"])).collect();
            assert_eq!(shares, [(&json!(1), &json!(6)), (&json!(1), &json!(1))], "several groups are pooled and shown as parts");
        }
    }
}

#[tokio::test]
async fn several_meetings_are_pooled_distinct_or_the_lowest() {
    let app = App::new();
    let made = Made(app.officer());
    let (group, seats, _) = body_of(&made, 4).await;
    let (_, action) = made.plan(&[&group]).await;
    register(&made, &group, "2017-05-01", &[(&seats[0], "present"), (&seats[1], "present"), (&seats[2], "present")]).await;
    register(&made, &group, "2017-06-01", &[(&seats[3], "present")]).await;
    for (aggregate, expected, status) in [("pooled", (Some(4), Some(8)), "red"), ("distinct", (Some(4), Some(4)), "green"), ("min_meeting", (Some(1), Some(4)), "red")] {
        let target = made.target(&action, json!({ "kind": "attendance_rate", "aggregate": aggregate }), json!({ "threshold": 60 })).await;
        let metric = made.metric(&target, "2018-03-31").await;
        assert_eq!((parts(&metric), &metric["status"], &metric["choice_sensitive"]), (expected, &json!(status), &json!(true)), "{aggregate}");
        let mean = metric["alternatives"].as_array().expect("alternatives").iter().find(|a| a["choice"] == "mean").expect("a mean");
        assert_eq!((&mean["value_percent"], &mean["denominator"]), (&json!(50), &Value::Null));
        assert_eq!(metric["direction"]["short"], "declined");
    }
}

#[tokio::test]
async fn at_an_open_event_councils_of_the_cohort_count_by_any_delegate() {
    let app = App::new();
    let made = Made(app.officer());
    let (one, two) = (made.council(json!({})).await, made.council(json!({ "kind": "county" })).await);
    made.council(json!({ "exists_until": "2017-01-01" })).await;
    let (_, action) = made.plan(&[]).await;
    let event = made.meeting(None, "2017-06-26", json!({ "kind": "conference" })).await;
    for (council, delegate, status) in [(&one, "a", "absent"), (&one, "b", "present"), (&one, "c", "present")] {
        made.0.make("/v1/attendance", json!({ "meeting_id": event["id"], "council_id": council["id"], "delegate_ref": delegate, "status": status })).await;
    }
    made.0.make("/v1/attendance", json!({ "meeting_id": event["id"], "council_id": two["id"], "delegate_ref": "v", "status": "in_attendance" })).await;
    made.close(&event).await;
    made.0.patch(&format!("/v1/actions/{}", id(&action)), 1, json!({ "meeting_ids": [event["id"]] })).await.expect(200);
    let target = made.target(&action, json!({ "kind": "attendance_rate" }), json!({})).await;
    assert_eq!(parts(&made.metric(&target, "2018-03-31").await), (Some(1), Some(2)));
    let counties = made.target(&action, json!({ "kind": "attendance_rate", "council_kinds": ["county"] }), json!({})).await;
    assert_eq!(parts(&made.metric(&counties, "2018-03-31").await), (Some(0), Some(1)), "a visitor never counts");
}

#[tokio::test]
async fn where_there_is_no_number_the_reason_says_why() {
    let app = App::new();
    let made = Made(app.officer());
    let rate = json!({ "kind": "attendance_rate" });
    let with_group = |more: Value| { let made = &made; async move {
        let group = made.group(more).await;
        let (_, action) = made.plan(&[&group]).await;
        (group, made.target(&action, json!({ "kind": "attendance_rate" }), json!({ "threshold": 60 })).await)
    } };
    let (_, nothing) = with_group(json!({})).await;
    assert_eq!(reason(&made.metric(&nothing, "2018-03-31").await), ("no_meeting", "no_data"));

    let (group, ahead) = with_group(json!({})).await;
    made.meeting(Some(&group), "2017-10-01", json!({ "status": "scheduled" })).await;
    made.meeting(Some(&group), "2017-05-01", json!({ "status": "cancelled" })).await;
    assert_eq!(reason(&made.metric(&ahead, "2017-09-30").await), ("not_due", "not_due"));
    let metric = made.metric(&ahead, "2017-10-01").await;
    assert_eq!((reason(&metric), &metric["completeness"]["meetings_unreported"]), (("no_meeting", "no_data"), &json!(1)), "past and still scheduled");

    let (group, cancelled) = with_group(json!({})).await;
    made.meeting(Some(&group), "2017-05-01", json!({ "status": "cancelled" })).await;
    assert_eq!(reason(&made.metric(&cancelled, "2018-03-31").await), ("meeting_cancelled", "no_data"));

    let (group, open) = with_group(json!({})).await;
    let meeting = made.meeting(Some(&group), "2017-05-01", json!({})).await;
    assert_eq!(reason(&made.metric(&open, "2018-03-31").await), ("register_open", "no_data"));
    made.close(&meeting).await;
    assert_eq!(reason(&made.metric(&open, "2018-03-31").await), ("no_eligible", "no_data"));

    let (group, unkept) = with_group(json!({})).await;
    made.meeting(Some(&group), "2017-05-01", json!({ "register": "not_kept" })).await;
    let metric = made.metric(&unkept, "2018-03-31").await;
    assert_eq!((reason(&metric), &metric["completeness"]["provisional"]), (("no_entries", "no_data"), &json!(false)), "nobody waits for it");

    let (_, gone) = with_group(json!({ "responsible_until": "2017-05-01" })).await;
    assert_eq!(reason(&made.metric(&gone, "2018-03-31").await), ("handed_over", "not_applicable"));

    let (_, action) = made.plan(&[]).await;
    for (measure, expected) in [
        (json!({ "kind": "narrative" }), ("judged_only", "contextual")), (json!({ "kind": "ratio" }), ("no_entries", "no_data")),
        (json!({ "kind": "milestone" }), ("no_entries", "no_data")), (json!({ "kind": "count_total", "unit_name": "x" }), ("no_entries", "no_data")),
        (json!({ "kind": "financial_balance", "area": "a" }), ("no_entries", "no_data")), (rate, ("no_meeting", "no_data")),
        (json!({ "kind": "council_coverage", "basis": "entries" }), ("no_entries", "no_data")),
        (json!({ "kind": "council_coverage", "basis": "membership" }), ("no_entries", "no_data")),
    ] {
        let target = made.target(&action, measure.clone(), json!({ "frequencies": ["annual"] })).await;
        assert_eq!(reason(&made.metric(&target, "2018-03-31").await), expected, "{measure}");
        let early = made.metric(&target, "2017-06-01").await;
        let waits = matches!(measure["kind"].as_str(), Some("ratio" | "milestone" | "count_total" | "financial_balance")) || measure["basis"] == "entries";
        assert_eq!(early["value_reason"] == "not_due", waits, "{measure}");
    }
}

#[tokio::test]
async fn an_open_register_is_out_of_the_rate_and_a_cancelled_meeting_short_of_the_count() {
    let app = App::new();
    let made = Made(app.officer());
    let (group, seats, _) = body_of(&made, 2).await;
    let (_, action) = made.plan(&[&group]).await;
    register(&made, &group, "2017-05-01", &[(&seats[0], "present"), (&seats[1], "present")]).await;
    let open = made.meeting(Some(&group), "2017-06-01", json!({ "status": "inquorate" })).await;
    made.line(&open, &seats[0], "absent").await;
    made.meeting(Some(&group), "2017-07-01", json!({ "status": "cancelled" })).await;
    made.meeting(Some(&group), "2018-02-01", json!({ "status": "scheduled" })).await;
    let rate = made.target(&action, json!({ "kind": "attendance_rate" }), json!({ "threshold": 60 })).await;
    let count = made.target(&action, json!({ "kind": "meetings_held" }), json!({ "threshold": 4 })).await;
    let metric = made.metric(&rate, "2017-12-31").await;
    assert_eq!((parts(&metric), &metric["completeness"]["provisional"]), ((Some(2), Some(2)), &json!(true)));
    let completeness = &metric["completeness"];
    assert_eq!((&completeness["registers_closed"], &completeness["registers_open"], &completeness["meetings_held"], &completeness["meetings_planned"]), (&json!(1), &json!(1), &json!(2), &json!(3)));
    let metric = made.metric(&count, "2017-12-31").await;
    assert_eq!((&metric["value"], &metric["expected_by_now"], &metric["status"], &metric["status_reason"]), (&json!(2), &json!(3), &json!("red"), &json!("behind")));
    assert_eq!((&metric["completeness"]["meetings_inquorate"], &metric["completeness"]["meetings_cancelled"]), (&json!(1), &json!(1)));
    made.close(&open).await;
    assert_eq!(parts(&made.metric(&rate, "2017-12-31").await), (Some(2), Some(4)), "inquorate, and in");
    let metric = made.metric(&count, "2018-03-31").await;
    assert_eq!((&metric["value"], &metric["expected_by_now"], &metric["variance"], &metric["status"]), (&json!(2), &json!(4), &json!(-2), &json!("red")));
}

#[tokio::test]
async fn a_count_is_held_against_its_pace_within_the_year() {
    let app = App::new();
    let made = Made(app.officer());
    let (_, action) = made.plan(&[]).await;
    let target = made.target(&action, json!({ "kind": "count_total", "unit_name": "x" }), json!({ "threshold": 365, "frequencies": ["monthly"] })).await;
    made.entry(&target, "2017-04-30", json!({ "kind": "count", "count": 30 })).await;
    made.entry(&target, "2017-03-31", json!({ "kind": "count", "count": 500 })).await;
    for (day, expected, status, why) in [
        ("2017-04-30", json!(30), "green", "on_course"), ("2017-05-02", json!(32), "amber", "slightly_behind"),
        ("2017-05-10", json!(40), "red", "behind"), ("2018-03-30", json!(364), "red", "behind"), ("2018-03-31", json!(365), "red", "misses_threshold"),
    ] {
        let metric = made.metric(&target, day).await;
        assert_eq!((&metric["value"], &metric["expected_by_now"]), (&json!(30), &expected), "{day}");
        assert_eq!((&metric["status"], &metric["status_reason"]), (&json!(status), &json!(why)), "{day}");
    }
    let metric = made.metric(&target, "2099-01-01").await;
    assert_eq!(metric["as_at"], "2018-03-31", "never past the year's last day");
    let metric = made.metric(&target, "2017-03-31").await;
    assert_eq!((reason(&metric), &metric["expected_by_now"]), (("not_due", "not_due"), &json!(0)));
}

#[tokio::test]
async fn a_profile_expects_in_steps_and_never_more_than_the_target() {
    let app = App::new();
    let made = Made(app.officer());
    let (_, action) = made.plan(&[]).await;
    let profile = json!([{ "by_on": "2017-06-30", "expected": 2 }, { "by_on": "2017-12-31", "expected": 50 }]);
    let target = made.target(&action, json!({ "kind": "count_total", "unit_name": "x", "profile": profile }), json!({ "threshold": 10 })).await;
    made.entry(&target, "2017-04-02", json!({ "kind": "count", "count": 2 })).await;
    for (day, expected, status) in [("2017-06-29", json!(0), "not_due"), ("2017-06-30", json!(2), "green"), ("2017-12-31", json!(10), "red")] {
        let metric = made.metric(&target, day).await;
        assert_eq!((&metric["expected_by_now"], &metric["status"]), (&expected, &json!(status)), "{day}");
    }
}

#[tokio::test]
async fn a_correction_replaces_its_entry() {
    let app = App::new();
    let made = Made(app.officer());
    let (_, action) = made.plan(&[]).await;
    let target = made.target(&action, json!({ "kind": "count_total", "unit_name": "x" }), json!({ "threshold": 10 })).await;
    let wrong = made.entry(&target, "2017-05-01", json!({ "kind": "count", "count": 70 })).await;
    made.0.make("/v1/progress", json!({ "target_id": target["id"], "occurred_on": "2017-05-01", "entry": { "kind": "count", "count": 7 }, "supersedes_id": wrong["id"] })).await;
    made.entry(&target, "2017-06-01", json!({ "kind": "count", "count": 2 })).await;
    let metric = made.metric(&target, "2018-03-31").await;
    assert_eq!((&metric["value"], &metric["status"], &metric["amber_from"]), (&json!(9), &json!("amber"), &json!(9)));
}

#[tokio::test]
async fn coverage_counts_councils_that_exist_and_the_latest_word() {
    let app = App::new();
    let made = Made(app.officer());
    let (a, b, gone) = (made.council(json!({})).await, made.council(json!({})).await, made.council(json!({ "exists_until": "2018-01-01" })).await);
    let (_, action) = made.plan(&[]).await;
    let coverage = |council: &Value, covered: bool| json!({ "kind": "coverage", "council_id": council["id"], "covered": covered });
    let target = made.target(&action, json!({ "kind": "council_coverage", "basis": "entries" }), json!({ "threshold": 90 })).await;
    let during = made.target(&action, json!({ "kind": "council_coverage", "basis": "entries", "when": "during" }), json!({})).await;
    for target in [&target, &during] {
        made.entry(target, "2017-05-01", coverage(&a, true)).await;
        made.entry(target, "2017-05-01", coverage(&b, true)).await;
        made.entry(target, "2017-05-01", coverage(&gone, true)).await;
        made.entry(target, "2017-09-01", coverage(&b, false)).await;
    }
    assert_eq!(parts(&made.metric(&target, "2017-08-31").await), (Some(3), Some(3)));
    assert_eq!(parts(&made.metric(&target, "2017-09-01").await), (Some(2), Some(3)));
    assert_eq!(parts(&made.metric(&target, "2018-03-31").await), (Some(1), Some(2)));
    let metric = made.metric(&during, "2018-03-31").await;
    assert_eq!((parts(&metric), &metric["unit"], &metric["value"], &metric["status"]), ((Some(2), Some(2)), &json!("count"), &json!(2), &json!("contextual")), "the number alone");
    assert_eq!(metric["value_percent"], Value::Null);
}

#[tokio::test]
async fn two_canvasses_count_by_the_lower_or_together() {
    let app = App::new();
    let made = Made(app.officer());
    let (a, b) = (made.council(json!({})).await, made.council(json!({})).await);
    let (_, action) = made.plan(&[]).await;
    for (over, expected) in [("minimum", (Some(1), Some(2))), ("pooled", (Some(3), Some(4)))] {
        let target = made.target(&action, json!({ "kind": "council_coverage", "basis": "entries", "over_occasions": over }), json!({ "threshold": 90 })).await;
        for (council, occasion, covered) in [(&a, "spring", true), (&b, "spring", true), (&a, "autumn", true), (&b, "autumn", false)] {
            let entry = json!({ "kind": "coverage", "council_id": council["id"], "covered": covered });
            made.0.make("/v1/progress", json!({ "target_id": target["id"], "occurred_on": "2017-09-01", "occasion": occasion, "entry": entry })).await;
        }
        let metric = made.metric(&target, "2018-03-31").await;
        assert_eq!((parts(&metric), metric["detail"]["occasions"].as_array().map(Vec::len)), (expected, Some(2)), "{over}");
    }
}

#[tokio::test]
async fn membership_and_attendance_cover_councils_too() {
    let app = App::new();
    let made = Made(app.officer());
    let (group, seats, _) = body_of(&made, 2).await;
    made.council(json!({ "memberships": [{ "member_from": "2010-01-01", "member_until": "2017-06-01" }] })).await;
    made.council(json!({ "memberships": [] })).await;
    let (_, action) = made.plan(&[&group]).await;
    let membership = made.target(&action, json!({ "kind": "council_coverage", "basis": "membership" }), json!({ "threshold": 100 })).await;
    let during = made.target(&action, json!({ "kind": "council_coverage", "basis": "membership", "when": "during" }), json!({ "threshold": 100 })).await;
    let attendance = made.target(&action, json!({ "kind": "council_coverage", "basis": "attendance" }), json!({ "threshold": 100 })).await;
    assert_eq!(parts(&made.metric(&membership, "2018-03-31").await), (Some(2), Some(4)));
    assert_eq!(parts(&made.metric(&during, "2018-03-31").await), (Some(3), Some(4)));
    assert_eq!(reason(&made.metric(&attendance, "2018-03-31").await), ("no_meeting", "no_data"));
    register(&made, &group, "2017-05-01", &[(&seats[0], "present"), (&seats[1], "absent")]).await;
    assert_eq!(parts(&made.metric(&attendance, "2018-03-31").await), (Some(1), Some(4)));
}

#[tokio::test]
async fn forms_are_pooled_over_events_on_their_own_scales() {
    let app = App::new();
    let made = Made(app.officer());
    let group = made.group(json!({})).await;
    let (_, action) = made.plan(&[&group]).await;
    let target = made.target(&action, json!({ "kind": "evaluation_rate", "question": "overall", "at_least": "good" }), json!({ "threshold": 80 })).await;
    let forms = |meeting: &Value, question: &str, ratings: Value| json!({ "meeting_id": meeting["id"], "question": question, "ratings": ratings, "handed_out": 20 });
    let (one, two, three) = (made.meeting(Some(&group), "2017-05-01", json!({})).await, made.meeting(Some(&group), "2017-06-01", json!({})).await, made.meeting(Some(&group), "2017-07-01", json!({})).await);
    made.0.make("/v1/evaluations", forms(&one, "overall", json!([{ "rating": "poor", "forms": 2 }, { "rating": "good", "forms": 5 }, { "rating": "excellent", "forms": 3 }]))).await;
    made.0.make("/v1/evaluations", forms(&two, "overall", json!([{ "rating": "fair", "forms": 3 }, { "rating": "good", "forms": 7 }]))).await;
    made.0.make("/v1/evaluations", forms(&three, "overall", json!([{ "rating": "no", "forms": 9 }, { "rating": "yes", "forms": 1 }]))).await;
    made.0.make("/v1/evaluations", forms(&one, "expectations", json!([{ "rating": "poor", "forms": 9 }, { "rating": "good", "forms": 0 }]))).await;
    let metric = made.metric(&target, "2018-03-31").await;
    assert_eq!((parts(&metric), &metric["value_percent"], &metric["status"]), ((Some(15), Some(20)), &json!(75), &json!("amber")));
    assert_eq!(metric["detail"], json!({ "kind": "evaluation_rate", "events": 2, "events_on_another_scale": 1, "return_percent": 50 }));
    assert_eq!(metric["direction"]["short"], "declined");
}

#[tokio::test]
async fn a_deliverable_counts_where_it_is_known() {
    let app = App::new();
    let made = Made(app.officer());
    let group = made.group(json!({})).await;
    let (_, action) = made.plan(&[&group]).await;
    let target = made.target(&action, json!({ "kind": "deliverable_per_meeting", "deliverable": "briefing" }), json!({ "threshold": 100 })).await;
    for (day, status, delivered) in [("2017-05-01", "held", json!(true)), ("2017-06-01", "held", json!(null)), ("2017-07-01", "cancelled", json!(false)), ("2018-03-01", "scheduled", json!(true))] {
        made.meeting(Some(&group), day, json!({ "status": status, "deliverables": [{ "deliverable": "briefing", "delivered": delivered }] })).await;
    }
    let metric = made.metric(&target, "2018-03-31").await;
    assert_eq!((parts(&metric), &metric["status"], &metric["completeness"]["deliverables_unknown"]), ((Some(1), Some(1)), &json!("green"), &json!(1)));
    assert_eq!(metric["completeness"]["provisional"], true);
}

#[tokio::test]
async fn a_ratio_is_summed_the_latest_or_the_lowest_and_nothing_of_nothing_is_not_applicable() {
    let app = App::new();
    let made = Made(app.officer());
    let (_, action) = made.plan(&[]).await;
    for (aggregate, expected) in [("summed", (Some(9), Some(20))), ("latest", (Some(5), Some(10))), ("minimum", (Some(4), Some(10)))] {
        let target = made.target(&action, json!({ "kind": "ratio", "aggregate": aggregate }), json!({})).await;
        for (day, n) in [("2017-05-01", 4), ("2017-06-01", 5)] {
            made.entry(&target, day, json!({ "kind": "ratio", "numerator": n, "denominator": 10 })).await;
        }
        assert_eq!(parts(&made.metric(&target, "2018-03-31").await), expected, "{aggregate}");
    }
    let target = made.target(&action, json!({ "kind": "ratio" }), json!({ "threshold": 100 })).await;
    made.entry(&target, "2017-05-01", json!({ "kind": "ratio", "numerator": 0, "denominator": 0 })).await;
    let metric = made.metric(&target, "2018-03-31").await;
    assert_eq!((parts(&metric), reason(&metric)), ((Some(0), Some(0)), ("zero_denominator", "not_applicable")));
}

#[tokio::test]
async fn income_or_surplus_is_more_than_nothing_and_cost_recovery_is_nothing_or_more() {
    let app = App::new();
    let made = Made(app.officer());
    let (_, action) = made.plan(&[]).await;
    for (requirement, status) in [("surplus", "red"), ("break_even", "green")] {
        let target = made.target(&action, json!({ "kind": "financial_balance", "area": "a", "requirement": requirement }), json!({ "threshold": 0 })).await;
        made.entry(&target, "2017-05-01", json!({ "kind": "money", "area": "a", "income_pence": 150, "cost_pence": 50 })).await;
        made.entry(&target, "2017-06-01", json!({ "kind": "money", "area": "a", "income_pence": 0, "cost_pence": 100 })).await;
        let metric = made.metric(&target, "2018-03-31").await;
        assert_eq!((&metric["value"], &metric["unit"], &metric["status"]), (&json!(0), &json!("pence"), &json!(status)), "{requirement}");
    }
}

#[tokio::test]
async fn a_milestone_is_green_only_when_achieved_and_not_due_before_its_date() {
    let app = App::new();
    let made = Made(app.officer());
    let (_, action) = made.plan(&[]).await;
    let target = made.target(&action, json!({ "kind": "milestone" }), json!({ "due_on": "2017-10-01" })).await;
    made.entry(&target, "2017-05-01", json!({ "kind": "milestone", "state": "started" })).await;
    made.entry(&target, "2017-12-01", json!({ "kind": "milestone", "state": "achieved" })).await;
    for (day, value, status, why) in [("2017-09-30", 0, "not_due", "before_due_date"), ("2017-10-01", 0, "red", "overdue"), ("2017-12-01", 1, "green", "achieved")] {
        let metric = made.metric(&target, day).await;
        assert_eq!((&metric["value"], &metric["status"], &metric["status_reason"]), (&json!(value), &json!(status), &json!(why)), "{day}");
    }
}

#[tokio::test]
async fn a_judgement_stands_beside_the_status_and_never_replaces_it() {
    let app = App::new();
    let made = Made(app.officer());
    let (_, action) = made.plan(&[]).await;
    let target = made.target(&action, json!({ "kind": "count_total", "unit_name": "x" }), json!({ "threshold": 10 })).await;
    made.entry(&target, "2017-05-01", json!({ "kind": "count", "count": 1 })).await;
    made.entry(&target, "2017-06-01", json!({ "kind": "judgement", "status": "green", "reason": "All is arranged." })).await;
    let metric = made.metric(&target, "2018-03-31").await;
    assert_eq!((&metric["status"], &metric["judgement"]["status"], &metric["judgement"]["author"]), (&json!("red"), &json!("green"), &json!("olive")));
    assert_eq!(made.metric(&target, "2017-05-31").await["judgement"], Value::Null);
}

#[tokio::test]
async fn last_years_metric_at_the_same_point_is_the_long_direction_else_the_baseline() {
    let app = App::new();
    let made = Made(app.officer());
    let before = made.framework(json!({ "plan_from": "2016-04-01" })).await;
    let action = made.action(&made.outcome(&made.theme(&before).await).await, json!({})).await;
    let measure = json!({ "kind": "ratio" });
    let last = made.target(&action, measure.clone(), json!({ "threshold": 80 })).await;
    made.entry(&last, "2016-05-01", json!({ "kind": "ratio", "numerator": 7, "denominator": 10 })).await;
    made.entry(&last, "2017-01-01", json!({ "kind": "ratio", "numerator": 10, "denominator": 10 })).await;
    let (_, action) = made.plan(&[]).await;
    let more = json!({ "threshold": 80, "continues_target_id": last["id"], "baseline": { "value": 90 } });
    let target = made.target(&action, measure.clone(), more.clone()).await;
    made.entry(&target, "2017-05-01", json!({ "kind": "ratio", "numerator": 8, "denominator": 10 })).await;
    let direction = |metric: &Value| (metric["direction"]["long"].clone(), metric["direction"]["long_compared_with"].clone());
    assert_eq!(direction(&made.metric(&target, "2017-12-31").await), (json!("improved"), json!("last_year")), "8 of 10 now, 7 of 10 then");
    assert_eq!(direction(&made.metric(&target, "2018-03-31").await), (json!("declined"), json!("last_year")), "17 of 20 by the end");
    let fresh = made.target(&action, measure, json!({ "threshold": 80, "baseline": { "value": 79.99 } })).await;
    made.entry(&fresh, "2017-05-01", json!({ "kind": "ratio", "numerator": 8, "denominator": 10 })).await;
    let metric = made.metric(&fresh, "2018-03-31").await;
    assert_eq!((direction(&metric), &metric["baseline_variance"]), ((json!("improved"), json!("baseline")), &json!(0.01)));
}

#[tokio::test]
async fn where_rounding_would_flip_the_status_it_says_so() {
    let app = App::new();
    let made = Made(app.officer());
    let (_, action) = made.plan(&[]).await;
    for (n, d, sensitive) in [(31, 52, true), (30, 52, false), (13, 22, false)] {
        let target = made.target(&action, json!({ "kind": "ratio" }), json!({ "threshold": 60 })).await;
        made.entry(&target, "2017-05-01", json!({ "kind": "ratio", "numerator": n, "denominator": d })).await;
        let metric = made.metric(&target, "2018-03-31").await;
        assert_eq!((&metric["rounding_sensitive"], &metric["status"]), (&json!(sensitive), &json!("amber")), "{n}/{d}");
    }
}

#[tokio::test]
async fn a_month_counts_from_its_end() {
    let app = App::new();
    let made = Made(app.officer());
    let group = made.group(json!({})).await;
    let (_, action) = made.plan(&[&group]).await;
    made.meeting(Some(&group), "2017-10-01", json!({ "date_precision": "month" })).await;
    let target = made.target(&action, json!({ "kind": "meetings_held" }), json!({ "threshold": 1 })).await;
    assert_eq!(made.metric(&target, "2017-10-30").await["value_reason"], "not_due");
    assert_eq!(made.metric(&target, "2017-10-31").await["value"], 1);
}

#[tokio::test]
async fn readings_are_due_by_frequency_and_the_most_frequent_counts() {
    let app = App::new();
    let made = Made(app.officer());
    let (_, action) = made.plan(&[]).await;
    let target = made.target(&action, json!({ "kind": "ratio" }), json!({ "frequencies": ["on_demand", "half_yearly"] })).await;
    made.entry(&target, "2017-10-01", json!({ "kind": "ratio", "numerator": 1, "denominator": 1 })).await;
    for (day, due, received, provisional) in [("2017-09-29", 0, 0, false), ("2017-09-30", 1, 0, true), ("2018-03-31", 2, 1, true)] {
        let completeness = made.metric(&target, day).await["completeness"].clone();
        assert_eq!((&completeness["readings_due"], &completeness["readings_received"], &completeness["provisional"]), (&json!(due), &json!(received), &json!(provisional)), "{day}");
    }
}

#[tokio::test]
async fn the_csv_has_a_row_a_target_and_no_formula() {
    let app = App::new();
    let made = Made(app.officer());
    let (framework, action) = made.plan(&[]).await;
    let path = format!("/v1/frameworks/{}/metrics?format=csv&as_at=2018-03-31", id(&framework));
    let header = made.0.get(&path).await.expect(200);
    assert_eq!((header.text.lines().count(), header.header("content-type")), (1, "text/csv; charset=utf-8"));
    assert!(header.header("content-disposition").contains("-2018-03-31.csv"));
    let target = made.target(&action, json!({ "kind": "ratio" }), json!({ "title": "=cmd|' /C calc'!A0", "threshold": 60 })).await;
    made.entry(&target, "2017-05-01", json!({ "kind": "ratio", "numerator": 13, "denominator": 22 })).await;
    let answer = made.0.get(&path).await.expect(200);
    let mut reader = csv::Reader::from_reader(answer.text.as_bytes());
    let columns = reader.headers().expect("a header").clone();
    let row = reader.records().next().expect("a row").expect("CSV");
    let cell = |name: &str| row.get(columns.iter().position(|column| column == name).expect(name)).expect(name).to_owned();
    assert_eq!((cell("title"), cell("value_percent"), cell("numerator"), cell("status")), ("'=cmd|' /C calc'!A0".into(), "59.09".into(), "13".into(), "amber".into()));
}
