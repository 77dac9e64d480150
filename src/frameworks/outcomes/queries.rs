//! SQL statements for outcomes.

use diesel::dsl::now;
use diesel::pg::Pg;
use diesel::prelude::{ExpressionMethods, QueryDsl, SelectableHelper};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::{NewOutcome, Outcome, OutcomeFilter, OutcomePatch};
use crate::db::references::explain;
use crate::db::schema::outcomes;
use crate::db::{Error, PageRequest, Reference, in_transaction, write};

pub async fn list(
    conn: &mut AsyncPgConnection,
    filter: &OutcomeFilter,
    page: &PageRequest,
) -> Result<Vec<Outcome>, Error> {
    let query = filter.sort.unwrap_or_default().page(matching(filter, page), page)?;
    Ok(query.select(Outcome::as_select()).load(conn).await?)
}

pub async fn count(
    conn: &mut AsyncPgConnection,
    filter: &OutcomeFilter,
    page: &PageRequest,
) -> Result<i64, Error> {
    Ok(matching(filter, page).count().get_result(conn).await?)
}

fn matching<'f>(filter: &'f OutcomeFilter, page: &PageRequest) -> outcomes::BoxedQuery<'f, Pg> {
    let mut query = outcomes::table.into_boxed();
    if let Some(framework) = filter.framework_id {
        query = query.filter(outcomes::framework_id.eq(framework));
    }
    if let Some(theme) = filter.theme_id {
        query = query.filter(outcomes::theme_id.eq(theme));
    }
    if let Some(code) = &filter.code {
        query = query.filter(outcomes::code.eq(code));
    }
    if let Some(since) = page.updated_since {
        query = query.filter(outcomes::updated_at.ge(since));
    }
    query
}

pub async fn get(conn: &mut AsyncPgConnection, id: Uuid) -> Result<Outcome, Error> {
    Ok(outcomes::table.find(id).select(Outcome::as_select()).get_result(conn).await?)
}

pub async fn create(conn: &mut AsyncPgConnection, new: &NewOutcome) -> Result<Outcome, Error> {
    let insert = diesel::insert_into(outcomes::table)
        .values((outcomes::id.eq(Uuid::now_v7()), new))
        .returning(Outcome::as_returning());
    let created =
        in_transaction(conn, async |conn| insert.get_result(conn).await.map_err(Error::writing("outcomes")))
            .await;
    explain(conn, created, &[Reference::new("/theme_id", "themes", new.theme_id)]).await
}

pub async fn update(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    versions: &[i64],
    patch: &OutcomePatch,
) -> Result<Outcome, Error> {
    let changed = diesel::update(outcomes::table.find(id).filter(outcomes::version.eq_any(versions)))
        .set((patch, outcomes::updated_at.eq(now)))
        .returning(Outcome::as_returning())
        .get_result(conn)
        .await;
    write::changed(conn, "outcomes", id, changed).await
}

pub async fn delete(conn: &mut AsyncPgConnection, id: Uuid, versions: &[i64]) -> Result<(), Error> {
    write::delete(conn, "outcomes", id, versions).await
}
