//! What one signs in with, and what keeps one signed in.

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

/// What it takes to sign in.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The user's e-mail address.
    pub email: Email,
    /// The user's password.
    pub password: Password,
}

/// For how long a browser that shows a cookie again gets the successor that it got before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReuseTime(pub Duration);

impl ReuseTime {
    /// Each token counts once.
    pub const NONE: Self = Self(Duration::ZERO);
}

/// A refresh token: the session's id and a secret, of which the database has a hash alone.
#[derive(Clone)]
pub struct RefreshToken {
    /// The session that it renews.
    pub session: Uuid,
    text: String,
}

impl std::fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(secret)")
    }
}

/// How long a session's id is in front of its token.
const ID_LENGTH: usize = 32;

impl RefreshToken {
    /// A fresh token of a session.
    pub fn generate(session: Uuid) -> Result<Self, Error> {
        Ok(Self { session, text: format!("{}{}", session.simple(), Secret::generate()?.reveal()) })
    }

    /// The token that comes after this one. Nobody makes it who has only the one or only the salt: the token is the key.
    pub fn successor(&self, salt: &[u8]) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.text.as_bytes());
        let secret = URL_SAFE_NO_PAD.encode(hmac::sign(&key, salt));
        Self { session: self.session, text: format!("{}{secret}", self.session.simple()) }
    }

    /// What somebody shows as a token, if it looks like one.
    pub fn read(text: &str) -> Option<Self> {
        let session = text.get(..ID_LENGTH)?.parse().ok()?;
        Some(Self { session, text: text.to_owned() })
    }

    /// The token itself.
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// What is kept of it.
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
