//! Snapshots of the change log: the transactions whose lines a reader has read.
//!
//! The ids of the change log follow the order in which each row changed. A transaction locks a row
//! that it changes until the transaction ends, so the next transaction writes a higher id for the
//! row. Different transactions do not become visible in the order of ids, because a transaction can
//! end long after it took an id. A reader therefore stores a snapshot and not an id. The snapshot
//! contains the transactions that had ended when the reader read the log.
//!
//! A [`SnapshotRange`] contains the lines of the transactions that ended between two snapshots. A
//! reader reads one range after the other, each in the order of ids, and thereby gets the changes
//! of each row in order. If two transactions changed one row, the first transaction ended before
//! the second one changed the row. Every snapshot with the second transaction therefore also
//! contains the first.

use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::deserialize::{FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::serialize::{IsNull, Output, ToSql};
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Oid, Text, Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::{Deserialize, Serialize};

use super::{Error, Statement};

#[derive(Debug, Clone, Copy, diesel::sql_types::SqlType, diesel::query_builder::QueryId)]
#[diesel(postgres_type(oid = 5038, array_oid = 5039))]
pub struct PgSnapshot;

/// The transactions that had ended when the snapshot was taken, as in PostgreSQL's `pg_snapshot`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = PgSnapshot)]
#[serde(try_from = "Vec<i64>", into = "Vec<i64>")]
pub struct Snapshot {
    /// The first transaction id that had not been assigned, which PostgreSQL calls `xmax`.
    before: i64,
    /// The transactions below `before` that were still running, in ascending order. PostgreSQL
    /// calls them `xip`.
    running: Vec<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a snapshot")]
pub struct NotASnapshot;

impl Snapshot {
    pub const fn empty() -> Self {
        Self { before: 1, running: Vec::new() }
    }

    /// Creates a snapshot. Fails unless `running` is ascending and below `before`.
    pub fn new(before: i64, running: Vec<i64>) -> Result<Self, NotASnapshot> {
        let is_ascending = running.is_sorted_by(|one, next| one < next);
        let is_within = running.iter().all(|id| (1..before).contains(id));
        if before >= 1 && is_ascending && is_within {
            Ok(Self { before, running })
        } else {
            Err(NotASnapshot)
        }
    }

    /// Returns whether the transaction had ended when the snapshot was taken.
    pub fn contains(&self, transaction: i64) -> bool {
        transaction < self.before && self.running.binary_search(&transaction).is_err()
    }

    /// Returns whether the later snapshot contains all transactions of this one.
    pub fn is_contained_in(&self, later: &Self) -> bool {
        self.before <= later.before && !later.running.iter().any(|id| self.contains(*id))
    }

    /// Returns whether the server has assigned transaction ids up to this snapshot's `before`.
    /// Otherwise the snapshot comes from another server, or from a later state of a restored
    /// server.
    pub const fn is_reached_by(&self, now: &Self) -> bool {
        self.before <= now.before
    }
}

/// Reads the binary form: the number of running transactions as 32 bits, then `xmin`, `xmax` and
/// the running transactions as 64 bits each.
impl FromSql<PgSnapshot, Pg> for Snapshot {
    fn from_sql(value: PgValue<'_>) -> diesel::deserialize::Result<Self> {
        let numbers = value.as_bytes().get(4..).ok_or(NotASnapshot)?;
        let (numbers, rest) = numbers.as_chunks::<8>();
        let numbers: Vec<i64> = numbers.iter().map(|number| i64::from_be_bytes(*number)).collect();
        match numbers.as_slice() {
            [_, before, running @ ..] if rest.is_empty() => Ok(Self::new(*before, running.to_vec())?),
            _ => Err(NotASnapshot.into()),
        }
    }
}

impl ToSql<PgSnapshot, Pg> for Snapshot {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> diesel::serialize::Result {
        use std::io::Write;
        let oldest = self.running.as_slice().first().unwrap_or(&self.before);
        out.write_all(&i32::try_from(self.running.len())?.to_be_bytes())?;
        for number in [oldest, &self.before].into_iter().chain(&self.running) {
            out.write_all(&number.to_be_bytes())?;
        }
        Ok(IsNull::No)
    }
}

/// Converts a snapshot to the short form in cursors. The form is `before`, then the difference
/// between `before` and each running transaction.
impl From<Snapshot> for Vec<i64> {
    fn from(Snapshot { before, running }: Snapshot) -> Self {
        std::iter::once(before).chain(running.into_iter().map(|id| before - id)).collect()
    }
}

impl TryFrom<Vec<i64>> for Snapshot {
    type Error = NotASnapshot;

    fn try_from(numbers: Vec<i64>) -> Result<Self, NotASnapshot> {
        let (before, offsets) = numbers.split_first().ok_or(NotASnapshot)?;
        let running = offsets.iter().map(|offset| before.checked_sub(*offset).ok_or(NotASnapshot));
        Self::new(*before, running.collect::<Result<_, _>>()?)
    }
}

/// A range of the change log. It contains the lines whose transactions ended between two snapshots.
/// The SQL function `is_in_range` implements the same rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotRange {
    /// The snapshot at the start of the range. The lines of its transactions have already been
    /// read.
    pub after: Snapshot,
    /// The snapshot at the end of the range. When the range has been read, so have the lines of its
    /// transactions.
    pub until: Snapshot,
    /// The last line of a restored change log. The transaction ids up to this line belong to
    /// another server.
    pub restored_line: i64,
}

impl SnapshotRange {
    /// Returns whether the range contains a line of the change log that the transaction wrote.
    /// Restored lines are only in a range that begins with the empty snapshot. Such a range
    /// contains all restored lines.
    pub fn contains(&self, transaction: i64, line: i64) -> bool {
        if line <= self.restored_line {
            return self.after == Snapshot::empty();
        }
        !self.after.contains(transaction) && self.until.contains(transaction)
    }

    /// Creates a statement whose first five parameters are this range, in the order of the
    /// parameters of `is_in_range`.
    pub fn query<'s>(&'s self, sql: &str) -> BoxedSqlQuery<'s, Pg, SqlQuery> {
        diesel::sql_query(sql)
            .into_boxed()
            .bind::<BigInt, _>(self.after.before)
            .bind::<Array<BigInt>, _>(&self.after.running)
            .bind::<BigInt, _>(self.until.before)
            .bind::<Array<BigInt>, _>(&self.until.running)
            .bind::<BigInt, _>(self.restored_line)
    }
}

#[derive(Debug, Clone, QueryableByName)]
pub struct Now {
    #[diesel(sql_type = PgSnapshot)]
    pub snapshot: Snapshot,
    /// The last line of a change log that was restored from another server. `None` if no such line
    /// exists or the query did not search for one.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub restored_line: Option<i64>,
    #[diesel(embed)]
    pub server_run: ServerRun,
}

/// Identifies the database, and the run of its server since the last start. Snapshots of different
/// runs cannot be compared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, QueryableByName)]
pub struct ServerRun {
    #[diesel(sql_type = Timestamptz)]
    server_started_at: DateTime<Utc>,
    #[diesel(sql_type = Oid)]
    database_oid: u32,
}

/// Returns the transactions that have ended. With `with_restored`, also searches the change log for
/// lines from another server. The transaction of such a line has not ended on this server.
pub async fn now(conn: &mut AsyncPgConnection, with_restored: bool) -> Result<Now, Error> {
    let now = Statement::new(include_str!("sql/now.sql")).bind::<Bool, _>(with_restored);
    Ok(now.get_result(conn).await?)
}

#[derive(QueryableByName)]
struct LaterChanges {
    #[diesel(embed)]
    now: Now,
    #[diesel(sql_type = Bool)]
    has_changed: bool,
}

impl Now {
    /// Returns the current snapshot if no row of the resources has changed since this snapshot.
    /// Returns `None` if a row has changed, or if the database server has restarted.
    pub async fn if_unchanged(
        &self,
        conn: &mut AsyncPgConnection,
        resources: &[&str],
    ) -> Result<Option<Self>, Error> {
        let sql = include_str!("sql/later_changes.sql");
        let later: LaterChanges = self.later_changes(sql, resources).get_result(conn).await?;
        let is_unchanged = !later.has_changed && later.now.server_run == self.server_run;
        Ok(is_unchanged.then_some(later.now))
    }

    /// Returns whether this snapshot was taken before `later`, or contains the same transactions,
    /// and both come from the same run of the database server.
    pub fn is_before(&self, later: &Self) -> bool {
        self.server_run == later.server_run && self.snapshot.is_contained_in(&later.snapshot)
    }

    /// Creates a statement about the changes of resources since this snapshot. $1: the last line
    /// that was restored from another server, or null. $2, $4: the xmax and the running transactions
    /// of the snapshot. $3: the resources.
    pub fn later_changes<'s>(&'s self, sql: &'static str, resources: &'s [&'s str]) -> Statement<'s> {
        Statement::new(sql)
            .bind::<Nullable<BigInt>, _>(self.restored_line)
            .bind::<BigInt, _>(self.snapshot.before)
            .bind::<Array<Text>, _>(resources)
            .bind::<Array<BigInt>, _>(&self.snapshot.running)
    }
}

#[derive(QueryableByName)]
struct Exists {
    #[diesel(sql_type = Bool)]
    exists: bool,
}

/// Returns whether the range contains a line of the change log, for any resource.
pub async fn has_lines(conn: &mut AsyncPgConnection, range: &SnapshotRange) -> Result<bool, Error> {
    let sql = "SELECT EXISTS (SELECT FROM changes WHERE is_in_range(transaction_id, id, $1, $2, $3, $4, $5)) AS exists";
    Ok(range.query(sql).get_result::<Exists>(conn).await?.exists)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_snapshot_contains_what_had_ended_and_a_broken_one_is_refused() {
        let snapshot = Snapshot::new(20, vec![10, 14, 15]).expect("a snapshot");
        let contained: Vec<i64> = (8..=21).filter(|id| snapshot.contains(*id)).collect();
        assert_eq!(contained, [8, 9, 11, 12, 13, 16, 17, 18, 19]);
        assert_eq!(Vec::from(snapshot.clone()), [20, 10, 6, 5]);
        assert_eq!(Snapshot::try_from(vec![20, 10, 6, 5]), Ok(snapshot));
        for broken in [vec![], vec![0], vec![-4], vec![9, 0], vec![9, 9], vec![9, 1, 1], vec![i64::MAX, -1]] {
            assert_eq!(Snapshot::try_from(broken.clone()), Err(NotASnapshot), "{broken:?}");
        }
    }

    proptest! {
        /// Checks that consecutive ranges share a snapshot and contain each line exactly once.
        #[test]
        fn each_line_is_in_one_of_two_stretches_that_follow_each_other(
            mut ended in prop::collection::vec((1_i64..60, 0_usize..3), 1..60),
        ) {
            ended.sort_unstable();
            ended.dedup_by_key(|(id, _)| *id);
            // Three snapshots: each transaction has ended in the snapshots with a number above the
            // transaction's own.
            let at = |moment: usize| {
                let running = ended.iter().filter(|(_, when)| *when >= moment).map(|(id, _)| *id).collect();
                Snapshot::new(60, running).expect("a snapshot")
            };
            let range = |after, until| SnapshotRange { after, until, restored_line: 0 };
            let (one, next) = (range(at(0), at(1)), range(at(1), at(2)));
            prop_assert!(at(0).is_contained_in(&at(1)));
            prop_assert_eq!(at(1).is_contained_in(&at(0)), ended.iter().all(|(_, when)| *when != 0));
            for (id, when) in &ended {
                prop_assert_eq!(one.contains(*id, 1), *when == 0);
                prop_assert_eq!(next.contains(*id, 1), *when == 1);
            }
        }
    }
}
