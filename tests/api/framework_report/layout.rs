//! The printed layout: repeated headers, page breaks and font sizes.

use std::io::{Cursor, Read};

use reqwest::Method;

use super::{framework, report};
use crate::support::{App, Caller, id};

/// The body of a response.
pub async fn bytes(caller: &Caller, path: &str) -> Vec<u8> {
    let response = caller.request(Method::GET, path).send().await.expect("a response");
    assert_eq!(response.status(), 200, "{path}");
    response.bytes().await.expect("a body").to_vec()
}

/// The text of one part of an Office file.
pub fn part(file: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(file)).expect("an archive");
    let mut text = String::new();
    archive.by_name(name).expect(name).read_to_string(&mut text).expect("text");
    text
}

/// An attribute of the first element with this name; empty if there is none.
fn attribute<'x>(xml: &'x str, element: &str, name: &str) -> &'x str {
    let Some((_, rest)) = xml.split_once(&format!("<{element} ")) else { return "" };
    let tag = rest.split('>').next().unwrap_or_default();
    let Some((_, value)) = tag.split_once(&format!("{name}=\"")) else { return "" };
    value.split('"').next().unwrap_or_default()
}

fn number(text: &str) -> f64 {
    text.parse().unwrap_or_else(|_| panic!("{text:?} is not a number"))
}

#[tokio::test]
async fn each_action_is_a_table_with_its_reference_and_columns_in_the_header() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let page = report(&reporter, &framework(&reporter, "2017-18").await, "2018-03-31").await;
    let actions = page.of_class("action");
    assert_eq!(actions.len(), 56);
    for action in actions {
        assert_eq!(action.name, "table");
        let header = action.all().into_iter().find(|element| element.name == "thead").expect("a header");
        assert!(header.text.starts_with(action.attribute("data-ref")), "{}", header.text);
        assert!(
            header.text.contains("Performance target") && header.text.contains("Outturn"),
            "{}",
            header.text
        );
    }
    let style = page.all().into_iter().find(|element| element.name == "style").expect("a style");
    assert!(
        style.text.contains(".action { break-inside: avoid"),
        "an action is not split across pages if it fits on one"
    );
}

#[tokio::test]
async fn word_tables_repeat_their_header_and_keep_it_with_the_next_row() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let framework = framework(&reporter, "2017-18").await;
    let path = format!("/v1/frameworks/{}/report?format=docx&as_at=2018-03-31", id(&framework));
    let document = part(&bytes(&reporter, &path).await, "word/document.xml");
    let tables: Vec<&str> = document.split("<w:tbl>").skip(1).collect();
    assert_eq!(tables.len(), 57, "one table for the summary and one for each action");
    for table in &tables {
        let first = table.split("</w:tr>").next().expect("a row");
        assert!(first.contains("<w:tblHeader") && first.contains("<w:keepNext"), "{first}");
    }
    let action = tables.iter().find(|table| table.contains(">1.3.2 ")).expect("a table of the action");
    let rows: Vec<&str> = action.split("</w:tr>").collect();
    assert!(rows[0].contains("1.3.2 Improvement and Efficiency Panel each quarter"), "{}", rows[0]);
    assert!(rows[1].contains("<w:tblHeader") && rows[1].contains("Performance target"), "{}", rows[1]);
    assert!(rows[2].contains("<w:keepNext") && !rows[2].contains("<w:tblHeader"), "{}", rows[2]);
    assert!(!document.contains("w:trHeight"), "row heights follow the text");
}

/// The total printed width of a worksheet's columns in Excel's default font, in points.
fn width(sheet: &str) -> f64 {
    let columns = sheet.split("<col ").skip(1);
    columns
        .map(|column| {
            let column = format!("<col {column}");
            let column_count =
                number(attribute(&column, "col", "max")) - number(attribute(&column, "col", "min")) + 1.0;
            // A character is 7 pixels wide, and a pixel is 0.75 points.
            column_count * (number(attribute(&column, "col", "width")) * 7.0).round() * 0.75
        })
        .sum()
}

#[tokio::test]
async fn no_worksheet_is_printed_smaller_than_eight_points() {
    const A4_LANDSCAPE: f64 = 841.89;
    const FONT: f64 = 10.0;
    let app = App::with_sample();
    let reporter = app.reporter();
    let framework = framework(&reporter, "2017-18").await;
    let path = format!("/v1/frameworks/{}/report?format=xlsx&as_at=2018-03-31", id(&framework));
    let workbook = bytes(&reporter, &path).await;
    let names = part(&workbook, "xl/workbook.xml");
    let sheets = names.matches("<sheet ").count();
    assert_eq!(sheets, 5, "{names}");
    for n in 1..=sheets {
        let sheet = part(&workbook, &format!("xl/worksheets/sheet{n}.xml"));
        let margins = number(attribute(&sheet, "pageMargins", "left"))
            + number(attribute(&sheet, "pageMargins", "right"));
        let scale = ((A4_LANDSCAPE - margins * 72.0) / width(&sheet)).min(1.0);
        assert!(FONT * scale >= 8.0, "sheet {n} is printed at {:.1} points", FONT * scale);
        assert_eq!(attribute(&sheet, "pageSetup", "orientation"), "landscape", "sheet {n}");
        assert_eq!(attribute(&sheet, "pageSetup", "fitToHeight"), "0", "sheet {n}");
        assert_eq!(attribute(&sheet, "pane", "state"), "frozen", "sheet {n}");
        assert!(sheet.contains("<tableParts "), "sheet {n} has an Excel table");
    }
}
