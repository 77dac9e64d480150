//! Imports of some files: what is absent stays as it is, and no row is dropped.

use std::fs;
use std::path::Path;

use outturn::transfer::{Error, ImportCounts};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{edit, export, import, rows};
use crate::support::{App, Made, id};

/// A directory with these files.
fn directory(files: &[(&str, &str)]) -> TempDir {
    let dir = TempDir::new().expect("a directory");
    for (name, text) in files {
        fs::write(dir.path().join(name), text).expect("written");
    }
    dir
}

/// The header of a file of the sample and those of its lines that contain one of these words.
fn lines(file: &str, words: &[&str]) -> String {
    let text = fs::read_to_string(Path::new("sample").join(file)).expect("a file");
    let (header, lines) = text.split_once('\n').expect("a header");
    let chosen = lines.lines().filter(|line| words.iter().any(|word| line.contains(word)));
    chosen.fold(format!("{header}\n"), |text, line| text + line + "\n")
}

/// What an import prints of a file: rows, created, changed, unchanged, removed.
fn counts(outcome: &ImportCounts, file: &str) -> [u64; 5] {
    let text = outcome.to_string();
    let line = text.lines().find(|line| line.split_whitespace().next() == Some(file));
    let counts: Vec<u64> = line
        .into_iter()
        .flat_map(|line| line.split_whitespace().skip(1))
        .filter_map(|n| n.parse().ok())
        .collect();
    counts.try_into().unwrap_or_else(|counts| panic!("{file}: {counts:?} in\n{text}"))
}

/// The flaws of an import that writes nothing.
async fn flaws(app: &App, dir: &TempDir) -> Vec<String> {
    let before = rows(app).await;
    let refused = import(app, dir.path()).await;
    let Err(Error::Invalid(flaws)) = refused else { panic!("flaws were expected, not {refused:?}") };
    assert_eq!(rows(app).await, before);
    flaws.iter().map(ToString::to_string).collect()
}

async fn one(app: &App, path: &str) -> Value {
    let mut found = app.officer().all(path).await;
    assert_eq!(found.len(), 1, "{path}");
    found.remove(0)
}

async fn council(app: &App, code: &str) -> Value {
    one(app, &format!("/v1/councils?gss_code={code}")).await
}

async fn meeting(app: &App, key: &str) -> Value {
    one(app, &format!("/v1/meetings?external_system=import&external_id={key}")).await
}

const FORUM: &str = "chief-executive-forum-2017-06-16";
const EVALUATIONS: &str = "meeting,question,handed_out\nchief-executive-forum-2017-06-16,overall,40\n";
const RATINGS: &str = "meeting,question,rating,forms\n\
    chief-executive-forum-2017-06-16,overall,poor,1\n\
    chief-executive-forum-2017-06-16,overall,good,24\n";

#[tokio::test]
async fn councils_alone_keep_their_memberships_codes_and_predecessors_and_no_figure_changes() {
    let app = App::with_sample();
    let made = Made(app.officer());
    let framework = one(&app, "/v1/frameworks?code=2017-18").await;
    let target =
        one(&app, &format!("/v1/targets?framework_id={}&code=1.1.1.membership", id(&framework))).await;
    let figure = async || {
        let metric = made.metric(&target, "2018-03-31").await;
        (metric["numerator"].clone(), metric["denominator"].clone(), metric["status"].clone())
    };
    assert_eq!(figure().await, (json!(52), json!(52), json!("green")));
    let mut before = Vec::new();
    for code in ["E10000012", "E07000242", "E07000245"] {
        before.push(council(&app, code).await);
    }
    let renamed = lines("councils.csv", &["E10000012", "E07000242", "E07000245"])
        .replace("Essex County Council", "Essex");
    let outcome = import(&app, directory(&[("councils.csv", &renamed)]).path()).await.expect("an import");
    assert_eq!(figure().await, (json!(52), json!(52), json!("green")));
    for (earlier, code) in before.iter().zip(["E10000012", "E07000242", "E07000245"]) {
        let now = council(&app, code).await;
        for list in ["memberships", "gss_codes", "predecessors", "successors"] {
            assert_eq!(now[list], earlier[list], "{code} {list}");
        }
    }
    assert_eq!(council(&app, "E10000012").await["name"], "Essex");
    assert_eq!(counts(&outcome, "councils.csv"), [3, 0, 1, 2, 0]);
}

#[tokio::test]
async fn rows_alone_keep_their_lists_and_the_keys_of_other_systems() {
    let app = App::with_sample();
    import(&app, directory(&[("evaluations.csv", EVALUATIONS), ("evaluation_ratings.csv", RATINGS)]).path())
        .await
        .expect("an import");
    let keys = "resource,row,system,external_id\n\
        meetings,chief-executive-forum-2017-06-16,crm,M-1\n\
        seats,assembly/E10000012/leader/1,crm,S-1\n\
        groups,assembly,crm,G-1\n";
    import(&app, directory(&[("external_ids.csv", keys)]).path()).await.expect("an import");
    let seat = async || one(&app, "/v1/seats?external_system=crm&external_id=S-1").await;
    let evaluation =
        async || one(&app, &format!("/v1/evaluations?meeting_id={}", id(&meeting(&app, FORUM).await))).await;
    let (met, sat, asked) = (meeting(&app, FORUM).await, seat().await, evaluation().await);
    assert_eq!(asked["answered"], 25);
    assert_eq!(sat["terms"].as_array().map(Vec::len), Some(1));
    let dir = directory(&[
        ("meetings.csv", &lines("meetings.csv", &[FORUM])),
        ("seats.csv", &lines("seats.csv", &["assembly,E10000012,"])),
        ("evaluations.csv", &EVALUATIONS.replace("40", "41")),
        ("groups.csv", &lines("groups.csv", &["assembly,"])),
    ]);
    edit(dir.path(), "seats.csv", "leader,1,,", "leader,1,1999-01-01,");
    let outcome = import(&app, dir.path()).await.expect("an import");
    assert_eq!(counts(&outcome, "seats.csv"), [1, 0, 1, 0, 0]);
    assert_eq!(counts(&outcome, "evaluations.csv"), [1, 0, 1, 0, 0]);
    let (now, still, again) = (meeting(&app, FORUM).await, seat().await, evaluation().await);
    assert_eq!((&now["deliverables"], &now["external_ids"]), (&met["deliverables"], &met["external_ids"]));
    assert_eq!(now["external_ids"].as_array().map(Vec::len), Some(2));
    assert_eq!((&still["terms"], &still["external_ids"]), (&sat["terms"], &sat["external_ids"]));
    assert_eq!((&still["exists_from"], &again["handed_out"]), (&json!("1999-01-01"), &json!(41)));
    assert_eq!(again["ratings"], asked["ratings"]);
}

#[tokio::test]
async fn a_list_file_alone_changes_the_lists_of_the_rows_it_names() {
    let app = App::with_sample();
    import(&app, directory(&[("evaluations.csv", EVALUATIONS), ("evaluation_ratings.csv", RATINGS)]).path())
        .await
        .expect("an import");
    let before = council(&app, "E10000015").await;
    let terms = "group,council,role,ordinal,holder_ref,holder_name,held_from,held_until\n\
        assembly,E10000012,leader,1,constructed-leader-E10000012,,2016-01-01,2018-02-01\n\
        assembly,E10000012,leader,1,another-leader,,2018-02-01,\n";
    let codes = "council,gss_code,valid_from,valid_until\n\
        E10000012,E10000012,2009-04-01,\nE10000012,E10000099,,2009-04-01\n";
    for (file, text, counted) in [
        ("seat_terms.csv", terms, [2, 1, 1, 0, 0]),
        ("memberships.csv", "council,member_from,member_until\nE10000012,2014-04-01,\n", [1, 1, 0, 0, 1]),
        ("council_gss_codes.csv", codes, [2, 1, 1, 0, 0]),
        (
            "successions.csv",
            "successor,predecessor,kind,succeeded_on\nE07000245,E07000201,renamed,2019-04-01\n",
            [1, 0, 1, 0, 1],
        ),
        (
            "deliverables.csv",
            "meeting,deliverable,delivered\nchief-executive-forum-2017-06-16,briefing,true\n\
             chief-executive-forum-2017-06-16,update,true\n",
            [2, 1, 0, 1, 0],
        ),
        (
            "evaluation_ratings.csv",
            "meeting,question,rating,forms\nchief-executive-forum-2017-06-16,overall,poor,2\n",
            [1, 0, 1, 0, 1],
        ),
    ] {
        let outcome = import(&app, directory(&[(file, text)]).path()).await.expect(file);
        assert_eq!(counts(&outcome, file), counted, "{file}");
    }
    let essex = council(&app, "E10000012").await;
    assert_eq!(essex["memberships"], json!([{ "member_from": "2014-04-01", "member_until": null }]));
    assert_eq!(essex["gss_codes"].as_array().map(Vec::len), Some(2));
    let seat = one(&app, "/v1/seats?holder_ref=another-leader").await;
    let holders: Vec<&Value> = (0..2).map(|n| &seat["terms"][n]["holder_ref"]).collect();
    assert_eq!(holders, [&json!("constructed-leader-E10000012"), &json!("another-leader")]);
    let predecessors = council(&app, "E07000245").await["predecessors"].clone();
    assert_eq!(predecessors.as_array().map(Vec::len), Some(1));
    assert_eq!(predecessors[0]["kind"], "renamed");
    let met = meeting(&app, FORUM).await;
    assert_eq!(met["deliverables"].as_array().map(Vec::len), Some(2));
    let asked = one(&app, &format!("/v1/evaluations?meeting_id={}", id(&met))).await;
    assert_eq!(asked["ratings"], json!([{ "rating": "poor", "forms": 2 }]));
    assert_eq!(council(&app, "E10000015").await, before, "no other council changed");
}

#[tokio::test]
async fn rows_of_a_list_file_count_for_parents_in_their_own_file_and_beside_it() {
    let app = App::with_sample();
    let dir = directory(&[
        ("councils.csv", &lines("councils.csv", &["E10000003", "E10000012"])),
        (
            "memberships.csv",
            "council,member_from,member_until\nE10000003,2013-04-01,\nE10000015,2012-04-01,\n",
        ),
    ]);
    let outcome = import(&app, dir.path()).await.expect("an import");
    assert_eq!(counts(&outcome, "councils.csv"), [2, 0, 0, 2, 0]);
    assert_eq!(counts(&outcome, "memberships.csv"), [2, 2, 0, 0, 3]);
    for (code, from) in [("E10000003", "2013-04-01"), ("E10000015", "2012-04-01")] {
        let expected = json!([{ "member_from": from, "member_until": null }]);
        assert_eq!(council(&app, code).await["memberships"], expected, "{code}");
    }
    let emptied = council(&app, "E10000012").await;
    assert_eq!(
        emptied["memberships"],
        json!([]),
        "in its own file, and without a line here: emptied on purpose"
    );
    let untouched = council(&app, "E07000066").await;
    assert_eq!(untouched["memberships"].as_array().map(Vec::len), Some(1), "in neither file");
}

#[tokio::test]
async fn a_list_of_a_parent_beside_its_file_is_checked_as_a_change_over_the_api_is() {
    let app = App::with_sample();
    let nowhere = directory(&[
        (
            "memberships.csv",
            "council,member_from,member_until\nE10000012,2014-04-01,\nE99999999,2014-04-01,\n",
        ),
        ("deliverables.csv", "meeting,deliverable,delivered\nno-such-meeting,update,true\n"),
        (
            "evaluation_ratings.csv",
            "meeting,question,rating,forms\nchief-executive-forum-2017-06-16,overall,poor,1\n",
        ),
    ]);
    let told = flaws(&app, &nowhere).await;
    for place in
        ["memberships.csv:3: council", "deliverables.csv:2: meeting", "evaluation_ratings.csv:2: question"]
    {
        assert!(told.iter().any(|flaw| flaw.starts_with(place)), "{place} in {told:#?}");
    }
    let broken = directory(&[
        (
            "memberships.csv",
            "council,member_from,member_until\nE10000012,2014-04-01,\nE10000012,2015-04-01,\n",
        ),
        (
            "deliverables.csv",
            "meeting,deliverable,delivered\nchief-executive-forum-2017-06-16,Update!,true\n",
        ),
    ]);
    let told = flaws(&app, &broken).await;
    for place in ["memberships.csv:3: member_from", "deliverables.csv:2: deliverable"] {
        assert!(told.iter().any(|flaw| flaw.starts_with(place)), "{place} in {told:#?}");
    }
}

#[tokio::test]
async fn a_council_keeps_the_code_it_goes_by_and_keys_of_other_systems_are_never_removed() {
    let app = App::with_sample();
    let dir = directory(&[
        ("councils.csv", &lines("councils.csv", &["E10000012", "E07000242"])),
        (
            "council_gss_codes.csv",
            "council,gss_code,valid_from,valid_until\nE10000012,E10000099,,2009-04-01\n",
        ),
    ]);
    let outcome = import(&app, dir.path()).await.expect("an import");
    assert_eq!(counts(&outcome, "council_gss_codes.csv"), [1, 1, 0, 0, 1]);
    let codes = |council: &Value| -> Vec<String> {
        let codes = council["gss_codes"].as_array().expect("codes").iter();
        codes.map(|code| code["gss_code"].as_str().expect("a code").to_owned()).collect()
    };
    assert_eq!(codes(&council(&app, "E10000012").await), ["E10000012", "E10000099"]);
    assert_eq!(codes(&council(&app, "E07000242").await), ["E07000242"], "no line of it: its own code alone");

    let key = |system: &str, key: &str| {
        format!("resource,row,system,external_id\ngroups,assembly,{system},{key}\n")
    };
    for (system, name, counted) in
        [("crm", "G-1", [1, 1, 0, 0, 0]), ("site", "x", [1, 1, 0, 0, 0]), ("crm", "G-2", [1, 0, 1, 0, 0])]
    {
        let outcome = import(&app, directory(&[("external_ids.csv", &key(system, name))]).path()).await;
        assert_eq!(counts(&outcome.expect("an import"), "external_ids.csv"), counted, "{system} {name}");
    }
    let group = one(&app, "/v1/groups?external_system=crm&external_id=G-2").await;
    assert_eq!(group["external_ids"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn a_key_is_given_to_a_line_of_a_register_that_is_not_in_the_files() {
    let app = App::with_sample();
    let keys = "resource,row,system,external_id\nattendance,assembly-2017-07-05/E10000012/leader/1,crm,L-1\n";
    let outcome = import(&app, directory(&[("external_ids.csv", keys)]).path()).await.expect("an import");
    assert_eq!(counts(&outcome, "external_ids.csv"), [1, 1, 0, 0, 0]);
    assert_eq!(one(&app, "/v1/attendance?external_system=crm&external_id=L-1").await["status"], "absent");
}

#[tokio::test]
async fn the_counts_of_each_file_add_up_to_its_rows() {
    let app = App::new();
    let sizes = |dir: &Path| -> Vec<(String, u64)> {
        let files = super::files(dir).into_iter();
        files.map(|(name, lines)| (name, u64::try_from(lines.len() - 1).expect("a count"))).collect()
    };
    let first = import(&app, Path::new("sample")).await.expect("an import");
    for (file, size) in sizes(Path::new("sample")) {
        assert_eq!(counts(&first, &file), [size, size, 0, 0, 0], "{file}");
    }
    let again = import(&app, Path::new("sample")).await.expect("an import");
    for (file, size) in sizes(Path::new("sample")) {
        assert_eq!(counts(&again, &file), [size, 0, 0, size, 0], "{file}");
    }
    let dir = export(&app).await;
    edit(dir.path(), "actions.csv", "chief-executive-forum-2017-06-16", "hr-conference-2017-06-26");
    edit(dir.path(), "targets.csv", "Every council in membership", "All councils");
    edit(dir.path(), "deliverables.csv", ",update,true", ",briefing,true");
    let third = import(&app, dir.path()).await.expect("an import");
    for (file, size) in sizes(dir.path()) {
        let [rows, created, changed, unchanged, _] = counts(&third, &file);
        assert_eq!((rows, created + changed + unchanged), (size, size), "{file}");
    }
    assert_eq!(counts(&third, "actions.csv")[2], 1, "a list in a cell belongs to the row");
    assert_eq!(counts(&third, "targets.csv")[2], 1);
    assert_eq!((counts(&third, "deliverables.csv")[1], counts(&third, "deliverables.csv")[4]), (1, 1));
    assert_eq!(third.totals(), (1, 2, 1));
}

#[tokio::test]
async fn what_the_database_refuses_is_an_error_with_its_file_and_line() {
    let app = App::with_sample();
    let key = |group: &str| format!("resource,row,system,external_id\ngroups,{group},crm,G-1\n");
    import(&app, directory(&[("external_ids.csv", &key("assembly"))]).path()).await.expect("an import");
    let told = flaws(&app, &directory(&[("external_ids.csv", &key("management-committee"))])).await;
    assert!(told.len() == 1 && told[0].starts_with("external_ids.csv:2: "), "{told:?}");

    let framework =
        lines("frameworks.csv", &["2016-17", "2017-18"]).replace("2017-18,Perf", "2017-18,The perf");
    let told =
        flaws(&app, &directory(&[("frameworks.csv", &framework.replace("2017-04-01", "2015-04-01"))])).await;
    assert!(told.len() == 1 && told[0].starts_with("frameworks.csv:3: "), "{told:?}");
}

#[tokio::test]
async fn cells_that_would_be_dropped_are_errors() {
    let app = App::with_sample();
    let progress = lines("progress.csv", &["1.2.2.visits-count-2017-04-13"]);
    let dir = directory(&[("progress.csv", &progress.replace(",count,,,1,,", ",count,,,1,7,"))]);
    let told = flaws(&app, &dir).await;
    assert!(told.iter().any(|flaw| flaw.starts_with("progress.csv:2: numerator: ")), "{told:?}");
    let register = lines("attendance.csv", &["assembly-2017-07-05,E10000012"]);
    let dir = directory(&[("attendance.csv", &register.replace(",leader,1,", ",,1,"))]);
    let told = flaws(&app, &dir).await;
    assert!(told.iter().any(|flaw| flaw.starts_with("attendance.csv:2: ordinal: ")), "{told:?}");
    let targets = lines("targets.csv", &["1.1.1.membership,"]).replacen(
        "satisfaction survey,,",
        "satisfaction survey,,7",
        1,
    );
    let told = flaws(&app, &directory(&[("targets.csv", &targets)])).await;
    assert!(told.iter().any(|flaw| flaw.starts_with("targets.csv:2: baseline_numerator: ")), "{told:?}");
}

#[tokio::test]
async fn a_file_whose_name_is_nearly_one_of_an_import_is_not_passed_over() {
    let app = App::with_sample();
    let dir = directory(&[
        ("groups.csv", &lines("groups.csv", &["assembly,"])),
        ("COUNCILS.CSV", &lines("councils.csv", &["E10000012"])),
    ]);
    let told = flaws(&app, &dir).await;
    assert!(told.iter().any(|flaw| flaw.starts_with("COUNCILS.CSV: ")), "{told:?}");
}
