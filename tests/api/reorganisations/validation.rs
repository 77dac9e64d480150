//! Reorganisations that the server refuses.

use serde_json::{Value, json};

use super::count;
use crate::support::{App, Fixtures, id};

#[tokio::test]
async fn a_conflicting_reorganisation_is_refused_with_all_reasons_and_changes_nothing() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let group = fixtures.group(json!({})).await;
    let (old, other) = (fixtures.council(json!({})).await, fixtures.council(json!({})).await);
    let later = fixtures.council(json!({ "exists_from": "2019-06-01" })).await;
    let seat = fixtures.seat(&group, &old, json!({})).await;
    let with_attendance = fixtures.meeting(Some(&group), "2019-05-02", json!({ "title": "Lined" })).await;
    fixtures.attendance(&with_attendance, &seat, "present").await;
    let closed = fixtures.meeting(Some(&group), "2019-05-03", json!({ "title": "Closed" })).await;
    fixtures.close_register(&closed).await;
    fixtures.meeting(Some(&group), "2019-05-04", json!({ "title": "Open, and nothing in it" })).await;
    fixtures.meeting(Some(&group), "2019-03-31", json!({ "title": "Before", "register": "closed" })).await;
    let unknown_id = "0198c5b0-0000-7000-8000-000000000099";
    let body = |predecessors: Value, seats: Value, code: &Value| {
        json!({ "reorganised_on": "2019-04-01", "kind": "merged", "predecessor_ids": predecessors,
            "successors": [{ "council": { "gss_code": code, "name": "New", "kind": "district" }, "seats": seats }] })
    };
    let log = async || app.number("SELECT count(*) AS n FROM changes").await;
    let before = (log().await, fixtures.0.all("/v1/councils").await, fixtures.0.all("/v1/seats").await);

    let conflicting = body(json!([old["id"], other["id"]]), json!([]), &later["gss_code"]);
    let refused = fixtures.0.post("/v1/reorganisations", conflicting).await.expect(409);
    assert_eq!(refused.code(), "conflicting_records");
    assert_eq!(
        refused.field_errors(),
        [
            "#/predecessor_ids/0 in_use",
            "#/predecessor_ids/0 in_use",
            "#/successors/0/council/gss_code already_exists"
        ]
    );
    assert!(
        refused.text.contains("Lined") && refused.text.contains("Closed") && !refused.text.contains("Before")
    );

    let seats = json!([{ "group_id": unknown_id, "role": "leader" }]);
    let invalid = body(json!([old["id"], unknown_id, later["id"]]), seats, &json!("E07999999"));
    let refused = fixtures.0.post("/v1/reorganisations", invalid).await.expect(422);
    assert_eq!(
        refused.field_errors(),
        [
            "#/predecessor_ids/0 in_use",
            "#/predecessor_ids/0 in_use",
            "#/predecessor_ids/1 unknown_reference",
            "#/predecessor_ids/2 council_does_not_exist",
            "#/successors/0/seats/0/group_id unknown_reference"
        ]
    );
    assert_eq!(
        (log().await, fixtures.0.all("/v1/councils").await, fixtures.0.all("/v1/seats").await),
        before
    );
}

#[tokio::test]
async fn a_reorganisation_must_match_its_kind_and_name_each_council_once() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let mut ids = Vec::new();
    for _ in 0..4 {
        ids.push(fixtures.council(json!({})).await["id"].clone());
    }
    let [a, b, c, d] = ids.as_slice() else { panic!("four councils") };
    let new = |n: u32| json!({ "gss_code": format!("E0700090{n}"), "name": "New", "kind": "unitary" });
    let seat = json!({ "group_id": a, "role": "leader" });
    for (kind, ended, successors, field_errors) in [
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
        let refused = fixtures.0.post("/v1/reorganisations", body.clone()).await.expect(422);
        assert_eq!(refused.field_errors(), field_errors, "{body}");
    }
    let split = json!({ "reorganised_on": "2019-04-01", "kind": "split", "predecessor_ids": [a],
        "successors": [{ "council": new(1) }, { "council": new(2), "is_member": false }] });
    let result = fixtures.0.post("/v1/reorganisations", split).await.expect(200).body;
    assert_eq!(result["successors"][1]["memberships"], json!([]));
}

#[tokio::test]
async fn each_link_of_a_reorganisation_requires_a_kind() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (old, other) = (fixtures.council(json!({})).await, fixtures.council(json!({})).await);
    let new = json!({ "gss_code": "E07000901", "name": "New", "kind": "unitary" });
    let body = |successor: Value| json!({ "reorganised_on": "2019-04-01", "predecessor_ids": [old["id"]], "successors": [successor] });
    let link = |council: &Value| json!({ "predecessor_id": council["id"], "kind": "renamed" });
    for (successor, field_error) in [
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
        let refused = fixtures.0.post("/v1/reorganisations", body(successor.clone())).await.expect(422);
        assert!(
            refused.field_errors().contains(&field_error.to_owned()),
            "{successor}: {:?}",
            refused.field_errors()
        );
    }
    let request = body(json!({ "council": new, "predecessors": [link(&old)] }));
    let result = fixtures.0.post("/v1/reorganisations", request).await.expect(200).body;
    assert_eq!(result["successors"][0]["predecessors"][0]["kind"], "renamed");
}

#[tokio::test]
async fn a_council_that_does_not_exist_the_day_before_cannot_be_a_predecessor() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let body = |council: &Value| {
        json!({ "reorganised_on": "2019-04-01", "kind": "renamed", "predecessor_ids": [council["id"]],
            "successors": [{ "council": { "gss_code": "E07000901", "name": "New", "kind": "district" } }] })
    };
    for period in [
        json!({ "exists_from": "2019-04-01" }),
        json!({ "exists_from": "2019-06-01" }),
        json!({ "exists_from": "2019-06-01", "exists_until": "2020-04-01" }),
        json!({ "exists_until": "2019-03-31" }),
    ] {
        let council = fixtures.council(period.clone()).await;
        let refused = fixtures.0.post("/v1/reorganisations", body(&council)).await.expect(422);
        assert_eq!(refused.field_errors(), ["#/predecessor_ids/0 council_does_not_exist"], "{period}");
        assert_eq!(fixtures.0.read(&format!("/v1/councils/{}", id(&council))).await, council);
    }
}

#[tokio::test]
async fn one_of_two_concurrent_reorganisations_of_a_council_is_refused() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let old = fixtures.council(json!({})).await;
    let body = |n: u32| {
        json!({ "reorganised_on": "2019-04-01", "kind": "renamed", "predecessor_ids": [old["id"]],
            "successors": [{ "council": { "gss_code": format!("E0700090{n}"), "name": "New", "kind": "district" } }] })
    };
    let (one, two) = tokio::join!(
        fixtures.0.post("/v1/reorganisations", body(1)),
        fixtures.0.post("/v1/reorganisations", body(2))
    );
    let (succeeded, refused) = if one.status == 200 { (one, two) } else { (two, one) };
    succeeded.expect(200);
    assert_eq!(refused.expect(409).field_errors(), ["#/predecessor_ids/0 already_exists"]);
    assert_eq!(count(&fixtures.0, "/v1/councils").await, 2);
}
