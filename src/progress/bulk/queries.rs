//! A bulk request of coverage, as the machinery of all bulk requests asks for it.

use diesel::sql_types::{Array, Date, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::decide::{self, Content, Standing};
use super::model::CoverageLine;
use super::names::{self, Meant};
use super::write;
use crate::db::Error;
use crate::db::bulk::{self, Applied, Bulk, Decision, Row, Work};
use crate::policy::Scope;
use crate::progress::model::EXTERNAL_IDS;
use crate::values::{Code, Fault, Instant};

/// Who sends lines, for whom, and whose keys they use.
#[derive(Debug)]
pub struct Coverages<'c> {
    /// Whose lines may be written.
    pub scope: &'c Scope,
    /// The system of the lines' own keys.
    pub own: Option<&'c Code>,
    /// The caller, who is the author.
    pub author: &'c str,
}

/// Applies lines and says what became of each.
pub async fn apply(
    conn: &mut AsyncPgConnection,
    coverages: &Coverages<'_>,
    lines: &[&CoverageLine],
) -> Result<Applied, Error> {
    let (_, outcomes) = bulk::apply(coverages, conn, lines).await?;
    Ok(Applied { outcomes, registers_closed: Vec::new() })
}

impl Bulk for Coverages<'_> {
    const TABLE: &'static str = "progress";
    type Line = CoverageLine;
    type Meant = Meant;
    type Standing = Standing;
    type Content = Content;

    fn key(meant: &Meant) -> String {
        meant.key()
    }

    fn held(meant: &Meant) -> Uuid {
        meant.target_id
    }

    fn external_id(line: &CoverageLine) -> Option<&str> {
        line.external_id.as_ref().map(|key| key.as_str())
    }

    fn observed_at(line: &CoverageLine) -> Option<Instant> {
        line.observed_at
    }

    fn row(standing: &Standing) -> Option<Row> {
        standing.row()
    }

    fn is_correction(content: &Content) -> bool {
        content.is_correction
    }

    fn wanted(&self, line: &CoverageLine, standing: &Standing) -> Decision<Content> {
        decide::wanted(line, standing)
    }

    fn closed(&self, line: &CoverageLine, standing: &Standing) -> Option<Fault> {
        let is_closed = *self.scope != Scope::All && !standing.council_reported;
        let detail = "Councils do not report this target; the association's officers do.";
        if is_closed {
            return Some(Fault::body(line.target_field(), "not_council_reported", detail));
        }
        (standing.is_published && decide::counts(line, standing)).then(bulk::period_published)
    }

    async fn find(
        &self,
        conn: &mut AsyncPgConnection,
        lines: &[&CoverageLine],
    ) -> Result<Vec<Result<Meant, Vec<Fault>>>, Error> {
        names::find(conn, self.scope, self.own, lines).await
    }

    async fn hold(&self, conn: &mut AsyncPgConnection, targets: &[Uuid]) -> Result<(), Error> {
        diesel::sql_query("SELECT FROM targets WHERE id = ANY ($1) ORDER BY id FOR SHARE")
            .bind::<Array<SqlUuid>, _>(targets)
            .execute(conn)
            .await?;
        Ok(())
    }

    async fn standing(
        &self,
        conn: &mut AsyncPgConnection,
        lines: &[(&CoverageLine, &Meant)],
    ) -> Result<Vec<Standing>, Error> {
        let meant = || lines.iter().map(|(_, meant)| *meant);
        let mut standing: Vec<Standing> = diesel::sql_query(include_str!("sql/standing.sql"))
            .bind::<Array<SqlUuid>, _>(meant().map(|meant| meant.target_id).collect::<Vec<_>>())
            .bind::<Array<SqlUuid>, _>(meant().map(|meant| meant.council_id).collect::<Vec<_>>())
            .bind::<Array<Date>, _>(meant().map(|meant| meant.occurred_on).collect::<Vec<_>>())
            .bind::<Array<Nullable<Text>>, _>(
                meant().map(|meant| meant.occasion.as_deref()).collect::<Vec<_>>(),
            )
            .bind::<Nullable<Text>, _>(self.own)
            .load(conn)
            .await?;
        standing.sort_by_key(|standing| standing.n);
        Ok(standing)
    }

    async fn write(&self, conn: &mut AsyncPgConnection, work: &[Work<'_, Self>]) -> Result<(), Error> {
        let (written, gone) = (bulk::written(work), bulk::gone(work));
        write::rows(conn, self.author, &written, &gone).await?;
        write::move_keys(conn, &written).await?;
        let Some(system) = self.own else { return Ok(()) };
        EXTERNAL_IDS.give_keys(conn, system.as_str(), &bulk::keys(&written)).await
    }
}
