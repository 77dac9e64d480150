//! Writing a plan: set by set, in one transaction. An unchanged row keeps its version.

use std::fmt;

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Jsonb};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use serde_json::Value;

use super::plan::{Plan, Table};
use crate::db::{Error, write as guarded};

/// The tables of an import in the order in which rows name earlier ones, each with the columns it writes.
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

/// Tables whose rows rest on lists of earlier ones: the lists are written before them.
const AFTER_LISTS: [&str; 2] = ["attendance", "progress"];

/// How many rows of a kind were created and changed, and how many were as they should be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome(Vec<(&'static str, u64, u64, u64)>);

impl Outcome {
    /// Rows created and rows changed, of all kinds together.
    pub fn totals(&self) -> (u64, u64) {
        self.0.iter().fold((0, 0), |(created, changed), row| (created + row.1, changed + row.2))
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<12} {:>8} {:>8} {:>10}", "", "created", "changed", "unchanged")?;
        for (table, created, changed, unchanged) in &self.0 {
            writeln!(f, "{table:<12} {created:>8} {changed:>8} {unchanged:>10}")?;
        }
        Ok(())
    }
}

/// Writes the plan, all or nothing.
pub(super) async fn write(conn: &mut AsyncPgConnection, plan: &Plan<'_>) -> Result<Outcome, Error> {
    conn.transaction(async |conn| {
        diesel::sql_query("SET LOCAL outturn.importing = 'on'").execute(conn).await?;
        diesel::sql_query("SET LOCAL statement_timeout = 0").execute(conn).await?;
        let before = versions(conn).await?;
        for (table, columns) in TABLES.iter().filter(|(table, _)| !AFTER_LISTS.contains(table)) {
            write_table(conn, plan, table, columns).await?;
        }
        for lists in plan.lists.iter().filter(|lists| !rests_on_late_rows(lists.children.table)) {
            write_lists(conn, lists).await?;
        }
        for (table, columns) in TABLES.iter().filter(|(table, _)| AFTER_LISTS.contains(table)) {
            write_table(conn, plan, table, columns).await?;
        }
        for lists in plan.lists.iter().filter(|lists| rests_on_late_rows(lists.children.table)) {
            write_lists(conn, lists).await?;
        }
        guarded::check_deferred(conn, "attendance").await?;
        outcome(plan, &before, &versions(conn).await?)
    })
    .await
}

fn rests_on_late_rows(child_table: &str) -> bool {
    AFTER_LISTS.iter().any(|table| child_table.starts_with(table))
}

async fn write_lists(conn: &mut AsyncPgConnection, lists: &super::plan::Lists) -> Result<(), Error> {
    let borrowed: Vec<_> = lists.lists.iter().map(|(owner, list)| (*owner, list.as_slice())).collect();
    lists.children.replace(conn, &borrowed).await
}

async fn write_table(
    conn: &mut AsyncPgConnection,
    plan: &Plan<'_>,
    table: &'static str,
    columns: &[&str],
) -> Result<(), Error> {
    let Some(Table { new, known }) = plan.tables.get(table) else { return Ok(()) };
    let list = columns.join(", ");
    let insert = format!(
        "INSERT INTO {table} (id, {list}) SELECT id, {list} FROM jsonb_populate_recordset(NULL::{table}, $1)"
    );
    let given = format!("n.{}", columns.join(", n."));
    let held = format!("t.{}", columns.join(", t."));
    let update = format!(
        "UPDATE {table} t SET ({list}) = ROW({given}) FROM jsonb_populate_recordset(NULL::{table}, $1) n
         WHERE t.id = n.id AND ({held}) IS DISTINCT FROM ({given})"
    );
    for (sql, rows) in [(insert, new), (update, known)] {
        if !rows.is_empty() {
            let rows = Value::Array(rows.clone());
            diesel::sql_query(sql)
                .bind::<Jsonb, _>(rows)
                .execute(conn)
                .await
                .map_err(Error::writing(table))?;
        }
    }
    Ok(())
}

#[derive(QueryableByName)]
struct Sums {
    #[diesel(sql_type = Jsonb)]
    sums: Value,
    #[diesel(sql_type = BigInt)]
    _tables: i64,
}

/// For each table how many rows it has and how many of them this transaction has touched.
async fn versions(conn: &mut AsyncPgConnection) -> Result<Value, Error> {
    let each: Vec<String> = TABLES
        .iter()
        .map(|(table, _)| {
            format!(
                "SELECT '{table}' AS name, count(*) AS rows, count(*) FILTER (
                 WHERE age(xmin) <= age(pg_current_xact_id()::xid)) AS touched FROM {table}"
            )
        })
        .collect();
    let sql = format!(
        "SELECT jsonb_object_agg(name, jsonb_build_array(rows, touched)) AS sums, count(*) AS _tables FROM ({}) t",
        each.join(" UNION ALL ")
    );
    let sums: Sums = diesel::sql_query(sql).get_result(conn).await?;
    Ok(sums.sums)
}

fn outcome(plan: &Plan<'_>, before: &Value, after: &Value) -> Result<Outcome, Error> {
    let count = |sums: &Value, table: &str, i: usize| sums[table][i].as_u64().unwrap_or(0);
    let row = |(table, _): &(&'static str, &[&str])| {
        let planned = plan.tables.get(table).map_or(0, |t| (t.new.len() + t.known.len()) as u64);
        let created = count(after, table, 0).saturating_sub(count(before, table, 0));
        let changed = count(after, table, 1).saturating_sub(created);
        (*table, created, changed, planned.saturating_sub(created + changed))
    };
    Ok(Outcome(TABLES.iter().map(row).collect()))
}
