//! Database queries that list rows: one statement for each kind of row, whatever the number of
//! rows.

use chrono::NaiveDate;
use diesel::QueryableByName;
use diesel::pg::Pg;
use diesel::sql_types::{Array, BigInt, Date, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::position::RowPosition;
use super::row_facts::{CouncilRow, EntryRow, EvaluationRow, LineRow, MeetingRow};
use crate::db::Error;
use crate::metrics::facts::TargetFact;
use crate::metrics::model::{Counts, RowReason};
use crate::rules::Measure;

const LINES: &str = include_str!("../sql/explain/lines.sql");
const VISITS: &str = include_str!("../sql/explain/visits.sql");

async fn load_of_target<Row>(conn: &mut AsyncPgConnection, sql: &str, target: Uuid) -> Result<Vec<Row>, Error>
where
    Row: QueryableByName<Pg> + Send + 'static,
{
    Ok(diesel::sql_query(sql).bind::<SqlUuid, _>(target).load(conn).await?)
}

/// Lists the meetings that the target's metric counts or could count, by date.
pub async fn meetings(conn: &mut AsyncPgConnection, target: Uuid) -> Result<Vec<MeetingRow>, Error> {
    load_of_target(conn, include_str!("../sql/explain/meetings.sql"), target).await
}

pub async fn evaluations(conn: &mut AsyncPgConnection, target: Uuid) -> Result<Vec<EvaluationRow>, Error> {
    load_of_target(conn, include_str!("../sql/explain/evaluations.sql"), target).await
}

/// Lists the progress entries that the target's metric counts or could count. Each has the id of
/// the correction that replaces it by `target.as_at`.
pub async fn entries(conn: &mut AsyncPgConnection, target: &TargetFact) -> Result<Vec<EntryRow>, Error> {
    let statement = diesel::sql_query(include_str!("../sql/explain/entries.sql"))
        .bind::<SqlUuid, _>(target.target_id)
        .bind::<Date, _>(target.as_at);
    Ok(statement.load(conn).await?)
}

pub async fn councils(conn: &mut AsyncPgConnection, target: &TargetFact) -> Result<Vec<CouncilRow>, Error> {
    let statement = diesel::sql_query(include_str!("../sql/explain/councils.sql"))
        .bind::<SqlUuid, _>(target.target_id)
        .bind::<Date, _>(target.as_at);
    Ok(statement.load(conn).await?)
}

/// Which seats, councils and visitors of registers to list. A filter that is `None` excludes none.
#[derive(Debug, Default)]
pub struct LineRequest<'a> {
    /// The meetings of the target. A meeting that does not count has its reason.
    pub meetings: Vec<(Uuid, Option<RowReason>)>,
    pub counts: Option<Counts>,
    pub meeting: Option<Uuid>,
    pub after: Option<&'a RowPosition>,
    pub limit: i64,
}

/// Lists a page of the register rows behind an attendance rate or a coverage by attendance.
pub async fn lines(
    conn: &mut AsyncPgConnection,
    target: &TargetFact,
    request: LineRequest<'_>,
) -> Result<Vec<LineRow>, Error> {
    let is_coverage = matches!(target.measure, Measure::CouncilCoverage(_));
    let (meetings, reasons): (Vec<Uuid>, Vec<Option<RowReason>>) = request.meetings.into_iter().unzip();
    let day = request.after.and_then(|position| position.day).map(|day| day.0);
    let statement = diesel::sql_query(if is_coverage { VISITS } else { LINES })
        .into_boxed::<Pg>()
        .bind::<SqlUuid, _>(target.target_id)
        .bind::<Array<SqlUuid>, _>(meetings)
        .bind::<Array<Nullable<Text>>, _>(reasons)
        .bind::<Nullable<Text>, _>(request.counts)
        .bind::<Nullable<SqlUuid>, _>(request.meeting)
        .bind::<Nullable<Date>, _>(day)
        .bind::<Nullable<SqlUuid>, _>(request.after.and_then(|position| position.meeting))
        .bind::<Nullable<SqlUuid>, _>(request.after.map(|position| position.id))
        .bind::<BigInt, _>(request.limit);
    let as_at: NaiveDate = target.as_at;
    let statement = if is_coverage { statement.bind::<Date, _>(as_at) } else { statement };
    Ok(statement.load(conn).await?)
}
