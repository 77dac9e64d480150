//! SQL statements for the change feed.

use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::model::Change;
use super::position::{InvalidToken, Position};
use crate::db::{Error, ExternalIdVisibility, Visibility, snapshot};
use crate::values::Slug;

#[derive(Debug)]
pub struct Read {
    pub changes: Vec<Change>,
    pub next: Position,
    pub has_more: bool,
}

#[derive(QueryableByName)]
struct FeedRow {
    #[diesel(sql_type = BigInt)]
    line: i64,
    #[diesel(embed)]
    change: Change,
}

/// Reads at most `limit` changes after a position of the change feed. The inner error is the reason
/// why the position cannot be used.
pub async fn read(
    conn: &mut AsyncPgConnection,
    position: &Position,
    resource: Option<&Slug>,
    limit: i64,
    view: &Visibility,
) -> Result<Result<Read, InvalidToken>, Error> {
    let now = snapshot::now(conn, position.is_start()).await?;
    let (range, line, id) = match position.range(&now) {
        Ok(range) => range,
        Err(lost) => return Ok(Err(lost)),
    };
    let (is_system, system) = match &view.keys {
        ExternalIdVisibility::OfSystem(system) => (true, system.as_ref()),
        ExternalIdVisibility::All | ExternalIdVisibility::OfCouncils(_) => (false, None),
    };
    let mut found: Vec<FeedRow> = range
        .query(include_str!("sql/changes.sql"))
        .bind::<BigInt, _>(line)
        .bind::<SqlUuid, _>(id)
        .bind::<Nullable<Text>, _>(resource)
        .bind::<BigInt, _>(limit + 1)
        .bind::<Nullable<Array<SqlUuid>>, _>(view.notes.limit())
        .bind::<Bool, _>(is_system)
        .bind::<Nullable<Text>, _>(system)
        .load(conn)
        .await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let is_cut = found.len() > limit;
    found.truncate(limit);
    // If this page completes its range, a further page exists only if transactions ended after the
    // range.
    let has_more = is_cut || range.until != now.snapshot;
    let next = match found.last() {
        Some(last) if is_cut => Position::within(range, last.line, last.change.id),
        None if !snapshot::has_lines(conn, &range).await? => position.unchanged(),
        _ => Position::after(range),
    };
    Ok(Ok(Read { changes: found.into_iter().map(|found| found.change).collect(), next, has_more }))
}
