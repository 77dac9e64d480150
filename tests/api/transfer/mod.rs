//! Import and export of data sets. An import validates everything first and writes all or nothing.
//! An import of an export restores the same rows.

mod data_set;
mod normalisation;
mod partial;
mod spreadsheets;
mod ties;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use outturn::transfer::{self, Error, ImportCounts};
use outturn::values::UnknownColumns;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tempfile::TempDir;

use self::data_set::data_sets;
use serde_json::{Value, json};

use crate::support::{App, Fixtures, RESOURCES, contracts, id};

async fn import(app: &App, dir: &Path) -> Result<ImportCounts, Error> {
    import_with(app, dir, UnknownColumns::Refuse).await
}

async fn import_with(app: &App, dir: &Path, unknown: UnknownColumns) -> Result<ImportCounts, Error> {
    transfer::import(&mut app.connection().await, contracts(), dir, unknown).await
}

async fn export(app: &App) -> TempDir {
    let dir = TempDir::new().expect("a directory");
    transfer::export::export(&mut app.connection().await, dir.path()).await.expect("an export");
    dir
}

/// Returns every CSV file of a directory with its lines; the lines after the header are sorted.
fn files(dir: &Path) -> BTreeMap<String, Vec<csv::StringRecord>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(dir).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "csv") {
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(&path).expect("a file");
            let mut lines: Vec<_> = reader.records().collect::<Result<_, _>>().expect("records");
            lines[1..].sort_by(|a, b| a.iter().cmp(b.iter()));
            files.insert(path.file_name().expect("a name").to_string_lossy().into_owned(), lines);
        }
    }
    files
}

fn copy_of_the_sample() -> TempDir {
    let dir = TempDir::new().expect("a directory");
    for entry in fs::read_dir("sample").expect("the sample") {
        let path = entry.expect("an entry").path();
        fs::copy(&path, dir.path().join(path.file_name().expect("a name"))).expect("a copy");
    }
    dir
}

/// Replaces the first `from` in a file, and returns the number of its line.
fn edit(dir: &Path, file: &str, from: &str, to: &str) -> usize {
    let path = dir.join(file);
    let text = fs::read_to_string(&path).expect("a file");
    let at = text.find(from).unwrap_or_else(|| panic!("{file} has no {from}"));
    fs::write(&path, text.replacen(from, to, 1)).expect("the file is written");
    text[..at].lines().count().max(1) + usize::from(text[..at].ends_with('\n'))
}

/// Returns every row's table, id, version and time of change.
async fn rows(app: &App) -> BTreeSet<String> {
    let tables = RESOURCES.map(|resource| resource.path.trim_start_matches("/v1/"));
    let each = tables
        .map(|table| format!("SELECT concat_ws(' ', '{table}', id, version, updated_at) AS t FROM {table}"));
    app.texts(&each.join(" UNION ALL ")).await.into_iter().collect()
}

#[tokio::test]
async fn a_second_import_changes_nothing() {
    let app = App::with_sample();
    let before = rows(&app).await;
    let counts = import(&app, Path::new("sample")).await.expect("an import");
    assert_eq!(counts.totals(), (0, 0, 0), "{counts}");
    assert_eq!(rows(&app).await, before);
}

#[tokio::test]
async fn one_changed_line_changes_the_version_of_one_row() {
    let app = App::with_sample();
    let dir = copy_of_the_sample();
    for (file, from, to, table) in [
        ("councils.csv", "Essex County Council", "Essex", "councils"),
        ("memberships.csv", "E10000012,2015-04-01", "E10000012,2014-04-01", "councils"),
        ("groups.csv", "assembly,Assembly,", "assembly,The Assembly,", "groups"),
        ("seats.csv", "assembly,E10000012,leader,1,,", "assembly,E10000012,leader,1,1999-01-01,", "seats"),
        ("seat_terms.csv", "leader-E10000012,,2016-01-01,", "leader-E10000012,,2015-06-01,", "seats"),
        ("meetings.csv", "\"Assembly, summer 2017\"", "Summer Assembly", "meetings"),
        ("deliverables.csv", "2017-06-16,update,true", "2017-06-16,update,false", "meetings"),
        ("attendance.csv", "E10000012,leader,1,,absent", "E10000012,leader,1,,apologies", "attendance"),
        ("frameworks.csv", "Performance framework 2017-18", "Framework", "frameworks"),
        ("actions.csv", "one sentence, two conditions", "two conditions", "actions"),
        ("targets.csv", "Every council's subscription invoice paid", "Invoices paid", "targets"),
        ("revisions.csv", "Members agreed", "They agreed", "revisions"),
        ("progress.csv", "The year is not printed and follows", "It follows", "progress"),
    ] {
        let before = rows(&app).await;
        edit(dir.path(), file, from, to);
        let counts = import(&app, dir.path()).await.expect(file);
        // The first day identifies a membership or a term, so another day is another row.
        let replaces = ["memberships.csv", "seat_terms.csv"].contains(&file);
        assert_eq!(counts.totals(), if replaces { (1, 0, 1) } else { (0, 1, 0) }, "{file} {counts}");
        let after = rows(&app).await;
        let changed: Vec<_> = after.difference(&before).collect();
        assert!(changed.len() == 1 && changed[0].starts_with(table), "{file} {changed:?}");
        assert_eq!(before.difference(&after).count(), 1, "{file}");
    }
}

#[tokio::test]
async fn every_error_is_reported_with_its_file_and_line_and_nothing_is_written() {
    let app = App::with_sample();
    let dir = copy_of_the_sample();
    let edits = [
        ("councils.csv", "E10000012,Essex County Council,county", "E10000012,Essex County Council,parish"),
        ("councils.csv", "E10000003,", "E1,"),
        ("memberships.csv", "E10000015,2015-04-01", "E99999999,2015-04-01"),
        (
            "seat_terms.csv",
            "constructed-leader-E10000012,,2016-01-01",
            "constructed-leader-E10000012,,2016-13-01",
        ),
        ("meetings.csv", "assembly-2018-01-26,assembly,meeting", "assembly-2018-01-26,assembly,gathering"),
        ("attendance.csv", "E10000003,leader,1,,present", "E10000003,mayor,1,,present"),
        ("targets.csv", "council_coverage,basis=membership", "council_coverage,basis=hearsay"),
        ("targets.csv", "basis=entries,at_least,100", "basis=entries,at_least,lots"),
        ("targets.csv", "under 1.4.2.,false,false,", "under 1.4.2.,false,false,2017-18/1.1.1.membership"),
        ("progress.csv", "1.2.2.visits,2017-06-16,count,,,1", "1.2.2.visits,2017-06-16,count,,,-1"),
        ("revisions.csv", "2018-01-26,1,", "2019-01-26,1,"),
    ];
    let expected: Vec<String> = edits
        .iter()
        .map(|(file, from, to)| format!("{file}:{}: ", edit(dir.path(), file, from, to)))
        .collect();
    let before = rows(&app).await;
    let Err(Error::Invalid(errors)) = import(&app, dir.path()).await else {
        panic!("the import must fail with errors")
    };
    let messages: Vec<String> = errors.iter().map(ToString::to_string).collect();
    for place in &expected {
        assert!(messages.iter().any(|message| message.starts_with(place)), "{place} in {messages:#?}");
    }
    assert_eq!(rows(&app).await, before);
}

#[tokio::test]
async fn malformed_files_are_refused() {
    let app = App::new();
    for (file, text, expected) in [
        ("councils.csv", "gss_code,name,kind,county,exists_from,exists_until,colour\n".as_bytes(), "colour"),
        ("councils.csv", b"gss_code,name\n", "kind"),
        ("councils.csv", b"gss_code,name,kind,county,exists_from,exists_until\nE10000001,A\n", "councils.csv:2"),
        ("councils.csv", b"gss_code,name,kind,county,exists_from,exists_until\nE10000001,\xff,district,,,\n", "councils.csv:2"),
        ("councils.csv", b"gss_code,name,kind,county,exists_from,exists_until\nE10000001,a\0b,district,,,\n", "councils.csv:2"),
        ("councils.csv", b"gss_code,name,kind,county,exists_from,exists_until\nE10000001,A,district,,,\nE10000001,B,district,,,\n", "councils.csv:3"),
        ("notes.csv", b"a,b\n", "notes.csv"),
    ] {
        let dir = TempDir::new().expect("a directory");
        fs::write(dir.path().join(file), text).expect("the file is written");
        let refused = import(&app, dir.path()).await.expect_err("an error");
        assert!(refused.to_string().contains(expected), "{expected} in {refused}");
        assert_eq!(rows(&app).await.len(), 0);
    }
    let missing = import(&app, Path::new("no/such/directory")).await.expect_err("no directory");
    assert!(matches!(missing, Error::Io(_)), "{missing}");
}

#[tokio::test]
async fn a_data_set_can_be_imported_in_parts() {
    let app = App::new();
    let dir = copy_of_the_sample();
    let part = TempDir::new().expect("a directory");
    for entry in fs::read_dir(dir.path()).expect("a directory") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if ["councils.csv", "council_gss_codes.csv", "memberships.csv", "successions.csv"]
            .contains(&name.as_str())
        {
            fs::copy(&path, part.path().join(name)).expect("a copy");
        }
    }
    import(&app, part.path()).await.expect("the councils alone");
    let councils = rows(&app).await;
    assert_eq!(councils.len(), 54);
    import(&app, dir.path()).await.expect("everything");
    assert!(rows(&app).await.is_superset(&councils), "the councils do not change");
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

#[tokio::test]
async fn a_correction_cycle_is_refused_and_a_single_file_can_be_imported() {
    let app = App::with_sample();
    let dir = copy_of_the_sample();
    let key = "1.2.2.visits-count-2017-04-13";
    let other = "1.2.2.visits-count-2017-06-16";
    let path = dir.path().join("progress.csv");
    let text = fs::read_to_string(&path).expect("a file");
    let corrected = |line: &str| match line.split(',').next() {
        Some(own) if own == key => format!("{line}{other}"),
        Some(own) if own == other => format!("{line}{key}"),
        _ => line.to_owned(),
    };
    let lines: Vec<String> = text.lines().map(corrected).collect();
    fs::write(&path, lines.join("\n")).expect("the file is written");
    let error = import(&app, dir.path()).await.expect_err("a cycle").to_string();
    assert!(error.contains("progress.csv:2: supersedes: the corrections form a cycle"), "{error}");
    let single = TempDir::new().expect("a directory");
    fs::copy("sample/targets.csv", single.path().join("targets.csv")).expect("a copy");
    assert_eq!(import(&app, single.path()).await.expect("an import").totals(), (0, 0, 0));
    edit(single.path(), "targets.csv", ",at_least,2,,annual,Annual,CRM,", ",at_least,,,annual,Annual,CRM,");
    import(&app, single.path()).await.expect_err("a revised target without a threshold");
    let year = TempDir::new().expect("a directory");
    fs::copy("sample/frameworks.csv", year.path().join("frameworks.csv")).expect("a copy");
    edit(year.path(), "frameworks.csv", "2017-04-01", "2015-04-01");
    let error = import(&app, year.path()).await.expect_err("another year").to_string();
    assert!(error.contains("plan year of a framework cannot change"), "{error}");
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

#[tokio::test]
async fn an_import_keeps_a_baselines_publication_if_its_metric_is_unchanged() {
    let app = App::with_sample();
    let fixtures = Fixtures(app.officer());
    let framework = fixtures.0.all("/v1/frameworks?code=2017-18").await.remove(0);
    let publication = fixtures.publish(&framework, "2018-03-31", &app.admin()).await;
    let next = fixtures.0.create(&format!("/v1/frameworks/{}/successor", id(&framework)), json!({})).await;
    let path = format!("/v1/targets?framework_id={}&code=4.1.1.attendance", id(&next));
    let before = fixtures.0.all(&path).await;
    assert_eq!(before[0]["baseline"]["source"]["publication_id"], publication["id"]);

    let dir = export(&app).await;
    assert_eq!(import(&app, dir.path()).await.expect("an import").totals(), (0, 0, 0));
    assert_eq!(fixtures.0.all(&path).await, before);

    let source = ",2017-18/4.1.1.attendance 2018-03-3";
    edit(dir.path(), "targets.csv", &format!("{source}1,"), &format!("{source}0,"));
    assert_eq!(import(&app, dir.path()).await.expect("an import").totals(), (0, 1, 0));
    let after = fixtures.0.all(&path).await;
    assert_eq!(
        after[0]["baseline"]["source"]["publication_id"],
        json!(null),
        "another day is another metric"
    );
}

#[tokio::test]
async fn an_invalid_profile_or_tolerance_is_reported_with_its_line() {
    let app = App::with_sample();
    let dir = copy_of_the_sample();
    let (outside, above) = ("unit_name=projects", "unit_name=senior LGA visits");
    let tolerant = "unit_name=regional events,at_least,2,";
    let revised = ",at_least,2,,annual,Annual,CRM,";
    let lines = [
        (
            outside,
            "unit_name=projects; profile=2017-06-30:3",
            "parameters: each point of a profile must be within",
        ),
        (
            above,
            "unit_name=senior LGA visits; profile=2016-06-30:3",
            "measure.profile.0.expected: A point expects",
        ),
        (
            tolerant,
            "unit_name=regional events,at_least,2,absolute 2.5",
            "tolerance: An absolute tolerance is at most",
        ),
    ];
    let mut expected: Vec<String> = lines
        .iter()
        .map(|(from, to, message)| {
            format!("targets.csv:{}: {message}", edit(dir.path(), "targets.csv", from, to))
        })
        .collect();
    edit(dir.path(), "targets.csv", revised, ",at_least,2,absolute 1.5,annual,Annual,CRM,");
    expected.push("revisions.csv:2: threshold: it is smaller than the target's absolute tolerance".into());
    let before = rows(&app).await;
    let Err(Error::Invalid(errors)) = import(&app, dir.path()).await else {
        panic!("the import must fail with errors")
    };
    let messages: Vec<String> = errors.iter().map(ToString::to_string).collect();
    for message in &expected {
        assert!(messages.iter().any(|text| text.starts_with(message)), "{message} in {messages:#?}");
    }
    assert_eq!(messages.len(), expected.len(), "{messages:#?}");
    assert_eq!(rows(&app).await, before);
}

#[tokio::test]
async fn an_import_cannot_change_an_agreed_plan() {
    let app = App::with_sample();
    for (file, from, to) in [
        ("targets.csv", "basis=entries,at_least,100", "basis=entries,at_least,50"),
        ("targets.csv", "2016-17,1.1.1,1.1.1.membership", "2016-17,1.1.2,1.1.1.membership"),
        ("actions.csv", "2,7,leaders-chief-executives,", "2,7,,"),
        ("actions.csv", "2016-17,1.1,1.1.1", "2016-17,1.2,1.1.1"),
        ("outcomes.csv", "2016-17,1,1.1", "2016-17,2,1.1"),
    ] {
        let single = TempDir::new().expect("a directory");
        fs::copy(Path::new("sample").join(file), single.path().join(file)).expect("a copy");
        let line = edit(single.path(), file, from, to);
        let Error::Invalid(errors) = import(&app, single.path()).await.expect_err(to) else { panic!("{to}") };
        let messages: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(messages.len(), 1, "{messages:?}");
        assert!(messages[0].starts_with(&format!("{file}:{line}: The plan is agreed")), "{to}: {messages:?}");
    }
}

#[tokio::test]
async fn a_duplicate_meeting_in_a_file_is_refused_unless_marked_one_of_several() {
    let (first, second) = (App::new(), App::new());
    let dir = TempDir::new().expect("a directory");
    let header = "key,group,kind,title,held_on,date_precision,status,register,notes,one_of_several";
    let file = |rows: &[&str]| {
        let text = format!("{header}\n{}\n", rows.join("\n"));
        fs::write(dir.path().join("meetings.csv"), text).expect("the file is written");
    };
    file(&["a,,event,Open day,2017-06-01,,held,,,", "b,,event,Open day,2017-06-01,,held,,,"]);
    let error = import(&first, dir.path()).await.expect_err("the same meeting").to_string();
    assert!(
        error.contains("meetings.csv:3: title: line 2 is about a meeting of the same group, day and title"),
        "{error}"
    );
    file(&["a,,event,Open day,2017-06-01,,held,,,", "b,,event,Open day,2017-06-01,,held,,,true"]);
    import(&first, dir.path()).await.expect("two meetings");
    file(&["c,,event,Open day,2017-06-01,,held,,,"]);
    let error = import(&first, dir.path()).await.expect_err("a third").to_string();
    assert!(error.contains("already has a meeting of this title"), "{error}");
    let written = export(&first).await;
    import(&second, written.path()).await.expect("an import");
    assert_eq!(files(export(&second).await.path()), files(written.path()));
}
