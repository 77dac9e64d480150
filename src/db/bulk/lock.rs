//! The locks of a bulk write. The wait for each lock is bounded.

use std::collections::HashMap;

use diesel::sql_types::{Array, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::Row;
use super::apply::Versioned;
use crate::db::Error;

/// How long a bulk write waits for one lock. Concurrent requests hold their locks for milliseconds.
pub const LOCK_TIMEOUT: &str = "3s";

/// Bounds the wait for each lock until the transaction ends. A lock that is not granted in time
/// fails with [`Error::Contended`].
pub(super) async fn bound_waits(conn: &mut AsyncPgConnection) -> Result<(), Error> {
    diesel::sql_query("SELECT set_config('lock_timeout', $1, true)")
        .bind::<Text, _>(LOCK_TIMEOUT)
        .execute(conn)
        .await?;
    Ok(())
}

/// Waits until no other bulk write of these parents is in progress. The locks are taken in the
/// order of the ids.
pub(super) async fn lock_parents(conn: &mut AsyncPgConnection, ids: &[Uuid]) -> Result<(), Error> {
    diesel::sql_query(
        "SELECT pg_advisory_xact_lock(hashtextextended(held.id::text, 1))
         FROM (SELECT DISTINCT id FROM unnest($1) AS id ORDER BY id) held",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .execute(conn)
    .await?;
    Ok(())
}

/// Locks rows against every other writer, in the order of their ids. Returns whether all rows still
/// have the version that was read.
pub(super) async fn lock_rows(
    conn: &mut AsyncPgConnection,
    table: &'static str,
    rows: &[Row],
) -> Result<bool, Error> {
    if rows.is_empty() {
        return Ok(true);
    }
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let sql = format!("SELECT id, version FROM {table} WHERE id = ANY ($1) ORDER BY id FOR UPDATE");
    let locked: Vec<Versioned> = diesel::sql_query(sql).bind::<Array<SqlUuid>, _>(ids).load(conn).await?;
    let versions: HashMap<Uuid, i64> = locked.into_iter().map(|row| (row.id, row.version)).collect();
    Ok(rows.iter().all(|row| versions.get(&row.id) == Some(&row.version)))
}
