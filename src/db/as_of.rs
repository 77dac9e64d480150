//! As-of queries. They read the tables as they were at an instant, or at a line of the change log.

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::{Error, transaction};
use crate::values::Instant;

/// Selects the schema `known`. In this schema, the name of each table belongs to the history view
/// of that table.
const LOOK_BACK: &str = "SELECT set_config('search_path', 'known, public', true)";

/// Lets all further statements of the transaction read the tables as they were at `known_at`.
pub async fn look_back(conn: &mut AsyncPgConnection, known_at: Instant) -> Result<(), Error> {
    diesel::sql_query(format!("{LOOK_BACK}, set_config('outturn.known_at', $1::text, true)"))
        .bind::<Timestamptz, _>(known_at)
        .execute(conn)
        .await?;
    Ok(())
}

/// Runs work that reads the tables as they were at a line of the change log. Later statements of
/// the transaction read the current tables again.
pub async fn at_line<T>(
    conn: &mut AsyncPgConnection,
    line: i64,
    work: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, Error>,
) -> Result<T, Error> {
    transaction::with_rollback(conn, async |conn| {
        diesel::sql_query(format!("{LOOK_BACK}, set_config('outturn.known_line', $1::text, true)"))
            .bind::<BigInt, _>(line)
            .execute(conn)
            .await?;
        work(conn).await
    })
    .await
}

#[derive(Debug, Clone, Copy, QueryableByName)]
pub struct LogEnd {
    #[diesel(sql_type = BigInt)]
    pub line: i64,
    /// Start time of the current transaction.
    #[diesel(sql_type = Timestamptz)]
    pub at: Instant,
}

/// Returns the end of the change log, after waiting for all transactions that are writing to it.
/// Every later change has a higher line number, so an as-of query at the returned line is exact.
/// Other writers wait until this function returns.
pub async fn end_of_log(conn: &mut AsyncPgConnection) -> Result<LogEnd, Error> {
    transaction::with_rollback(conn, async |conn| {
        diesel::sql_query("LOCK TABLE changes IN SHARE ROW EXCLUSIVE MODE").execute(conn).await?;
        let end = diesel::sql_query("SELECT COALESCE(max(id), 0) AS line, now() AS at FROM changes");
        Ok(end.get_result(conn).await?)
    })
    .await
}
