//! Implements [`Bulk`] for coverage.

use diesel::sql_types::{Array, Date, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::decide::{self, Content, CurrentRow};
use super::model::CoverageLine;
use super::resolve::{self, ResolvedKey};
use super::write;
use crate::db::Error;
use crate::db::bulk::{self, Applied, Bulk, Decision, Row, Work};
use crate::policy::Scope;
use crate::progress::model::EXTERNAL_IDS;
use crate::values::{Code, FieldError, Instant};

/// The caller's scope, the system of the lines' keys, and the author.
#[derive(Debug)]
pub struct Coverages<'c> {
    /// The councils whose lines the caller may write.
    pub scope: &'c Scope,
    /// The system of the lines' own keys.
    pub own: Option<&'c Code>,
    /// The caller, who becomes the author.
    pub author: &'c str,
}

/// Applies lines and returns the outcome of each.
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
    type ResolvedKey = ResolvedKey;
    type CurrentRow = CurrentRow;
    type Content = Content;

    fn key(resolved: &ResolvedKey) -> String {
        resolved.key()
    }

    fn held(resolved: &ResolvedKey) -> Uuid {
        resolved.target_id
    }

    fn external_id(line: &CoverageLine) -> Option<&str> {
        line.external_id.as_ref().map(|key| key.as_str())
    }

    fn observed_at(line: &CoverageLine) -> Option<Instant> {
        line.observed_at
    }

    fn row(current: &CurrentRow) -> Option<Row> {
        current.row()
    }

    fn is_correction(content: &Content) -> bool {
        content.is_correction
    }

    fn wanted(&self, line: &CoverageLine, current: &CurrentRow) -> Decision<Content> {
        decide::wanted(line, current)
    }

    fn closed(&self, line: &CoverageLine, current: &CurrentRow) -> Option<FieldError> {
        let is_closed = *self.scope != Scope::All && !current.council_reported;
        let detail = "Councils do not report this target; the association's officers do.";
        if is_closed {
            return Some(FieldError::body(line.target_field(), "not_reported_by_councils", detail));
        }
        (current.is_published && decide::counts(line, current)).then(bulk::period_published)
    }

    async fn find(
        &self,
        conn: &mut AsyncPgConnection,
        lines: &[&CoverageLine],
    ) -> Result<Vec<Result<ResolvedKey, Vec<FieldError>>>, Error> {
        resolve::find(conn, self.scope, self.own, lines).await
    }

    async fn lock_parents(&self, conn: &mut AsyncPgConnection, targets: &[Uuid]) -> Result<(), Error> {
        diesel::sql_query("SELECT FROM targets WHERE id = ANY ($1) ORDER BY id FOR SHARE")
            .bind::<Array<SqlUuid>, _>(targets)
            .execute(conn)
            .await?;
        Ok(())
    }

    async fn current_rows(
        &self,
        conn: &mut AsyncPgConnection,
        lines: &[(&CoverageLine, &ResolvedKey)],
    ) -> Result<Vec<CurrentRow>, Error> {
        let resolved = || lines.iter().map(|(_, resolved)| *resolved);
        let mut current: Vec<CurrentRow> = diesel::sql_query(include_str!("sql/current.sql"))
            .bind::<Array<SqlUuid>, _>(resolved().map(|resolved| resolved.target_id).collect::<Vec<_>>())
            .bind::<Array<SqlUuid>, _>(resolved().map(|resolved| resolved.council_id).collect::<Vec<_>>())
            .bind::<Array<Date>, _>(resolved().map(|resolved| resolved.occurred_on).collect::<Vec<_>>())
            .bind::<Array<Nullable<Text>>, _>(
                resolved().map(|resolved| resolved.occasion.as_deref()).collect::<Vec<_>>(),
            )
            .bind::<Nullable<Text>, _>(self.own)
            .load(conn)
            .await?;
        current.sort_by_key(|current| current.n);
        Ok(current)
    }

    async fn write(&self, conn: &mut AsyncPgConnection, work: &[Work<'_, Self>]) -> Result<(), Error> {
        let (written, gone) = (bulk::written(work), bulk::gone(work));
        write::rows(conn, self.author, &written, &gone).await?;
        write::move_keys(conn, &written).await?;
        let Some(system) = self.own else { return Ok(()) };
        EXTERNAL_IDS.upsert_keys(conn, system.as_str(), &bulk::keys(&written)).await
    }
}
