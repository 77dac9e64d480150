//! Exports: a directory of CSV files whose import gives the same rows.

use std::path::Path;

use diesel::QueryableByName;
use diesel::sql_types::{Array, Nullable, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;

use super::files::{self, FileSpec};
use super::{Error, cells};
use crate::db;
use crate::web::PERSONAL_DATA;

const KEYS: &str = include_str!("sql/export/keys.sql");

macro_rules! exports {
    ($($spec:ident: $file:literal,)+) => {
        /// Each file with the SQL statement that reads its rows.
        const EXPORTS: &[(&FileSpec, &str)] =
            &[$((&files::$spec, include_str!(concat!("sql/export/", $file, ".sql")))),+];
    };
}

exports! {
    COUNCILS: "councils",
    GSS_CODES: "council_gss_codes",
    MEMBERSHIPS: "memberships",
    SUCCESSIONS: "successions",
    GROUPS: "groups",
    SEATS: "seats",
    TERMS: "seat_terms",
    MEETINGS: "meetings",
    DELIVERABLES: "deliverables",
    ATTENDANCE: "attendance",
    EVALUATIONS: "evaluations",
    RATINGS: "evaluation_ratings",
    FRAMEWORKS: "frameworks",
    THEMES: "themes",
    OUTCOMES: "outcomes",
    ACTIONS: "actions",
    TARGETS: "targets",
    REVISIONS: "revisions",
    PROGRESS: "progress",
    EXTERNAL_IDS: "external_ids",
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Array<Nullable<Text>>)]
    cells: Vec<Option<String>>,
}

/// Writes every file into a directory, from one snapshot of the database.
pub async fn export(conn: &mut AsyncPgConnection, dir: &Path) -> Result<(), Error> {
    let said = |error: std::io::Error| Error::Io(format!("{}: {error}", dir.display()));
    std::fs::create_dir_all(dir).map_err(said)?;
    let files = db::in_snapshot(conn, async |conn| {
        let mut files = Vec::new();
        for (spec, sql) in EXPORTS {
            let rows: Vec<Row> = diesel::sql_query(format!("{KEYS}{sql}")).load(conn).await?;
            files.push((*spec, rows));
        }
        Ok::<_, db::Error>(files)
    })
    .await?;
    for (spec, rows) in files {
        record_names(spec, &rows);
        let bytes = file(spec, rows).map_err(|error| Error::Io(format!("{}: {error}", spec.name)))?;
        std::fs::write(dir.join(spec.name), bytes).map_err(said)?;
    }
    Ok(())
}

/// Logs the disclosure of names. The operator who runs an export sees all of them.
fn record_names(spec: &FileSpec, rows: &[Row]) {
    let Some(column) = spec.columns.iter().position(|column| column.ends_with("_name")) else { return };
    let named = rows.iter().filter(|row| row.cells.get(column).is_some_and(Option::is_some)).count();
    if named > 0 {
        tracing::info!(target: PERSONAL_DATA, subject = "export", resource = spec.name, named, "names were read");
    }
}

fn file(spec: &FileSpec, rows: Vec<Row>) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(spec.columns)?;
    let parameters = spec.columns.iter().position(|column| *column == "parameters");
    for row in rows {
        let cells = row.cells.into_iter().enumerate().map(|(i, cell)| match cell {
            Some(measure) if Some(i) == parameters => self::parameters(&measure),
            cell => cell.unwrap_or_default(),
        });
        writer.write_record(cells)?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

/// Formats a measure's parameters for their cell: `name=value` pairs, with list items separated by
/// commas. Empty lists are omitted.
fn parameters(measure: &str) -> String {
    let measure: Value = serde_json::from_str(measure).unwrap_or_default();
    let mut pairs = Vec::new();
    for (name, value) in measure.as_object().into_iter().flatten() {
        match (name.as_str(), value) {
            ("kind", _) => {}
            ("selector", selector) => {
                pairs.extend(pair("groups", &selector["group_ids"]));
                pairs.extend(pair("meeting_kinds", &selector["meeting_kinds"]));
            }
            (name, value) => pairs.extend(pair(name, value)),
        }
    }
    pairs.join("; ")
}

fn pair(name: &str, value: &Value) -> Option<String> {
    let text = match value {
        Value::Array(items) => items.iter().map(item).collect::<Vec<_>>().join(","),
        other => item(other),
    };
    (!text.is_empty()).then(|| format!("{name}={}", cells::escape(&text, ';')))
}

fn item(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(point) => format!("{}:{}", item(&point["by_on"]), point["expected"]),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
