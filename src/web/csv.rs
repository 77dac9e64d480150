//! Tables as CSV (RFC 4180): UTF-8 without a byte order mark, lines that end in CRLF, a header whatever follows.

use std::borrow::Cow;
use std::io::Write;

use crate::values::{Cell, Column, Number};

/// A table on its way out as CSV.
pub struct Table<W: Write>(csv::Writer<W>);

impl<W: Write> Table<W> {
    /// Begins a table with its header.
    pub fn begin(out: W, columns: &[Column]) -> Result<Self, csv::Error> {
        let mut table = Self(csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out));
        table.0.write_record(columns.iter().map(|column| column.name))?;
        Ok(table)
    }

    /// Writes a row.
    pub fn row(&mut self, cells: &[Cell]) -> Result<(), csv::Error> {
        self.0.write_record(cells.iter().map(|cell| written(cell).into_owned()))
    }

    /// What was written to, with everything in it.
    pub fn end(self) -> Result<W, csv::Error> {
        self.0.into_inner().map_err(|error| error.into_error().into())
    }
}

/// A whole table of these columns and rows.
pub fn file(columns: &[Column], rows: impl Iterator<Item = Vec<Cell>>) -> Result<Vec<u8>, csv::Error> {
    let mut table = Table::begin(Vec::new(), columns)?;
    for row in rows {
        table.row(&row)?;
    }
    table.end()
}

/// A cell as it stands in a file: a number stays one, whatever it begins with.
fn written(cell: &Cell) -> Cow<'_, str> {
    match cell {
        Cell::Empty => "".into(),
        Cell::Text(text) => harmless(text),
        Cell::Integer(number) => number.to_string().into(),
        Cell::Decimal(number) => Number(*number).to_string().into(),
        Cell::Date(day) => day.to_string().into(),
        Cell::Timestamp(instant) => instant.to_string().into(),
        Cell::Boolean(flag) => flag.to_string().into(),
        Cell::Uuid(id) => id.to_string().into(),
    }
}

/// A spreadsheet must not take a text for a formula: such a text gets an apostrophe in front.
fn harmless(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        format!("'{text}").into()
    } else {
        text.into()
    }
}
