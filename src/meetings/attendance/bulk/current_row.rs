//! Loads the stored row for each line of a bulk request.

use diesel::QueryableByName;
use diesel::sql_types::{Array, Bool, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::request::AttendanceBulk;
use super::resolve::ResolvedKey;
use crate::db::bulk::{ResolvedLine, RowColumns};
use crate::db::{Error, Statement};
use crate::meetings::attendance::model::AttendanceStatus;
use crate::values::Code;

/// The stored attendance record that a line of the request would change, and the state of its
/// meeting. The record's columns are `None` if no record exists.
#[derive(Debug, Clone, QueryableByName)]
pub struct CurrentRow {
    #[diesel(embed)]
    pub(super) columns: RowColumns,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) status: Option<AttendanceStatus>,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) attendee_name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) note: Option<String>,
    /// The `external_id` of the stored record in the request's external system.
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) external_id: Option<String>,
    #[diesel(sql_type = Text)]
    pub(super) register: String,
    /// Whether the meeting's date is in a published period.
    #[diesel(sql_type = Bool)]
    pub(super) is_published: bool,
    /// The name of the database constraint that the line would violate if it were written.
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) violated_constraint: Option<String>,
}

/// Loads the stored record that each line of the request would change, in the order of `lines`.
pub(super) async fn load(
    conn: &mut AsyncPgConnection,
    system: Option<&Code>,
    lines: &[ResolvedLine<'_, AttendanceBulk<'_>>],
) -> Result<Vec<CurrentRow>, Error> {
    let keys = || lines.iter().map(|line| &line.key);
    let statuses = lines.iter().map(|ResolvedLine { line, .. }| line.status.map(AttendanceStatus::as_str));
    let current = Statement::new(include_str!("sql/current.sql"))
        .bind::<Array<SqlUuid>, _>(keys().map(|key| key.meeting_id).collect::<Vec<_>>())
        .bind::<Array<Nullable<SqlUuid>>, _>(keys().map(ResolvedKey::seat_id).collect::<Vec<_>>())
        .bind::<Array<Nullable<SqlUuid>>, _>(keys().map(|key| key.council_id).collect::<Vec<_>>())
        .bind::<Array<Nullable<Text>>, _>(keys().map(ResolvedKey::delegate_ref).collect::<Vec<_>>())
        .bind::<Array<Nullable<Text>>, _>(statuses.collect::<Vec<_>>())
        .bind::<Nullable<Text>, _>(system);
    Ok(current.load(conn).await?)
}
