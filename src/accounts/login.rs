//! Tokens for clients: RFC 6749's token endpoint, which speaks as every OAuth client expects.

use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HeaderMap, WWW_AUTHENTICATE};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{queries, secrets};
use crate::db::Pool;
use crate::web::body::Raw;
use crate::web::{Problem, Reply, Tokens, gate, token, trace};

/// A request for a token. The client may say who it is in `Authorization: Basic` instead.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(
    dead_code,
    reason = "the form is read by hand: RFC 6749 has answers of its own for what is wrong with it"
)]
pub struct TokenRequest {
    /// What is asked for: `client_credentials`.
    #[schema(min_length = 1, max_length = 100, pattern = "^[a-z_:.-]+$", example = "client_credentials")]
    grant_type: String,
    /// The client's id.
    #[schema(max_length = 100, pattern = "^[!-~]*$", example = "0198c5b0-0000-7000-8000-000000000000")]
    client_id: Option<String>,
    /// The client's secret.
    #[schema(
        max_length = 200,
        pattern = "^[!-~]*$",
        example = "c2VjcmV0LXRoYXQtaXMtc2hvd24tb25jZS1hbmQtbm8"
    )]
    client_secret: Option<String>,
    /// Means nothing here: a token is good for what the client's role allows.
    #[schema(max_length = 1000, pattern = "^[ -~]*$", example = "")]
    scope: Option<String>,
}

/// A token.
#[derive(Serialize, ToSchema)]
pub struct TokenAnswer {
    /// The token: send it as `Authorization: Bearer`.
    #[schema(
        min_length = 1,
        max_length = 8000,
        pattern = "^[A-Za-z0-9_.-]+$",
        example = "eyJ0eXAiOiJhdCtqd3QifQ.e30.c2ln"
    )]
    access_token: String,
    /// How to send it.
    #[schema(min_length = 6, max_length = 6, pattern = "^Bearer$", example = "Bearer")]
    token_type: &'static str,
    /// Seconds until it ends.
    #[schema(minimum = 1, maximum = 900, example = 900)]
    expires_in: u64,
}

/// Why there is no token (RFC 6749).
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenRefusal {
    /// A stable word for programs.
    #[schema(min_length = 1, max_length = 64, pattern = "^[a-z_]+$", example = "invalid_client")]
    error: &'static str,
    /// What is wrong, for people.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = "^[ -~]+$",
        example = "The client is not known, or this is not its secret."
    )]
    error_description: &'static str,
}

const BAD_FORM: TokenRefusal = TokenRefusal {
    error: "invalid_request",
    error_description: "Send a form: grant_type, client_id and client_secret, each once, the latter two there or in Authorization.",
};
const BAD_GRANT: TokenRefusal =
    TokenRefusal { error: "unsupported_grant_type", error_description: "The grant is client_credentials." };
const BAD_CLIENT: TokenRefusal = TokenRefusal {
    error: "invalid_client",
    error_description: "The client is not known, or this is not its secret.",
};

/// Get a token
///
/// For clients: the grant `client_credentials`, with the client's id and secret in the form or in `Authorization: Basic`.
/// The token ends after fifteen minutes; then ask for another.
#[utoipa::path(post, path = "/v1/auth/token", tag = "auth",
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "A token.", body = TokenAnswer),
        (status = 400, description = "The request is not one for a token, or for one of another kind.", body = TokenRefusal),
        (status = 401, description = "The client is not known, or not by this secret.", body = TokenRefusal)))]
pub async fn issue_token(request: HttpRequest, pool: Data<Pool>, tokens: Data<Tokens>, body: Raw) -> Reply {
    let (id, secret) = match asked(request.headers(), &body.0) {
        Ok(asked) => asked,
        Err(refusal) => return Ok(refused(refusal)),
    };
    // What is no id is looked for too, and hashed for too: it takes as long.
    let id = id.parse::<Uuid>().unwrap_or_default();
    let found = queries::client(&mut *pool.get().await?, id).await?;
    let (account, hash) = found.map_or((None, None), |(account, hash)| (Some(account), hash));
    let is_right = secrets::is_right(&secret, hash).await?;
    let Some(account) = account.filter(|_| is_right) else { return Ok(refused(BAD_CLIENT)) };
    let access_token = tokens
        .mint_for(account.id, account.role, &account.council_ids)
        .map_err(|error| Problem::internal(error.to_string()))?;
    let expires_in = token::LIFETIME.as_secs();
    let answer = TokenAnswer { access_token, token_type: "Bearer", expires_in };
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(answer))
}

fn refused(refusal: TokenRefusal) -> HttpResponse {
    let is_client = refusal.error == BAD_CLIENT.error;
    let mut response =
        HttpResponse::build(if is_client { StatusCode::UNAUTHORIZED } else { StatusCode::BAD_REQUEST });
    if is_client {
        response.insert_header((WWW_AUTHENTICATE, "Basic realm=\"outturn\""));
    }
    let mut response = response.insert_header((CACHE_CONTROL, "no-store")).json(refusal);
    response.extensions_mut().insert(trace::AsItIs);
    response
}

/// The client's id and secret.
fn asked(headers: &HeaderMap, body: &[u8]) -> Result<(String, String), TokenRefusal> {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_form =
        media_type.split(';').next().is_some_and(|first| first.trim() == "application/x-www-form-urlencoded");
    let form = std::str::from_utf8(body).ok().filter(|_| is_form).ok_or(BAD_FORM)?;
    let pairs = gate::pairs(form).map_err(|_| BAD_FORM)?;
    let field = |name: &str| {
        let mut values = pairs.iter().filter(|(known, _)| known == name).map(|(_, value)| value.clone());
        match (values.next(), values.next()) {
            (value, None) => Ok(value.filter(|value| !value.is_empty())),
            _ => Err(BAD_FORM),
        }
    };
    if field("grant_type")?.ok_or(BAD_FORM)? != "client_credentials" {
        return Err(BAD_GRANT);
    }
    match (headers.get(AUTHORIZATION), field("client_id")?, field("client_secret")?) {
        (None, Some(id), Some(secret)) => Ok((id, secret)),
        (Some(header), None, None) => basic(header.to_str().unwrap_or_default()).ok_or(BAD_CLIENT),
        // RFC 6749: one way of saying who it is, not two.
        _ => Err(BAD_FORM),
    }
}

/// The id and the secret of `Authorization: Basic`; RFC 6749 has both percent-encoded inside.
fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    let decoded = STANDARD.decode(encoded.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let decoded = String::from_utf8(decoded).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some((gate::decode(id)?, gate::decode(secret)?))
}
