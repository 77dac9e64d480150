//! Reads the files of a directory as records with their file and line.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::path::Path;

use serde_json::Value;

use super::{Error, cells};
use crate::values::{ColumnError, CsvFile, CsvRow, TextForm, UnknownColumns, csv_file};

/// The name and the columns of a file.
#[derive(Debug)]
pub(super) struct FileSpec {
    pub(super) name: &'static str,
    pub(super) columns: &'static [&'static str],
}

impl FileSpec {
    /// Finds a column by its name.
    fn column(&self, name: &str) -> Option<&'static str> {
        self.columns.iter().find(|column| **column == name).copied()
    }
}

macro_rules! files {
    ($($constant:ident = $name:literal: $($column:ident),+;)+) => {
        $( pub(super) const $constant: FileSpec = FileSpec { name: $name, columns: &[$(stringify!($column)),+] }; )+
        /// Every file, in an order in which rows reference rows of earlier files.
        pub(super) const ALL: &[&FileSpec] = &[$(&$constant),+];
    };
}

files! {
    COUNCILS = "councils.csv": gss_code, name, kind, county, exists_from, exists_until;
    GSS_CODES = "council_gss_codes.csv": council, gss_code, valid_from, valid_until;
    MEMBERSHIPS = "memberships.csv": council, member_from, member_until;
    SUCCESSIONS = "successions.csv": successor, predecessor, kind, succeeded_on;
    GROUPS = "groups.csv": code, name, responsible_from, responsible_until, handed_to, notes;
    SEATS = "seats.csv": group, council, role, ordinal, exists_from, exists_until;
    TERMS = "seat_terms.csv": group, council, role, ordinal, holder_ref, holder_name, held_from, held_until;
    MEETINGS = "meetings.csv": key, group, kind, title, held_on, date_precision, status, register, constructed, notes, one_of_several;
    DELIVERABLES = "deliverables.csv": meeting, deliverable, delivered;
    ATTENDANCE = "attendance.csv": meeting, council, role, ordinal, delegate_ref, status, attendee_name, note;
    EVALUATIONS = "evaluations.csv": meeting, question, handed_out;
    RATINGS = "evaluation_ratings.csv": meeting, question, rating, forms;
    FRAMEWORKS = "frameworks.csv": code, title, plan_from, status, notes;
    THEMES = "themes.csv": framework, code, ref, title, position;
    OUTCOMES = "outcomes.csv": framework, theme, code, ref, title, position;
    ACTIONS = "actions.csv": framework, outcome, code, ref, title, position, source_lines, groups, meetings, quirks, notes;
    TARGETS = "targets.csv": framework, actions, code, title, position, measure, parameters, aim, threshold,
        tolerance, frequencies, frequency_printed, sources, baseline_value, baseline_numerator,
        baseline_denominator, baseline_meetings, baseline_note, baseline_source, owner, due_on, notes, implied, council_reported,
        continues;
    REVISIONS = "revisions.csv": framework, target, revised_on, threshold, reason, reference;
    PROGRESS = "progress.csv": key, framework, target, occurred_on, kind, council, covered, count, numerator,
        denominator, area, income_pence, cost_pence, state, status, text, value, unit, occasion, source, author,
        note, evidence_url, supersedes;
    EXTERNAL_IDS = "external_ids.csv": resource, row, system, external_id;
}

/// Columns that a file may omit.
const MAY_BE_ABSENT: [&str; 2] = ["constructed", "one_of_several"];

/// The columns of long text. Cells of all other columns are one line.
const PROSE: &[(&str, &str)] = &[
    ("groups.csv", "notes"),
    ("meetings.csv", "notes"),
    ("frameworks.csv", "notes"),
    ("actions.csv", "notes"),
    ("targets.csv", "notes"),
    ("revisions.csv", "reason"),
    ("progress.csv", "note"),
    ("progress.csv", "text"),
];

/// Normalises a cell as the API normalises the texts of requests.
fn entered(file: &str, column: &str, cell: &str) -> String {
    let form = if PROSE.contains(&(file, column)) { TextForm::Prose } else { TextForm::Line };
    form.normalise(cell)
}

/// The file and line of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct SourcePosition {
    pub(super) file: &'static str,
    pub(super) line: u64,
}

/// An error in a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ImportError {
    file: String,
    line: Option<u64>,
    detail: String,
}

impl ImportError {
    pub(super) fn at(place: SourcePosition, detail: impl Into<String>) -> Self {
        Self { file: place.file.to_owned(), line: Some(place.line), detail: detail.into() }
    }

    pub(super) fn of(file: &str, detail: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line: None, detail: detail.into() }
    }
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.detail),
            None => write!(f, "{}: {}", self.file, self.detail),
        }
    }
}

/// A record of a file.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) place: SourcePosition,
    cells: HashMap<&'static str, String>,
}

/// The records of all files, by file name.
pub(super) type Records = HashMap<&'static str, Vec<Record>>;

impl Record {
    /// Returns a cell, or `None` if it is empty.
    pub(super) fn get(&self, column: &str) -> Option<&str> {
        self.cells.get(column).map(String::as_str).filter(|cell| !cell.is_empty())
    }

    /// Returns a cell as text, or null.
    pub(super) fn text(&self, column: &str) -> Value {
        self.get(column).map_or(Value::Null, Value::from)
    }

    /// Returns a cell as text, or `default`.
    pub(super) fn text_or(&self, column: &str, default: &str) -> Value {
        Value::from(self.get(column).unwrap_or(default))
    }

    /// Returns a cell as a JSON number, or null. Any other text remains text, which the schema then
    /// refuses.
    pub(super) fn number(&self, column: &str) -> Value {
        self.get(column).map_or(Value::Null, number)
    }

    /// Returns a cell as a boolean, or null. Any other text remains text, which the schema then
    /// refuses.
    pub(super) fn boolean(&self, column: &str) -> Value {
        let Some(cell) = self.get(column) else { return Value::Null };
        csv_file::boolean(cell).map_or_else(|| Value::from(cell), Value::from)
    }

    /// Returns a cell as a boolean, or `default`.
    pub(super) fn boolean_or(&self, column: &str, default: bool) -> Value {
        self.get(column).map_or(Value::Bool(default), |_| self.boolean(column))
    }

    /// Returns the values of a cell with several values.
    pub(super) fn list(&self, column: &str) -> Vec<String> {
        let values = self.get(column).map(|cell| cells::split(cell, ';')).unwrap_or_default();
        let mut values: Vec<String> = values.iter().map(|value| TextForm::Line.normalise(value)).collect();
        values.retain(|value| !value.is_empty());
        values
    }

    /// Returns the values of a cell with several values as JSON.
    pub(super) fn texts(&self, column: &str) -> Value {
        self.list(column).into()
    }
}

/// Returns a text as a JSON number, or as a string if it is not a number.
pub(super) fn number(text: &str) -> Value {
    if let Some(whole) = csv_file::integer(text) {
        return Value::from(whole);
    }
    let is_plain = !text.contains(['e', 'E']);
    let number = serde_json::from_str(text).ok().filter(|value: &Value| value.is_number() && is_plain);
    number.unwrap_or_else(|| Value::from(text))
}

/// Reads the files of a directory. A missing file has no records. An unknown file is an error. An
/// unknown column is an error unless unknown columns are ignored.
pub(super) fn read(dir: &Path, unknown: UnknownColumns) -> Result<(Records, Vec<ImportError>), Error> {
    let names = names(dir)?;
    let is_strange = |name: &&String| !ALL.iter().any(|spec| spec.name == name.as_str());
    let mut errors: Vec<ImportError> = names
        .iter()
        .filter(is_strange)
        .map(|name| ImportError::of(name, "is not a file of an import"))
        .collect();
    let mut records = Records::new();
    for spec in ALL.iter().filter(|spec| names.contains(spec.name)) {
        let path = dir.join(spec.name);
        let bytes =
            std::fs::read(&path).map_err(|error| Error::Io(format!("{}: {error}", path.display())))?;
        records.insert(spec.name, read_file(&bytes, spec, unknown, &mut errors));
    }
    if records.is_empty() {
        errors.push(ImportError::of(&dir.display().to_string(), "contains none of the files of an import"));
    }
    Ok((records, errors))
}

/// Lists the names of a directory's CSV files. The case of the extension is ignored.
fn names(dir: &Path) -> Result<BTreeSet<String>, Error> {
    let said = |error: std::io::Error| Error::Io(format!("{}: {error}", dir.display()));
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(dir).map_err(said)? {
        let name = entry.map_err(said)?.file_name().to_string_lossy().into_owned();
        names.extend(Some(name).filter(|name| name.to_lowercase().ends_with(".csv")));
    }
    Ok(names)
}

fn read_file(
    bytes: &[u8],
    spec: &FileSpec,
    unknown: UnknownColumns,
    errors: &mut Vec<ImportError>,
) -> Vec<Record> {
    let file = match CsvFile::read(bytes) {
        Ok(file) => file,
        Err(fault) => {
            errors.push(ImportError::at(SourcePosition { file: spec.name, line: fault.line }, fault.detail));
            return Vec::new();
        }
    };
    check_columns(spec, &file, unknown, errors);
    file.rows.iter().filter_map(|row| record(spec, &file, row, errors)).collect()
}

/// Reports missing, unknown and repeated columns as errors of the first line.
fn check_columns(spec: &FileSpec, file: &CsvFile, unknown: UnknownColumns, errors: &mut Vec<ImportError>) {
    let place = SourcePosition { file: spec.name, line: 1 };
    for fault in file.check_columns(|name| spec.column(name).is_some(), unknown) {
        let detail = match fault {
            ColumnError::Unknown(name) => {
                format!("unknown column {name:?}; use --unknown-columns ignore to skip such columns")
            }
            ColumnError::Repeated(name) => format!("the column {name:?} is repeated"),
        };
        errors.push(ImportError::at(place, detail));
    }
    let may_be_absent = |column: &&&str| MAY_BE_ABSENT.contains(*column);
    let absent = spec.columns.iter().filter(|column| !file.header.iter().any(|name| name == *column));
    for column in absent.filter(|column| !may_be_absent(column)) {
        errors.push(ImportError::at(place, format!("the column {column} is missing")));
    }
}

fn record(spec: &FileSpec, file: &CsvFile, row: &CsvRow, errors: &mut Vec<ImportError>) -> Option<Record> {
    let place = SourcePosition { file: spec.name, line: row.line };
    match file.cells(row) {
        Ok(cells) => {
            let known = cells.filter_map(|(column, cell)| Some((spec.column(column)?, cell)));
            let cells = known.map(|(column, cell)| (column, entered(spec.name, column, cell)));
            Some(Record { place, cells: cells.collect() })
        }
        Err(detail) => {
            errors.push(ImportError::at(place, detail));
            None
        }
    }
}
