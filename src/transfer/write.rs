//! Writes a plan with set-based statements in one transaction. An unchanged row keeps its version.

use diesel::QueryableByName;
use diesel::sql_types::{Jsonb, Uuid as SqlUuid};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

use super::counts::{Counts, Effect, ImportCounts};
use super::files::{ImportError, SourcePosition};
use super::plan::{List, Lists, Plan, Table};
use super::{Error, said};
use crate::db::children::Written;
use crate::db::{self, write as guarded};

/// The tables of an import with the columns to write, in an order in which rows reference rows of
/// earlier tables.
const TABLES: [(&str, &[&str]); 13] = [
    ("councils", &["name", "kind", "county", "exists_from", "exists_until"]),
    ("groups", &["code", "name", "responsible_from", "responsible_until", "handed_to", "notes"]),
    ("seats", &["group_id", "council_id", "role", "ordinal", "exists_from", "exists_until"]),
    (
        "meetings",
        &[
            "group_id",
            "kind",
            "title",
            "held_on",
            "date_precision",
            "status",
            "register",
            "constructed",
            "notes",
            "one_of_several",
        ],
    ),
    ("evaluations", &["meeting_id", "question", "handed_out"]),
    ("frameworks", &["code", "title", "plan_from", "status", "notes"]),
    ("themes", &["framework_id", "code", "ref", "title", "position"]),
    ("outcomes", &["framework_id", "theme_id", "code", "ref", "title", "position"]),
    (
        "actions",
        &[
            "framework_id",
            "outcome_id",
            "code",
            "ref",
            "title",
            "position",
            "source_lines",
            "quirks",
            "notes",
        ],
    ),
    (
        "targets",
        &[
            "framework_id",
            "code",
            "title",
            "position",
            "measure",
            "aim",
            "threshold",
            "tolerance",
            "frequencies",
            "frequency_printed",
            "sources",
            "baseline",
            "owner",
            "due_on",
            "notes",
            "implied",
            "council_reported",
            "continues_target_id",
        ],
    ),
    ("revisions", &["target_id", "revised_on", "threshold", "reason", "reference"]),
    (
        "attendance",
        &["meeting_id", "seat_id", "council_id", "delegate_ref", "attendee_name", "status", "note"],
    ),
    (
        "progress",
        &[
            "target_id",
            "kind",
            "occurred_on",
            "source",
            "author",
            "occasion",
            "note",
            "evidence_url",
            "supersedes_id",
            "council_id",
            "covered",
            "count",
            "numerator",
            "denominator",
            "area",
            "income_pence",
            "cost_pence",
            "milestone_state",
            "judged_status",
            "text",
            "claimed_value",
            "claimed_unit",
        ],
    ),
];

/// Tables whose rows depend on the lists of earlier tables. They are written after those lists.
const AFTER_LISTS: [&str; 2] = ["attendance", "progress"];

/// Writes the plan, all or nothing. If the database refuses it, writes it again row by row to find
/// the refused line.
pub(super) async fn write(conn: &mut AsyncPgConnection, plan: &Plan<'_>) -> Result<ImportCounts, Error> {
    match write_by(conn, plan, usize::MAX).await {
        Err(Error::Database(db::Error::Invalid(_) | db::Error::Conflict { .. })) => {
            write_by(conn, plan, 1).await
        }
        written => written,
    }
}

/// Writes the plan in statements of at most `size` rows or lists each.
async fn write_by(conn: &mut AsyncPgConnection, plan: &Plan<'_>, size: usize) -> Result<ImportCounts, Error> {
    conn.transaction(async |conn| {
        diesel::sql_query("SET LOCAL outturn.importing = 'on'").execute(conn).await?;
        diesel::sql_query("SET LOCAL statement_timeout = 0").execute(conn).await?;
        let mut counts = Counts::default();
        for is_late in [false, true] {
            for (table, columns) in TABLES.iter().filter(|(table, _)| AFTER_LISTS.contains(table) == is_late)
            {
                write_table(conn, plan, (table, columns), size, &mut counts).await?;
            }
            for lists in plan.lists.iter().filter(|lists| rests_on_late_rows(lists.children.table) == is_late)
            {
                for some in lists.lists.chunks(size) {
                    let written = write_lists(conn, plan, lists, some).await?;
                    counts.count_lists(plan, lists, some, &written);
                }
            }
        }
        guarded::check_deferred(conn, "attendance").await?;
        Ok(counts.outcome(plan.records_by_file()))
    })
    .await
}

fn rests_on_late_rows(child_table: &str) -> bool {
    AFTER_LISTS.iter().any(|table| child_table.starts_with(table))
}

/// Converts a refusal of the database to an error at the line of the row. Without a place, for
/// several rows, the error remains.
fn refusal(error: db::Error, place: Option<SourcePosition>) -> Error {
    match (&error, place) {
        (db::Error::Invalid(_) | db::Error::Conflict { .. }, Some(place)) => {
            Error::Invalid(vec![ImportError::at(place, said(&error))])
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
    let place = match lists {
        [list] => list.items.first_place().or_else(|| plan.places.get(&list.owner).copied()),
        _ => None,
    };
    let written = children.write(conn, &replaced, &Value::Array(rows)).await;
    written.map_err(|error| refusal(error, place))
}

async fn write_table(
    conn: &mut AsyncPgConnection,
    plan: &Plan<'_>,
    (table, columns): (&'static str, &[&str]),
    size: usize,
    counts: &mut Counts,
) -> Result<(), Error> {
    let Some(Table { new, known }) = plan.tables.get(table) else { return Ok(()) };
    let list = columns.join(", ");
    let insert = format!(
        "INSERT INTO {table} (id, {list})
         SELECT id, {list} FROM jsonb_populate_recordset(NULL::{table}, $1) RETURNING id"
    );
    let given: Vec<String> = columns.iter().map(|column| given(table, column)).collect();
    let given = given.join(", ");
    let held = format!("t.{}", columns.join(", t."));
    let update = format!(
        "UPDATE {table} t SET ({list}) = ROW({given}) FROM jsonb_populate_recordset(NULL::{table}, $1) n
         WHERE t.id = n.id AND ({held}) IS DISTINCT FROM ({given}) RETURNING t.id"
    );
    for (sql, rows, effect) in [(insert, new, Effect::Created), (update, known, Effect::Changed)] {
        for some in rows.chunks(size) {
            let written = write_rows(conn, table, &sql, some).await;
            let place = match some {
                [row] => row["id"].as_str().and_then(|id| plan.places.get(&id.parse().ok()?).copied()),
                _ => None,
            };
            let written = written.map_err(|error| refusal(error, place))?;
            counts.count_rows(plan, &written, effect);
        }
    }
    Ok(())
}

/// Returns the SQL of the value that an existing row `t` gets from the row `n` of a file. Files do
/// not contain publications. A baseline that still names the same metric therefore keeps the
/// publication in which the metric is published.
fn given(table: &str, column: &str) -> String {
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
struct Touched {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// Executes the statement for these rows. Returns the ids of the rows that it created or changed.
async fn write_rows(
    conn: &mut AsyncPgConnection,
    table: &'static str,
    sql: &str,
    rows: &[Value],
) -> Result<Vec<Uuid>, db::Error> {
    let touched: Vec<Touched> = diesel::sql_query(sql)
        .bind::<Jsonb, _>(Value::Array(rows.to_vec()))
        .load(conn)
        .await
        .map_err(db::Error::writing(table))?;
    Ok(touched.into_iter().map(|row| row.id).collect())
}
