//! Implements [`BulkResource`] for coverage.

use diesel::sql_types::{Array, Date, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::decide::{self, Content, CurrentRow};
use super::model::CoverageLine;
use super::request::CoverageBulk;
use super::resolve::{self, ResolvedKey};
use super::write;
use crate::access::Scope;
use crate::db::bulk::{self, BulkResource, DecidedLine, Decision, ResolvedLine, Row};
use crate::db::{Error, Statement};
use crate::progress::model::EXTERNAL_IDS;
use crate::values::{FieldError, Instant};

impl BulkResource for CoverageBulk<'_> {
    const TABLE: &'static str = "progress";
    type Line = CoverageLine;
    type ResolvedKey = ResolvedKey;
    type CurrentRow = CurrentRow;
    type Content = Content;

    fn external_id(line: &CoverageLine) -> Option<&str> {
        line.external_id.as_ref().map(|key| key.as_str())
    }

    fn observed_at(line: &CoverageLine) -> Option<Instant> {
        line.observed_at
    }

    fn key_text(key: &ResolvedKey) -> String {
        key.to_text()
    }

    fn parent_id(key: &ResolvedKey) -> Uuid {
        key.target_id
    }

    fn row(current: &CurrentRow) -> Option<Row> {
        current.columns.row()
    }

    fn is_correction(content: &Content) -> bool {
        content.is_correction
    }

    async fn resolve(
        &self,
        conn: &mut AsyncPgConnection,
        lines: &[&CoverageLine],
    ) -> Result<Vec<Result<ResolvedKey, Vec<FieldError>>>, Error> {
        resolve::keys(conn, self.scope, self.own_system, lines).await
    }

    async fn lock_parents(&self, conn: &mut AsyncPgConnection, targets: &[Uuid]) -> Result<(), Error> {
        Statement::new("SELECT FROM targets WHERE id = ANY ($1) ORDER BY id FOR SHARE")
            .bind::<Array<SqlUuid>, _>(targets)
            .execute(conn)
            .await?;
        Ok(())
    }

    async fn load_current(
        &self,
        conn: &mut AsyncPgConnection,
        lines: &[ResolvedLine<'_, Self>],
    ) -> Result<Vec<CurrentRow>, Error> {
        let keys = || lines.iter().map(|line| &line.key);
        let current = Statement::new(include_str!("sql/current.sql"))
            .bind::<Array<SqlUuid>, _>(keys().map(|key| key.target_id).collect::<Vec<_>>())
            .bind::<Array<SqlUuid>, _>(keys().map(|key| key.council_id).collect::<Vec<_>>())
            .bind::<Array<Date>, _>(keys().map(|key| key.occurred_on).collect::<Vec<_>>())
            .bind::<Array<Nullable<Text>>, _>(keys().map(|key| key.occasion.as_deref()).collect::<Vec<_>>())
            .bind::<Nullable<Text>, _>(self.own_system);
        Ok(current.load(conn).await?)
    }

    fn decide(&self, line: &CoverageLine, current: &CurrentRow) -> Decision<Content> {
        decide::decide(line, current)
    }

    fn check_writable(&self, line: &CoverageLine, current: &CurrentRow) -> Result<(), FieldError> {
        if *self.scope != Scope::All && !current.council_reported {
            let detail = "Councils do not report coverage for this target. Ask an officer of the association to report the coverage.";
            return Err(FieldError::body(line.target_field(), "not_reported_by_councils", detail));
        }
        bulk::check_unpublished(current.is_published && decide::changes_figures(line, current))
    }

    async fn write(
        &self,
        conn: &mut AsyncPgConnection,
        lines: &[DecidedLine<'_, Self>],
    ) -> Result<(), Error> {
        let (written, deleted) = (bulk::to_write(lines), bulk::to_delete(lines));
        write::rows(conn, self.author, &written, deleted).await?;
        write::move_external_ids(conn, &written).await?;
        let Some(system) = self.own_system else { return Ok(()) };
        EXTERNAL_IDS.upsert_keys(conn, system.as_str(), &bulk::external_ids(&written)).await
    }
}
