//! The SQL statements that all datasets share: reading the rows, and detecting whether any of them
//! has changed.

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

use super::dataset::{Dataset, DatasetRequest, Rows, Source};
use crate::db::Error;
use crate::db::schema::changes;
use crate::values::{Cell, Code, Day, Instant};

/// The number of rows in one fetch.
const BATCH_SIZE: usize = 1000;

/// The state of the change log for the resources from which a dataset is read.
#[derive(Debug, QueryableByName)]
pub struct LogState {
    /// The id of the newest line of the change log.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub line: Option<i64>,
    /// The transactions in progress. Their lines may have lower ids and are not visible yet.
    #[diesel(sql_type = Array<BigInt>)]
    pub open_transactions: Vec<i64>,
    /// When the transaction of the last change began.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub changed_at: Option<Instant>,
}

/// Returns the state of the change log for these resources, as visible to this transaction.
pub async fn load_log_state(conn: &mut AsyncPgConnection, reads: &[&str]) -> Result<LogState, Error> {
    Ok(diesel::sql_query(include_str!("sql/log_state.sql"))
        .bind::<Array<Text>, _>(reads)
        .get_result(conn)
        .await?)
}

/// A transaction in progress.
#[derive(Debug, QueryableByName)]
struct OpenTransaction {
    #[diesel(sql_type = BigInt)]
    transaction: i64,
    #[diesel(sql_type = Bool)]
    writes: bool,
}

/// Removes transactions from `open_transactions` that cannot add lines with lower ids. A
/// transaction in progress is removed if it has not written to the change log of this database: its
/// lines will have higher ids, and in another database it writes none. A transaction that has ended
/// is removed if it wrote no line. Must be called outside the transaction that read the state.
pub async fn retain_open_writers(conn: &mut AsyncPgConnection, state: &mut LogState) -> Result<(), Error> {
    if state.open_transactions.is_empty() {
        return Ok(());
    }
    let open: Vec<OpenTransaction> = diesel::sql_query(include_str!("sql/open_transactions.sql"))
        .bind::<Array<BigInt>, _>(&state.open_transactions)
        .load(conn)
        .await?;
    // This query comes after the one for open transactions: the lines of a transaction that
    // ended in between are visible.
    let wrote: Vec<i64> = changes::table
        .filter(changes::transaction_id.eq_any(&state.open_transactions))
        .select(changes::transaction_id)
        .distinct()
        .load(conn)
        .await?;
    state.open_transactions.retain(|id| match open.iter().find(|open| open.transaction == *id) {
        Some(open) => open.writes,
        None => wrote.contains(id),
    });
    Ok(())
}

/// Reads the rows of a dataset and sends them in batches, so that the whole dataset is never in
/// memory.
pub async fn read(
    conn: &mut AsyncPgConnection,
    dataset: &Dataset,
    request: &DatasetRequest,
    rows: &Rows,
) -> Result<(), Error> {
    let sql = match dataset.source {
        Source::Table(sql) => sql,
        Source::Derived(derive) => return derive(conn, request, rows).await,
    };
    diesel::sql_query(format!("DECLARE dataset NO SCROLL CURSOR FOR {sql}"))
        .bind::<Date, _>(request.from)
        .bind::<Date, _>(request.until)
        .bind::<Nullable<Array<SqlUuid>>, _>(request.notes.limit())
        .execute(conn)
        .await?;
    loop {
        let batch: Vec<Cells> =
            diesel::sql_query(format!("FETCH {BATCH_SIZE} FROM dataset")).load(conn).await?;
        let is_last = batch.len() < BATCH_SIZE;
        rows.take(batch.into_iter().map(|cells| cells.0).collect()).await?;
        if is_last {
            return Ok(());
        }
    }
}

/// A row of any statement. Each cell has the type of its column.
struct Cells(Vec<Cell>);

impl QueryableByName<Pg> for Cells {
    fn build<'a>(row: &impl NamedRow<'a, Pg>) -> diesel::deserialize::Result<Self> {
        let fields = (0..row.field_count()).filter_map(|i| Row::get(row, i));
        fields.map(|field| field.value().map_or(Ok(Cell::Empty), to_cell)).collect::<Result<_, _>>().map(Self)
    }
}

/// Converts a value by its type's OID. The OIDs of PostgreSQL's built-in types never change.
fn to_cell(value: PgValue<'_>) -> diesel::deserialize::Result<Cell> {
    Ok(match value.get_oid().get() {
        16 => Cell::Boolean(<bool as FromSql<Bool, Pg>>::from_sql(value)?),
        20 => Cell::Integer(<i64 as FromSql<BigInt, Pg>>::from_sql(value)?),
        23 => Cell::Integer(<i32 as FromSql<Integer, Pg>>::from_sql(value)?.into()),
        25 => Cell::Text(<String as FromSql<Text, Pg>>::from_sql(value)?),
        1082 => Cell::Date(<Day as FromSql<Date, Pg>>::from_sql(value)?),
        1184 => Cell::Timestamp(<Instant as FromSql<Timestamptz, Pg>>::from_sql(value)?),
        1700 => Cell::Decimal(<Decimal as FromSql<Numeric, Pg>>::from_sql(value)?),
        2950 => Cell::Uuid(<Uuid as FromSql<SqlUuid, Pg>>::from_sql(value)?),
        other => return Err(format!("a dataset column has the unsupported type OID {other}").into()),
    })
}

/// The columns of a framework that datasets use.
#[derive(Debug, QueryableByName)]
pub struct FrameworkRow {
    /// The id.
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    /// The stable key.
    #[diesel(sql_type = Text)]
    pub code: Code,
    /// The first day of the plan year.
    #[diesel(sql_type = Date)]
    pub plan_from: Day,
    /// The day after the last day of the plan year.
    #[diesel(sql_type = Date)]
    pub plan_until: Day,
}

/// Returns the requested frameworks whose plan year overlaps the window.
pub async fn list_frameworks(
    conn: &mut AsyncPgConnection,
    request: &DatasetRequest,
) -> Result<Vec<FrameworkRow>, Error> {
    let sql = "SELECT id, code, plan_from, plan_until FROM frameworks
               WHERE ($1 IS NULL OR id = $1) AND plan_from < $3 AND plan_until > $2 ORDER BY plan_from, id";
    let query = diesel::sql_query(sql)
        .bind::<Nullable<SqlUuid>, _>(request.framework)
        .bind::<Date, _>(request.from)
        .bind::<Date, _>(request.until);
    Ok(query.load(conn).await?)
}
