//! Implements [`Bulk`] for evaluations.

use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::decide::{self, Content, CurrentRow};
use super::model::EvaluationLine;
use crate::db::Error;
use crate::db::bulk::{self, Applied, Bulk, Decision, Match, Row, Work};
use crate::meetings::evaluations::model::{EXTERNAL_IDS, PlacedRating, RATINGS, placed};
use crate::meetings::named;
use crate::values::{Code, FieldError, Instant};

/// The systems of the external ids that lines contain.
#[derive(Debug)]
pub struct Forms<'f> {
    /// The system of the external ids that name meetings; any system if `None`.
    pub named: Option<&'f Code>,
    /// The system of the lines' own keys.
    pub own: Option<&'f Code>,
}

/// The evaluation that a line means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedKey {
    meeting_id: Uuid,
    question: String,
}

/// Applies lines and returns the outcome of each.
pub async fn apply(
    conn: &mut AsyncPgConnection,
    forms: &Forms<'_>,
    lines: &[&EvaluationLine],
) -> Result<Applied, Error> {
    let (_, outcomes) = bulk::apply(forms, conn, lines).await?;
    Ok(Applied { outcomes, registers_closed: Vec::new() })
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

impl Forms<'_> {
    /// Returns the evaluations that the lines' own keys identify.
    async fn known(
        &self,
        conn: &mut AsyncPgConnection,
        lines: &[&EvaluationLine],
    ) -> Result<Vec<Known>, Error> {
        let keys: Vec<&str> = lines.iter().filter_map(|line| Self::external_id(line)).collect();
        let rows = diesel::sql_query(
            "SELECT k.external_id::text AS external_id, e.meeting_id, e.question::text AS question
             FROM evaluation_external_ids k JOIN evaluations e ON e.id = k.evaluation_id
             WHERE k.system = $1 AND k.external_id = ANY ($2)",
        );
        Ok(rows.bind::<Nullable<Text>, _>(self.own).bind::<Array<Text>, _>(keys).load(conn).await?)
    }

    fn judge(
        &self,
        line: &EvaluationLine,
        meeting: Match,
        known: Option<ResolvedKey>,
    ) -> Result<ResolvedKey, FieldError> {
        if line.external_id.is_some() && self.own.is_none() {
            return Err(bulk::system_required());
        }
        let Some(question) = line.question.as_ref().filter(|_| !line.is_known_by_key()) else {
            return known.ok_or_else(bulk::unknown_key);
        };
        let meeting_id = line.meeting().found(meeting)?;
        let resolved = ResolvedKey { meeting_id, question: question.as_str().to_owned() };
        if known.is_some_and(|known| known != resolved) { Err(bulk::key_of_another()) } else { Ok(resolved) }
    }
}

impl Bulk for Forms<'_> {
    const TABLE: &'static str = "evaluations";
    type Line = EvaluationLine;
    type ResolvedKey = ResolvedKey;
    type CurrentRow = CurrentRow;
    type Content = Content;

    fn key(resolved: &ResolvedKey) -> String {
        format!("{}/{}", resolved.meeting_id, resolved.question)
    }

    fn held(resolved: &ResolvedKey) -> Uuid {
        resolved.meeting_id
    }

    fn external_id(line: &EvaluationLine) -> Option<&str> {
        line.external_id.as_ref().map(|key| key.as_str())
    }

    fn observed_at(line: &EvaluationLine) -> Option<Instant> {
        line.observed_at
    }

    fn row(current: &CurrentRow) -> Option<Row> {
        current.row()
    }

    fn wanted(&self, line: &EvaluationLine, current: &CurrentRow) -> Decision<Content> {
        decide::wanted(line, current)
    }

    fn closed(&self, line: &EvaluationLine, current: &CurrentRow) -> Option<FieldError> {
        (current.is_published && decide::counts(line, current)).then(bulk::period_published)
    }

    async fn find(
        &self,
        conn: &mut AsyncPgConnection,
        lines: &[&EvaluationLine],
    ) -> Result<Vec<Result<ResolvedKey, Vec<FieldError>>>, Error> {
        let names: Vec<_> = lines.iter().map(|line| line.meeting()).collect();
        let meetings = named::find(conn, self.named, &names).await?;
        let known = self.known(conn, lines).await?;
        let known = |line: &EvaluationLine| {
            let row = known.iter().find(|row| Self::external_id(line) == Some(row.external_id.as_str()))?;
            Some(ResolvedKey { meeting_id: row.meeting_id, question: row.question.clone() })
        };
        let judged = lines.iter().zip(meetings).map(|(line, meeting)| self.judge(line, meeting, known(line)));
        Ok(judged.map(|resolved| resolved.map_err(|fault| vec![fault])).collect())
    }

    async fn current_rows(
        &self,
        conn: &mut AsyncPgConnection,
        lines: &[(&EvaluationLine, &ResolvedKey)],
    ) -> Result<Vec<CurrentRow>, Error> {
        let (meetings, questions): (Vec<Uuid>, Vec<&str>) =
            lines.iter().map(|(_, resolved)| (resolved.meeting_id, resolved.question.as_str())).unzip();
        let mut current: Vec<CurrentRow> = diesel::sql_query(include_str!("sql/current.sql"))
            .bind::<Array<SqlUuid>, _>(meetings)
            .bind::<Array<Text>, _>(questions)
            .bind::<Nullable<Text>, _>(self.own)
            .load(conn)
            .await?;
        current.sort_by_key(|current| current.n);
        Ok(current)
    }

    async fn write(&self, conn: &mut AsyncPgConnection, work: &[Work<'_, Self>]) -> Result<(), Error> {
        let (written, gone) = (bulk::written(work), bulk::gone(work));
        write_rows(conn, &written, &gone).await?;
        let scales: Vec<(Uuid, Vec<PlacedRating<'_>>)> =
            written.iter().map(|(work, content)| (work.id, placed(&content.ratings))).collect();
        let scales: Vec<(Uuid, &[PlacedRating<'_>])> =
            scales.iter().map(|(id, scale)| (*id, scale.as_slice())).collect();
        RATINGS.replace(conn, &scales).await?;
        let Some(system) = self.own else { return Ok(()) };
        EXTERNAL_IDS.upsert_keys(conn, system.as_str(), &bulk::keys(&written)).await
    }
}

#[derive(QueryableByName)]
struct Touched {
    #[diesel(sql_type = BigInt)]
    rows: i64,
}

async fn write_rows(
    conn: &mut AsyncPgConnection,
    written: &[(&Work<'_, Forms<'_>>, &Content)],
    gone: &[Row],
) -> Result<(), Error> {
    fn column<'w, 'l, 'f, T>(
        written: &[(&'w Work<'l, Forms<'f>>, &'w Content)],
        value: impl Fn(&'w Work<'l, Forms<'f>>, &'w Content) -> T,
    ) -> Vec<T> {
        written.iter().map(|(work, content)| value(work, content)).collect()
    }
    let touched: Touched = diesel::sql_query(include_str!("sql/write.sql"))
        .bind::<Array<SqlUuid>, _>(column(written, |work, _| work.id))
        .bind::<Array<Nullable<BigInt>>, _>(column(written, |work, _| work.row.map(|row| row.version)))
        .bind::<Array<SqlUuid>, _>(column(written, |work, _| work.resolved.meeting_id))
        .bind::<Array<Text>, _>(column(written, |work, _| work.resolved.question.as_str()))
        .bind::<Array<Nullable<BigInt>>, _>(column(written, |_, content| content.handed_out))
        .bind::<Array<SqlUuid>, _>(gone.iter().map(|row| row.id).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(gone.iter().map(|row| row.version).collect::<Vec<_>>())
        .get_result(conn)
        .await
        .map_err(Error::writing("evaluations"))?;
    bulk::check_touched(touched.rows, written.len() + gone.len())
}
