//! The decided readings, from the rows to every answer that shows them.

use serde_json::{Value, json};

use super::{body_of, coverage, list, parts, reason, register};
use crate::support::{App, Fixtures, id};

const LAST_DAY: &str = "2018-03-31";

/// A metric's value, why there is none, its status and the status's reason.
fn summarise(metric: &Value) -> (Option<i64>, &str, &str, &str) {
    let (why_none, status) = reason(metric);
    (metric["value"].as_i64(), why_none, status, metric["status_reason"].as_str().expect("a reason"))
}

/// What a target's metric, its explanation and the last point of its series say at a date: the
/// same.
async fn read(fixtures: &Fixtures, target: &Value, as_at: &str) -> Value {
    let metric = fixtures.metric(target, as_at).await;
    let explanation =
        fixtures.0.read(&format!("/v1/targets/{}/metric/explanation?as_at={as_at}", id(target))).await;
    let series = fixtures.0.read(&format!("/v1/targets/{}/series?as_at={as_at}", id(target))).await;
    let points = list(&series, "points");
    for other in points.last().into_iter().chain([&explanation]) {
        assert_eq!((summarise(other), parts(other)), (summarise(&metric), parts(&metric)), "{as_at}");
    }
    metric
}

#[tokio::test]
async fn a_body_handed_over_on_the_first_day_or_before_leaves_nothing_to_do() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let responsible_until = |day: &str| json!({ "responsible_until": day, "handed_to": "Another" });
    for (until, expected) in [
        ("2017-04-02", "not_applicable"),
        ("2017-04-01", "not_applicable"),
        ("2010-01-01", "not_applicable"),
        ("2018-04-01", "no_data"),
    ] {
        let group = fixtures.group(responsible_until(until)).await;
        let (_, action) = fixtures.plan(&[&group]).await;
        for kind in ["meetings_held", "attendance_rate"] {
            let target = fixtures.target(&action, json!({ "kind": kind }), json!({ "threshold": 4 })).await;
            let metric = read(&fixtures, &target, LAST_DAY).await;
            let why = if expected == "no_data" { "no_meeting" } else { "handed_over" };
            assert_eq!(reason(&metric), (why, expected), "{kind} until {until}");
        }
    }
}

#[tokio::test]
async fn membership_during_a_year_begins_with_it() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    for _ in 0..4 {
        fixtures.council(json!({})).await;
    }
    let (_, action) = fixtures.plan(&[]).await;
    let measure = json!({ "kind": "council_coverage", "basis": "membership", "when": "during" });
    let target = fixtures.target(&action, measure, json!({ "threshold": 90 })).await;
    let metric = read(&fixtures, &target, "2017-03-31").await;
    assert_eq!((reason(&metric), parts(&metric)), (("not_due", "not_due"), (None, None)));
    let metric = read(&fixtures, &target, "2017-04-01").await;
    assert_eq!((&metric["status"], parts(&metric)), (&json!("green"), (Some(4), Some(4))));
}

#[tokio::test]
async fn a_meeting_cancelled_for_a_later_day_is_to_come_until_that_day_in_every_answer() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let group = fixtures.group(json!({})).await;
    let (framework, action) = fixtures.plan(&[&group]).await;
    let cancelled = json!({ "status": "cancelled", "date_precision": "month" });
    fixtures.meeting(Some(&group), "2017-10-01", cancelled).await;
    let held = fixtures.target(
        &action,
        json!({ "kind": "meetings_held" }),
        json!({ "threshold": 4, "owner": "Clerk" }),
    );
    let held = held.await;
    let rate =
        fixtures.target(&action, json!({ "kind": "attendance_rate" }), json!({ "threshold": 60 })).await;
    let not_due = (None, "not_due", "not_due", "no_value");
    for (day, of_held, of_rate, cancelled, document) in [
        ("2017-10-30", not_due, not_due, 0, "Nothing is due yet"),
        (
            "2017-10-31",
            (Some(0), "-", "red", "meeting_cancelled"),
            (None, "meeting_cancelled", "no_data", "no_value"),
            1,
            "All planned meetings were cancelled",
        ),
    ] {
        let metric = read(&fixtures, &held, day).await;
        assert_eq!(summarise(&metric), of_held, "{day}");
        assert_eq!(metric["completeness"]["meetings_cancelled"], cancelled, "{day}");
        assert_eq!(summarise(&read(&fixtures, &rate, day).await), of_rate, "{day}");
        let path = |view: &str| format!("/v1/frameworks/{}/{view}?as_at={day}", id(&framework));
        assert_eq!(list(&fixtures.0.read(&path("overdue")).await, "data"), [Value::Null; 0], "{day}");
        let summary = fixtures.0.read(&path("summary")).await;
        assert_eq!(summary["roll_up"]["completeness"]["meetings_cancelled"], 2 * cancelled, "{day}");
        let text = fixtures.0.get(&path("report")).await.expect(200).text;
        assert!(text.contains(document), "{day}: {document}");
    }
    for (day, why) in [("2099-05-01", "not_due"), ("2017-05-01", "meeting_cancelled")] {
        let meeting = fixtures.meeting(Some(&group), day, json!({ "status": "cancelled" })).await;
        let turnout = fixtures.0.read(&format!("/v1/meetings/{}/turnout", id(&meeting))).await;
        assert_eq!(turnout["value_reason"], why, "{day}");
    }
}

#[tokio::test]
async fn a_measure_that_names_roles_leaves_open_events_out() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (group, seats, councils) = body_of(&fixtures, 2).await;
    let (_, action) = fixtures.plan(&[&group]).await;
    let event = fixtures.meeting(None, "2017-05-02", json!({ "kind": "event" })).await;
    let body = json!({ "meeting_id": event["id"], "council_id": councils[0]["id"], "delegate_ref": "a", "status": "present" });
    fixtures.0.create("/v1/attendance", body).await;
    let link = json!({ "meeting_ids": [event["id"]] });
    fixtures.0.patch(&format!("/v1/actions/{}", id(&action)), 1, link).await.expect(200);
    let any = json!({ "kind": "attendance_rate" });
    let members = json!({ "kind": "attendance_rate", "roles": ["member"] });
    let any = fixtures.target(&action, any, json!({ "threshold": 60 })).await;
    let members = fixtures.target(&action, members, json!({ "threshold": 60 })).await;
    let metric = read(&fixtures, &members, LAST_DAY).await;
    assert_eq!(reason(&metric), ("no_meeting", "no_data"), "nor does it wait for the event's register");
    assert_eq!(metric["completeness"]["provisional"], false);
    assert_eq!(reason(&read(&fixtures, &any, LAST_DAY).await), ("register_open", "no_data"));
    fixtures.close_register(&event).await;
    register(&fixtures, &group, "2017-05-01", &[(&seats[0], "present")]).await;
    assert_eq!(parts(&read(&fixtures, &any, LAST_DAY).await), (Some(2), Some(4)));
    let metric = read(&fixtures, &members, LAST_DAY).await;
    assert_eq!((parts(&metric), &metric["parts"]), ((Some(1), Some(2)), &json!([])));
    let explained = fixtures
        .0
        .read(&format!(
            "/v1/targets/{}/metric/explanation?as_at={LAST_DAY}&meeting_id={}",
            id(&members),
            id(&event)
        ))
        .await;
    let rows = list(&explained, "data");
    assert_eq!((rows.len(), &rows[0]["share"]["reason"]), (1, &json!("role_not_counted")));
    assert!(!explained["rule"]["words"].as_str().expect("words").contains("without a group"));
}

#[tokio::test]
async fn a_meeting_known_to_the_month_reads_seats_terms_and_councils_on_the_months_last_day() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let group = fixtures.group(json!({})).await;
    let term = |from: &str, until: Value| json!({ "terms": [{ "holder_ref": "h", "held_from": from, "held_until": until }] });
    let (mut seats, mut councils) = (Vec::new(), Vec::new());
    for (of_council, of_seat) in [
        (json!({}), json!({})),
        (json!({}), term("2017-06-20", Value::Null)),
        (json!({}), term("2010-01-01", json!("2017-06-15"))),
        (json!({}), json!({ "exists_until": "2017-06-30" })),
        (json!({ "exists_until": "2017-06-15" }), json!({})),
    ] {
        let council = fixtures.council(of_council).await;
        seats.push(fixtures.seat(&group, &council, of_seat).await);
        councils.push(council);
    }
    let (_, action) = fixtures.plan(&[&group]).await;
    let meeting = fixtures.meeting(Some(&group), "2017-06-01", json!({ "date_precision": "month" })).await;
    fixtures.attendance(&meeting, &seats[1], "present").await;
    for seat in &seats[2..] {
        let line = json!({ "meeting_id": meeting["id"], "seat_id": seat["id"], "status": "present" });
        fixtures.0.post("/v1/attendance", line).await.expect(422);
    }
    fixtures.close_register(&meeting).await;
    let target = fixtures.target(&action, json!({ "kind": "attendance_rate" }), json!({})).await;
    assert_eq!(reason(&read(&fixtures, &target, "2017-06-29").await), ("not_due", "not_due"));
    assert_eq!(parts(&read(&fixtures, &target, "2017-06-30").await), (Some(1), Some(2)));
    let rows =
        fixtures.0.read(&format!("/v1/targets/{}/metric/explanation?as_at={LAST_DAY}", id(&target))).await;
    let lines = list(&rows, "data").into_iter().filter(|row| row["kind"] == "line");
    assert_eq!(lines.filter(|row| row["share"]["counts"] != "excluded").count(), 2);
    let turnout = fixtures.0.read(&format!("/v1/meetings/{}/turnout", id(&meeting))).await;
    assert_eq!(parts(&turnout), (Some(1), Some(2)));
    for (n, share) in [(0, Some((0, 1))), (1, Some((1, 1))), (2, Some((0, 0))), (3, None), (4, None)] {
        let path = format!("/v1/councils/{}/engagement?as_at=2017-07-01", id(&councils[n]));
        let years = list(&fixtures.0.read(&path).await["councils"][0], "years");
        let attendance = years.first().map(|year| &year["attendance"]);
        let told = attendance.map(|it| (it["numerator"].as_i64(), it["denominator"].as_i64()));
        assert_eq!(told, share.map(|(n, d)| (Some(n), Some(d))), "council {n}");
    }
    let expecting = fixtures.0.all(&format!("/v1/meetings?council_id={}", id(&councils[2]))).await;
    assert_eq!(expecting.len(), 0, "nobody held that seat at the month's end");
}

#[tokio::test]
async fn an_open_event_known_to_the_month_expects_the_councils_of_its_last_day() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    fixtures.council(json!({})).await;
    fixtures.council(json!({ "exists_until": "2017-06-15" })).await;
    fixtures.council(json!({ "exists_from": "2017-06-15" })).await;
    let (_, action) = fixtures.plan(&[]).await;
    let event = fixtures.meeting(None, "2017-06-01", json!({ "date_precision": "month" })).await;
    let late = fixtures.council(json!({ "exists_from": "2017-06-30" })).await;
    let line = json!({ "meeting_id": event["id"], "council_id": late["id"], "delegate_ref": "a", "status": "present" });
    fixtures.0.create("/v1/attendance", line).await;
    fixtures.close_register(&event).await;
    let link = json!({ "meeting_ids": [event["id"]] });
    fixtures.0.patch(&format!("/v1/actions/{}", id(&action)), 1, link).await.expect(200);
    let target = fixtures.target(&action, json!({ "kind": "attendance_rate" }), json!({})).await;
    assert_eq!(parts(&read(&fixtures, &target, LAST_DAY).await), (Some(1), Some(3)));
    let turnout = fixtures.0.read(&format!("/v1/meetings/{}/turnout", id(&event))).await;
    assert_eq!(parts(&turnout), (Some(1), Some(3)));
}

#[tokio::test]
async fn what_a_closed_register_of_a_month_expected_on_its_last_day_stays() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (group, seats, councils) = body_of(&fixtures, 1).await;
    let meeting = fixtures.meeting(Some(&group), "2017-06-01", json!({ "date_precision": "month" })).await;
    fixtures.close_register(&meeting).await;
    let (seat, council) =
        (format!("/v1/seats/{}", id(&seats[0])), format!("/v1/councils/{}", id(&councils[0])));
    for path in [&seat, &council] {
        let refused = fixtures.0.patch(path, 1, json!({ "exists_until": "2017-06-30" })).await;
        assert_eq!(refused.expect(409).code(), "in_use", "{path}");
    }
    let terms =
        json!({ "terms": [{ "holder_ref": "h", "held_from": "2010-01-01", "held_until": "2017-06-30" }] });
    fixtures.0.patch(&seat, 1, terms).await.expect(409);
    fixtures.0.patch(&seat, 1, json!({ "exists_until": "2017-07-01" })).await.expect(200);
}

#[tokio::test]
async fn a_closed_register_of_a_month_stands_against_a_reorganisation_within_it() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (group, _, councils) = body_of(&fixtures, 2).await;
    let meeting = fixtures.meeting(Some(&group), "2017-06-01", json!({ "date_precision": "month" })).await;
    fixtures.close_register(&meeting).await;
    let reorganisation = |day: &str| {
        json!({ "reorganised_on": day, "kind": "merged", "predecessor_ids": [councils[0]["id"], councils[1]["id"]],
            "successors": [{ "council": { "gss_code": "E99000001", "name": "New", "kind": "district" } }] })
    };
    let refused = fixtures.0.post("/v1/reorganisations", reorganisation("2017-06-15")).await.expect(409);
    assert_eq!((refused.code(), refused.field_errors().len()), ("conflicting_records", 2));
    fixtures.0.post("/v1/reorganisations", reorganisation("2017-07-01")).await.expect(200);
}

#[tokio::test]
async fn forms_that_nobody_answered_and_forms_on_another_scale_are_told_apart() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let group = fixtures.group(json!({})).await;
    let measure = json!({ "kind": "evaluation_rate", "question": "overall", "at_least": "good" });
    let mut targets = Vec::new();
    for (forms, best) in [(0, "good"), (3, "splendid")] {
        let (_, action) = fixtures.plan(&[]).await;
        let meeting = fixtures.meeting(Some(&group), "2017-05-01", json!({})).await;
        let ratings = json!([{ "rating": "poor", "forms": 0 }, { "rating": best, "forms": forms }]);
        let body = json!({ "meeting_id": meeting["id"], "question": "overall", "handed_out": 10, "ratings": ratings });
        fixtures.0.create("/v1/evaluations", body).await;
        let link = json!({ "meeting_ids": [meeting["id"]] });
        fixtures.0.patch(&format!("/v1/actions/{}", id(&action)), 1, link).await.expect(200);
        targets.push(fixtures.target(&action, measure.clone(), json!({ "threshold": 80 })).await);
    }
    for (target, why, document) in
        [(&targets[0], "no_entries", "Nothing was recorded"), (&targets[1], "other_scale", "another scale")]
    {
        let metric = read(&fixtures, target, LAST_DAY).await;
        assert_eq!(reason(&metric), (why, "no_data"));
        assert_eq!(metric["completeness"]["meetings_without_forms"], 0);
        let report = format!(
            "/v1/frameworks/{}/report?as_at={LAST_DAY}",
            target["framework_id"].as_str().expect("an id")
        );
        assert!(fixtures.0.get(&report).await.expect(200).text.contains(document), "{why}");
    }
}

#[tokio::test]
async fn an_achieved_milestone_is_not_overdue_again() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (framework, action) = fixtures.plan(&[]).await;
    let quarterly = json!({ "frequencies": ["quarterly"] });
    let target = fixtures.target(&action, json!({ "kind": "milestone" }), quarterly).await;
    fixtures.entry(&target, "2017-05-01", json!({ "kind": "milestone", "state": "achieved" })).await;
    let path = format!("/v1/frameworks/{}/overdue?as_at=2018-01-15", id(&framework));
    assert_eq!(list(&fixtures.0.read(&path).await, "data"), [Value::Null; 0]);
    let completeness = read(&fixtures, &target, "2018-01-15").await["completeness"].clone();
    assert_eq!((&completeness["readings_due"], &completeness["provisional"]), (&json!(1), &json!(false)));
}

#[tokio::test]
async fn parts_are_made_by_the_measures_own_aggregate() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (one, seats, _) = body_of(&fixtures, 4).await;
    let (two, others, _) = body_of(&fixtures, 2).await;
    let (_, action) = fixtures.plan(&[&one, &two]).await;
    let present = |seats: &'static [usize]| seats.iter().map(|n| (*n, "present"));
    for (group, of, day, who) in [
        (&one, &seats, "2017-05-01", &[0, 1, 2][..]),
        (&one, &seats, "2017-06-01", &[3]),
        (&two, &others, "2017-07-01", &[0]),
        (&two, &others, "2017-08-01", &[]),
    ] {
        let lines: Vec<_> = present(who).map(|(n, status)| (&of[n], status)).collect();
        register(&fixtures, group, day, &lines).await;
    }
    for (aggregate, whole, of_one, of_two) in [
        ("pooled", (Some(5), Some(12)), (4, 8), (1, 4)),
        ("distinct", (Some(5), Some(6)), (4, 4), (1, 2)),
        ("min_meeting", (Some(0), Some(2)), (1, 4), (0, 2)),
    ] {
        let measure = json!({ "kind": "attendance_rate", "aggregate": aggregate });
        let target = fixtures.target(&action, measure, json!({ "threshold": 60 })).await;
        let metric = read(&fixtures, &target, LAST_DAY).await;
        assert_eq!(parts(&metric), whole, "{aggregate}");
        let told: Vec<_> = list(&metric, "parts")
            .iter()
            .map(|part| {
                (parts(part), part["meetings"].as_i64(), part["aggregate"].as_str().map(str::to_owned))
            })
            .collect();
        let part = |(n, d)| ((Some(n), Some(d)), Some(2), Some(aggregate.to_owned()));
        assert_eq!(told, [part(of_one), part(of_two)], "{aggregate}");
        let early = fixtures.metric(&target, "2017-07-31").await;
        let of_two = &list(&early, "parts")[1];
        assert_eq!(parts(of_two), (Some(1), Some(2)), "{aggregate}: the meeting of August is to come");
    }
    let counted =
        fixtures.target(&action, json!({ "kind": "meetings_held" }), json!({ "threshold": 4 })).await;
    for part in list(&fixtures.metric(&counted, LAST_DAY).await, "parts") {
        assert_eq!((&part["aggregate"], &part["meetings"]), (&Value::Null, &json!(2)));
    }
}

#[tokio::test]
async fn a_linked_meeting_counts_though_its_group_is_no_longer_responsible() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (group, seats, councils) = body_of(&fixtures, 1).await;
    fixtures
        .0
        .patch(&format!("/v1/groups/{}", id(&group)), 1, json!({ "responsible_until": "2017-05-01" }))
        .await
        .expect(200);
    let meeting = register(&fixtures, &group, "2017-06-01", &[(&seats[0], "present")]).await;
    let open = fixtures.meeting(Some(&group), "2017-07-01", json!({})).await;
    let (_, action) = fixtures.plan(&[]).await;
    let target = fixtures.target(&action, json!({ "kind": "attendance_rate" }), json!({})).await;
    let path = format!("/v1/councils/{}/engagement?as_at={LAST_DAY}", id(&councils[0]));
    let engaged = async || fixtures.0.read(&path).await["councils"][0].clone();
    let before = engaged().await;
    assert_eq!((&before["years"], &before["missing"]["open_registers"]), (&json!([]), &json!([])));
    let link = json!({ "meeting_ids": [meeting["id"], open["id"]] });
    fixtures.0.patch(&format!("/v1/actions/{}", id(&action)), 1, link).await.expect(200);
    let metric = read(&fixtures, &target, LAST_DAY).await;
    assert_eq!((parts(&metric), &metric["completeness"]["registers_open"]), ((Some(1), Some(1)), &json!(1)));
    let after = engaged().await;
    assert_eq!(parts(&after["years"][0]["attendance"]), (Some(1), Some(1)));
    assert_eq!(after["missing"]["open_registers"][0]["meeting_id"], open["id"]);
    let listed = fixtures.0.all(&format!("/v1/engagement?as_at={LAST_DAY}")).await;
    assert_eq!(parts(&listed[0]["last_year"]), (Some(1), Some(1)));
}

#[tokio::test]
async fn an_open_register_is_missing_of_a_council_when_it_is_missing_of_the_target() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (group, _, councils) = body_of(&fixtures, 1).await;
    let (_, action) = fixtures.plan(&[&group]).await;
    let target = fixtures.target(&action, json!({ "kind": "attendance_rate" }), json!({})).await;
    fixtures.meeting(Some(&group), "2018-02-15", json!({ "date_precision": "year" })).await;
    for (day, open) in [("2018-03-30", 0), ("2018-03-31", 1), ("2018-06-30", 1)] {
        let metric = fixtures.metric(&target, day).await;
        assert_eq!(metric["completeness"]["registers_open"], open, "{day}");
        let path = format!("/v1/councils/{}/engagement?as_at={day}", id(&councils[0]));
        let missing = fixtures.0.read(&path).await["councils"][0]["missing"].clone();
        assert_eq!(list(&missing, "open_registers").len(), open, "{day}");
    }
}

#[tokio::test]
async fn a_council_is_covered_in_its_engagement_as_the_target_counts_it() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let council = fixtures.council(json!({})).await;
    let (_, action) = fixtures.plan(&[]).await;
    let spring = |covered: bool| ("spring", covered);
    for (measure, entries, as_at, expected) in [
        // Only what happens within the year counts during it, and nothing after it.
        (json!({ "when": "during" }), vec![("2017-03-31", spring(true))], "2018-06-30", None),
        (json!({ "when": "during" }), vec![("2018-04-01", spring(true))], "2018-06-30", None),
        (json!({}), vec![("2017-03-31", spring(true))], "2018-06-30", Some((1, 1, 1))),
        (
            json!({}),
            vec![("2018-03-31", spring(true)), ("2018-04-01", spring(false))],
            "2018-06-30",
            Some((1, 1, 1)),
        ),
        // Two occasions are one where councils count once over all.
        (
            json!({ "over_occasions": "distinct" }),
            vec![("2017-05-01", spring(true)), ("2017-06-01", ("autumn", false))],
            "2018-03-31",
            Some((2, 1, 1)),
        ),
        (
            json!({}),
            vec![("2017-05-01", spring(true)), ("2017-06-01", ("autumn", false))],
            "2018-03-31",
            Some((2, 2, 1)),
        ),
        // A council that is not of the cohort is covered nowhere.
        (
            json!({ "council_kinds": ["county"] }),
            vec![("2017-05-01", spring(true))],
            "2018-03-31",
            Some((1, 1, 0)),
        ),
    ] {
        let mut measure = measure;
        measure["kind"] = json!("council_coverage");
        measure["basis"] = json!("entries");
        let target = fixtures.target(&action, measure, json!({ "threshold": 50 })).await;
        for (day, (occasion, covered)) in &entries {
            let body = json!({ "target_id": target["id"], "occurred_on": day, "occasion": occasion, "entry": coverage(&council, *covered) });
            fixtures.0.create("/v1/progress", body).await;
        }
        let path = format!("/v1/councils/{}/engagement?as_at={as_at}", id(&council));
        let answer = fixtures.0.read(&path).await["councils"][0].clone();
        let received = list(&answer, "coverage").into_iter().find(|it| it["target_id"] == target["id"]);
        let count = |it: &Value, name: &str| it[name].as_i64().expect("a number");
        let told = received.map(|it| (count(&it, "entries"), count(&it, "occasions"), count(&it, "covered")));
        assert_eq!(told, expected, "{} with {entries:?}", target["measure"]);
    }
}
