//! Implements [`BulkResource`] for evaluations.

use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::decide::{self, Content, CurrentRow};
use super::model::EvaluationLine;
use crate::db::bulk::{
    self, BulkResource, DecidedLine, Decision, LineToWrite, Match, ResolvedLine, Row, Touched, column,
};
use crate::db::{Error, Statement};
use crate::meetings::evaluations::model::{EXTERNAL_IDS, PlacedRating, RATINGS, placed};
use crate::meetings::resolve;
use crate::values::{Code, FieldError, Instant};

#[derive(Debug)]
pub struct EvaluationBulk<'f> {
    /// The external system in which the external ids of meetings are keys; `None` for any external
    /// system.
    pub named_system: Option<&'f Code>,
    /// The external system in which the `external_id` of each line is a key.
    pub own_system: Option<&'f Code>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedKey {
    meeting_id: Uuid,
    question: String,
}

#[derive(QueryableByName)]
struct Known {
    #[diesel(sql_type = Text)]
    external_id: String,
    #[diesel(sql_type = SqlUuid)]
    meeting_id: Uuid,
    #[diesel(sql_type = Text)]
    question: String,
}

impl EvaluationBulk<'_> {
    /// Loads the stored evaluations whose external ids the lines of the request name.
    async fn known(
        &self,
        conn: &mut AsyncPgConnection,
        lines: &[&EvaluationLine],
    ) -> Result<Vec<Known>, Error> {
        let keys: Vec<&str> = lines.iter().filter_map(|line| Self::external_id(line)).collect();
        let rows = Statement::new(
            "SELECT k.external_id::text AS external_id, e.meeting_id, e.question::text AS question
             FROM evaluation_external_ids k JOIN evaluations e ON e.id = k.evaluation_id
             WHERE k.system = $1 AND k.external_id = ANY ($2)",
        );
        Ok(rows.bind::<Nullable<Text>, _>(self.own_system).bind::<Array<Text>, _>(keys).load(conn).await?)
    }

    fn resolve_line(
        &self,
        line: &EvaluationLine,
        meeting: Match,
        known: Option<ResolvedKey>,
    ) -> Result<ResolvedKey, FieldError> {
        if line.external_id.is_some() && self.own_system.is_none() {
            return Err(bulk::system_required());
        }
        let Some(question) = line.question.as_ref().filter(|_| !line.is_known_by_key()) else {
            return known.ok_or_else(bulk::unknown_key);
        };
        let meeting_id = line.meeting().meeting_id(meeting)?;
        let key = ResolvedKey { meeting_id, question: question.as_str().to_owned() };
        if known.is_some_and(|known| known != key) { Err(bulk::key_of_another()) } else { Ok(key) }
    }
}

impl BulkResource for EvaluationBulk<'_> {
    const TABLE: &'static str = "evaluations";
    type Line = EvaluationLine;
    type ResolvedKey = ResolvedKey;
    type CurrentRow = CurrentRow;
    type Content = Content;

    fn external_id(line: &EvaluationLine) -> Option<&str> {
        line.external_id.as_ref().map(|key| key.as_str())
    }

    fn observed_at(line: &EvaluationLine) -> Option<Instant> {
        line.observed_at
    }

    fn key_text(key: &ResolvedKey) -> String {
        format!("{}/{}", key.meeting_id, key.question)
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
        lines: &[&EvaluationLine],
    ) -> Result<Vec<Result<ResolvedKey, Vec<FieldError>>>, Error> {
        let names: Vec<_> = lines.iter().map(|line| line.meeting()).collect();
        let meetings = resolve::meetings(conn, self.named_system, &names).await?;
        let known = self.known(conn, lines).await?;
        let known = |line: &EvaluationLine| {
            let row = known.iter().find(|row| Self::external_id(line) == Some(row.external_id.as_str()))?;
            Some(ResolvedKey { meeting_id: row.meeting_id, question: row.question.clone() })
        };
        let keys =
            lines.iter().zip(meetings).map(|(line, meeting)| self.resolve_line(line, meeting, known(line)));
        Ok(keys.map(|key| key.map_err(|field_error| vec![field_error])).collect())
    }

    async fn load_current(
        &self,
        conn: &mut AsyncPgConnection,
        lines: &[ResolvedLine<'_, Self>],
    ) -> Result<Vec<CurrentRow>, Error> {
        let (meetings, questions): (Vec<Uuid>, Vec<&str>) =
            lines.iter().map(|line| (line.key.meeting_id, line.key.question.as_str())).unzip();
        let current = Statement::new(include_str!("sql/current.sql"))
            .bind::<Array<SqlUuid>, _>(meetings)
            .bind::<Array<Text>, _>(questions)
            .bind::<Nullable<Text>, _>(self.own_system);
        Ok(current.load(conn).await?)
    }

    fn decide(&self, line: &EvaluationLine, current: &CurrentRow) -> Decision<Content> {
        decide::decide(line, current)
    }

    fn check_writable(&self, line: &EvaluationLine, current: &CurrentRow) -> Result<(), FieldError> {
        bulk::check_unpublished(current.is_published && decide::changes_figures(line, current))
    }

    async fn write(
        &self,
        conn: &mut AsyncPgConnection,
        lines: &[DecidedLine<'_, Self>],
    ) -> Result<(), Error> {
        let (written, deleted) = (bulk::to_write(lines), bulk::to_delete(lines));
        write_rows(conn, &written, deleted).await?;
        let scales: Vec<(Uuid, Vec<PlacedRating<'_>>)> =
            written.iter().map(|(line, content)| (line.id, placed(&content.ratings))).collect();
        let scales: Vec<(Uuid, &[PlacedRating<'_>])> =
            scales.iter().map(|(id, scale)| (*id, scale.as_slice())).collect();
        RATINGS.replace(conn, &scales).await?;
        let Some(system) = self.own_system else { return Ok(()) };
        EXTERNAL_IDS.upsert_keys(conn, system.as_str(), &bulk::external_ids(&written)).await
    }
}

async fn write_rows(
    conn: &mut AsyncPgConnection,
    written: &[LineToWrite<'_, '_, EvaluationBulk<'_>>],
    (deleted, versions): (Vec<Uuid>, Vec<i64>),
) -> Result<(), Error> {
    let count = written.len() + deleted.len();
    let touched: Touched = Statement::new(include_str!("sql/write.sql"))
        .bind::<Array<SqlUuid>, _>(column(written, |line, _| line.id))
        .bind::<Array<Nullable<BigInt>>, _>(column(written, |line, _| line.row.map(|row| row.version)))
        .bind::<Array<SqlUuid>, _>(column(written, |line, _| line.resolved.key.meeting_id))
        .bind::<Array<Text>, _>(column(written, |line, _| line.resolved.key.question.as_str()))
        .bind::<Array<Nullable<BigInt>>, _>(column(written, |_, content| content.handed_out))
        .bind::<Array<SqlUuid>, _>(deleted)
        .bind::<Array<BigInt>, _>(versions)
        .get_result(conn)
        .await
        .map_err(Error::writing("evaluations"))?;
    touched.check(count)
}
