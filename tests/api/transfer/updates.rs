//! Repeated imports: what changes, what does not, and the counts.

use std::path::Path;

use serde_json::json;

use super::{copy_of_the_sample, counts, edit, export, files, import, rows};
use crate::support::{App, Fixtures, id};

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
async fn the_counts_of_each_file_add_up_to_its_rows() {
    let app = App::new();
    let sizes = |dir: &Path| -> Vec<(String, u64)> {
        let files = files(dir).into_iter();
        files.map(|(name, lines)| (name, u64::try_from(lines.len() - 1).expect("a count"))).collect()
    };
    let first = import(&app, Path::new("sample")).await.expect("an import");
    for (file, size) in sizes(Path::new("sample")) {
        assert_eq!(counts(&first, &file), [size, size, 0, 0, 0], "{file}");
    }
    let second = import(&app, Path::new("sample")).await.expect("an import");
    for (file, size) in sizes(Path::new("sample")) {
        assert_eq!(counts(&second, &file), [size, 0, 0, size, 0], "{file}");
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
    assert_eq!(counts(&third, "actions.csv")[2], 1, "a list in a cell is part of the row");
    assert_eq!(counts(&third, "targets.csv")[2], 1);
    assert_eq!((counts(&third, "deliverables.csv")[1], counts(&third, "deliverables.csv")[4]), (1, 1));
    assert_eq!(third.totals(), (1, 2, 1));
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
