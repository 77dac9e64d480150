//! SQL statements for accounts.

use diesel::dsl::{now, sql};
use diesel::pg::Pg;
use diesel::prelude::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, SelectableHelper,
};
use diesel::sql_query;
use diesel::sql_types::{Bool, Double, Text, Uuid as SqlUuid};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::assertion::Assertion;
use super::model::{Account, AccountFilter, AccountKind, AccountPatch, COUNCILS, NewAccount, council_links};
use super::sessions;
use crate::db::references::explain;
use crate::db::schema::{account_councils, accounts};
use crate::db::{Error, PageRequest, Reference};
use crate::values::Email;

/// Returns a page of accounts that are not revoked, and one more row if another page follows.
pub async fn list(
    conn: &mut AsyncPgConnection,
    filter: &AccountFilter,
    page: &PageRequest,
) -> Result<Vec<Account>, Error> {
    let query = filter.sort.unwrap_or_default().page(matching(filter, page), page)?;
    Ok(query.select(Account::as_select()).load(conn).await?)
}

pub async fn count(
    conn: &mut AsyncPgConnection,
    filter: &AccountFilter,
    page: &PageRequest,
) -> Result<i64, Error> {
    Ok(matching(filter, page).count().get_result(conn).await?)
}

fn matching<'f>(filter: &'f AccountFilter, page: &PageRequest) -> accounts::BoxedQuery<'f, Pg> {
    let mut query = accounts::table.filter(accounts::revoked_at.is_null()).into_boxed();
    if let Some(kind) = filter.kind {
        query = query.filter(accounts::kind.eq(kind));
    }
    if let Some(role) = filter.role {
        query = query.filter(accounts::role.eq(role));
    }
    if let Some(council) = filter.council_id {
        let speaking = account_councils::table.filter(account_councils::council_id.eq(council));
        query = query.filter(accounts::id.eq_any(speaking.select(account_councils::account_id)));
    }
    if let Some(since) = page.updated_since {
        query = query.filter(accounts::updated_at.ge(since));
    }
    query
}

pub async fn get(conn: &mut AsyncPgConnection, id: Uuid) -> Result<Account, Error> {
    let live = accounts::table.find(id).filter(accounts::revoked_at.is_null());
    Ok(live.select(Account::as_select()).get_result(conn).await?)
}

pub async fn create(
    conn: &mut AsyncPgConnection,
    new: &NewAccount,
    secret_hash: Option<&str>,
) -> Result<Account, Error> {
    let id = Uuid::now_v7();
    let created = conn
        .transaction(async |conn| {
            diesel::insert_into(accounts::table)
                .values((accounts::id.eq(id), new, accounts::secret_hash.eq(secret_hash)))
                .execute(conn)
                .await
                .map_err(Error::writing("accounts"))?;
            COUNCILS.set(conn, id, new.council_ids.as_deref().map(council_links).as_ref()).await?;
            get(conn, id).await
        })
        .await;
    explain(conn, created, &references(new.council_ids.as_ref())).await
}

/// Updates an account whose version is one of `versions`. If `secret_hash` is given, replaces the
/// stored hash and ends the account's sessions.
pub async fn update(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    versions: &[i64],
    patch: &AccountPatch,
    secret_hash: Option<&str>,
) -> Result<Account, Error> {
    let changed = conn
        .transaction(async |conn| {
            let live = accounts::version.eq_any(versions).and(accounts::revoked_at.is_null());
            let hash = secret_hash.map(|hash| accounts::secret_hash.eq(hash));
            let touched = diesel::update(accounts::table.find(id).filter(live))
                .set((patch, hash, accounts::updated_at.eq(now)))
                .execute(conn)
                .await
                .map_err(Error::writing("accounts"))?;
            check_touched(conn, id, touched).await?;
            COUNCILS.set(conn, id, patch.council_ids.as_deref().map(council_links).as_ref()).await?;
            let account = get(conn, id).await?;
            if secret_hash.is_some() {
                sessions::queries::end_all(conn, id).await?;
            }
            Ok(account)
        })
        .await;
    explain(conn, changed, &references(patch.council_ids.as_ref())).await
}

/// Revokes an account whose version is one of `versions`. The account then has no access.
pub async fn revoke(conn: &mut AsyncPgConnection, id: Uuid, versions: &[i64]) -> Result<(), Error> {
    let live = accounts::version.eq_any(versions).and(accounts::revoked_at.is_null());
    let touched = diesel::update(accounts::table.find(id).filter(live))
        .set(accounts::revoked_at.eq(now))
        .execute(conn)
        .await
        .map_err(Error::writing("accounts"))?;
    check_touched(conn, id, touched).await
}

/// Fails if a statement changed no row. A revoked account counts as missing, like a deleted row.
async fn check_touched(conn: &mut AsyncPgConnection, id: Uuid, touched: usize) -> Result<(), Error> {
    if touched > 0 {
        return Ok(());
    }
    get(conn, id).await.and(Err(Error::Stale))
}

fn references(councils: Option<&Vec<Uuid>>) -> Vec<Reference> {
    Reference::each("/council_ids", "councils", councils.into_iter().flatten()).collect()
}

/// Marks a client assertion as used. Returns false if the assertion was used before.
pub async fn use_assertion(
    conn: &mut AsyncPgConnection,
    client: Uuid,
    assertion: &Assertion,
) -> Result<bool, Error> {
    let sql = "INSERT INTO used_assertions (client_id, jti, expires_at) VALUES ($1, $2, to_timestamp($3))
               ON CONFLICT DO NOTHING";
    let used = sql_query(sql)
        .bind::<SqlUuid, _>(client)
        .bind::<Text, _>(&assertion.jti)
        .bind::<Double, _>(assertion.expires_at);
    Ok(used.execute(conn).await? > 0)
}

/// Deletes used client assertions that expired more than an hour ago. The hour is a margin, because
/// the clocks of servers differ.
pub async fn purge_assertions(conn: &mut AsyncPgConnection) -> Result<usize, Error> {
    let sql = "DELETE FROM used_assertions WHERE expires_at < now() - interval '1 hour'";
    Ok(sql_query(sql).execute(conn).await?)
}

/// Returns a user's account and password hash. Returns `None` if the user does not exist or is
/// revoked.
pub async fn user(
    conn: &mut AsyncPgConnection,
    email: &Email,
) -> Result<Option<(Account, Option<String>)>, Error> {
    // The comparison ignores case, as the unique index on e-mail addresses does.
    let is_theirs = sql::<Bool>("lower(email) = lower(").bind::<Text, _>(email).sql(")");
    let live = accounts::table.filter(accounts::revoked_at.is_null().and(is_theirs));
    Ok(live.select((Account::as_select(), accounts::secret_hash)).get_result(conn).await.optional()?)
}

/// Returns a client's account and secret hash. Returns `None` if the client does not exist or is
/// revoked.
pub async fn client(
    conn: &mut AsyncPgConnection,
    id: Uuid,
) -> Result<Option<(Account, Option<String>)>, Error> {
    let live = accounts::table
        .find(id)
        .filter(accounts::revoked_at.is_null().and(accounts::kind.eq(AccountKind::Client)));
    Ok(live.select((Account::as_select(), accounts::secret_hash)).get_result(conn).await.optional()?)
}
