//! Types for secrets and passwords. Their `Debug` output never contains the text.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use diesel::deserialize::{FromSql, FromSqlRow};
use diesel::pg::{Pg, PgValue};
use diesel::sql_types::Text;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use utoipa::ToSchema;

use crate::db::Error;

/// A secret that the server generated. Only one response contains it.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema, FromSqlRow)]
#[serde(transparent)]
#[schema(value_type = String, min_length = 43, max_length = 43, pattern = "^[A-Za-z0-9_-]{43}$",
    example = "c2VjcmV0LXRoYXQtaXMtc2hvd24tb25jZS1hbmQtbm8")]
pub struct Secret(String);

pub fn random() -> Result<[u8; 32], Error> {
    let mut bytes = [0; 32];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| Error::Internal("no randomness".into()))?;
    Ok(bytes)
}

impl Secret {
    pub fn generate() -> Result<Self, Error> {
        Ok(Self(URL_SAFE_NO_PAD.encode(random()?)))
    }

    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// A password with which a person signs in. It is compared in normal form (NFC). A password that
/// the password policy does not allow counts as a wrong password.
#[derive(Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, format = Password, max_length = 10000, pattern = r"^[^\x00]*$",
    example = "a long phrase nobody guesses")]
pub struct Password(String);

impl Password {
    /// Returns the password in normal form (NFC), as it is hashed.
    pub fn normalised(&self) -> String {
        normalise(&self.0)
    }
}

/// A new password of 15 to 200 characters, counted in normal form (NFC). A password that is easy to
/// guess is refused.
#[derive(Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, format = Password, max_length = 800, pattern = r"^[^\x00]*$",
    example = "a long phrase nobody guesses")]
pub struct NewPassword(String);

impl NewPassword {
    pub(super) fn normalised(&self) -> String {
        normalise(&self.0)
    }
}

/// Normalises a password to NFC, following NIST SP 800-63B-4 (section 3.1.1.2). The result has at
/// least a quarter of the typed characters.
fn normalise(text: &str) -> String {
    text.nfc().collect()
}

macro_rules! never_printed {
    ($($name:ident),+) => { $(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("(secret)")
            }
        }
    )+ };
}
never_printed!(Secret, Password, NewPassword);

impl FromSql<Text, Pg> for Secret {
    fn from_sql(value: PgValue<'_>) -> diesel::deserialize::Result<Self> {
        <String as FromSql<Text, Pg>>::from_sql(value).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_printed() {
        let secret = Secret::generate().expect("a secret");
        let (typed, chosen) = (Password("a password".into()), NewPassword("another password".into()));
        assert_eq!(format!("{secret:?} {typed:?} {chosen:?}"), "(secret) (secret) (secret)");
        assert_ne!(secret, Secret::generate().expect("another"));
    }

    #[test]
    fn a_password_is_compared_in_nfc() {
        assert_eq!(Password("plain".into()).normalised(), "plain");
        assert_eq!(Password("cafe\u{301} \u{fb01}n".into()).normalised(), "caf\u{e9} \u{fb01}n");
        assert_eq!(NewPassword("cafe\u{301}".into()).normalised(), "caf\u{e9}");
    }
}
