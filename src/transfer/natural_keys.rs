//! Natural keys, which are the texts with which CSV rows reference rows of the database.

use std::collections::HashMap;

use diesel::QueryableByName;
use diesel::sql_types::{Array, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::cells;
use super::files::{ALL, ATTENDANCE, EXTERNAL_IDS, MEETINGS};
use super::records::Records;
use crate::db::Error;

/// The value of `system` in the external ids that an import creates from the CSV column `key`.
pub(super) const SYSTEM: &str = "import";

/// A kind of key with which the group of a meeting is found. The key is the meeting's id, and the
/// row is the group.
pub(super) const MEETING_GROUP: Kind = "meeting_group";

/// The kind of row that a natural key identifies. Usually this is the row's table.
pub(super) type Kind = &'static str;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) id: Uuid,
    pub(super) exists: bool,
}

/// The existing rows and the rows that CSV files declare, by kind of row and natural key.
#[derive(Debug, Default)]
pub(super) struct Keys(HashMap<(Kind, String), Row>);

impl Keys {
    pub(super) fn find(&self, kind: Kind, key: &str) -> Option<Row> {
        self.0.get(&(kind, key.to_owned())).copied()
    }

    /// Returns the row with this natural key. If the key is unknown, returns a new row. A key that
    /// is a UUID becomes the id of the new row.
    pub(super) fn declare(&mut self, kind: Kind, key: &str) -> Row {
        let id = || key.parse().unwrap_or_else(|_| Uuid::now_v7());
        *self.0.entry((kind, key.to_owned())).or_insert_with(|| Row { id: id(), exists: false })
    }

    pub(super) fn alias(&mut self, kind: Kind, key: &str, row: Row) {
        self.0.insert((kind, key.to_owned()), row);
    }
}

#[derive(QueryableByName)]
struct KeyRow {
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    key: String,
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// Loads the natural keys of all existing rows. Leaves out attendance records of meetings that the
/// CSV files neither contain nor reference.
pub(super) async fn load(conn: &mut AsyncPgConnection, records: &Records) -> Result<Keys, Error> {
    let cells_of = |file: &'static str, column: &'static str| {
        let records = records.get(file).into_iter().flatten();
        records.filter_map(move |record| record.get(column).map(str::to_owned))
    };
    let in_paths =
        cells_of(EXTERNAL_IDS.name, "row").filter_map(|row| cells::split(&row, '/').into_iter().next());
    let mut meetings: Vec<String> =
        cells_of(ATTENDANCE.name, "meeting").chain(cells_of(MEETINGS.name, "key")).chain(in_paths).collect();
    meetings.sort_unstable();
    meetings.dedup();
    let rows: Vec<KeyRow> = diesel::sql_query(include_str!("sql/natural_keys.sql"))
        .bind::<Array<Text>, _>(meetings)
        .load(conn)
        .await?;
    let kinds: Vec<Kind> = ALL.iter().map(|spec| spec.table).chain([MEETING_GROUP]).collect();
    let mut keys = Keys::default();
    for row in rows {
        if let Some(kind) = kinds.iter().find(|kind| **kind == row.kind) {
            keys.0.insert((kind, row.key), Row { id: row.id, exists: true });
        }
    }
    Ok(keys)
}
