//! An import of an export restores the same rows.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::data_set::data_sets;
use super::{export, files, import, rows};
use crate::support::{App, Fixtures, RESOURCES, id};

#[tokio::test]
async fn an_export_has_a_file_for_each_resource() {
    let written = export(&App::new()).await;
    for resource in RESOURCES {
        let file = format!("{}.csv", resource.path.trim_start_matches("/v1/"));
        assert!(written.path().join(&file).exists(), "an export writes no {file}");
    }
}

#[tokio::test]
async fn an_import_of_an_export_of_the_sample_is_the_identity() {
    let app = App::with_sample();
    let written = export(&app).await;
    assert_contains(&files(written.path()), &files(Path::new("sample")));
    let before = rows(&app).await;
    import(&app, written.path()).await.expect("an import into the same database");
    assert_eq!(rows(&app).await, before);
    let fresh = App::new();
    import(&fresh, written.path()).await.expect("an import into an empty database");
    assert_eq!(files(export(&fresh).await.path()), files(written.path()));
    assert_eq!(rows(&fresh).await.len(), before.len());
}

#[tokio::test]
async fn values_may_contain_the_separator_characters() {
    let (first, second) = (App::new(), App::new());
    let fixtures = Fixtures(first.officer());
    let special = r"a; b\ c/d, e=f";
    let keys = |key: &str| json!([{ "system": "import", "external_id": key }, { "system": "crm", "external_id": format!("the key of {key}") }]);
    let group = fixtures.group(json!({})).await;
    let event = fixtures.meeting(None, "2017-05-01", json!({ "external_ids": keys(special) })).await;
    let meeting =
        fixtures.meeting(Some(&group), "2017-05-02", json!({ "external_ids": keys("x/y;z") })).await;
    let council = fixtures.council(json!({})).await;
    let seat = fixtures.seat(&group, &council, json!({})).await;
    let crm = json!([{ "system": "crm", "external_id": "1" }]);
    let line = json!({ "meeting_id": meeting["id"], "seat_id": seat["id"], "status": "present", "external_ids": crm });
    fixtures.0.create("/v1/attendance", line).await;
    for (n, delegate) in ["a/b", r"c\", "-/d;", "\u{a0}e/1"].into_iter().enumerate() {
        let keys = json!([{ "system": "crm", "external_id": format!("delegate {n}") }]);
        let line = json!({ "meeting_id": event["id"], "council_id": council["id"], "delegate_ref": delegate,
            "status": "present", "external_ids": keys });
        fixtures.0.create("/v1/attendance", line).await;
    }
    let outcome = fixtures.outcome(&fixtures.theme(&fixtures.framework(json!({})).await).await).await;
    let more = json!({ "quirks": [special, "trailing; ", "\u{a0}x", "x\u{a0}", "\u{3000}y"], "meeting_ids": [event["id"], meeting["id"]] });
    let action = fixtures.action(&outcome, more).await;
    let area = json!({ "kind": "financial_balance", "area": "abc" });
    let balance = fixtures.target(&action, area, json!({})).await;
    let money = json!({ "kind": "money", "area": "abc", "income_pence": 2, "cost_pence": 1 });
    fixtures.entry(&balance, "2017-05-01", money).await;
    let (before, after) = (json!("2010-04-01"), json!("2010-04-01"));
    let code = |key: &str, day: &Value| json!({ "gss_codes": [{ "gss_code": "E07999999", key: day }] });
    fixtures.council(code("valid_until", &before)).await;
    fixtures.council(code("valid_from", &after)).await;
    let measure = json!({ "kind": "count_total", "unit_name": special });
    fixtures.target(&action, measure, json!({ "sources": [special, r"\"] })).await;
    let written = export(&first).await;
    assert_eq!(import(&first, written.path()).await.expect("an import").totals(), (0, 0, 0));
    import(&second, written.path()).await.expect("an import");
    assert_eq!(files(export(&second).await.path()), files(written.path()));
    assert_eq!(
        import(&second, written.path()).await.expect("an import").totals(),
        (0, 0, 0),
        "the ids identify the rows"
    );
    let imported = Fixtures(second.officer());
    assert_eq!(imported.0.all("/v1/actions").await[0]["quirks"], action["quirks"]);
    assert_eq!(imported.0.all("/v1/attendance?external_system=crm").await.len(), 5);
}

/// Columns with several values in any order.
const LIST_COLUMNS: [&str; 5] = ["parameters", "groups", "meetings", "actions", "sources"];

/// Asserts that `actual` has exactly the lines of `expected`. An empty cell of `expected` matches
/// any cell, as an export contains defaults.
fn assert_contains(
    actual: &BTreeMap<String, Vec<csv::StringRecord>>,
    expected: &BTreeMap<String, Vec<csv::StringRecord>>,
) {
    for (file, lines) in expected {
        assert_eq!(actual[file].len(), lines.len(), "{file}");
        let header = &lines[0];
        let agrees = |line: &csv::StringRecord, other: &csv::StringRecord| {
            let same = |((column, cell), other): ((&str, &str), &str)| {
                let has_all = || cell.split("; ").all(|value| other.split("; ").any(|item| item == value));
                cell.is_empty() || cell == other || (LIST_COLUMNS.contains(&column) && has_all())
            };
            header.iter().zip(line).zip(other).all(same)
        };
        for line in lines {
            assert!(actual[file].iter().any(|other| agrees(line, other)), "{file} {line:?}");
        }
    }
}

#[test]
fn an_import_of_an_export_is_the_identity() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut runner = TestRunner::new(Config {
        cases: 10,
        max_shrink_iters: 40,
        failure_persistence: None,
        ..Config::default()
    });
    let result = runner.run(&data_sets(), |set| {
        runtime.block_on(async {
            let (first, second) = (App::new(), App::new());
            let source = TempDir::new().expect("a directory");
            set.write(source.path());
            import(&first, source.path()).await.map_err(|error| TestCaseError::fail(error.to_string()))?;
            let written = export(&first).await;
            assert_contains(&files(written.path()), &files(source.path()));
            let second_counts = import(&first, written.path())
                .await
                .map_err(|error| TestCaseError::fail(error.to_string()))?;
            prop_assert_eq!(second_counts.totals(), (0, 0, 0));
            import(&second, written.path()).await.map_err(|error| TestCaseError::fail(error.to_string()))?;
            prop_assert_eq!(files(export(&second).await.path()), files(written.path()));
            Ok(())
        })
    });
    result.expect("export and import lose nothing");
}

#[tokio::test]
async fn a_baseline_that_names_its_metric_survives_export_and_import() {
    let (first, second) = (App::with_sample(), App::new());
    let framework = first.officer().all("/v1/frameworks?code=2017-18").await.remove(0);
    first.officer().create(&format!("/v1/frameworks/{}/successor", id(&framework)), json!({})).await;
    let written = export(&first).await;
    let lines = fs::read_to_string(written.path().join("targets.csv")).expect("a file");
    assert!(lines.contains(",2017-18/4.1.1.attendance 2018-03-31,"), "{lines}");
    assert_eq!(import(&first, written.path()).await.expect("an import").totals(), (0, 0, 0));
    import(&second, written.path()).await.expect("an import");
    assert_eq!(files(export(&second).await.path()), files(written.path()));
}
