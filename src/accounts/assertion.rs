//! private_key_jwt: a client's own signed word that it is the one who asks (RFC 7523, OpenID Connect Core 9).

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Validation, dangerous, get_current_timestamp};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::keys::PublicKeys;
use crate::values::Line;
use crate::web::jwt::{self, Reason};

/// The `client_assertion_type`.
pub const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// How far ahead an assertion's end may be, and by how much clocks may differ, in seconds.
const LONGEST: u64 = 300;
const SKEW: u64 = 30;

/// An assertion that holds. It counts once.
#[derive(Debug)]
pub struct Assertion {
    /// Its id.
    pub jti: Line,
    /// When it ends, in seconds since 1970.
    pub expires_at: f64,
}

#[derive(Deserialize)]
struct Claims {
    #[serde(default)]
    iss: Value,
    sub: Uuid,
    #[serde(default)]
    aud: Value,
    /// RFC 7519 lets a time have a fraction.
    exp: f64,
    #[serde(default)]
    jti: Value,
}

/// Whom an assertion says it is from: good for finding the keys, and for nothing else.
pub fn claimed(assertion: &str) -> Option<Uuid> {
    #[derive(Deserialize)]
    struct Subject {
        sub: Uuid,
    }
    dangerous::insecure_decode_claims::<Subject>(assertion).ok().map(|claims| claims.sub)
}

/// The assertion, if one of the client's keys signed it, for us, in its time; or why not.
pub fn verified(
    assertion: &str,
    client: Uuid,
    keys: &PublicKeys,
    audience: &[String],
) -> Result<Assertion, Reason> {
    let claims = signed(assertion, keys)?;
    let jti = claims.jti.as_str().filter(|jti| Line::is_sound(jti));
    let latest = get_current_timestamp() + LONGEST + SKEW;
    let fault = [
        (claims.sub == client, "`sub` is not the client's id"),
        (id(&claims.iss) == Some(client), "`iss` is not the client's id"),
        (is_for(&claims.aud, audience), "meant for another audience"),
        (claims.exp <= latest as f64, "`exp` is too far ahead"),
    ];
    if let Some((_, reason)) = fault.into_iter().find(|(holds, _)| !holds) {
        return Err(reason.into());
    }
    let jti = Line::from(jti.ok_or("`jti` is missing or malformed")?);
    Ok(Assertion { jti, expires_at: claims.exp })
}

/// The claims, if one of these keys signed them and their time has come and is not over.
fn signed(assertion: &str, keys: &PublicKeys) -> Result<Claims, Reason> {
    let header = jsonwebtoken::decode_header(assertion).map_err(|error| jwt::reason(&error))?;
    if header.crit.is_some() {
        return Err(jwt::UNKNOWN_EXTENSION.into());
    }
    let mut validation = Validation::new(header.alg);
    validation.validate_nbf = true;
    validation.leeway = SKEW;
    // The library would take a list with others in it.
    validation.validate_aud = false;
    let mut reason = Reason::from("no key of the client fits its algorithm and `kid`");
    for key in keys.fitting(header.alg, header.kid.as_deref()) {
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

fn id(claim: &Value) -> Option<Uuid> {
    claim.as_str()?.parse().ok()
}

/// Whether an `aud` is one of these: alone, or alone in a list.
fn is_for(claim: &Value, audience: &[String]) -> bool {
    let only = match claim {
        Value::Array(values) if values.len() == 1 => values.first().and_then(Value::as_str),
        one => one.as_str(),
    };
    only.is_some_and(|aud| audience.iter().any(|known| known == aud))
}
