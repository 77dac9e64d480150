//! Builds paragraphs, cells and tables for the Word file.

use docx_rs::{
    Paragraph, Run, Shading, ShdType, Table, TableCell, TableCellContent, TableCellMargins, TableRow,
    TableRowChild,
};

use super::package;
use crate::framework_report::colours::{BLUE, Colour, Fill, PAPER};
use crate::framework_report::content::Badge;
use crate::framework_report::text::replace_invalid_xml;

/// Builds a table. Word repeats its header rows on each page, and keeps each row on the same page
/// as the row after it.
pub(super) fn table(head: Vec<Vec<TableCell>>, mut rows: Vec<TableRow>) -> Table {
    let last = rows.pop();
    let head = head.into_iter().map(|cells| package::repeat_on_each_page(TableRow::new(cells).cant_split()));
    let rows = head.chain(rows).map(keep_with_next).chain(last).collect();
    Table::new(rows).margins(TableCellMargins::new().margin(50, 90, 50, 90))
}

fn keep_with_next(mut row: TableRow) -> TableRow {
    for TableRowChild::TableCell(cell) in &mut row.cells {
        for content in &mut cell.children {
            if let TableCellContent::Paragraph(paragraph) = content {
                **paragraph = paragraph.as_ref().clone().keep_next(true);
            }
        }
    }
    row
}

pub(super) fn header_cell(name: &str) -> TableCell {
    let text = Paragraph::new().add_run(run(name).bold().color(PAPER));
    TableCell::new().add_paragraph(text).shading(shading(BLUE))
}

/// Builds a cell that has the colour and symbol of a badge, and the text `text`.
pub(super) fn badge_cell(badge: &Badge, text: &str) -> TableCell {
    let fill = Fill::of_status(badge.status);
    let word = run(&format!("{} {text}", badge.symbol)).bold().color(fill.text);
    TableCell::new().add_paragraph(Paragraph::new().add_run(word.shading(shading(fill.background))))
}

fn shading(colour: Colour) -> Shading {
    Shading::new().shd_type(ShdType::Clear).color("auto").fill(colour)
}

pub(super) fn bold_cell(text: &str) -> TableCell {
    TableCell::new().add_paragraph(Paragraph::new().add_run(run(text).bold()))
}

pub(super) fn text_cell(text: &str) -> TableCell {
    add_lines(TableCell::new(), text.to_owned())
}

pub(super) fn lines_cell(lines: &[String]) -> TableCell {
    if lines.is_empty() {
        return TableCell::new().add_paragraph(Paragraph::new());
    }
    lines.iter().cloned().fold(TableCell::new(), add_lines)
}

pub(super) fn add_lines(cell: TableCell, text: String) -> TableCell {
    text.lines().fold(cell, |cell, line| cell.add_paragraph(paragraph(line)))
}

pub(super) fn paragraph(text: &str) -> Paragraph {
    Paragraph::new().add_run(run(text))
}

/// Builds a paragraph that has the style `style`. Word keeps it on the same page as the next
/// paragraph.
pub(super) fn styled_paragraph(style: &str, text: &str) -> Paragraph {
    paragraph(text).style(style).keep_next(true)
}

pub(super) fn run(text: &str) -> Run {
    Run::new().add_text(replace_invalid_xml(text))
}
