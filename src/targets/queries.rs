//! SQL statements for targets.

use diesel::dsl::now;
use diesel::pg::Pg;
use diesel::prelude::{ExpressionMethods, OptionalExtension, QueryDsl, SelectableHelper};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::{ACTIONS, NewTarget, Target, TargetFilter, TargetPatch, action_links, references};
use crate::db::references::explain;
use crate::db::schema::{actions, target_actions, targets};
use crate::db::{Error, PageRequest, write};

pub async fn list(
    conn: &mut AsyncPgConnection,
    filter: &TargetFilter,
    page: &PageRequest,
) -> Result<Vec<Target>, Error> {
    let query = filter.sort.unwrap_or_default().page(matching(filter, page), page)?;
    Ok(query.select(Target::as_select()).load(conn).await?)
}

pub async fn count(
    conn: &mut AsyncPgConnection,
    filter: &TargetFilter,
    page: &PageRequest,
) -> Result<i64, Error> {
    Ok(matching(filter, page).count().get_result(conn).await?)
}

fn matching<'f>(filter: &'f TargetFilter, page: &PageRequest) -> targets::BoxedQuery<'f, Pg> {
    let mut query = targets::table.into_boxed();
    if let Some(framework) = filter.framework_id {
        query = query.filter(targets::framework_id.eq(framework));
    }
    if let Some(action) = filter.action_id {
        let linked = target_actions::table.filter(target_actions::action_id.eq(action));
        query = query.filter(targets::id.eq_any(linked.select(target_actions::target_id)));
    }
    if let Some(code) = &filter.code {
        query = query.filter(targets::code.eq(code));
    }
    if let Some(measure) = filter.measure_kind {
        query = query.filter(targets::measure_kind.eq(measure));
    }
    if let Some(implied) = filter.implied {
        query = query.filter(targets::implied.eq(implied));
    }
    if let Some(council) = filter.council_reported {
        query = query.filter(targets::council_reported.eq(council));
    }
    if let Some(since) = page.updated_since {
        query = query.filter(targets::updated_at.ge(since));
    }
    query
}

pub async fn get(conn: &mut AsyncPgConnection, id: Uuid) -> Result<Target, Error> {
    Ok(targets::table.find(id).select(Target::as_select()).get_result(conn).await?)
}

/// Creates a target in the framework of its first action.
pub async fn create(conn: &mut AsyncPgConnection, new: &NewTarget) -> Result<Target, Error> {
    let id = Uuid::now_v7();
    let created = conn
        .transaction(async |conn| {
            insert(conn, id, new).await?;
            ACTIONS.set(conn, id, Some(&action_links(&new.action_ids))).await?;
            get(conn, id).await
        })
        .await;
    let named =
        references(Some(&new.action_ids), Some(&new.measure), new.continues_target_id, new.baseline.as_ref());
    explain(conn, created, &named).await
}

async fn insert(conn: &mut AsyncPgConnection, id: Uuid, new: &NewTarget) -> Result<(), Error> {
    let missing = || Error::missing_reference("target_actions_action");
    let first = new.action_ids.as_slice().first().ok_or_else(missing)?;
    let framework: Option<Uuid> =
        actions::table.find(*first).select(actions::framework_id).get_result(conn).await.optional()?;
    let framework = framework.ok_or_else(missing)?;
    diesel::insert_into(targets::table)
        .values((targets::id.eq(id), targets::framework_id.eq(framework), new))
        .execute(conn)
        .await
        .map_err(Error::writing("targets"))?;
    Ok(())
}

pub async fn update(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    versions: &[i64],
    patch: &TargetPatch,
) -> Result<Target, Error> {
    let changed = conn
        .transaction(async |conn| {
            let touched = diesel::update(targets::table.find(id).filter(targets::version.eq_any(versions)))
                .set((patch, targets::updated_at.eq(now)))
                .execute(conn)
                .await
                .map_err(Error::writing("targets"))?;
            write::check_touched(conn, "targets", id, touched).await?;
            ACTIONS.set(conn, id, patch.action_ids.as_deref().map(action_links).as_ref()).await?;
            get(conn, id).await
        })
        .await;
    let continues = patch.continues_target_id.flatten();
    let baseline = patch.baseline.as_ref().and_then(Option::as_ref);
    let named = references(patch.action_ids.as_ref(), patch.measure.as_ref(), continues, baseline);
    explain(conn, changed, &named).await
}

pub async fn delete(conn: &mut AsyncPgConnection, id: Uuid, versions: &[i64]) -> Result<(), Error> {
    write::delete(conn, "targets", id, versions).await
}
