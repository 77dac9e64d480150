//! Writes tables as CSV (RFC 4180): UTF-8 without a byte order mark, CRLF at the end of each line,
//! and always a header.

use std::borrow::Cow;
use std::io::Write;

use crate::values::{Cell, Column, Number};

/// A table that is being written as CSV.
pub struct Table<W: Write>(csv::Writer<W>);

impl<W: Write> Table<W> {
    /// Starts a table and writes its header.
    pub fn begin(out: W, columns: &[Column]) -> Result<Self, csv::Error> {
        let mut table = Self(csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out));
        table.0.write_record(columns.iter().map(|column| column.name))?;
        Ok(table)
    }

    /// Writes a row.
    pub fn row(&mut self, cells: &[Cell]) -> Result<(), csv::Error> {
        self.0.write_record(cells.iter().map(|cell| written(cell).into_owned()))
    }

    /// Ends the table, and returns the destination with all written bytes.
    pub fn end(self) -> Result<W, csv::Error> {
        self.0.into_inner().map_err(|error| error.into_error().into())
    }
}

/// Writes a whole table with these columns and rows.
pub fn file(columns: &[Column], rows: impl Iterator<Item = Vec<Cell>>) -> Result<Vec<u8>, csv::Error> {
    let mut table = Table::begin(Vec::new(), columns)?;
    for row in rows {
        table.row(&row)?;
    }
    table.end()
}

/// Returns the text of a cell. A number is never escaped, even if it begins with a minus sign.
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

/// Puts an apostrophe before a text that a spreadsheet would take for a formula.
fn harmless(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        format!("'{text}").into()
    } else {
        text.into()
    }
}
