//! The locks of a bulk request. Waiting for a lock has a time limit.

use std::collections::HashMap;

use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::Row;
use crate::db::{Error, Statement};

/// Maximum time that a bulk request waits for one lock. Concurrent requests hold locks for
/// milliseconds.
pub const LOCK_TIMEOUT: &str = "3s";

/// Limits the wait for each lock until the transaction ends. A statement that exceeds the limit
/// fails with [`Error::Contended`].
pub(super) async fn set_timeout(conn: &mut AsyncPgConnection) -> Result<(), Error> {
    Statement::new("SELECT set_config('lock_timeout', $1, true)")
        .bind::<Text, _>(LOCK_TIMEOUT)
        .execute(conn)
        .await?;
    Ok(())
}

/// Waits until no other bulk request that writes rows of these parents is in progress. Takes the
/// locks in the order of the ids, which prevents deadlocks.
pub(super) async fn lock_bulk_writes(conn: &mut AsyncPgConnection, parents: &[Uuid]) -> Result<(), Error> {
    Statement::new(
        "SELECT pg_advisory_xact_lock(hashtextextended(parent.id::text, 1))
         FROM (SELECT DISTINCT id FROM unnest($1) AS id ORDER BY id) parent",
    )
    .bind::<Array<SqlUuid>, _>(parents)
    .execute(conn)
    .await?;
    Ok(())
}

/// Locks rows against all other writers, in the order of the ids. Returns whether all rows still
/// have the version that was read before.
pub(super) async fn lock_rows(
    conn: &mut AsyncPgConnection,
    table: &'static str,
    rows: &[Row],
) -> Result<bool, Error> {
    if rows.is_empty() {
        return Ok(true);
    }
    let ids = rows.iter().map(|row| row.id).collect();
    let versions = load_versions(conn, table, ids, "ORDER BY id FOR UPDATE").await?;
    Ok(rows.iter().all(|row| versions.get(&row.id) == Some(&row.version)))
}

#[derive(QueryableByName)]
struct Versioned {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = BigInt)]
    version: i64,
}

/// Returns the versions of rows. `clause` is appended to the SELECT statement.
pub(super) async fn load_versions(
    conn: &mut AsyncPgConnection,
    table: &'static str,
    ids: Vec<Uuid>,
    clause: &'static str,
) -> Result<HashMap<Uuid, i64>, Error> {
    let sql = format!("SELECT id, version FROM {table} WHERE id = ANY ($1) {clause}");
    let rows: Vec<Versioned> = Statement::new(sql).bind::<Array<SqlUuid>, _>(ids).load(conn).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.version)).collect())
}
