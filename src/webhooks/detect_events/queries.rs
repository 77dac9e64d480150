//! The statements that find out what is to be told.

use std::collections::HashMap;

use diesel::dsl::max;
use diesel::pg::Pg;
use diesel::prelude::{ExpressionMethods, OptionalExtension, QueryDsl};
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_types::{Array, BigInt, Bool, Date, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::follow::Followed;
use crate::db::Error;
use crate::db::schema::{changes, followed_targets, frameworks};
use crate::db::snapshot::{self, PgSnapshot, Snapshot, Stretch};
use crate::frameworks::model::FrameworkStatus;
use crate::metrics;
use crate::metrics::model::Status;
use crate::publications::model::PublicationStatus;
use crate::values::{Day, Instant};
use crate::webhooks::events::{AttendanceAccepted, Event, Happened, PublicationStep};

/// How far the change log has been turned into events.
#[derive(Debug, Clone, QueryableByName)]
pub struct Progress {
    /// The transactions that are done.
    #[diesel(sql_type = PgSnapshot)]
    processed: Snapshot,
    /// The end of the stretch that is being processed, if it is too long for one round.
    #[diesel(sql_type = Nullable<PgSnapshot>)]
    processing_until: Option<Snapshot>,
    /// The line up to which that stretch is done.
    #[diesel(sql_type = BigInt)]
    processed_line: i64,
    /// The last line that came with another server's log: no events are made of it.
    #[diesel(sql_type = BigInt)]
    restored_line: i64,
    /// The day for which the figures were last derived.
    #[diesel(sql_type = Nullable<Date>)]
    pub followed_on: Option<Day>,
    /// The database's time: the clocks of servers differ.
    #[diesel(sql_type = Timestamptz)]
    pub at: Instant,
}

/// The transactions of one round: of a stretch those whose last lines are after one line and up to another.
#[derive(Debug, Clone)]
pub struct Round {
    stretch: Stretch,
    after_line: i64,
    until_line: i64,
}

impl Round {
    /// A statement whose first seven parameters are the round.
    fn query(&self, sql: &str) -> BoxedSqlQuery<'_, Pg, SqlQuery> {
        self.stretch.query(sql).bind::<BigInt, _>(self.after_line).bind::<BigInt, _>(self.until_line)
    }
}

/// The changed rows after which a round ends.
const MAX_ROWS: i64 = 5000;

const PROGRESS: &str = include_str!("sql/progress.sql");
const PROGRESS_ALONE: &str = concat!(include_str!("sql/progress.sql"), "FOR UPDATE SKIP LOCKED");

impl Progress {
    /// Returns whether another server, whose backup was restored, made it.
    fn is_restored(&self, now: &Snapshot) -> bool {
        !self.processed.is_reached_by(now)
    }

    fn stretch(&self, now: Snapshot) -> Stretch {
        Stretch {
            after: self.processed.clone(),
            until: self.processing_until.clone().unwrap_or(now),
            restored_line: self.restored_line,
        }
    }
}

/// Loads the progress, to see whether there is anything to do.
pub async fn progress(conn: &mut AsyncPgConnection) -> Result<Progress, Error> {
    Ok(sql_query(PROGRESS).get_result(conn).await?)
}

/// Loads and locks the progress until the transaction ends; `None` while another server has it.
pub async fn begin(conn: &mut AsyncPgConnection) -> Result<Option<Progress>, Error> {
    Ok(sql_query(PROGRESS_ALONE).get_result(conn).await.optional()?)
}

/// Returns whether the log has lines that are not processed.
pub async fn has_news(conn: &mut AsyncPgConnection, progress: &Progress) -> Result<bool, Error> {
    let now = snapshot::now(conn, false).await?.snapshot;
    let is_within = progress.processing_until.is_some();
    Ok(is_within || progress.is_restored(&now) || snapshot::has_lines(conn, &progress.stretch(now)).await?)
}

/// Returns the transactions to process in this round. No events are made of a restored log.
pub async fn round(conn: &mut AsyncPgConnection, progress: &Progress) -> Result<Round, Error> {
    let now = snapshot::now(conn, false).await?.snapshot;
    if progress.is_restored(&now) {
        let last: Option<i64> = changes::table.select(max(changes::id)).get_result(conn).await?;
        let restored_line = last.unwrap_or_default();
        let stretch = Stretch { after: now.clone(), until: now, restored_line };
        return Ok(Round { stretch, after_line: 0, until_line: i64::MAX });
    }
    let (stretch, after_line) = (progress.stretch(now), progress.processed_line);
    let whole = Round { stretch, after_line, until_line: i64::MAX };
    let last: Option<LastLine> = whole
        .stretch
        .query(include_str!("sql/last_line.sql"))
        .bind::<BigInt, _>(after_line)
        .bind::<BigInt, _>(MAX_ROWS)
        .get_result(conn)
        .await
        .optional()?;
    Ok(Round { until_line: last.map_or(i64::MAX, |last| last.last_line), ..whole })
}

/// Stores that the round is processed, and that the figures were derived for this day.
pub async fn advance(conn: &mut AsyncPgConnection, round: &Round, day: Day) -> Result<(), Error> {
    let Round { stretch: Stretch { after, until, restored_line }, until_line, .. } = round;
    let is_whole = *until_line == i64::MAX;
    let (processed, processing_until) = if is_whole { (until, None) } else { (after, Some(until)) };
    sql_query(
        "UPDATE webhook_progress SET processed = $1, processing_until = $2, processed_line = $3, restored_line = $4,
             followed_on = $5",
    )
    .bind::<PgSnapshot, _>(processed)
    .bind::<Nullable<PgSnapshot>, _>(processing_until)
    .bind::<BigInt, _>(if is_whole { 0 } else { *until_line })
    .bind::<BigInt, _>(restored_line)
    .bind::<Date, _>(day)
    .execute(conn)
    .await?;
    Ok(())
}

#[derive(QueryableByName)]
struct LastLine {
    #[diesel(sql_type = BigInt)]
    last_line: i64,
}

#[derive(QueryableByName)]
struct At<D: QueryableByName<Pg>> {
    #[diesel(sql_type = Timestamptz)]
    occurred_at: Instant,
    #[diesel(sql_type = BigInt)]
    transaction_id: i64,
    #[diesel(sql_type = BigInt)]
    last_line: i64,
    #[diesel(sql_type = BigInt)]
    line: i64,
    #[diesel(embed)]
    data: D,
}

impl<D: QueryableByName<Pg>> At<D> {
    /// The event, with its place in the order of the log.
    fn placed(self, event: fn(D) -> Event) -> ((i64, i64), Happened) {
        let transaction = Some(self.transaction_id);
        ((self.last_line, self.line), Happened { event: event(self.data), at: self.occurred_at, transaction })
    }
}

/// Returns the events that the lines of a round make by themselves. Of two transactions that changed the same row, the
/// event of the later one comes later.
pub async fn logged(conn: &mut AsyncPgConnection, round: &Round) -> Result<Vec<Happened>, Error> {
    let attendance = include_str!("sql/attendance.sql");
    let accepted: Vec<At<AttendanceAccepted>> = round.query(attendance).load(conn).await?;
    let steps: Vec<At<PublicationStep>> =
        round.query(include_str!("sql/publications.sql")).load(conn).await?;
    let accepted = accepted.into_iter().map(|at| at.placed(Event::AttendanceAccepted));
    let steps = steps.into_iter().map(|at| match at.data.status {
        PublicationStatus::Reopened => at.placed(Event::PublicationReopened),
        _ => at.placed(Event::PublicationPublished),
    });
    let mut placed: Vec<_> = accepted.chain(steps).collect();
    placed.sort_by_key(|(place, _)| *place);
    Ok(placed.into_iter().map(|(_, happened)| happened).collect())
}

#[derive(QueryableByName)]
struct Changed {
    #[diesel(sql_type = Bool)]
    changed: bool,
}

/// Returns whether a transaction of the round changed anything that figures are derived from.
pub async fn figures_changed(conn: &mut AsyncPgConnection, round: &Round) -> Result<bool, Error> {
    let asked = round.query(include_str!("sql/figures.sql")).bind::<Array<Text>, _>(metrics::READS);
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
