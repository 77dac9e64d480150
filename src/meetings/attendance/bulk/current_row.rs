//! What stands in the registers for each line that a bulk request means.

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Bool, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::Serialize;
use uuid::Uuid;

use super::model::AttendanceLine;
use super::names::Meant;
use crate::db::Error;
use crate::db::bulk::Row;
use crate::meetings::attendance::model::AttendanceStatus;
use crate::values::{Code, Instant};

/// What stands: the row, if there is one, and what its meeting allows.
#[derive(Debug, Clone, QueryableByName)]
pub struct Standing {
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
    /// Whether the meeting lies in a period that is published.
    #[diesel(sql_type = Bool)]
    pub(super) is_published: bool,
    /// The name of the rule against the line.
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) fault: Option<String>,
}

impl Standing {
    /// The row, if there is one.
    pub(super) fn row(&self) -> Option<Row> {
        Row::of(self.id, self.version, self.updated_at)
    }
}

#[derive(Serialize)]
struct Given<'m> {
    n: usize,
    meeting_id: Uuid,
    seat_id: Option<Uuid>,
    council_id: Option<Uuid>,
    delegate_ref: Option<&'m str>,
    says: Option<&'static str>,
}

/// What stands for each of these lines, in their order.
pub(super) async fn read(
    conn: &mut AsyncPgConnection,
    system: Option<&Code>,
    lines: &[(&AttendanceLine, &Meant)],
) -> Result<Vec<Standing>, Error> {
    let given: Vec<Given<'_>> = lines
        .iter()
        .enumerate()
        .map(|(n, (line, meant))| Given {
            n,
            meeting_id: meant.meeting_id,
            seat_id: meant.seat_id,
            council_id: meant.council_id,
            delegate_ref: meant.delegate_ref.as_deref(),
            says: line.status.map(AttendanceStatus::as_str),
        })
        .collect();
    let given = serde_json::to_value(given).map_err(|error| Error::Internal(error.to_string()))?;
    let mut standing: Vec<Standing> = diesel::sql_query(include_str!("sql/standing.sql"))
        .bind::<Jsonb, _>(given)
        .bind::<Nullable<Text>, _>(system)
        .load(conn)
        .await?;
    standing.sort_by_key(|standing| standing.n);
    Ok(standing)
}
