//! The statements that find out what is to be told.

use std::collections::HashMap;

use diesel::dsl::max;
use diesel::prelude::{ExpressionMethods, OptionalExtension, QueryDsl};
use diesel::sql_types::{Array, BigInt, Bool, Date, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::follow::Followed;
use crate::db::Error;
use crate::db::schema::{changes, followed_targets, frameworks};
use crate::frameworks::model::FrameworkStatus;
use crate::metrics;
use crate::metrics::model::Status;
use crate::publications::model::PublicationStatus;
use crate::values::{Day, Instant};
use crate::webhooks::events::{AttendanceAccepted, Event, Happened, PublicationStep};

/// How far has been told.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub struct Progress {
    /// The first transaction that is not told.
    #[diesel(sql_type = BigInt)]
    pub next_transaction: i64,
    /// The last line of the log that is not told at all.
    #[diesel(sql_type = BigInt)]
    pub behind_line: i64,
    /// When the figures were last looked at.
    #[diesel(sql_type = Nullable<Date>)]
    pub followed_on: Option<Day>,
    /// Whether the transaction is of another database.
    #[diesel(sql_type = Bool)]
    pub is_anothers: bool,
    /// What time it is in the database: servers' clocks differ.
    #[diesel(sql_type = Timestamptz)]
    pub at: Instant,
}

/// Transactions of the log.
#[derive(Debug, Clone, Copy)]
pub struct Stretch {
    /// The first transaction.
    pub from: i64,
    /// The transaction behind the last.
    pub until: i64,
    /// The last line of the log that does not count.
    pub behind_line: i64,
}

/// Changed rows in a round.
const ROWS: i64 = 5000;

const PROGRESS: &str = include_str!("sql/progress.sql");
const PROGRESS_ALONE: &str = concat!(include_str!("sql/progress.sql"), "FOR UPDATE SKIP LOCKED");

/// How far has been told, to see whether there is anything to do.
pub async fn progress(conn: &mut AsyncPgConnection) -> Result<Progress, Error> {
    Ok(sql_query(PROGRESS).get_result(conn).await?)
}

/// How far has been told, which is ours to move on until the transaction ends; nothing where it is another server's just now.
pub async fn begin(conn: &mut AsyncPgConnection) -> Result<Option<Progress>, Error> {
    Ok(sql_query(PROGRESS_ALONE).get_result(conn).await.optional()?)
}

/// The stretch has been told, and the figures were looked at on this day.
pub async fn advance(conn: &mut AsyncPgConnection, stretch: Stretch, day: Day) -> Result<(), Error> {
    sql_query("UPDATE webhook_progress SET next_transaction = $1, behind_line = $2, followed_on = $3")
        .bind::<BigInt, _>(stretch.until)
        .bind::<BigInt, _>(stretch.behind_line)
        .bind::<Date, _>(day)
        .execute(conn)
        .await?;
    Ok(())
}

/// The stretch that is told next: so many changed rows at most; more where one transaction has. Of another database's log nothing is told.
pub async fn stretch(
    conn: &mut AsyncPgConnection,
    progress: Progress,
    horizon: i64,
) -> Result<Stretch, Error> {
    if progress.is_anothers {
        let last: Option<i64> = changes::table.select(max(changes::id)).get_result(conn).await?;
        return Ok(Stretch { from: horizon, until: horizon, behind_line: last.unwrap_or_default() });
    }
    let Progress { next_transaction: from, behind_line, .. } = progress;
    let until = sql_query(include_str!("sql/stretch.sql"));
    let until = until.bind::<BigInt, _>(from).bind::<BigInt, _>(horizon).bind::<BigInt, _>(ROWS);
    let until: Option<Until> = until.get_result(conn).await.optional()?;
    Ok(Stretch { from, until: until.map_or(horizon.max(from), |until| until.transaction_id), behind_line })
}

#[derive(QueryableByName)]
struct Until {
    #[diesel(sql_type = BigInt)]
    transaction_id: i64,
}

#[derive(QueryableByName)]
struct At<D: QueryableByName<diesel::pg::Pg>> {
    #[diesel(sql_type = Timestamptz)]
    occurred_at: Instant,
    #[diesel(sql_type = BigInt)]
    transaction_id: i64,
    #[diesel(embed)]
    data: D,
}

impl<D: QueryableByName<diesel::pg::Pg>> At<D> {
    fn happened(self, event: fn(D) -> Event) -> Happened {
        Happened { event: event(self.data), at: self.occurred_at, transaction: Some(self.transaction_id) }
    }
}

/// What the log says of these transactions by itself.
pub async fn logged(conn: &mut AsyncPgConnection, stretch: Stretch) -> Result<Vec<Happened>, Error> {
    let Stretch { from, until, behind_line } = stretch;
    let asked = |sql: &'static str| {
        sql_query(sql).bind::<BigInt, _>(from).bind::<BigInt, _>(until).bind::<BigInt, _>(behind_line)
    };
    let accepted: Vec<At<AttendanceAccepted>> = asked(include_str!("sql/attendance.sql")).load(conn).await?;
    let steps: Vec<At<PublicationStep>> = asked(include_str!("sql/publications.sql")).load(conn).await?;
    let accepted = accepted.into_iter().map(|at| at.happened(Event::AttendanceAccepted));
    let steps = steps.into_iter().map(|at| match at.data.status {
        PublicationStatus::Reopened => at.happened(Event::PublicationReopened),
        _ => at.happened(Event::PublicationPublished),
    });
    let mut happened: Vec<_> = accepted.chain(steps).collect();
    happened.sort_by_key(|happened| happened.at);
    Ok(happened)
}

#[derive(QueryableByName)]
struct Changed {
    #[diesel(sql_type = Bool)]
    changed: bool,
}

/// Whether these transactions wrote anything that figures are derived from.
pub async fn figures_changed(conn: &mut AsyncPgConnection, stretch: Stretch) -> Result<bool, Error> {
    let asked = sql_query(include_str!("sql/figures.sql"));
    let asked = asked.bind::<BigInt, _>(stretch.from).bind::<BigInt, _>(stretch.until);
    let asked = asked.bind::<Array<Text>, _>(metrics::READS);
    Ok(asked.get_result::<Changed>(conn).await?.changed)
}

/// The frameworks whose targets are followed: their plans are agreed and not closed, and their years have begun.
pub async fn frameworks(conn: &mut AsyncPgConnection, day: Day) -> Result<Vec<Uuid>, Error> {
    let active = frameworks::table.filter(frameworks::status.eq(FrameworkStatus::Active));
    let begun = active.filter(frameworks::plan_from.le(day)).order(frameworks::plan_from);
    Ok(begun.select(frameworks::id).load(conn).await?)
}

/// How each target was last told to stand.
pub async fn followed(conn: &mut AsyncPgConnection) -> Result<HashMap<Uuid, Followed>, Error> {
    let rows: Vec<(Uuid, Status, Vec<String>)> = followed_targets::table.load(conn).await?;
    let followed = |(id, status, overdue): (Uuid, Status, Vec<String>)| {
        (id, Followed { status, overdue: overdue.into_iter().collect() })
    };
    Ok(rows.into_iter().map(followed).collect())
}

/// Writes down how targets were told to stand.
pub async fn keep(conn: &mut AsyncPgConnection, told: &[(Uuid, Followed)]) -> Result<(), Error> {
    if told.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = told.iter().map(|(id, _)| *id).collect();
    let statuses: Vec<Status> = told.iter().map(|(_, followed)| followed.status).collect();
    // An array of arrays would have to be a rectangle.
    let overdue: Vec<String> = told.iter().map(|(_, followed)| followed.listed()).collect();
    sql_query(
        "INSERT INTO followed_targets (target_id, status, overdue)
         SELECT target_id, status, string_to_array(overdue, ' ')
         FROM unnest($1, $2, $3) AS told (target_id, status, overdue)
         ON CONFLICT (target_id) DO UPDATE SET status = excluded.status, overdue = excluded.overdue",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<Text>, _>(statuses)
    .bind::<Array<Text>, _>(overdue)
    .execute(conn)
    .await
    .map_err(Error::writing("followed_targets"))?;
    Ok(())
}
