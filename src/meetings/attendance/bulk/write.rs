//! Writes the decisions: one statement for all rows, one for their external ids.

use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::decide::Content;
use super::resolve::ResolvedKey;
use crate::db::Error;
use crate::db::bulk;

/// A row to insert, or to update from the version that was read.
#[derive(Debug)]
pub(super) struct Row<'d> {
    pub(super) id: Uuid,
    pub(super) version: Option<i64>,
    pub(super) resolved: &'d ResolvedKey,
    pub(super) content: &'d Content,
}

#[derive(QueryableByName)]
struct Touched {
    #[diesel(sql_type = BigInt)]
    rows: i64,
}

/// Inserts, updates and deletes rows. Fails with [`Error::Contended`] if another writer has
/// inserted one of the rows since they were read.
pub(super) async fn rows(
    conn: &mut AsyncPgConnection,
    write: &[Row<'_>],
    gone: &[bulk::Row],
) -> Result<(), Error> {
    if write.is_empty() && gone.is_empty() {
        return Ok(());
    }
    fn column<'r, T>(rows: &'r [Row<'r>], value: impl Fn(&'r Row<'r>) -> T) -> Vec<T> {
        rows.iter().map(value).collect()
    }
    let touched: Touched = diesel::sql_query(include_str!("sql/write.sql"))
        .bind::<Array<SqlUuid>, _>(column(write, |row| row.id))
        .bind::<Array<Nullable<BigInt>>, _>(column(write, |row| row.version))
        .bind::<Array<SqlUuid>, _>(column(write, |row| row.resolved.meeting_id))
        .bind::<Array<Nullable<SqlUuid>>, _>(column(write, |row| row.resolved.seat_id))
        .bind::<Array<Nullable<SqlUuid>>, _>(column(write, |row| row.resolved.council_id))
        .bind::<Array<Nullable<Text>>, _>(column(write, |row| row.resolved.delegate_ref.as_deref()))
        .bind::<Array<Nullable<Text>>, _>(column(write, |row| row.content.attendee_name.as_deref()))
        .bind::<Array<Text>, _>(column(write, |row| row.content.status.as_str()))
        .bind::<Array<Nullable<Text>>, _>(column(write, |row| row.content.note.as_deref()))
        .bind::<Array<SqlUuid>, _>(gone.iter().map(|row| row.id).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(gone.iter().map(|row| row.version).collect::<Vec<_>>())
        .get_result(conn)
        .await
        .map_err(Error::writing("attendance"))?;
    bulk::check_touched(touched.rows, write.len() + gone.len())
}

/// Closes registers that are open, and returns their meetings.
pub(super) async fn close_registers(
    conn: &mut AsyncPgConnection,
    meetings: &[Uuid],
) -> Result<Vec<Uuid>, Error> {
    #[derive(QueryableByName)]
    struct Closed {
        #[diesel(sql_type = SqlUuid)]
        id: Uuid,
    }
    let closed: Vec<Closed> = diesel::sql_query(
        "UPDATE meetings SET register = 'closed' WHERE id = ANY ($1) AND register = 'open' RETURNING id",
    )
    .bind::<Array<SqlUuid>, _>(meetings)
    .load(conn)
    .await
    .map_err(Error::writing("meetings"))?;
    let mut ids: Vec<Uuid> = closed.into_iter().map(|closed| closed.id).collect();
    ids.sort_unstable();
    Ok(ids)
}
