//! Implements [`Bulk`] for attendance.

use std::collections::BTreeSet;

use diesel::sql_types::{Array, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::current_row::{self, CurrentRow};
use super::decide::{self, Content};
use super::model::AttendanceLine;
use super::resolve::{self, ResolvedKey};
use super::write;
use crate::db::Error;
use crate::db::bulk::{self, Applied, Bulk, Decision, Row, Verdict, Work};
use crate::meetings::attendance::model::EXTERNAL_IDS;
use crate::policy::Scope;
use crate::values::{Code, FieldError, Instant};

/// Whether a bulk request closes the registers of its meetings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closing {
    /// The request does not ask for it.
    NotAsked,
    /// The request asks for it: the registers of all named meetings are closed, unless a line
    /// fails.
    Asked,
    /// The request asks for it, but a line was left out, so no register is closed.
    Prevented,
}

impl Closing {
    /// Returns the state after a line was left out.
    pub fn prevented(self) -> Self {
        if self == Self::NotAsked { self } else { Self::Prevented }
    }
}

/// The caller's scope, the systems of external ids, and whether to close registers.
#[derive(Debug)]
pub struct Registers<'r> {
    /// The councils whose lines the caller may write.
    pub scope: &'r Scope,
    /// The system of the external ids that name meetings and seats; any system if `None`.
    pub named: Option<&'r Code>,
    /// The system of the lines' own keys.
    pub own: Option<&'r Code>,
    /// Whether to close registers with the lines.
    pub closing: Closing,
}

/// Applies lines and returns the outcome of each.
pub async fn apply(
    conn: &mut AsyncPgConnection,
    registers: &Registers<'_>,
    lines: &[&AttendanceLine],
) -> Result<Applied, Error> {
    if registers.closing != Closing::NotAsked && *registers.scope != Scope::All {
        return Err(Error::Forbidden("Only the association's staff may close a register."));
    }
    let (work, outcomes) = bulk::apply(registers, conn, lines).await?;
    let has_failed = outcomes.iter().any(|outcome| matches!(outcome.verdict, Verdict::Failed(_)));
    let registers_closed = if registers.closing == Closing::Asked && !has_failed {
        let meetings: BTreeSet<Uuid> = work.iter().map(|work| work.resolved.meeting_id).collect();
        write::close_registers(conn, &meetings.into_iter().collect::<Vec<_>>()).await?
    } else {
        Vec::new()
    };
    Ok(Applied { outcomes, registers_closed })
}

impl Bulk for Registers<'_> {
    const TABLE: &'static str = "attendance";
    type Line = AttendanceLine;
    type ResolvedKey = ResolvedKey;
    type CurrentRow = CurrentRow;
    type Content = Content;

    fn key(resolved: &ResolvedKey) -> String {
        resolved.key()
    }

    fn held(resolved: &ResolvedKey) -> Uuid {
        resolved.meeting_id
    }

    fn external_id(line: &AttendanceLine) -> Option<&str> {
        line.external_id.as_ref().map(|key| key.as_str())
    }

    fn observed_at(line: &AttendanceLine) -> Option<Instant> {
        line.observed_at
    }

    fn row(current: &CurrentRow) -> Option<Row> {
        current.row()
    }

    fn wanted(&self, line: &AttendanceLine, current: &CurrentRow) -> Decision<Content> {
        decide::wanted(line, current)
    }

    fn closed(&self, line: &AttendanceLine, current: &CurrentRow) -> Option<FieldError> {
        let is_bound = *self.scope != Scope::All;
        if is_bound && current.register != "open" {
            return Some(decide::register_closed(line));
        }
        (current.is_published && decide::counts(line, current)).then(bulk::period_published)
    }

    async fn find(
        &self,
        conn: &mut AsyncPgConnection,
        lines: &[&AttendanceLine],
    ) -> Result<Vec<Result<ResolvedKey, Vec<FieldError>>>, Error> {
        resolve::find(conn, self.scope, self.named, self.own, lines).await
    }

    async fn lock_parents(&self, conn: &mut AsyncPgConnection, meetings: &[Uuid]) -> Result<(), Error> {
        let lock = if self.closing == Closing::Asked { "NO KEY UPDATE" } else { "SHARE" };
        diesel::sql_query(format!("SELECT FROM meetings WHERE id = ANY ($1) ORDER BY id FOR {lock}"))
            .bind::<Array<SqlUuid>, _>(meetings)
            .execute(conn)
            .await?;
        Ok(())
    }

    async fn current_rows(
        &self,
        conn: &mut AsyncPgConnection,
        lines: &[(&AttendanceLine, &ResolvedKey)],
    ) -> Result<Vec<CurrentRow>, Error> {
        current_row::read(conn, self.own, lines).await
    }

    async fn write(&self, conn: &mut AsyncPgConnection, work: &[Work<'_, Self>]) -> Result<(), Error> {
        let written = bulk::written(work);
        let changed = written.iter().filter(|(_, content)| !content.is_same);
        let rows: Vec<write::Row<'_>> = changed
            .map(|(work, content)| write::Row {
                id: work.id,
                version: work.row.map(|row| row.version),
                resolved: &work.resolved,
                content,
            })
            .collect();
        write::rows(conn, &rows, &bulk::gone(work)).await?;
        match self.own {
            Some(system) => EXTERNAL_IDS.upsert_keys(conn, system.as_str(), &bulk::keys(&written)).await,
            None => Ok(()),
        }
    }
}
