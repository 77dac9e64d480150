//! Writes the plan of an import in one transaction. Each statement writes many rows. An unchanged
//! row keeps its version.

use diesel::QueryableByName;
use diesel::sql_types::{Jsonb, Uuid as SqlUuid};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

use super::counts::{Counts, Effect, ImportCounts};
use super::error::{Error, ImportError, SourceLocation, database_detail};
use super::files::ALL;
use super::lists::{List, Lists};
use super::plan::{Plan, Table};
use crate::db::children::Written;
use crate::db::{self, write as guarded};

/// The tables whose rows depend on list items, such as terms. They are written after the lists of
/// all other tables.
const AFTER_LISTS: [&str; 2] = ["attendance", "progress"];

/// Maximum number of rows or lists in one statement. PostgreSQL accepts a JSON array of at most
/// 256 MiB.
const CHUNK_SIZE: usize = 20_000;

/// The tables whose rows reference other rows of the same table, also later ones. One statement
/// writes all their rows.
const SELF_REFERENCING: [&str; 2] = ["targets", "progress"];

/// Writes all rows of the plan, or none. If the database refuses a row, writes the plan again row
/// by row, to find the line number of the refused row.
pub(super) async fn write(conn: &mut AsyncPgConnection, plan: &Plan<'_>) -> Result<ImportCounts, Error> {
    match write_chunks(conn, plan, CHUNK_SIZE).await {
        Err(Error::Database(db::Error::Invalid(_) | db::Error::Conflict { .. })) => {
            write_chunks(conn, plan, 1).await
        }
        written => written,
    }
}

/// Writes the plan of an import with statements of at most `size` rows or lists each.
async fn write_chunks(
    conn: &mut AsyncPgConnection,
    plan: &Plan<'_>,
    size: usize,
) -> Result<ImportCounts, Error> {
    conn.transaction(async |conn| {
        diesel::sql_query("SET LOCAL outturn.importing = 'on'").execute(conn).await?;
        diesel::sql_query("SET LOCAL statement_timeout = 0").execute(conn).await?;
        let mut counts = Counts::default();
        for is_after_lists in [false, true] {
            let tables = ALL.iter().map(|spec| spec.table);
            for table in tables.filter(|table| AFTER_LISTS.contains(table) == is_after_lists) {
                let is_whole = size > 1 && SELF_REFERENCING.contains(&table);
                write_table(conn, plan, table, if is_whole { usize::MAX } else { size }, &mut counts).await?;
            }
            for lists in plan.lists.iter().filter(|lists| has_late_owner(lists) == is_after_lists) {
                for chunk in lists.lists.chunks(size) {
                    let written = write_lists(conn, plan, lists, chunk).await?;
                    counts.count_lists(plan, lists, chunk, &written);
                }
            }
        }
        guarded::check_deferred(conn, "attendance").await?;
        Ok(counts.to_import_counts(plan.records_by_file()))
    })
    .await
}

fn has_late_owner(lists: &Lists) -> bool {
    AFTER_LISTS.iter().any(|table| lists.children.table.starts_with(table))
}

/// Converts a database error that a row caused to an error with the row's CSV file and line number.
/// Without a location, returns the database error.
fn locate(error: db::Error, location: Option<SourceLocation>) -> Error {
    match (&error, location) {
        (db::Error::Invalid(_) | db::Error::Conflict { .. }, Some(location)) => {
            Error::Invalid(vec![ImportError::at(location, database_detail(&error))])
        }
        _ => error.into(),
    }
}

async fn write_lists(
    conn: &mut AsyncPgConnection,
    plan: &Plan<'_>,
    Lists { children, .. }: &Lists,
    lists: &[List],
) -> Result<Written, Error> {
    let replaced: Vec<Uuid> = lists.iter().filter(|list| list.is_replaced).map(|list| list.owner).collect();
    let mut rows = Vec::new();
    for list in lists {
        for item in &list.items.values {
            let mut row = item.clone();
            row[children.parent] = Value::from(list.owner.to_string());
            rows.push(row);
        }
    }
    let location = match lists {
        [list] => list.items.first_location().or_else(|| plan.locations.get(&list.owner).copied()),
        _ => None,
    };
    let written = children.write(conn, &replaced, &Value::Array(rows)).await;
    written.map_err(|error| locate(error, location))
}

async fn write_table(
    conn: &mut AsyncPgConnection,
    plan: &Plan<'_>,
    table: &'static str,
    size: usize,
    counts: &mut Counts,
) -> Result<(), Error> {
    let Some(Table { new, known }) = plan.tables.get(table) else { return Ok(()) };
    // All rows of a table have the same columns.
    let Some(Value::Object(row)) = new.iter().chain(known).next() else { return Ok(()) };
    let columns: Vec<&str> = row.keys().map(String::as_str).filter(|column| *column != "id").collect();
    let list = columns.join(", ");
    let insert = format!(
        "INSERT INTO {table} (id, {list})
         SELECT id, {list} FROM jsonb_populate_recordset(NULL::{table}, $1) RETURNING id"
    );
    let values: Vec<String> = columns.iter().map(|column| updated_value(table, column)).collect();
    let values = values.join(", ");
    let current = format!("t.{}", columns.join(", t."));
    let update = format!(
        "UPDATE {table} t SET ({list}) = ROW({values}) FROM jsonb_populate_recordset(NULL::{table}, $1) n
         WHERE t.id = n.id AND ({current}) IS DISTINCT FROM ({values}) RETURNING t.id"
    );
    for (sql, rows, effect) in [(insert, new, Effect::Created), (update, known, Effect::Changed)] {
        for chunk in rows.chunks(size) {
            let written = write_rows(conn, table, &sql, chunk).await;
            let location = match chunk {
                [row] => row["id"].as_str().and_then(|id| plan.locations.get(&id.parse().ok()?).copied()),
                _ => None,
            };
            let written = written.map_err(|error| locate(error, location))?;
            counts.count_rows(plan, &written, effect);
        }
    }
    Ok(())
}

/// Returns the SQL expression for the value that an import writes to a column. `n` is the row in
/// the CSV file, and `t` is the existing row. CSV files contain no publications, so a baseline with
/// the same source as before keeps its reference to a publication.
fn updated_value(table: &str, column: &str) -> String {
    match (table, column) {
        ("targets", "baseline") => "CASE \
             WHEN n.baseline #> '{source,target_id}' = t.baseline #> '{source,target_id}' \
                 AND n.baseline #> '{source,as_at}' = t.baseline #> '{source,as_at}' \
             THEN jsonb_set(n.baseline, '{source,publication_id}', \
                 COALESCE(t.baseline #> '{source,publication_id}', 'null')) \
             ELSE n.baseline END"
            .to_owned(),
        _ => format!("n.{column}"),
    }
}

#[derive(QueryableByName)]
struct WrittenRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// Executes a statement that writes rows. Returns the ids of the rows that it created or changed.
async fn write_rows(
    conn: &mut AsyncPgConnection,
    table: &'static str,
    sql: &str,
    rows: &[Value],
) -> Result<Vec<Uuid>, db::Error> {
    let rows: Vec<WrittenRow> = diesel::sql_query(sql)
        .bind::<Jsonb, _>(Value::Array(rows.to_vec()))
        .load(conn)
        .await
        .map_err(db::Error::writing(table))?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}
