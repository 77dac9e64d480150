//! Features that the library `docx_rs` lacks: rows that Word repeats on each page, and the file's
//! properties.

use docx_rs::{TableRow, XMLDocx};

use crate::framework_report::content::Document;
use crate::framework_report::text::replace_invalid_xml;

/// The mark of a table row that Word is to repeat on each page. It is a row height in twentieths of
/// a point, and the XML that the library writes for this height.
const MARK: (f32, &str) = (1.0, r#"<w:trHeight w:val="1" w:hRule="atLeast" />"#);

pub(super) fn repeat_on_each_page(row: TableRow) -> TableRow {
    row.row_height(MARK.0)
}

/// Replaces the marks of rows that Word is to repeat, and sets the file's properties. No text can
/// contain the XML of a mark, because the library escapes `<`.
pub(super) fn finalize(mut parts: XMLDocx, document: &Document) -> Result<XMLDocx, String> {
    let text = String::from_utf8(parts.document).map_err(|error| error.to_string())?;
    parts.document = text.replace(MARK.1, "<w:tblHeader />").into_bytes();
    parts.doc_props.core = properties(document).into_bytes();
    Ok(parts)
}

/// Returns the properties of the file, such as title and author. The creation date is the date of
/// the figures, so that equal content produces equal bytes.
fn properties(document: &Document) -> String {
    let title = escape(&format!("{}: outturn at {}", document.title, document.as_at));
    let creator = escape(document.association.as_deref().unwrap_or("Outturn"));
    let created = format!("{}T00:00:00Z", document.day);
    format!(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:title>{title}</dc:title><dc:subject>Performance framework</dc:subject><dc:creator>{creator}</dc:creator><dcterms:created xsi:type="dcterms:W3CDTF">{created}</dcterms:created></cp:coreProperties>"#
    )
}

fn escape(text: &str) -> String {
    replace_invalid_xml(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
