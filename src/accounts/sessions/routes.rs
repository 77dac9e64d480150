//! HTTP handlers for sessions.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue, LOCATION, WWW_AUTHENTICATE};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use super::model::{RefreshToken, SignIn};
use super::{cookie, queries};
use crate::accounts::failures::{Failures, Origin};
use crate::accounts::token_responses::TokenAnswer;
use crate::accounts::{hashing, queries as accounts};
use crate::auth::Tokens;
use crate::auth::jwt::{Refused, TokenKind};
use crate::auth::token::bearer;
use crate::db::{ActorKind, Pool};
use crate::values::Email;
use crate::web::limits::{Client, Limits};
use crate::web::{Body, Origins, Problem, Reply, writer};

/// Sign in
///
/// Signs in a person with the e-mail address and password of an account of kind `user`. The
/// response contains an access token, and a cookie with the refresh token. Scripts cannot read the
/// cookie. `/v1/auth/token` exchanges the refresh token for the next access token.
///
/// Fails with 401 `wrong_credentials` if no user has this e-mail address and password. A password
/// that the password policy does not allow counts as a wrong password. Fails with 429
/// `too_many_failures` after several wrong passwords for one user from one address. The address
/// must then wait before its next attempt. After very many wrong passwords, an address must wait
/// before it can sign in as any user.
#[utoipa::path(post, path = "/v1/auth/sessions", tag = "auth", request_body = SignIn,
    responses((status = 201, description = "The first access token of the session.", body = TokenAnswer)))]
pub async fn create_session(
    request: HttpRequest,
    pool: Data<Pool>,
    tokens: Data<Tokens>,
    limits: Data<Limits>,
    failures: Data<Failures>,
    body: Body<SignIn>,
) -> Reply {
    let SignIn { email, password } = body.0;
    let origin = origin(&request, &pool, &limits, &email).await?;
    let attempt = failures.begin(&limits, &request, email.as_str(), origin).await?;
    let found = accounts::user(&mut *pool.get().await?, &email).await?;
    let (account, hash) = found.map_or((None, None), |(account, hash)| (Some(account), hash));
    limits.check_unproven(&request, account.as_ref().map(|account| Client::account(account.id)))?;
    let is_right = hashing::verify(password.normalised(), hash.clone()).await?;
    attempt.end(is_right);
    let (Some(account), Some(hash), true) = (account, hash, is_right) else {
        return Err(wrong_credentials());
    };
    limits.charge_proven(&request, Client::account(account.id))?;
    let token = RefreshToken::generate(Uuid::now_v7())?;
    let user = writer::acting(&request, ActorKind::User, account.id);
    let begin = async |conn: &mut AsyncPgConnection| queries::begin(conn, account.id, &hash, &token).await;
    let expiry = pool.write(&user, begin).await?;
    let expiry = expiry.ok_or_else(wrong_credentials)?;
    limits.create_bucket(Client::Session(token.session));
    let answer =
        TokenAnswer::mint(&tokens, account.id, account.role, &account.council_ids, Some(token.session))?;
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, "/v1/auth/sessions/current"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .cookie(cookie::token_cookie(&token, expiry.expires_in))
        .json(answer))
}

/// Returns the source of a sign-in attempt. It is the session if the browser's cookie belongs to
/// the same user, otherwise the network address.
async fn origin(
    request: &HttpRequest,
    pool: &Pool,
    limits: &Limits,
    email: &Email,
) -> Result<Origin, Problem> {
    if let Some(token) = cookie::read_cookie(request).as_deref().and_then(RefreshToken::read) {
        let conn = &mut pool.get().await?;
        let token_account = queries::find_token_account(conn, &token).await?;
        let user = accounts::user(conn, email).await?.map(|(account, _)| account.id);
        if token_account.is_some() && token_account == user {
            return Ok(Origin::Session(token.session));
        }
    }
    Ok(Origin::Address(limits.address(request)))
}

/// Sign out
///
/// Ends the session of the cookie. Without a cookie, ends the session of the access token. On every
/// server, later requests with the session's tokens are refused. The request also succeeds if the
/// session has already ended. Fails with 403 if the cookie comes from a page of an origin that is
/// not allowed.
#[utoipa::path(delete, path = "/v1/auth/sessions/current", tag = "auth",
    responses((status = 204, description = "The session does not exist any more.")))]
pub async fn delete_session(
    request: HttpRequest,
    pool: Data<Pool>,
    tokens: Data<Tokens>,
    origins: Data<Origins>,
) -> Reply {
    let ended = match cookie::read_cookie(&request) {
        Some(_) if !origins.allow(request.headers()) => {
            return Err(Problem::forbidden(
                "The session cookie was sent from an origin that is not allowed. Send it from a page of this server or of an allowed origin.",
            ));
        }
        Some(token) => RefreshToken::read(&token).map(EndedSession::ByCookie),
        None => session_of_access_token(&request, &tokens)?.map(EndedSession::ByAccessToken),
    };
    if let Some(ended) = ended {
        end(&request, &pool, &ended).await?;
    }
    Ok(HttpResponse::NoContent().cookie(cookie::expired_cookie()).finish())
}

enum EndedSession {
    /// The session of a refresh token. The SQL statement checks the secret of the token.
    ByCookie(RefreshToken),
    ByAccessToken(Uuid),
}

/// Ends a session if it exists. The change log records the owner of the session as the actor.
async fn end(request: &HttpRequest, pool: &Pool, ended: &EndedSession) -> Result<(), Problem> {
    let (EndedSession::ByCookie(RefreshToken { session, .. }) | EndedSession::ByAccessToken(session)) = ended;
    if let Some(account) = queries::find_account(&mut *pool.get().await?, *session).await? {
        let user = writer::acting(request, ActorKind::User, account);
        let end = async |conn: &mut AsyncPgConnection| match ended {
            EndedSession::ByCookie(token) => queries::end_by_token(conn, token).await,
            EndedSession::ByAccessToken(session) => queries::end(conn, *session).await,
        };
        pool.write(&user, end).await?;
    }
    Ok(())
}

/// Returns the session in the request's access token. Returns `None` if the request has no access
/// token. Fails with 401 if the access token is not valid.
fn session_of_access_token(request: &HttpRequest, tokens: &Tokens) -> Result<Option<Uuid>, Problem> {
    match bearer(request.headers()).and_then(|token| tokens.verify(token)) {
        Ok(caller) => Ok(caller.session),
        Err(rejection) if rejection.refused == Refused::Missing => Ok(None),
        Err(rejection) => Err(rejection.into_problem(TokenKind::Access)),
    }
}

/// Returns the error 401 `wrong_credentials`. Every cause has the same response, which therefore
/// does not reveal which users exist.
fn wrong_credentials() -> Problem {
    Problem {
        header: Some((WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"outturn\""))),
        ..Problem::new(
            StatusCode::UNAUTHORIZED,
            "wrong_credentials",
            "No user has this e-mail address and password.",
        )
    }
}
