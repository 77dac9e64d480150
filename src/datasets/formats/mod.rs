//! The file formats of datasets. Each format writes row by row and keeps no rows in memory.

pub mod error;
mod json;
mod row_writer;
mod xlsx;

use std::io::BufWriter;
use std::path::Path;

use tokio::sync::mpsc;

use self::error::WriteError;
use self::row_writer::RowWriter;
use super::model::DatasetFormat;
use crate::values::{Cell, Column};
use crate::web::csv::Table;
use crate::web::file_response::SpoolFile;
pub use xlsx::MAX_ROWS;

/// Writes all batches of rows that the channel delivers, until the channel closes. Creates
/// temporary files in `dir`.
pub fn write(
    format: DatasetFormat,
    name: &str,
    columns: Vec<Column>,
    (file, dir): (SpoolFile, &Path),
    mut batches: mpsc::Receiver<Vec<Vec<Cell>>>,
) -> Result<SpoolFile, WriteError> {
    let mut writer: Box<dyn RowWriter> = match format {
        DatasetFormat::Csv => Box::new(Table::begin(file, &columns)?),
        DatasetFormat::Json => Box::new(json::Document::new(BufWriter::new(file), name, columns)?),
        DatasetFormat::Ndjson => Box::new(json::Lines::new(BufWriter::new(file), columns)),
        DatasetFormat::Xlsx => Box::new(xlsx::Workbook::new(file, dir, name, columns, MAX_ROWS)?),
    };
    while let Some(batch) = batches.blocking_recv() {
        for row in batch {
            writer.write_row(&row)?;
        }
    }
    writer.finish()
}
