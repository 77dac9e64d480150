//! Writes the progress entries of a bulk request in one statement, and their external ids in
//! another.

use diesel::sql_types::{Array, BigInt, Bool, Date, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::request::CoverageBulk;
use crate::db::bulk::{LineToWrite, Touched, column};
use crate::db::{Error, Statement};

type Written<'d, 'l, 'c> = LineToWrite<'d, 'l, CoverageBulk<'c>>;

/// Inserts new entries and corrections. Updates source, note and URL of entries whose `covered`
/// stays the same. Deletes entries, with all entries that they correct.
pub(super) async fn rows(
    conn: &mut AsyncPgConnection,
    author: &str,
    written: &[Written<'_, '_, '_>],
    (deleted, versions): (Vec<Uuid>, Vec<i64>),
) -> Result<(), Error> {
    let count = written.len() + deleted.len();
    let touched: Touched = Statement::new(include_str!("sql/write.sql"))
        .bind::<Array<SqlUuid>, _>(column(written, |line, _| line.id))
        .bind::<Array<Nullable<SqlUuid>>, _>(column(written, |line, _| line.row.map(|row| row.id)))
        .bind::<Array<Nullable<BigInt>>, _>(column(written, |line, _| line.row.map(|row| row.version)))
        .bind::<Array<SqlUuid>, _>(column(written, |line, _| line.resolved.key.target_id))
        .bind::<Array<SqlUuid>, _>(column(written, |line, _| line.resolved.key.council_id))
        .bind::<Array<Date>, _>(column(written, |line, _| line.resolved.key.occurred_on))
        .bind::<Array<Nullable<Text>>, _>(column(written, |line, _| line.resolved.key.occasion.as_deref()))
        .bind::<Array<Bool>, _>(column(written, |_, content| content.covered))
        .bind::<Array<Nullable<Text>>, _>(column(written, |_, content| content.source.as_deref()))
        .bind::<Array<Nullable<Text>>, _>(column(written, |_, content| content.note.as_deref()))
        .bind::<Array<Nullable<Text>>, _>(column(written, |_, content| content.evidence_url.as_deref()))
        .bind::<Array<SqlUuid>, _>(deleted)
        .bind::<Array<BigInt>, _>(versions)
        .bind::<Text, _>(author)
        .get_result(conn)
        .await
        .map_err(Error::writing("progress"))?;
    touched.check(count)
}

/// Moves the external ids of corrected entries to their corrections.
pub(super) async fn move_external_ids(
    conn: &mut AsyncPgConnection,
    written: &[Written<'_, '_, '_>],
) -> Result<(), Error> {
    let moved = written.iter().filter_map(|(line, content)| {
        let row = line.row.filter(|_| content.is_correction)?;
        Some((row.id, line.id))
    });
    let (from, to): (Vec<_>, Vec<_>) = moved.unzip();
    Statement::new(
        "UPDATE progress_external_ids k SET progress_id = moved.id
         FROM unnest($1, $2) AS moved (old_id, id) WHERE k.progress_id = moved.old_id",
    )
    .bind::<Array<SqlUuid>, _>(from)
    .bind::<Array<SqlUuid>, _>(to)
    .execute(conn)
    .await
    .map_err(Error::writing("progress_external_ids"))?;
    Ok(())
}
