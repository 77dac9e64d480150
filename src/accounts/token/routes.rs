//! HTTP handler for the token endpoint (RFC 6749).

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use crate::accounts::failures::{Failures, Origin};
use crate::accounts::model::Account;
use crate::accounts::sessions::model::{RefreshToken, ReuseTime};
use crate::accounts::sessions::queries::StoredToken;
use crate::accounts::token_request::{Authentication, TokenRequest, parse_token_request};
use crate::accounts::token_responses::{
    AnyAnswer, INVALID_CLIENT, INVALID_GRANT, ORIGIN_NOT_ALLOWED, RefreshedAnswer, TokenAnswer, TokenRefusal,
    forbid_caching,
};
use crate::accounts::{assertion, hashing, queries, sessions};
use crate::auth::jwt::{Reason, TokenKind};
use crate::auth::{Tokens, account_access};
use crate::db::{ActorKind, Pool};
use crate::web::body::Raw;
use crate::web::limits::{Client, Limits};
use crate::web::{Origins, Problem, Reply, writer};

/// Issue an access token
///
/// Clients use the grant `client_credentials`. They send their id and secret in the form or in
/// `Authorization: Basic`. Instead of a secret, they may send a client assertion that one of their
/// keys signed (`private_key_jwt`, RFC 7523). An assertion can be used once. Fails with 429
/// `too_many_failures` after several wrong secrets for one client from one address. The address
/// must then wait before its next attempt.
///
/// People use the grant `refresh_token`, with the refresh token of a session in the form or in the
/// session's cookie. A refresh token can be used once. The response returns the next refresh token
/// in the same way: in the body or in the cookie. Using a refresh token again ends the session. For
/// a short time, ten seconds by default, a cookie that is sent again gets the same next token. Two
/// browser tabs can therefore refresh at the same time.
///
/// An access token expires after fifteen minutes. Request another one then. Fails with 429
/// `rate_limited` if a session or a client exceeds its rate limit. Each session and each client has
/// its own limit, which counts only its valid requests.
#[utoipa::path(post, path = "/v1/auth/token", tag = "auth",
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "The access token, and the next refresh token if the form contained one.", body = AnyAnswer),
        (status = 400, description = "The request is malformed, its grant type is not supported, or the refresh token is not valid.", body = TokenRefusal),
        (status = 401, description = "Client authentication failed.", body = TokenRefusal)))]
pub async fn issue_token(
    request: HttpRequest,
    pool: Data<Pool>,
    tokens: Data<Tokens>,
    origins: Data<Origins>,
    limits: Data<Limits>,
    failures: Data<Failures>,
    body: Raw,
) -> Reply {
    let handler = TokenRequestHandler { request: &request, pool: &pool, tokens: &tokens, limits: &limits };
    match parse_token_request(request.headers(), &body.0) {
        Ok(Authentication::BySecret(id, secret)) => {
            handler.authenticate_by_secret(&failures, &id, &secret).await
        }
        Ok(Authentication::ByAssertion(id, signed)) => {
            handler.authenticate_by_assertion(id.as_deref(), &signed).await
        }
        Ok(Authentication::ForSession(Some(sent))) => handler.refresh_from_form(&sent).await,
        Ok(Authentication::ForSession(None)) => match sessions::read_cookie(&request) {
            Some(_) if !origins.allow(request.headers()) => Ok(ORIGIN_NOT_ALLOWED.response()),
            cookie => handler.refresh_from_cookie(&cookie.unwrap_or_default()).await,
        },
        Err(refusal) => Ok(refusal.response()),
    }
}

/// Returns the canonical form of a client id. Failed sign-ins are counted by this form.
fn canonical(id: &str) -> String {
    id.parse::<Uuid>().map_or_else(|_| id.to_owned(), |id| id.to_string())
}

struct TokenRequestHandler<'r> {
    request: &'r HttpRequest,
    pool: &'r Pool,
    tokens: &'r Tokens,
    limits: &'r Limits,
}

/// The result of a refresh. It contains an access token, the next refresh token, and the seconds
/// until the refresh token expires.
type Refreshed = (TokenAnswer, RefreshToken, i64);

impl TokenRequestHandler<'_> {
    async fn authenticate_by_secret(&self, failures: &Failures, id: &str, secret: &str) -> Reply {
        let name = canonical(id);
        self.limits.check_unproven(self.request, Some(Client::Subject(name.clone())))?;
        let origin = Origin::Address(self.limits.address(self.request));
        let attempt = failures.begin(self.limits, self.request, &name, origin).await?;
        // For a malformed client id, the database is queried and the secret is hashed too. The
        // response then takes equally long.
        let id = name.parse::<Uuid>().unwrap_or_default();
        let found = queries::client(&mut *self.pool.get().await?, id).await?;
        let (account, hash) = found.map_or((None, None), |(account, hash)| (Some(account), hash));
        let is_right = hashing::verify(secret.to_owned(), hash).await?;
        attempt.end(is_right);
        match account.filter(|_| is_right) {
            Some(account) => self.issue_to_client(&account),
            None => Ok(INVALID_CLIENT.response()),
        }
    }

    async fn authenticate_by_assertion(&self, id: Option<&str>, signed: &str) -> Reply {
        match self.verify_assertion(id, signed).await? {
            Ok(account) => self.issue_to_client(&account),
            Err(reason) => {
                TokenKind::Assertion.log_refusal(&reason);
                Ok(INVALID_CLIENT.response())
            }
        }
    }

    /// Returns the client that signed a client assertion, and marks the assertion as used. The
    /// inner error is the reason for which the assertion is refused.
    async fn verify_assertion(
        &self,
        id: Option<&str>,
        signed: &str,
    ) -> Result<Result<Account, Reason>, Problem> {
        // The client id is not verified yet. It selects the keys with which to verify the
        // signature.
        let Some(claimed) = assertion::parse_subject(signed) else {
            return Ok(Err("not a JSON Web Token, or `sub` is not a client id".into()));
        };
        if id.is_some_and(|id| id.parse() != Ok(claimed)) {
            return Ok(Err("the `sub` claim differs from the `client_id` of the form".into()));
        }
        self.limits.check_unproven(self.request, Some(Client::account(claimed)))?;
        let Some((account, _)) = queries::client(&mut *self.pool.get().await?, claimed).await? else {
            return Ok(Err("no unrevoked client has the id in the `sub` claim".into()));
        };
        let Some(keys) = &account.jwks else { return Ok(Err("the client has no public keys".into())) };
        let assertion = match assertion::verify(signed, claimed, keys, &self.tokens.audiences()) {
            Ok(assertion) => assertion,
            Err(reason) => return Ok(Err(reason)),
        };
        let client = writer::acting(self.request, ActorKind::Client, claimed);
        let used =
            async |conn: &mut AsyncPgConnection| queries::use_assertion(conn, claimed, &assertion).await;
        let is_new = self.pool.write(&client, used).await?;
        Ok(if is_new { Ok(account) } else { Err("the client assertion was used before".into()) })
    }

    fn issue_to_client(&self, account: &Account) -> Reply {
        self.limits.charge_proven(self.request, Client::account(account.id))?;
        let answer = TokenAnswer::mint(self.tokens, account.id, account.role, &account.council_ids, None)?;
        Ok(forbid_caching(&mut HttpResponse::Ok()).json(answer))
    }

    async fn refresh_from_form(&self, sent: &str) -> Reply {
        let Some((token, next, refresh_expires_in)) = self.refresh_and_log(sent, ReuseTime::NONE).await?
        else {
            return Ok(INVALID_GRANT.response());
        };
        let answer = RefreshedAnswer { token, refresh_token: next.reveal().to_owned(), refresh_expires_in };
        Ok(forbid_caching(&mut HttpResponse::Ok()).json(answer))
    }

    async fn refresh_from_cookie(&self, token: &str) -> Reply {
        let reuse = self.request.app_data::<Data<ReuseTime>>();
        let reuse = reuse.ok_or_else(|| Problem::internal("app_data has no ReuseTime"))?;
        let Some((answer, next, expires_in)) = self.refresh_and_log(token, ***reuse).await? else {
            let mut refused = INVALID_GRANT.response();
            refused
                .add_cookie(&sessions::expired_cookie())
                .map_err(|error| Problem::internal(error.to_string()))?;
            return Ok(refused);
        };
        Ok(forbid_caching(&mut HttpResponse::Ok())
            .cookie(sessions::token_cookie(&next, expires_in))
            .json(answer))
    }

    async fn refresh_and_log(&self, presented: &str, reuse: ReuseTime) -> Result<Option<Refreshed>, Problem> {
        match self.refresh(presented, reuse).await? {
            Ok(refreshed) => Ok(Some(refreshed)),
            Err(reason) => {
                TokenKind::Refresh.log_refusal(reason);
                Ok(None)
            }
        }
    }

    /// Exchanges a refresh token for the next one. The inner error is the reason for which the
    /// token is refused.
    async fn refresh(
        &self,
        presented: &str,
        reuse: ReuseTime,
    ) -> Result<Result<Refreshed, &'static str>, Problem> {
        let Some(presented) = RefreshToken::read(presented) else { return Ok(Err("not a refresh token")) };
        let session = presented.session;
        self.limits.check_unproven(self.request, Some(Client::Session(session)))?;
        let found = sessions::queries::find(&mut *self.pool.get().await?, &presented).await?;
        let account = match found.as_ref().map(StoredToken::account) {
            None => return Ok(Err("no session has the id in the refresh token")),
            Some(Err(reason)) => return Ok(Err(reason)),
            Some(Ok(account)) => account,
        };
        self.limits.charge_proven(self.request, Client::Session(session))?;
        let renew = async |conn: &mut AsyncPgConnection| {
            let renewed = sessions::queries::renew(conn, &presented, reuse).await?;
            let access = account_access(conn, account, Some(session)).await?;
            Ok(renewed.zip(access))
        };
        let user = writer::acting(self.request, ActorKind::User, account);
        let Some((renewed, access)) = self.pool.write(&user, renew).await? else {
            return Ok(Err("the refresh token was used before, or its session has ended"));
        };
        let token = TokenAnswer::mint(self.tokens, account, access.role, &access.councils, Some(session))?;
        Ok(Ok((token, renewed.token, renewed.expires_in)))
    }
}
