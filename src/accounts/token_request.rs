//! Parses the form of the token endpoint. The shared form parser is not used, because RFC 6749
//! defines the error responses.

use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use utoipa::ToSchema;

use super::assertion;
use super::token_responses::{INVALID_CLIENT, INVALID_REQUEST, TokenRefusal, UNSUPPORTED_GRANT_TYPE};
use crate::web::query_string;

/// The form of a token request. A client may authenticate in `Authorization: Basic` instead.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "it describes the form, which is read by hand")]
pub struct TokenRequest {
    /// The grant type. Clients send `client_credentials`, and people send `refresh_token`.
    #[schema(min_length = 1, max_length = 100, pattern = "^[a-z_:.-]+$", example = "client_credentials")]
    grant_type: String,
    /// The id of the client that requests the token.
    #[schema(max_length = 100, pattern = "^[!-~]*$", example = "0198c5b0-0000-7000-8000-000000000000")]
    client_id: Option<String>,
    /// The secret of the client that requests the token.
    #[schema(
        max_length = 200,
        pattern = "^[!-~]*$",
        example = "c2VjcmV0LXRoYXQtaXMtc2hvd24tb25jZS1hbmQtbm8"
    )]
    client_secret: Option<String>,
    /// The type of the client assertion: `urn:ietf:params:oauth:client-assertion-type:jwt-bearer`.
    /// A client sends it with `client_assertion`, instead of a secret.
    #[schema(max_length = 100, pattern = "^[!-~]*$")]
    client_assertion_type: Option<String>,
    /// A client assertion, which a client sends instead of a secret. It is a JSON Web Token that
    /// one of the client's keys signed (RFC 7523). `iss` and `sub` are the client's id. `aud` is
    /// the issuer of this server or the URL of this endpoint. `exp` is at most five minutes ahead.
    /// `jti` must be new.
    #[schema(max_length = 8000, pattern = "^[A-Za-z0-9_.-]*$")]
    client_assertion: Option<String>,
    /// The refresh token, for the grant type `refresh_token`. A browser sends it in its cookie
    /// instead.
    #[schema(max_length = 200, pattern = "^[!-~]*$")]
    refresh_token: Option<String>,
    /// Ignored. The role decides what the bearer of a token may do.
    #[schema(max_length = 1000, pattern = "^[ -~]*$", example = "")]
    scope: Option<String>,
}

/// How a token request authenticates: with the credentials of a client, or with a refresh token.
pub enum Authentication {
    BySecret(String, String),
    /// The client's id, if the form contains it, and a client assertion.
    ByAssertion(Option<String>, String),
    /// A person's refresh token. `None` if it is in the cookie.
    ForSession(Option<String>),
}

struct Form(Vec<(String, String)>);

impl Form {
    fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, TokenRefusal> {
        let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let is_form = media_type
            .split(';')
            .next()
            .is_some_and(|first| first.trim() == "application/x-www-form-urlencoded");
        let form = std::str::from_utf8(body).ok().filter(|_| is_form).ok_or(INVALID_REQUEST)?;
        query_string::pairs(form).map(Self).map_err(|_| INVALID_REQUEST)
    }

    /// Returns the value of a form field. An empty field counts as absent. Fails if the field
    /// occurs twice.
    fn field(&self, name: &str) -> Result<Option<String>, TokenRefusal> {
        let mut values = self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value.clone());
        match (values.next(), values.next()) {
            (value, None) => Ok(value.filter(|value| !value.is_empty())),
            _ => Err(INVALID_REQUEST),
        }
    }
}

pub fn parse_token_request(headers: &HeaderMap, body: &[u8]) -> Result<Authentication, TokenRefusal> {
    let form = Form::read(headers, body)?;
    match form.field("grant_type")?.ok_or(INVALID_REQUEST)?.as_str() {
        "client_credentials" => client(headers, &form),
        "refresh_token" => Ok(Authentication::ForSession(form.field("refresh_token")?)),
        _ => Err(UNSUPPORTED_GRANT_TYPE),
    }
}

fn client(headers: &HeaderMap, form: &Form) -> Result<Authentication, TokenRefusal> {
    let (id, secret) = (form.field("client_id")?, form.field("client_secret")?);
    let assertion = (form.field("client_assertion_type")?, form.field("client_assertion")?);
    match (headers.get(AUTHORIZATION), id, secret, assertion) {
        (None, Some(id), Some(secret), (None, None)) => Ok(Authentication::BySecret(id, secret)),
        (Some(header), None, None, (None, None)) => {
            basic(header.to_str().unwrap_or_default()).ok_or(INVALID_CLIENT)
        }
        (None, id, None, (Some(kind), Some(assertion))) if kind == assertion::TYPE => {
            Ok(Authentication::ByAssertion(id, assertion))
        }
        // RFC 6749 allows exactly one client authentication in a request.
        _ => Err(INVALID_REQUEST),
    }
}

/// Parses the client id and the secret in `Authorization: Basic`. RFC 6749 percent-encodes both.
fn basic(header: &str) -> Option<Authentication> {
    let (scheme, encoded) = header.split_once(' ')?;
    let decoded = STANDARD.decode(encoded.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let decoded = String::from_utf8(decoded).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some(Authentication::BySecret(query_string::decode(id)?, query_string::decode(secret)?))
}
