//! SQL statements that read disclosures.

use diesel::PgArrayExpressionMethods;
use diesel::pg::Pg;
use diesel::prelude::{ExpressionMethods, QueryDsl, SelectableHelper};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::model::{Disclosure, DisclosureFilter};
use crate::db::schema::disclosures;
use crate::db::{Error, PageRequest};

/// Returns a page of disclosures, and one more row if another page follows.
pub async fn list(
    conn: &mut AsyncPgConnection,
    filter: &DisclosureFilter,
    page: &PageRequest,
) -> Result<Vec<Disclosure>, Error> {
    let query = filter.sort.unwrap_or_default().page(matching(filter, page), page)?;
    Ok(query.select(Disclosure::as_select()).load(conn).await?)
}

pub async fn count(
    conn: &mut AsyncPgConnection,
    filter: &DisclosureFilter,
    page: &PageRequest,
) -> Result<i64, Error> {
    Ok(matching(filter, page).count().get_result(conn).await?)
}

fn matching<'f>(filter: &'f DisclosureFilter, page: &PageRequest) -> disclosures::BoxedQuery<'f, Pg> {
    let mut query = disclosures::table.into_boxed();
    if let Some(resource) = &filter.resource {
        query = query.filter(disclosures::resource.eq(resource));
    }
    if let Some(row) = filter.row_id {
        query = query.filter(disclosures::row_ids.contains(vec![row]));
    }
    if let Some(actor) = &filter.actor {
        query = query.filter(disclosures::actor.eq(actor));
    }
    if let Some(account) = filter.account_id {
        query = query.filter(disclosures::account_id.eq(account));
    }
    for since in [filter.disclosed_from, page.updated_since].into_iter().flatten() {
        query = query.filter(disclosures::disclosed_at.ge(since));
    }
    if let Some(until) = filter.disclosed_until {
        query = query.filter(disclosures::disclosed_at.lt(until));
    }
    query
}
