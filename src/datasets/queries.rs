//! The SQL statements that read the rows of a dataset and detect whether they have changed.

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
use crate::db::schema::changes;
use crate::db::{Error, Statement};
use crate::values::day::time_zone;
use crate::values::{Cell, Code, Day, Instant};

const BATCH_SIZE: usize = 1000;

/// The time zone in the SQL of datasets, which the configured time zone replaces.
const DEFAULT_TIME_ZONE: &str = "Europe/London";

/// What the change log contains about the resources from which a dataset is read. The dataset's
/// ETag depends on this.
#[derive(Debug, QueryableByName)]
pub struct LogState {
    /// The highest line id in the change log for these resources. `None` if they have never
    /// changed.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub line: Option<i64>,
    /// The ids of transactions in progress. Their lines in the change log are not visible yet, and
    /// may have lower ids than `line`.
    #[diesel(sql_type = Array<BigInt>)]
    pub open_transactions: Vec<i64>,
    /// The first transaction id after those that had ended. Transactions from this id on can also
    /// be in progress.
    #[diesel(sql_type = BigInt)]
    first_unassigned: i64,
    /// Whether the database is a standby. A standby does not know which transactions write.
    #[diesel(sql_type = Bool)]
    is_standby: bool,
    /// When the transaction that made the last change of these resources began.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub changed_at: Option<Instant>,
}

/// Returns the state of the change log for the resources in `reads`, as this transaction sees it.
pub async fn load_log_state(conn: &mut AsyncPgConnection, reads: &[&str]) -> Result<LogState, Error> {
    Ok(Statement::new(include_str!("sql/log_state.sql"))
        .bind::<Array<Text>, _>(reads)
        .get_result(conn)
        .await?)
}

#[derive(Debug, QueryableByName)]
struct OpenTransaction {
    #[diesel(sql_type = BigInt)]
    transaction: i64,
    #[diesel(sql_type = Bool)]
    writes: bool,
}

/// Removes from `open_transactions` each transaction that cannot add a line to the change log with
/// a lower id than `line`. If a transaction in progress has not locked the change log, its later
/// lines will have higher ids. If a finished transaction has no line, it can add none. Must be
/// called outside the transaction that loaded the state.
pub async fn retain_open_writers(conn: &mut AsyncPgConnection, state: &mut LogState) -> Result<(), Error> {
    if state.is_standby {
        return Ok(());
    }
    let open: Vec<OpenTransaction> = Statement::new(include_str!("sql/open_transactions.sql"))
        .bind::<Array<BigInt>, _>(&state.open_transactions)
        .bind::<BigInt, _>(state.first_unassigned)
        .load(conn)
        .await?;
    // This query must run after the query for open transactions. If a transaction ends between the
    // two queries, it is either open or has visible lines in the change log.
    let wrote: Vec<i64> = changes::table
        .filter(changes::transaction_id.eq_any(&state.open_transactions))
        .select(changes::transaction_id)
        .distinct()
        .load(conn)
        .await?;
    if open.iter().any(|open| open.transaction == state.first_unassigned) {
        state.open_transactions.push(state.first_unassigned);
    }
    state.open_transactions.retain(|id| match open.iter().find(|open| open.transaction == *id) {
        Some(open) => open.writes,
        None => wrote.contains(id),
    });
    Ok(())
}

/// Reads the rows of a dataset with a cursor and sends them in batches. Memory use does not depend
/// on the number of rows.
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
    // The names of time zones contain no quotation marks.
    let sql = sql.replace(DEFAULT_TIME_ZONE, time_zone().name());
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

struct Cells(Vec<Cell>);

impl QueryableByName<Pg> for Cells {
    fn build<'a>(row: &impl NamedRow<'a, Pg>) -> diesel::deserialize::Result<Self> {
        let fields = (0..row.field_count()).filter_map(|i| Row::get(row, i));
        fields.map(|field| field.value().map_or(Ok(Cell::Empty), to_cell)).collect::<Result<_, _>>().map(Self)
    }
}

/// Converts a database value to a cell by the OID of its type. PostgreSQL never changes the OIDs of
/// built-in types.
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

#[derive(Debug, QueryableByName)]
pub struct FrameworkRow {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Text)]
    pub code: Code,
    #[diesel(sql_type = Date)]
    pub plan_from: Day,
    #[diesel(sql_type = Date)]
    pub plan_until: Day,
}

/// Returns the requested frameworks whose plan period overlaps the requested range of days.
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
