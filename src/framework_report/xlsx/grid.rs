//! Excel tables. Screen readers read the names of their columns.

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
    /// Creates a text column with its width in characters.
    pub(super) const fn of_texts(name: &'n str, width: u16) -> Self {
        Self { name, width, is_of_numbers: false }
    }

    /// Creates a number column with its width in characters.
    pub(super) const fn of_numbers(name: &'n str, width: u16) -> Self {
        Self { name, width, is_of_numbers: true }
    }

    fn header(&self) -> TableColumn {
        let style = if self.is_of_numbers { styles::head_of_numbers() } else { styles::head() };
        TableColumn::new().set_header(self.name).set_header_format(style)
    }
}

/// Adds a table with its header in the row `header`, above this number of rows.
pub(super) fn table(
    sheet: &mut Worksheet,
    header: u32,
    rows: usize,
    columns: &[Column<'_>],
    table: Table,
) -> Result<(), XlsxError> {
    // An Excel table has at least one row.
    let last = header + u32::try_from(rows).unwrap_or(u32::MAX).max(1);
    let beside = u16::try_from(columns.len().saturating_sub(1)).unwrap_or(u16::MAX);
    let headers: Vec<TableColumn> = columns.iter().map(Column::header).collect();
    sheet.add_table(header, 0, last, beside, &table.set_style(TableStyle::None).set_columns(&headers))?;
    Ok(())
}

/// Writes a sheet with one table, which has a name, a description, filters and a frozen header. A
/// row may have fewer cells than there are columns.
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
    // The header has one more line for the filter buttons.
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
