//! SQL statements for groups.

use diesel::PgRangeExpressionMethods;
use diesel::dsl::now;
use diesel::pg::Pg;
use diesel::prelude::{ExpressionMethods, QueryDsl, SelectableHelper};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::{EXTERNAL_IDS, Group, GroupFilter, GroupPatch, NewGroup};
use crate::db::schema::{group_external_ids, groups};
use crate::db::sql::daterange;
use crate::db::{Error, PageRequest, Visibility, by_external_id, write};

pub async fn list(
    conn: &mut AsyncPgConnection,
    view: &Visibility,
    filter: &GroupFilter,
    page: &PageRequest,
) -> Result<Vec<Group>, Error> {
    let query = filter.sort.unwrap_or_default().page(matching(view, filter, page), page)?;
    Ok(view.restrict_all(query.select(Group::as_select()).load(conn).await?))
}

pub async fn count(
    conn: &mut AsyncPgConnection,
    view: &Visibility,
    filter: &GroupFilter,
    page: &PageRequest,
) -> Result<i64, Error> {
    Ok(matching(view, filter, page).count().get_result(conn).await?)
}

fn matching<'f>(
    view: &'f Visibility,
    filter: &'f GroupFilter,
    page: &PageRequest,
) -> groups::BoxedQuery<'f, Pg> {
    let mut query = groups::table.into_boxed();
    if let Some(code) = &filter.code {
        query = query.filter(groups::code.eq(code));
    }
    if let Some(day) = filter.responsible_on {
        query = query.filter(daterange(groups::responsible_from, groups::responsible_until).contains(day));
    }
    by_external_id!(query, filter, view, groups, group_external_ids.group_id);
    if let Some(since) = page.updated_since {
        query = query.filter(groups::updated_at.ge(since));
    }
    query
}

pub async fn get(conn: &mut AsyncPgConnection, view: &Visibility, id: Uuid) -> Result<Group, Error> {
    Ok(view.restrict(groups::table.find(id).select(Group::as_select()).get_result(conn).await?))
}

pub async fn create(conn: &mut AsyncPgConnection, new: &NewGroup) -> Result<Group, Error> {
    let id = Uuid::now_v7();
    conn.transaction(async |conn| {
        diesel::insert_into(groups::table)
            .values((groups::id.eq(id), new))
            .execute(conn)
            .await
            .map_err(Error::writing("groups"))?;
        EXTERNAL_IDS.set(conn, id, new.external_ids.as_ref()).await?;
        get(conn, &Visibility::ALL, id).await
    })
    .await
}

pub async fn update(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    versions: &[i64],
    patch: &GroupPatch,
) -> Result<Group, Error> {
    conn.transaction(async |conn| {
        let touched = diesel::update(groups::table.find(id).filter(groups::version.eq_any(versions)))
            .set((patch, groups::updated_at.eq(now)))
            .execute(conn)
            .await
            .map_err(Error::writing_span(
                "groups",
                ("/responsible_from", "/responsible_until"),
                patch.responsible_until.is_some(),
            ))?;
        write::check_touched(conn, "groups", id, touched).await?;
        EXTERNAL_IDS.set(conn, id, patch.external_ids.as_ref()).await?;
        get(conn, &Visibility::ALL, id).await
    })
    .await
}

pub async fn delete(conn: &mut AsyncPgConnection, id: Uuid, versions: &[i64]) -> Result<(), Error> {
    write::delete(conn, "groups", id, versions).await
}
