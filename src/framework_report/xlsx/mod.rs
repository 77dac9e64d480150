//! The document as a workbook: the summary with its pictures, a row for each target with its figures and one with its words,
//! a row for each action and one for each month of a target, to be sorted, filtered and calculated with.

mod actions;
mod cells;
mod details;
mod grid;
mod months;
mod pictures;
mod places;
mod styles;
mod summary;
mod targets;

use rust_xlsxwriter::{DocProperties, Workbook, Worksheet, XlsxError};

use super::view::Document;
use super::words;

/// The paper size that stands for A4.
const A4: u8 = 9;

/// The file.
pub fn file(document: &Document) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    workbook.set_properties(&properties(document));
    for (name, write) in [
        ("Summary", summary::write as fn(&mut Worksheet, &Document) -> Result<(), XlsxError>),
        ("Targets", targets::write),
        ("Details", details::write),
        ("Actions", actions::write),
        ("Months", months::write),
    ] {
        let sheet = workbook.add_worksheet().set_name(name)?;
        paper(sheet, document)?;
        write(sheet, document)?;
    }
    workbook.save_to_buffer()
}

/// Its date is the day it is read at, so that the same rows give the same bytes.
fn properties(document: &Document) -> DocProperties {
    let name = document.association.as_deref().unwrap_or("Outturn");
    DocProperties::new()
        .set_title(format!("{}: outturn at {}", document.title, document.as_at))
        .set_subject("Performance framework")
        .set_author(name)
        .set_company(name)
        .set_comment(document.basis.join(" "))
        .set_creation_datetime(&document.day.0)
}

/// A4 landscape, as wide as a page, with what it is of above and the page below.
fn paper(sheet: &mut Worksheet, document: &Document) -> Result<(), XlsxError> {
    let state = if document.warning.is_some() { " (see the note in the summary)" } else { "" };
    sheet
        .set_paper_size(A4)
        .set_landscape()
        .set_print_fit_to_pages(1, 0)
        .set_margins(0.4, 0.4, 0.6, 0.6, 0.3, 0.3)
        .set_screen_gridlines(false)
        .set_header(format!("&L{}&ROutturn at {}{state}", headed(&document.full_title()), document.as_at))
        .set_footer("&L&A&RPage &P of &N");
    Ok(())
}

/// A text as a page's header has it, which has room for 255 characters and begins its codes with an ampersand.
fn headed(text: &str) -> String {
    const ROOM: usize = 90;
    let mut kept: String = words::sayable(text).chars().take(ROOM).collect();
    if text.chars().count() > ROOM {
        kept.push('\u{2026}');
    }
    kept.replace('&', "&&")
}
