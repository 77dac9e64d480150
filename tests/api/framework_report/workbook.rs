//! Framework reports as Excel workbooks.

use std::collections::HashMap;
use std::io::Cursor;

use calamine::{Data, DataType, Reader, Xlsx};
use reqwest::Method;
use serde_json::{Value, json};

use super::layout::bytes;
use super::{Sealed, figures, framework};
use crate::support::{App, Caller, Fixtures, id};

/// The cells of a row by the name of their column in the header.
type Row = HashMap<String, Data>;

struct Workbook(Xlsx<Cursor<Vec<u8>>>);

impl Workbook {
    async fn at(caller: &Caller, path: &str) -> Self {
        let bytes = bytes(caller, path).await;
        Self(calamine::open_workbook_from_rs(Cursor::new(bytes)).expect("a workbook"))
    }

    async fn of(caller: &Caller, framework: &Value, as_at: &str) -> Self {
        Self::at(caller, &path(framework, as_at)).await
    }

    fn rows(&mut self, sheet: &str) -> Vec<Row> {
        let range = self.0.worksheet_range(sheet).expect("a sheet");
        let mut rows = range.rows();
        let header: Vec<String> = rows.next().expect("a header").iter().map(ToString::to_string).collect();
        rows.map(|row| header.iter().cloned().zip(row.iter().cloned()).collect()).collect()
    }

    fn row(&mut self, sheet: &str, code: &str) -> Row {
        let row = self.rows(sheet).into_iter().find(|row| cell_text(row, "Code") == code);
        row.unwrap_or_else(|| panic!("no row for {code}"))
    }

    /// The rows of the summary sheet as texts.
    fn summary(&mut self) -> Vec<Vec<String>> {
        let range = self.0.worksheet_range("Summary").expect("a sheet");
        range.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect()
    }

    /// The cells after a name in the summary sheet.
    fn named(&mut self, name: &str) -> Vec<String> {
        let row = self.summary().into_iter().find(|row| row[0] == name);
        row.unwrap_or_else(|| panic!("{name} is not in the summary"))[1..].to_vec()
    }

    fn formulas(&mut self) -> usize {
        let sheets = self.0.sheet_names();
        sheets
            .iter()
            .map(|sheet| self.0.worksheet_formula(sheet).expect("a sheet").used_cells().count())
            .sum()
    }
}

fn path(framework: &Value, as_at: &str) -> String {
    format!("/v1/frameworks/{}/report?format=xlsx&as_at={as_at}", id(framework))
}

fn cell_text(row: &Row, column: &str) -> String {
    row[column].to_string()
}

/// Asserts that a cell contains this number, or is empty if there is none.
fn assert_number(cell: &Data, expected: Option<f64>, about: &str) {
    let actual = if *cell == Data::Empty { None } else { Some(cell.get_float().expect(about)) };
    let is_same = actual.zip(expected).map_or(actual == expected, |(a, b)| (a - b).abs() < 1e-9);
    assert!(is_same, "{about}: {actual:?} is not {expected:?}");
}

/// A metric's figure in the unit of its cell: a fraction of one, or pounds.
fn in_cell(metric: &Value, figure: &Value) -> Option<f64> {
    let divisor =
        if ["percent", "pence"].contains(&metric["unit"].as_str().expect("a unit")) { 100.0 } else { 1.0 };
    figure.as_f64().map(|number| number / divisor)
}

fn assert_row(row: &Row, metric: &Value) {
    let code = metric["code"].as_str().expect("a code");
    if metric["kind"] == "milestone" {
        let due = row["Threshold"].as_date().expect("a date").to_string();
        assert_eq!(json!(due), metric["detail"]["due_on"], "{code}");
        assert_eq!(row["Outturn"], Data::Empty, "{code}");
    } else {
        let value = if metric["unit"] == "percent" { &metric["value_percent"] } else { &metric["value"] };
        assert_number(&row["Outturn"], in_cell(metric, value), code);
        assert_number(&row["Threshold"], in_cell(metric, &metric["threshold"]), code);
    }
    assert_number(&row["Numerator"], metric["numerator"].as_f64(), code);
    assert_number(&row["Denominator"], metric["denominator"].as_f64(), code);
    assert_eq!(
        cell_text(row, "RAG"),
        figures::status_label(metric["status"].as_str().expect("a status")),
        "{code}"
    );
    let title = metric["title"].as_str().expect("a title");
    assert_eq!(cell_text(row, "Target"), outturn::framework_report::text::curly_apostrophes(title), "{code}");
    assert_eq!(cell_text(row, "Owner"), metric["owner"].as_str().unwrap_or_default(), "{code}");
    let is_provisional = metric["completeness"]["provisional"] == true;
    assert_eq!(cell_text(row, "Provisional").starts_with("Provisional. "), is_provisional, "{code}");
}

#[tokio::test]
async fn every_row_contains_the_figures_of_its_metric_as_numbers() {
    let app = App::with_sample();
    let reporter = app.reporter();
    for code in ["2016-17", "2017-18"] {
        let framework = framework(&reporter, code).await;
        let mut workbook = Workbook::of(&reporter, &framework, "2018-03-31").await;
        let (rows, details) = (workbook.rows("Targets"), workbook.rows("Details"));
        let metrics =
            reporter.read(&format!("/v1/frameworks/{}/metrics?as_at=2018-03-31", id(&framework))).await;
        for metric in metrics["data"].as_array().expect("data") {
            let code = metric["code"].as_str().expect("a code");
            let of_target: Vec<&Row> = rows.iter().filter(|row| cell_text(row, "Code") == code).collect();
            of_target.iter().for_each(|row| assert_row(row, metric));
            let claims = metric["claims"].as_array().expect("claims").len();
            let counts = details.iter().filter(|row| cell_text(row, "Code") == code);
            let counts = counts
                .map(|row| cell_text(row, "Claimed, as printed").matches("Claimed, as printed").count());
            assert!(counts.eq(vec![claims; of_target.len()]), "{code}");
            let word = if metric["implied"] == true { "Implied" } else { "Stated" };
            let counted: Vec<String> = of_target.iter().map(|row| cell_text(row, "Counted as")).collect();
            let joint = [word.to_owned(), format!("{word}, counted above")];
            assert_eq!(counted, joint[..counted.len()], "{code}");
            assert_eq!(counted.len(), if code == "5.2.4.ebulletins" { 2 } else { 1 }, "{code}");
        }
    }
}

#[tokio::test]
async fn rows_are_in_report_order_with_details_of_each_figure() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let framework = framework(&reporter, "2017-18").await;
    let page = super::report(&reporter, &framework, "2018-03-31").await;
    let targets = page.all().into_iter().map(|e| e.attribute("data-target").to_owned());
    let mut workbook = Workbook::of(&reporter, &framework, "2018-03-31").await;
    let codes = workbook.rows("Targets").iter().map(|row| cell_text(row, "Code")).collect::<Vec<_>>();
    let codes: Vec<String> = codes.into_iter().filter(|code| !code.is_empty()).collect();
    assert_eq!(codes, targets.filter(|code| !code.is_empty()).collect::<Vec<_>>());
    assert_eq!(workbook.row("Targets", "4.1.1.attendance")["Outturn"], Data::Float(0.5909));
    for (sheet, column, text) in [
        ("Targets", "Theme", "4 Future of Health & Social Care"),
        ("Targets", "Ref", "4.1.1"),
        ("Details", "Held to", "At least 60 %, amber from 54 %"),
        ("Details", "Monitoring", "Annual\nFrom attendance lists"),
        ("Details", "Outturn in words", "59.09 %\n13 of 22 seats\n2 registers are constructed"),
        ("Targets", "RAG", "Amber"),
        ("Targets", "Why", "Short of the threshold, within the tolerance"),
    ] {
        let row = workbook.row(sheet, "4.1.1.attendance");
        assert!(cell_text(&row, column).starts_with(text), "{column}: {}", cell_text(&row, column));
    }
    let actions = workbook.rows("Actions");
    assert_eq!(actions.len(), 56);
    let panel = actions.iter().find(|row| cell_text(row, "Ref") == "1.3.2").expect("an action");
    assert!(cell_text(panel, "Ongoing performance").contains("69 % of members"), "{panel:?}");
    assert_eq!(cell_text(panel, "Meetings held"), "20 June 2017\n28 September 2017\n15 March 2018");
    assert_eq!(cell_text(panel, "Cancelled"), "7 December 2017");
    let revised = cell_text(&workbook.row("Details", "2.2.1.summits"), "Decisions");
    assert!(revised.contains("Threshold revised on 26 January 2018: From 2 to 1:"), "{revised}");
    let months = workbook.rows("Months");
    let months = months.iter().filter(|row| cell_text(row, "Code") == "4.1.1.attendance");
    let first = months.clone().next().expect("a month");
    assert_eq!(first["Month"].as_date().expect("a date").to_string(), "2017-10-01");
    assert_eq!((&first["Figure"], cell_text(first, "RAG")), (&Data::Float(0.5455), "Amber".to_owned()));
    assert_eq!(months.count(), 6);
}

#[tokio::test]
async fn the_summary_sheet_counts_statuses_as_the_summary_endpoint_does() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let framework = framework(&reporter, "2017-18").await;
    let summary = reporter.read(&format!("/v1/frameworks/{}/summary?as_at=2017-12-31", id(&framework))).await;
    let mut workbook = Workbook::of(&reporter, &framework, "2017-12-31").await;
    let rows = workbook.rows("Targets");
    let stated = &summary["roll_up"]["stated"];
    let statuses = ["green", "amber", "red", "no_data", "not_due", "not_applicable", "contextual", "targets"];
    let counts: Vec<String> = statuses.map(|status| stated[status].to_string()).to_vec();
    assert_eq!(workbook.named("All themes")[1..], counts);
    assert_eq!(
        rows.iter().filter(|row| cell_text(row, "Counted as") == "Stated").count().to_string(),
        counts[7]
    );
    let header: Vec<String> =
        statuses[..7].iter().map(|status| figures::status_label(status).to_owned()).collect();
    assert_eq!(workbook.named("Theme")[1..8], header);
    for theme in summary["themes"].as_array().expect("themes") {
        let title = theme["title"].as_str().expect("a title");
        let row = workbook.summary().into_iter().find(|row| row[0].ends_with(title)).expect("a theme");
        let stated = &theme["roll_up"]["stated"];
        assert_eq!(row[2..], statuses.map(|status| stated[status].to_string()), "{title}");
    }
    assert_eq!(workbook.named("Stated targets")[0], counts[7]);
    assert_eq!(workbook.named("Plan period")[0], "1 April 2017 to 31 March 2018");
    let summary = workbook.summary().concat().join("\n");
    assert!(summary.contains("No council is ranked: 6 closed registers are constructed"), "{summary}");
    assert!(summary.contains(" targets with data"), "{summary}");
}

#[tokio::test]
async fn formulas_are_written_as_text_and_long_texts_are_truncated() {
    const FORMULA: &str = "=HYPERLINK(\"http://example.org\")&cmd|'/c calc'!A1";
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let framework = fixtures.framework(json!({ "title": FORMULA })).await;
    let outcome = fixtures.outcome(&fixtures.theme(&framework).await).await;
    let action = fixtures.action(&outcome, json!({ "title": FORMULA, "ref": "+1" })).await;
    let count = json!({ "kind": "count_total", "unit_name": "@SUM(1)" });
    let more = json!({ "title": FORMULA, "owner": "-1", "frequency_printed": FORMULA, "threshold": 1 });
    let target = fixtures.target(&action, count, more).await;
    fixtures.entry(&target, "2017-06-01", json!({ "kind": "count", "count": 3 })).await;
    for day in 1..=9 {
        let narrative = json!({ "kind": "narrative", "text": format!("=\u{1}\u{fffe}{}", "a".repeat(3990)) });
        fixtures.entry(&target, &format!("2017-06-0{day}"), narrative).await;
    }
    let none = fixtures.action(&outcome, json!({})).await;
    let mut workbook = Workbook::of(&fixtures.0, &framework, "2017-07-01").await;
    assert_eq!(workbook.formulas(), 0);
    assert_eq!(workbook.summary()[0][0], FORMULA);
    let code = target["code"].as_str().expect("a code");
    for (sheet, column, text) in [
        ("Targets", "Target", FORMULA),
        ("Details", "Action", FORMULA),
        ("Targets", "Ref", "+1"),
        ("Targets", "Owner", "-1"),
    ] {
        assert_eq!(workbook.row(sheet, code)[column], Data::String(text.to_owned()), "{column}");
    }
    assert_eq!(workbook.row("Targets", code)["Outturn"], Data::Float(3.0));
    let narrative = cell_text(&workbook.rows("Actions")[0], "Ongoing performance");
    assert_eq!(narrative.encode_utf16().count(), 32_767);
    assert!(
        narrative.starts_with("1 June 2017: =  aaa")
            && narrative.ends_with("[cut: a cell has no room for more]")
    );
    let rows = workbook.rows("Details");
    let empty = rows
        .iter()
        .find(|row| row["Action"] == none["title"].as_str().expect("a title"))
        .expect("a row of the action");
    assert_eq!(
        (cell_text(empty, "Target"), cell_text(empty, "Held to")),
        ("No target is stated.".into(), String::new())
    );
    assert_eq!(cell_text(&workbook.rows("Targets")[1], "Target"), "No target is stated.");
}

#[tokio::test]
async fn an_empty_framework_has_a_workbook() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let framework = fixtures.framework(json!({})).await;
    let mut workbook = Workbook::of(&fixtures.0, &framework, "2017-07-01").await;
    assert_eq!(workbook.rows("Targets").len(), 1);
    assert!(workbook.summary().iter().any(|row| row[0] == "No register of this plan period is closed yet."));
}

#[tokio::test]
async fn the_workbook_is_an_attachment_with_an_etag_and_stable_bytes() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let framework = framework(&reporter, "2017-18").await;
    let path = path(&framework, "2018-03-31");
    let response = reporter.get(&path).await;
    let media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    assert_eq!(response.header("content-type"), media_type);
    assert_eq!(
        response.header("content-disposition"),
        "attachment; filename=\"report-2017-18-2018-03-31.xlsx\""
    );
    let request = reporter.request(Method::GET, &path).header("If-None-Match", response.header("etag"));
    assert_eq!(reporter.send(request).await.status, 304);
    assert_eq!(bytes(&reporter, &path).await, bytes(&reporter, &path).await);
}

#[tokio::test]
async fn the_workbook_of_a_publication_has_the_sealed_figures() {
    let app = App::new();
    let fixtures = Fixtures(app.officer());
    let plan = Sealed::new(&fixtures).await;
    let sealed = &plan.publication;
    let path = format!("/v1/publications/{}/report?format=xlsx", id(sealed));
    let before = bytes(&fixtures.0, &path).await;

    plan.correct(&fixtures).await;

    assert_eq!(bytes(&fixtures.0, &path).await, before, "the workbook is equal byte for byte");
    let mut workbook = Workbook::at(&fixtures.0, &path).await;
    let code = plan.target["code"].as_str().expect("a code");
    let row = workbook.row("Targets", code);
    assert_eq!((&row["Numerator"], &row["Denominator"]), (&Data::Float(1.0), &Data::Float(2.0)));
    assert_eq!(row["Outturn"], Data::Float(0.5));
    let summary = workbook.summary().concat().join("\n");
    assert!(summary.contains("Draft: not approved yet."), "{summary}");
    assert!(summary.contains(sealed["content_sha256"].as_str().expect("a digest")), "{summary}");
    let council = plan.council["name"].as_str().expect("a name");
    assert!(
        summary.contains(council),
        "councils are ranked by registers that are not constructed: {summary}"
    );
    let now = Workbook::of(&fixtures.0, &plan.framework, "2017-06-30").await.row("Targets", code);
    assert_eq!(now["Outturn"], Data::Float(1.0));
    app.reporter().get(&path).await.expect(404);
}
