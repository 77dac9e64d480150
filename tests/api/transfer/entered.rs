//! Files are entered as requests are: one key is one however it is typed.

use std::path::Path;

use super::{copy_of_the_sample, edit, import, rows};
use crate::support::App;
use outturn::transfer::Error;

fn seat_term(dir: &Path, holder: &str) {
    edit(dir, "seat_terms.csv", "constructed-leader-E10000012", holder);
}

#[tokio::test]
async fn a_file_with_white_space_and_decomposed_letters_says_what_it_said_without() {
    let app = App::with_sample();
    let dir = copy_of_the_sample();
    edit(dir.path(), "groups.csv", "assembly,Assembly,", "assembly,Ass\u{e9}mbly 1,");
    seat_term(dir.path(), "P\u{e9} 7");
    assert_eq!(import(&app, dir.path()).await.expect("an import").totals(), (0, 2, 0));
    let before = rows(&app).await;
    edit(
        dir.path(),
        "groups.csv",
        "assembly,Ass\u{e9}mbly 1,",
        "assembly\u{a0}, Asse\u{301}mbly\u{a0}1\u{2003},",
    );
    edit(dir.path(), "seat_terms.csv", "P\u{e9} 7", "\u{a0}Pe\u{301}\u{2007}7 ");
    edit(dir.path(), "seats.csv", "assembly,E10000012", "assembly ,\u{a0}E10000012");
    edit(dir.path(), "meetings.csv", "assembly-2017-07-05,assembly,", "assembly-2017-07-05 ,assembly\u{a0},");
    let outcome = import(&app, dir.path()).await.expect("an import");
    assert_eq!(outcome.totals(), (0, 0, 0), "{outcome}");
    assert_eq!(rows(&app).await, before);
}

#[tokio::test]
async fn a_file_with_what_cannot_be_seen_is_refused_by_line() {
    let app = App::with_sample();
    let dir = copy_of_the_sample();
    let line = edit(
        dir.path(),
        "seat_terms.csv",
        "constructed-leader-E10000012",
        "constructed-leader-E10000012\u{200b}",
    );
    let name = edit(dir.path(), "groups.csv", "assembly,Assembly,", "assembly,\u{3164},");
    let Err(Error::Invalid(flaws)) = import(&app, dir.path()).await else { panic!("flaws were expected") };
    let told: Vec<String> = flaws.iter().map(ToString::to_string).collect();
    for (place, code) in
        [(format!("seat_terms.csv:{line}: "), "U+200B"), (format!("groups.csv:{name}: "), "U+3164")]
    {
        assert!(
            told.iter().any(|flaw| flaw.starts_with(&place) && flaw.contains(code)),
            "{place} in {told:?}"
        );
    }
}

#[tokio::test]
async fn a_name_that_leads_nowhere_is_told_by_what_it_should_be_of() {
    let app = App::with_sample();
    let dir = copy_of_the_sample();
    edit(dir.path(), "seats.csv", "assembly,E10000012", "parliament,E99999999");
    let Err(Error::Invalid(flaws)) = import(&app, dir.path()).await else { panic!("flaws were expected") };
    let told: Vec<String> = flaws.iter().map(ToString::to_string).collect();
    for (column, text) in
        [("group", "no group is called \"parliament\""), ("council", "no council is called \"E99999999\"")]
    {
        assert!(told.iter().any(|flaw| flaw.contains(&format!("{column}: {text}"))), "{told:?}");
    }
}
