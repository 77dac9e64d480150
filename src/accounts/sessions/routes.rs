//! The operations on sessions.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue, LOCATION, WWW_AUTHENTICATE};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use super::model::{RefreshToken, SignIn};
use super::{cookie, queries};
use crate::accounts::answers::TokenAnswer;
use crate::accounts::{queries as accounts, secrets};
use crate::db::{ActorKind, Pool};
use crate::web::token::Refused;
use crate::web::{Body, Origins, Problem, Reply, Tokens, gate, writer};

/// Sign in
///
/// For people: the e-mail address and password of an account of kind `user`. The answer is an access token; the refresh
/// token, which gets the next one from `/v1/auth/token`, is in a cookie that only the browser sees.
#[utoipa::path(post, path = "/v1/auth/sessions", tag = "auth", request_body = SignIn,
    responses((status = 201, description = "The first access token of the session.", body = TokenAnswer)))]
pub async fn create_session(
    request: HttpRequest,
    pool: Data<Pool>,
    tokens: Data<Tokens>,
    body: Body<SignIn>,
) -> Reply {
    let SignIn { email, password } = body.0;
    let found = accounts::user(&mut *pool.get().await?, &email).await?;
    let (account, hash) = found.map_or((None, None), |(account, hash)| (Some(account), hash));
    let is_right = secrets::is_right(password.reveal(), hash.clone()).await?;
    let (Some(account), Some(hash), true) = (account, hash, is_right) else { return Err(wrong()) };
    let token = RefreshToken::generate(Uuid::now_v7())?;
    let user = writer::acting(&request, ActorKind::User, account.id);
    let begin = async |conn: &mut AsyncPgConnection| queries::begin(conn, account.id, &hash, &token).await;
    let begun = pool.write(&user, begin).await?;
    let begun = begun.ok_or_else(wrong)?;
    let answer =
        TokenAnswer::mint(&tokens, account.id, account.role, &account.council_ids, Some(token.session))?;
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, "/v1/auth/sessions/current"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .cookie(cookie::keep(&token, begun.expires_in))
        .json(answer))
}

/// Sign out
///
/// Ends the session of the cookie, or else of the access token: its tokens are refused from the next request on, on every
/// server. A session that is over already is over.
#[utoipa::path(delete, path = "/v1/auth/sessions/current", tag = "auth",
    responses((status = 204, description = "There is no such session any more.")))]
pub async fn delete_session(
    request: HttpRequest,
    pool: Data<Pool>,
    tokens: Data<Tokens>,
    origins: Data<Origins>,
) -> Reply {
    let session = match cookie::kept(&request) {
        Some(_) if !origins.admit(request.headers()) => {
            return Err(Problem::forbidden("This page may not act with the session's cookie."));
        }
        Some(kept) => RefreshToken::read(&kept).map(|token| token.session),
        None => of_the_access_token(&request, &tokens)?,
    };
    if let Some(session) = session {
        end(&request, &pool, session).await?;
    }
    Ok(HttpResponse::NoContent().cookie(cookie::clear()).finish())
}

/// Ends a session as its user, if there is one.
async fn end(request: &HttpRequest, pool: &Pool, session: Uuid) -> Result<(), Problem> {
    if let Some(account) = queries::account(&mut *pool.get().await?, session).await? {
        let user = writer::acting(request, ActorKind::User, account);
        pool.write(&user, async |conn| queries::end(conn, session).await).await?;
    }
    Ok(())
}

/// Without any token nobody is signed in; with one that does not count, nobody knows who wants to leave.
fn of_the_access_token(request: &HttpRequest, tokens: &Tokens) -> Result<Option<Uuid>, Problem> {
    match gate::bearer(request.headers()).and_then(|token| tokens.verify(token)) {
        Ok(caller) => Ok(caller.session),
        Err(Refused::Missing) => Ok(None),
        Err(refused) => Err(Problem::unauthenticated(refused.challenge())),
    }
}

/// One answer for all that is wrong with a pair, so that it does not tell who has an account.
fn wrong() -> Problem {
    Problem {
        header: Some((WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"outturn\""))),
        ..Problem::new(
            StatusCode::UNAUTHORIZED,
            "wrong_credentials",
            "There is no user with this e-mail address and password.",
        )
    }
}
