//! A transaction around work that stays on its thread.

use diesel_async::{AsyncConnection, AsyncPgConnection, TransactionManager};

type Manager = <AsyncPgConnection as AsyncConnection>::TransactionManager;

/// Runs work in a transaction: all of it, or nothing. Unlike diesel's own it takes work that holds a request.
/// Within another transaction it is a savepoint.
pub async fn in_transaction<T, E: From<diesel::result::Error>>(
    conn: &mut AsyncPgConnection,
    work: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, E>,
) -> Result<T, E> {
    Manager::begin_transaction(conn).await?;
    match work(conn).await {
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
