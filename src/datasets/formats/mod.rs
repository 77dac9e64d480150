//! The forms that a dataset comes in. Each takes rows one by one and keeps none of them in memory.

mod json;
mod xlsx;

use std::io::{self, BufWriter};
use std::path::Path;

use tokio::sync::mpsc;

use super::model::ReportFormat;
use crate::values::{Cell, Column};
use crate::web::csv::Table;
use crate::web::spool::{SpoolFile, is_full};
use rust_xlsxwriter::XlsxError;
pub use xlsx::MOST_ROWS;

/// Why a dataset could not be written.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// A worksheet has no room for so many rows.
    #[error("a worksheet has room for {MOST_ROWS} rows")]
    TooManyRows,
    /// The disk has no room for the library's own file.
    #[error("{0}")]
    StorageFull(String),
    /// The disk, most likely.
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

/// A form that takes rows.
trait Form {
    /// Writes a row.
    fn row(&mut self, cells: &[Cell]) -> Result<(), Failed>;

    /// Writes what is left, and gives the file.
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

/// Writes batches of rows until there are no more; `dir` is for files that the form needs on the way.
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
