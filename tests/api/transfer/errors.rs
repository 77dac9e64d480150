//! Imports that are refused: each error has its file and line, and nothing is written.

use std::fs;
use std::path::Path;

use outturn::transfer::Error;
use tempfile::TempDir;

use super::{copy_of_the_sample, directory, edit, export, files, import, import_errors, rows, sample_lines};
use crate::support::App;

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
    let messages = import_errors(&app, dir.path()).await;
    for place in &expected {
        assert!(messages.iter().any(|message| message.starts_with(place)), "{place} in {messages:#?}");
    }
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
async fn a_file_name_with_the_wrong_case_is_an_error() {
    let app = App::with_sample();
    let dir = directory(&[
        ("groups.csv", &sample_lines("groups.csv", &["assembly,"])),
        ("COUNCILS.CSV", &sample_lines("councils.csv", &["E10000012"])),
    ]);
    let messages = import_errors(&app, dir.path()).await;
    assert!(messages.iter().any(|message| message.starts_with("COUNCILS.CSV: ")), "{messages:?}");
}

#[tokio::test]
async fn a_database_error_is_reported_with_its_file_and_line() {
    let app = App::with_sample();
    let key = |group: &str| format!("resource,row,system,external_id\ngroups,{group},crm,G-1\n");
    import(&app, directory(&[("external_ids.csv", &key("assembly"))]).path()).await.expect("an import");
    let messages =
        import_errors(&app, directory(&[("external_ids.csv", &key("management-committee"))]).path()).await;
    assert!(messages.len() == 1 && messages[0].starts_with("external_ids.csv:2: "), "{messages:?}");

    let framework =
        sample_lines("frameworks.csv", &["2016-17", "2017-18"]).replace("2017-18,Perf", "2017-18,The perf");
    let messages = import_errors(
        &app,
        directory(&[("frameworks.csv", &framework.replace("2017-04-01", "2015-04-01"))]).path(),
    )
    .await;
    assert!(messages.len() == 1 && messages[0].starts_with("frameworks.csv:3: "), "{messages:?}");
}

#[tokio::test]
async fn cells_that_the_import_would_ignore_are_errors() {
    let app = App::with_sample();
    let progress = sample_lines("progress.csv", &["1.2.2.visits-count-2017-04-13"]);
    let dir = directory(&[("progress.csv", &progress.replace(",count,,,1,,", ",count,,,1,7,"))]);
    let messages = import_errors(&app, dir.path()).await;
    assert!(
        messages.iter().any(|message| message.starts_with("progress.csv:2: numerator: ")),
        "{messages:?}"
    );
    let register = sample_lines("attendance.csv", &["assembly-2017-07-05,E10000012"]);
    let dir = directory(&[("attendance.csv", &register.replace(",leader,1,", ",,1,"))]);
    let messages = import_errors(&app, dir.path()).await;
    assert!(
        messages.iter().any(|message| message.starts_with("attendance.csv:2: ordinal: ")),
        "{messages:?}"
    );
    let targets = sample_lines("targets.csv", &["1.1.1.membership,"]).replacen(
        "satisfaction survey,,",
        "satisfaction survey,,7",
        1,
    );
    let messages = import_errors(&app, directory(&[("targets.csv", &targets)]).path()).await;
    assert!(
        messages.iter().any(|message| message.starts_with("targets.csv:2: baseline_numerator: ")),
        "{messages:?}"
    );
}

#[tokio::test]
async fn a_correction_cycle_is_refused_and_a_single_file_can_be_imported() {
    let app = App::with_sample();
    let dir = copy_of_the_sample();
    let key = "1.2.2.visits-count-2017-04-13";
    let other = "1.2.2.visits-count-2017-06-16";
    let path = dir.path().join("progress.csv");
    let text = fs::read_to_string(&path).expect("a file");
    // The columns after `supersedes` are `reading` and `provisional`.
    let supersede = |line: &str, key: &str| line.replace(",,,false", &format!(",{key},,false"));
    let corrected = |line: &str| match line.split(',').next() {
        Some(own) if own == key => supersede(line, other),
        Some(own) if own == other => supersede(line, key),
        _ => line.to_owned(),
    };
    let lines: Vec<String> = text.lines().map(corrected).collect();
    fs::write(&path, lines.join("\n")).expect("the file is written");
    let error = import(&app, dir.path()).await.expect_err("a cycle").to_string();
    assert!(
        error.contains("progress.csv:2: supersedes: the entries supersede each other in a cycle"),
        "{error}"
    );
    let single = TempDir::new().expect("a directory");
    fs::copy("sample/targets.csv", single.path().join("targets.csv")).expect("a copy");
    assert_eq!(import(&app, single.path()).await.expect("an import").totals(), (0, 0, 0));
    edit(single.path(), "targets.csv", ",at_least,2,,annual,Annual,CRM,", ",at_least,,,annual,Annual,CRM,");
    import(&app, single.path()).await.expect_err("a revised target without a threshold");
    let year = TempDir::new().expect("a directory");
    fs::copy("sample/frameworks.csv", year.path().join("frameworks.csv")).expect("a copy");
    edit(year.path(), "frameworks.csv", "2017-04-01", "2015-04-01");
    let error = import(&app, year.path()).await.expect_err("another year").to_string();
    assert!(error.contains("plan period cannot change"), "{error}");
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
            "parameters: each date of the profile must be within",
        ),
        (
            above,
            "unit_name=senior LGA visits; profile=2016-06-30:3",
            "measure.profile.0.expected: `expected` must be at most",
        ),
        (
            tolerant,
            "unit_name=regional events,at_least,2,absolute 2.5",
            "tolerance: For a target with the aim `at_least`, the absolute tolerance",
        ),
    ];
    let mut expected: Vec<String> = lines
        .iter()
        .map(|(from, to, message)| {
            format!("targets.csv:{}: {message}", edit(dir.path(), "targets.csv", from, to))
        })
        .collect();
    edit(dir.path(), "targets.csv", revised, ",at_least,2,absolute 1.5,annual,Annual,CRM,");
    expected.push(
        "revisions.csv:2: threshold: the threshold must not be smaller than the target's absolute tolerance"
            .into(),
    );
    let messages = import_errors(&app, dir.path()).await;
    for message in &expected {
        assert!(messages.iter().any(|text| text.starts_with(message)), "{message} in {messages:#?}");
    }
    assert_eq!(messages.len(), expected.len(), "{messages:#?}");
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
        let messages = import_errors(&app, single.path()).await;
        assert_eq!(messages.len(), 1, "{messages:?}");
        assert!(
            messages[0].starts_with(&format!("{file}:{line}: The framework's plan is agreed")),
            "{to}: {messages:?}"
        );
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
        error.contains(
            "meetings.csv:3: title: CSV line 2 describes a meeting with the same group, date and title"
        ),
        "{error}"
    );
    file(&["a,,event,Open day,2017-06-01,,held,,,", "b,,event,Open day,2017-06-01,,held,,,true"]);
    import(&first, dir.path()).await.expect("two meetings");
    file(&["c,,event,Open day,2017-06-01,,held,,,"]);
    let error = import(&first, dir.path()).await.expect_err("a third").to_string();
    assert!(error.contains("already has a meeting with this title"), "{error}");
    let written = export(&first).await;
    import(&second, written.path()).await.expect("an import");
    assert_eq!(files(export(&second).await.path()), files(written.path()));
}
