//! SQL statements for evaluations.

use diesel::dsl::now;
use diesel::pg::Pg;
use diesel::prelude::{ExpressionMethods, QueryDsl, SelectableHelper};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::{
    EXTERNAL_IDS, Evaluation, EvaluationFilter, EvaluationPatch, NewEvaluation, RATINGS, Rating, placed,
};
use crate::db::references::explain;
use crate::db::schema::{evaluation_external_ids, evaluations};
use crate::db::{Error, PageRequest, Reference, Visibility, by_external_id, write};

pub async fn list(
    conn: &mut AsyncPgConnection,
    view: &Visibility,
    filter: &EvaluationFilter,
    page: &PageRequest,
) -> Result<Vec<Evaluation>, Error> {
    let query = filter.sort.unwrap_or_default().page(matching(view, filter, page), page)?;
    Ok(view.restrict_all(query.select(Evaluation::as_select()).load(conn).await?))
}

pub async fn count(
    conn: &mut AsyncPgConnection,
    view: &Visibility,
    filter: &EvaluationFilter,
    page: &PageRequest,
) -> Result<i64, Error> {
    Ok(matching(view, filter, page).count().get_result(conn).await?)
}

fn matching<'f>(
    view: &'f Visibility,
    filter: &'f EvaluationFilter,
    page: &PageRequest,
) -> evaluations::BoxedQuery<'f, Pg> {
    let mut query = evaluations::table.into_boxed();
    if let Some(meeting) = filter.meeting_id {
        query = query.filter(evaluations::meeting_id.eq(meeting));
    }
    if let Some(question) = &filter.question {
        query = query.filter(evaluations::question.eq(question));
    }
    by_external_id!(query, filter, view, evaluations, evaluation_external_ids.evaluation_id);
    if let Some(since) = page.updated_since {
        query = query.filter(evaluations::updated_at.ge(since));
    }
    query
}

pub async fn get(conn: &mut AsyncPgConnection, view: &Visibility, id: Uuid) -> Result<Evaluation, Error> {
    Ok(view.restrict(evaluations::table.find(id).select(Evaluation::as_select()).get_result(conn).await?))
}

pub async fn create(conn: &mut AsyncPgConnection, new: &NewEvaluation) -> Result<Evaluation, Error> {
    let id = Uuid::now_v7();
    let created = conn
        .transaction(async |conn| {
            diesel::insert_into(evaluations::table)
                .values((evaluations::id.eq(id), new))
                .execute(conn)
                .await
                .map_err(Error::writing("evaluations"))?;
            set_ratings(conn, id, new.ratings.as_deref()).await?;
            EXTERNAL_IDS.set(conn, id, new.external_ids.as_ref()).await?;
            get(conn, &Visibility::ALL, id).await
        })
        .await;
    explain(conn, created, &[Reference::new("/meeting_id", "meetings", new.meeting_id)]).await
}

async fn set_ratings(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    ratings: Option<&[Rating]>,
) -> Result<(), Error> {
    RATINGS.set(conn, id, ratings.map(placed).as_ref()).await
}

pub async fn update(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    versions: &[i64],
    patch: &EvaluationPatch,
) -> Result<Evaluation, Error> {
    conn.transaction(async |conn| {
        let touched =
            diesel::update(evaluations::table.find(id).filter(evaluations::version.eq_any(versions)))
                .set((patch, evaluations::updated_at.eq(now)))
                .execute(conn)
                .await
                .map_err(Error::writing("evaluations"))?;
        write::check_touched(conn, "evaluations", id, touched).await?;
        set_ratings(conn, id, patch.ratings.as_deref()).await?;
        EXTERNAL_IDS.set(conn, id, patch.external_ids.as_ref()).await?;
        get(conn, &Visibility::ALL, id).await
    })
    .await
}

pub async fn delete(conn: &mut AsyncPgConnection, id: Uuid, versions: &[i64]) -> Result<(), Error> {
    write::delete(conn, "evaluations", id, versions).await
}
