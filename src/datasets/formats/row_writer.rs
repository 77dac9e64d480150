//! The trait that all file formats implement.

use super::error::WriteError;
use crate::values::Cell;
use crate::web::csv::Table;
use crate::web::file_response::SpoolFile;

pub(super) trait RowWriter {
    fn write_row(&mut self, cells: &[Cell]) -> Result<(), WriteError>;

    /// Completes the file of a dataset and returns the file.
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
