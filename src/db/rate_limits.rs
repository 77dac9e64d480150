//! The rate-limit buckets that several servers share.

use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::{Error, Statement};

/// The level of a bucket, counted by all servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct SharedLevel {
    #[diesel(sql_type = SqlUuid)]
    pub bucket: Uuid,
    /// Nanoseconds until the bucket is full.
    #[diesel(sql_type = BigInt)]
    pub full_in: i64,
}

/// Adds the nanoseconds that a server has taken from buckets, less refunds, and returns the levels
/// of these buckets. `buckets` and `taken` have the same length, and no bucket occurs twice.
pub async fn exchange(
    conn: &mut AsyncPgConnection,
    buckets: &[Uuid],
    taken: &[i64],
) -> Result<Vec<SharedLevel>, Error> {
    let exchange = Statement::new(include_str!("sql/exchange_rate_limits.sql"))
        .bind::<Array<SqlUuid>, _>(buckets)
        .bind::<Array<BigInt>, _>(taken);
    Ok(exchange.load(conn).await?)
}

/// Deletes the buckets that are full.
pub async fn purge_full(conn: &mut AsyncPgConnection) -> Result<usize, Error> {
    Ok(Statement::new("DELETE FROM rate_limit_buckets WHERE full_at < now()").execute(conn).await?)
}
