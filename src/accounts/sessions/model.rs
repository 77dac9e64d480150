//! The JSON type for signing in, and refresh tokens.

use std::time::Duration;

use aws_lc_rs::{digest, hmac};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::accounts::secrets::{Password, Secret};
use crate::db::Error;
use crate::values::Email;

/// The e-mail address and password with which a person signs in.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The user's e-mail address.
    pub email: Email,
    /// The user's password.
    pub password: Password,
}

/// How long a browser that sends a used refresh token again gets the same next refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReuseTime(pub Duration);

impl ReuseTime {
    pub const NONE: Self = Self(Duration::ZERO);
}

/// A refresh token. It consists of the id of a session and a secret. The database stores a hash of
/// the token.
#[derive(Clone)]
pub struct RefreshToken {
    pub session: Uuid,
    text: String,
}

impl std::fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(secret)")
    }
}

/// The length of the session's id at the start of a refresh token, in characters.
const ID_LENGTH: usize = 32;

impl RefreshToken {
    pub fn generate(session: Uuid) -> Result<Self, Error> {
        Ok(Self { session, text: format!("{}{}", session.simple(), Secret::generate()?.reveal()) })
    }

    /// Returns the next refresh token. It is an HMAC of the salt, with this token as the key.
    pub fn successor(&self, salt: &[u8]) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.text.as_bytes());
        let secret = URL_SAFE_NO_PAD.encode(hmac::sign(&key, salt));
        Self { session: self.session, text: format!("{}{secret}", self.session.simple()) }
    }

    /// Parses a refresh token. Returns `None` if the text does not begin with a session's id.
    pub fn read(text: &str) -> Option<Self> {
        let session = text.get(..ID_LENGTH)?.parse().ok()?;
        Some(Self { session, text: text.to_owned() })
    }

    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// Returns the SHA-256 hash of the refresh token, which the database stores.
    pub fn hash(&self) -> Vec<u8> {
        digest::digest(&digest::SHA256, self.text.as_bytes()).as_ref().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_successor_is_a_token_of_the_session_that_its_token_and_salt_make() {
        let token = RefreshToken::generate(Uuid::now_v7()).expect("a token");
        let next = token.successor(b"salt");
        assert_eq!(next.reveal(), token.successor(b"salt").reveal());
        assert_eq!((next.session, next.reveal().len()), (token.session, 75));
        let read = RefreshToken::read(next.reveal()).expect("a token");
        assert_eq!((read.session, read.hash()), (token.session, next.hash()));
        let others = [token.successor(b"another salt"), next.successor(b"salt"), token.clone()];
        assert!(others.iter().all(|other| other.reveal() != next.reveal()));
    }
}
