//! The interface of the formats that write row by row.

use super::error::WriteError;
use crate::values::Cell;
use crate::web::csv::Table;
use crate::web::file_response::SpoolFile;

/// A writer of rows in one format.
pub(super) trait RowWriter {
    /// Writes a row.
    fn write_row(&mut self, cells: &[Cell]) -> Result<(), WriteError>;

    /// Writes the end of the file and returns it.
    fn finish(self: Box<Self>) -> Result<SpoolFile, WriteError>;
}

impl RowWriter for Table<SpoolFile> {
    fn write_row(&mut self, cells: &[Cell]) -> Result<(), WriteError> {
        Ok(Table::row(self, cells)?)
    }

    fn finish(self: Box<Self>) -> Result<SpoolFile, WriteError> {
        Ok(Table::end(*self)?)
    }
}
