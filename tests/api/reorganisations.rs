//! Councils through time: one operation ends some and lets others take over, and nothing that was changes.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{App, Made, Person, id};

/// The councils of Suffolk that ended in 2019, by the council that took over.
const SUFFOLK: [(&str, &str, [&str; 2]); 2] = [
    ("E07000244", "East Suffolk Council", ["E07000205", "E07000206"]),
    ("E07000245", "West Suffolk Council", ["E07000201", "E07000204"]),
];

async fn council(person: &Person, code: &str) -> Value {
    person.all(&format!("/v1/councils?gss_code={code}")).await.remove(0)
}

async fn group(person: &Person, code: &str) -> Value {
    person.all(&format!("/v1/groups?code={code}")).await.remove(0)
}

async fn count(person: &Person, list: &str) -> i64 {
    let joint = if list.contains('?') { '&' } else { '?' };
    person.read(&format!("{list}{joint}limit=1&total=true")).await["total"].as_i64().expect("a total")
}

/// Takes the sample's own reorganisation back: 52 councils, and no end in sight.
async fn take_back(officer: &Person) {
    for (code, _, ended) in SUFFOLK {
        let successor = council(officer, code).await;
        let version = successor["version"].as_i64().expect("a version");
        officer.delete(&format!("/v1/councils/{}", id(&successor)), version).await.expect(204);
        for code in ended {
            let council = council(officer, code).await;
            let body = json!({ "exists_until": null, "memberships": [{ "member_from": "2015-04-01" }] });
            let version = council["version"].as_i64().expect("a version");
            officer.patch(&format!("/v1/councils/{}", id(&council)), version, body).await.expect(200);
        }
    }
}

/// The reorganisation of 2019 as an officer enters it.
async fn suffolk(officer: &Person) -> Value {
    let assembly = group(officer, "assembly").await;
    let (mut ended, mut successors) = (Vec::new(), Vec::new());
    for (code, name, predecessors) in SUFFOLK {
        let mut ids = Vec::new();
        for code in predecessors {
            ids.push(council(officer, code).await["id"].clone());
        }
        successors.push(json!({
            "council": { "gss_code": code, "name": name, "kind": "district", "county": "Suffolk" },
            "predecessor_ids": ids, "seats": [{ "group_id": assembly["id"], "role": "leader" }]
        }));
        ended.extend(ids);
    }
    json!({ "reorganised_on": "2019-04-01", "kind": "merged", "predecessor_ids": ended, "successors": successors })
}

/// All that is derived of the two years on record: metrics, and the turnout of each meeting.
async fn the_past(person: &Person) -> Vec<Value> {
    let mut past = Vec::new();
    for framework in person.all("/v1/frameworks?sort=code").await {
        if framework["code"].as_str().is_some_and(|code| code < "2018") {
            past.push(person.read(&format!("/v1/frameworks/{}/metrics", id(&framework))).await);
        }
    }
    for meeting in person.all("/v1/meetings?held_until=2018-04-01").await {
        past.push(person.read(&format!("/v1/meetings/{}/turnout", id(&meeting))).await);
    }
    past
}

#[tokio::test]
async fn four_suffolk_councils_become_two_and_the_years_before_stay_as_they_were() {
    let app = App::with_sample();
    let (officer, made) = (app.officer(), Made(app.officer()));
    take_back(&officer).await;
    let before = the_past(&officer).await;
    let assembly = group(&officer, "assembly").await;
    let (framework, action) = {
        let framework = made.framework(json!({ "code": "2019-20", "plan_from": "2019-04-01" })).await;
        let outcome = made.outcome(&made.theme(&framework).await).await;
        (framework, made.action(&outcome, json!({ "group_ids": [assembly["id"]] })).await)
    };
    let membership = json!({ "kind": "council_coverage", "basis": "membership" });
    let of_year = made.target(&action, membership, json!({ "threshold": 100 })).await;
    let meetings = [
        made.meeting(None, "2019-03-20", json!({})).await,
        made.meeting(None, "2019-04-10", json!({})).await,
        made.meeting(Some(&assembly), "2019-03-21", json!({})).await,
        made.meeting(Some(&assembly), "2019-04-11", json!({})).await,
    ];
    assert_eq!(count(&officer, "/v1/councils?member_on=2019-04-01").await, 52);
    assert_eq!(made.metric(&of_year, "2019-04-01").await["denominator"], 52);

    let done = officer.post("/v1/reorganisations", suffolk(&officer).await).await.expect(200).body;
    for (day, councils) in [("2019-03-31", 52), ("2019-04-01", 50)] {
        assert_eq!(count(&officer, &format!("/v1/councils?exists_on={day}")).await, councils);
        assert_eq!(count(&officer, &format!("/v1/councils?member_on={day}")).await, councils);
    }
    let metric = made.metric(&of_year, "2019-04-01").await;
    assert_eq!((&metric["numerator"], &metric["denominator"]), (&json!(50), &json!(50)));
    let denominator = async |meeting: &Value| {
        officer.read(&format!("/v1/meetings/{}/turnout", id(meeting))).await["denominator"].clone()
    };
    for (meeting, expected) in meetings.iter().zip([52, 50, 52, 48]) {
        assert_eq!(denominator(meeting).await, expected, "{}", meeting["held_on"]);
    }
    for seat in done["seat_ids"].as_array().expect("seats") {
        let path = format!("/v1/seats/{}", seat.as_str().expect("an id"));
        let seat = officer.read(&path).await;
        assert_eq!((&seat["role"], &seat["exists_from"]), (&json!("leader"), &json!("2019-04-01")));
        let terms = json!([{ "holder_ref": path, "held_from": "2019-04-02" }]);
        officer.patch(&path, 1, json!({ "terms": terms })).await.expect(200);
    }
    assert_eq!(denominator(&meetings[3]).await, 50, "the two new leaders are expected as well");
    assert_eq!(the_past(&officer).await, before, "nothing of 2016 to 2018 changes");

    assert_eq!(done["ended_seat_ids"].as_array().map(Vec::len), Some(24));
    for code in SUFFOLK.iter().flat_map(|(_, _, ended)| ended) {
        let ended = council(&officer, code).await;
        assert_eq!(
            (&ended["exists_until"], &ended["gss_codes"][0]["valid_until"]),
            (&json!("2019-04-01"), &json!("2019-04-01"))
        );
        assert_eq!(ended["successors"].as_array().map(Vec::len), Some(1));
        for seat in officer.all(&format!("/v1/seats?council_id={}", id(&ended))).await {
            assert_eq!(
                (&seat["exists_until"], &seat["terms"][0]["held_until"]),
                (&json!("2019-04-01"), &json!("2019-04-01"))
            );
        }
    }
    let east = &done["successors"][0];
    assert_eq!(
        (&east["gss_code"], &east["predecessors"][0]["kind"]),
        (&json!("E07000244"), &json!("merged"))
    );
    assert_eq!(east["predecessors"].as_array().map(Vec::len), Some(2));
    let log = app.admin().all(&format!("/v1/audit?resource=councils&resource_id={}", id(east))).await;
    assert!(log.iter().all(|entry| entry["operation"] == "createReorganisation"));
    assert!(log.iter().any(|entry| entry["part"] == "council_successions"));
    assert!(framework["id"].is_string());
}

#[tokio::test]
async fn a_reorganisation_sent_again_under_its_key_is_done_once() {
    let app = App::with_sample();
    let officer = app.officer();
    take_back(&officer).await;
    let body = suffolk(&officer).await;
    let send = async || {
        let request =
            officer.request(Method::POST, "/v1/reorganisations").header("Idempotency-Key", "suffolk");
        officer.send(request.json(&body)).await.expect(200)
    };
    let (first, again) = (send().await, send().await);
    assert_eq!((first.text, again.header("idempotent-replayed")), (again.text.clone(), "true"));
    let refused = officer.post("/v1/reorganisations", body.clone()).await.expect(409);
    assert_eq!(refused.code(), "conflicting_records", "{}", refused.text);
    assert_eq!(count(&officer, "/v1/councils").await, 54);
}

#[tokio::test]
async fn a_reorganisation_that_cannot_be_is_refused_with_every_reason_and_leaves_all_as_it_was() {
    let app = App::new();
    let made = Made(app.officer());
    let group = made.group(json!({})).await;
    let (old, other) = (made.council(json!({})).await, made.council(json!({})).await);
    let later = made.council(json!({ "exists_from": "2019-06-01" })).await;
    let seat = made.seat(&group, &old, json!({})).await;
    let lined = made.meeting(Some(&group), "2019-05-02", json!({ "title": "Lined" })).await;
    made.line(&lined, &seat, "present").await;
    let closed = made.meeting(Some(&group), "2019-05-03", json!({ "title": "Closed" })).await;
    made.close(&closed).await;
    made.meeting(Some(&group), "2019-05-04", json!({ "title": "Open, and nothing in it" })).await;
    made.meeting(Some(&group), "2019-03-31", json!({ "title": "Before", "register": "closed" })).await;
    let nowhere = "0198c5b0-0000-7000-8000-000000000099";
    let body = |predecessors: Value, seats: Value, code: &Value| {
        json!({ "reorganised_on": "2019-04-01", "kind": "merged", "predecessor_ids": predecessors,
            "successors": [{ "council": { "gss_code": code, "name": "New", "kind": "district" }, "seats": seats }] })
    };
    let log = async || app.number("SELECT count(*) AS n FROM changes").await;
    let before = (log().await, made.0.all("/v1/councils").await, made.0.all("/v1/seats").await);

    let state = body(json!([old["id"], other["id"]]), json!([]), &later["gss_code"]);
    let refused = made.0.post("/v1/reorganisations", state).await.expect(409);
    assert_eq!(refused.code(), "conflicting_records");
    assert_eq!(
        refused.faults(),
        [
            "#/predecessor_ids/0 in_use",
            "#/predecessor_ids/0 in_use",
            "#/successors/0/council/gss_code already_exists"
        ]
    );
    assert!(
        refused.text.contains("Lined") && refused.text.contains("Closed") && !refused.text.contains("Before")
    );

    let seats = json!([{ "group_id": nowhere, "role": "leader" }]);
    let wrong = body(json!([old["id"], nowhere, later["id"]]), seats, &json!("E07999999"));
    let refused = made.0.post("/v1/reorganisations", wrong).await.expect(422);
    assert_eq!(
        refused.faults(),
        [
            "#/predecessor_ids/0 in_use",
            "#/predecessor_ids/0 in_use",
            "#/predecessor_ids/1 unknown_reference",
            "#/predecessor_ids/2 council_does_not_exist",
            "#/successors/0/seats/0/group_id unknown_reference"
        ]
    );
    assert_eq!((log().await, made.0.all("/v1/councils").await, made.0.all("/v1/seats").await), before);
}

#[tokio::test]
async fn a_council_that_exists_takes_over_and_what_would_begin_later_never_does() {
    let app = App::new();
    let made = Made(app.officer());
    let group = made.group(json!({})).await;
    let (old, heir) = (made.council(json!({})).await, made.council(json!({})).await);
    let terms = json!([{ "holder_ref": "a", "held_from": "2015-05-01" }, { "holder_ref": "b", "held_from": "2019-05-01" }]);
    let terms = {
        let mut terms = terms;
        terms[0]["held_until"] = json!("2019-05-01");
        terms
    };
    let seat = made.seat(&group, &old, json!({ "terms": terms })).await;
    let planned =
        made.seat(&group, &old, json!({ "ordinal": 2, "exists_from": "2019-05-01", "terms": [] })).await;
    let body = json!({ "reorganised_on": "2019-04-01", "kind": "merged", "predecessor_ids": [old["id"]],
        "successors": [{ "council_id": heir["id"], "seats": [{ "group_id": group["id"], "role": "leader", "ordinal": 7 }] }] });
    let done = made.0.post("/v1/reorganisations", body).await.expect(200).body;
    assert_eq!(done["successors"][0]["memberships"], heir["memberships"], "a member stays a member");
    assert_eq!(done["predecessors"][0]["memberships"][0]["member_until"], "2019-04-01");
    assert_eq!(done["ended_seat_ids"], json!([seat["id"]]));
    let seat = made.0.read(&format!("/v1/seats/{}", id(&seat))).await;
    assert_eq!(seat["terms"].as_array().map(Vec::len), Some(1));
    assert_eq!(seat["terms"][0]["held_until"], "2019-04-01");
    made.0.get(&format!("/v1/seats/{}", id(&planned))).await.expect(404);
}

#[tokio::test]
async fn what_is_asked_must_fit_its_kind_and_name_each_council_once() {
    let app = App::new();
    let made = Made(app.officer());
    let mut ids = Vec::new();
    for _ in 0..4 {
        ids.push(made.council(json!({})).await["id"].clone());
    }
    let [a, b, c, d] = ids.as_slice() else { panic!("four") };
    let new = |n: u32| json!({ "gss_code": format!("E0700090{n}"), "name": "New", "kind": "unitary" });
    let seat = json!({ "group_id": a, "role": "leader" });
    for (kind, ended, successors, faults) in [
        ("merged", json!([a]), json!([{ "council": new(1) }]), vec!["#/successors/0 does_not_fit_the_kind"]),
        (
            "split",
            json!([a]),
            json!([{ "council": new(1) }]),
            vec!["#/predecessor_ids/0 does_not_fit_the_kind"],
        ),
        (
            "renamed",
            json!([a, b]),
            json!([{ "council": new(1) }]),
            vec!["#/successors/0 does_not_fit_the_kind"],
        ),
        (
            "merged",
            json!([a, b]),
            json!([{ "council": new(1) }, { "council": new(2) }]),
            vec!["#/predecessor_ids/0 does_not_fit_the_kind", "#/predecessor_ids/1 does_not_fit_the_kind"],
        ),
        (
            "merged",
            json!([a, b, c]),
            json!([{ "council": new(1), "predecessor_ids": [a, b] }]),
            vec!["#/predecessor_ids/2 does_not_fit_the_kind"],
        ),
        ("renamed", json!([a]), json!([{}]), vec!["#/successors/0 required"]),
        (
            "renamed",
            json!([a]),
            json!([{ "council": new(1), "council_id": b }]),
            vec!["#/successors/0 mutually_exclusive"],
        ),
        (
            "renamed",
            json!([a]),
            json!([{ "council_id": a }]),
            vec!["#/successors/0/council_id own_predecessor"],
        ),
        (
            "split",
            json!([a]),
            json!([{ "council_id": b }, { "council_id": b }]),
            vec!["#/successors/1/council_id duplicate"],
        ),
        (
            "split",
            json!([a]),
            json!([{ "council": new(1) }, { "council": new(1) }]),
            vec!["#/successors/1/council/gss_code duplicate"],
        ),
        (
            "renamed",
            json!([a]),
            json!([{ "council_id": b, "predecessor_ids": [a, a] }]),
            vec!["#/successors/0 does_not_fit_the_kind", "#/successors/0/predecessor_ids/1 duplicate"],
        ),
        (
            "renamed",
            json!([a]),
            json!([{ "council_id": b, "predecessor_ids": [d] }]),
            vec![
                "#/predecessor_ids/0 does_not_fit_the_kind",
                "#/successors/0/predecessor_ids/0 unknown_reference",
            ],
        ),
        (
            "renamed",
            json!([a]),
            json!([{ "council_id": b, "seats": [seat, seat] }]),
            vec!["#/successors/0/seats/1/ordinal duplicate"],
        ),
        (
            "renamed",
            json!([a, a]),
            json!([{ "council_id": b }]),
            vec!["#/predecessor_ids/1 duplicate", "#/successors/0 does_not_fit_the_kind"],
        ),
    ] {
        let body = json!({ "reorganised_on": "2019-04-01", "kind": kind, "predecessor_ids": ended, "successors": successors });
        let refused = made.0.post("/v1/reorganisations", body.clone()).await.expect(422);
        assert_eq!(refused.faults(), faults, "{body}");
    }
    let split = json!({ "reorganised_on": "2019-04-01", "kind": "split", "predecessor_ids": [a],
        "successors": [{ "council": new(1) }, { "council": new(2), "is_member": false }] });
    let done = made.0.post("/v1/reorganisations", split).await.expect(200).body;
    assert_eq!(done["successors"][1]["memberships"], json!([]));
}

#[tokio::test]
async fn a_council_is_taken_over_once_and_of_two_at_a_time_one_is_told() {
    let app = App::new();
    let made = Made(app.officer());
    let old = made.council(json!({})).await;
    let body = |n: u32| {
        json!({ "reorganised_on": "2019-04-01", "kind": "renamed", "predecessor_ids": [old["id"]],
            "successors": [{ "council": { "gss_code": format!("E0700090{n}"), "name": "New", "kind": "district" } }] })
    };
    let (one, two) = tokio::join!(
        made.0.post("/v1/reorganisations", body(1)),
        made.0.post("/v1/reorganisations", body(2))
    );
    let (done, refused) = if one.status == 200 { (one, two) } else { (two, one) };
    done.expect(200);
    assert_eq!(refused.expect(409).faults(), ["#/predecessor_ids/0 already_exists"]);
    assert_eq!(count(&made.0, "/v1/councils").await, 2);
}

/// The county and the districts of Norfolk, and which districts two unitaries take over whole in 2028: South Norfolk is
/// divided between them, as the county is.
const NORFOLK: [(&str, &str, &[&str]); 2] = [
    ("E06000901", "North and West Norfolk Council", &["E07000143", "E07000146", "E07000147"]),
    ("E06000902", "Norwich and East Norfolk Council", &["E07000144", "E07000145", "E07000148"]),
];
const DIVIDED: [&str; 2] = ["E10000020", "E07000149"];

#[tokio::test]
async fn a_county_and_its_districts_become_two_unitaries_in_one_request_with_a_kind_for_each_link() {
    let app = App::with_sample();
    let officer = app.officer();
    let mut ended = Vec::new();
    let mut successors = Vec::new();
    let of_codes = async |codes: &[&str]| {
        let mut ids = Vec::new();
        for code in codes {
            ids.push(council(&officer, code).await["id"].clone());
        }
        ids
    };
    let link = |id: &Value, kind: &str| json!({ "predecessor_id": id, "kind": kind });
    let divided = of_codes(&DIVIDED).await;
    for (code, name, merged) in NORFOLK {
        let merged = of_codes(merged).await;
        let links: Vec<Value> = divided
            .iter()
            .map(|id| link(id, "split"))
            .chain(merged.iter().map(|id| link(id, "merged")))
            .collect();
        successors.push(json!({ "council": { "gss_code": code, "name": name, "kind": "unitary" }, "predecessors": links }));
        ended.extend(merged);
    }
    ended.extend(divided.clone());
    let before = the_past(&officer).await;
    let body = json!({ "reorganised_on": "2028-04-01", "predecessor_ids": ended, "successors": successors });
    let done = officer.post("/v1/reorganisations", body.clone()).await.expect(200).body;
    assert_eq!(done["kind"], Value::Null, "it is of several kinds");
    for (day, councils) in [("2028-03-31", 50), ("2028-04-01", 44)] {
        assert_eq!(count(&officer, &format!("/v1/councils?exists_on={day}")).await, councils);
        assert_eq!(count(&officer, &format!("/v1/councils?member_on={day}")).await, councils);
    }
    let county = council(&officer, "E10000020").await;
    let kinds = |links: &Value| -> Vec<String> {
        let mut kinds: Vec<String> =
            links.as_array().expect("links").iter().map(|link| link["kind"].to_string()).collect();
        kinds.sort();
        kinds
    };
    assert_eq!(kinds(&county["successors"]), ["\"split\"", "\"split\""]);
    assert_eq!(kinds(&council(&officer, "E07000148").await["successors"]), ["\"merged\""]);
    assert_eq!(
        kinds(&council(&officer, "E06000901").await["predecessors"]),
        ["\"merged\"", "\"merged\"", "\"merged\"", "\"split\"", "\"split\""]
    );
    assert_eq!(the_past(&officer).await, before, "nothing of 2016 to 2018 changes");

    let mut wrong = body;
    wrong["successors"][0]["predecessors"][0]["kind"] = json!("merged");
    wrong["successors"][0]["predecessors"][2]["kind"] = json!("split");
    wrong["successors"][0]["predecessors"][3]["kind"] = json!("renamed");
    wrong["successors"][1]["predecessor_ids"] = json!([ended[0]]);
    let refused = officer.post("/v1/reorganisations", wrong).await.expect(422);
    assert_eq!(
        refused.faults(),
        [
            "#/successors/0/predecessors/0/kind does_not_fit_the_kind",
            "#/successors/0/predecessors/2/kind does_not_fit_the_kind",
            "#/successors/0/predecessors/3/kind does_not_fit_the_kind",
            "#/successors/1/predecessors mutually_exclusive",
        ]
    );
}

#[tokio::test]
async fn the_links_of_a_reorganisation_each_have_a_kind() {
    let app = App::new();
    let made = Made(app.officer());
    let (old, other) = (made.council(json!({})).await, made.council(json!({})).await);
    let new = json!({ "gss_code": "E07000901", "name": "New", "kind": "unitary" });
    let body = |successor: Value| json!({ "reorganised_on": "2019-04-01", "predecessor_ids": [old["id"]], "successors": [successor] });
    let link = |council: &Value| json!({ "predecessor_id": council["id"], "kind": "renamed" });
    for (successor, fault) in [
        (json!({ "council": new }), "#/kind required"),
        (
            json!({ "council": new, "predecessors": [link(&old), link(&old)] }),
            "#/successors/0/predecessors/1/predecessor_id duplicate",
        ),
        (
            json!({ "council": new, "predecessors": [link(&other)] }),
            "#/successors/0/predecessors/0/predecessor_id unknown_reference",
        ),
    ] {
        let refused = made.0.post("/v1/reorganisations", body(successor.clone())).await.expect(422);
        assert!(refused.faults().contains(&fault.to_owned()), "{successor}: {:?}", refused.faults());
    }
    let done = body(json!({ "council": new, "predecessors": [link(&old)] }));
    let done = made.0.post("/v1/reorganisations", done).await.expect(200).body;
    assert_eq!(done["successors"][0]["predecessors"][0]["kind"], "renamed");
}

#[tokio::test]
async fn a_council_that_does_not_exist_on_the_day_before_does_not_end_then() {
    let app = App::new();
    let made = Made(app.officer());
    let body = |council: &Value| {
        json!({ "reorganised_on": "2019-04-01", "kind": "renamed", "predecessor_ids": [council["id"]],
            "successors": [{ "council": { "gss_code": "E07000901", "name": "New", "kind": "district" } }] })
    };
    for existence in [
        json!({ "exists_from": "2019-04-01" }),
        json!({ "exists_from": "2019-06-01" }),
        json!({ "exists_from": "2019-06-01", "exists_until": "2020-04-01" }),
        json!({ "exists_until": "2019-03-31" }),
    ] {
        let council = made.council(existence.clone()).await;
        let refused = made.0.post("/v1/reorganisations", body(&council)).await.expect(422);
        assert_eq!(refused.faults(), ["#/predecessor_ids/0 council_does_not_exist"], "{existence}");
        assert_eq!(made.0.read(&format!("/v1/councils/{}", id(&council))).await, council);
    }
}
