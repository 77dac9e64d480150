//! Writes the decisions: one statement for all entries, one for their external ids.

use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Bool, Date, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::decide::Content;
use super::queries::Coverages;
use crate::db::Error;
use crate::db::bulk::{Row, Work, check_touched};

type Written<'w, 'l, 'c> = (&'w Work<'l, Coverages<'c>>, &'w Content);

#[derive(QueryableByName)]
struct Touched {
    #[diesel(sql_type = BigInt)]
    rows: i64,
}

/// Inserts entries, and corrections where `covered` has changed. Updates the documentation of other
/// entries. Deletes entries with every entry that they corrected.
pub(super) async fn rows(
    conn: &mut AsyncPgConnection,
    author: &str,
    written: &[Written<'_, '_, '_>],
    gone: &[Row],
) -> Result<(), Error> {
    fn column<'w, 'l, 'c, T>(
        written: &[Written<'w, 'l, 'c>],
        value: impl Fn(&'w Work<'l, Coverages<'c>>, &'w Content) -> T,
    ) -> Vec<T> {
        written.iter().map(|(work, content)| value(work, content)).collect()
    }
    let touched: Touched = diesel::sql_query(include_str!("sql/write.sql"))
        .bind::<Array<SqlUuid>, _>(column(written, |work, _| work.id))
        .bind::<Array<Nullable<SqlUuid>>, _>(column(written, |work, _| work.row.map(|row| row.id)))
        .bind::<Array<Nullable<BigInt>>, _>(column(written, |work, _| work.row.map(|row| row.version)))
        .bind::<Array<SqlUuid>, _>(column(written, |work, _| work.resolved.target_id))
        .bind::<Array<SqlUuid>, _>(column(written, |work, _| work.resolved.council_id))
        .bind::<Array<Date>, _>(column(written, |work, _| work.resolved.occurred_on))
        .bind::<Array<Nullable<Text>>, _>(column(written, |work, _| work.resolved.occasion.as_deref()))
        .bind::<Array<Bool>, _>(column(written, |_, content| content.covered))
        .bind::<Array<Nullable<Text>>, _>(column(written, |_, content| content.source.as_deref()))
        .bind::<Array<Nullable<Text>>, _>(column(written, |_, content| content.note.as_deref()))
        .bind::<Array<Nullable<Text>>, _>(column(written, |_, content| content.evidence_url.as_deref()))
        .bind::<Array<SqlUuid>, _>(gone.iter().map(|row| row.id).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(gone.iter().map(|row| row.version).collect::<Vec<_>>())
        .bind::<Text, _>(author)
        .get_result(conn)
        .await
        .map_err(Error::writing("progress"))?;
    check_touched(touched.rows, written.len() + gone.len())
}

/// Moves the external ids of a corrected entry to its correction.
pub(super) async fn move_keys(
    conn: &mut AsyncPgConnection,
    written: &[Written<'_, '_, '_>],
) -> Result<(), Error> {
    let moved = written.iter().filter_map(|(work, content)| {
        let row = work.row.filter(|_| content.is_correction)?;
        Some((row.id, work.id))
    });
    let (from, to): (Vec<_>, Vec<_>) = moved.unzip();
    diesel::sql_query(
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
