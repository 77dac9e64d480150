//! What a reorganisation changes: councils, memberships, seats, links and figures.

use reqwest::Method;
use serde_json::{Value, json};

use super::{council, count};
use crate::support::{App, Caller, Fixtures, id};

/// The councils of Suffolk that ended in 2019, by their successor.
const SUFFOLK: [(&str, &str, [&str; 2]); 2] = [
    ("E07000244", "East Suffolk Council", ["E07000205", "E07000206"]),
    ("E07000245", "West Suffolk Council", ["E07000201", "E07000204"]),
];

/// Two unitaries of Norfolk in 2028, with the districts that each takes over completely.
const NORFOLK: [(&str, &str, &[&str]); 2] = [
    ("E06000901", "North and West Norfolk Council", &["E07000143", "E07000146", "E07000147"]),
    ("E06000902", "Norwich and East Norfolk Council", &["E07000144", "E07000145", "E07000148"]),
];

/// The county and South Norfolk, which are split between the two unitaries.
const DIVIDED: [&str; 2] = ["E10000020", "E07000149"];

async fn group(caller: &Caller, code: &str) -> Value {
    caller.all(&format!("/v1/groups?code={code}")).await.remove(0)
}

/// Reverts the reorganisation of the sample, which leaves 52 councils without an end.
async fn revert_sample_reorganisation(officer: &Caller) {
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

/// Returns the request body of the reorganisation of 2019.
async fn suffolk_request(officer: &Caller) -> Value {
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

/// Returns the metrics of the earlier frameworks and the turnout of each earlier meeting.
async fn past_figures(caller: &Caller) -> Vec<Value> {
    let mut past = Vec::new();
    for framework in caller.all("/v1/frameworks?sort=code").await {
        if framework["code"].as_str().is_some_and(|code| code < "2018") {
            past.push(caller.read(&format!("/v1/frameworks/{}/metrics", id(&framework))).await);
        }
    }
    for meeting in caller.all("/v1/meetings?held_until=2018-04-01").await {
        past.push(caller.read(&format!("/v1/meetings/{}/turnout", id(&meeting))).await);
    }
    past
}

#[tokio::test]
async fn merging_four_councils_into_two_leaves_earlier_figures_unchanged() {
    let app = App::with_sample();
    let (officer, fixtures) = (app.officer(), Fixtures(app.officer()));
    revert_sample_reorganisation(&officer).await;
    let before = past_figures(&officer).await;
    let assembly = group(&officer, "assembly").await;
    let (framework, action) = {
        let framework = fixtures.framework(json!({ "code": "2019-20", "plan_from": "2019-04-01" })).await;
        let outcome = fixtures.outcome(&fixtures.theme(&framework).await).await;
        (framework, fixtures.action(&outcome, json!({ "group_ids": [assembly["id"]] })).await)
    };
    let membership = json!({ "kind": "council_coverage", "basis": "membership" });
    let target = fixtures.target(&action, membership, json!({ "threshold": 100 })).await;
    let meetings = [
        fixtures.meeting(None, "2019-03-20", json!({})).await,
        fixtures.meeting(None, "2019-04-10", json!({})).await,
        fixtures.meeting(Some(&assembly), "2019-03-21", json!({})).await,
        fixtures.meeting(Some(&assembly), "2019-04-11", json!({})).await,
    ];
    assert_eq!(count(&officer, "/v1/councils?member_on=2019-04-01").await, 52);
    assert_eq!(fixtures.metric(&target, "2019-04-01").await["denominator"], 52);

    let result = officer.post("/v1/reorganisations", suffolk_request(&officer).await).await.expect(200).body;
    for (day, councils) in [("2019-03-31", 52), ("2019-04-01", 50)] {
        assert_eq!(count(&officer, &format!("/v1/councils?exists_on={day}")).await, councils);
        assert_eq!(count(&officer, &format!("/v1/councils?member_on={day}")).await, councils);
    }
    let metric = fixtures.metric(&target, "2019-04-01").await;
    assert_eq!((&metric["numerator"], &metric["denominator"]), (&json!(50), &json!(50)));
    let denominator = async |meeting: &Value| {
        officer.read(&format!("/v1/meetings/{}/turnout", id(meeting))).await["denominator"].clone()
    };
    for (meeting, expected) in meetings.iter().zip([52, 50, 52, 48]) {
        assert_eq!(denominator(meeting).await, expected, "{}", meeting["held_on"]);
    }
    for seat in result["seat_ids"].as_array().expect("seats") {
        let path = format!("/v1/seats/{}", seat.as_str().expect("an id"));
        let seat = officer.read(&path).await;
        assert_eq!((&seat["role"], &seat["exists_from"]), (&json!("leader"), &json!("2019-04-01")));
        let terms = json!([{ "holder_ref": path, "held_from": "2019-04-02" }]);
        officer.patch(&path, 1, json!({ "terms": terms })).await.expect(200);
    }
    assert_eq!(denominator(&meetings[3]).await, 50, "the two new leaders are expected too");
    assert_eq!(past_figures(&officer).await, before, "no figure of 2016 to 2018 changes");

    assert_eq!(result["ended_seat_ids"].as_array().map(Vec::len), Some(24));
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
    let east = &result["successors"][0];
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
async fn a_reorganisation_is_applied_once_per_idempotency_key() {
    let app = App::with_sample();
    let officer = app.officer();
    revert_sample_reorganisation(&officer).await;
    let body = suffolk_request(&officer).await;
    let send = async || {
        let request =
            officer.request(Method::POST, "/v1/reorganisations").header("Idempotency-Key", "suffolk");
        officer.send(request.json(&body)).await.expect(200)
    };
    let (first, replayed) = (send().await, send().await);
    assert_eq!((first.text, replayed.header("idempotent-replayed")), (replayed.text.clone(), "true"));
    let refused = officer.post("/v1/reorganisations", body.clone()).await.expect(409);
    assert_eq!(refused.code(), "conflicting_records", "{}", refused.text);
    assert_eq!(count(&officer, "/v1/councils").await, 54);
}

#[tokio::test]
async fn an_existing_council_can_take_over_and_later_terms_and_seats_are_deleted() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let group = fixtures.group(json!({})).await;
    let (old, successor) = (fixtures.council(json!({})).await, fixtures.council(json!({})).await);
    let terms = json!([{ "holder_ref": "a", "held_from": "2015-05-01" }, { "holder_ref": "b", "held_from": "2019-05-01" }]);
    let terms = {
        let mut terms = terms;
        terms[0]["held_until"] = json!("2019-05-01");
        terms
    };
    let seat = fixtures.seat(&group, &old, json!({ "terms": terms })).await;
    let planned =
        fixtures.seat(&group, &old, json!({ "ordinal": 2, "exists_from": "2019-05-01", "terms": [] })).await;
    let body = json!({ "reorganised_on": "2019-04-01", "kind": "merged", "predecessor_ids": [old["id"]],
        "successors": [{ "council_id": successor["id"], "seats": [{ "group_id": group["id"], "role": "leader", "ordinal": 7 }] }] });
    let result = fixtures.0.post("/v1/reorganisations", body).await.expect(200).body;
    assert_eq!(
        result["successors"][0]["memberships"], successor["memberships"],
        "the successor keeps its memberships"
    );
    assert_eq!(result["predecessors"][0]["memberships"][0]["member_until"], "2019-04-01");
    assert_eq!(result["ended_seat_ids"], json!([seat["id"]]));
    let seat = fixtures.0.read(&format!("/v1/seats/{}", id(&seat))).await;
    assert_eq!(seat["terms"].as_array().map(Vec::len), Some(1));
    assert_eq!(seat["terms"][0]["held_until"], "2019-04-01");
    fixtures.0.get(&format!("/v1/seats/{}", id(&planned))).await.expect(404);
}

#[tokio::test]
async fn a_county_and_its_districts_become_two_unitaries_with_a_kind_per_link() {
    let app = App::with_sample();
    let officer = app.officer();
    let mut ended = Vec::new();
    let mut successors = Vec::new();
    let council_ids = async |codes: &[&str]| {
        let mut ids = Vec::new();
        for code in codes {
            ids.push(council(&officer, code).await["id"].clone());
        }
        ids
    };
    let link = |id: &Value, kind: &str| json!({ "predecessor_id": id, "kind": kind });
    let divided = council_ids(&DIVIDED).await;
    for (code, name, merged) in NORFOLK {
        let merged = council_ids(merged).await;
        let links: Vec<Value> = divided
            .iter()
            .map(|id| link(id, "split"))
            .chain(merged.iter().map(|id| link(id, "merged")))
            .collect();
        successors.push(json!({ "council": { "gss_code": code, "name": name, "kind": "unitary" }, "predecessors": links }));
        ended.extend(merged);
    }
    ended.extend(divided.clone());
    let before = past_figures(&officer).await;
    let body = json!({ "reorganised_on": "2028-04-01", "predecessor_ids": ended, "successors": successors });
    let result = officer.post("/v1/reorganisations", body.clone()).await.expect(200).body;
    assert_eq!(result["kind"], Value::Null, "the reorganisation has several kinds");
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
    assert_eq!(past_figures(&officer).await, before, "no figure of 2016 to 2018 changes");

    let mut invalid = body;
    invalid["successors"][0]["predecessors"][0]["kind"] = json!("merged");
    invalid["successors"][0]["predecessors"][2]["kind"] = json!("split");
    invalid["successors"][0]["predecessors"][3]["kind"] = json!("renamed");
    invalid["successors"][1]["predecessor_ids"] = json!([ended[0]]);
    let refused = officer.post("/v1/reorganisations", invalid).await.expect(422);
    assert_eq!(
        refused.field_errors(),
        [
            "#/successors/0/predecessors/0/kind does_not_fit_the_kind",
            "#/successors/0/predecessors/2/kind does_not_fit_the_kind",
            "#/successors/0/predecessors/3/kind does_not_fit_the_kind",
            "#/successors/1/predecessors mutually_exclusive",
        ]
    );
}
