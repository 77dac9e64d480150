//! Client assertions (`private_key_jwt`): JWTs that a client signs to authenticate itself (RFC
//! 7523, OpenID Connect Core 9).

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Validation, dangerous, get_current_timestamp};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::client_keys::PublicKeys;
use crate::auth::jwt::{self, Reason};
use crate::values::ShortText;

pub const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The longest time until `exp` of a client assertion, in seconds.
const MAX_LIFETIME_S: u64 = 300;
/// The largest accepted difference between the clocks of client and server, in seconds.
const SKEW: u64 = 30;

/// A verified client assertion. A client can use each assertion once.
#[derive(Debug)]
pub struct Assertion {
    pub jti: ShortText,
    /// The claim `exp` of the assertion, in seconds since 1970. RFC 7519 allows fractions.
    pub expires_at: f64,
}

#[derive(Deserialize)]
struct Claims {
    #[serde(default)]
    iss: Value,
    sub: Uuid,
    #[serde(default)]
    aud: Value,
    exp: f64,
    #[serde(default)]
    jti: Value,
}

/// Returns the client id that a client assertion states. The assertion is not verified yet. The id
/// only selects the keys with which to verify it.
pub fn parse_subject(assertion: &str) -> Option<Uuid> {
    #[derive(Deserialize)]
    struct Subject {
        sub: Uuid,
    }
    dangerous::insecure_decode_claims::<Subject>(assertion).ok().map(|claims| claims.sub)
}

/// Verifies a client assertion. One of the client's keys must have signed it, its audience must be
/// one of `audience`, and it must be within its validity period. Otherwise returns the reason for
/// the refusal.
pub fn verify(
    assertion: &str,
    client: Uuid,
    keys: &PublicKeys,
    audience: &[String],
) -> Result<Assertion, Reason> {
    let claims = verify_signature(assertion, keys)?;
    let jti = claims.jti.as_str().filter(|jti| ShortText::is_valid(jti));
    let latest = get_current_timestamp() + MAX_LIFETIME_S + SKEW;
    let checks = [
        (claims.sub == client, "the `sub` claim is not the client's id"),
        (parse_id(&claims.iss) == Some(client), "the `iss` claim is not the client's id"),
        (is_for(&claims.aud, audience), "the client assertion is for another audience"),
        (claims.exp <= latest as f64, "the `exp` claim is too far in the future"),
    ];
    if let Some((_, reason)) = checks.into_iter().find(|(is_met, _)| !is_met) {
        return Err(reason.into());
    }
    let jti = ShortText::from(jti.ok_or("the `jti` claim is missing or malformed")?);
    Ok(Assertion { jti, expires_at: claims.exp })
}

/// Returns the claims of a client assertion. One of the keys must have signed it, and it must be
/// within its validity period.
fn verify_signature(assertion: &str, keys: &PublicKeys) -> Result<Claims, Reason> {
    let header = jsonwebtoken::decode_header(assertion).map_err(|error| jwt::reason(&error))?;
    if header.crit.is_some() {
        return Err(jwt::UNKNOWN_EXTENSION.into());
    }
    let mut validation = Validation::new(header.alg);
    validation.validate_nbf = true;
    validation.leeway = SKEW;
    // `is_for` checks the audience instead, because the library also accepts a list that contains
    // other audiences.
    validation.validate_aud = false;
    let mut reason = Reason::from("no key of the client has the assertion's algorithm and `kid`");
    for key in keys.matching(header.alg, header.kid.as_deref()) {
        match jwt::decode(assertion, &key, &validation) {
            Ok(claims) => return Ok(claims),
            Err(error) => {
                reason = jwt::reason(&error);
                if !matches!(error.kind(), ErrorKind::InvalidSignature) {
                    break;
                }
            }
        }
    }
    Err(reason)
}

fn parse_id(claim: &Value) -> Option<Uuid> {
    claim.as_str()?.parse().ok()
}

/// Returns whether the claim `aud` is one of these audiences. The claim may be a string or a list
/// with one item.
fn is_for(claim: &Value, audience: &[String]) -> bool {
    let only = match claim {
        Value::Array(values) if values.len() == 1 => values.first().and_then(Value::as_str),
        one => one.as_str(),
    };
    only.is_some_and(|aud| audience.iter().any(|known| known == aud))
}
