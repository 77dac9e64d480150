//! Files as spreadsheets and careless programs write them.

use std::fs;

use outturn::transfer::Error;
use outturn::values::UnknownColumns;
use tempfile::TempDir;

use super::{copy_of_the_sample, edit, export, files, import, import_with, rows};
use crate::support::App;

const MEETINGS: &str = "key,group,kind,title,held_on,date_precision,status,register,notes\r\n";

/// The flaws of an import of one file, which writes nothing.
async fn flaws(app: &App, file: &str, text: &str) -> Vec<String> {
    let dir = TempDir::new().expect("a directory");
    fs::write(dir.path().join(file), text).expect("written");
    let before = rows(app).await;
    let refused = import(app, dir.path()).await;
    let Err(Error::Invalid(flaws)) = refused else { panic!("flaws were expected, not {refused:?}") };
    assert_eq!(rows(app).await, before);
    flaws.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn a_file_with_broken_quotes_is_refused_with_the_line_and_nothing_is_written() {
    let app = App::new();
    let row = |n: u32, title: &str| format!("m{n},,event,{title},2017-05-0{n},day,held,not_kept,\r\n");
    let good: String = (4..9).map(|n| row(n, "Event")).collect();
    for (title, told) in [
        ("\"never closed", "meetings.csv:3: the quote that opens a cell here is never closed"),
        ("\"The \"spring\" event\"", "meetings.csv:3: text follows the closing quote of a cell"),
        ("The \"spring\" event", "meetings.csv:3: a quote is inside a cell that is not in quotes"),
    ] {
        let text = format!("{MEETINGS}{}{}{good}", row(1, "\"First, really\""), row(3, title));
        let found = flaws(&app, "meetings.csv", &text).await;
        assert!(found.len() == 1 && found[0].starts_with(told), "{title}: {found:?}");
    }
    let several = format!("{MEETINGS}{}{}", row(1, "\"one\r\ncell\""), row(2, "a \"b\""));
    assert!(
        flaws(&app, "meetings.csv", &several).await[0].starts_with("meetings.csv:4: "),
        "lines of the file"
    );
}

#[tokio::test]
async fn a_spreadsheets_spellings_mean_what_plain_ones_do() {
    let plain = App::with_sample();
    let dir = copy_of_the_sample();
    let respell = |file: &str, change: &dyn Fn(&str) -> String| {
        let path = dir.path().join(file);
        fs::write(&path, change(&fs::read_to_string(&path).expect("a file"))).expect("written");
    };
    respell("councils.csv", &|text| {
        let (header, lines) = text.split_once('\n').expect("a header");
        let lines: Vec<String> = lines.lines().map(|line| format!("{line}\r\n,,, ,,\r\n")).collect();
        format!(
            "\u{feff}\r\n GSS_code ,Name, KIND,county,exists_from ,exists_until\r\n{}\r\n",
            lines.concat()
        )
        .replace(header, "")
    });
    respell("deliverables.csv", &|text| text.replace(",true", ", TRUE ").replace(",false", ",False"));
    respell("seats.csv", &|text| text.replace(",leader,1,", ", leader ,1.0,"));
    respell("seat_terms.csv", &|text| text.replace(",leader,1,", ",leader,1.00,"));
    respell("themes.csv", &|text| text.replace(",1\n", ",1.0\n"));
    respell("targets.csv", &|text| {
        text.replace(",false,false,", ",FALSE,False,").replace(",at_least,100,", ",at_least,100.0,")
    });
    respell("progress.csv", &|text| {
        text.replace(",count,,,1,", ",count,,,1.0,").replace(",coverage,", ",coverage ,")
    });
    let outcome = import(&plain, dir.path()).await.expect("an import into the same");
    assert_eq!(outcome.totals(), (0, 0, 0), "{outcome}");
    let fresh = App::new();
    import(&fresh, dir.path()).await.expect("an import into an empty one");
    assert_eq!(files(export(&fresh).await.path()), files(export(&plain).await.path()));
}

#[tokio::test]
async fn numbers_that_are_not_whole_and_dates_in_another_order_stay_refused() {
    let app = App::new();
    let fault =
        flaws(&app, "meetings.csv", &format!("{MEETINGS}m1,,event,Event,20/03/2018,day,held,not_kept,\r\n"))
            .await;
    assert!(
        fault
            .iter()
            .any(|flaw| flaw.starts_with("meetings.csv:2: held_on: ")
                && flaw.contains("date such as 2018-03-20")),
        "{fault:?}"
    );
    let dir = copy_of_the_sample();
    let line = edit(dir.path(), "progress.csv", ",count,,,1,", ",count,,,1.5,");
    let refused = import(&app, dir.path()).await.expect_err("a half").to_string();
    assert!(refused.contains(&format!("progress.csv:{line}: entry.count: ")), "{refused}");
}

#[tokio::test]
async fn columns_are_known_by_their_folded_names_and_each_once() {
    let app = App::new();
    let text = "code,Name,responsible_from,responsible_until,handed_to,notes, NAME ,colour\n";
    let found = flaws(&app, "groups.csv", text).await;
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found.iter().any(|flaw| flaw.starts_with("groups.csv:1: ") && flaw.contains("\"name\"")),
        "{found:?}"
    );
    assert!(
        found.iter().any(|flaw| flaw.starts_with("groups.csv:1: ") && flaw.contains("\"colour\"")),
        "{found:?}"
    );
}

#[tokio::test]
async fn unknown_columns_may_be_left_out() {
    let app = App::new();
    let dir = TempDir::new().expect("a directory");
    let text = "colour,code,name,responsible_from,responsible_until,handed_to,notes,\nred,g,Group,,,,,x\n";
    fs::write(dir.path().join("groups.csv"), text).expect("written");
    let refused = import(&app, dir.path()).await.expect_err("unknown columns").to_string();
    assert!(refused.contains("\"colour\"") && refused.contains("--unknown-columns ignore"), "{refused}");
    let outcome = import_with(&app, dir.path(), UnknownColumns::Ignore).await.expect("an import");
    assert_eq!(outcome.totals(), (1, 0, 0));
    assert_eq!(app.officer().all("/v1/groups").await[0]["name"], "Group");
}
