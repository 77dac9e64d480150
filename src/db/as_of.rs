//! Looking back: what the tables said at an instant, or at a line of the change log.

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::{Error, transaction};
use crate::values::Instant;

/// Where looking back begins: the schema `known` has the past of each table under the table's own name.
const LOOK_BACK: &str = "SELECT set_config('search_path', 'known, public', true)";

/// Until the transaction ends, its statements read what was known at this instant.
pub async fn look_back(conn: &mut AsyncPgConnection, known_at: Instant) -> Result<(), Error> {
    diesel::sql_query(format!("{LOOK_BACK}, set_config('outturn.known_at', $1::text, true)"))
        .bind::<Timestamptz, _>(known_at)
        .execute(conn)
        .await?;
    Ok(())
}

/// Runs work that reads what was known at this line of the change log, in a transaction that goes on in the present.
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

/// Where the change log ends.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub struct LogEnd {
    /// Its last line.
    #[diesel(sql_type = BigInt)]
    pub line: i64,
    /// When the transaction that asks began.
    #[diesel(sql_type = Timestamptz)]
    pub at: Instant,
}

/// The end of the change log at a moment when nobody is in the midst of writing: what is written later has a later line, so
/// that looking back to this one is exact. Whoever is writing is waited for, and nobody waits for us any longer than that.
pub async fn end_of_log(conn: &mut AsyncPgConnection) -> Result<LogEnd, Error> {
    transaction::with_rollback(conn, async |conn| {
        diesel::sql_query("LOCK TABLE changes IN SHARE ROW EXCLUSIVE MODE").execute(conn).await?;
        let end = diesel::sql_query("SELECT COALESCE(max(id), 0) AS line, now() AS at FROM changes");
        Ok(end.get_result(conn).await?)
    })
    .await
}
