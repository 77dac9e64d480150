//! Import files are normalised as requests are, so that spellings of a key match.

use std::path::Path;

use super::{copy_of_the_sample, edit, import, rows};
use crate::support::App;
use outturn::transfer::Error;

fn set_holder(dir: &Path, holder: &str) {
    edit(dir, "seat_terms.csv", "constructed-leader-E10000012", holder);
}

#[tokio::test]
async fn white_space_and_decomposed_letters_in_a_file_are_normalised() {
    let app = App::with_sample();
    let dir = copy_of_the_sample();
    edit(dir.path(), "groups.csv", "assembly,Assembly,", "assembly,Ass\u{e9}mbly 1,");
    set_holder(dir.path(), "P\u{e9} 7");
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
    let counts = import(&app, dir.path()).await.expect("an import");
    assert_eq!(counts.totals(), (0, 0, 0), "{counts}");
    assert_eq!(rows(&app).await, before);
}

#[tokio::test]
async fn invisible_characters_in_a_file_are_refused_with_their_line() {
    let app = App::with_sample();
    let dir = copy_of_the_sample();
    let line = edit(
        dir.path(),
        "seat_terms.csv",
        "constructed-leader-E10000012",
        "constructed-leader-E10000012\u{200b}",
    );
    let name = edit(dir.path(), "groups.csv", "assembly,Assembly,", "assembly,\u{3164},");
    let Err(Error::Invalid(errors)) = import(&app, dir.path()).await else {
        panic!("the import must fail with errors")
    };
    let messages: Vec<String> = errors.iter().map(ToString::to_string).collect();
    for (place, code) in
        [(format!("seat_terms.csv:{line}: "), "U+200B"), (format!("groups.csv:{name}: "), "U+3164")]
    {
        assert!(
            messages.iter().any(|message| message.starts_with(&place) && message.contains(code)),
            "{place} in {messages:?}"
        );
    }
}

#[tokio::test]
async fn an_unknown_reference_is_reported_with_its_resource() {
    let app = App::with_sample();
    let dir = copy_of_the_sample();
    edit(dir.path(), "seats.csv", "assembly,E10000012", "parliament,E99999999");
    let Err(Error::Invalid(errors)) = import(&app, dir.path()).await else {
        panic!("the import must fail with errors")
    };
    let messages: Vec<String> = errors.iter().map(ToString::to_string).collect();
    for (column, text) in [
        ("group", "no group is identified by \"parliament\""),
        ("council", "no council is identified by \"E99999999\""),
    ] {
        assert!(
            messages.iter().any(|message| message.contains(&format!("{column}: {text}"))),
            "{messages:?}"
        );
    }
}
