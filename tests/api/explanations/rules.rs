//! Each row says why it counts or does not.

use std::collections::BTreeSet;

use outturn::metrics::model::RowReason;
use serde_json::{Value, json};

use super::reader::Pages;
use super::{explanation, recount};
use crate::support::{App, Made};

const LAST_DAY: &str = "2018-03-31";

fn reasons(pages: &Pages) -> BTreeSet<String> {
    let reasons = pages.rows.iter().filter_map(|row| row["share"]["reason"].as_str());
    reasons.map(str::to_owned).collect()
}

async fn explained(made: &Made, target: &Value) -> Pages {
    recount(&made.0, target, "2018-02-28", 500).await
}

/// A group's meeting with everybody a register can know, and meetings that do not count; gives its target.
async fn registers(made: &Made) -> Value {
    let ours = made.group(json!({ "responsible_until": "2017-12-01", "handed_to": "Another" })).await;
    let (empty, other) = (made.group(json!({})).await, made.group(json!({})).await);
    let council = made.council(json!({})).await;
    let county = made.council(json!({ "kind": "county" })).await;
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
        seats.push(made.seat(&ours, council, body).await);
    }
    let meeting = made.meeting(Some(&ours), "2017-05-10", json!({})).await;
    for (seat, status) in seats.iter().zip(["present", "present", "apologies", "absent", "substitute"]) {
        made.line(&meeting, seat, status).await;
    }
    let visitor = json!({ "meeting_id": meeting["id"], "delegate_ref": "delegate-secret", "attendee_name": "Visitor Vera",
        "status": "in_attendance", "note": "note-secret" });
    made.0.make("/v1/attendance", visitor).await;
    made.close(&meeting).await;
    made.close(&made.meeting(Some(&empty), "2017-05-11", json!({})).await).await;
    for (group, day, more) in [
        (&ours, "2017-06-01", json!({ "status": "cancelled" })),
        (&ours, "2017-06-02", json!({ "status": "scheduled" })),
        (&ours, "2017-06-03", json!({})),
        (&ours, "2017-06-04", json!({ "register": "not_kept" })),
        (&ours, "2017-03-03", json!({})),
        (&ours, "2018-01-10", json!({})),
        (&empty, "2018-03-10", json!({ "status": "scheduled" })),
        (&ours, "2017-06-05", json!({ "kind": "summit" })),
        (&other, "2017-06-06", json!({})),
    ] {
        made.meeting(Some(group), day, more).await;
    }
    let (_, action) = made.plan(&[&ours, &empty, &other]).await;
    let selector = json!({ "group_ids": [ours["id"], empty["id"]], "meeting_kinds": ["meeting"] });
    let measure = json!({ "kind": "attendance_rate", "unit": "person", "roles": ["leader"], "council_kinds": ["district"],
        "substitutes": "not_counted", "selector": selector });
    made.target(&action, measure, json!({ "threshold": 60 })).await
}

async fn deliveries(made: &Made) -> Value {
    let group = made.group(json!({})).await;
    for (day, delivered) in
        [("2017-05-01", json!(false)), ("2017-06-01", json!(null)), ("2017-07-01", json!(true))]
    {
        let more = json!({ "deliverables": [{ "deliverable": "briefing", "delivered": delivered }] });
        made.meeting(Some(&group), day, more).await;
    }
    let (_, action) = made.plan(&[&group]).await;
    made.target(&action, json!({ "kind": "deliverable_per_meeting", "deliverable": "briefing" }), json!({}))
        .await
}

async fn forms(made: &Made) -> Value {
    let group = made.group(json!({})).await;
    for (day, question, best) in [
        ("2017-05-01", "overall", "good"),
        ("2017-06-01", "overall", "splendid"),
        ("2017-07-01", "venue", "good"),
    ] {
        let meeting = made.meeting(Some(&group), day, json!({})).await;
        let ratings = json!([{ "rating": "poor", "forms": 1 }, { "rating": best, "forms": 3 }]);
        let body = json!({ "meeting_id": meeting["id"], "question": question, "ratings": ratings });
        made.0.make("/v1/evaluations", body).await;
    }
    let (_, action) = made.plan(&[&group]).await;
    let measure = json!({ "kind": "evaluation_rate", "question": "overall", "at_least": "good" });
    made.target(&action, measure, json!({ "threshold": 80 })).await
}

async fn handed_over(made: &Made) -> Value {
    let group = made.group(json!({ "responsible_until": "2017-08-01", "handed_to": "Another" })).await;
    made.meeting(Some(&group), "2017-05-01", json!({})).await;
    let (_, action) = made.plan(&[&group]).await;
    made.target(&action, json!({ "kind": "meetings_held" }), json!({ "threshold": 2 })).await
}

/// Two canvasses, of which the second went worse, with a correction and entries of other days.
async fn canvasses(made: &Made) -> Value {
    let (a, b) = (made.council(json!({})).await, made.council(json!({})).await);
    let (_, action) = made.plan(&[]).await;
    let measure = json!({ "kind": "council_coverage", "basis": "entries" });
    let target = made.target(&action, measure, json!({ "threshold": 90 })).await;
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
        wrong = made.0.make("/v1/progress", body).await;
    }
    let body = json!({ "target_id": target["id"], "occurred_on": "2018-03-15", "occasion": "autumn", "supersedes_id": wrong["id"],
        "entry": { "kind": "coverage", "council_id": b["id"], "covered": true } });
    made.0.make("/v1/progress", body).await;
    target
}

async fn readings(made: &Made) -> Value {
    let (_, action) = made.plan(&[]).await;
    let target = made
        .target(&action, json!({ "kind": "ratio", "aggregate": "minimum" }), json!({ "threshold": 90 }))
        .await;
    for (day, n, d) in
        [("2017-03-01", 1, 9), ("2017-05-01", 9, 10), ("2017-06-01", 8, 10), ("2017-07-01", 0, 0)]
    {
        made.entry(&target, day, json!({ "kind": "ratio", "numerator": n, "denominator": d })).await;
    }
    target
}

async fn words(made: &Made) -> Value {
    let (_, action) = made.plan(&[]).await;
    let target = made.target(&action, json!({ "kind": "narrative" }), json!({})).await;
    made.entry(&target, "2017-05-01", json!({ "kind": "narrative", "text": "words-secret" })).await;
    target
}

#[tokio::test]
async fn every_reason_can_be_met_and_no_person_is_named() {
    let app = App::new();
    let made = Made(app.officer());
    let targets = [
        registers(&made).await,
        deliveries(&made).await,
        forms(&made).await,
        handed_over(&made).await,
        canvasses(&made).await,
        readings(&made).await,
        words(&made).await,
    ];
    let mut met = BTreeSet::new();
    for target in &targets {
        let pages = explained(&made, target).await;
        met.extend(reasons(&pages));
        let text = format!("{} {:?}", pages.head, pages.rows);
        for secret in ["person-", "Nomen", "delegate-", "Vera", "Anne", "-secret"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
    let every: BTreeSet<String> = RowReason::ALL.iter().map(ToString::to_string).collect();
    assert_eq!(met, every);
}

#[tokio::test]
async fn who_holds_two_seats_counts_once_and_the_row_says_where() {
    let app = App::new();
    let made = Made(app.officer());
    let target = registers(&made).await;
    let pages = explained(&made, &target).await;
    let of_reason = |reason: &str| -> Vec<&Value> {
        pages.rows.iter().filter(|row| row["share"]["reason"] == reason).collect()
    };
    let again = of_reason("counted_once")[0];
    let counted = pages.rows.iter().find(|row| row["share"]["counts"] == "numerator").expect("one who came");
    assert_eq!(
        (&again["counted_at_seat_id"], &again["counted_at_meeting_id"]),
        (&counted["seat_id"], &counted["meeting_id"])
    );
    assert_eq!((&pages.head["numerator"], &pages.head["denominator"]), (&json!(1), &json!(5)));
    let meeting = pages.rows.iter().find(|row| !row["turnout"].is_null()).expect("a counted meeting");
    let turnout = json!({ "expected": 5, "attended": 1, "present": 2, "present_virtual": 0, "substitutes": 1, "apologies": 1,
        "absent": 1, "not_recorded": 1, "vacant": 0 });
    assert_eq!(meeting["turnout"], turnout, "expected and attended are persons, the words are of lines");
}

#[tokio::test]
async fn a_corrected_entry_is_there_and_struck_out() {
    let app = App::new();
    let made = Made(app.officer());
    let (_, action) = made.plan(&[]).await;
    let measure = json!({ "kind": "count_total", "unit_name": "case studies" });
    let target = made.target(&action, measure, json!({ "threshold": 4 })).await;
    let wrong = made.entry(&target, "2017-05-01", json!({ "kind": "count", "count": 40 })).await;
    let body = json!({ "target_id": target["id"], "occurred_on": "2017-05-01", "supersedes_id": wrong["id"],
        "entry": { "kind": "count", "count": 4 } });
    let right = made.0.make("/v1/progress", body).await;
    let pages = recount(&made.0, &target, LAST_DAY, 500).await;
    let told: Vec<(&Value, &Value, &Value)> = pages
        .rows
        .iter()
        .map(|row| (&row["count"], &row["superseded_by_id"], &row["share"]["numerator"]))
        .collect();
    assert_eq!(told, [(&json!(40), &right["id"], &Value::Null), (&json!(4), &Value::Null, &json!(4))]);
}

#[tokio::test]
async fn the_sentence_of_a_count_tells_a_whole_edge_of_amber_or_none() {
    let app = App::new();
    let made = Made(app.officer());
    let (_, action) = made.plan(&[]).await;
    let count = json!({ "kind": "count_total", "unit_name": "sites" });
    let ratio = json!({ "kind": "ratio" });
    for (measure, more, says) in [
        (&count, json!({ "threshold": 4 }), "; green from 4, else red."),
        (&count, json!({ "threshold": 11 }), "; green from 11, amber from 10, else red."),
        (&count, json!({ "threshold": 15, "aim": "at_most" }), "; green up to 15, amber up to 16, else red."),
        (&ratio, json!({ "threshold": 65 }), "; green from 65 %, amber from 58.5 %, else red."),
    ] {
        let target = made.target(&action, measure.clone(), more).await;
        let words = made.0.read(&explanation(&target, LAST_DAY)).await["rule"]["words"].clone();
        assert!(words.as_str().is_some_and(|words| words.ends_with(says)), "{words}");
    }
}

#[tokio::test]
async fn the_comparison_is_told_in_whole_numbers_and_the_rule_in_words() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let target = reporter.all("/v1/targets?code=4.1.1.attendance").await;
    let target = target
        .iter()
        .find(|target| target["measure"]["roles"] == json!(["lead_member"]))
        .expect("of 2017-18");
    let told = reporter.read(&explanation(target, LAST_DAY)).await;
    let green = json!({ "left": "1300", "operator": "at_least", "right": "1320", "holds": false });
    let amber = json!({ "left": "1300", "operator": "at_least", "right": "1188", "holds": true });
    assert_eq!(told["comparison"], json!({ "against": "threshold", "green": green, "amber": amber }));
    assert_eq!(
        told["rule"]["words"],
        "Seats of the role lead_member that attended (in person, from elsewhere or by a substitute), out of all that are held on the day, over all meetings held from 2017-04-01 to 2018-03-31 with a closed register, added up; green from 60 %, amber from 54 %, else red."
    );
    let choices: Vec<(&str, &Value)> = told["alternatives"]
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
async fn only_a_target_is_explained() {
    let app = App::new();
    let made = Made(app.officer());
    let (framework, action) = made.plan(&[]).await;
    made.target(&action, json!({ "kind": "narrative" }), json!({})).await;
    for nothing in [&framework, &action] {
        made.0.get(&explanation(nothing, LAST_DAY)).await.expect(404);
    }
}
