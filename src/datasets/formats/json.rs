//! The JSON formats of datasets. One has one document with all rows, and the other has one line of
//! text for each row.

use std::io::{BufWriter, Write};

use serde::{Serialize, Serializer};

use super::error::WriteError;
use super::row_writer::RowWriter;
use crate::values::{Cell, Column};
use crate::web::file_response::SpoolFile;

/// A row that is serialised as a JSON object, with the columns in their order.
struct RowObject<'r>(&'r [Column], &'r [Cell]);

impl Serialize for RowObject<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|column| column.name).zip(self.1))
    }
}

fn flush(out: BufWriter<SpoolFile>) -> Result<SpoolFile, WriteError> {
    out.into_inner().map_err(|error| error.into_error().into())
}

/// Writes one JSON object on each line (NDJSON).
pub(super) struct Lines {
    out: BufWriter<SpoolFile>,
    columns: Vec<Column>,
}

impl Lines {
    pub(super) const fn new(out: BufWriter<SpoolFile>, columns: Vec<Column>) -> Self {
        Self { out, columns }
    }
}

impl RowWriter for Lines {
    fn write_row(&mut self, cells: &[Cell]) -> Result<(), WriteError> {
        serde_json::to_writer(&mut self.out, &RowObject(&self.columns, cells))?;
        Ok(self.out.write_all(b"\n")?)
    }

    fn finish(self: Box<Self>) -> Result<SpoolFile, WriteError> {
        flush(self.out)
    }
}

/// Writes one JSON object, which contains all rows in `data`.
pub(super) struct Document {
    out: BufWriter<SpoolFile>,
    columns: Vec<Column>,
    is_first: bool,
}

impl Document {
    pub(super) fn new(
        mut out: BufWriter<SpoolFile>,
        name: &str,
        columns: Vec<Column>,
    ) -> Result<Self, WriteError> {
        write!(out, "{{\"dataset\":\"{name}\",\"data\":[")?;
        Ok(Self { out, columns, is_first: true })
    }
}

impl RowWriter for Document {
    fn write_row(&mut self, cells: &[Cell]) -> Result<(), WriteError> {
        if !std::mem::take(&mut self.is_first) {
            self.out.write_all(b",")?;
        }
        Ok(serde_json::to_writer(&mut self.out, &RowObject(&self.columns, cells))?)
    }

    fn finish(mut self: Box<Self>) -> Result<SpoolFile, WriteError> {
        self.out.write_all(b"]}")?;
        flush(self.out)
    }
}
