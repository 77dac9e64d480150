//! A bulk request of evaluations, as the machinery of all bulk requests asks for it.

use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::decide::{self, Content, Standing};
use super::model::EvaluationLine;
use crate::db::Error;
use crate::db::bulk::{self, Applied, Bulk, Decision, Found, Row, Work};
use crate::meetings::evaluations::model::{EXTERNAL_IDS, PlacedRating, RATINGS, placed};
use crate::meetings::named;
use crate::values::{Code, Fault, Instant};

/// Whose keys lines use.
#[derive(Debug)]
pub struct Forms<'f> {
    /// The system whose keys name meetings; any if not said.
    pub named: Option<&'f Code>,
    /// The system of the lines' own keys.
    pub own: Option<&'f Code>,
}

/// Which evaluation a line means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meant {
    meeting_id: Uuid,
    question: String,
}

/// Applies lines and says what became of each.
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
    /// The evaluations that lines' own keys stand for.
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

    fn judge(&self, line: &EvaluationLine, meeting: Found, known: Option<Meant>) -> Result<Meant, Fault> {
        if line.external_id.is_some() && self.own.is_none() {
            return Err(bulk::system_required());
        }
        let Some(question) = line.question.as_ref().filter(|_| !line.is_known_by_key()) else {
            return known.ok_or_else(bulk::unknown_key);
        };
        let meeting_id = line.meeting().found(meeting)?;
        let meant = Meant { meeting_id, question: question.as_str().to_owned() };
        if known.is_some_and(|known| known != meant) { Err(bulk::key_of_another()) } else { Ok(meant) }
    }
}

impl Bulk for Forms<'_> {
    const TABLE: &'static str = "evaluations";
    type Line = EvaluationLine;
    type Meant = Meant;
    type Standing = Standing;
    type Content = Content;

    fn key(meant: &Meant) -> String {
        format!("{}/{}", meant.meeting_id, meant.question)
    }

    fn held(meant: &Meant) -> Uuid {
        meant.meeting_id
    }

    fn external_id(line: &EvaluationLine) -> Option<&str> {
        line.external_id.as_ref().map(|key| key.as_str())
    }

    fn observed_at(line: &EvaluationLine) -> Option<Instant> {
        line.observed_at
    }

    fn row(standing: &Standing) -> Option<Row> {
        standing.row()
    }

    fn wanted(&self, line: &EvaluationLine, standing: &Standing) -> Decision<Content> {
        decide::wanted(line, standing)
    }

    fn closed(&self, line: &EvaluationLine, standing: &Standing) -> Option<Fault> {
        (standing.is_published && decide::counts(line, standing)).then(bulk::period_published)
    }

    async fn find(
        &self,
        conn: &mut AsyncPgConnection,
        lines: &[&EvaluationLine],
    ) -> Result<Vec<Result<Meant, Vec<Fault>>>, Error> {
        let names: Vec<_> = lines.iter().map(|line| line.meeting()).collect();
        let meetings = named::find(conn, self.named, &names).await?;
        let known = self.known(conn, lines).await?;
        let known = |line: &EvaluationLine| {
            let row = known.iter().find(|row| Self::external_id(line) == Some(row.external_id.as_str()))?;
            Some(Meant { meeting_id: row.meeting_id, question: row.question.clone() })
        };
        let judged = lines.iter().zip(meetings).map(|(line, meeting)| self.judge(line, meeting, known(line)));
        Ok(judged.map(|meant| meant.map_err(|fault| vec![fault])).collect())
    }

    async fn standing(
        &self,
        conn: &mut AsyncPgConnection,
        lines: &[(&EvaluationLine, &Meant)],
    ) -> Result<Vec<Standing>, Error> {
        let (meetings, questions): (Vec<Uuid>, Vec<&str>) =
            lines.iter().map(|(_, meant)| (meant.meeting_id, meant.question.as_str())).unzip();
        let mut standing: Vec<Standing> = diesel::sql_query(include_str!("sql/standing.sql"))
            .bind::<Array<SqlUuid>, _>(meetings)
            .bind::<Array<Text>, _>(questions)
            .bind::<Nullable<Text>, _>(self.own)
            .load(conn)
            .await?;
        standing.sort_by_key(|standing| standing.n);
        Ok(standing)
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
        EXTERNAL_IDS.give_keys(conn, system.as_str(), &bulk::keys(&written)).await
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
        .bind::<Array<SqlUuid>, _>(column(written, |work, _| work.meant.meeting_id))
        .bind::<Array<Text>, _>(column(written, |work, _| work.meant.question.as_str()))
        .bind::<Array<Nullable<BigInt>>, _>(column(written, |_, content| content.handed_out))
        .bind::<Array<SqlUuid>, _>(gone.iter().map(|row| row.id).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(gone.iter().map(|row| row.version).collect::<Vec<_>>())
        .get_result(conn)
        .await
        .map_err(Error::writing("evaluations"))?;
    bulk::check_touched(touched.rows, written.len() + gone.len())
}
