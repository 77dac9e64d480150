//! Writes to a row only if it has an expected version. Distinguishes a missing row from an outdated
//! version.

use diesel::sql_types::{Array, BigInt, Bool, Nullable, Uuid as SqlUuid};
use diesel::{OptionalExtension, QueryResult, QueryableByName};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::{Error, Statement};

#[derive(QueryableByName)]
struct Deleted {
    #[diesel(sql_type = Bool)]
    gone: bool,
    #[diesel(sql_type = Nullable<BigInt>)]
    version: Option<i64>,
}

/// Deletes the row if it has one of `versions`, in one statement.
pub async fn delete(
    conn: &mut AsyncPgConnection,
    table: &'static str,
    id: Uuid,
    versions: &[i64],
) -> Result<(), Error> {
    let sql = format!(
        "WITH gone AS (DELETE FROM {table} WHERE id = $1 AND version = ANY($2) RETURNING id)
         SELECT EXISTS (SELECT FROM gone) AS gone, (SELECT version FROM {table} WHERE id = $1) AS version"
    );
    let found: Deleted = Statement::new(sql)
        .bind::<SqlUuid, _>(id)
        .bind::<Array<BigInt>, _>(versions)
        .get_result(conn)
        .await
        .map_err(Error::deleting)?;
    match found {
        Deleted { gone: true, .. } => Ok(()),
        Deleted { version: Some(_), .. } => Err(Error::Stale),
        Deleted { version: None, .. } => Err(Error::Missing),
    }
}

#[derive(QueryableByName)]
struct Present {
    #[diesel(sql_type = Bool)]
    _present: bool,
}

/// Fails if a conditional update changed no row. The error says whether the row is missing or has
/// another version.
pub async fn check_touched(
    conn: &mut AsyncPgConnection,
    table: &'static str,
    id: Uuid,
    touched: usize,
) -> Result<(), Error> {
    if touched > 0 { Ok(()) } else { Err(untouched(conn, table, id).await?) }
}

async fn untouched(conn: &mut AsyncPgConnection, table: &'static str, id: Uuid) -> Result<Error, Error> {
    let sql = format!("SELECT true AS _present FROM {table} WHERE id = $1");
    let found: Option<Present> =
        Statement::new(sql).bind::<SqlUuid, _>(id).get_result(conn).await.optional()?;
    Ok(if found.is_some() { Error::Stale } else { Error::Missing })
}

/// Returns the row that a conditional update has changed. If the update changed no row, the error
/// says why.
pub async fn changed<T>(
    conn: &mut AsyncPgConnection,
    table: &'static str,
    id: Uuid,
    updated: QueryResult<T>,
) -> Result<T, Error> {
    match updated {
        Err(diesel::result::Error::NotFound) => Err(untouched(conn, table, id).await?),
        updated => updated.map_err(Error::writing(table)),
    }
}

/// Runs the deferred constraint checks now. Their errors are then reported for this statement.
pub async fn check_deferred(conn: &mut AsyncPgConnection, table: &'static str) -> Result<(), Error> {
    Statement::new("SET CONSTRAINTS ALL IMMEDIATE").execute(conn).await.map_err(Error::writing(table))?;
    Ok(())
}
