//! What a publication sealed stays as it is: neither a figure nor a status nor a reason changes under it.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Plan, change, now, path};
use crate::as_of::{Dice, change_something};
use crate::support::{App, Made, Person, id};

/// That a write was refused because a published day would change.
fn is_refused(answer: &crate::support::Answer, what: &str) {
    assert_eq!((answer.status, answer.code()), (409, "period_published"), "{what}: {}", answer.text);
}

#[tokio::test]
async fn a_body_handed_over_behind_its_only_meeting_does_not_change_a_published_year() {
    let app = App::new();
    let made = Made(app.officer());
    let group = made.group(json!({})).await;
    let (framework, action) = made.plan(&[&group]).await;
    let target = made.target(&action, json!({ "kind": "meetings_held" }), json!({ "threshold": 1 })).await;
    made.agree(&framework).await;
    made.meeting(Some(&group), "2017-05-15", json!({})).await;
    let publication = made.publish(&framework, "2018-03-31", &app.admin()).await;
    let before = made.metric(&target, "2018-03-31").await;
    assert_eq!(before["status"], "green");
    let handed_over = json!({ "responsible_until": "2017-08-01", "handed_to": "Another body" });
    let refused = change(&made.0, "groups", &group, handed_over.clone()).await;
    is_refused(&refused, "handed over");
    assert!(refused.text.contains("2018-03-31"), "it names the day: {}", refused.text);
    assert_eq!(made.metric(&target, "2018-03-31").await, before);
    // From the year's end on it may be handed over, and once the day is open again whenever it was.
    change(&made.0, "groups", &group, json!({ "responsible_until": "2018-04-01" })).await.expect(200);
    let reopened = json!({ "status": "reopened", "reopened_reason": "It was handed over." });
    change(&made.0, "publications", &publication, reopened).await.expect(200);
    change(&made.0, "groups", &group, handed_over).await.expect(200);
    assert_eq!(made.metric(&target, "2018-03-31").await["status"], "not_applicable");
}

#[tokio::test]
async fn a_meeting_known_to_the_year_is_published_with_the_day_from_which_it_counts() {
    let app = App::new();
    let plan = Plan::new(&app).await;
    let officer = &plan.made.0;
    let body = json!({ "date_precision": "year" });
    let meeting = plan.made.meeting(Some(&plan.group), "2018-02-15", body).await;
    let mut lines = Vec::new();
    for (n, seat) in plan.seats.iter().enumerate() {
        let status = if n < 2 { "present" } else { "absent" };
        lines.push(plan.made.line(&meeting, seat, status).await);
    }
    plan.made.close(&meeting).await;
    let open = plan.made.meeting(None, "2017-02-15", json!({ "date_precision": "year" })).await;
    plan.made.publish(&plan.framework, "2018-03-31", &app.admin()).await;
    let before = plan.made.metric(&plan.target, "2018-03-31").await;
    assert_eq!((&before["numerator"], &before["denominator"]), (&json!(2), &json!(4)));
    for (collection, row, patch) in [
        ("meetings", &meeting, json!({ "register": "open" })),
        ("meetings", &meeting, json!({ "held_on": "2018-04-01" })),
        ("attendance", &lines[0], json!({ "status": "absent" })),
    ] {
        let refused = change(officer, collection, row, patch.clone()).await;
        is_refused(&refused, &format!("{collection} {patch}"));
    }
    let line = |seat: usize, status: &str| json!({ "meeting_id": meeting["id"], "seat_id": plan.seats[seat]["id"], "status": status });
    let swapped = json!({ "lines": [line(0, "absent"), line(2, "present"), line(1, "present")] });
    let request = officer.request(Method::POST, "/v1/attendance/bulk").header("Idempotency-Key", "swapped");
    let answer = officer.send(request.json(&swapped)).await.expect(200);
    let codes: Vec<&Value> = answer.body["results"]
        .as_array()
        .expect("results")
        .iter()
        .map(|it| &it["errors"][0]["code"])
        .collect();
    assert_eq!(codes, [&json!("period_published"), &json!("period_published"), &Value::Null]);
    assert_eq!(plan.made.metric(&plan.target, "2018-03-31").await, before);
    // Of the year before, although the year that is known of it goes on into the published one.
    change(officer, "meetings", &open, json!({ "status": "inquorate" })).await.expect(200);
}

#[tokio::test]
async fn what_is_entered_for_a_later_day_does_not_change_the_reason_of_a_published_one() {
    let app = App::new();
    let plan = Plan::new(&app).await;
    plan.made.publish(&plan.framework, "2017-06-30", &app.admin()).await;
    let before = plan.made.metric(&plan.target, "2017-06-30").await;
    assert_eq!((&before["status"], &before["value_reason"]), (&json!("no_data"), &json!("no_meeting")));
    for status in ["cancelled", "scheduled"] {
        let body = json!({ "group_id": plan.group["id"], "title": "Autumn", "held_on": "2017-10-01", "status": status });
        is_refused(&plan.made.0.post("/v1/meetings", body).await, status);
    }
    assert_eq!(plan.made.metric(&plan.target, "2017-06-30").await, before);
    // Linked to no action, a meeting is nobody's figure.
    plan.made.meeting(None, "2017-10-01", json!({ "status": "cancelled" })).await;
}

#[tokio::test]
async fn the_plan_of_a_published_day_stays_as_it_was_published() {
    let app = App::new();
    let plan = Plan::new(&app).await;
    let event = plan.made.meeting(None, "2017-05-01", json!({ "register": "closed" })).await;
    let path = format!("/v1/actions/{}", id(&plan.action));
    plan.made.publish(&plan.framework, "2017-06-30", &app.admin()).await;
    let links = json!({ "meeting_ids": [event["id"]] });
    is_refused(&plan.made.0.patch(&path, 1, links).await, "a meeting is linked");
    let body = json!({ "action_ids": [plan.action["id"]], "code": "more", "title": "More", "position": 1, "measure": { "kind": "ratio" }, "threshold": 1 });
    is_refused(&plan.made.0.post("/v1/targets", body).await, "a target joins");
    plan.made.0.patch(&path, 1, json!({ "title": "Another title" })).await.expect(200);
}

#[tokio::test]
async fn writes_that_reach_a_published_day_wait_for_one_another_and_for_publishing() {
    let app = App::new();
    let plan = Plan::new(&app).await;
    let scheduled =
        |title: &str| json!({ "group_id": plan.group["id"], "title": title, "held_on": "2017-10-01" });
    let one = plan.made.0.make("/v1/meetings", scheduled("One")).await;
    let other = plan.made.0.make("/v1/meetings", scheduled("Other")).await;
    plan.made.publish(&plan.framework, "2017-06-30", &app.admin()).await;
    let before = plan.made.metric(&plan.target, "2017-06-30").await;
    assert_eq!(before["status"], "not_due");
    let paths = [&one, &other].map(|meeting| format!("/v1/meetings/{}", id(meeting)));
    let (first, second) = tokio::join!(plan.made.0.delete(&paths[0], 1), plan.made.0.delete(&paths[1], 1));
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 409], "one of two to come may go: {} {}", first.text, second.text);
    assert_eq!(plan.made.metric(&plan.target, "2017-06-30").await["status"], "not_due");
}

/// What describes, or speaks of what is still to come.
const NOT_SEALED: [&str; 14] = [
    "known_at",
    "code",
    "ref",
    "title",
    "owner",
    "name",
    "note",
    "reason",
    "reference",
    "council_name",
    "group_name",
    "meetings_planned",
    "meetings_cancelled",
    // By owner, and an owner only describes; what is overdue of each target is in its completeness.
    "overdue",
];

fn sealed(mut value: Value) -> Value {
    match &mut value {
        Value::Object(fields) => {
            fields.retain(|name, _| !NOT_SEALED.contains(&name.as_str()));
            fields.values_mut().for_each(|field| *field = sealed(field.take()));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = sealed(item.take())),
        _ => {}
    }
    value
}

/// The rows of an explanation that count, by what they are and how.
async fn counted(person: &Person, explanation: &str) -> Vec<String> {
    let mut rows = Vec::new();
    for counts in ["numerator", "denominator"] {
        for row in person.all(&format!("{explanation}&counts={counts}")).await {
            let fields = [
                "kind",
                "meeting_id",
                "seat_id",
                "council_id",
                "attendance_id",
                "evaluation_id",
                "progress_id",
                "occasion",
            ];
            let what: Vec<String> = fields.iter().map(|field| row[field].to_string()).collect();
            rows.push(format!("{} {}", what.join(" "), sealed(row["share"].clone())));
        }
    }
    rows.sort();
    rows
}

/// That everything published is what it was sealed as, read from the records of today.
async fn is_as_sealed(person: &Person, publication: &Value, with_rows: bool) {
    let (framework, as_at) = (&publication["framework_id"], publication["as_at"].as_str().expect("a day"));
    let live = format!("/v1/frameworks/{}", framework.as_str().expect("an id"));
    for view in ["metrics", "summary"] {
        let then = sealed(person.read(&format!("{}/{view}", path(publication))).await);
        let today = sealed(person.read(&format!("{live}/{view}?as_at={as_at}")).await);
        for (then, today) in
            then["data"].as_array().into_iter().flatten().zip(today["data"].as_array().into_iter().flatten())
        {
            assert_eq!(then, today, "{as_at}");
        }
        assert_eq!(then, today, "{view} of {as_at}");
    }
    if !with_rows {
        return;
    }
    for target in
        person.all(&format!("/v1/targets?framework_id={}", framework.as_str().expect("an id"))).await
    {
        let then = format!("{}/explanation?target_id={}", path(publication), id(&target));
        let today = format!("/v1/targets/{}/metric/explanation?as_at={as_at}", id(&target));
        assert_eq!(
            counted(person, &then).await,
            counted(person, &today).await,
            "{} of {as_at}",
            target["code"]
        );
    }
}

fn day(dice: &mut Dice) -> String {
    let (year, month) = ([2016, 2017, 2017, 2018][dice.throw(4)], 1 + dice.throw(12));
    format!("{year}-{month:02}-{:02}", 1 + dice.throw(28))
}

/// Writes something that can reach from afar into a published day, if it is let.
async fn reach_for_it(made: &Made, dice: &mut Dice, n: usize) -> bool {
    let resource =
        ["groups", "seats", "councils", "meetings", "meetings", "actions", "targets"][dice.throw(7)];
    let rows = made.0.all(&format!("/v1/{resource}")).await;
    let row = &rows[dice.throw(rows.len())];
    let (from, until) = (day(dice), day(dice));
    let precision = ["day", "month", "year"][dice.throw(3)];
    let status = ["held", "scheduled", "cancelled", "inquorate"][dice.throw(4)];
    let patch = match (resource, dice.throw(3)) {
        ("groups", 0) => json!({ "responsible_from": from }),
        ("groups", _) => json!({ "responsible_until": until }),
        ("seats", 0) => json!({ "exists_until": until }),
        ("seats", _) => json!({ "terms": [{ "holder_ref": format!("person {n}"), "held_from": from }] }),
        ("councils", 0) => json!({ "exists_from": from }),
        ("councils", _) => json!({ "memberships": [{ "member_from": from }] }),
        ("meetings", 0) => json!({ "held_on": from, "date_precision": precision }),
        ("meetings", 1) => json!({ "status": status }),
        ("meetings", _) => {
            let body = json!({ "group_id": row["group_id"], "title": format!("Meeting {n}"), "held_on": from,
                "status": status, "date_precision": precision });
            return made.0.post("/v1/meetings", body).await.status == 201;
        }
        ("actions", _) => {
            let meetings = made.0.all("/v1/meetings").await;
            json!({ "meeting_ids": [meetings[dice.throw(meetings.len())]["id"]] })
        }
        _ => {
            let body = json!({ "target_id": row["id"], "revised_on": from, "threshold": 1 + dice.throw(9), "reason": "Fewer." });
            return made.0.post("/v1/revisions", body).await.status == 201;
        }
    };
    let answer = change(&made.0, resource, row, patch.clone()).await;
    assert!([200, 409, 422].contains(&answer.status), "{resource} {patch}: {}", answer.text);
    answer.status == 200
}

#[tokio::test]
async fn whatever_is_written_what_is_published_stays_as_it_was_sealed() {
    let app = App::with_sample();
    let made = Made(app.officer());
    let mut publications = Vec::new();
    for (code, as_at) in [("2016-17", "2017-03-31"), ("2017-18", "2017-09-30"), ("2017-18", "2018-01-31")] {
        let framework = made.0.all(&format!("/v1/frameworks?code={code}")).await.remove(0);
        publications.push(made.publish(&framework, as_at, &app.admin()).await);
    }
    let (mut dice, mut done) = (Dice(29), 0);
    for n in 0..150 {
        done += usize::from(match n % 3 {
            0 => change_something(&made, &mut dice, n).await,
            _ => reach_for_it(&made, &mut dice, n).await,
        });
        if n % 30 == 29 {
            for publication in &publications {
                is_as_sealed(&made.0, publication, false).await;
            }
        }
    }
    assert!(done > 20, "{done} writes were let");
    for publication in &publications {
        is_as_sealed(&made.0, publication, true).await;
        assert_eq!(now(&made.0, "publications", publication).await["status"], "published");
    }
}
