//! Bulk coverage: a changed value creates a correction and overwrites nothing.

use serde_json::{Value, json};

use super::{assert_counts_match, errors, send_csv, send_to, statuses, with};
use crate::support::{App, Caller, Fixtures, id};

/// A framework with targets of several kinds, and two councils.
struct Setup {
    app: App,
    fixtures: Fixtures,
    councils: Vec<Value>,
    framework: Value,
    reported: Value,
    unreported: Value,
    counted: Value,
}

async fn setup() -> Setup {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let councils = vec![fixtures.council(json!({})).await, fixtures.council(json!({})).await];
    let (framework, action) = fixtures.plan(&[]).await;
    let coverage = || json!({ "kind": "council_coverage", "basis": "entries" });
    let reported = fixtures.target(&action, coverage(), json!({ "council_reported": true })).await;
    let unreported = fixtures.target(&action, coverage(), json!({})).await;
    let counted =
        fixtures.target(&action, json!({ "kind": "count_total", "unit_name": "x" }), json!({})).await;
    Setup { app, fixtures, councils, framework, reported, unreported, counted }
}

impl Setup {
    fn line(&self, target: &Value, council: usize, covered: bool) -> Value {
        json!({ "target_id": target["id"], "council_id": self.councils[council]["id"], "occurred_on": "2017-06-30", "covered": covered })
    }
}

async fn send(caller: &Caller, query: &str, lines: Value) -> Value {
    send_to("progress", caller, query, lines).await.expect(200).body
}

#[tokio::test]
async fn a_changed_coverage_value_creates_a_correction() {
    let s = setup().await;
    let natural = json!({ "framework_code": s.framework["code"], "target_code": s.reported["code"],
        "council_gss_code": s.councils[1]["gss_code"], "occurred_on": "2017-06-30", "covered": false, "source": "Survey" });
    let lines =
        json!([s.line(&s.reported, 0, true), natural, s.line(&s.counted, 0, true), { "covered": true }]);
    let result = send(&s.fixtures.0, "", lines).await;
    assert_counts_match(&result);
    assert_eq!(statuses(&result), ["created", "created", "failed", "failed"], "{result}");
    assert_eq!(
        errors(&result),
        [
            "#/lines/2/target_id does_not_fit_the_measure",
            "#/lines/3/council_gss_code required",
            "#/lines/3/occurred_on required",
            "#/lines/3/target_id required"
        ]
    );
    let first = result["results"][0]["id"].clone();
    let with_note = with(s.line(&s.reported, 0, true), json!({ "note": "By telephone" }));
    let result = send(&s.fixtures.0, "", json!([with_note, natural])).await;
    assert_eq!(statuses(&result), ["updated", "unchanged"]);
    assert_eq!((&result["results"][0]["id"], &result["results"][0]["version"]), (&first, &json!(2)));

    let result = send(&s.fixtures.0, "", json!([s.line(&s.reported, 0, false)])).await;
    assert_eq!(statuses(&result), ["updated"]);
    let entry = s
        .fixtures
        .0
        .read(&format!("/v1/progress/{}", result["results"][0]["id"].as_str().expect("an id")))
        .await;
    assert_eq!((&entry["supersedes_id"], &entry["entry"]["covered"]), (&first, &json!(false)));
    assert_eq!(s.fixtures.0.all("/v1/progress").await.len(), 3);

    let deletion = with(s.line(&s.reported, 0, false), json!({ "op": "delete" }));
    assert_eq!(statuses(&send(&s.fixtures.0, "", json!([deletion])).await), ["deleted"]);
    assert_eq!(
        s.fixtures.0.all("/v1/progress").await.len(),
        1,
        "the entry and the entry that it corrected are deleted"
    );
}

#[tokio::test]
async fn a_council_writes_its_own_coverage_for_council_reported_targets() {
    let s = setup().await;
    let crm = s.app.council(&[id(&s.councils[0])]);
    let lines =
        json!([s.line(&s.reported, 0, true), s.line(&s.reported, 1, true), s.line(&s.unreported, 0, true)]);
    let result = send(&crm, "", lines).await;
    assert_eq!(statuses(&result), ["created", "failed", "failed"]);
    assert_eq!(
        errors(&result),
        ["#/lines/1/council_id unknown_reference", "#/lines/2/target_id not_reported_by_councils"]
    );
    let entry = s.fixtures.0.read("/v1/progress").await["data"][0].clone();
    assert_eq!((&entry["author"], &entry["source"]), (&json!("council-crm"), &json!("council-crm")));
    send_to("progress", &s.app.reporter(), "", json!([s.line(&s.reported, 0, true)])).await.expect(403);
}

#[tokio::test]
async fn a_correction_takes_over_external_ids_and_older_lines_are_stale() {
    let s = setup().await;
    let keyed = |covered: bool, at: &str| {
        json!([with(s.line(&s.reported, 0, covered), json!({ "external_id": "C-1", "observed_at": at }))])
    };
    let status_of =
        async |lines: Value| statuses(&send(&s.fixtures.0, "?system=crm", lines).await)[0].to_owned();
    assert_eq!(status_of(keyed(true, "2017-07-01T10:00:00Z")).await, "created");
    assert_eq!(status_of(keyed(false, "2017-07-01T12:00:00Z")).await, "updated");
    assert_eq!(status_of(keyed(true, "2017-07-01T11:00:00Z")).await, "stale");
    let entries = s.fixtures.0.all("/v1/progress?external_id=C-1").await;
    assert_eq!((entries.len(), &entries[0]["entry"]["covered"]), (1, &json!(false)));
    assert_eq!(
        status_of(json!([{ "external_id": "C-1", "covered": true, "observed_at": "2017-07-01T13:00:00Z" }]))
            .await,
        "updated"
    );
    assert_eq!(status_of(json!([{ "external_id": "C-2", "covered": true }])).await, "failed");
}

#[tokio::test]
async fn duplicate_entries_are_ambiguous_and_csv_booleans_are_parsed() {
    let s = setup().await;
    for _ in 0..2 {
        let entry = json!({ "kind": "coverage", "council_id": s.councils[0]["id"], "covered": true });
        s.fixtures.entry(&s.reported, "2017-06-30", entry).await;
    }
    let text = format!(
        "framework_code,target_code,council_gss_code,occurred_on,occasion,covered\r\n{f},{t},{a},2017-06-30,,false\r\n{f},{t},{b},2017-06-30,July,true\r\n{f},{t},{b},2017-06-30,,perhaps\r\n",
        f = s.framework["code"].as_str().expect("a code"),
        t = s.reported["code"].as_str().expect("a code"),
        a = s.councils[0]["gss_code"].as_str().expect("a code"),
        b = s.councils[1]["gss_code"].as_str().expect("a code"),
    );
    let result = send_csv("progress", &s.fixtures.0, &text).await.expect(200).body;
    assert_eq!(statuses(&result), ["failed", "created", "failed"]);
    assert_eq!(errors(&result), ["#/lines/0 ambiguous", "#/lines/2/covered wrong_type"]);
}

#[tokio::test]
async fn an_external_id_of_another_entry_kind_fails_its_own_line_only() {
    let s = setup().await;
    let body = json!({ "target_id": s.counted["id"], "occurred_on": "2017-06-30", "entry": { "kind": "count", "count": 1 },
        "external_ids": [{ "system": "crm", "external_id": "K-1" }] });
    s.fixtures.0.create("/v1/progress", body).await;
    let lines = json!([
        with(s.line(&s.reported, 0, true), json!({ "external_id": "K-1" })),
        { "external_id": "K-1", "covered": true },
        s.line(&s.reported, 1, true),
    ]);
    let pair = |n: usize| json!([lines[n], lines[2]]);
    for n in [0, 1] {
        let result = send(&s.fixtures.0, "?system=crm", pair(n)).await;
        assert_eq!(errors(&result), ["#/lines/0/external_id already_exists"]);
        assert_eq!(statuses(&result)[1], ["created", "unchanged"][n]);
    }
}

#[tokio::test]
async fn an_older_line_does_not_recreate_deleted_coverage_or_forms() {
    let s = setup().await;
    let observed = json!({ "observed_at": "2017-06-30T12:00:00Z" });
    let meeting = s.fixtures.meeting(None, "2017-07-12", json!({ "kind": "summit" })).await;
    let forms = json!({ "meeting_id": meeting["id"], "question": "overall", "ratings": [{ "rating": "good", "forms": 1 }] });
    let occasion = json!({ "occasion": "Round 2" });
    for (resource, line) in [
        ("progress", s.line(&s.reported, 0, true)),
        ("progress", with(s.line(&s.reported, 1, true), occasion)),
        ("evaluations", forms),
    ] {
        let lines = json!([with(line, observed.clone())]);
        let send = async || send_to(resource, &s.fixtures.0, "", lines.clone()).await.expect(200).body;
        let created = send().await;
        s.fixtures.0.delete(&format!("/v1/{resource}/{}", id(&created["results"][0])), 1).await.expect(204);
        assert_eq!(statuses(&send().await), ["stale"], "{resource}");
    }
}
