//! SQL statements for actions.

use diesel::dsl::now;
use diesel::pg::Pg;
use diesel::prelude::{ExpressionMethods, QueryDsl, SelectableHelper};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::{
    Action, ActionFilter, ActionPatch, GROUPS, MEETINGS, NewAction, group_links, meeting_links, references,
};
use crate::db::references::explain;
use crate::db::schema::{action_groups, actions};
use crate::db::{Error, PageRequest, Reference, write};

pub async fn list(
    conn: &mut AsyncPgConnection,
    filter: &ActionFilter,
    page: &PageRequest,
) -> Result<Vec<Action>, Error> {
    let query = filter.sort.unwrap_or_default().page(matching(filter, page), page)?;
    Ok(query.select(Action::as_select()).load(conn).await?)
}

pub async fn count(
    conn: &mut AsyncPgConnection,
    filter: &ActionFilter,
    page: &PageRequest,
) -> Result<i64, Error> {
    Ok(matching(filter, page).count().get_result(conn).await?)
}

fn matching<'f>(filter: &'f ActionFilter, page: &PageRequest) -> actions::BoxedQuery<'f, Pg> {
    let mut query = actions::table.into_boxed();
    if let Some(framework) = filter.framework_id {
        query = query.filter(actions::framework_id.eq(framework));
    }
    if let Some(outcome) = filter.outcome_id {
        query = query.filter(actions::outcome_id.eq(outcome));
    }
    if let Some(group) = filter.group_id {
        let linked = action_groups::table.filter(action_groups::group_id.eq(group));
        query = query.filter(actions::id.eq_any(linked.select(action_groups::action_id)));
    }
    if let Some(code) = &filter.code {
        query = query.filter(actions::code.eq(code));
    }
    if let Some(since) = page.updated_since {
        query = query.filter(actions::updated_at.ge(since));
    }
    query
}

pub async fn get(conn: &mut AsyncPgConnection, id: Uuid) -> Result<Action, Error> {
    Ok(actions::table.find(id).select(Action::as_select()).get_result(conn).await?)
}

pub async fn create(conn: &mut AsyncPgConnection, new: &NewAction) -> Result<Action, Error> {
    let id = Uuid::now_v7();
    let created = conn
        .transaction(async |conn| {
            diesel::insert_into(actions::table)
                .values((actions::id.eq(id), new))
                .execute(conn)
                .await
                .map_err(Error::writing("actions"))?;
            link(conn, id, new.group_ids.as_deref(), new.meeting_ids.as_deref()).await?;
            get(conn, id).await
        })
        .await;
    let mut named = references(new.group_ids.as_ref(), new.meeting_ids.as_ref());
    named.push(Reference::new("/outcome_id", "outcomes", new.outcome_id));
    explain(conn, created, &named).await
}

async fn link(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    group_ids: Option<&[Uuid]>,
    meeting_ids: Option<&[Uuid]>,
) -> Result<(), Error> {
    GROUPS.set(conn, id, group_ids.map(group_links).as_ref()).await?;
    MEETINGS.set(conn, id, meeting_ids.map(meeting_links).as_ref()).await
}

pub async fn update(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    versions: &[i64],
    patch: &ActionPatch,
) -> Result<Action, Error> {
    let changed = conn
        .transaction(async |conn| {
            let touched = diesel::update(actions::table.find(id).filter(actions::version.eq_any(versions)))
                .set((patch, actions::updated_at.eq(now)))
                .execute(conn)
                .await
                .map_err(Error::writing("actions"))?;
            write::check_touched(conn, "actions", id, touched).await?;
            link(conn, id, patch.group_ids.as_deref(), patch.meeting_ids.as_deref()).await?;
            get(conn, id).await
        })
        .await;
    explain(conn, changed, &references(patch.group_ids.as_ref(), patch.meeting_ids.as_ref())).await
}

pub async fn delete(conn: &mut AsyncPgConnection, id: Uuid, versions: &[i64]) -> Result<(), Error> {
    write::delete(conn, "actions", id, versions).await
}
