//! The files of a directory as records that know where they stand.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::path::Path;

use serde_json::Value;

use super::{Error, cells};
use crate::values::{ColumnFault, CsvFile, CsvRow, TextForm, UnknownColumns, csv_file};

/// A file: its name and its columns.
#[derive(Debug)]
pub(super) struct FileSpec {
    pub(super) name: &'static str,
    pub(super) columns: &'static [&'static str],
}

impl FileSpec {
    /// The column of this name.
    fn column(&self, name: &str) -> Option<&'static str> {
        self.columns.iter().find(|column| **column == name).copied()
    }
}

macro_rules! files {
    ($($constant:ident = $name:literal: $($column:ident),+;)+) => {
        $( pub(super) const $constant: FileSpec = FileSpec { name: $name, columns: &[$(stringify!($column)),+] }; )+
        /// Every file, in the order in which rows may name earlier ones.
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

/// Columns of which most files need none.
const MAY_BE_ABSENT: [&str; 2] = ["constructed", "one_of_several"];

/// The columns of long text: what a cell of any other holds is one line.
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

/// A cell as a request's text is entered.
fn entered(file: &str, column: &str, cell: &str) -> String {
    let form = if PROSE.contains(&(file, column)) { TextForm::Prose } else { TextForm::Line };
    form.normalise(cell)
}

/// Where a line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Place {
    pub(super) file: &'static str,
    pub(super) line: u64,
}

/// Something wrong at a place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Flaw {
    file: String,
    line: Option<u64>,
    detail: String,
}

impl Flaw {
    pub(super) fn at(place: Place, detail: impl Into<String>) -> Self {
        Self { file: place.file.to_owned(), line: Some(place.line), detail: detail.into() }
    }

    pub(super) fn of(file: &str, detail: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line: None, detail: detail.into() }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.detail),
            None => write!(f, "{}: {}", self.file, self.detail),
        }
    }
}

/// A line of a file.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) place: Place,
    cells: HashMap<&'static str, String>,
}

/// The records of every file, by the file's name.
pub(super) type Records = HashMap<&'static str, Vec<Record>>;

impl Record {
    /// The cell as it stands; nothing when it is empty.
    pub(super) fn get(&self, column: &str) -> Option<&str> {
        self.cells.get(column).map(String::as_str).filter(|cell| !cell.is_empty())
    }

    /// The cell as text, or null.
    pub(super) fn text(&self, column: &str) -> Value {
        self.get(column).map_or(Value::Null, Value::from)
    }

    /// The cell as text, or `default`.
    pub(super) fn text_or(&self, column: &str, default: &str) -> Value {
        Value::from(self.get(column).unwrap_or(default))
    }

    /// The cell as a JSON number, or null. What is no number stays text: its schema will say so.
    pub(super) fn number(&self, column: &str) -> Value {
        self.get(column).map_or(Value::Null, number)
    }

    /// The cell as true or false, or null. What is neither stays text: its schema will say so.
    pub(super) fn boolean(&self, column: &str) -> Value {
        let Some(cell) = self.get(column) else { return Value::Null };
        csv_file::boolean(cell).map_or_else(|| Value::from(cell), Value::from)
    }

    /// The cell as true or false, or `default`.
    pub(super) fn boolean_or(&self, column: &str, default: bool) -> Value {
        self.get(column).map_or(Value::Bool(default), |_| self.boolean(column))
    }

    /// The several values of a cell.
    pub(super) fn list(&self, column: &str) -> Vec<String> {
        let values = self.get(column).map(|cell| cells::split(cell, ';')).unwrap_or_default();
        let mut values: Vec<String> = values.iter().map(|value| TextForm::Line.normalise(value)).collect();
        values.retain(|value| !value.is_empty());
        values
    }

    /// The several values of a cell as JSON.
    pub(super) fn texts(&self, column: &str) -> Value {
        self.list(column).into()
    }
}

/// A text as a JSON number, if it is one.
pub(super) fn number(text: &str) -> Value {
    if let Some(whole) = csv_file::integer(text) {
        return Value::from(whole);
    }
    let is_plain = !text.contains(['e', 'E']);
    let number = serde_json::from_str(text).ok().filter(|value: &Value| value.is_number() && is_plain);
    number.unwrap_or_else(|| Value::from(text))
}

/// Reads every file of a directory. A file that is not there has no records; a file that is not known is a flaw, and
/// so is a column, unless such are ignored.
pub(super) fn read(dir: &Path, unknown: UnknownColumns) -> Result<(Records, Vec<Flaw>), Error> {
    let names = names(dir)?;
    let is_strange = |name: &&String| !ALL.iter().any(|spec| spec.name == name.as_str());
    let mut flaws: Vec<Flaw> =
        names.iter().filter(is_strange).map(|name| Flaw::of(name, "is not a file of an import")).collect();
    let mut records = Records::new();
    for spec in ALL.iter().filter(|spec| names.contains(spec.name)) {
        let path = dir.join(spec.name);
        let bytes =
            std::fs::read(&path).map_err(|error| Error::Io(format!("{}: {error}", path.display())))?;
        records.insert(spec.name, read_file(&bytes, spec, unknown, &mut flaws));
    }
    if records.is_empty() {
        flaws.push(Flaw::of(&dir.display().to_string(), "holds none of the files of an import"));
    }
    Ok((records, flaws))
}

/// The names of a directory's CSV files, whatever the case of their ending.
fn names(dir: &Path) -> Result<BTreeSet<String>, Error> {
    let said = |error: std::io::Error| Error::Io(format!("{}: {error}", dir.display()));
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(dir).map_err(said)? {
        let name = entry.map_err(said)?.file_name().to_string_lossy().into_owned();
        names.extend(Some(name).filter(|name| name.to_lowercase().ends_with(".csv")));
    }
    Ok(names)
}

fn read_file(bytes: &[u8], spec: &FileSpec, unknown: UnknownColumns, flaws: &mut Vec<Flaw>) -> Vec<Record> {
    let file = match CsvFile::read(bytes) {
        Ok(file) => file,
        Err(fault) => {
            flaws.push(Flaw::at(Place { file: spec.name, line: fault.line }, fault.detail));
            return Vec::new();
        }
    };
    check_columns(spec, &file, unknown, flaws);
    file.rows.iter().filter_map(|row| record(spec, &file, row, flaws)).collect()
}

/// Missing, unknown and repeated columns are flaws of the first line.
fn check_columns(spec: &FileSpec, file: &CsvFile, unknown: UnknownColumns, flaws: &mut Vec<Flaw>) {
    let place = Place { file: spec.name, line: 1 };
    for fault in file.column_faults(|name| spec.column(name).is_some(), unknown) {
        let detail = match fault {
            ColumnFault::Unknown(name) => {
                format!("there is no column {name:?} in this file; --unknown-columns ignore leaves such out")
            }
            ColumnFault::Repeated(name) => format!("the column {name:?} is there more than once"),
        };
        flaws.push(Flaw::at(place, detail));
    }
    let may_be_absent = |column: &&&str| MAY_BE_ABSENT.contains(*column);
    let absent = spec.columns.iter().filter(|column| !file.header.iter().any(|name| name == *column));
    for column in absent.filter(|column| !may_be_absent(column)) {
        flaws.push(Flaw::at(place, format!("the column {column} is missing")));
    }
}

fn record(spec: &FileSpec, file: &CsvFile, row: &CsvRow, flaws: &mut Vec<Flaw>) -> Option<Record> {
    let place = Place { file: spec.name, line: row.line };
    match file.cells(row) {
        Ok(cells) => {
            let known = cells.filter_map(|(column, cell)| Some((spec.column(column)?, cell)));
            let cells = known.map(|(column, cell)| (column, entered(spec.name, column, cell)));
            Some(Record { place, cells: cells.collect() })
        }
        Err(detail) => {
            flaws.push(Flaw::at(place, detail));
            None
        }
    }
}
