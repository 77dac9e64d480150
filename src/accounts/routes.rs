//! HTTP handlers for accounts.

use actix_web::HttpRequest;
use actix_web::web::Data;
use diesel_async::AsyncPgConnection;

use super::model::{Account, AccountFilter, AccountPage, AccountPatch, NewAccount};
use super::queries;
use crate::db::Pool;
use crate::web::{Body, Id, IfMatch, Listing, Reply, Writer, disclosure, reply};

/// List accounts
///
/// Returns the clients and users that may call the API. Revoked accounts are not listed.
#[utoipa::path(get, path = "/v1/accounts", tag = "accounts", params(Listing<AccountFilter>),
    responses((status = 200, description = "A page of accounts.", body = AccountPage)))]
pub async fn list_accounts(request: HttpRequest, pool: Data<Pool>, listing: Listing<AccountFilter>) -> Reply {
    let conn = &mut pool.get().await?;
    let Listing { filter, page, .. } = &listing;
    let rows = queries::list(conn, filter, page).await?;
    let total = listing.counted(queries::count(conn, filter, page)).await?;
    disclosure::set_rows(&request, "accounts", &rows);
    let sort = filter.sort.unwrap_or_default();
    listing.reply::<AccountPage>(&request, rows, total, |account| sort.key(account))
}

/// Get an account
///
/// The response never contains the account's secret or password.
#[utoipa::path(get, path = "/v1/accounts/{id}", tag = "accounts",
    responses((status = 200, description = "The account.", body = Account)))]
pub async fn get_account(request: HttpRequest, pool: Data<Pool>, id: Id) -> Reply {
    let account = queries::get(&mut *pool.get().await?, id.0).await?;
    disclosure::set_rows(&request, "accounts", [&account]);
    reply::one(&request, &account)
}

/// Create an account
///
/// Only this response contains a client's `secret`. A client that is created with `jwks` gets no
/// secret. `Idempotency-Key` has no effect, because the server does not store a response with a
/// secret. If a client's secret is lost, revoke the client and create another one.
///
/// Fails with 422 `weak_password` if a user's password is easy to guess. Fails with 409
/// `already_exists` if another user has the e-mail address, or another client has or had the name.
#[utoipa::path(post, path = "/v1/accounts", tag = "accounts", request_body = NewAccount,
    responses((status = 201, description = "The account as created, with a client's secret.", body = Account)))]
pub async fn create_account(request: HttpRequest, writer: Writer, body: Body<NewAccount>) -> Reply {
    let new = body.0;
    let secret = new.fresh_secret()?;
    let hash = new.hash(secret.as_ref()).await?;
    let created = writer.write(async |conn| queries::create(conn, &new, hash.as_deref()).await).await?;
    disclosure::set_rows(&request, "accounts", [&created]);
    Ok(reply::stored(reply::created(request.path(), &Account { secret, ..created })?))
}

/// Update an account
///
/// A new role applies to the account's next request, even if its access token states the previous
/// role. A new password ends the user's sessions. Fails with 422 `does_not_fit_the_kind` if a
/// client is given a password. Fails with 422 `weak_password` if a user's password is easy to
/// guess.
#[utoipa::path(patch, path = "/v1/accounts/{id}", tag = "accounts", request_body = AccountPatch,
    responses((status = 200, description = "The account as updated.", body = Account)))]
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
    disclosure::set_rows(&request, "accounts", [&account]);
    reply::changed(&account)
}

/// Revoke an account
///
/// On every server, later requests with the account's tokens are refused. The server keeps the row,
/// because past changes refer to the account, but no response contains it.
#[utoipa::path(delete, path = "/v1/accounts/{id}", tag = "accounts",
    responses((status = 204, description = "The account was revoked.")))]
pub async fn delete_account(writer: Writer, id: Id, versions: IfMatch) -> Reply {
    writer.write(async |conn| queries::revoke(conn, id.0, &versions.0).await).await?;
    reply::deleted()
}
