//! Several statements that see one state of the database.

use diesel_async::AsyncPgConnection;
use diesel_async::pg::TransactionBuilder;

/// A transaction that only reads: what one of its statements sees, the others see too.
pub fn snapshot(conn: &mut AsyncPgConnection) -> TransactionBuilder<'_, AsyncPgConnection> {
    conn.build_transaction().repeatable_read().read_only()
}
