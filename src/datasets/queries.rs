//! The statements that every dataset shares: how its rows are read, and how it is known that none has changed.

use diesel::QueryableByName;
use diesel::deserialize::FromSql;
use diesel::pg::{Pg, PgValue};
use diesel::prelude::{ExpressionMethods, QueryDsl};
use diesel::row::{Field, NamedRow, Row};
use diesel::sql_types::{
    Array, BigInt, Bool, Date, Integer, Nullable, Numeric, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::dataset::{Asked, Dataset, Rows, Source};
use crate::db::Error;
use crate::db::schema::changes;
use crate::values::{Cell, Code, Day, Instant};

/// How many rows are read at once.
const BATCH: usize = 1000;

/// The state of what a dataset is read from.
#[derive(Debug, QueryableByName)]
pub struct Newest {
    /// The newest line of the change log.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub line: Option<i64>,
    /// Transactions that were under way: their lines may have got lower numbers, and are not seen yet.
    #[diesel(sql_type = Array<BigInt>)]
    pub under_way: Vec<i64>,
    /// When the last change began.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub changed_at: Option<Instant>,
}

/// Where the change log stands for these resources, as the statements of this transaction see it.
pub async fn newest(conn: &mut AsyncPgConnection, reads: &[&str]) -> Result<Newest, Error> {
    Ok(diesel::sql_query(include_str!("sql/newest.sql"))
        .bind::<Array<Text>, _>(reads)
        .get_result(conn)
        .await?)
}

/// A transaction that runs.
#[derive(Debug, QueryableByName)]
struct Running {
    #[diesel(sql_type = BigInt)]
    transaction: i64,
    #[diesel(sql_type = Bool)]
    writes: bool,
}

/// Keeps, of the transactions that were under way, those that matter; to be asked outside the transaction that saw them. One
/// that runs and has not written to the log will get higher numbers, in another database it gets none at all; one that has
/// ended matters if it left a line.
pub async fn settle(conn: &mut AsyncPgConnection, newest: &mut Newest) -> Result<(), Error> {
    if newest.under_way.is_empty() {
        return Ok(());
    }
    let running: Vec<Running> = diesel::sql_query(include_str!("sql/under_way.sql"))
        .bind::<Array<BigInt>, _>(&newest.under_way)
        .load(conn)
        .await?;
    // Asked later than who runs, so that whoever ended in between has left its lines by now.
    let wrote: Vec<i64> = changes::table
        .filter(changes::transaction_id.eq_any(&newest.under_way))
        .select(changes::transaction_id)
        .distinct()
        .load(conn)
        .await?;
    newest.under_way.retain(|id| match running.iter().find(|running| running.transaction == *id) {
        Some(running) => running.writes,
        None => wrote.contains(id),
    });
    Ok(())
}

/// Hands over the rows of a dataset: those of a table batch by batch, so that none waits for all, in memory or in time.
pub async fn read(
    conn: &mut AsyncPgConnection,
    dataset: &Dataset,
    asked: &Asked,
    rows: &Rows,
) -> Result<(), Error> {
    let sql = match dataset.source {
        Source::Table(sql) => sql,
        Source::Derived(derive) => return derive(conn, asked, rows).await,
    };
    diesel::sql_query(format!("DECLARE report NO SCROLL CURSOR FOR {sql}"))
        .bind::<Date, _>(asked.from)
        .bind::<Date, _>(asked.until)
        .bind::<Nullable<Array<SqlUuid>>, _>(asked.notes.limit())
        .execute(conn)
        .await?;
    loop {
        let batch: Vec<Cells> = diesel::sql_query(format!("FETCH {BATCH} FROM report")).load(conn).await?;
        let is_last = batch.len() < BATCH;
        rows.take(batch.into_iter().map(|cells| cells.0).collect()).await?;
        if is_last {
            return Ok(());
        }
    }
}

/// A row of whatever statement; each cell is of the type that the statement gives it.
struct Cells(Vec<Cell>);

impl QueryableByName<Pg> for Cells {
    fn build<'a>(row: &impl NamedRow<'a, Pg>) -> diesel::deserialize::Result<Self> {
        let fields = (0..row.field_count()).filter_map(|i| Row::get(row, i));
        fields.map(|field| field.value().map_or(Ok(Cell::Empty), cell)).collect::<Result<_, _>>().map(Self)
    }
}

/// PostgreSQL's numbers for its own types do not change.
fn cell(value: PgValue<'_>) -> diesel::deserialize::Result<Cell> {
    Ok(match value.get_oid().get() {
        16 => Cell::Boolean(<bool as FromSql<Bool, Pg>>::from_sql(value)?),
        20 => Cell::Integer(<i64 as FromSql<BigInt, Pg>>::from_sql(value)?),
        23 => Cell::Integer(<i32 as FromSql<Integer, Pg>>::from_sql(value)?.into()),
        25 => Cell::Text(<String as FromSql<Text, Pg>>::from_sql(value)?),
        1082 => Cell::Date(<Day as FromSql<Date, Pg>>::from_sql(value)?),
        1184 => Cell::Timestamp(<Instant as FromSql<Timestamptz, Pg>>::from_sql(value)?),
        1700 => Cell::Decimal(<Decimal as FromSql<Numeric, Pg>>::from_sql(value)?),
        2950 => Cell::Uuid(<Uuid as FromSql<SqlUuid, Pg>>::from_sql(value)?),
        other => return Err(format!("no column of a report is of the type {other}").into()),
    })
}

/// A framework, as rows of reports name it.
#[derive(Debug, QueryableByName)]
pub struct Plan {
    /// Our id.
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    /// Its stable key.
    #[diesel(sql_type = Text)]
    pub code: Code,
    /// Its first day.
    #[diesel(sql_type = Date)]
    pub plan_from: Day,
    /// The day after its last.
    #[diesel(sql_type = Date)]
    pub plan_until: Day,
}

/// The frameworks that are asked for, whose plan year the window meets.
pub async fn plans(conn: &mut AsyncPgConnection, asked: &Asked) -> Result<Vec<Plan>, Error> {
    let sql = "SELECT id, code, plan_from, plan_until FROM frameworks
               WHERE ($1 IS NULL OR id = $1) AND plan_from < $3 AND plan_until > $2 ORDER BY plan_from, id";
    let asked = diesel::sql_query(sql)
        .bind::<Nullable<SqlUuid>, _>(asked.framework)
        .bind::<Date, _>(asked.from)
        .bind::<Date, _>(asked.until);
    Ok(asked.load(conn).await?)
}
