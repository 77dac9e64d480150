//! JSON formats: one document, or one line for each row.

use std::io::{BufWriter, Write};

use serde::{Serialize, Serializer};

use super::{Failed, Form};
use crate::values::{Cell, Column};
use crate::web::file_response::SpoolFile;

/// A row as a JSON object, with its columns in order.
struct Object<'r>(&'r [Column], &'r [Cell]);

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|column| column.name).zip(self.1))
    }
}

fn ended(out: BufWriter<SpoolFile>) -> Result<SpoolFile, Failed> {
    out.into_inner().map_err(|error| error.into_error().into())
}

/// Writes one JSON object on each line (NDJSON).
pub(super) struct Lines {
    out: BufWriter<SpoolFile>,
    columns: Vec<Column>,
}

impl Lines {
    pub(super) const fn begin(out: BufWriter<SpoolFile>, columns: Vec<Column>) -> Self {
        Self { out, columns }
    }
}

impl Form for Lines {
    fn row(&mut self, cells: &[Cell]) -> Result<(), Failed> {
        serde_json::to_writer(&mut self.out, &Object(&self.columns, cells))?;
        Ok(self.out.write_all(b"\n")?)
    }

    fn end(self: Box<Self>) -> Result<SpoolFile, Failed> {
        ended(self.out)
    }
}

/// Writes one JSON object with all rows in `data`.
pub(super) struct Document {
    out: BufWriter<SpoolFile>,
    columns: Vec<Column>,
    is_first: bool,
}

impl Document {
    pub(super) fn begin(
        mut out: BufWriter<SpoolFile>,
        name: &str,
        columns: Vec<Column>,
    ) -> Result<Self, Failed> {
        write!(out, "{{\"dataset\":\"{name}\",\"data\":[")?;
        Ok(Self { out, columns, is_first: true })
    }
}

impl Form for Document {
    fn row(&mut self, cells: &[Cell]) -> Result<(), Failed> {
        if !std::mem::take(&mut self.is_first) {
            self.out.write_all(b",")?;
        }
        Ok(serde_json::to_writer(&mut self.out, &Object(&self.columns, cells))?)
    }

    fn end(mut self: Box<Self>) -> Result<SpoolFile, Failed> {
        self.out.write_all(b"]}")?;
        ended(self.out)
    }
}
