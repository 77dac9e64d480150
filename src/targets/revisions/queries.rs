//! SQL statements for revisions.

use diesel::dsl::now;
use diesel::pg::Pg;
use diesel::prelude::{ExpressionMethods, QueryDsl, SelectableHelper};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::{NewRevision, Revision, RevisionFilter, RevisionPatch};
use crate::db::references::explain;
use crate::db::schema::revisions;
use crate::db::{Error, PageRequest, Reference, in_transaction, write};

pub async fn list(
    conn: &mut AsyncPgConnection,
    filter: &RevisionFilter,
    page: &PageRequest,
) -> Result<Vec<Revision>, Error> {
    let query = filter.sort.unwrap_or_default().page(matching(filter, page), page)?;
    Ok(query.select(Revision::as_select()).load(conn).await?)
}

pub async fn count(
    conn: &mut AsyncPgConnection,
    filter: &RevisionFilter,
    page: &PageRequest,
) -> Result<i64, Error> {
    Ok(matching(filter, page).count().get_result(conn).await?)
}

fn matching<'f>(filter: &'f RevisionFilter, page: &PageRequest) -> revisions::BoxedQuery<'f, Pg> {
    let mut query = revisions::table.into_boxed();
    if let Some(target) = filter.target_id {
        query = query.filter(revisions::target_id.eq(target));
    }
    if let Some(since) = page.updated_since {
        query = query.filter(revisions::updated_at.ge(since));
    }
    query
}

pub async fn get(conn: &mut AsyncPgConnection, id: Uuid) -> Result<Revision, Error> {
    Ok(revisions::table.find(id).select(Revision::as_select()).get_result(conn).await?)
}

pub async fn create(conn: &mut AsyncPgConnection, new: &NewRevision) -> Result<Revision, Error> {
    let insert = diesel::insert_into(revisions::table)
        .values((revisions::id.eq(Uuid::now_v7()), new))
        .returning(Revision::as_returning());
    let created =
        in_transaction(conn, async |conn| insert.get_result(conn).await.map_err(Error::writing("revisions")))
            .await;
    explain(conn, created, &[Reference::new("/target_id", "targets", new.target_id)]).await
}

pub async fn update(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    versions: &[i64],
    patch: &RevisionPatch,
) -> Result<Revision, Error> {
    let changed = diesel::update(revisions::table.find(id).filter(revisions::version.eq_any(versions)))
        .set((patch, revisions::updated_at.eq(now)))
        .returning(Revision::as_returning())
        .get_result(conn)
        .await;
    write::changed(conn, "revisions", id, changed).await
}

/// Deletes a revision if its version is in `versions`. Fails if the target has a later revision.
pub async fn delete(conn: &mut AsyncPgConnection, id: Uuid, versions: &[i64]) -> Result<(), Error> {
    write::delete(conn, "revisions", id, versions).await
}
