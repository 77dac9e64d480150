//! Database queries of engagement: one statement for each kind of fact, whatever the number of
//! councils.

use chrono::{Months, NaiveDate};
use diesel::QueryableByName;
use diesel::pg::Pg;
use diesel::sql_types::{Array, BigInt, Bool, Date, Integer, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::db::Error;
use crate::metrics::turnout::Tally;
use crate::values::{Code, CouncilKind, Day, ShortText, Slug, Title};

#[derive(Debug)]
pub struct Span<'s> {
    pub councils: &'s [Uuid],
    pub as_at: Day,
    /// The first day; `None` counts all days up to `as_at`.
    pub from: Option<Day>,
}

#[derive(Debug, QueryableByName)]
pub struct LineageFact {
    #[diesel(sql_type = SqlUuid)]
    pub council_id: Uuid,
    #[diesel(sql_type = Text)]
    pub name: ShortText,
    #[diesel(sql_type = Nullable<Date>)]
    pub exists_from: Option<Day>,
    #[diesel(sql_type = Nullable<Date>)]
    pub exists_until: Option<Day>,
}

#[derive(Debug, QueryableByName)]
pub struct BodyFact {
    #[diesel(sql_type = SqlUuid)]
    pub council_id: Uuid,
    #[diesel(sql_type = Date)]
    pub plan_from: Day,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub group_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    pub group_code: Option<Code>,
    #[diesel(sql_type = Nullable<Text>)]
    pub group_name: Option<ShortText>,
    #[diesel(sql_type = Nullable<Text>)]
    pub role: Option<Slug>,
    #[diesel(sql_type = BigInt)]
    pub meetings: i64,
    #[diesel(sql_type = BigInt)]
    pub meetings_constructed: i64,
    #[diesel(embed)]
    pub tally: Tally,
}

#[derive(Debug, QueryableByName)]
pub struct ReceivedFact {
    #[diesel(sql_type = SqlUuid)]
    pub council_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub target_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub framework_id: Uuid,
    #[diesel(sql_type = Text)]
    pub code: Code,
    #[diesel(sql_type = Text)]
    pub title: Title,
    #[diesel(sql_type = Bool)]
    pub council_reported: bool,
    #[diesel(sql_type = BigInt)]
    pub entries: i64,
    #[diesel(sql_type = BigInt)]
    pub occasions: i64,
    #[diesel(sql_type = BigInt)]
    pub covered: i64,
    #[diesel(sql_type = Date)]
    pub latest_on: Day,
}

#[derive(Debug, QueryableByName)]
pub struct OpenRegisterFact {
    #[diesel(sql_type = SqlUuid)]
    pub council_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub meeting_id: Uuid,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub group_id: Option<Uuid>,
    #[diesel(sql_type = Text)]
    pub title: Title,
    #[diesel(sql_type = Date)]
    pub held_on: Day,
}

#[derive(Debug, QueryableByName)]
pub struct UnreportedFact {
    #[diesel(sql_type = SqlUuid)]
    pub council_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub target_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub framework_id: Uuid,
    #[diesel(sql_type = Text)]
    pub code: Code,
    #[diesel(sql_type = Text)]
    pub title: Title,
}

#[derive(Debug, QueryableByName)]
pub struct VacantFact {
    #[diesel(sql_type = SqlUuid)]
    pub council_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub seat_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub group_id: Uuid,
    #[diesel(sql_type = Text)]
    pub group_name: ShortText,
    #[diesel(sql_type = Text)]
    pub role: Slug,
    #[diesel(sql_type = Integer)]
    pub ordinal: i32,
}

#[derive(Debug, QueryableByName)]
pub struct DriftFact {
    #[diesel(sql_type = SqlUuid)]
    pub council_id: Uuid,
    #[diesel(sql_type = Text)]
    pub name: ShortText,
    #[diesel(sql_type = Text)]
    pub kind: CouncilKind,
    #[diesel(sql_type = BigInt)]
    pub recent_attended: i64,
    #[diesel(sql_type = BigInt)]
    pub recent_expected: i64,
    #[diesel(sql_type = BigInt)]
    pub earlier_attended: i64,
    #[diesel(sql_type = BigInt)]
    pub earlier_expected: i64,
    #[diesel(sql_type = Nullable<Date>)]
    pub last_attended_on: Option<Day>,
    #[diesel(sql_type = BigInt)]
    pub coverage_entries: i64,
}

#[derive(Debug)]
pub struct Facts {
    pub attendance: Vec<BodyFact>,
    pub coverage: Vec<ReceivedFact>,
    pub open_registers: Vec<OpenRegisterFact>,
    pub unreported: Vec<UnreportedFact>,
    pub vacant: Vec<VacantFact>,
}

/// Loads a council and, with `with_predecessors`, the councils from which it had taken over by the
/// day. Returns nothing if the council does not exist.
pub async fn lineage(
    conn: &mut AsyncPgConnection,
    council: Uuid,
    as_at: Day,
    with_predecessors: bool,
) -> Result<Vec<LineageFact>, Error> {
    let statement = diesel::sql_query(include_str!("sql/lineage.sql"));
    let bound =
        statement.bind::<SqlUuid, _>(council).bind::<Date, _>(as_at).bind::<Bool, _>(with_predecessors);
    Ok(bound.load(conn).await?)
}

pub async fn facts(conn: &mut AsyncPgConnection, span: &Span<'_>) -> Result<Facts, Error> {
    Ok(Facts {
        attendance: attendance(conn, span).await?,
        coverage: load_for_span(conn, include_str!("sql/coverage.sql"), span).await?,
        open_registers: load_for_span(conn, include_str!("sql/open_registers.sql"), span).await?,
        unreported: load_for_span(conn, include_str!("sql/unreported.sql"), span).await?,
        vacant: diesel::sql_query(include_str!("sql/vacant_seats.sql"))
            .bind::<Array<SqlUuid>, _>(span.councils)
            .bind::<Date, _>(span.as_at)
            .load(conn)
            .await?,
    })
}

/// Loads the attendance of several councils in a range of days, by year from 1 April, group and
/// role.
pub async fn attendance(conn: &mut AsyncPgConnection, span: &Span<'_>) -> Result<Vec<BodyFact>, Error> {
    load_for_span(conn, include_str!("sql/attendance.sql"), span).await
}

const EARLIEST_DAY: Day = Day(NaiveDate::from_ymd_opt(1, 1, 1).expect("a date"));

async fn load_for_span<Fact: QueryableByName<Pg> + Send + 'static>(
    conn: &mut AsyncPgConnection,
    sql: &'static str,
    span: &Span<'_>,
) -> Result<Vec<Fact>, Error> {
    let statement = diesel::sql_query(sql)
        .bind::<Array<SqlUuid>, _>(span.councils)
        .bind::<Date, _>(span.as_at)
        .bind::<Date, _>(span.from.unwrap_or(EARLIEST_DAY));
    Ok(statement.load(conn).await?)
}

/// Loads the attendance of every council that exists on `as_at`, in the last twelve months and the
/// twelve months before. Leaves out constructed registers, which are no evidence about a single
/// council.
pub async fn drift(conn: &mut AsyncPgConnection, as_at: Day) -> Result<Vec<DriftFact>, Error> {
    let statement = diesel::sql_query(include_str!("sql/drift.sql"))
        .bind::<Date, _>(months_before(as_at, 12))
        .bind::<Date, _>(as_at)
        .bind::<Date, _>(months_before(as_at, 24));
    Ok(statement.load(conn).await?)
}

#[derive(Debug, Clone, QueryableByName)]
pub struct CouncilFact {
    #[diesel(sql_type = Text)]
    pub name: ShortText,
    #[diesel(sql_type = BigInt)]
    pub attended: i64,
    #[diesel(sql_type = BigInt)]
    pub expected: i64,
}

/// Loads the attendance of every council that a meeting in a range of days expected, sorted by the
/// council's name. Leaves out constructed registers, which are no evidence about a single council.
pub async fn by_council(
    conn: &mut AsyncPgConnection,
    from: Day,
    as_at: Day,
) -> Result<Vec<CouncilFact>, Error> {
    let statement =
        diesel::sql_query(include_str!("sql/by_council.sql")).bind::<Date, _>(from).bind::<Date, _>(as_at);
    Ok(statement.load(conn).await?)
}

#[derive(QueryableByName)]
struct LeftOut {
    #[diesel(sql_type = BigInt)]
    registers: i64,
}

/// Counts the constructed registers that [`by_council`] leaves out.
pub async fn left_out(conn: &mut AsyncPgConnection, from: Day, as_at: Day) -> Result<i64, Error> {
    let statement = diesel::sql_query(include_str!("sql/left_out.sql"));
    let found: LeftOut = statement.bind::<Date, _>(from).bind::<Date, _>(as_at).get_result(conn).await?;
    Ok(found.registers)
}

/// Returns the first day of the range of `months` months that ends on `day`.
fn months_before(day: Day, months: u32) -> Day {
    let next = day.0.succ_opt().unwrap_or(day.0);
    Day(next.checked_sub_months(Months::new(months)).unwrap_or(day.0))
}
