//! The operations on accounts.

use actix_web::HttpRequest;
use actix_web::web::Data;
use diesel_async::AsyncPgConnection;

use super::model::{Account, AccountFilter, AccountPage, AccountPatch, NewAccount};
use super::queries;
use crate::db::Pool;
use crate::web::{Body, Id, IfMatch, Listing, Reply, Writer, disclosure, reply};

/// List accounts
///
/// The clients and users who may ask. Revoked ones are not among them.
#[utoipa::path(get, path = "/v1/accounts", tag = "accounts", params(Listing<AccountFilter>),
    responses((status = 200, description = "A page of accounts.", body = AccountPage)))]
pub async fn list_accounts(request: HttpRequest, pool: Data<Pool>, listing: Listing<AccountFilter>) -> Reply {
    let conn = &mut pool.get().await?;
    let Listing { filter, window, .. } = &listing;
    let rows = queries::list(conn, filter, window).await?;
    let total = listing.counted(queries::count(conn, filter, window)).await?;
    disclosure::note(&request, "accounts", &rows);
    let sort = filter.sort.unwrap_or_default();
    listing.reply::<AccountPage>(&request, rows, total, |account| sort.key(account))
}

/// Read an account
///
/// Its secret or password is never shown.
#[utoipa::path(get, path = "/v1/accounts/{id}", tag = "accounts",
    responses((status = 200, description = "The account.", body = Account)))]
pub async fn get_account(request: HttpRequest, pool: Data<Pool>, id: Id) -> Reply {
    let account = queries::get(&mut *pool.get().await?, id.0).await?;
    disclosure::note(&request, "accounts", [&account]);
    reply::one(&request, &account)
}

/// Enter an account
///
/// A client's `secret` is in this answer and never shown again; one that has `jwks` gets none. For its sake no answer is kept for a retry:
/// `Idempotency-Key` does nothing here. A client whose secret was lost on the way is revoked, and another entered.
/// A user's password that is easy to guess is refused (`weak_password`).
#[utoipa::path(post, path = "/v1/accounts", tag = "accounts", request_body = NewAccount,
    responses((status = 201, description = "The account as entered, with a client's secret.", body = Account)))]
pub async fn create_account(request: HttpRequest, writer: Writer, body: Body<NewAccount>) -> Reply {
    let new = body.0;
    let secret = new.fresh_secret()?;
    let hash = new.hash(secret.as_ref()).await?;
    let made = writer.write(async |conn| queries::create(conn, &new, hash.as_deref()).await).await?;
    disclosure::note(&request, "accounts", [&made]);
    Ok(reply::kept(reply::made(request.path(), &Account { secret, ..made })?))
}

/// Change an account
///
/// What it may do changes with its next request, whatever its tokens say. Only a user has a password; one that is easy to
/// guess is refused (`weak_password`).
#[utoipa::path(patch, path = "/v1/accounts/{id}", tag = "accounts", request_body = AccountPatch,
    responses((status = 200, description = "The account as changed.", body = Account)))]
pub async fn update_account(
    request: HttpRequest,
    pool: Data<Pool>,
    writer: Writer,
    id: Id,
    versions: IfMatch,
    body: Body<AccountPatch>,
) -> Reply {
    let account = queries::get(&mut *pool.get().await?, id.0).await?;
    let hash = body.0.hash(&account).await?;
    let update = async |conn: &mut AsyncPgConnection| {
        queries::update(conn, id.0, &versions.0, &body.0, hash.as_deref()).await
    };
    let account = writer.write(update).await?;
    disclosure::note(&request, "accounts", [&account]);
    reply::changed(&account)
}

/// Revoke an account
///
/// From the next request on its tokens are refused, on every server. The row is kept, so that what the account did keeps
/// its author, but is no longer shown.
#[utoipa::path(delete, path = "/v1/accounts/{id}", tag = "accounts",
    responses((status = 204, description = "The account is revoked.")))]
pub async fn delete_account(writer: Writer, id: Id, versions: IfMatch) -> Reply {
    writer.write(async |conn| queries::revoke(conn, id.0, &versions.0).await).await?;
    reply::deleted()
}
