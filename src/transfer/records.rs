//! Reads the CSV files of a directory. Each row becomes a record with its file and line number.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use serde_json::{Map, Value};

use super::cells;
use super::error::{Error, ImportError, SourceLocation};
use super::files::{ALL, CellType, Column, FileSpec};
use crate::values::{ColumnError, CsvFile, CsvRow, TextForm, UnknownColumns, csv_file};

const OPTIONAL_COLUMNS: [&str; 3] = ["constructed", "one_of_several", "plan_until"];

#[derive(Debug)]
pub(super) struct Record {
    pub(super) spec: &'static FileSpec,
    pub(super) location: SourceLocation,
    cells: HashMap<&'static str, String>,
}

pub(super) type Records = HashMap<&'static str, Vec<Record>>;

impl Record {
    pub(super) fn get(&self, column: &str) -> Option<&str> {
        self.cells.get(column).map(String::as_str).filter(|cell| !cell.is_empty())
    }

    pub(super) fn list(&self, column: &str) -> Vec<String> {
        split_list(self.get(column).unwrap_or_default())
    }

    /// Returns the cells of the CSV row that become members of a request body without conversion in
    /// `request_bodies`. An empty cell without a default is null, or an empty array for lists.
    pub(super) fn values(&self) -> Value {
        let value = |column: &Column| Some((column.name.to_owned(), self.value(column)?));
        Value::Object(self.spec.columns.iter().filter_map(value).collect::<Map<_, _>>())
    }

    fn value(&self, column: &Column) -> Option<Value> {
        let cell = self.get(column.name).or(column.default).unwrap_or_default();
        Some(match column.cell_type {
            CellType::Custom | CellType::References | CellType::Path | CellType::Parameters => return None,
            CellType::List => split_list(cell).into(),
            _ if cell.is_empty() => Value::Null,
            CellType::Text | CellType::PersonName | CellType::Prose => Value::from(cell),
            CellType::Number => number(cell),
            CellType::Boolean => boolean(cell),
        })
    }
}

fn split_list(cell: &str) -> Vec<String> {
    let values = cells::split(cell, ';').into_iter().map(|value| TextForm::Line.normalise(&value));
    values.filter(|value| !value.is_empty()).collect()
}

/// Converts a text to a JSON number. Returns a text that is not a number unchanged, so that the
/// schema refuses it.
pub(super) fn number(text: &str) -> Value {
    if let Some(whole) = csv_file::integer(text) {
        return Value::from(whole);
    }
    let is_plain = !text.contains(['e', 'E']);
    let number = serde_json::from_str(text).ok().filter(|value: &Value| value.is_number() && is_plain);
    number.unwrap_or_else(|| Value::from(text))
}

/// Converts a text to a JSON Boolean. Returns a text that is not a Boolean unchanged, so that the
/// schema refuses it.
pub(super) fn boolean(text: &str) -> Value {
    csv_file::boolean(text).map_or_else(|| Value::from(text), Value::from)
}

/// Reads the CSV files of a directory. A missing file counts as a file without rows. An unknown
/// file is an error. An unknown column is an error if `unknown` is `Refuse`.
pub(super) fn read_files(dir: &Path, unknown: UnknownColumns) -> Result<(Records, Vec<ImportError>), Error> {
    let names = list_csv_files(dir)?;
    let is_unknown = |name: &&String| !ALL.iter().any(|spec| spec.name == name.as_str());
    let mut errors: Vec<ImportError> = names
        .iter()
        .filter(is_unknown)
        .map(|name| ImportError::of(name, "the import does not read a file with this name"))
        .collect();
    let mut records = Records::new();
    for spec in ALL.iter().filter(|spec| names.contains(spec.name)) {
        let path = dir.join(spec.name);
        let bytes =
            std::fs::read(&path).map_err(|error| Error::Io(format!("{}: {error}", path.display())))?;
        records.insert(spec.name, read_file(&bytes, spec, unknown, &mut errors));
    }
    if records.is_empty() {
        errors.push(ImportError::of(
            &dir.display().to_string(),
            "the directory contains no file that the import reads",
        ));
    }
    Ok((records, errors))
}

/// Lists the names of the CSV files in a directory. The extension may be in any case.
fn list_csv_files(dir: &Path) -> Result<BTreeSet<String>, Error> {
    let io_error = |error: std::io::Error| Error::Io(format!("{}: {error}", dir.display()));
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(dir).map_err(io_error)? {
        let name = entry.map_err(io_error)?.file_name().to_string_lossy().into_owned();
        names.extend(Some(name).filter(|name| name.to_lowercase().ends_with(".csv")));
    }
    Ok(names)
}

fn read_file(
    bytes: &[u8],
    spec: &'static FileSpec,
    unknown: UnknownColumns,
    errors: &mut Vec<ImportError>,
) -> Vec<Record> {
    let file = match CsvFile::read(bytes) {
        Ok(file) => file,
        Err(error) => {
            let location = SourceLocation { file: spec.name, line: error.line };
            errors.push(ImportError::at(location, error.detail));
            return Vec::new();
        }
    };
    check_columns(spec, &file, unknown, errors);
    file.rows.iter().filter_map(|row| read_record(spec, &file, row, errors)).collect()
}

/// Checks the header of a CSV file. Adds an error at line 1 for each missing, unknown or repeated
/// column.
fn check_columns(spec: &FileSpec, file: &CsvFile, unknown: UnknownColumns, errors: &mut Vec<ImportError>) {
    let location = SourceLocation { file: spec.name, line: 1 };
    for column_error in file.check_columns(|name| spec.column(name).is_some(), unknown) {
        let detail = match column_error {
            ColumnError::Unknown(name) => {
                format!("the column {name:?} is unknown. Use --unknown-columns ignore to skip it")
            }
            ColumnError::Repeated(name) => format!("the header row repeats the column {name:?}"),
        };
        errors.push(ImportError::at(location, detail));
    }
    let names = spec.columns.iter().map(|column| column.name);
    let required = names.filter(|name| !OPTIONAL_COLUMNS.contains(name));
    for name in required.filter(|name| !file.header.iter().any(|column| column == name)) {
        errors.push(ImportError::at(location, format!("the header row lacks the column {name}")));
    }
}

/// Converts a CSV row to a record. Normalises its cells as the API normalises the texts of
/// requests.
fn read_record(
    spec: &'static FileSpec,
    file: &CsvFile,
    row: &CsvRow,
    errors: &mut Vec<ImportError>,
) -> Option<Record> {
    let location = SourceLocation { file: spec.name, line: row.line };
    let normalise = |(name, cell): (&str, &str)| {
        let column = spec.column(name)?;
        let form = if column.cell_type == CellType::Prose { TextForm::Prose } else { TextForm::Line };
        Some((column.name, form.normalise(cell)))
    };
    match file.cells(row) {
        Ok(cells) => Some(Record { spec, location, cells: cells.filter_map(normalise).collect() }),
        Err(detail) => {
            errors.push(ImportError::at(location, detail));
            None
        }
    }
}
