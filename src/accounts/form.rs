//! The token endpoint's form, read by hand: RFC 6749 has answers of its own for what is wrong with it.

use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use utoipa::ToSchema;

use super::answers::{BAD_CLIENT, BAD_FORM, BAD_GRANT, TokenRefusal};
use super::assertion;
use crate::web::gate;

/// A request for a token. A client may say who it is in `Authorization: Basic` instead.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "it describes the form, which is read by hand")]
pub struct TokenRequest {
    /// What is asked for: `client_credentials`, or a person's `refresh_token`.
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
    /// Instead of a secret: `urn:ietf:params:oauth:client-assertion-type:jwt-bearer`.
    #[schema(max_length = 100, pattern = "^[!-~]*$")]
    client_assertion_type: Option<String>,
    /// Instead of a secret: a JSON Web Token that the client signed with one of its keys (RFC 7523). `iss` and `sub` are
    /// the client's id, `aud` is our issuer or this address, `exp` is at most five minutes ahead, `jti` is new.
    #[schema(max_length = 8000, pattern = "^[A-Za-z0-9_.-]*$")]
    client_assertion: Option<String>,
    /// For `refresh_token`: the token. A browser sends it in its cookie instead.
    #[schema(max_length = 200, pattern = "^[!-~]*$")]
    refresh_token: Option<String>,
    /// Means nothing here: a token is good for what the role allows.
    #[schema(max_length = 1000, pattern = "^[ -~]*$", example = "")]
    scope: Option<String>,
}

/// Who asks for a token.
pub enum Asked {
    /// A client with its id and its secret.
    BySecret(String, String),
    /// A client with an assertion; its id may stand beside.
    ByAssertion(Option<String>, String),
    /// A person, with a refresh token in the form or else in the cookie.
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
        let form = std::str::from_utf8(body).ok().filter(|_| is_form).ok_or(BAD_FORM)?;
        gate::pairs(form).map(Self).map_err(|_| BAD_FORM)
    }

    /// A field's value; one that is empty is as one that is not there, and one that is there twice is refused.
    fn field(&self, name: &str) -> Result<Option<String>, TokenRefusal> {
        let mut values = self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value.clone());
        match (values.next(), values.next()) {
            (value, None) => Ok(value.filter(|value| !value.is_empty())),
            _ => Err(BAD_FORM),
        }
    }
}

/// What a request asks for.
pub fn asked(headers: &HeaderMap, body: &[u8]) -> Result<Asked, TokenRefusal> {
    let form = Form::read(headers, body)?;
    match form.field("grant_type")?.ok_or(BAD_FORM)?.as_str() {
        "client_credentials" => client(headers, &form),
        "refresh_token" => Ok(Asked::ForSession(form.field("refresh_token")?)),
        _ => Err(BAD_GRANT),
    }
}

fn client(headers: &HeaderMap, form: &Form) -> Result<Asked, TokenRefusal> {
    let (id, secret) = (form.field("client_id")?, form.field("client_secret")?);
    let assertion = (form.field("client_assertion_type")?, form.field("client_assertion")?);
    match (headers.get(AUTHORIZATION), id, secret, assertion) {
        (None, Some(id), Some(secret), (None, None)) => Ok(Asked::BySecret(id, secret)),
        (Some(header), None, None, (None, None)) => {
            basic(header.to_str().unwrap_or_default()).ok_or(BAD_CLIENT)
        }
        (None, id, None, (Some(kind), Some(assertion))) if kind == assertion::TYPE => {
            Ok(Asked::ByAssertion(id, assertion))
        }
        // RFC 6749: one way of saying who it is, not two.
        _ => Err(BAD_FORM),
    }
}

/// The id and the secret of `Authorization: Basic`; RFC 6749 has both percent-encoded inside.
fn basic(header: &str) -> Option<Asked> {
    let (scheme, encoded) = header.split_once(' ')?;
    let decoded = STANDARD.decode(encoded.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let decoded = String::from_utf8(decoded).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some(Asked::BySecret(gate::decode(id)?, gate::decode(secret)?))
}
