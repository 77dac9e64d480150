//! Tables of the workbook. Screen readers read the names of their columns aloud.

use rust_xlsxwriter::{Table, TableColumn, TableStyle, Worksheet, XlsxError};

use super::cells::{self, CellContent};
use super::styles;

#[derive(Clone, Copy)]
pub(super) struct Column<'n> {
    name: &'n str,
    width: u16,
    is_number: bool,
}

impl<'n> Column<'n> {
    /// Creates a column that contains texts. `width` is in characters.
    pub(super) const fn text(name: &'n str, width: u16) -> Self {
        Self { name, width, is_number: false }
    }

    pub(super) const fn number(name: &'n str, width: u16) -> Self {
        Self { name, width, is_number: true }
    }

    fn header(&self) -> TableColumn {
        let style = if self.is_number { styles::number_header() } else { styles::header() };
        TableColumn::new().set_header(self.name).set_header_format(style)
    }
}

/// Adds a table that has its header in the row `header`, and this number of rows below it.
pub(super) fn add_table(
    sheet: &mut Worksheet,
    header: u32,
    rows: usize,
    columns: &[Column<'_>],
    table: Table,
) -> Result<(), XlsxError> {
    // Excel does not allow a table without rows.
    let last_row = header + u32::try_from(rows).unwrap_or(u32::MAX).max(1);
    let last_column = u16::try_from(columns.len().saturating_sub(1)).unwrap_or(u16::MAX);
    let headers: Vec<TableColumn> = columns.iter().map(Column::header).collect();
    sheet.add_table(
        header,
        0,
        last_row,
        last_column,
        &table.set_style(TableStyle::None).set_columns(&headers),
    )?;
    Ok(())
}

/// Writes a sheet with one table. The table has a name, a description, filters, and a header that
/// stays visible. A row may have fewer cells than there are columns.
pub(super) fn write_sheet(
    sheet: &mut Worksheet,
    (name, description): (&str, &str),
    columns: &[Column<'_>],
    rows: &[Vec<CellContent>],
) -> Result<(), XlsxError> {
    for (index, column) in (0..).zip(columns) {
        sheet.set_column_width(index, column.width)?;
    }
    sheet.set_freeze_panes(1, 0)?.set_repeat_rows(0, 0)?;
    add_table(sheet, 0, rows.len(), columns, Table::new().set_name(name).set_alt_text(description))?;
    // The buttons of the filters need one more line.
    let names = columns.iter().map(|column| cells::count_lines(column.name, usize::from(column.width)));
    cells::set_row_lines(sheet, 0, names.max().unwrap_or_default() + 1)?;
    for (index, row) in (1..).zip(rows) {
        let padded = row.iter().chain(std::iter::repeat(&CellContent::Empty));
        cells::write_row(sheet, index, columns.iter().map(|column| column.width).zip(padded))?;
    }
    Ok(())
}
