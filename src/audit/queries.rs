//! SQL statements that read the change log.

use diesel::PgArrayExpressionMethods;
use diesel::pg::Pg;
use diesel::prelude::{ExpressionMethods, QueryDsl, SelectableHelper};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::model::{AuditEntry, AuditFilter};
use crate::db::schema::changed_rows;
use crate::db::{Error, PageRequest};

/// Returns a page of change log entries, and one more row if another page follows.
pub async fn list(
    conn: &mut AsyncPgConnection,
    filter: &AuditFilter,
    page: &PageRequest,
) -> Result<Vec<AuditEntry>, Error> {
    let query = filter.sort.unwrap_or_default().page(matching(filter, page), page)?;
    Ok(query.select(AuditEntry::as_select()).load(conn).await?)
}

pub async fn count(
    conn: &mut AsyncPgConnection,
    filter: &AuditFilter,
    page: &PageRequest,
) -> Result<i64, Error> {
    Ok(matching(filter, page).count().get_result(conn).await?)
}

fn matching<'f>(filter: &'f AuditFilter, page: &PageRequest) -> changed_rows::BoxedQuery<'f, Pg> {
    let mut query = changed_rows::table.into_boxed();
    if let Some(resource) = &filter.resource {
        query = query.filter(changed_rows::resource.eq(resource));
    }
    if let Some(id) = filter.resource_id {
        // The first filter uses the index on all ids in a line of the change log. The second filter
        // selects the entries for this id.
        query = query.filter(changed_rows::ids.contains(vec![id])).filter(changed_rows::resource_id.eq(id));
    }
    if let Some(action) = filter.action {
        query = query.filter(changed_rows::action.eq(action));
    }
    if let Some(actor) = &filter.actor {
        query = query.filter(changed_rows::actor.eq(actor));
    }
    if let Some(account) = filter.account_id {
        query = query.filter(changed_rows::account_id.eq(account));
    }
    if let Some(request) = &filter.request_id {
        query = query.filter(changed_rows::request_id.eq(request));
    }
    for since in [filter.changed_from, page.updated_since].into_iter().flatten() {
        query = query.filter(changed_rows::changed_at.ge(since));
    }
    if let Some(until) = filter.changed_until {
        query = query.filter(changed_rows::changed_at.lt(until));
    }
    query
}
