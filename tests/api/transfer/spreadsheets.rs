//! Files as spreadsheets and lenient programs write them.

use std::fs;

use outturn::values::UnknownColumns;
use tempfile::TempDir;

use super::{copy_of_the_sample, directory, edit, export, files, import, import_with};
use crate::support::App;

const MEETINGS: &str = "key,group,kind,title,held_on,date_precision,status,register,notes\r\n";

/// Returns the errors of an import of one file that writes nothing.
async fn import_errors(app: &App, file: &str, text: &str) -> Vec<String> {
    super::import_errors(app, directory(&[(file, text)]).path()).await
}

#[tokio::test]
async fn a_file_with_malformed_quotes_is_refused_with_its_line() {
    let app = App::new();
    let row = |n: u32, title: &str| format!("m{n},,event,{title},2017-05-0{n},day,held,not_kept,\r\n");
    let good: String = (4..9).map(|n| row(n, "Event")).collect();
    for (title, expected) in [
        (
            "\"never closed",
            "meetings.csv:3: a cell that starts here has an opening quote and no closing quote",
        ),
        ("\"The \"spring\" event\"", "meetings.csv:3: text follows the closing quote of a cell"),
        ("The \"spring\" event", "meetings.csv:3: a cell without quotes around it contains a quote"),
    ] {
        let text = format!("{MEETINGS}{}{}{good}", row(1, "\"First, really\""), row(3, title));
        let errors = import_errors(&app, "meetings.csv", &text).await;
        assert!(errors.len() == 1 && errors[0].starts_with(expected), "{title}: {errors:?}");
    }
    let several = format!("{MEETINGS}{}{}", row(1, "\"one\r\ncell\""), row(2, "a \"b\""));
    assert!(
        import_errors(&app, "meetings.csv", &several).await[0].starts_with("meetings.csv:4: "),
        "the error counts lines of the file"
    );
}

#[tokio::test]
async fn spreadsheet_spellings_of_values_are_accepted() {
    let plain = App::with_sample();
    let dir = copy_of_the_sample();
    let respell = |file: &str, change: &dyn Fn(&str) -> String| {
        let path = dir.path().join(file);
        fs::write(&path, change(&fs::read_to_string(&path).expect("a file"))).expect("the file is written");
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
    let counts = import(&plain, dir.path()).await.expect("an import into the same database");
    assert_eq!(counts.totals(), (0, 0, 0), "{counts}");
    let fresh = App::new();
    import(&fresh, dir.path()).await.expect("an import into an empty database");
    assert_eq!(files(export(&fresh).await.path()), files(export(&plain).await.path()));
}

#[tokio::test]
async fn fractional_counts_and_day_first_dates_are_refused() {
    let app = App::new();
    let errors = import_errors(
        &app,
        "meetings.csv",
        &format!("{MEETINGS}m1,,event,Event,20/03/2018,day,held,not_kept,\r\n"),
    )
    .await;
    assert!(
        errors.iter().any(|error| error.starts_with("meetings.csv:2: held_on: ")
            && error.contains("date such as 2018-03-20")),
        "{errors:?}"
    );
    let dir = copy_of_the_sample();
    let line = edit(dir.path(), "progress.csv", ",count,,,1,", ",count,,,1.5,");
    let refused = import(&app, dir.path()).await.expect_err("a fraction").to_string();
    assert!(refused.contains(&format!("progress.csv:{line}: entry.count: ")), "{refused}");
}

#[tokio::test]
async fn column_names_ignore_case_and_must_be_unique() {
    let app = App::new();
    let text = "code,Name,responsible_from,responsible_until,handed_to,notes, NAME ,colour\n";
    let errors = import_errors(&app, "groups.csv", text).await;
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert!(
        errors.iter().any(|error| error.starts_with("groups.csv:1: ") && error.contains("\"name\"")),
        "{errors:?}"
    );
    assert!(
        errors.iter().any(|error| error.starts_with("groups.csv:1: ") && error.contains("\"colour\"")),
        "{errors:?}"
    );
}

#[tokio::test]
async fn unknown_columns_can_be_ignored() {
    let app = App::new();
    let dir = TempDir::new().expect("a directory");
    let text = "colour,code,name,responsible_from,responsible_until,handed_to,notes,\nred,g,Group,,,,,x\n";
    fs::write(dir.path().join("groups.csv"), text).expect("the file is written");
    let refused = import(&app, dir.path()).await.expect_err("unknown columns").to_string();
    assert!(refused.contains("\"colour\"") && refused.contains("--unknown-columns ignore"), "{refused}");
    let counts = import_with(&app, dir.path(), UnknownColumns::Ignore).await.expect("an import");
    assert_eq!(counts.totals(), (1, 0, 0));
    assert_eq!(app.officer().all("/v1/groups").await[0]["name"], "Group");
}
