//! The document as an Excel workbook, for sorting, filtering and calculating. Its sheets are the
//! summary with charts, the figures of each target, the texts of each target, the actions, and the
//! months of each target.

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

/// The Excel code of the paper size A4.
const A4: u8 = 9;

/// Builds the file.
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

/// Returns the file's properties. The date is that of the figures, so that the same rows give the
/// same bytes.
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

/// Sets up printing: A4 landscape, fitted to the width of a page, with the title in the header and
/// the page number in the footer.
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

/// Shortens and escapes a text for a page header, which has at most 255 characters and in which
/// codes begin with `&`.
fn headed(text: &str) -> String {
    const ROOM: usize = 90;
    let mut kept: String = words::sayable(text).chars().take(ROOM).collect();
    if text.chars().count() > ROOM {
        kept.push('\u{2026}');
    }
    kept.replace('&', "&&")
}
