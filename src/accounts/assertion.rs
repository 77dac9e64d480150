//! private_key_jwt: a client's own signed word that it is the one who asks (RFC 7523, OpenID Connect Core 9).

use jsonwebtoken::{Validation, dangerous, get_current_timestamp};
use serde::Deserialize;
use uuid::Uuid;

use super::keys::PublicKeys;
use crate::values::Line;

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
#[serde(untagged)]
enum Audience {
    One(String),
    List([String; 1]),
}

#[derive(Deserialize)]
struct Claims {
    iss: Uuid,
    sub: Uuid,
    aud: Audience,
    /// RFC 7519 lets a time have a fraction.
    exp: f64,
    jti: String,
}

/// Whom an assertion says it is from: good for finding the keys, and for nothing else.
pub fn claimed(assertion: &str) -> Option<Uuid> {
    #[derive(Deserialize)]
    struct Subject {
        sub: Uuid,
    }
    dangerous::insecure_decode_claims::<Subject>(assertion).ok().map(|claims| claims.sub)
}

/// The assertion, if one of the client's keys signed it, for us, in its time.
pub fn verified(assertion: &str, client: Uuid, keys: &PublicKeys, audience: &[String]) -> Option<Assertion> {
    let header = jsonwebtoken::decode_header(assertion).ok()?;
    if header.crit.is_some() {
        return None;
    }
    let mut validation = Validation::new(header.alg);
    validation.validate_nbf = true;
    validation.leeway = SKEW;
    // The library would take a list with others in it.
    validation.validate_aud = false;
    let mut keys = keys.fitting(header.alg, header.kid.as_deref());
    let claims =
        keys.find_map(|key| jsonwebtoken::decode::<Claims>(assertion, &key, &validation).ok())?.claims;
    let (Audience::One(aud) | Audience::List([aud])) = &claims.aud;
    let latest = get_current_timestamp() + LONGEST + SKEW;
    let holds = claims.iss == client
        && claims.sub == client
        && audience.contains(aud)
        && claims.exp <= latest as f64
        && Line::is_sound(&claims.jti);
    holds.then(|| Assertion { jti: Line::from(claims.jti.as_str()), expires_at: claims.exp })
}
