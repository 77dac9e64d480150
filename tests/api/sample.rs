//! Both documents are there, whole; nobody is named; and every target can be answered.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::{App, Made, id};

#[tokio::test]
async fn the_counts_of_both_documents_hold() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let count = |path: &str| {
        let (reporter, path) = (
            reporter.clone(),
            format!("{path}{}limit=1&total=true", if path.contains('?') { '&' } else { '?' }),
        );
        async move { reporter.read(&path).await["total"].as_i64().expect("a total") }
    };
    for (path, expected) in [
        ("/v1/councils", 54),
        ("/v1/frameworks", 2),
        ("/v1/themes", 10),
        ("/v1/outcomes", 41),
        ("/v1/actions", 101),
        ("/v1/targets?implied=false", 115),
        ("/v1/targets?implied=true", 32),
        ("/v1/councils?exists_on=2019-03-31", 52),
        ("/v1/councils?exists_on=2019-04-01", 50),
        ("/v1/councils?member_on=2017-04-01", 52),
    ] {
        assert_eq!(count(path).await, expected, "{path}");
    }
    for (code, outcomes, actions, stated, implied) in
        [("2016-17", 21, 45, 52, 13), ("2017-18", 20, 56, 63, 19)]
    {
        let framework = id(&reporter.all(&format!("/v1/frameworks?code={code}")).await[0]);
        assert_eq!(count(&format!("/v1/themes?framework_id={framework}")).await, 5);
        assert_eq!(count(&format!("/v1/outcomes?framework_id={framework}")).await, outcomes);
        assert_eq!(count(&format!("/v1/actions?framework_id={framework}")).await, actions);
        assert_eq!(count(&format!("/v1/targets?framework_id={framework}&implied=false")).await, stated);
        assert_eq!(count(&format!("/v1/targets?framework_id={framework}&implied=true")).await, implied);
    }
}

#[tokio::test]
async fn the_stated_targets_are_of_the_kinds_the_documents_state() {
    let app = App::with_sample();
    let mut kinds: BTreeMap<(String, String), usize> = BTreeMap::new();
    for framework in app.reporter().all("/v1/frameworks").await {
        for target in
            app.reporter().all(&format!("/v1/targets?implied=false&framework_id={}", id(&framework))).await
        {
            let kind = target["measure"]["kind"].as_str().expect("a kind").to_owned();
            *kinds.entry((kind, framework["code"].as_str().expect("a code").to_owned())).or_default() += 1;
        }
    }
    for (kind, before, after) in [
        ("attendance_rate", 11, 14),
        ("meetings_held", 0, 1),
        ("deliverable_per_meeting", 3, 4),
        ("evaluation_rate", 7, 5),
        ("council_coverage", 7, 8),
        ("count_total", 13, 13),
        ("ratio", 0, 7),
        ("financial_balance", 0, 6),
        ("milestone", 10, 3),
    ] {
        let of = |year: &str| kinds.get(&(kind.to_owned(), year.to_owned())).copied().unwrap_or(0);
        assert_eq!((of("2016-17"), of("2017-18")), (before, after), "{kind}");
    }
    assert_eq!(kinds.values().sum::<usize>(), 115);
}

#[tokio::test]
async fn one_action_has_no_printed_reference_one_outcome_no_action_and_one_target_two_actions() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let unnumbered: Vec<Value> =
        reporter.all("/v1/actions").await.into_iter().filter(|a| a["ref"].is_null()).collect();
    assert_eq!(unnumbered.len(), 1);
    let joint: Vec<Value> = reporter
        .all("/v1/targets")
        .await
        .into_iter()
        .filter(|t| t["action_ids"].as_array().is_some_and(|a| a.len() == 2))
        .collect();
    assert_eq!(joint.len(), 1);
    let metric = reporter.read(&format!("/v1/targets/{}/metric", id(&joint[0]))).await;
    assert_eq!(metric["ref"], "5.2.4 + 5.2.5");
}

#[tokio::test]
async fn nobody_is_named_and_constructed_rows_say_so() {
    let app = App::with_sample();
    let named = "SELECT (SELECT count(*) FROM seat_terms WHERE holder_name IS NOT NULL)
                      + (SELECT count(*) FROM attendance WHERE attendee_name IS NOT NULL) AS n";
    assert_eq!(app.number(named).await, 0);
    let silent = "SELECT (SELECT count(*) FROM attendance WHERE note NOT LIKE 'constructed%' OR note IS NULL)
                       + (SELECT count(*) FROM seat_terms WHERE holder_ref NOT LIKE 'constructed-%') AS n";
    assert_eq!(app.number(silent).await, 0);
}

/// Rows are posted for every target of both years, and every one of them then has a number.
#[tokio::test]
async fn posting_rows_gives_every_target_a_number_in_both_years() {
    let app = App::with_sample();
    let officer = app.officer();
    for framework in officer.all("/v1/frameworks").await {
        let day = format!("{}-12-01", &framework["plan_from"].as_str().expect("a date")[..4]);
        for target in officer.all(&format!("/v1/targets?framework_id={}", id(&framework))).await {
            answer(&Made(officer.clone()), &target, &day).await;
        }
        let body = officer.read(&format!("/v1/frameworks/{}/metrics", id(&framework))).await;
        for metric in body["data"].as_array().expect("data") {
            let shown = metric["value"].is_number() || metric["value_percent"].is_number();
            let judged = metric["kind"] == "narrative" && metric["judgement"]["status"] == "green";
            let gone = metric["value_reason"] == "handed_over";
            assert!(shown || judged || gone, "{} {}: {metric}", framework["code"], metric["code"]);
        }
    }
}

/// What somebody would post so that a target has a number.
async fn answer(made: &Made, target: &Value, day: &str) {
    let measure = &target["measure"];
    let entry = match measure["kind"].as_str().expect("a kind") {
        "council_coverage" if measure["basis"] == "membership" => return,
        "council_coverage" => {
            let council = made.0.all("/v1/councils?gss_code=E10000020").await.remove(0);
            json!({ "kind": "coverage", "council_id": council["id"], "covered": true })
        }
        "count_total" => json!({ "kind": "count", "count": 1 }),
        "ratio" => json!({ "kind": "ratio", "numerator": 1, "denominator": 2 }),
        "financial_balance" => {
            json!({ "kind": "money", "area": measure["area"], "income_pence": 2, "cost_pence": 1 })
        }
        "milestone" => json!({ "kind": "milestone", "state": "achieved" }),
        "narrative" => json!({ "kind": "judgement", "status": "green", "reason": "It went well." }),
        _ => return meet(made, target, day).await,
    };
    made.entry(target, day, entry).await;
}

/// A meeting with a register, a deliverable and forms, of a group that the target's measure reads.
async fn meet(made: &Made, target: &Value, day: &str) {
    let measure = &target["measure"];
    let action =
        made.0.read(&format!("/v1/actions/{}", target["action_ids"][0].as_str().expect("an action"))).await;
    let selected = measure["selector"]["group_ids"].as_array().expect("groups");
    let group = selected.first().or(action["group_ids"].as_array().and_then(|groups| groups.first()));
    let group = match group {
        Some(group) => Some(made.0.read(&format!("/v1/groups/{}", group.as_str().expect("an id"))).await),
        None => None,
    };
    let day = if group.as_ref().is_some_and(|group| group["responsible_until"].is_string()) {
        format!("{}-05-01", &day[..4])
    } else {
        day.to_owned()
    };
    let kind = measure["selector"]["meeting_kinds"].get(0).cloned().unwrap_or(json!("meeting"));
    let mut deliverables = json!([]);
    if let Some(slug) = measure["deliverable"].as_str() {
        deliverables = json!([{ "deliverable": slug, "delivered": true }]);
    }
    let meeting =
        made.meeting(group.as_ref(), &day, json!({ "kind": kind, "deliverables": deliverables })).await;
    if group.is_none() {
        let mut links = action["meeting_ids"].as_array().expect("meetings").clone();
        links.push(meeting["id"].clone());
        let path = format!("/v1/actions/{}", id(&action));
        made.0
            .patch(&path, action["version"].as_i64().expect("a version"), json!({ "meeting_ids": links }))
            .await
            .expect(200);
    }
    if measure["kind"] == "attendance_rate" {
        let council = made.0.all("/v1/councils?gss_code=E10000020").await.remove(0);
        if let Some(group) = &group {
            let role = measure["roles"].get(0).cloned().unwrap_or(json!("visitor_seat"));
            let held = made.0.all(&format!("/v1/seats?group_id={}&held_on={day}", id(group))).await;
            let seat = match held.into_iter().find(|seat| role == "visitor_seat" || seat["role"] == role) {
                Some(seat) => seat,
                None => made.seat(group, &council, json!({ "role": role, "ordinal": 9 })).await,
            };
            made.line(&meeting, &seat, "present").await;
        }
    }
    if measure["kind"] == "evaluation_rate" {
        let ratings =
            json!([{ "rating": "poor", "forms": 1 }, { "rating": measure["at_least"], "forms": 9 }]);
        made.0
            .make(
                "/v1/evaluations",
                json!({ "meeting_id": meeting["id"], "question": measure["question"], "ratings": ratings }),
            )
            .await;
    }
    made.close(&meeting).await;
}
