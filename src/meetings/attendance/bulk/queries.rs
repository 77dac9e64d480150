//! Implements [`BulkResource`] for attendance.

use std::collections::BTreeSet;

use diesel::sql_types::{Array, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::current_row::{self, CurrentRow};
use super::decide::{self, Content};
use super::model::AttendanceLine;
use super::request::{AttendanceBulk, Closing};
use super::resolve::{self, ResolvedKey};
use super::write;
use crate::access::Scope;
use crate::db::bulk::{self, BulkResource, DecidedLine, Decision, LineOutcome, ResolvedLine, Row};
use crate::db::{Error, Statement};
use crate::meetings::attendance::model::EXTERNAL_IDS;
use crate::values::{FieldError, Instant};

impl BulkResource for AttendanceBulk<'_> {
    const TABLE: &'static str = "attendance";
    type Line = AttendanceLine;
    type ResolvedKey = ResolvedKey;
    type CurrentRow = CurrentRow;
    type Content = Content;

    fn external_id(line: &AttendanceLine) -> Option<&str> {
        line.external_id.as_ref().map(|key| key.as_str())
    }

    fn observed_at(line: &AttendanceLine) -> Option<Instant> {
        line.observed_at
    }

    fn key_text(key: &ResolvedKey) -> String {
        key.to_text()
    }

    fn parent_id(key: &ResolvedKey) -> Uuid {
        key.meeting_id
    }

    fn row(current: &CurrentRow) -> Option<Row> {
        current.columns.row()
    }

    async fn resolve(
        &self,
        conn: &mut AsyncPgConnection,
        lines: &[&AttendanceLine],
    ) -> Result<Vec<Result<ResolvedKey, Vec<FieldError>>>, Error> {
        if self.closing != Closing::NotRequested && *self.scope != Scope::All {
            return Err(Error::Forbidden("Only the association's staff may close a register."));
        }
        resolve::keys(conn, self, lines).await
    }

    async fn lock_parents(&self, conn: &mut AsyncPgConnection, meetings: &[Uuid]) -> Result<(), Error> {
        let lock = if self.closing == Closing::Requested { "NO KEY UPDATE" } else { "SHARE" };
        Statement::new(format!("SELECT FROM meetings WHERE id = ANY ($1) ORDER BY id FOR {lock}"))
            .bind::<Array<SqlUuid>, _>(meetings)
            .execute(conn)
            .await?;
        Ok(())
    }

    async fn load_current(
        &self,
        conn: &mut AsyncPgConnection,
        lines: &[ResolvedLine<'_, Self>],
    ) -> Result<Vec<CurrentRow>, Error> {
        current_row::load(conn, self.own_system, lines).await
    }

    fn decide(&self, line: &AttendanceLine, current: &CurrentRow) -> Decision<Content> {
        decide::decide(line, current)
    }

    fn check_writable(&self, line: &AttendanceLine, current: &CurrentRow) -> Result<(), FieldError> {
        if *self.scope != Scope::All && current.register != "open" {
            return Err(decide::register_closed(line));
        }
        bulk::check_unpublished(current.is_published && decide::changes_figures(line, current))
    }

    async fn write(
        &self,
        conn: &mut AsyncPgConnection,
        lines: &[DecidedLine<'_, Self>],
    ) -> Result<(), Error> {
        let written = bulk::to_write(lines);
        let external_ids = bulk::external_ids(&written);
        write::rows(conn, written, bulk::to_delete(lines)).await?;
        let Some(system) = self.own_system else { return Ok(()) };
        EXTERNAL_IDS.upsert_keys(conn, system.as_str(), &external_ids).await
    }

    async fn close_registers(
        &self,
        conn: &mut AsyncPgConnection,
        lines: &[DecidedLine<'_, Self>],
        outcomes: &[LineOutcome],
    ) -> Result<Vec<Uuid>, Error> {
        if self.closing != Closing::Requested || outcomes.iter().any(LineOutcome::has_failed) {
            return Ok(Vec::new());
        }
        let meetings: BTreeSet<Uuid> = lines.iter().map(|line| line.resolved.key.meeting_id).collect();
        write::close_registers(conn, &meetings.into_iter().collect::<Vec<_>>()).await
    }
}
