//! JSON Web Tokens: their times, their types, and the reasons for which tokens are refused.

use std::borrow::Cow;

use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::{DecodingKey, Validation, dangerous};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::web::Problem;

/// The reason for which a token is refused. The text never contains a part of the token.
pub type Reason = Cow<'static, str>;

/// Which kind of token was refused, for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// An access token of this server, or of an issuer that is not configured.
    Access,
    /// An access token of a configured identity provider.
    Provider,
    Assertion,
    Refresh,
    DatasetKey,
}

impl TokenKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Provider => "provider",
            Self::Assertion => "assertion",
            Self::Refresh => "refresh",
            Self::DatasetKey => "dataset_key",
        }
    }

    /// Logs the reason for which a token of this kind is refused. The response does not contain the
    /// reason.
    pub fn log_refusal(self, reason: &str) {
        tracing::info!(token_kind = self.as_str(), reason, "token refused");
    }
}

/// Why a token is refused, as the response states it with an error code of RFC 6750.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    Missing,
    Expired,
    /// The token is not valid for this server.
    Invalid,
}

impl Refused {
    /// Returns the parameters that follow the realm in the header WWW-Authenticate.
    pub const fn challenge(self) -> &'static str {
        match self {
            Self::Missing => "",
            Self::Expired => ", error=\"invalid_token\", error_description=\"The access token has expired\"",
            Self::Invalid => ", error=\"invalid_token\", error_description=\"The access token is not valid\"",
        }
    }
}

/// A refused token, with the reason for the response and the reason for the log.
#[derive(Debug)]
pub struct Rejection {
    pub refused: Refused,
    pub reason: Reason,
}

impl Rejection {
    pub fn invalid(reason: impl Into<Reason>) -> Self {
        Self { refused: Refused::Invalid, reason: reason.into() }
    }

    /// Creates the 401 for a refused token and logs the reason. A request without a token is not
    /// logged.
    pub fn into_problem(self, kind: TokenKind) -> Problem {
        if self.refused != Refused::Missing {
            kind.log_refusal(&self.reason);
        }
        Problem::unauthenticated(self.refused.challenge())
    }
}

impl From<Error> for Rejection {
    fn from(error: Error) -> Self {
        let refused = match error.kind() {
            ErrorKind::ExpiredSignature => Refused::Expired,
            _ => Refused::Invalid,
        };
        Self { refused, reason: reason(&error) }
    }
}

/// Returns the reason for which a token is refused. The library's own error texts can contain
/// claims of the token, so they are not used.
pub fn reason(error: &Error) -> Reason {
    let text = match error.kind() {
        ErrorKind::InvalidToken | ErrorKind::Base64(_) | ErrorKind::Utf8(_) => NOT_A_TOKEN,
        ErrorKind::InvalidSignature => "the signature of the token is not valid",
        ErrorKind::ExpiredSignature => "expired",
        ErrorKind::ImmatureSignature => "not valid yet",
        ErrorKind::InvalidIssuer => "the issuer in the `iss` claim is not accepted",
        ErrorKind::InvalidAudience => "the audience in the `aud` claim is not accepted",
        ErrorKind::InvalidAlgorithm | ErrorKind::InvalidAlgorithmName | ErrorKind::UnsupportedAlgorithm => {
            "the algorithm in the header is not the key's algorithm"
        }
        // The name is from the server's list of required claims, not from the token.
        ErrorKind::MissingRequiredClaim(claim) => return format!("`{claim}` is missing or malformed").into(),
        ErrorKind::InvalidClaimFormat(claim) => return format!("`{claim}` is malformed").into(),
        ErrorKind::Json(_) => "the header or the claims of the token are malformed",
        _ => "the token is not valid",
    };
    text.into()
}

/// Verifies a token and returns its claims. Verifies the token before the claims are parsed to `T`,
/// because a verification error contains the name of the invalid claim.
pub fn decode<T: DeserializeOwned>(
    token: &str,
    key: &DecodingKey,
    validation: &Validation,
) -> Result<T, Error> {
    let claims = jsonwebtoken::decode::<Value>(token, key, validation)?.claims;
    Ok(serde_json::from_value(claims)?)
}

const NOT_A_TOKEN: &str = "not a JSON Web Token";

/// Returns the `iss` claim of a token that is not verified.
pub(super) fn claimed_issuer(token: &str) -> Result<String, Reason> {
    #[derive(Deserialize)]
    struct Claimed {
        iss: String,
    }
    let claimed = dangerous::insecure_decode_claims::<Claimed>(token);
    claimed.map(|claims| claims.iss).map_err(|_| format!("{NOT_A_TOKEN}, or it has no `iss` claim").into())
}

/// Checks the `typ` and `crit` of a token's header. `typ` may begin with `application/`, and its
/// case does not matter (RFC 7515, section 4.1.9; RFC 9068, section 4). Fails for every critical
/// extension, because the server supports none.
pub(super) fn check_header(header: &jsonwebtoken::Header, types: &[&str]) -> Result<(), Rejection> {
    const PREFIX: &str = "application/";
    let typ = header.typ.as_deref().unwrap_or_default();
    let short = match typ.split_at_checked(PREFIX.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(PREFIX) => rest,
        _ => typ,
    };
    if !types.iter().any(|known| known.eq_ignore_ascii_case(short)) {
        return Err(Rejection::invalid("the `typ` header is not the type of an access token"));
    }
    if header.crit.is_some() {
        return Err(Rejection::invalid(UNKNOWN_EXTENSION));
    }
    Ok(())
}

/// The reason for refusing a token with an unsupported critical extension. RFC 7515 requires the
/// refusal.
pub const UNKNOWN_EXTENSION: &str = "the `crit` header lists an extension that the server does not support";

/// A time in seconds since 1970, as an integer in JSON. A received time may have a fraction (RFC
/// 7519, section 2), which is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(super) struct NumericDate(pub(super) i64);

impl<'de> Deserialize<'de> for NumericDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        f64::deserialize(deserializer).map(|seconds| Self(seconds.floor() as i64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_may_have_a_fraction_and_is_written_without() {
        for (text, seconds) in [
            ("1764500000", 1_764_500_000),
            ("1764500000.0", 1_764_500_000),
            ("1764500000.999", 1_764_500_000),
            ("1.7645e9", 1_764_500_000),
            ("-1.5", -2),
            ("1e300", i64::MAX),
        ] {
            let read: NumericDate = serde_json::from_str(text).expect(text);
            assert_eq!(read, NumericDate(seconds), "{text}");
            assert_eq!(serde_json::to_string(&read).expect("JSON"), seconds.to_string());
        }
        for text in ["\"1764500000\"", "null", "true", "[1]"] {
            assert!(serde_json::from_str::<NumericDate>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_type_is_compared_without_its_prefix_and_in_any_case() {
        let is_taken = |typ: &str| {
            let header =
                jsonwebtoken::Header { typ: Some(typ.to_owned()), ..jsonwebtoken::Header::default() };
            check_header(&header, &["at+jwt"]).is_ok()
        };
        for typ in ["at+jwt", "AT+JWT", "application/at+jwt", "APPLICATION/at+JWT"] {
            assert!(is_taken(typ), "{typ}");
        }
        for typ in [
            "",
            "JWT",
            "application/",
            "application/application/at+jwt",
            "at+jwt ",
            "\u{e4}pplication/at+jwt",
        ] {
            assert!(!is_taken(typ), "{typ}");
        }
    }
}
