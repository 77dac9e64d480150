//! SQL statements for themes.

use diesel::dsl::now;
use diesel::pg::Pg;
use diesel::prelude::{ExpressionMethods, QueryDsl, SelectableHelper};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::{NewTheme, Theme, ThemeFilter, ThemePatch};
use crate::db::references::explain;
use crate::db::schema::themes;
use crate::db::{Error, PageRequest, Reference, in_transaction, write};

pub async fn list(
    conn: &mut AsyncPgConnection,
    filter: &ThemeFilter,
    page: &PageRequest,
) -> Result<Vec<Theme>, Error> {
    let query = filter.sort.unwrap_or_default().page(matching(filter, page), page)?;
    Ok(query.select(Theme::as_select()).load(conn).await?)
}

pub async fn count(
    conn: &mut AsyncPgConnection,
    filter: &ThemeFilter,
    page: &PageRequest,
) -> Result<i64, Error> {
    Ok(matching(filter, page).count().get_result(conn).await?)
}

fn matching<'f>(filter: &'f ThemeFilter, page: &PageRequest) -> themes::BoxedQuery<'f, Pg> {
    let mut query = themes::table.into_boxed();
    if let Some(framework) = filter.framework_id {
        query = query.filter(themes::framework_id.eq(framework));
    }
    if let Some(code) = &filter.code {
        query = query.filter(themes::code.eq(code));
    }
    if let Some(since) = page.updated_since {
        query = query.filter(themes::updated_at.ge(since));
    }
    query
}

pub async fn get(conn: &mut AsyncPgConnection, id: Uuid) -> Result<Theme, Error> {
    Ok(themes::table.find(id).select(Theme::as_select()).get_result(conn).await?)
}

pub async fn create(conn: &mut AsyncPgConnection, new: &NewTheme) -> Result<Theme, Error> {
    let insert = diesel::insert_into(themes::table)
        .values((themes::id.eq(Uuid::now_v7()), new))
        .returning(Theme::as_returning());
    let created =
        in_transaction(conn, async |conn| insert.get_result(conn).await.map_err(Error::writing("themes")))
            .await;
    explain(conn, created, &[Reference::new("/framework_id", "frameworks", new.framework_id)]).await
}

pub async fn update(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    versions: &[i64],
    patch: &ThemePatch,
) -> Result<Theme, Error> {
    let changed = diesel::update(themes::table.find(id).filter(themes::version.eq_any(versions)))
        .set((patch, themes::updated_at.eq(now)))
        .returning(Theme::as_returning())
        .get_result(conn)
        .await;
    write::changed(conn, "themes", id, changed).await
}

pub async fn delete(conn: &mut AsyncPgConnection, id: Uuid, versions: &[i64]) -> Result<(), Error> {
    write::delete(conn, "themes", id, versions).await
}
