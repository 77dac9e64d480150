//! Row reasons, comparisons and rules of explanations.

use std::collections::BTreeSet;

use outturn::metrics::model::RowReason;
use serde_json::{Value, json};

use super::reader::Pages;
use super::{explanation_path, recount};
use crate::support::{App, Fixtures};

const LAST_DAY: &str = "2018-03-31";

fn reasons(pages: &Pages) -> BTreeSet<String> {
    let reasons = pages.rows.iter().filter_map(|row| row["share"]["reason"].as_str());
    reasons.map(str::to_owned).collect()
}

async fn recount_in_february(fixtures: &Fixtures, target: &Value) -> Pages {
    recount(&fixtures.0, target, "2018-02-28", 500).await
}

/// Creates a meeting with every kind of attendance record, and meetings that do not count. Returns
/// their target.
async fn create_attendance_target(fixtures: &Fixtures) -> Value {
    let group = fixtures.group(json!({ "responsible_until": "2017-12-01", "handed_to": "Another" })).await;
    let (empty, other) = (fixtures.group(json!({})).await, fixtures.group(json!({})).await);
    let council = fixtures.council(json!({})).await;
    let county = fixtures.council(json!({ "kind": "county" })).await;
    let holder =
        json!([{ "holder_ref": "person-secret", "holder_name": "Nomen Nescio", "held_from": "2010-01-01" }]);
    let mut seats = Vec::new();
    for (n, (council, more)) in [
        (&council, json!({ "terms": holder })),
        (&council, json!({ "terms": holder })),
        (&council, json!({})),
        (&council, json!({})),
        (&council, json!({})),
        (&council, json!({})),
        (&council, json!({ "terms": [] })),
        (&council, json!({ "exists_until": "2017-04-10" })),
        (&council, json!({ "role": "member" })),
        (&county, json!({})),
    ]
    .into_iter()
    .enumerate()
    {
        let mut body = json!({ "role": "leader", "ordinal": n + 1 });
        body.as_object_mut().expect("an object").extend(more.as_object().cloned().expect("an object"));
        seats.push(fixtures.seat(&group, council, body).await);
    }
    let meeting = fixtures.meeting(Some(&group), "2017-05-10", json!({})).await;
    for (seat, status) in seats.iter().zip(["present", "present", "apologies", "absent", "substitute"]) {
        fixtures.attendance(&meeting, seat, status).await;
    }
    let visitor = json!({ "meeting_id": meeting["id"], "delegate_ref": "delegate-secret", "attendee_name": "Visitor Vera",
        "status": "in_attendance", "note": "note-secret" });
    fixtures.0.create("/v1/attendance", visitor).await;
    fixtures.close_register(&meeting).await;
    fixtures.close_register(&fixtures.meeting(Some(&empty), "2017-05-11", json!({})).await).await;
    for (group, day, more) in [
        (&group, "2017-06-01", json!({ "status": "cancelled" })),
        (&group, "2017-06-02", json!({ "status": "scheduled" })),
        (&group, "2017-06-03", json!({})),
        (&group, "2017-06-04", json!({ "register": "not_kept" })),
        (&group, "2017-03-03", json!({})),
        (&group, "2018-01-10", json!({})),
        (&empty, "2018-03-10", json!({ "status": "scheduled" })),
        (&group, "2017-06-05", json!({ "kind": "summit" })),
        (&other, "2017-06-06", json!({})),
    ] {
        fixtures.meeting(Some(group), day, more).await;
    }
    let (_, action) = fixtures.plan(&[&group, &empty, &other]).await;
    let selector = json!({ "group_ids": [group["id"], empty["id"]], "meeting_kinds": ["meeting"] });
    let measure = json!({ "kind": "attendance_rate", "unit": "person", "roles": ["leader"], "council_kinds": ["district"],
        "substitutes": "not_counted", "selector": selector });
    fixtures.target(&action, measure, json!({ "threshold": 60 })).await
}

async fn create_deliverable_target(fixtures: &Fixtures) -> Value {
    let group = fixtures.group(json!({})).await;
    for (day, delivered) in
        [("2017-05-01", json!(false)), ("2017-06-01", json!(null)), ("2017-07-01", json!(true))]
    {
        let more = json!({ "deliverables": [{ "deliverable": "briefing", "delivered": delivered }] });
        fixtures.meeting(Some(&group), day, more).await;
    }
    let (_, action) = fixtures.plan(&[&group]).await;
    fixtures
        .target(&action, json!({ "kind": "deliverable_per_meeting", "deliverable": "briefing" }), json!({}))
        .await
}

async fn create_evaluation_target(fixtures: &Fixtures) -> Value {
    let group = fixtures.group(json!({})).await;
    for (day, question, best) in [
        ("2017-05-01", "overall", "good"),
        ("2017-06-01", "overall", "splendid"),
        ("2017-07-01", "venue", "good"),
    ] {
        let meeting = fixtures.meeting(Some(&group), day, json!({})).await;
        let ratings = json!([{ "rating": "poor", "forms": 1 }, { "rating": best, "forms": 3 }]);
        let body = json!({ "meeting_id": meeting["id"], "question": question, "ratings": ratings });
        fixtures.0.create("/v1/evaluations", body).await;
    }
    let (_, action) = fixtures.plan(&[&group]).await;
    let measure = json!({ "kind": "evaluation_rate", "question": "overall", "at_least": "good" });
    fixtures.target(&action, measure, json!({ "threshold": 80 })).await
}

async fn create_handed_over_target(fixtures: &Fixtures) -> Value {
    let group = fixtures.group(json!({ "responsible_until": "2017-08-01", "handed_to": "Another" })).await;
    fixtures.meeting(Some(&group), "2017-05-01", json!({})).await;
    let (_, action) = fixtures.plan(&[&group]).await;
    fixtures.target(&action, json!({ "kind": "meetings_held" }), json!({ "threshold": 2 })).await
}

/// Creates entries of two occasions, a correction and a later entry. Returns their target.
async fn create_coverage_target(fixtures: &Fixtures) -> Value {
    let (a, b) = (fixtures.council(json!({})).await, fixtures.council(json!({})).await);
    let (_, action) = fixtures.plan(&[]).await;
    let measure = json!({ "kind": "council_coverage", "basis": "entries" });
    let target = fixtures.target(&action, measure, json!({ "threshold": 90 })).await;
    let mut wrong = Value::Null;
    for (day, occasion, council, covered) in [
        ("2017-05-01", "spring", &a, false),
        ("2017-05-02", "spring", &a, true),
        ("2017-05-03", "spring", &b, true),
        ("2017-10-01", "autumn", &a, true),
        ("2017-10-02", "autumn", &b, false),
        ("2018-03-15", "autumn", &b, true),
    ] {
        let body = json!({ "target_id": target["id"], "occurred_on": day, "occasion": occasion, "author": "Author Anne",
            "note": "note-secret", "entry": { "kind": "coverage", "council_id": council["id"], "covered": covered } });
        wrong = fixtures.0.create("/v1/progress", body).await;
    }
    let body = json!({ "target_id": target["id"], "occurred_on": "2018-03-15", "occasion": "autumn", "supersedes_id": wrong["id"],
        "entry": { "kind": "coverage", "council_id": b["id"], "covered": true } });
    fixtures.0.create("/v1/progress", body).await;
    target
}

async fn create_ratio_target(fixtures: &Fixtures) -> Value {
    let (_, action) = fixtures.plan(&[]).await;
    let target = fixtures
        .target(&action, json!({ "kind": "ratio", "aggregate": "minimum" }), json!({ "threshold": 90 }))
        .await;
    for (day, n, d) in
        [("2017-03-01", 1, 9), ("2017-05-01", 9, 10), ("2017-06-01", 8, 10), ("2017-07-01", 0, 0)]
    {
        fixtures.entry(&target, day, json!({ "kind": "ratio", "numerator": n, "denominator": d })).await;
    }
    target
}

async fn create_narrative_target(fixtures: &Fixtures) -> Value {
    let (_, action) = fixtures.plan(&[]).await;
    let target = fixtures.target(&action, json!({ "kind": "narrative" }), json!({})).await;
    fixtures.entry(&target, "2017-05-01", json!({ "kind": "narrative", "text": "words-secret" })).await;
    target
}

#[tokio::test]
async fn every_row_reason_occurs_and_no_person_is_named() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let targets = [
        create_attendance_target(&fixtures).await,
        create_deliverable_target(&fixtures).await,
        create_evaluation_target(&fixtures).await,
        create_handed_over_target(&fixtures).await,
        create_coverage_target(&fixtures).await,
        create_ratio_target(&fixtures).await,
        create_narrative_target(&fixtures).await,
    ];
    let mut occurring = BTreeSet::new();
    for target in &targets {
        let pages = recount_in_february(&fixtures, target).await;
        occurring.extend(reasons(&pages));
        let text = format!("{} {:?}", pages.head, pages.rows);
        for secret in ["person-", "Nomen", "delegate-", "Vera", "Anne", "-secret"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
    let all: BTreeSet<String> = RowReason::ALL.iter().map(ToString::to_string).collect();
    assert_eq!(occurring, all);
}

#[tokio::test]
async fn a_holder_of_two_seats_counts_once_and_the_row_references_the_counted_seat() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let target = create_attendance_target(&fixtures).await;
    let pages = recount_in_february(&fixtures, &target).await;
    let rows_with_reason = |reason: &str| -> Vec<&Value> {
        pages.rows.iter().filter(|row| row["share"]["reason"] == reason).collect()
    };
    let duplicate = rows_with_reason("counted_once")[0];
    let counted =
        pages.rows.iter().find(|row| row["share"]["counts"] == "numerator").expect("a row in the numerator");
    assert_eq!(
        (&duplicate["counted_at_seat_id"], &duplicate["counted_at_meeting_id"]),
        (&counted["seat_id"], &counted["meeting_id"])
    );
    assert_eq!((&pages.head["numerator"], &pages.head["denominator"]), (&json!(1), &json!(5)));
    let meeting = pages.rows.iter().find(|row| !row["turnout"].is_null()).expect("a counted meeting");
    let turnout = json!({ "expected": 5, "attended": 1, "present": 2, "present_virtual": 0, "substitutes": 1, "apologies": 1,
        "absent": 1, "not_recorded": 1, "vacant": 0 });
    assert_eq!(
        meeting["turnout"], turnout,
        "`expected` and `attended` count persons, the other members count lines"
    );
}

#[tokio::test]
async fn a_corrected_entry_is_listed_as_superseded() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (_, action) = fixtures.plan(&[]).await;
    let measure = json!({ "kind": "count_total", "unit_name": "case studies" });
    let target = fixtures.target(&action, measure, json!({ "threshold": 4 })).await;
    let wrong = fixtures.entry(&target, "2017-05-01", json!({ "kind": "count", "count": 40 })).await;
    let body = json!({ "target_id": target["id"], "occurred_on": "2017-05-01", "supersedes_id": wrong["id"],
        "entry": { "kind": "count", "count": 4 } });
    let right = fixtures.0.create("/v1/progress", body).await;
    let pages = recount(&fixtures.0, &target, LAST_DAY, 500).await;
    let counts: Vec<(&Value, &Value, &Value)> = pages
        .rows
        .iter()
        .map(|row| (&row["count"], &row["superseded_by_id"], &row["share"]["numerator"]))
        .collect();
    assert_eq!(counts, [(&json!(40), &right["id"], &Value::Null), (&json!(4), &Value::Null, &json!(4))]);
}

#[tokio::test]
async fn the_rule_of_a_count_states_an_integer_amber_bound_or_none() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (_, action) = fixtures.plan(&[]).await;
    let count = json!({ "kind": "count_total", "unit_name": "sites" });
    let ratio = json!({ "kind": "ratio" });
    for (measure, more, ending) in [
        (&count, json!({ "threshold": 4 }), "; green from 4, else red."),
        (&count, json!({ "threshold": 11 }), "; green from 11, amber from 10, else red."),
        (&count, json!({ "threshold": 15, "aim": "at_most" }), "; green up to 15, amber up to 16, else red."),
        (&ratio, json!({ "threshold": 65 }), "; green from 65 %, amber from 58.5 %, else red."),
    ] {
        let target = fixtures.target(&action, measure.clone(), more).await;
        let words = fixtures.0.read(&explanation_path(&target, LAST_DAY)).await["rule"]["words"].clone();
        assert!(words.as_str().is_some_and(|words| words.ends_with(ending)), "{words}");
    }
}

#[tokio::test]
async fn the_comparison_uses_integers_and_the_rule_is_a_sentence() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let target = reporter.all("/v1/targets?code=4.1.1.attendance").await;
    let target = target
        .iter()
        .find(|target| target["measure"]["roles"] == json!(["lead_member"]))
        .expect("the target of 2017-18");
    let explanation = reporter.read(&explanation_path(target, LAST_DAY)).await;
    let green = json!({ "left": "1300", "operator": "at_least", "right": "1320", "holds": false });
    let amber = json!({ "left": "1300", "operator": "at_least", "right": "1188", "holds": true });
    assert_eq!(explanation["comparison"], json!({ "against": "threshold", "green": green, "amber": amber }));
    assert_eq!(
        explanation["rule"]["words"],
        "Seats of the role lead_member that attended (in person, from elsewhere or by a substitute), out of all that are held on the day, over all meetings held from 2017-04-01 to 2018-03-31 with a closed register, added up; green from 60 %, amber from 54 %, else red."
    );
    let choices: Vec<(&str, &Value)> = explanation["alternatives"]
        .as_array()
        .expect("alternatives")
        .iter()
        .map(|other| (other["choice"].as_str().expect("a choice"), &other["value_percent"]))
        .collect();
    assert_eq!(
        choices[..4],
        [
            ("pooled", &json!(59.09)),
            ("distinct", &json!(90.91)),
            ("min_meeting", &json!(54.55)),
            ("mean", &json!(59.09))
        ]
    );
}

#[tokio::test]
async fn only_targets_have_explanations() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (framework, action) = fixtures.plan(&[]).await;
    fixtures.target(&action, json!({ "kind": "narrative" }), json!({})).await;
    for resource in [&framework, &action] {
        fixtures.0.get(&explanation_path(resource, LAST_DAY)).await.expect(404);
    }
}
