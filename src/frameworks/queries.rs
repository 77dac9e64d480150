//! SQL statements for frameworks.

use diesel::dsl::now;
use diesel::pg::Pg;
use diesel::prelude::{ExpressionMethods, QueryDsl, SelectableHelper};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::{Framework, FrameworkFilter, FrameworkPatch, NewFramework};
use crate::db::schema::frameworks;
use crate::db::{Error, PageRequest, write};

pub async fn list(
    conn: &mut AsyncPgConnection,
    filter: &FrameworkFilter,
    page: &PageRequest,
) -> Result<Vec<Framework>, Error> {
    let query = filter.sort.unwrap_or_default().page(matching(filter, page), page)?;
    Ok(query.select(Framework::as_select()).load(conn).await?)
}

pub async fn count(
    conn: &mut AsyncPgConnection,
    filter: &FrameworkFilter,
    page: &PageRequest,
) -> Result<i64, Error> {
    Ok(matching(filter, page).count().get_result(conn).await?)
}

fn matching<'f>(filter: &'f FrameworkFilter, page: &PageRequest) -> frameworks::BoxedQuery<'f, Pg> {
    let mut query = frameworks::table.into_boxed();
    if let Some(code) = &filter.code {
        query = query.filter(frameworks::code.eq(code));
    }
    if let Some(status) = filter.status {
        query = query.filter(frameworks::status.eq(status));
    }
    if let Some(since) = page.updated_since {
        query = query.filter(frameworks::updated_at.ge(since));
    }
    query
}

pub async fn get(conn: &mut AsyncPgConnection, id: Uuid) -> Result<Framework, Error> {
    Ok(frameworks::table.find(id).select(Framework::as_select()).get_result(conn).await?)
}

pub async fn create(conn: &mut AsyncPgConnection, new: &NewFramework) -> Result<Framework, Error> {
    diesel::insert_into(frameworks::table)
        .values((frameworks::id.eq(Uuid::now_v7()), new))
        .returning(Framework::as_returning())
        .get_result(conn)
        .await
        .map_err(Error::writing("frameworks"))
}

pub async fn update(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    versions: &[i64],
    patch: &FrameworkPatch,
) -> Result<Framework, Error> {
    let changed = diesel::update(frameworks::table.find(id).filter(frameworks::version.eq_any(versions)))
        .set((patch, frameworks::updated_at.eq(now)))
        .returning(Framework::as_returning())
        .get_result(conn)
        .await;
    write::changed(conn, "frameworks", id, changed).await
}

pub async fn delete(conn: &mut AsyncPgConnection, id: Uuid, versions: &[i64]) -> Result<(), Error> {
    write::delete(conn, "frameworks", id, versions).await
}
