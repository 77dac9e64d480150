//! Exports the database tables to a directory of CSV files. An import of these files restores the
//! same rows.

use std::path::Path;

use diesel::QueryableByName;
use diesel::sql_types::{Array, Nullable, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;

use super::cells;
use super::error::Error;
use super::files::{ALL, CellType, FileSpec};
use crate::db;
use crate::web::PERSONAL_DATA;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Array<Nullable<Text>>)]
    cells: Vec<Option<String>>,
}

/// Writes every CSV file to a directory. All files are from one snapshot of the database.
pub async fn export(conn: &mut AsyncPgConnection, dir: &Path) -> Result<(), Error> {
    let io_error = |error: std::io::Error| Error::Io(format!("{}: {error}", dir.display()));
    std::fs::create_dir_all(dir).map_err(io_error)?;
    let files = db::in_snapshot(conn, async |conn| {
        let mut files = Vec::new();
        for spec in ALL {
            let rows: Vec<Row> = diesel::sql_query(spec.export).load(conn).await?;
            files.push((*spec, rows));
        }
        Ok::<_, db::Error>(files)
    })
    .await?;
    for (spec, rows) in files {
        log_names(spec, &rows);
        let bytes = render(spec, rows).map_err(|error| Error::Io(format!("{}: {error}", spec.name)))?;
        std::fs::write(dir.join(spec.name), bytes).map_err(io_error)?;
    }
    Ok(())
}

fn log_names(spec: &FileSpec, rows: &[Row]) {
    let position = spec.columns.iter().position(|column| column.cell_type == CellType::PersonName);
    let Some(position) = position else { return };
    let named = rows.iter().filter(|row| row.cells.get(position).is_some_and(Option::is_some)).count();
    if named > 0 {
        let (file, rows_with_names) = (spec.name, named);
        tracing::info!(target: PERSONAL_DATA, caller = "export", file, rows_with_names, "names of persons exported");
    }
}

fn render(spec: &FileSpec, rows: Vec<Row>) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(spec.columns.iter().map(|column| column.name))?;
    for row in rows {
        let cells = row.cells.into_iter().enumerate().map(|(i, cell)| {
            let cell_type = spec.columns.get(i).map_or(CellType::Text, |column| column.cell_type);
            render_cell(cell.unwrap_or_default(), cell_type)
        });
        writer.write_record(cells)?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

fn render_cell(cell: String, cell_type: CellType) -> String {
    let json = || serde_json::from_str::<Value>(&cell).unwrap_or_default();
    match cell_type {
        CellType::List | CellType::References => cells::join(&texts(&json()), "; "),
        CellType::Path => cells::join(&texts(&json()), "/"),
        CellType::Parameters => cells::join(&parameters(&json()), "; "),
        _ => cell,
    }
}

/// Returns the parameters of a measure as `name=value` pairs. Commas separate the items of a list.
/// Leaves out parameters whose value is an empty list.
fn parameters(measure: &Value) -> Vec<String> {
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
    pairs
}

fn pair(name: &str, value: &Value) -> Option<String> {
    let text = if value.is_array() { texts(value).join(",") } else { text(value) };
    (!text.is_empty()).then(|| format!("{name}={text}"))
}

fn texts(array: &Value) -> Vec<String> {
    array.as_array().into_iter().flatten().map(text).collect()
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(point) => format!("{}:{}", text(&point["by_on"]), point["expected"]),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
