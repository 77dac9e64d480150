//! SQL statements for dataset keys. The statement that checks the key of a request is in
//! `auth::queries`.

use diesel::dsl::now;
use diesel::pg::Pg;
use diesel::prelude::{BoolExpressionMethods, ExpressionMethods, QueryDsl, SelectableHelper};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::{DatasetKey, DatasetKeyFilter, DatasetKeyPatch, NewDatasetKey};
use crate::db::schema::dataset_keys;
use crate::db::{Error, PageRequest};

pub async fn list(
    conn: &mut AsyncPgConnection,
    filter: &DatasetKeyFilter,
    page: &PageRequest,
) -> Result<Vec<DatasetKey>, Error> {
    let query = filter.sort.unwrap_or_default().page(matching(page), page)?;
    Ok(query.select(DatasetKey::as_select()).load(conn).await?)
}

pub async fn count(conn: &mut AsyncPgConnection, page: &PageRequest) -> Result<i64, Error> {
    Ok(matching(page).count().get_result(conn).await?)
}

fn matching(page: &PageRequest) -> dataset_keys::BoxedQuery<'static, Pg> {
    let query = dataset_keys::table.filter(dataset_keys::revoked_at.is_null()).into_boxed();
    match page.updated_since {
        Some(since) => query.filter(dataset_keys::updated_at.ge(since)),
        None => query,
    }
}

/// Returns the dataset key with this id, unless the key is revoked.
pub async fn get(conn: &mut AsyncPgConnection, id: Uuid) -> Result<DatasetKey, Error> {
    let live = dataset_keys::table.find(id).filter(dataset_keys::revoked_at.is_null());
    Ok(live.select(DatasetKey::as_select()).get_result(conn).await?)
}

/// Creates a dataset key. `secret_hash` is the hash of the key's secret.
pub async fn create(
    conn: &mut AsyncPgConnection,
    new: &NewDatasetKey,
    secret_hash: &[u8],
) -> Result<DatasetKey, Error> {
    let key = (dataset_keys::id.eq(Uuid::now_v7()), new, dataset_keys::secret_hash.eq(secret_hash));
    diesel::insert_into(dataset_keys::table)
        .values(key)
        .returning(DatasetKey::as_returning())
        .get_result(conn)
        .await
        .map_err(Error::writing("dataset_keys"))
}

pub async fn update(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    versions: &[i64],
    patch: &DatasetKeyPatch,
) -> Result<DatasetKey, Error> {
    let live = dataset_keys::version.eq_any(versions).and(dataset_keys::revoked_at.is_null());
    let touched = diesel::update(dataset_keys::table.find(id).filter(live))
        .set((patch, dataset_keys::updated_at.eq(now)))
        .execute(conn)
        .await
        .map_err(Error::writing("dataset_keys"))?;
    let key = get(conn, id).await?;
    if touched > 0 { Ok(key) } else { Err(Error::Stale) }
}

/// Revokes a dataset key whose version is one of `versions`. The server then refuses requests with
/// the key.
pub async fn revoke(conn: &mut AsyncPgConnection, id: Uuid, versions: &[i64]) -> Result<(), Error> {
    let live = dataset_keys::version.eq_any(versions).and(dataset_keys::revoked_at.is_null());
    let touched = diesel::update(dataset_keys::table.find(id).filter(live))
        .set(dataset_keys::revoked_at.eq(now))
        .execute(conn)
        .await
        .map_err(Error::writing("dataset_keys"))?;
    if touched > 0 { Ok(()) } else { get(conn, id).await.and(Err(Error::Stale)) }
}
