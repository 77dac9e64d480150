//! The sample contains both action plans in full, names no person, and has a figure for every
//! target once rows exist.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::{App, Fixtures, id};

#[tokio::test]
async fn the_sample_has_the_row_counts_of_both_plans() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let count = |path: &str| {
        let (reporter, path) = (
            reporter.clone(),
            format!("{path}{}limit=1&total=true", if path.contains('?') { '&' } else { '?' }),
        );
        async move { reporter.read(&path).await["total"].as_i64().expect("a total count") }
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
async fn the_stated_targets_have_the_measure_kinds_of_both_plans() {
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
async fn one_action_has_no_printed_reference_and_one_target_is_joint() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let unnumbered: Vec<Value> =
        reporter.all("/v1/actions").await.into_iter().filter(|a| a["ref"].is_null()).collect();
    assert_eq!(unnumbered.len(), 1);
    let joint_targets: Vec<Value> = reporter
        .all("/v1/targets")
        .await
        .into_iter()
        .filter(|t| t["action_ids"].as_array().is_some_and(|a| a.len() == 2))
        .collect();
    assert_eq!(joint_targets.len(), 1);
    let metric = reporter.read(&format!("/v1/targets/{}/metric", id(&joint_targets[0]))).await;
    assert_eq!(metric["ref"], "5.2.4 + 5.2.5");
}

#[tokio::test]
async fn the_sample_names_no_person_and_marks_constructed_rows() {
    let app = App::with_sample();
    let named_persons = "SELECT (SELECT count(*) FROM seat_terms WHERE holder_name IS NOT NULL)
                      + (SELECT count(*) FROM attendance WHERE attendee_name IS NOT NULL) AS n";
    assert_eq!(app.number(named_persons).await, 0);
    let unmarked_rows =
        "SELECT (SELECT count(*) FROM attendance WHERE note NOT LIKE 'constructed%' OR note IS NULL)
                       + (SELECT count(*) FROM seat_terms WHERE holder_ref NOT LIKE 'constructed-%') AS n";
    assert_eq!(app.number(unmarked_rows).await, 0);
}

#[tokio::test]
async fn every_target_of_both_years_has_a_value_once_rows_are_posted() {
    let app = App::with_sample();
    let officer = app.officer();
    for framework in officer.all("/v1/frameworks").await {
        let day = format!("{}-12-01", &framework["plan_from"].as_str().expect("a date")[..4]);
        for target in officer.all(&format!("/v1/targets?framework_id={}", id(&framework))).await {
            post_row_for(&Fixtures(officer.clone()), &target, &day).await;
        }
        let body = officer.read(&format!("/v1/frameworks/{}/metrics", id(&framework))).await;
        for metric in body["data"].as_array().expect("data") {
            let has_value = metric["value"].is_number() || metric["value_percent"].is_number();
            let is_judged = metric["kind"] == "narrative" && metric["judgement"]["status"] == "green";
            let is_handed_over = metric["value_reason"] == "handed_over";
            assert!(
                has_value || is_judged || is_handed_over,
                "{} {}: {metric}",
                framework["code"],
                metric["code"]
            );
        }
    }
}

/// Posts a row from which the target's value can be computed.
async fn post_row_for(fixtures: &Fixtures, target: &Value, day: &str) {
    let measure = &target["measure"];
    let entry = match measure["kind"].as_str().expect("a kind") {
        "council_coverage" if measure["basis"] == "membership" => return,
        "council_coverage" => {
            let council = fixtures.0.all("/v1/councils?gss_code=E10000020").await.remove(0);
            json!({ "kind": "coverage", "council_id": council["id"], "covered": true })
        }
        "count_total" => json!({ "kind": "count", "count": 1 }),
        "ratio" => json!({ "kind": "ratio", "numerator": 1, "denominator": 2 }),
        "financial_balance" => {
            json!({ "kind": "money", "area": measure["area"], "income_pence": 2, "cost_pence": 1 })
        }
        "milestone" => json!({ "kind": "milestone", "state": "achieved" }),
        "narrative" => json!({ "kind": "judgement", "status": "green", "reason": "It went well." }),
        _ => return create_meeting_for(fixtures, target, day).await,
    };
    fixtures.entry(target, day, entry).await;
}

/// Creates a meeting with a closed register, a deliverable and evaluation forms, in a group that
/// the measure counts.
async fn create_meeting_for(fixtures: &Fixtures, target: &Value, day: &str) {
    let measure = &target["measure"];
    let action = fixtures
        .0
        .read(&format!("/v1/actions/{}", target["action_ids"][0].as_str().expect("an action")))
        .await;
    let selected = measure["selector"]["group_ids"].as_array().expect("groups");
    let group = selected.first().or(action["group_ids"].as_array().and_then(|groups| groups.first()));
    let group = match group {
        Some(group) => Some(fixtures.0.read(&format!("/v1/groups/{}", group.as_str().expect("an id"))).await),
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
        fixtures.meeting(group.as_ref(), &day, json!({ "kind": kind, "deliverables": deliverables })).await;
    if group.is_none() {
        let mut links = action["meeting_ids"].as_array().expect("meetings").clone();
        links.push(meeting["id"].clone());
        let path = format!("/v1/actions/{}", id(&action));
        fixtures
            .0
            .patch(&path, action["version"].as_i64().expect("a version"), json!({ "meeting_ids": links }))
            .await
            .expect(200);
    }
    if measure["kind"] == "attendance_rate" {
        let council = fixtures.0.all("/v1/councils?gss_code=E10000020").await.remove(0);
        if let Some(group) = &group {
            let role = measure["roles"].get(0).cloned().unwrap_or(json!("visitor_seat"));
            let occupied_seats =
                fixtures.0.all(&format!("/v1/seats?group_id={}&held_on={day}", id(group))).await;
            let seat = match occupied_seats
                .into_iter()
                .find(|seat| role == "visitor_seat" || seat["role"] == role)
            {
                Some(seat) => seat,
                None => fixtures.seat(group, &council, json!({ "role": role, "ordinal": 9 })).await,
            };
            fixtures.attendance(&meeting, &seat, "present").await;
        }
    }
    if measure["kind"] == "evaluation_rate" {
        let ratings =
            json!([{ "rating": "poor", "forms": 1 }, { "rating": measure["at_least"], "forms": 9 }]);
        fixtures
            .0
            .create(
                "/v1/evaluations",
                json!({ "meeting_id": meeting["id"], "question": measure["question"], "ratings": ratings }),
            )
            .await;
    }
    fixtures.close_register(&meeting).await;
}
