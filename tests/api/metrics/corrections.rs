//! Corrections: on each day counts what was said by then.

use serde_json::{Value, json};

use super::{coverage, list, parts, reason};
use crate::support::{App, Caller, Fixtures, id};

/// An entry that corrects another from a day on.
async fn correct(fixtures: &Fixtures, target: &Value, wrong: &Value, day: &str, entry: Value) -> Value {
    let body = json!({ "target_id": target["id"], "occurred_on": day, "supersedes_id": wrong["id"], "entry": entry });
    fixtures.0.create("/v1/progress", body).await
}

fn ratio(numerator: i64) -> Value {
    json!({ "kind": "ratio", "numerator": numerator, "denominator": 10 })
}

fn count(count: i64) -> Value {
    json!({ "kind": "count", "count": count })
}

/// A target that counts to a hundred.
async fn counted(fixtures: &Fixtures) -> Value {
    let (_, action) = fixtures.plan(&[]).await;
    let measure = json!({ "kind": "count_total", "unit_name": "x" });
    fixtures.target(&action, measure, json!({ "threshold": 100 })).await
}

#[tokio::test]
async fn a_later_correction_leaves_the_days_before_it_their_reading() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (_, action) = fixtures.plan(&[]).await;
    for aggregate in ["summed", "latest", "minimum"] {
        let measure = json!({ "kind": "ratio", "aggregate": aggregate });
        let more = json!({ "threshold": 60, "frequencies": ["quarterly"] });
        let target = fixtures.target(&action, measure, more).await;
        let first = fixtures.entry(&target, "2017-06-30", ratio(5)).await;
        let second = correct(&fixtures, &target, &first, "2017-09-30", ratio(7)).await;
        correct(&fixtures, &target, &second, "2017-12-31", ratio(8)).await;
        assert_eq!(
            reason(&fixtures.metric(&target, "2017-06-29").await),
            ("not_due", "not_due"),
            "{aggregate}"
        );
        for (day, numerator) in [
            ("2017-06-30", 5),
            ("2017-09-29", 5),
            ("2017-09-30", 7),
            ("2017-12-30", 7),
            ("2017-12-31", 8),
            ("2018-03-31", 8),
        ] {
            let metric = fixtures.metric(&target, day).await;
            assert_eq!(parts(&metric), (Some(numerator), Some(10)), "{aggregate} on {day}");
        }
        let series = fixtures.0.read(&format!("/v1/targets/{}/series?interval=quarter", id(&target))).await;
        let seen: Vec<Value> =
            list(&series, "points").iter().map(|point| point["numerator"].clone()).collect();
        assert_eq!(seen, [5, 7, 8, 8], "{aggregate}");
    }
}

#[tokio::test]
async fn of_a_chain_of_corrections_one_entry_counts_on_each_day() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let target = counted(&fixtures).await;
    let first = fixtures.entry(&target, "2017-06-01", count(1)).await;
    // The second correction is dated before the one that it corrects.
    let second = correct(&fixtures, &target, &first, "2017-12-01", count(10)).await;
    correct(&fixtures, &target, &second, "2017-09-01", count(20)).await;
    for (day, value) in [("2017-06-01", 1), ("2017-08-31", 1), ("2017-09-01", 20), ("2017-12-01", 20)] {
        assert_eq!(fixtures.metric(&target, day).await["value"], value, "{day}");
    }
}

#[tokio::test]
async fn every_kind_of_entry_counts_until_it_is_corrected() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let council = fixtures.council(json!({})).await;
    let (_, action) = fixtures.plan(&[]).await;
    let money =
        |income: i64| json!({ "kind": "money", "area": "a", "income_pence": income, "cost_pence": 0 });
    let state = |state: &str| json!({ "kind": "milestone", "state": state });
    let covers = |when: &str| json!({ "kind": "council_coverage", "basis": "entries", "when": when });
    for (measure, wrong, right, field) in [
        (json!({ "kind": "count_total", "unit_name": "x" }), count(3), count(5), "/value"),
        (json!({ "kind": "financial_balance", "area": "a" }), money(3), money(5), "/value"),
        (json!({ "kind": "milestone" }), state("started"), state("achieved"), "/detail/state"),
        (covers("as_at"), coverage(&council, true), coverage(&council, false), "/numerator"),
        (covers("during"), coverage(&council, true), coverage(&council, false), "/numerator"),
    ] {
        let target = fixtures.target(&action, measure.clone(), json!({})).await;
        let first = fixtures.entry(&target, "2017-05-01", wrong.clone()).await;
        correct(&fixtures, &target, &first, "2017-08-01", right.clone()).await;
        let alone = fixtures.target(&action, measure.clone(), json!({})).await;
        fixtures.entry(&alone, "2017-05-01", wrong).await;
        let other = fixtures.target(&action, measure.clone(), json!({})).await;
        fixtures.entry(&other, "2017-05-01", right).await;
        for (day, same) in [("2017-07-31", &alone), ("2017-08-01", &other)] {
            let (metric, same) = (fixtures.metric(&target, day).await, fixtures.metric(same, day).await);
            assert_eq!(metric.pointer(field), same.pointer(field), "{measure} on {day}");
            assert_eq!(metric["status"], same["status"], "{measure} on {day}");
        }
    }
}

#[tokio::test]
async fn judgements_claims_and_narratives_are_shown_until_they_are_corrected() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (framework, action) = fixtures.plan(&[]).await;
    let measure = json!({ "kind": "narrative" });
    let target = fixtures.target(&action, measure, json!({ "frequencies": ["quarterly"] })).await;
    let judgement = |reason: &str| json!({ "kind": "judgement", "status": "green", "reason": reason });
    let claim = |printed: &str| json!({ "kind": "claim", "printed": printed });
    let narrative = |text: &str| json!({ "kind": "narrative", "text": text });
    for say in [judgement as fn(&str) -> Value, claim, narrative] {
        let first = fixtures.entry(&target, "2017-05-01", say("As first told")).await;
        correct(&fixtures, &target, &first, "2017-08-01", say("As told again")).await;
    }
    for (day, said, not_said) in
        [("2017-07-31", "As first told", "As told again"), ("2017-08-01", "As told again", "As first told")]
    {
        let metric = fixtures.metric(&target, day).await;
        assert_eq!(metric["judgement"]["reason"], said, "{day}");
        let claims = list(&metric, "claims");
        assert_eq!((claims.len(), &claims[0]["printed"]), (1, &json!(said)), "{day}");
        let path = format!("/v1/frameworks/{}/report?as_at={day}", id(&framework));
        let page = fixtures.0.get(&path).await.expect(200).text;
        assert!(page.matches(said).count() == 3 && !page.contains(not_said), "the document of {day}");
    }
}

/// The entries of an explanation: whether each counts, why not, and what corrects it.
async fn explained(caller: &Caller, target: &Value, day: &str) -> Vec<(Value, Value, bool)> {
    let path = format!("/v1/targets/{}/metric/explanation?as_at={day}", id(target));
    let rows = list(&caller.read(&path).await, "data");
    let told = |row: &Value| {
        (row["share"]["counts"].clone(), row["share"]["reason"].clone(), row["superseded_by_id"].is_string())
    };
    rows.iter().map(told).collect()
}

#[tokio::test]
async fn the_explanation_strikes_an_entry_out_from_its_correction_on() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let target = counted(&fixtures).await;
    let first = fixtures.entry(&target, "2017-06-01", count(1)).await;
    correct(&fixtures, &target, &first, "2017-09-01", count(2)).await;
    let row = |counts: &str, reason: Value, is_struck: bool| (json!(counts), reason, is_struck);
    let before = explained(&fixtures.0, &target, "2017-08-31").await;
    assert_eq!(
        before,
        [row("numerator", Value::Null, false), row("excluded", json!("entry_in_future"), false)]
    );
    let after = explained(&fixtures.0, &target, "2017-09-01").await;
    assert_eq!(after, [row("excluded", json!("superseded"), true), row("numerator", Value::Null, false)]);
}

#[tokio::test]
async fn engagement_counts_the_coverage_known_on_its_day() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let council = fixtures.council(json!({})).await;
    let (framework, action) = fixtures.plan(&[]).await;
    let measure = json!({ "kind": "council_coverage", "basis": "entries" });
    let target = fixtures.target(&action, measure, json!({ "council_reported": true })).await;
    fixtures.activate(&framework).await;
    let first = fixtures.entry(&target, "2017-05-01", coverage(&council, true)).await;
    correct(&fixtures, &target, &first, "2017-08-01", coverage(&council, false)).await;
    for (day, covered) in [("2017-07-31", 1), ("2017-08-01", 0)] {
        let path = format!("/v1/councils/{}/engagement?as_at={day}", id(&council));
        let history = fixtures.0.read(&path).await["councils"][0].clone();
        let told = list(&history, "coverage");
        assert_eq!((told.len(), &told[0]["covered"]), (1, &json!(covered)), "{day}");
        assert!(!history["missing"].to_string().contains(&id(&target).to_string()), "{day}: it has answered");
        let listed = list(&fixtures.0.read(&format!("/v1/engagement?as_at={day}")).await, "data");
        assert_eq!(listed[0]["coverage_entries"], 1, "{day}");
    }
}

#[tokio::test]
async fn a_period_has_its_reading_until_that_is_corrected_into_another() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let (framework, action) = fixtures.plan(&[]).await;
    let more = json!({ "threshold": 60, "frequencies": ["quarterly"] });
    let target = fixtures.target(&action, json!({ "kind": "ratio", "aggregate": "latest" }), more).await;
    let first = fixtures.entry(&target, "2017-06-30", ratio(5)).await;
    correct(&fixtures, &target, &first, "2017-10-15", ratio(7)).await;
    let overdue = async |day: &str| {
        let path = format!("/v1/frameworks/{}/overdue?as_at={day}", id(&framework));
        let items = list(&fixtures.0.read(&path).await, "data");
        items.iter().map(|item| item["period_from"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(overdue("2017-10-14").await, ["2017-07-01"]);
    assert_eq!(overdue("2017-10-15").await, ["2017-04-01", "2017-07-01"]);
}
