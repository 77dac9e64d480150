//! The document as an Excel workbook, for sorting, filtering and calculating. The sheets are the
//! summary with charts, the figures of each target, the texts of each target, the actions, and the
//! monthly figures.

mod actions;
mod cells;
mod charts;
mod details;
mod months;
mod plan_rows;
mod styles;
mod summary;
mod table;
mod targets;

use rust_xlsxwriter::{DocProperties, Workbook, Worksheet, XlsxError};

use super::content::Document;
use super::text::replace_invalid_xml;

/// Excel's code for the paper size A4.
const A4: u8 = 9;

pub fn render(document: &Document) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    workbook.set_properties(&properties(document));
    for (name, write) in [
        ("Summary", summary::write_summary as fn(&mut Worksheet, &Document) -> Result<(), XlsxError>),
        ("Targets", targets::write_targets),
        ("Details", details::write_details),
        ("Actions", actions::write_actions),
        ("Months", months::write_months),
    ] {
        let sheet = workbook.add_worksheet().set_name(name)?;
        set_up_printing(sheet, document)?;
        write(sheet, document)?;
    }
    workbook.save_to_buffer()
}

/// Returns the properties of the file, such as title and author. The creation date is the date of
/// the figures, so that equal content produces equal bytes.
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

/// Sets how a sheet prints: A4 landscape, as wide as a page. The title is at the top and the page
/// number at the bottom.
fn set_up_printing(sheet: &mut Worksheet, document: &Document) -> Result<(), XlsxError> {
    let hint = if document.warning.is_some() { " (see the note in the summary)" } else { "" };
    sheet
        .set_paper_size(A4)
        .set_landscape()
        .set_print_fit_to_pages(1, 0)
        .set_margins(0.4, 0.4, 0.6, 0.6, 0.3, 0.3)
        .set_screen_gridlines(false)
        .set_header(format!(
            "&L{}&ROutturn at {}{hint}",
            page_header_text(&document.full_title()),
            document.as_at
        ))
        .set_footer("&L&A&RPage &P of &N");
    Ok(())
}

/// Shortens and escapes a text for the header of printed pages. Excel allows 255 characters, and
/// `&` begins a code.
fn page_header_text(text: &str) -> String {
    const MAX_CHARACTERS: usize = 90;
    let mut shortened: String = replace_invalid_xml(text).chars().take(MAX_CHARACTERS).collect();
    if text.chars().count() > MAX_CHARACTERS {
        shortened.push('\u{2026}');
    }
    shortened.replace('&', "&&")
}
