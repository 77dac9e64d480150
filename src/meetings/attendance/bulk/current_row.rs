//! Reads the current row for each line of a bulk request.

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Bool, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::Serialize;
use uuid::Uuid;

use super::model::AttendanceLine;
use super::resolve::ResolvedKey;
use crate::db::Error;
use crate::db::bulk::Row;
use crate::meetings::attendance::model::AttendanceStatus;
use crate::values::{Code, Instant};

/// The current row, if it exists, and what its meeting allows.
#[derive(Debug, Clone, QueryableByName)]
pub struct CurrentRow {
    #[diesel(sql_type = Integer)]
    n: i32,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    id: Option<Uuid>,
    #[diesel(sql_type = Nullable<BigInt>)]
    version: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) status: Option<AttendanceStatus>,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) attendee_name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) note: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    updated_at: Option<Instant>,
    /// The row's key in the request's system.
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) external_id: Option<String>,
    #[diesel(sql_type = Text)]
    pub(super) register: String,
    /// Whether the meeting is in a published period.
    #[diesel(sql_type = Bool)]
    pub(super) is_published: bool,
    /// The name of the constraint that the line would break.
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) fault: Option<String>,
}

impl CurrentRow {
    /// Returns the row, if it exists.
    pub(super) fn row(&self) -> Option<Row> {
        Row::of(self.id, self.version, self.updated_at)
    }
}

#[derive(Serialize)]
struct Input<'m> {
    n: usize,
    meeting_id: Uuid,
    seat_id: Option<Uuid>,
    council_id: Option<Uuid>,
    delegate_ref: Option<&'m str>,
    says: Option<&'static str>,
}

/// Returns the current row for each of these lines, in their order.
pub(super) async fn read(
    conn: &mut AsyncPgConnection,
    system: Option<&Code>,
    lines: &[(&AttendanceLine, &ResolvedKey)],
) -> Result<Vec<CurrentRow>, Error> {
    let given: Vec<Input<'_>> = lines
        .iter()
        .enumerate()
        .map(|(n, (line, resolved))| Input {
            n,
            meeting_id: resolved.meeting_id,
            seat_id: resolved.seat_id,
            council_id: resolved.council_id,
            delegate_ref: resolved.delegate_ref.as_deref(),
            says: line.status.map(AttendanceStatus::as_str),
        })
        .collect();
    let given = serde_json::to_value(given).map_err(|error| Error::Internal(error.to_string()))?;
    let mut current: Vec<CurrentRow> = diesel::sql_query(include_str!("sql/current.sql"))
        .bind::<Jsonb, _>(given)
        .bind::<Nullable<Text>, _>(system)
        .load(conn)
        .await?;
    current.sort_by_key(|current| current.n);
    Ok(current)
}
