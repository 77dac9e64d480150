//! Tables that the workbook knows as such: each column is named for who hears the sheet instead of seeing it.

use rust_xlsxwriter::{Table, TableColumn, TableStyle, Worksheet, XlsxError};

use super::cells::{self, Piece};
use super::styles;

/// A column of a table.
#[derive(Clone, Copy)]
pub(super) struct Column<'n> {
    name: &'n str,
    width: u16,
    is_of_numbers: bool,
}

impl<'n> Column<'n> {
    /// A column of texts, and how wide it is, in characters.
    pub(super) const fn of_texts(name: &'n str, width: u16) -> Self {
        Self { name, width, is_of_numbers: false }
    }

    /// A column of numbers.
    pub(super) const fn of_numbers(name: &'n str, width: u16) -> Self {
        Self { name, width, is_of_numbers: true }
    }

    fn header(&self) -> TableColumn {
        let style = if self.is_of_numbers { styles::head_of_numbers() } else { styles::head() };
        TableColumn::new().set_header(self.name).set_header_format(style)
    }
}

/// A table of its own name and of what it is, whose header stands in a row above so many rows.
pub(super) fn table(
    sheet: &mut Worksheet,
    header: u32,
    rows: usize,
    columns: &[Column<'_>],
    table: Table,
) -> Result<(), XlsxError> {
    // A table has a row at least.
    let last = header + u32::try_from(rows).unwrap_or(u32::MAX).max(1);
    let beside = u16::try_from(columns.len().saturating_sub(1)).unwrap_or(u16::MAX);
    let headers: Vec<TableColumn> = columns.iter().map(Column::header).collect();
    sheet.add_table(header, 0, last, beside, &table.set_style(TableStyle::None).set_columns(&headers))?;
    Ok(())
}

/// Fills a sheet with a table of that name and of what it is, with filters, and its header in sight. A row may end before the
/// last column.
pub(super) fn write(
    sheet: &mut Worksheet,
    (name, about): (&str, &str),
    columns: &[Column<'_>],
    rows: &[Vec<Piece>],
) -> Result<(), XlsxError> {
    for (at, column) in (0..).zip(columns) {
        sheet.set_column_width(at, column.width)?;
    }
    sheet.set_freeze_panes(1, 0)?.set_repeat_rows(0, 0)?;
    table(sheet, 0, rows.len(), columns, Table::new().set_name(name).set_alt_text(about))?;
    // Below each name there is room for the filter's button.
    let names = columns.iter().map(|column| cells::lines(column.name, usize::from(column.width)));
    cells::set_lines(sheet, 0, names.max().unwrap_or_default() + 1)?;
    (1..).zip(rows).try_for_each(|(at, row)| self::row(sheet, at, columns, row))
}

fn row(sheet: &mut Worksheet, at: u32, columns: &[Column<'_>], row: &[Piece]) -> Result<(), XlsxError> {
    let mut most = 1;
    let all = row.iter().chain(std::iter::repeat(&Piece::Nothing));
    for ((column, Column { width, .. }), piece) in (0..).zip(columns).zip(all) {
        cells::put(sheet, (at, column), piece)?;
        most = most.max(piece.lines_at(usize::from(*width)));
    }
    cells::set_lines(sheet, at, most)
}
