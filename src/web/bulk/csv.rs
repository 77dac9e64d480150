//! Lines in CSV: a header row with the fields' names, then a row for each line; an empty cell says nothing.

use serde_json::{Map, Value};

use crate::values::Fault;
use crate::web::{Contract, Problem};

/// The media type of CSV.
pub(super) const MEDIA_TYPE: &str = "text/csv";

/// A spreadsheet may mark UTF-8 with these bytes.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// The rows as objects; a row that does not fit the header is a fault of its own.
pub(super) fn lines(
    bytes: &[u8],
    contract: &Contract,
    read_cell: impl Fn(&str, &str) -> Option<Value>,
) -> Result<Vec<Result<Value, Fault>>, Problem> {
    let text = std::str::from_utf8(bytes.strip_prefix(MARK).unwrap_or(bytes))
        .map_err(|_| malformed("bad_encoding", "The file is not UTF-8 text."))?;
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let unreadable = |error: csv::Error| malformed("not_csv", &error.to_string());
    let columns: Vec<String> = reader.headers().map_err(unreadable)?.iter().map(str::to_owned).collect();
    let faults = header_faults(&columns, contract);
    if !faults.is_empty() {
        return Err(Problem::invalid(faults));
    }
    let mut lines = Vec::new();
    for row in reader.records() {
        lines.push(line(&row.map_err(unreadable)?, &columns, contract, &read_cell));
    }
    let faults = contract.check_body(&mut serde_json::json!({ "lines": vec![Value::Null; lines.len()] }));
    if faults.is_empty() { Ok(lines) } else { Err(Problem::invalid(faults)) }
}

fn malformed(code: &'static str, detail: &str) -> Problem {
    Problem::malformed(vec![Fault::body("", code, detail)])
}

fn header_faults(columns: &[String], contract: &Contract) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (i, column) in columns.iter().enumerate() {
        let pointer = format!("/lines/0/{column}");
        if !contract.has_column(column) {
            faults.push(Fault::body(&pointer, "unknown_field", "There is no such column."));
        }
        if columns[..i].contains(column) {
            faults.push(Fault::body(&pointer, "duplicate", "This column stands more than once."));
        }
    }
    faults
}

fn line(
    row: &csv::StringRecord,
    columns: &[String],
    contract: &Contract,
    read_cell: impl Fn(&str, &str) -> Option<Value>,
) -> Result<Value, Fault> {
    if row.len() != columns.len() {
        let detail = format!("The row has {} cells, and the header has {}.", row.len(), columns.len());
        return Err(Fault::body("", "wrong_length", detail));
    }
    let cells = columns.iter().zip(row).filter(|(_, cell)| !cell.is_empty());
    let values = cells.map(|(column, cell)| {
        let value = read_cell(column, cell).unwrap_or_else(|| contract.read_cell(column, cell));
        (column.clone(), value)
    });
    Ok(Value::Object(values.collect::<Map<_, _>>()))
}

/// Declares how lines in CSV are documented, with an example.
macro_rules! csv_lines {
    ($name:ident, $example:literal) => {
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::Type::String)
                    .description(Some(
                        "A CSV file (RFC 4180) in UTF-8: a header row with names of the JSON line's fields, in any order, then 1 to 1,000 rows. An empty cell says nothing, as an absent field.",
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
