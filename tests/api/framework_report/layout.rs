//! How the document comes out on paper: what repeats, what stays together, and how small it gets.

use std::io::{Cursor, Read};

use reqwest::Method;

use super::{framework, report};
use crate::support::{App, Person, id};

/// The bytes of an answer.
pub async fn bytes(person: &Person, path: &str) -> Vec<u8> {
    let answer = person.request(Method::GET, path).send().await.expect("an answer");
    assert_eq!(answer.status(), 200, "{path}");
    answer.bytes().await.expect("a body").to_vec()
}

/// A part of an Office file as text.
pub fn part(file: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(file)).expect("an archive");
    let mut text = String::new();
    archive.by_name(name).expect(name).read_to_string(&mut text).expect("text");
    text
}

/// An attribute of the first element of that name; empty where there is none.
fn attribute<'x>(xml: &'x str, element: &str, name: &str) -> &'x str {
    let Some((_, rest)) = xml.split_once(&format!("<{element} ")) else { return "" };
    let tag = rest.split('>').next().unwrap_or_default();
    let Some((_, value)) = tag.split_once(&format!("{name}=\"")) else { return "" };
    value.split('"').next().unwrap_or_default()
}

fn number(text: &str) -> f64 {
    text.parse().unwrap_or_else(|_| panic!("{text:?} is no number"))
}

#[tokio::test]
async fn an_action_is_a_table_whose_head_has_its_name_and_the_columns() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let page = report(&reporter, &framework(&reporter, "2017-18").await, "2018-03-31").await;
    let actions = page.of_class("action");
    assert_eq!(actions.len(), 56);
    for action in actions {
        assert_eq!(action.name, "table");
        let head = action.all().into_iter().find(|element| element.name == "thead").expect("a head");
        assert!(head.text.starts_with(action.attribute("data-ref")), "{}", head.text);
        assert!(head.text.contains("Performance target") && head.text.contains("Outturn"), "{}", head.text);
    }
    let style = page.all().into_iter().find(|element| element.name == "style").expect("a style");
    assert!(style.text.contains(".action { break-inside: avoid"), "an action stays on a page if it fits");
}

#[tokio::test]
async fn tables_of_the_word_file_repeat_their_head_and_keep_with_the_next_row() {
    let app = App::with_sample();
    let reporter = app.reporter();
    let framework = framework(&reporter, "2017-18").await;
    let path = format!("/v1/frameworks/{}/report?format=docx&as_at=2018-03-31", id(&framework));
    let document = part(&bytes(&reporter, &path).await, "word/document.xml");
    let tables: Vec<&str> = document.split("<w:tbl>").skip(1).collect();
    assert_eq!(tables.len(), 57, "the summary's and one for each action");
    for table in &tables {
        let first = table.split("</w:tr>").next().expect("a row");
        assert!(first.contains("<w:tblHeader") && first.contains("<w:keepNext"), "{first}");
    }
    let action = tables.iter().find(|table| table.contains(">1.3.2 ")).expect("a table of the action");
    let rows: Vec<&str> = action.split("</w:tr>").collect();
    assert!(rows[0].contains("1.3.2 Improvement and Efficiency Panel each quarter"), "{}", rows[0]);
    assert!(rows[1].contains("<w:tblHeader") && rows[1].contains("Performance target"), "{}", rows[1]);
    assert!(rows[2].contains("<w:keepNext") && !rows[2].contains("<w:tblHeader"), "{}", rows[2]);
    assert!(!document.contains("w:trHeight"), "a row is as high as its text");
}

/// The width of a sheet's columns as Excel prints them in its usual font, in points.
fn width(sheet: &str) -> f64 {
    let columns = sheet.split("<col ").skip(1);
    columns
        .map(|column| {
            let column = format!("<col {column}");
            let many =
                number(attribute(&column, "col", "max")) - number(attribute(&column, "col", "min")) + 1.0;
            // A character is seven pixels wide, and a pixel three quarters of a point.
            many * (number(attribute(&column, "col", "width")) * 7.0).round() * 0.75
        })
        .sum()
}

#[tokio::test]
async fn no_sheet_of_the_workbook_is_printed_smaller_than_eight_points() {
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
        assert!(sheet.contains("<tableParts "), "sheet {n} has a table that Excel knows as one");
    }
}
