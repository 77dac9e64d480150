//! The statements behind the feed.

use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::Change;
use super::position::{Position, Within};
use crate::db::{Error, KeyView, Visibility};
use crate::values::Slug;

/// Some changes, and where they lead.
#[derive(Debug)]
pub struct Read {
    /// The changes.
    pub changes: Vec<Change>,
    /// The position behind them.
    pub next: Position,
    /// Whether there are more just now.
    pub has_more: bool,
}

#[derive(QueryableByName)]
struct Horizon {
    #[diesel(sql_type = BigInt)]
    horizon: i64,
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = BigInt)]
    line: i64,
    #[diesel(embed)]
    change: Change,
}

/// The changes behind a position, so many at most; none where the log does not reach there.
pub async fn read(
    conn: &mut AsyncPgConnection,
    position: &Position,
    resource: Option<&Slug>,
    limit: i64,
    view: &Visibility,
) -> Result<Option<Read>, Error> {
    let horizon = horizon(conn).await?;
    let until = position.within.map_or(horizon, |within| within.until);
    if position.from > horizon || until > horizon {
        return Ok(None);
    }
    let (line, id) = position.within.map_or((0, Uuid::nil()), |within| (within.line, within.id));
    let (is_system, system) = match &view.keys {
        KeyView::OfSystem(system) => (true, system.as_ref()),
        KeyView::All | KeyView::OfCouncils(_) => (false, None),
    };
    let mut found: Vec<Found> = diesel::sql_query(include_str!("sql/changes.sql"))
        .bind::<BigInt, _>(position.from)
        .bind::<BigInt, _>(until)
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
    let has_more = found.len() > limit;
    found.truncate(limit);
    let last = found.last().filter(|_| has_more);
    let within = last.map(|last| Within { until, line: last.line, id: last.change.id });
    let from = if within.is_some() { position.from } else { until };
    let next = Position::at(from, within);
    let changes = found.into_iter().map(|found| found.change).collect();
    // A stretch that has ended can have others behind it that began since.
    Ok(Some(Read { changes, next, has_more: has_more || until < horizon }))
}

/// The transaction before which all have ended and everything was written: the same as long as nothing is.
pub async fn horizon(conn: &mut AsyncPgConnection) -> Result<i64, Error> {
    Ok(diesel::sql_query(include_str!("sql/horizon.sql")).get_result::<Horizon>(conn).await?.horizon)
}
