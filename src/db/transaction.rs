//! Transactions around work that stays on its thread.

use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, TransactionManager};

use super::Error;

/// How a transaction without an error ends.
#[derive(Debug)]
pub enum TransactionEnd<T> {
    /// Commit the writes.
    Commit(T),
    /// Roll back the writes.
    Rollback(T),
}

type Manager = <AsyncPgConnection as AsyncConnection>::TransactionManager;

/// Runs work in a transaction, which is rolled back if the work fails. Unlike diesel's own
/// function, it accepts work that holds a request. Within another transaction it is a savepoint.
pub async fn in_transaction<T, E: From<diesel::result::Error>>(
    conn: &mut AsyncPgConnection,
    work: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, E>,
) -> Result<T, E> {
    Manager::begin_transaction(conn).await?;
    let result = work(conn).await;
    commit_or_rollback(conn, result).await
}

/// Runs work that only reads, in a transaction whose statements all read one snapshot. Within
/// another transaction, which must be a snapshot itself, it is a savepoint. The savepoint is rolled
/// back, so that its settings end.
pub async fn in_snapshot<T, E: From<diesel::result::Error>>(
    conn: &mut AsyncPgConnection,
    work: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, E>,
) -> Result<T, E> {
    if is_in_transaction(conn) {
        Manager::begin_transaction(conn).await?;
        let result = work(conn).await;
        rollback(conn).await;
        return result;
    }
    begin(conn, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
    let result = work(conn).await;
    commit_or_rollback(conn, result).await
}

/// Runs work that reads one snapshot and writes data that follows from it. Fails with
/// [`Error::Contended`] if the data was changed meanwhile.
pub async fn in_written_snapshot<T>(
    conn: &mut AsyncPgConnection,
    work: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, Error>,
) -> Result<T, Error> {
    if is_in_transaction(conn) {
        return in_transaction(conn, work).await;
    }
    begin(conn, "BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE").await?;
    let result = work(conn).await;
    commit_or_rollback(conn, result).await
}

/// Begins a transaction with this SQL, whose first statement is a BEGIN.
pub async fn begin(conn: &mut AsyncPgConnection, sql: &str) -> Result<(), diesel::result::Error> {
    Manager::begin_transaction_sql(conn, sql).await
}

/// Rolls back the innermost transaction. A connection on which this fails is not used again.
pub(super) async fn rollback(conn: &mut AsyncPgConnection) {
    let _ = Manager::rollback_transaction(conn).await;
}

/// Waits for an advisory lock, and holds it until the transaction ends. Without a transaction,
/// holds it until the connection closes.
pub async fn lock(conn: &mut AsyncPgConnection, key: i64) -> Result<(), Error> {
    let function = if is_in_transaction(conn) { "pg_advisory_xact_lock" } else { "pg_advisory_lock" };
    diesel::sql_query(format!("SELECT {function}({key})")).execute(conn).await?;
    Ok(())
}

/// Runs work in a transaction that begins with this SQL. Without SQL, each statement is a
/// transaction of its own.
pub async fn within<T, E: From<diesel::result::Error>>(
    conn: &mut AsyncPgConnection,
    sql: Option<&str>,
    work: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, E>,
) -> Result<T, E> {
    let Some(sql) = sql else { return work(conn).await };
    begin(conn, sql).await?;
    let result = work(conn).await;
    commit_or_rollback(conn, result).await
}

/// Commits the transaction, if there is one.
pub(super) async fn commit(conn: &mut AsyncPgConnection) -> Result<(), Error> {
    if is_in_transaction(conn) {
        Manager::commit_transaction(conn).await?;
    }
    Ok(())
}

/// Returns whether a transaction has begun.
pub(super) fn is_in_transaction(conn: &mut AsyncPgConnection) -> bool {
    let status = Manager::transaction_manager_status_mut(conn).transaction_state();
    status.is_ok_and(|state| state.transaction_depth().is_some())
}

/// Runs work in a transaction, or in a savepoint of one, that is always rolled back, and returns
/// its result. Settings and locks of the work end with it.
pub async fn with_rollback<T, E: From<diesel::result::Error>>(
    conn: &mut AsyncPgConnection,
    work: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, E>,
) -> Result<T, E> {
    Manager::begin_transaction(conn).await?;
    let result = work(conn).await;
    Manager::rollback_transaction(conn).await?;
    result
}

/// Commits if the work has succeeded, otherwise rolls back.
pub(super) async fn commit_or_rollback<T, E: From<diesel::result::Error>>(
    conn: &mut AsyncPgConnection,
    result: Result<T, E>,
) -> Result<T, E> {
    match result {
        Ok(value) => {
            Manager::commit_transaction(conn).await?;
            Ok(value)
        }
        Err(error) => {
            rollback(conn).await;
            Err(error)
        }
    }
}
