//! Runs work in transactions and savepoints.

use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, TransactionManager};

use super::Error;

#[derive(Debug)]
pub enum TransactionEnd<T> {
    Commit(T),
    Rollback(T),
}

type Manager = <AsyncPgConnection as AsyncConnection>::TransactionManager;

/// Runs work in a transaction, or in a savepoint if a transaction has begun. Rolls back if the work
/// fails. Unlike diesel's own function, this function accepts work that is not `Send`.
pub async fn in_transaction<T, E: From<diesel::result::Error>>(
    conn: &mut AsyncPgConnection,
    work: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, E>,
) -> Result<T, E> {
    Manager::begin_transaction(conn).await?;
    let result = work(conn).await;
    commit_or_rollback(conn, result).await
}

/// Runs read-only work in a transaction whose statements all read one snapshot. If a transaction
/// has begun, that transaction must already read one snapshot. The work then runs in a savepoint,
/// which is rolled back to restore settings.
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

/// Runs work that reads one snapshot and writes data computed from it. Fails with
/// [`Error::Contended`] if another transaction has changed the data that was read.
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

/// Begins a transaction. The first statement of `sql` must be BEGIN.
pub async fn begin(conn: &mut AsyncPgConnection, sql: &str) -> Result<(), diesel::result::Error> {
    Manager::begin_transaction_sql(conn, sql).await
}

/// Rolls back the innermost transaction. If the rollback fails, the pool discards the connection.
pub(super) async fn rollback(conn: &mut AsyncPgConnection) {
    let _ = Manager::rollback_transaction(conn).await;
}

/// Waits for an advisory lock. Releases the lock at the end of the transaction or, outside a
/// transaction, when the connection closes.
pub async fn lock(conn: &mut AsyncPgConnection, key: i64) -> Result<(), Error> {
    let function = if is_in_transaction(conn) { "pg_advisory_xact_lock" } else { "pg_advisory_lock" };
    diesel::sql_query(format!("SELECT {function}({key})")).execute(conn).await?;
    Ok(())
}

/// Runs work in a transaction that `sql` begins. If `sql` is `None`, each statement is a separate
/// transaction.
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

pub(super) async fn commit(conn: &mut AsyncPgConnection) -> Result<(), Error> {
    if is_in_transaction(conn) {
        Manager::commit_transaction(conn).await?;
    }
    Ok(())
}

pub(super) fn is_in_transaction(conn: &mut AsyncPgConnection) -> bool {
    let status = Manager::transaction_manager_status_mut(conn).transaction_state();
    status.is_ok_and(|state| state.transaction_depth().is_some())
}

/// Runs work in a transaction or savepoint that is always rolled back, and returns the result of
/// the work. Settings and locks end with the transaction or savepoint.
pub async fn with_rollback<T, E: From<diesel::result::Error>>(
    conn: &mut AsyncPgConnection,
    work: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, E>,
) -> Result<T, E> {
    Manager::begin_transaction(conn).await?;
    let result = work(conn).await;
    Manager::rollback_transaction(conn).await?;
    result
}

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
