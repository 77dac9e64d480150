//! Writes tables as CSV (RFC 4180), in UTF-8 without a byte order mark. Each CSV line ends with
//! CRLF, and every table has a header.

use std::borrow::Cow;
use std::io::Write;

use crate::values::{Cell, Column, Number};

pub struct Table<W: Write>(csv::Writer<W>);

impl<W: Write> Table<W> {
    pub fn begin(out: W, columns: &[Column]) -> Result<Self, csv::Error> {
        let mut table = Self(csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out));
        table.0.write_record(columns.iter().map(|column| column.name))?;
        Ok(table)
    }

    pub fn row(&mut self, cells: &[Cell]) -> Result<(), csv::Error> {
        self.0.write_record(cells.iter().map(|cell| written(cell).into_owned()))
    }

    pub fn end(self) -> Result<W, csv::Error> {
        self.0.into_inner().map_err(|error| error.into_error().into())
    }
}

pub fn file(columns: &[Column], rows: impl Iterator<Item = Vec<Cell>>) -> Result<Vec<u8>, csv::Error> {
    let mut table = Table::begin(Vec::new(), columns)?;
    for row in rows {
        table.row(&row)?;
    }
    table.end()
}

/// Returns the CSV text of a cell. Only text cells are escaped against formulas, so a negative
/// number stays a number.
fn written(cell: &Cell) -> Cow<'_, str> {
    match cell {
        Cell::Empty => "".into(),
        Cell::Text(text) => escape_formula(text),
        Cell::Integer(number) => number.to_string().into(),
        Cell::Decimal(number) => Number(*number).to_string().into(),
        Cell::Date(day) => day.to_string().into(),
        Cell::Timestamp(instant) => instant.to_string().into(),
        Cell::Boolean(flag) => flag.to_string().into(),
        Cell::Uuid(id) => id.to_string().into(),
    }
}

/// Adds an apostrophe to a text that a spreadsheet would execute as a formula.
fn escape_formula(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        format!("'{text}").into()
    } else {
        text.into()
    }
}
