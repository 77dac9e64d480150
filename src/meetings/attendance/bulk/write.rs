//! Writes the attendance records of a bulk request in one statement, and their external ids in
//! another.

use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::request::AttendanceBulk;
use crate::db::bulk::{LineToWrite, Touched, column};
use crate::db::{Error, Statement};

/// Inserts, updates and deletes attendance records. Does not update records without changes. Fails
/// with [`Error::Contended`] if another transaction has inserted one of the records after the
/// stored records were loaded.
pub(super) async fn rows(
    conn: &mut AsyncPgConnection,
    mut written: Vec<LineToWrite<'_, '_, AttendanceBulk<'_>>>,
    (deleted, versions): (Vec<Uuid>, Vec<i64>),
) -> Result<(), Error> {
    written.retain(|(_, content)| !content.is_same);
    let count = written.len() + deleted.len();
    if count == 0 {
        return Ok(());
    }
    let touched: Touched = Statement::new(include_str!("sql/write.sql"))
        .bind::<Array<SqlUuid>, _>(column(&written, |line, _| line.id))
        .bind::<Array<Nullable<BigInt>>, _>(column(&written, |line, _| line.row.map(|row| row.version)))
        .bind::<Array<SqlUuid>, _>(column(&written, |line, _| line.resolved.key.meeting_id))
        .bind::<Array<Nullable<SqlUuid>>, _>(column(&written, |line, _| line.resolved.key.seat_id()))
        .bind::<Array<Nullable<SqlUuid>>, _>(column(&written, |line, _| line.resolved.key.council_id))
        .bind::<Array<Nullable<Text>>, _>(column(&written, |line, _| line.resolved.key.delegate_ref()))
        .bind::<Array<Nullable<Text>>, _>(column(&written, |_, content| content.attendee_name.as_deref()))
        .bind::<Array<Text>, _>(column(&written, |_, content| content.status.as_str()))
        .bind::<Array<Nullable<Text>>, _>(column(&written, |_, content| content.note.as_deref()))
        .bind::<Array<SqlUuid>, _>(deleted)
        .bind::<Array<BigInt>, _>(versions)
        .get_result(conn)
        .await
        .map_err(Error::writing("attendance"))?;
    touched.check(count)
}

/// Closes those of the given meetings' registers that are open. Returns the ids of their meetings.
pub(super) async fn close_registers(
    conn: &mut AsyncPgConnection,
    meetings: &[Uuid],
) -> Result<Vec<Uuid>, Error> {
    #[derive(QueryableByName)]
    struct Closed {
        #[diesel(sql_type = SqlUuid)]
        id: Uuid,
    }
    let closed: Vec<Closed> = Statement::new(
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
