//! A transaction around work that stays on its thread.

use diesel_async::{AsyncConnection, AsyncPgConnection, TransactionManager};

use super::{Actor, Error};

type Manager = <AsyncPgConnection as AsyncConnection>::TransactionManager;

/// Runs work in a transaction: all of it, or nothing. Unlike diesel's own it takes work that holds a request.
/// Within another transaction it is a savepoint.
pub async fn in_transaction<T, E: From<diesel::result::Error>>(
    conn: &mut AsyncPgConnection,
    work: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, E>,
) -> Result<T, E> {
    Manager::begin_transaction(conn).await?;
    let done = work(conn).await;
    ended(conn, done).await
}

/// Runs work that only reads, in a transaction whose statements all see one state of the database.
pub async fn in_snapshot<T, E: From<diesel::result::Error>>(
    conn: &mut AsyncPgConnection,
    work: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, E>,
) -> Result<T, E> {
    Manager::begin_transaction_sql(conn, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
    let done = work(conn).await;
    ended(conn, done).await
}

/// Runs work that reads one state of the database and writes what follows from it; [`Error::Contended`] where that was changed meanwhile.
pub async fn in_written_snapshot<T>(
    conn: &mut AsyncPgConnection,
    work: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, Error>,
) -> Result<T, Error> {
    Manager::begin_transaction_sql(conn, "BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE").await?;
    let done = work(conn).await;
    ended(conn, done).await
}

/// Runs work within a transaction, of which nothing stays but what it found: its settings end and its locks are given back.
pub(super) async fn in_vain<T>(
    conn: &mut AsyncPgConnection,
    work: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, Error>,
) -> Result<T, Error> {
    Manager::begin_transaction(conn).await?;
    let found = work(conn).await;
    Manager::rollback_transaction(conn).await?;
    found
}

/// Runs work in a transaction that may write, on a connection that otherwise only reads; the change log names the actor.
pub(super) async fn write_as<T>(
    conn: &mut AsyncPgConnection,
    actor: &Actor,
    work: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, Error>,
) -> Result<T, Error> {
    Manager::begin_transaction_sql(conn, "BEGIN READ WRITE").await?;
    let done = match actor.acts_in_transaction(conn).await {
        Ok(()) => work(conn).await,
        Err(error) => Err(error),
    };
    ended(conn, done).await
}

/// Keeps what was done, or nothing of it.
async fn ended<T, E: From<diesel::result::Error>>(
    conn: &mut AsyncPgConnection,
    done: Result<T, E>,
) -> Result<T, E> {
    match done {
        Ok(done) => {
            Manager::commit_transaction(conn).await?;
            Ok(done)
        }
        Err(error) => {
            // A connection on which even this fails is not used again.
            let _ = Manager::rollback_transaction(conn).await;
            Err(error)
        }
    }
}
