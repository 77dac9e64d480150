//! Writes cannot change a figure, status or reason of a published day.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Plan, change, now, path};
use crate::as_of::{Dice, change_something};
use crate::support::{App, Caller, Fixtures, id};

/// Asserts that a write was refused because it would change a published day.
fn assert_period_published(response: &crate::support::ApiResponse, write: &str) {
    assert_eq!((response.status, response.code()), (409, "period_published"), "{write}: {}", response.text);
}

#[tokio::test]
async fn handing_over_a_group_cannot_change_a_published_year() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let group = fixtures.group(json!({})).await;
    let (framework, action) = fixtures.plan(&[&group]).await;
    let target =
        fixtures.target(&action, json!({ "kind": "meetings_held" }), json!({ "threshold": 1 })).await;
    fixtures.activate(&framework).await;
    fixtures.meeting(Some(&group), "2017-05-15", json!({})).await;
    let publication = fixtures.publish(&framework, "2018-03-31", &app.admin()).await;
    let before = fixtures.metric(&target, "2018-03-31").await;
    assert_eq!(before["status"], "green");
    let handed_over = json!({ "responsible_until": "2017-08-01", "handed_to": "Another body" });
    let refused = change(&fixtures.0, "groups", &group, handed_over.clone()).await;
    assert_period_published(&refused, "handing over");
    assert!(refused.text.contains("2018-03-31"), "the error names the published day: {}", refused.text);
    assert_eq!(fixtures.metric(&target, "2018-03-31").await, before);
    // A handover after the year is allowed; within the year it is allowed once the day is reopened.
    change(&fixtures.0, "groups", &group, json!({ "responsible_until": "2018-04-01" })).await.expect(200);
    let reopened = json!({ "status": "reopened", "reopened_reason": "It was handed over." });
    change(&fixtures.0, "publications", &publication, reopened).await.expect(200);
    change(&fixtures.0, "groups", &group, handed_over).await.expect(200);
    assert_eq!(fixtures.metric(&target, "2018-03-31").await["status"], "not_applicable");
}

#[tokio::test]
async fn a_meeting_dated_to_the_year_cannot_change_after_publication() {
    let app = App::new();
    let plan = Plan::new(&app).await;
    let officer = &plan.fixtures.0;
    let body = json!({ "date_precision": "year" });
    let meeting = plan.fixtures.meeting(Some(&plan.group), "2018-02-15", body).await;
    let mut lines = Vec::new();
    for (n, seat) in plan.seats.iter().enumerate() {
        let status = if n < 2 { "present" } else { "absent" };
        lines.push(plan.fixtures.attendance(&meeting, seat, status).await);
    }
    plan.fixtures.close_register(&meeting).await;
    let previous_year = plan.fixtures.meeting(None, "2017-02-15", json!({ "date_precision": "year" })).await;
    plan.fixtures.publish(&plan.framework, "2018-03-31", &app.admin()).await;
    let before = plan.fixtures.metric(&plan.target, "2018-03-31").await;
    assert_eq!((&before["numerator"], &before["denominator"]), (&json!(2), &json!(4)));
    for (collection, row, patch) in [
        ("meetings", &meeting, json!({ "register": "open" })),
        ("meetings", &meeting, json!({ "held_on": "2018-04-01" })),
        ("attendance", &lines[0], json!({ "status": "absent" })),
    ] {
        let refused = change(officer, collection, row, patch.clone()).await;
        assert_period_published(&refused, &format!("{collection} {patch}"));
    }
    let line = |seat: usize, status: &str| json!({ "meeting_id": meeting["id"], "seat_id": plan.seats[seat]["id"], "status": status });
    let swapped = json!({ "lines": [line(0, "absent"), line(2, "present"), line(1, "present")] });
    let request = officer.request(Method::POST, "/v1/attendance/bulk").header("Idempotency-Key", "swapped");
    let response = officer.send(request.json(&swapped)).await.expect(200);
    let codes: Vec<&Value> = response.body["results"]
        .as_array()
        .expect("results")
        .iter()
        .map(|result| &result["errors"][0]["code"])
        .collect();
    assert_eq!(codes, [&json!("period_published"), &json!("period_published"), &Value::Null]);
    assert_eq!(plan.fixtures.metric(&plan.target, "2018-03-31").await, before);
    // The meeting counts in the previous plan period, although its year overlaps the published one.
    change(officer, "meetings", &previous_year, json!({ "status": "inquorate" })).await.expect(200);
}

#[tokio::test]
async fn a_later_meeting_cannot_change_the_reason_of_a_published_figure() {
    let app = App::new();
    let plan = Plan::new(&app).await;
    plan.fixtures.publish(&plan.framework, "2017-06-30", &app.admin()).await;
    let before = plan.fixtures.metric(&plan.target, "2017-06-30").await;
    assert_eq!((&before["status"], &before["value_reason"]), (&json!("no_data"), &json!("no_meeting")));
    for status in ["cancelled", "scheduled"] {
        let body = json!({ "group_id": plan.group["id"], "title": "Autumn", "held_on": "2017-10-01", "status": status });
        assert_period_published(&plan.fixtures.0.post("/v1/meetings", body).await, status);
    }
    assert_eq!(plan.fixtures.metric(&plan.target, "2017-06-30").await, before);
    // A meeting that no action references affects no figure.
    plan.fixtures.meeting(None, "2017-10-01", json!({ "status": "cancelled" })).await;
}

#[tokio::test]
async fn links_and_targets_cannot_be_added_to_a_published_plan() {
    let app = App::new();
    let plan = Plan::new(&app).await;
    let event = plan.fixtures.meeting(None, "2017-05-01", json!({ "register": "closed" })).await;
    let path = format!("/v1/actions/{}", id(&plan.action));
    plan.fixtures.publish(&plan.framework, "2017-06-30", &app.admin()).await;
    let links = json!({ "meeting_ids": [event["id"]] });
    assert_period_published(&plan.fixtures.0.patch(&path, 1, links).await, "linking a meeting");
    let body = json!({ "action_ids": [plan.action["id"]], "code": "more", "title": "More", "position": 1, "measure": { "kind": "ratio" }, "threshold": 1 });
    assert_period_published(&plan.fixtures.0.post("/v1/targets", body).await, "creating a target");
    plan.fixtures.0.patch(&path, 1, json!({ "title": "Another title" })).await.expect(200);
}

#[tokio::test]
async fn concurrent_writes_that_affect_a_published_day_are_serialised() {
    let app = App::new();
    let plan = Plan::new(&app).await;
    let scheduled =
        |title: &str| json!({ "group_id": plan.group["id"], "title": title, "held_on": "2017-10-01" });
    let one = plan.fixtures.0.create("/v1/meetings", scheduled("One")).await;
    let other = plan.fixtures.0.create("/v1/meetings", scheduled("Other")).await;
    plan.fixtures.publish(&plan.framework, "2017-06-30", &app.admin()).await;
    let before = plan.fixtures.metric(&plan.target, "2017-06-30").await;
    assert_eq!(before["status"], "not_due");
    let paths = [&one, &other].map(|meeting| format!("/v1/meetings/{}", id(meeting)));
    let (first, second) =
        tokio::join!(plan.fixtures.0.delete(&paths[0], 1), plan.fixtures.0.delete(&paths[1], 1));
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(
        statuses,
        [204, 409],
        "only one of the two scheduled meetings may be deleted: {} {}",
        first.text,
        second.text
    );
    assert_eq!(plan.fixtures.metric(&plan.target, "2017-06-30").await["status"], "not_due");
}

/// Fields that are descriptions or depend on future meetings.
const UNSEALED_FIELDS: [&str; 14] = [
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
    // Grouped by owner, which is a description. Completeness has the overdue records of a target.
    "overdue",
];

fn without_unsealed_fields(mut value: Value) -> Value {
    match &mut value {
        Value::Object(fields) => {
            fields.retain(|name, _| !UNSEALED_FIELDS.contains(&name.as_str()));
            fields.values_mut().for_each(|field| *field = without_unsealed_fields(field.take()));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = without_unsealed_fields(item.take())),
        _ => {}
    }
    value
}

/// The rows that an explanation counts, as sorted texts of their references and share.
async fn counted_rows(caller: &Caller, explanation: &str) -> Vec<String> {
    let mut rows = Vec::new();
    for counts in ["numerator", "denominator"] {
        for row in caller.all(&format!("{explanation}&counts={counts}")).await {
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
            let references: Vec<String> = fields.iter().map(|field| row[field].to_string()).collect();
            rows.push(format!("{} {}", references.join(" "), without_unsealed_fields(row["share"].clone())));
        }
    }
    rows.sort();
    rows
}

/// Asserts that today's records give the sealed figures of a publication.
async fn assert_unchanged(caller: &Caller, publication: &Value, with_rows: bool) {
    let (framework, as_at) = (&publication["framework_id"], publication["as_at"].as_str().expect("a day"));
    let live = format!("/v1/frameworks/{}", framework.as_str().expect("an id"));
    for view in ["metrics", "summary"] {
        let then = without_unsealed_fields(caller.read(&format!("{}/{view}", path(publication))).await);
        let today = without_unsealed_fields(caller.read(&format!("{live}/{view}?as_at={as_at}")).await);
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
        caller.all(&format!("/v1/targets?framework_id={}", framework.as_str().expect("an id"))).await
    {
        let then = format!("{}/explanation?target_id={}", path(publication), id(&target));
        let today = format!("/v1/targets/{}/metric/explanation?as_at={as_at}", id(&target));
        assert_eq!(
            counted_rows(caller, &then).await,
            counted_rows(caller, &today).await,
            "{} of {as_at}",
            target["code"]
        );
    }
}

fn random_day(dice: &mut Dice) -> String {
    let (year, month) = ([2016, 2017, 2017, 2018][dice.throw(4)], 1 + dice.throw(12));
    format!("{year}-{month:02}-{:02}", 1 + dice.throw(28))
}

/// Sends a random write that may affect a published day; returns whether it was accepted.
async fn write_at_random(fixtures: &Fixtures, dice: &mut Dice, n: usize) -> bool {
    let resource =
        ["groups", "seats", "councils", "meetings", "meetings", "actions", "targets"][dice.throw(7)];
    let rows = fixtures.0.all(&format!("/v1/{resource}")).await;
    let row = &rows[dice.throw(rows.len())];
    let (from, until) = (random_day(dice), random_day(dice));
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
            return fixtures.0.post("/v1/meetings", body).await.status == 201;
        }
        ("actions", _) => {
            let meetings = fixtures.0.all("/v1/meetings").await;
            json!({ "meeting_ids": [meetings[dice.throw(meetings.len())]["id"]] })
        }
        _ => {
            let body = json!({ "target_id": row["id"], "revised_on": from, "threshold": 1 + dice.throw(9), "reason": "Fewer." });
            return fixtures.0.post("/v1/revisions", body).await.status == 201;
        }
    };
    let response = change(&fixtures.0, resource, row, patch.clone()).await;
    assert!([200, 409, 422].contains(&response.status), "{resource} {patch}: {}", response.text);
    response.status == 200
}

#[tokio::test]
async fn random_writes_do_not_change_published_figures() {
    let app = App::with_sample();
    let fixtures = Fixtures(app.officer());
    let mut publications = Vec::new();
    for (code, as_at) in [("2016-17", "2017-03-31"), ("2017-18", "2017-09-30"), ("2017-18", "2018-01-31")] {
        let framework = fixtures.0.all(&format!("/v1/frameworks?code={code}")).await.remove(0);
        publications.push(fixtures.publish(&framework, as_at, &app.admin()).await);
    }
    let (mut dice, mut accepted) = (Dice(29), 0);
    for n in 0..150 {
        accepted += usize::from(match n % 3 {
            0 => change_something(&fixtures, &mut dice, n).await,
            _ => write_at_random(&fixtures, &mut dice, n).await,
        });
        if n % 30 == 29 {
            for publication in &publications {
                assert_unchanged(&fixtures.0, publication, false).await;
            }
        }
    }
    assert!(accepted > 20, "only {accepted} writes were accepted");
    for publication in &publications {
        assert_unchanged(&fixtures.0, publication, true).await;
        assert_eq!(now(&fixtures.0, "publications", publication).await["status"], "published");
    }
}
