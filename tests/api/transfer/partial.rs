//! Imports of some files: rows without a file do not change, and no row is dropped.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{copy_of_the_sample, counts, directory, edit, import, import_errors, rows, sample_lines};
use crate::support::{App, Fixtures, id};

async fn read_one(app: &App, path: &str) -> Value {
    let mut matches = app.officer().all(path).await;
    assert_eq!(matches.len(), 1, "{path}");
    matches.remove(0)
}

async fn council(app: &App, code: &str) -> Value {
    read_one(app, &format!("/v1/councils?gss_code={code}")).await
}

async fn meeting(app: &App, key: &str) -> Value {
    read_one(app, &format!("/v1/meetings?external_system=import&external_id={key}")).await
}

const FORUM: &str = "chief-executive-forum-2017-06-16";
const EVALUATIONS: &str = "meeting,question,handed_out\nchief-executive-forum-2017-06-16,overall,40\n";
const RATINGS: &str = "meeting,question,rating,forms\n\
    chief-executive-forum-2017-06-16,overall,poor,1\n\
    chief-executive-forum-2017-06-16,overall,good,24\n";

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
async fn an_import_of_councils_alone_keeps_their_lists_and_all_figures() {
    let app = App::with_sample();
    let fixtures = Fixtures(app.officer());
    let framework = read_one(&app, "/v1/frameworks?code=2017-18").await;
    let target =
        read_one(&app, &format!("/v1/targets?framework_id={}&code=1.1.1.membership", id(&framework))).await;
    let figure = async || {
        let metric = fixtures.metric(&target, "2018-03-31").await;
        (metric["numerator"].clone(), metric["denominator"].clone(), metric["status"].clone())
    };
    assert_eq!(figure().await, (json!(52), json!(52), json!("green")));
    let mut before = Vec::new();
    for code in ["E10000012", "E07000242", "E07000245"] {
        before.push(council(&app, code).await);
    }
    let renamed = sample_lines("councils.csv", &["E10000012", "E07000242", "E07000245"])
        .replace("Essex County Council", "Essex");
    let summary = import(&app, directory(&[("councils.csv", &renamed)]).path()).await.expect("an import");
    assert_eq!(figure().await, (json!(52), json!(52), json!("green")));
    for (earlier, code) in before.iter().zip(["E10000012", "E07000242", "E07000245"]) {
        let council_after = council(&app, code).await;
        for list in ["memberships", "gss_codes", "predecessors", "successors"] {
            assert_eq!(council_after[list], earlier[list], "{code} {list}");
        }
    }
    assert_eq!(council(&app, "E10000012").await["name"], "Essex");
    assert_eq!(counts(&summary, "councils.csv"), [3, 0, 1, 2, 0]);
}

#[tokio::test]
async fn an_import_without_list_files_keeps_lists_and_external_ids() {
    let app = App::with_sample();
    import(&app, directory(&[("evaluations.csv", EVALUATIONS), ("evaluation_ratings.csv", RATINGS)]).path())
        .await
        .expect("an import");
    let keys = "resource,row,system,external_id\n\
        meetings,chief-executive-forum-2017-06-16,crm,M-1\n\
        seats,assembly/E10000012/leader/1,crm,S-1\n\
        groups,assembly,crm,G-1\n";
    import(&app, directory(&[("external_ids.csv", keys)]).path()).await.expect("an import");
    let seat = async || read_one(&app, "/v1/seats?external_system=crm&external_id=S-1").await;
    let evaluation = async || {
        read_one(&app, &format!("/v1/evaluations?meeting_id={}", id(&meeting(&app, FORUM).await))).await
    };
    let (meeting_before, seat_before, evaluation_before) =
        (meeting(&app, FORUM).await, seat().await, evaluation().await);
    assert_eq!(evaluation_before["answered"], 25);
    assert_eq!(seat_before["terms"].as_array().map(Vec::len), Some(1));
    let dir = directory(&[
        ("meetings.csv", &sample_lines("meetings.csv", &[FORUM])),
        ("seats.csv", &sample_lines("seats.csv", &["assembly,E10000012,"])),
        ("evaluations.csv", &EVALUATIONS.replace("40", "41")),
        ("groups.csv", &sample_lines("groups.csv", &["assembly,"])),
    ]);
    edit(dir.path(), "seats.csv", "leader,1,,", "leader,1,1999-01-01,");
    let summary = import(&app, dir.path()).await.expect("an import");
    assert_eq!(counts(&summary, "seats.csv"), [1, 0, 1, 0, 0]);
    assert_eq!(counts(&summary, "evaluations.csv"), [1, 0, 1, 0, 0]);
    let (meeting_after, seat_after, evaluation_after) =
        (meeting(&app, FORUM).await, seat().await, evaluation().await);
    assert_eq!(
        (&meeting_after["deliverables"], &meeting_after["external_ids"]),
        (&meeting_before["deliverables"], &meeting_before["external_ids"])
    );
    assert_eq!(meeting_after["external_ids"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        (&seat_after["terms"], &seat_after["external_ids"]),
        (&seat_before["terms"], &seat_before["external_ids"])
    );
    assert_eq!(
        (&seat_after["exists_from"], &evaluation_after["handed_out"]),
        (&json!("1999-01-01"), &json!(41))
    );
    assert_eq!(evaluation_after["ratings"], evaluation_before["ratings"]);
}

#[tokio::test]
async fn a_list_file_alone_changes_only_the_lists_of_the_rows_it_names() {
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
    for (file, text, expected) in [
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
        let summary = import(&app, directory(&[(file, text)]).path()).await.expect(file);
        assert_eq!(counts(&summary, file), expected, "{file}");
    }
    let essex = council(&app, "E10000012").await;
    assert_eq!(essex["memberships"], json!([{ "member_from": "2014-04-01", "member_until": null }]));
    assert_eq!(essex["gss_codes"].as_array().map(Vec::len), Some(2));
    let seat = read_one(&app, "/v1/seats?holder_ref=another-leader").await;
    let holders: Vec<&Value> = (0..2).map(|n| &seat["terms"][n]["holder_ref"]).collect();
    assert_eq!(holders, [&json!("constructed-leader-E10000012"), &json!("another-leader")]);
    let predecessors = council(&app, "E07000245").await["predecessors"].clone();
    assert_eq!(predecessors.as_array().map(Vec::len), Some(1));
    assert_eq!(predecessors[0]["kind"], "renamed");
    let updated_meeting = meeting(&app, FORUM).await;
    assert_eq!(updated_meeting["deliverables"].as_array().map(Vec::len), Some(2));
    let updated_evaluation =
        read_one(&app, &format!("/v1/evaluations?meeting_id={}", id(&updated_meeting))).await;
    assert_eq!(updated_evaluation["ratings"], json!([{ "rating": "poor", "forms": 2 }]));
    assert_eq!(council(&app, "E10000015").await, before, "no other council changed");
}

#[tokio::test]
async fn a_list_file_applies_to_parents_inside_and_outside_the_parent_file() {
    let app = App::with_sample();
    let dir = directory(&[
        ("councils.csv", &sample_lines("councils.csv", &["E10000003", "E10000012"])),
        (
            "memberships.csv",
            "council,member_from,member_until\nE10000003,2013-04-01,\nE10000015,2012-04-01,\n",
        ),
    ]);
    let summary = import(&app, dir.path()).await.expect("an import");
    assert_eq!(counts(&summary, "councils.csv"), [2, 0, 0, 2, 0]);
    assert_eq!(counts(&summary, "memberships.csv"), [2, 2, 0, 0, 3]);
    for (code, from) in [("E10000003", "2013-04-01"), ("E10000015", "2012-04-01")] {
        let expected = json!([{ "member_from": from, "member_until": null }]);
        assert_eq!(council(&app, code).await["memberships"], expected, "{code}");
    }
    let emptied = council(&app, "E10000012").await;
    assert_eq!(
        emptied["memberships"],
        json!([]),
        "a parent in its own file without a line here has an empty list"
    );
    let untouched = council(&app, "E07000066").await;
    assert_eq!(
        untouched["memberships"].as_array().map(Vec::len),
        Some(1),
        "a parent in neither file does not change"
    );
}

#[tokio::test]
async fn lists_of_parents_outside_the_import_are_validated() {
    let app = App::with_sample();
    let unknown = directory(&[
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
    let messages = import_errors(&app, unknown.path()).await;
    for place in
        ["memberships.csv:3: council", "deliverables.csv:2: meeting", "evaluation_ratings.csv:2: question"]
    {
        assert!(messages.iter().any(|message| message.starts_with(place)), "{place} in {messages:#?}");
    }
    let invalid = directory(&[
        (
            "memberships.csv",
            "council,member_from,member_until\nE10000012,2014-04-01,\nE10000012,2015-04-01,\n",
        ),
        (
            "deliverables.csv",
            "meeting,deliverable,delivered\nchief-executive-forum-2017-06-16,Update!,true\n",
        ),
    ]);
    let messages = import_errors(&app, invalid.path()).await;
    for place in ["memberships.csv:3: member_from", "deliverables.csv:2: deliverable"] {
        assert!(messages.iter().any(|message| message.starts_with(place)), "{place} in {messages:#?}");
    }
}

#[tokio::test]
async fn an_import_keeps_a_councils_current_code_and_other_external_ids() {
    let app = App::with_sample();
    let dir = directory(&[
        ("councils.csv", &sample_lines("councils.csv", &["E10000012", "E07000242"])),
        (
            "council_gss_codes.csv",
            "council,gss_code,valid_from,valid_until\nE10000012,E10000099,,2009-04-01\n",
        ),
    ]);
    let summary = import(&app, dir.path()).await.expect("an import");
    assert_eq!(counts(&summary, "council_gss_codes.csv"), [1, 1, 0, 0, 1]);
    let codes = |council: &Value| -> Vec<String> {
        let codes = council["gss_codes"].as_array().expect("codes").iter();
        codes.map(|code| code["gss_code"].as_str().expect("a code").to_owned()).collect()
    };
    assert_eq!(codes(&council(&app, "E10000012").await), ["E10000012", "E10000099"]);
    assert_eq!(
        codes(&council(&app, "E07000242").await),
        ["E07000242"],
        "a council without lines keeps its current code only"
    );

    let key = |system: &str, key: &str| {
        format!("resource,row,system,external_id\ngroups,assembly,{system},{key}\n")
    };
    for (system, name, expected) in
        [("crm", "G-1", [1, 1, 0, 0, 0]), ("site", "x", [1, 1, 0, 0, 0]), ("crm", "G-2", [1, 0, 1, 0, 0])]
    {
        let summary = import(&app, directory(&[("external_ids.csv", &key(system, name))]).path()).await;
        assert_eq!(counts(&summary.expect("an import"), "external_ids.csv"), expected, "{system} {name}");
    }
    let group = read_one(&app, "/v1/groups?external_system=crm&external_id=G-2").await;
    assert_eq!(group["external_ids"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn an_external_id_can_be_added_to_an_attendance_record_outside_the_files() {
    let app = App::with_sample();
    let keys = "resource,row,system,external_id\nattendance,assembly-2017-07-05/E10000012/leader/1,crm,L-1\n";
    let summary = import(&app, directory(&[("external_ids.csv", keys)]).path()).await.expect("an import");
    assert_eq!(counts(&summary, "external_ids.csv"), [1, 1, 0, 0, 0]);
    assert_eq!(
        read_one(&app, "/v1/attendance?external_system=crm&external_id=L-1").await["status"],
        "absent"
    );
}
