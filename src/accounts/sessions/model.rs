//! What one signs in with, and what keeps one signed in.

use aws_lc_rs::digest;
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

/// A refresh token: the session's id and a secret, of which the database has a hash alone.
pub struct RefreshToken {
    /// The session that it renews.
    pub session: Uuid,
    text: String,
}

/// How long a session's id is in front of its token.
const ID_LENGTH: usize = 32;

impl RefreshToken {
    /// A fresh token of a session.
    pub fn generate(session: Uuid) -> Result<Self, Error> {
        Ok(Self { session, text: format!("{}{}", session.simple(), Secret::generate()?.reveal()) })
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
