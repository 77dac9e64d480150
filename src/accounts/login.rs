//! RFC 6749's token endpoint, which speaks as every OAuth client expects.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use super::answers::{
    AnyAnswer, BAD_CLIENT, BAD_PAGE, BAD_TOKEN, RefreshedAnswer, TokenAnswer, TokenRefusal, unkept,
};
use super::failures::{Attempt, Failures, Origin};
use super::form::{Asked, TokenRequest, asked};
use super::model::Account;
use super::sessions::model::RefreshToken;
use super::{assertion, hashing, queries, sessions};
use crate::db::{self, ActorKind, Pool};
use crate::web::body::Raw;
use crate::web::limits::Limits;
use crate::web::{Origins, Problem, Reply, Tokens, writer};

/// Get a token
///
/// For clients the grant `client_credentials`, with the client's id and secret in the form or in `Authorization: Basic`, or
/// with an assertion that one of its keys signed (private_key_jwt, RFC 7523), which counts once. After several wrong secrets
/// an address waits before its next attempt on the same client (429 `too_many_failures`).
/// For people the grant `refresh_token`, with the token of a session in the form or in its cookie: it counts once, and is
/// answered with the next one where it came from. One that is used again ends the session. A token ends after fifteen
/// minutes; then ask for another.
#[utoipa::path(post, path = "/v1/auth/token", tag = "auth",
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "A token; a refresh token too, if one was sent in the form.", body = AnyAnswer),
        (status = 400, description = "The request is not one for a token, or for one of another kind; or the refresh token does not count.", body = TokenRefusal),
        (status = 401, description = "The client is not known, or did not prove itself.", body = TokenRefusal)))]
pub async fn issue_token(
    request: HttpRequest,
    pool: Data<Pool>,
    tokens: Data<Tokens>,
    origins: Data<Origins>,
    limits: Data<Limits>,
    failures: Data<Failures>,
    body: Raw,
) -> Reply {
    match asked(request.headers(), &body.0) {
        Ok(Asked::BySecret(id, secret)) => {
            let origin = Origin::Address(limits.address(&request));
            let attempt = failures.begin(&canonical(&id), origin).await?;
            by_secret(&pool, &tokens, &id, &secret, attempt).await
        }
        Ok(Asked::ByAssertion(id, signed)) => {
            by_assertion(&request, &pool, &tokens, id.as_deref(), &signed).await
        }
        Ok(Asked::ForSession(Some(sent))) => for_form(&request, &pool, &tokens, &sent).await,
        Ok(Asked::ForSession(None)) => match sessions::kept(&request) {
            Some(_) if !origins.admit(request.headers()) => Ok(BAD_PAGE.response()),
            kept => for_browser(&request, &pool, &tokens, &kept.unwrap_or_default()).await,
        },
        Err(refusal) => Ok(refusal.response()),
    }
}

/// A client's id in the one form that its failures are counted under.
fn canonical(id: &str) -> String {
    id.parse::<Uuid>().map_or_else(|_| id.to_owned(), |id| id.to_string())
}

async fn by_secret(pool: &Pool, tokens: &Tokens, id: &str, secret: &str, attempt: Attempt<'_>) -> Reply {
    // What is no id is looked for too, and hashed for too: it takes as long.
    let id = id.parse::<Uuid>().unwrap_or_default();
    let found = queries::client(&mut *pool.get().await?, id).await?;
    let (account, hash) = found.map_or((None, None), |(account, hash)| (Some(account), hash));
    let is_right = hashing::verify(vec![secret.to_owned()], hash).await?;
    attempt.end(is_right);
    for_client(tokens, account.filter(|_| is_right).as_ref())
}

async fn by_assertion(
    request: &HttpRequest,
    pool: &Pool,
    tokens: &Tokens,
    id: Option<&str>,
    signed: &str,
) -> Reply {
    // Until its signature is verified an assertion says no more than whose keys to try.
    let claimed = assertion::claimed(signed).unwrap_or_default();
    let is_same = id.is_none_or(|id| id.parse() == Ok(claimed));
    let found = queries::client(&mut *pool.get().await?, claimed).await?.filter(|_| is_same);
    let account = found.map(|(account, _)| account);
    let keys = account.as_ref().and_then(|account| account.jwks.as_ref());
    let verified = keys.and_then(|keys| assertion::verified(signed, claimed, keys, &tokens.audiences()));
    let is_new = match &verified {
        Some(assertion) => {
            let client = writer::acting(request, ActorKind::Client, claimed);
            pool.write(&client, async |conn| queries::use_assertion(conn, claimed, assertion).await).await?
        }
        None => false,
    };
    for_client(tokens, account.filter(|_| is_new).as_ref())
}

/// The answer to a client that proved itself, or to one that did not.
fn for_client(tokens: &Tokens, account: Option<&Account>) -> Reply {
    let Some(account) = account else { return Ok(BAD_CLIENT.response()) };
    let answer = TokenAnswer::mint(tokens, account.id, account.role, &account.council_ids, None)?;
    Ok(unkept(&mut HttpResponse::Ok()).json(answer))
}

async fn for_form(request: &HttpRequest, pool: &Pool, tokens: &Tokens, sent: &str) -> Reply {
    let Some((token, next, expires_in)) = renewed(request, pool, tokens, sent).await? else {
        return Ok(BAD_TOKEN.response());
    };
    let answer =
        RefreshedAnswer { token, refresh_token: next.reveal().to_owned(), refresh_expires_in: expires_in };
    Ok(unkept(&mut HttpResponse::Ok()).json(answer))
}

async fn for_browser(request: &HttpRequest, pool: &Pool, tokens: &Tokens, kept: &str) -> Reply {
    let Some((token, next, expires_in)) = renewed(request, pool, tokens, kept).await? else {
        let mut refused = BAD_TOKEN.response();
        refused.add_cookie(&sessions::clear()).map_err(|error| Problem::internal(error.to_string()))?;
        return Ok(refused);
    };
    Ok(unkept(&mut HttpResponse::Ok()).cookie(sessions::keep(&next, expires_in)).json(token))
}

/// What a refresh token gets: an access token, the next refresh token, and in how many seconds that ends.
async fn renewed(
    request: &HttpRequest,
    pool: &Pool,
    tokens: &Tokens,
    shown: &str,
) -> Result<Option<(TokenAnswer, RefreshToken, i64)>, Problem> {
    let Some(shown) = RefreshToken::read(shown) else { return Ok(None) };
    let next = RefreshToken::generate(shown.session)?;
    let session = Some(shown.session);
    let Some(account) = sessions::queries::account(&mut *pool.get().await?, shown.session).await? else {
        return Ok(None);
    };
    let renew = async |conn: &mut AsyncPgConnection| {
        let Some(renewed) = sessions::queries::renew(conn, &shown, &next).await? else { return Ok(None) };
        let standing = db::accounts::standing(conn, account, session).await?;
        Ok(standing.map(|standing| (renewed, standing)))
    };
    let user = writer::acting(request, ActorKind::User, account);
    let Some((renewed, standing)) = pool.write(&user, renew).await? else { return Ok(None) };
    let token = TokenAnswer::mint(tokens, account, standing.role, &standing.councils, session)?;
    Ok(Some((token, next, renewed.expires_in)))
}
