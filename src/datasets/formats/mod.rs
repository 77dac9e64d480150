//! The formats of datasets. Each writes row by row and keeps no rows in memory.

mod json;
mod xlsx;

use std::io::{self, BufWriter};
use std::path::Path;

use tokio::sync::mpsc;

use super::model::ReportFormat;
use crate::values::{Cell, Column};
use crate::web::csv::Table;
use crate::web::file_response::{SpoolFile, is_full};
use rust_xlsxwriter::XlsxError;
pub use xlsx::MOST_ROWS;

/// Why a dataset could not be written.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// The dataset has more rows than a worksheet can have.
    #[error("a worksheet has at most {MOST_ROWS} rows")]
    TooManyRows,
    /// The disk is too full for the workbook library's temporary file.
    #[error("{0}")]
    StorageFull(String),
    /// Another error, most likely of the disk.
    #[error("{0}")]
    Broken(String),
}

macro_rules! broken_by {
    ($($error:ty),+) => { $(
        impl From<$error> for Failed {
            fn from(error: $error) -> Self {
                Self::Broken(error.to_string())
            }
        }
    )+ };
}
broken_by!(io::Error, ::csv::Error, serde_json::Error);

impl From<XlsxError> for Failed {
    fn from(error: XlsxError) -> Self {
        match error {
            XlsxError::IoError(error) if is_full(&error) => Self::StorageFull(error.to_string()),
            other => Self::Broken(other.to_string()),
        }
    }
}

/// A writer of rows in one format.
trait Form {
    /// Writes a row.
    fn row(&mut self, cells: &[Cell]) -> Result<(), Failed>;

    /// Writes the end of the file and returns it.
    fn end(self: Box<Self>) -> Result<SpoolFile, Failed>;
}

impl Form for Table<SpoolFile> {
    fn row(&mut self, cells: &[Cell]) -> Result<(), Failed> {
        Ok(Table::row(self, cells)?)
    }

    fn end(self: Box<Self>) -> Result<SpoolFile, Failed> {
        Ok(Table::end(*self)?)
    }
}

/// Writes batches of rows until the channel closes. Temporary files are created in `dir`.
pub fn write(
    format: ReportFormat,
    name: &str,
    columns: Vec<Column>,
    (file, dir): (SpoolFile, &Path),
    mut batches: mpsc::Receiver<Vec<Vec<Cell>>>,
) -> Result<SpoolFile, Failed> {
    let mut form: Box<dyn Form> = match format {
        ReportFormat::Csv => Box::new(Table::begin(file, &columns)?),
        ReportFormat::Json => Box::new(json::Document::begin(BufWriter::new(file), name, columns)?),
        ReportFormat::Ndjson => Box::new(json::Lines::begin(BufWriter::new(file), columns)),
        ReportFormat::Xlsx => Box::new(xlsx::Workbook::begin(file, dir, name, columns, MOST_ROWS)?),
    };
    while let Some(batch) = batches.blocking_recv() {
        for row in batch {
            form.row(&row)?;
        }
    }
    form.end()
}
