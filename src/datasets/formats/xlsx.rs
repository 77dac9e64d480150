//! The Excel format of datasets, which is a workbook with one worksheet.

use std::path::Path;

use rust_xlsxwriter::Format;

use super::error::WriteError;
use super::row_writer::RowWriter;
use crate::values::{Cell, Column, ColumnKind};
use crate::web::file_response::SpoolFile;
use crate::web::sheet::{self, PERCENTAGE};

/// The maximum number of rows below the header row. A worksheet has 1,048,576 rows.
pub const MAX_ROWS: u32 = 1_048_575;

/// Writes a dataset as an Excel workbook. The workbook library appends each row to a temporary
/// file, and compresses that file in `finish`.
pub(super) struct Workbook {
    workbook: rust_xlsxwriter::Workbook,
    file: SpoolFile,
    columns: Vec<(ColumnKind, Format)>,
    rows: u32,
    max_rows: u32,
}

impl Workbook {
    pub(super) fn new(
        file: SpoolFile,
        dir: &Path,
        name: &str,
        columns: Vec<Column>,
        max_rows: u32,
    ) -> Result<Self, WriteError> {
        let mut workbook = rust_xlsxwriter::Workbook::new();
        workbook.set_tempdir(dir)?;
        let sheet = workbook.add_worksheet_with_constant_memory()?.set_name(name)?;
        sheet.set_freeze_panes(1, 0)?;
        let bold = Format::new().set_bold();
        for (i, column) in (0..).zip(&columns) {
            sheet.set_column_width(i, width(column))?;
        }
        for (i, column) in (0..).zip(&columns) {
            sheet.write_string_with_format(0, i, column.name, &bold)?;
        }
        let columns = columns.iter().map(|column| (column.kind, format(column.kind))).collect();
        Ok(Self { workbook, file, columns, rows: 0, max_rows })
    }
}

impl RowWriter for Workbook {
    fn write_row(&mut self, cells: &[Cell]) -> Result<(), WriteError> {
        if self.rows == self.max_rows {
            return Err(WriteError::TooManyRows);
        }
        self.rows += 1;
        self.file.count_beside(cells.iter().map(estimate_size).sum())?;
        let worksheet = self.workbook.worksheet_from_index(0)?;
        for ((i, (kind, format)), cell) in (0..).zip(&self.columns).zip(cells) {
            sheet::put(worksheet, (self.rows, i), *kind, format, cell)?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<SpoolFile, WriteError> {
        self.workbook.save_to_writer(&mut self.file)?;
        Ok(self.file)
    }
}

fn estimate_size(cell: &Cell) -> usize {
    const MARKUP: usize = 64;
    MARKUP + if let Cell::Text(text) = cell { text.len() } else { 0 }
}

fn format(kind: ColumnKind) -> Format {
    let shown = |pattern| Format::new().set_num_format(pattern);
    match kind {
        ColumnKind::Integer => shown("0"),
        ColumnKind::Percentage => shown(PERCENTAGE),
        ColumnKind::Date => shown("yyyy-mm-dd"),
        ColumnKind::Timestamp => shown("yyyy-mm-dd hh:mm:ss"),
        ColumnKind::Text | ColumnKind::Decimal | ColumnKind::Boolean | ColumnKind::Uuid => Format::new(),
    }
}

fn width(column: &Column) -> f64 {
    match column.kind {
        ColumnKind::Uuid => 38.0,
        ColumnKind::Timestamp => 19.0,
        ColumnKind::Text => 24.0,
        _ => 14.0,
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Seek, SeekFrom};

    use super::*;
    use crate::values::columns;

    #[test]
    fn a_worksheet_takes_as_many_rows_as_it_has_and_no_more() {
        let columns: &[Column] = columns! { "n" Integer "A number.", };
        let dir = std::env::temp_dir();
        let created = Workbook::new(SpoolFile::alone(&dir), &dir, "numbers", columns.to_vec(), 2);
        let mut workbook = created.expect("a workbook");
        for n in 1..=2 {
            workbook.write_row(&[Cell::Integer(n)]).expect("room");
        }
        assert!(matches!(workbook.write_row(&[Cell::Integer(3)]), Err(WriteError::TooManyRows)));
        let mut file = Box::new(workbook).finish().expect("a file");
        assert!(file.seek(SeekFrom::End(0)).expect("its size") > 0);
    }
}
