//! Writes cells of worksheets: dates and percentages as numbers with a format, and texts never as
//! formulas.

use std::borrow::Cow;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use rust_xlsxwriter::{Format, Worksheet, XlsxError};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::{KnownFormat, RefOr, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};

use crate::values::{Cell, ColumnKind};

pub const MEDIA_TYPE: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The schema of a workbook in the OpenAPI document.
pub struct XlsxFile;

impl PartialSchema for XlsxFile {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)))
            .description(Some("A workbook (Office Open XML)."))
            .max_length(Some(1_000_000_000))
            .examples(["PK..."])
            .into()
    }
}

impl ToSchema for XlsxFile {}

pub const PERCENTAGE: &str = "0.00%";

/// Maximum length of a text in a cell, in UTF-16 code units.
const MAX_TEXT_LENGTH: usize = 32_767;

const CUT_MARK: &str = "\u{2026} [cut: a cell has no room for more]";

/// Writes a cell in the format of its column. Writes nothing if the cell is empty.
pub fn put(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    kind: ColumnKind,
    format: &Format,
    cell: &Cell,
) -> Result<(), XlsxError> {
    // A worksheet stores floating-point numbers. They show a decimal number with two places
    // unchanged.
    let number = |exact: Option<f64>| {
        exact.ok_or_else(|| XlsxError::ParameterError("a figure is not a number".into()))
    };
    match cell {
        Cell::Empty => sheet,
        Cell::Text(text) => sheet.write_string_with_format(row, column, cut_text(text), format)?,
        Cell::Uuid(id) => sheet.write_string_with_format(row, column, id.to_string(), format)?,
        Cell::Boolean(flag) => sheet.write_boolean_with_format(row, column, *flag, format)?,
        Cell::Integer(whole) => {
            sheet.write_number_with_format(row, column, number(whole.to_f64())?, format)?
        }
        Cell::Decimal(exact) if kind == ColumnKind::Percentage => {
            let share = exact / Decimal::ONE_HUNDRED;
            sheet.write_number_with_format(row, column, number(share.to_f64())?, format)?
        }
        Cell::Decimal(exact) => {
            sheet.write_number_with_format(row, column, number(exact.to_f64())?, format)?
        }
        Cell::Date(day) => sheet.write_datetime_with_format(row, column, day.0, format)?,
        Cell::Timestamp(instant) => {
            sheet.write_datetime_with_format(row, column, instant.0.naive_utc(), format)?
        }
    };
    Ok(())
}

fn cut_text(text: &str) -> Cow<'_, str> {
    // No text has more UTF-16 code units than bytes.
    if text.len() <= MAX_TEXT_LENGTH || text.encode_utf16().count() <= MAX_TEXT_LENGTH {
        return text.into();
    }
    let mut room = MAX_TEXT_LENGTH - CUT_MARK.encode_utf16().count();
    let fits = |c: &char| {
        let left = room.checked_sub(c.len_utf16());
        room = left.unwrap_or_default();
        left.is_some()
    };
    let start: String = text.chars().take_while(fits).collect();
    format!("{start}{CUT_MARK}").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_where_a_cell_ends_and_says_so() {
        let units = |text: &str| cut_text(text).encode_utf16().count();
        assert_eq!(cut_text(&"a".repeat(MAX_TEXT_LENGTH)), "a".repeat(MAX_TEXT_LENGTH));
        assert_eq!(units(&"a".repeat(MAX_TEXT_LENGTH + 1)), MAX_TEXT_LENGTH);
        assert!(cut_text(&"a".repeat(MAX_TEXT_LENGTH + 1)).ends_with(CUT_MARK));
        // A character of two UTF-16 code units is never split.
        assert!(
            (MAX_TEXT_LENGTH - 1..=MAX_TEXT_LENGTH).contains(&units(&"\u{1f600}".repeat(MAX_TEXT_LENGTH)))
        );
        assert_eq!(cut_text(&"\u{20ac}".repeat(MAX_TEXT_LENGTH)), "\u{20ac}".repeat(MAX_TEXT_LENGTH));
    }
}
