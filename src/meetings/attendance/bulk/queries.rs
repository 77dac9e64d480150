//! A bulk request of attendance, as the machinery of all bulk requests asks for it.

use std::collections::BTreeSet;

use diesel::sql_types::{Array, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::decide::{self, Content};
use super::model::AttendanceLine;
use super::names::{self, Meant};
use super::standing::{self, Standing};
use super::write;
use crate::db::Error;
use crate::db::bulk::{self, Applied, Bulk, Decision, Row, Verdict, Work};
use crate::meetings::attendance::model::EXTERNAL_IDS;
use crate::policy::Scope;
use crate::values::{Code, Fault, Instant};

/// Whose registers are closed with the lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closing {
    /// Nobody asked for it.
    NotAsked,
    /// Those of all meetings named, unless a line fails.
    Asked,
    /// None, although it was asked for: a line was left out.
    Prevented,
}

impl Closing {
    /// The same where a line is left out.
    pub fn prevented(self) -> Self {
        if self == Self::NotAsked { self } else { Self::Prevented }
    }
}

/// Who sends lines, whose keys they use, and whether registers are to be closed.
#[derive(Debug)]
pub struct Registers<'r> {
    /// Whose lines may be written.
    pub scope: &'r Scope,
    /// The system whose keys name meetings and seats; any if not said.
    pub named: Option<&'r Code>,
    /// The system of the lines' own keys.
    pub own: Option<&'r Code>,
    /// Whether registers are closed with the lines.
    pub closing: Closing,
}

/// Applies lines and says what became of each.
pub async fn apply(
    conn: &mut AsyncPgConnection,
    registers: &Registers<'_>,
    lines: &[&AttendanceLine],
) -> Result<Applied, Error> {
    if registers.closing != Closing::NotAsked && *registers.scope != Scope::All {
        return Err(Error::Forbidden("The association's staff close a register."));
    }
    let (work, outcomes) = bulk::apply(registers, conn, lines).await?;
    let has_failed = outcomes.iter().any(|outcome| matches!(outcome.verdict, Verdict::Failed(_)));
    let registers_closed = if registers.closing == Closing::Asked && !has_failed {
        let meetings: BTreeSet<Uuid> = work.iter().map(|work| work.meant.meeting_id).collect();
        write::close_registers(conn, &meetings.into_iter().collect::<Vec<_>>()).await?
    } else {
        Vec::new()
    };
    Ok(Applied { outcomes, registers_closed })
}

impl Bulk for Registers<'_> {
    const TABLE: &'static str = "attendance";
    type Line = AttendanceLine;
    type Meant = Meant;
    type Standing = Standing;
    type Content = Content;

    fn key(meant: &Meant) -> String {
        meant.key()
    }

    fn held(meant: &Meant) -> Uuid {
        meant.meeting_id
    }

    fn external_id(line: &AttendanceLine) -> Option<&str> {
        line.external_id.as_ref().map(|key| key.as_str())
    }

    fn observed_at(line: &AttendanceLine) -> Option<Instant> {
        line.observed_at
    }

    fn row(standing: &Standing) -> Option<Row> {
        standing.row()
    }

    fn wanted(&self, line: &AttendanceLine, standing: &Standing) -> Decision<Content> {
        decide::wanted(line, standing)
    }

    fn closed(&self, line: &AttendanceLine, standing: &Standing) -> Option<Fault> {
        let is_bound = *self.scope != Scope::All;
        if is_bound && standing.register != "open" {
            return Some(decide::register_closed(line));
        }
        (standing.is_published && decide::counts(line, standing)).then(bulk::period_published)
    }

    async fn find(
        &self,
        conn: &mut AsyncPgConnection,
        lines: &[&AttendanceLine],
    ) -> Result<Vec<Result<Meant, Vec<Fault>>>, Error> {
        names::find(conn, self.scope, self.named, self.own, lines).await
    }

    async fn hold(&self, conn: &mut AsyncPgConnection, meetings: &[Uuid]) -> Result<(), Error> {
        let lock = if self.closing == Closing::Asked { "NO KEY UPDATE" } else { "SHARE" };
        diesel::sql_query(format!("SELECT FROM meetings WHERE id = ANY ($1) ORDER BY id FOR {lock}"))
            .bind::<Array<SqlUuid>, _>(meetings)
            .execute(conn)
            .await?;
        Ok(())
    }

    async fn standing(
        &self,
        conn: &mut AsyncPgConnection,
        lines: &[(&AttendanceLine, &Meant)],
    ) -> Result<Vec<Standing>, Error> {
        standing::read(conn, self.own, lines).await
    }

    async fn write(&self, conn: &mut AsyncPgConnection, work: &[Work<'_, Self>]) -> Result<(), Error> {
        let written = bulk::written(work);
        let changed = written.iter().filter(|(_, content)| !content.is_same);
        let rows: Vec<write::Row<'_>> = changed
            .map(|(work, content)| write::Row {
                id: work.id,
                version: work.row.map(|row| row.version),
                meant: &work.meant,
                content,
            })
            .collect();
        write::rows(conn, &rows, &bulk::gone(work)).await?;
        match self.own {
            Some(system) => EXTERNAL_IDS.give_keys(conn, system.as_str(), &bulk::keys(&written)).await,
            None => Ok(()),
        }
    }
}
