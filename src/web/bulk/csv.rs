//! Reads bulk requests in CSV. The header names the fields, and each further CSV row is a line of
//! the request. An empty cell is an absent field.

use serde_json::{Map, Value};

use super::line::RawLine;
use crate::values::{ColumnError, CsvFile, CsvRow, FieldError, UnknownColumns};
use crate::web::{Contract, Problem};

pub(super) const MEDIA_TYPE: &str = "text/csv";

/// Splits the CSV body of a bulk request into lines and converts each line to a JSON object. A CSV
/// row with more or fewer cells than the header becomes a field error.
pub(super) fn split(
    bytes: &[u8],
    contract: &Contract,
    unknown: UnknownColumns,
    parse_cell: impl Fn(&str, &str) -> Option<Value>,
) -> Result<Vec<RawLine>, Problem> {
    let file = CsvFile::read(bytes).map_err(|error| {
        let detail = format!("CSV line {}: {}.", error.line, error.detail);
        Problem::malformed(vec![FieldError::body("", error.code, detail)])
    })?;
    let column_errors = file.check_columns(|column| contract.has_column(column), unknown);
    if !column_errors.is_empty() {
        return Err(Problem::invalid(column_errors.into_iter().map(to_field_error).collect()));
    }
    let field_errors =
        contract.check_body(&mut serde_json::json!({ "lines": vec![Value::Null; file.rows.len()] }));
    if !field_errors.is_empty() {
        return Err(Problem::invalid(field_errors));
    }
    let raw_line =
        |row: &CsvRow| RawLine { index: row.index, value: to_object(&file, row, contract, &parse_cell) };
    Ok(file.rows.iter().map(raw_line).collect())
}

fn to_field_error(error: ColumnError<'_>) -> FieldError {
    match error {
        ColumnError::Unknown(column) => {
            let detail = format!(
                "The column {column:?} is unknown. Correct its name, remove the column, or send `unknown_columns=ignore`."
            );
            FieldError::body(format!("/lines/0/{column}"), "unknown_field", detail)
        }
        ColumnError::Repeated(column) => {
            let detail = format!("The header row contains the column {column:?} more than once.");
            FieldError::body(format!("/lines/0/{column}"), "duplicate", detail)
        }
    }
}

fn to_object(
    file: &CsvFile,
    row: &CsvRow,
    contract: &Contract,
    parse_cell: impl Fn(&str, &str) -> Option<Value>,
) -> Result<Value, FieldError> {
    let cells = file.cells(row).map_err(|detail| FieldError::body("", "wrong_length", detail))?;
    let fields = cells.filter(|(column, cell)| !cell.is_empty() && contract.has_column(column));
    let values = fields.map(|(column, cell)| {
        let value = parse_cell(column, cell).unwrap_or_else(|| contract.read_cell(column, cell));
        (column.to_owned(), value)
    });
    Ok(Value::Object(values.collect::<Map<_, _>>()))
}

/// Declares a type whose OpenAPI schema is a CSV file with the lines of a bulk request. The schema
/// has an example.
macro_rules! csv_lines {
    ($name:ident, $example:literal) => {
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::Type::String)
                    .description(Some(
                        "A CSV file (RFC 4180) in UTF-8. The header row contains names of the JSON line's fields, in any order and case; 1 to 1,000 rows follow. An empty cell is the same as an absent field. White space around a cell is ignored. A row of empty cells is not a line, but `index` counts it. Booleans may have any case, and a whole number may be written as 1.0.",
                    ))
                    .min_length(Some(1))
                    .max_length(Some(100_000_000))
                    .pattern(Some(r"^[^\x00]+$"))
                    .examples([$example])
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {}
    };
}
pub(crate) use csv_lines;
