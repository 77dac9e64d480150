//! Finds the database rows that CSV rows describe by their natural keys, and resolves references to
//! rows.

use uuid::Uuid;

use super::files::FileSpec;
use super::natural_keys::{Kind, MEETING_GROUP, Row};
use super::plan::Plan;
use super::records::Record;
use crate::db::resource_names::resource_name;

impl<'a> Plan<'a> {
    /// Returns the row that a CSV row describes with its natural key. Adds an error if an earlier
    /// CSV row describes the same row.
    pub(super) fn declare(&mut self, record: &Record, key: &str) -> Row {
        let row = self.keys.declare(record.spec.table, key);
        if let Some(earlier) = self.locations.insert(row.id, record.location) {
            self.add_error(record.location, format!("CSV line {} describes the same record", earlier.line));
        }
        row
    }

    /// Returns for each row of a CSV file the row that it describes. The column contains the
    /// import's own key or the row's id. Adds an error for an empty cell.
    pub(super) fn declare_all(&mut self, spec: &FileSpec, column: &str) -> Vec<(&'a Record, Row)> {
        let mut rows = Vec::new();
        for record in self.records(spec) {
            let kind = record.spec.table;
            let Some(key) = self.require(record, column) else { continue };
            if let (Ok(id), None) = (key.parse(), self.keys.find(kind, key)) {
                self.keys.alias(kind, key, Row { id, exists: false });
            }
            rows.push((record, self.declare(record, key)));
        }
        rows
    }

    /// Returns the framework of a CSV row and the row that the CSV row describes. The natural key
    /// of that row is its code within the framework.
    pub(super) fn declare_in_framework(&mut self, record: &Record) -> Option<(Row, Row)> {
        let framework = self.resolve_cell("frameworks", record, "framework")?;
        let key = format!("{}/{}", framework.id, record.get("code").unwrap_or_default());
        Some((framework, self.declare(record, &key)))
    }

    /// Returns the group of a meeting. Returns `None` for an open event.
    pub(super) fn find_group(&self, meeting: Uuid) -> Option<Uuid> {
        self.keys.find(MEETING_GROUP, &meeting.to_string()).map(|group| group.id)
    }

    /// Returns a cell of a CSV row. Adds an error if the cell is empty.
    pub(super) fn require<'r>(&mut self, record: &'r Record, column: &str) -> Option<&'r str> {
        let cell = record.get(column);
        if cell.is_none() {
            self.add_error(record.location, format!("{column}: a value is required"));
        }
        cell
    }

    /// Returns the row with this natural key. Adds an error for the CSV column `column` if the key
    /// is unknown.
    pub(super) fn resolve(&mut self, kind: Kind, record: &Record, column: &str, key: &str) -> Option<Row> {
        let row = self.keys.find(kind, key);
        if row.is_none() {
            let name = key.rsplit('/').next().unwrap_or(key);
            self.add_error(
                record.location,
                format!("{column}: no {} is identified by {name:?}", resource_name(kind)),
            );
        }
        row
    }

    /// Returns the row that a CSV cell references. Adds an error if the cell is empty or the
    /// reference is unknown.
    pub(super) fn resolve_cell(&mut self, kind: Kind, record: &Record, column: &str) -> Option<Row> {
        let key = self.require(record, column)?;
        self.resolve(kind, record, column, key)
    }

    /// Returns the row that a CSV cell references, or `None` if the cell is empty. Adds an error if
    /// the reference is unknown.
    pub(super) fn resolve_optional(&mut self, kind: Kind, record: &Record, column: &str) -> Option<Row> {
        record.get(column).and_then(|key| self.resolve(kind, record, column, key))
    }

    /// Returns the row that a CSV cell references. The reference is the row's code within a
    /// framework.
    pub(super) fn resolve_in_framework(
        &mut self,
        kind: Kind,
        framework: Row,
        record: &Record,
        column: &str,
    ) -> Option<Row> {
        let code = self.require(record, column)?;
        self.resolve(kind, record, column, &format!("{}/{code}", framework.id))
    }

    /// Returns the ids of the rows with these natural keys. Adds an error for each unknown key.
    pub(super) fn resolve_all(
        &mut self,
        kind: Kind,
        record: &Record,
        column: &str,
        keys: impl IntoIterator<Item = String>,
    ) -> Vec<Uuid> {
        keys.into_iter().filter_map(|key| Some(self.resolve(kind, record, column, &key)?.id)).collect()
    }
}
