//! The SQL statements with which the server detects new webhook events.

use std::collections::HashMap;

use diesel::dsl::{exists, max, select};
use diesel::pg::Pg;
use diesel::prelude::{ExpressionMethods, OptionalExtension, PgArrayExpressionMethods, QueryDsl};
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_types::{Array, BigInt, Bool, Date, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::target_events::TargetSnapshot;
use crate::db::Error;
use crate::db::schema::{changes, frameworks, target_snapshots, webhooks};
use crate::db::snapshot::{self, PgSnapshot, Snapshot, SnapshotRange};
use crate::frameworks::model::FrameworkStatus;
use crate::metrics;
use crate::metrics::model::Status;
use crate::publications::model::PublicationStatus;
use crate::values::{Day, Instant};
use crate::webhooks::event_types::{AttendanceAccepted, Event, EventOccurrence, EventType, PublicationStep};

/// How far event detection has processed the change log.
#[derive(Debug, Clone, QueryableByName)]
pub struct Progress {
    /// The transactions that event detection has processed, as a snapshot.
    #[diesel(sql_type = PgSnapshot)]
    processed: Snapshot,
    /// The end of the range of transactions that is being processed. Set only if the range is too
    /// long for one round.
    #[diesel(sql_type = Nullable<PgSnapshot>)]
    processing_until: Option<Snapshot>,
    /// The line of the change log up to which the range has been processed.
    #[diesel(sql_type = BigInt)]
    processed_line: i64,
    /// The last line of a change log that was restored from another server. Event detection ignores
    /// these lines.
    #[diesel(sql_type = BigInt)]
    restored_line: i64,
    /// The day for which event detection last derived the figures.
    #[diesel(sql_type = Nullable<Date>)]
    pub compared_on: Option<Day>,
    #[diesel(sql_type = Timestamptz)]
    pub at: Instant,
}

/// The transactions that one round of event detection processes. Their last lines in the change log
/// are after `after_line` and up to `until_line`.
#[derive(Debug, Clone)]
pub struct Round {
    range: SnapshotRange,
    after_line: i64,
    until_line: i64,
}

impl Round {
    /// Returns a query whose first seven parameters describe the transactions of the round.
    fn query(&self, sql: &str) -> BoxedSqlQuery<'_, Pg, SqlQuery> {
        self.range.query(sql).bind::<BigInt, _>(self.after_line).bind::<BigInt, _>(self.until_line)
    }
}

/// The number of changed rows after which a round of event detection ends.
const MAX_ROWS: i64 = 5000;

impl Progress {
    /// Returns whether this progress comes from the backup of another server.
    fn is_restored(&self, now: &Snapshot) -> bool {
        !self.processed.is_reached_by(now)
    }

    fn range(&self, now: Snapshot) -> SnapshotRange {
        SnapshotRange {
            after: self.processed.clone(),
            until: self.processing_until.clone().unwrap_or(now),
            restored_line: self.restored_line,
        }
    }
}

pub async fn load_progress(conn: &mut AsyncPgConnection) -> Result<Progress, Error> {
    Ok(sql_query(include_str!("sql/progress.sql")).get_result(conn).await?)
}

/// Loads the progress of event detection and locks it until the transaction ends. Returns `None`
/// while another server has the lock.
pub async fn lock_progress(conn: &mut AsyncPgConnection) -> Result<Option<Progress>, Error> {
    Ok(sql_query(include_str!("sql/lock_progress.sql")).get_result(conn).await.optional()?)
}

/// Waits for the round of event detection in progress. A concurrent round that began before this
/// write then fails, and a later round repeats it.
pub async fn touch_progress(conn: &mut AsyncPgConnection) -> Result<Progress, Error> {
    Ok(sql_query(include_str!("sql/touch_progress.sql")).get_result(conn).await?)
}

/// Returns whether the change log has lines that event detection has not processed.
pub async fn has_news(conn: &mut AsyncPgConnection, progress: &Progress) -> Result<bool, Error> {
    let now = snapshot::now(conn, false).await?.snapshot;
    let is_within = progress.processing_until.is_some();
    Ok(is_within || progress.is_restored(&now) || snapshot::has_lines(conn, &progress.range(now)).await?)
}

/// Returns the transactions to process in this round of event detection. Leaves out the lines of a
/// restored change log.
pub async fn next_round(conn: &mut AsyncPgConnection, progress: &Progress) -> Result<Round, Error> {
    let now = snapshot::now(conn, false).await?.snapshot;
    if progress.is_restored(&now) {
        let last: Option<i64> = changes::table.select(max(changes::id)).get_result(conn).await?;
        let restored_line = last.unwrap_or_default();
        let range = SnapshotRange { after: now.clone(), until: now, restored_line };
        return Ok(Round { range, after_line: 0, until_line: i64::MAX });
    }
    let (range, after_line) = (progress.range(now), progress.processed_line);
    let whole = Round { range, after_line, until_line: i64::MAX };
    let last: Option<LastLine> = whole
        .range
        .query(include_str!("sql/last_line.sql"))
        .bind::<BigInt, _>(after_line)
        .bind::<BigInt, _>(MAX_ROWS)
        .get_result(conn)
        .await
        .optional()?;
    Ok(Round { until_line: last.map_or(i64::MAX, |last| last.last_line), ..whole })
}

/// Stores that the round of event detection is complete, and that the figures were derived for this
/// day.
pub async fn advance(conn: &mut AsyncPgConnection, round: &Round, day: Day) -> Result<(), Error> {
    let Round { range: SnapshotRange { after, until, restored_line }, until_line, .. } = round;
    let is_whole = *until_line == i64::MAX;
    let (processed, processing_until) = if is_whole { (until, None) } else { (after, Some(until)) };
    sql_query(
        "UPDATE webhook_progress SET processed = $1, processing_until = $2, processed_line = $3, restored_line = $4,
             compared_on = $5",
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
struct LoggedEvent<D: QueryableByName<Pg>> {
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

impl<D: QueryableByName<Pg>> LoggedEvent<D> {
    /// Converts to an event with its position in the change log.
    fn with_position(self, event: fn(D) -> Event) -> ((i64, i64), EventOccurrence) {
        let transaction = Some(self.transaction_id);
        (
            (self.last_line, self.line),
            EventOccurrence { event: event(self.data), at: self.occurred_at, transaction },
        )
    }
}

/// Returns the events that follow from the change log alone, without derived figures. If two
/// transactions changed the same row, the event of the later transaction comes later.
pub async fn list_logged_events(
    conn: &mut AsyncPgConnection,
    round: &Round,
) -> Result<Vec<EventOccurrence>, Error> {
    let attendance = include_str!("sql/attendance.sql");
    let accepted: Vec<LoggedEvent<AttendanceAccepted>> = round.query(attendance).load(conn).await?;
    let steps: Vec<LoggedEvent<PublicationStep>> =
        round.query(include_str!("sql/publications.sql")).load(conn).await?;
    let accepted = accepted.into_iter().map(|at| at.with_position(Event::AttendanceAccepted));
    let steps = steps.into_iter().map(|at| match at.data.status {
        PublicationStatus::Reopened => at.with_position(Event::PublicationReopened),
        _ => at.with_position(Event::PublicationPublished),
    });
    let mut positioned: Vec<_> = accepted.chain(steps).collect();
    positioned.sort_by_key(|(position, _)| *position);
    Ok(positioned.into_iter().map(|(_, occurrence)| occurrence).collect())
}

#[derive(QueryableByName)]
struct Changed {
    #[diesel(sql_type = Bool)]
    changed: bool,
}

pub async fn figures_changed(conn: &mut AsyncPgConnection, round: &Round) -> Result<bool, Error> {
    let query =
        round.query(include_str!("sql/figures.sql")).bind::<Array<Text>, _>(metrics::SOURCE_RESOURCES);
    Ok(query.get_result::<Changed>(conn).await?.changed)
}

/// Returns the frameworks whose targets cause events. They are the active frameworks whose plan
/// period has begun.
pub async fn list_active_frameworks(conn: &mut AsyncPgConnection, day: Day) -> Result<Vec<Uuid>, Error> {
    let active = frameworks::table.filter(frameworks::status.eq(FrameworkStatus::Active));
    let begun = active.filter(frameworks::plan_from.le(day)).order(frameworks::plan_from);
    Ok(begun.select(frameworks::id).load(conn).await?)
}

/// Returns whether a webhook is subscribed to events that depend on the figures of targets. A
/// disabled webhook counts, because a replay can send the events of that time.
pub async fn has_target_subscriber(conn: &mut AsyncPgConnection) -> Result<bool, Error> {
    let types = vec![EventType::TargetStatusChanged, EventType::ReadingOverdue];
    let subscribed = webhooks::table.filter(webhooks::event_types.overlaps_with(types));
    Ok(select(exists(subscribed)).get_result(conn).await?)
}

pub async fn has_snapshots(conn: &mut AsyncPgConnection) -> Result<bool, Error> {
    Ok(select(exists(target_snapshots::table.select(target_snapshots::target_id))).get_result(conn).await?)
}

pub async fn delete_snapshots(conn: &mut AsyncPgConnection) -> Result<(), Error> {
    diesel::delete(target_snapshots::table).execute(conn).await?;
    Ok(())
}

pub async fn load_snapshots(conn: &mut AsyncPgConnection) -> Result<HashMap<Uuid, TargetSnapshot>, Error> {
    let rows: Vec<(Uuid, Status, Vec<String>)> = target_snapshots::table.load(conn).await?;
    let snapshot = |(id, status, overdue): (Uuid, Status, Vec<String>)| {
        (id, TargetSnapshot { status, overdue: overdue.into_iter().collect() })
    };
    Ok(rows.into_iter().map(snapshot).collect())
}

pub async fn store_snapshots(
    conn: &mut AsyncPgConnection,
    snapshots: &[(Uuid, TargetSnapshot)],
) -> Result<(), Error> {
    if snapshots.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = snapshots.iter().map(|(id, _)| *id).collect();
    let statuses: Vec<Status> = snapshots.iter().map(|(_, snapshot)| snapshot.status).collect();
    // PostgreSQL's arrays of arrays must be rectangular. Each list of keys is therefore one string.
    let overdue: Vec<String> = snapshots.iter().map(|(_, snapshot)| snapshot.join_overdue_keys()).collect();
    sql_query(
        "INSERT INTO target_snapshots (target_id, status, overdue)
         SELECT target_id, status, string_to_array(overdue, ' ')
         FROM unnest($1, $2, $3) AS snapshots (target_id, status, overdue)
         ON CONFLICT (target_id) DO UPDATE SET status = excluded.status, overdue = excluded.overdue",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<Text>, _>(statuses)
    .bind::<Array<Text>, _>(overdue)
    .execute(conn)
    .await
    .map_err(Error::writing("target_snapshots"))?;
    Ok(())
}
