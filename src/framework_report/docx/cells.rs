//! Paragraphs, cells and tables of the Word file.

use docx_rs::{
    Paragraph, Run, Shading, ShdType, Table, TableCell, TableCellContent, TableCellMargins, TableRow,
    TableRowChild,
};

use super::package;
use crate::framework_report::colours::{BLUE, Colour, Fill, PAPER};
use crate::framework_report::view::Badge;
use crate::framework_report::words;

/// Builds a table. The head is repeated on each page, and each row except the last is kept with the
/// next one.
pub(super) fn table(head: Vec<Vec<TableCell>>, mut rows: Vec<TableRow>) -> Table {
    let last = rows.pop();
    let head = head.into_iter().map(|cells| package::repeated(TableRow::new(cells).cant_split()));
    let rows = head.chain(rows).map(kept_with_next).chain(last).collect();
    Table::new(rows).margins(TableCellMargins::new().margin(50, 90, 50, 90))
}

fn kept_with_next(mut row: TableRow) -> TableRow {
    for TableRowChild::TableCell(cell) in &mut row.cells {
        for content in &mut cell.children {
            if let TableCellContent::Paragraph(paragraph) = content {
                **paragraph = paragraph.as_ref().clone().keep_next(true);
            }
        }
    }
    row
}

/// Builds a cell of a table's head.
pub(super) fn heading(name: &str) -> TableCell {
    let text = Paragraph::new().add_run(run(name).bold().color(PAPER));
    TableCell::new().add_paragraph(text).shading(filled(BLUE))
}

/// Builds a cell with a status: its colour, its shape and this text.
pub(super) fn badge(badge: &Badge, says: &str) -> TableCell {
    let fill = Fill::of_status(badge.status);
    let word = run(&format!("{} {says}", badge.mark)).bold().color(fill.text);
    TableCell::new().add_paragraph(Paragraph::new().add_run(word.shading(filled(fill.background))))
}

fn filled(colour: Colour) -> Shading {
    Shading::new().shd_type(ShdType::Clear).color("auto").fill(colour)
}

/// Builds a cell with one bold line.
pub(super) fn strong(text: &str) -> TableCell {
    TableCell::new().add_paragraph(Paragraph::new().add_run(run(text).bold()))
}

/// Builds a cell with a text.
pub(super) fn said(text: &str) -> TableCell {
    with(TableCell::new(), text.to_owned())
}

/// Builds a cell with several lines.
pub(super) fn cell(lines: &[String]) -> TableCell {
    if lines.is_empty() {
        return TableCell::new().add_paragraph(Paragraph::new());
    }
    lines.iter().cloned().fold(TableCell::new(), with)
}

/// Adds the lines of a text to a cell.
pub(super) fn with(cell: TableCell, text: String) -> TableCell {
    text.lines().fold(cell, |cell, line| cell.add_paragraph(plain(line)))
}

/// Builds a paragraph.
pub(super) fn plain(text: &str) -> Paragraph {
    Paragraph::new().add_run(run(text))
}

/// Builds a paragraph with a style, which is kept with the next paragraph.
pub(super) fn styled(style: &str, text: &str) -> Paragraph {
    plain(text).style(style).keep_next(true)
}

/// Builds a run of text.
pub(super) fn run(text: &str) -> Run {
    Run::new().add_text(words::sayable(text))
}
