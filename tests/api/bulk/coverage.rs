//! Coverage in bulk: facts that are corrected and never overwritten.

use serde_json::{Value, json};

use super::{adds_up, errors, send_csv, send_to, statuses, with};
use crate::support::{App, Made, Person, id};

struct Scene {
    app: App,
    made: Made,
    councils: Vec<Value>,
    framework: Value,
    reported: Value,
    unreported: Value,
    counted: Value,
}

async fn scene() -> Scene {
    let app = App::new();
    let made = Made(app.officer());
    let councils = vec![made.council(json!({})).await, made.council(json!({})).await];
    let (framework, action) = made.plan(&[]).await;
    let coverage = || json!({ "kind": "council_coverage", "basis": "entries" });
    let reported = made.target(&action, coverage(), json!({ "council_reported": true })).await;
    let unreported = made.target(&action, coverage(), json!({})).await;
    let counted = made.target(&action, json!({ "kind": "count_total", "unit_name": "x" }), json!({})).await;
    Scene { app, made, councils, framework, reported, unreported, counted }
}

impl Scene {
    fn fact(&self, target: &Value, council: usize, covered: bool) -> Value {
        json!({ "target_id": target["id"], "council_id": self.councils[council]["id"], "occurred_on": "2017-06-30", "covered": covered })
    }
}

async fn send(person: &Person, query: &str, lines: Value) -> Value {
    send_to("progress", person, query, lines).await.expect(200).body
}

#[tokio::test]
async fn a_fact_that_turns_out_otherwise_is_corrected_and_not_overwritten() {
    let s = scene().await;
    let natural = json!({ "framework_code": s.framework["code"], "target_code": s.reported["code"],
        "council_gss_code": s.councils[1]["gss_code"], "occurred_on": "2017-06-30", "covered": false, "source": "Survey" });
    let lines =
        json!([s.fact(&s.reported, 0, true), natural, s.fact(&s.counted, 0, true), { "covered": true }]);
    let result = send(&s.made.0, "", lines).await;
    adds_up(&result);
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
    let documented = with(s.fact(&s.reported, 0, true), json!({ "note": "By telephone" }));
    let result = send(&s.made.0, "", json!([documented, natural])).await;
    assert_eq!(statuses(&result), ["updated", "unchanged"]);
    assert_eq!((&result["results"][0]["id"], &result["results"][0]["version"]), (&first, &json!(2)));

    let result = send(&s.made.0, "", json!([s.fact(&s.reported, 0, false)])).await;
    assert_eq!(statuses(&result), ["updated"]);
    let entry =
        s.made.0.read(&format!("/v1/progress/{}", result["results"][0]["id"].as_str().expect("an id"))).await;
    assert_eq!((&entry["supersedes_id"], &entry["entry"]["covered"]), (&first, &json!(false)));
    assert_eq!(s.made.0.all("/v1/progress").await.len(), 3);

    let gone = with(s.fact(&s.reported, 0, false), json!({ "op": "delete" }));
    assert_eq!(statuses(&send(&s.made.0, "", json!([gone])).await), ["deleted"]);
    assert_eq!(s.made.0.all("/v1/progress").await.len(), 1, "with what it corrected");
}

#[tokio::test]
async fn a_council_reports_its_own_coverage_where_councils_report() {
    let s = scene().await;
    let crm = s.app.council(&[id(&s.councils[0])]);
    let lines =
        json!([s.fact(&s.reported, 0, true), s.fact(&s.reported, 1, true), s.fact(&s.unreported, 0, true)]);
    let result = send(&crm, "", lines).await;
    assert_eq!(statuses(&result), ["created", "failed", "failed"]);
    assert_eq!(
        errors(&result),
        ["#/lines/1/council_id unknown_reference", "#/lines/2/target_id not_reported_by_councils"]
    );
    let entry = s.made.0.read("/v1/progress").await["data"][0].clone();
    assert_eq!((&entry["author"], &entry["source"]), (&json!("council-crm"), &json!("council-crm")));
    send_to("progress", &s.app.reporter(), "", json!([s.fact(&s.reported, 0, true)])).await.expect(403);
}

#[tokio::test]
async fn keys_go_along_with_a_correction_and_older_facts_are_stale() {
    let s = scene().await;
    let keyed = |covered: bool, at: &str| {
        json!([with(s.fact(&s.reported, 0, covered), json!({ "external_id": "C-1", "observed_at": at }))])
    };
    let tell = async |lines: Value| statuses(&send(&s.made.0, "?system=crm", lines).await)[0].to_owned();
    assert_eq!(tell(keyed(true, "2017-07-01T10:00:00Z")).await, "created");
    assert_eq!(tell(keyed(false, "2017-07-01T12:00:00Z")).await, "updated");
    assert_eq!(tell(keyed(true, "2017-07-01T11:00:00Z")).await, "stale");
    let known = s.made.0.all("/v1/progress?external_id=C-1").await;
    assert_eq!((known.len(), &known[0]["entry"]["covered"]), (1, &json!(false)));
    assert_eq!(
        tell(json!([{ "external_id": "C-1", "covered": true, "observed_at": "2017-07-01T13:00:00Z" }])).await,
        "updated"
    );
    assert_eq!(tell(json!([{ "external_id": "C-2", "covered": true }])).await, "failed");
}

#[tokio::test]
async fn two_entries_of_one_fact_are_ambiguous_and_truths_are_read_from_cells() {
    let s = scene().await;
    for _ in 0..2 {
        let entry = json!({ "kind": "coverage", "council_id": s.councils[0]["id"], "covered": true });
        s.made.entry(&s.reported, "2017-06-30", entry).await;
    }
    let text = format!(
        "framework_code,target_code,council_gss_code,occurred_on,occasion,covered\r\n{f},{t},{a},2017-06-30,,false\r\n{f},{t},{b},2017-06-30,July,true\r\n{f},{t},{b},2017-06-30,,perhaps\r\n",
        f = s.framework["code"].as_str().expect("a code"),
        t = s.reported["code"].as_str().expect("a code"),
        a = s.councils[0]["gss_code"].as_str().expect("a code"),
        b = s.councils[1]["gss_code"].as_str().expect("a code"),
    );
    let result = send_csv("progress", &s.made.0, &text).await.expect(200).body;
    assert_eq!(statuses(&result), ["failed", "created", "failed"]);
    assert_eq!(errors(&result), ["#/lines/0 ambiguous", "#/lines/2/covered wrong_type"]);
}

#[tokio::test]
async fn a_key_that_an_entry_of_another_kind_has_hinders_its_own_line_alone() {
    let s = scene().await;
    let body = json!({ "target_id": s.counted["id"], "occurred_on": "2017-06-30", "entry": { "kind": "count", "count": 1 },
        "external_ids": [{ "system": "crm", "external_id": "K-1" }] });
    s.made.0.make("/v1/progress", body).await;
    let lines = json!([
        with(s.fact(&s.reported, 0, true), json!({ "external_id": "K-1" })),
        { "external_id": "K-1", "covered": true },
        s.fact(&s.reported, 1, true),
    ]);
    let alone = |n: usize| json!([lines[n], lines[2]]);
    for n in [0, 1] {
        let result = send(&s.made.0, "?system=crm", alone(n)).await;
        assert_eq!(errors(&result), ["#/lines/0/external_id already_exists"]);
        assert_eq!(statuses(&result)[1], ["created", "unchanged"][n]);
    }
}

#[tokio::test]
async fn coverage_and_forms_that_an_officer_deletes_are_not_brought_back_by_an_older_line() {
    let s = scene().await;
    let seen = json!({ "observed_at": "2017-06-30T12:00:00Z" });
    let meeting = s.made.meeting(None, "2017-07-12", json!({ "kind": "summit" })).await;
    let forms = json!({ "meeting_id": meeting["id"], "question": "overall", "ratings": [{ "rating": "good", "forms": 1 }] });
    let occasion = json!({ "occasion": "Round 2" });
    for (resource, line) in [
        ("progress", s.fact(&s.reported, 0, true)),
        ("progress", with(s.fact(&s.reported, 1, true), occasion)),
        ("evaluations", forms),
    ] {
        let lines = json!([with(line, seen.clone())]);
        let send = async || send_to(resource, &s.made.0, "", lines.clone()).await.expect(200).body;
        let made = send().await;
        s.made.0.delete(&format!("/v1/{resource}/{}", id(&made["results"][0])), 1).await.expect(204);
        assert_eq!(statuses(&send().await), ["stale"], "{resource}");
    }
}
