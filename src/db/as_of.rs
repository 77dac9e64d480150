//! As-of queries: read the tables as they were at an instant, or at a line of the change log.

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::{Error, transaction};
use crate::values::Instant;

/// The schema `known` has the history view of each table, under the table's own name.
const LOOK_BACK: &str = "SELECT set_config('search_path', 'known, public', true)";

/// Lets the statements until the end of the transaction read what was known at this instant.
pub async fn look_back(conn: &mut AsyncPgConnection, known_at: Instant) -> Result<(), Error> {
    diesel::sql_query(format!("{LOOK_BACK}, set_config('outturn.known_at', $1::text, true)"))
        .bind::<Timestamptz, _>(known_at)
        .execute(conn)
        .await?;
    Ok(())
}

/// Runs work that reads what was known at this line of the change log. The transaction then
/// continues in the present.
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

/// The end of the change log.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub struct LogEnd {
    /// Its last line.
    #[diesel(sql_type = BigInt)]
    pub line: i64,
    /// When the current transaction began.
    #[diesel(sql_type = Timestamptz)]
    pub at: Instant,
}

/// Returns the end of the change log at a moment when no transaction is writing to it. Later writes
/// have later lines, so an as-of query at this line is exact. The function waits for the
/// transactions that are writing. Others wait only as long as it does.
pub async fn end_of_log(conn: &mut AsyncPgConnection) -> Result<LogEnd, Error> {
    transaction::with_rollback(conn, async |conn| {
        diesel::sql_query("LOCK TABLE changes IN SHARE ROW EXCLUSIVE MODE").execute(conn).await?;
        let end = diesel::sql_query("SELECT COALESCE(max(id), 0) AS line, now() AS at FROM changes");
        Ok(end.get_result(conn).await?)
    })
    .await
}
