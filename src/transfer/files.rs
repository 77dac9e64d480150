//! The files of a directory as records that know where they stand.

use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::path::Path;

use serde_json::Value;

use super::{Error, cells};
use crate::values::TextForm;

/// A file: its name and its columns.
#[derive(Debug)]
pub(super) struct FileSpec {
    pub(super) name: &'static str,
    pub(super) columns: &'static [&'static str],
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
    MEETINGS = "meetings.csv": key, group, kind, title, held_on, date_precision, status, register, notes;
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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
        let Some(cell) = self.get(column) else { return Value::Null };
        match serde_json::from_str::<Value>(cell) {
            Ok(number @ Value::Number(_)) => number,
            _ => Value::from(cell),
        }
    }

    /// The cell as true or false, or null. What is neither stays text: its schema will say so.
    pub(super) fn boolean(&self, column: &str) -> Value {
        match self.get(column) {
            None => Value::Null,
            Some("true") => Value::Bool(true),
            Some("false") => Value::Bool(false),
            Some(other) => Value::from(other),
        }
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

/// Reads every file of a directory. A file that is not there has no rows; a file or a column that is not known is a
/// flaw.
pub(super) fn read(dir: &Path) -> Result<(Records, Vec<Flaw>), Error> {
    let mut flaws = unknown_files(dir)?;
    let mut records = Records::new();
    for spec in ALL {
        let path = dir.join(spec.name);
        if path.is_file() {
            records.insert(spec.name, read_file(&path, spec, &mut flaws)?);
        }
    }
    if records.is_empty() {
        flaws.push(Flaw::of(&dir.display().to_string(), "holds none of the files of an import"));
    }
    Ok((records, flaws))
}

fn unknown_files(dir: &Path) -> Result<Vec<Flaw>, Error> {
    let said = |error: std::io::Error| Error::Io(format!("{}: {error}", dir.display()));
    let mut flaws = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(said)? {
        let name = entry.map_err(said)?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".csv") && !ALL.iter().any(|spec| spec.name == name) {
            flaws.push(Flaw::of(&name, "is not a file of an import"));
        }
    }
    flaws.sort();
    Ok(flaws)
}

fn read_file(path: &Path, spec: &FileSpec, flaws: &mut Vec<Flaw>) -> Result<Vec<Record>, Error> {
    let file = File::open(path).map_err(|error| Error::Io(format!("{}: {error}", path.display())))?;
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(file);
    let header: Vec<String> = match reader.headers() {
        Ok(header) => header.iter().map(str::to_owned).collect(),
        Err(error) => {
            flaws.push(Flaw::of(spec.name, error.to_string()));
            return Ok(Vec::new());
        }
    };
    let columns = columns(spec, &header, flaws);
    let mut records = Vec::new();
    for row in reader.records() {
        match row {
            Ok(row) => records.extend(record(spec, &columns, &row, flaws)),
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                flaws.push(Flaw::at(Place { file: spec.name, line }, error.to_string()));
            }
        }
    }
    Ok(records)
}

/// Which known column stands where; missing, unknown and repeated ones are flaws of the first line.
fn columns(spec: &FileSpec, header: &[String], flaws: &mut Vec<Flaw>) -> Vec<Option<&'static str>> {
    let place = Place { file: spec.name, line: 1 };
    let known = |name: &String| spec.columns.iter().find(|column| *column == name).copied();
    for (i, name) in header.iter().enumerate() {
        if known(name).is_none() {
            flaws.push(Flaw::at(place, format!("there is no column {name:?} in this file")));
        } else if header[..i].contains(name) {
            flaws.push(Flaw::at(place, format!("the column {name} stands twice")));
        }
    }
    for column in spec.columns.iter().filter(|column| !header.iter().any(|name| name == *column)) {
        flaws.push(Flaw::at(place, format!("the column {column} is missing")));
    }
    header.iter().map(known).collect()
}

fn record(
    spec: &FileSpec,
    columns: &[Option<&'static str>],
    row: &csv::StringRecord,
    flaws: &mut Vec<Flaw>,
) -> Option<Record> {
    let place = Place { file: spec.name, line: row.position().map_or(0, csv::Position::line) };
    if row.len() != columns.len() {
        let detail = format!("{} cells where the header has {}", row.len(), columns.len());
        flaws.push(Flaw::at(place, detail));
        return None;
    }
    let known = columns.iter().zip(row).filter_map(|(column, cell)| Some(((*column)?, cell)));
    let cells = known.map(|(column, cell)| (column, entered(spec.name, column, cell)));
    Some(Record { place, cells: cells.collect() })
}
