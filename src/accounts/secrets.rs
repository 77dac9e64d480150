//! Secrets and passwords: made at random, kept as argon2id leaves them, never printed.

use std::sync::LazyLock;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use diesel::deserialize::{FromSql, FromSqlRow};
use diesel::pg::{Pg, PgValue};
use diesel::sql_types::Text;
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use utoipa::ToSchema;

use crate::db::Error;

/// How many are hashed at once: each takes 19 MiB and a core. Whoever comes later waits.
const AT_ONCE: usize = 2;
static TURNS: Semaphore = Semaphore::const_new(AT_ONCE);

/// OWASP's least: 19 MiB, two passes, one lane.
const KIBIBYTES: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// A secret on its way to whom it is shown, once.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema, FromSqlRow)]
#[serde(transparent)]
#[schema(value_type = String, min_length = 43, max_length = 43, pattern = "^[A-Za-z0-9_-]{43}$",
    example = "c2VjcmV0LXRoYXQtaXMtc2hvd24tb25jZS1hbmQtbm8")]
pub struct Secret(String);

impl Secret {
    /// A fresh secret of 32 random bytes.
    pub fn generate() -> Result<Self, Error> {
        let mut bytes = [0; 32];
        aws_lc_rs::rand::fill(&mut bytes).map_err(|_| Error::Internal("no randomness".into()))?;
        Ok(Self(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// The secret itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// A password that somebody chose.
#[derive(Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, format = Password, min_length = 12, max_length = 200, pattern = r"^[^\x00]+$",
    example = "a long phrase nobody guesses")]
pub struct Password(String);

impl Password {
    /// A text as a password, if it has the length of one.
    pub fn new(text: &str) -> Option<Self> {
        (12..=200).contains(&text.chars().count()).then(|| Self(text.to_owned()))
    }

    /// The password itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
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
never_printed!(Secret, Password);

impl FromSql<Text, Pg> for Secret {
    fn from_sql(value: PgValue<'_>) -> diesel::deserialize::Result<Self> {
        <String as FromSql<Text, Pg>>::from_sql(value).map(Self)
    }
}

/// The hash of a secret, as the database keeps it.
pub async fn hash(secret: &str) -> Result<String, Error> {
    let secret = secret.to_owned();
    off_the_async_threads(move || hash_now(&secret)).await?
}

/// The hash of a secret, if there is one.
pub async fn hash_of(secret: Option<&str>) -> Result<Option<String>, Error> {
    match secret {
        Some(secret) => hash(secret).await.map(Some),
        None => Ok(None),
    }
}

/// Whether the secret is the one that was hashed. Without a hash it takes as long, and is not.
pub async fn is_right(secret: &str, hash: Option<String>) -> Result<bool, Error> {
    /// Nobody's: what is asked about a name that is not known.
    static NOBODYS: LazyLock<Option<String>> = LazyLock::new(|| hash_now("nobody's").ok());
    let secret = secret.to_owned();
    off_the_async_threads(move || {
        let is_known = hash.is_some();
        let hash = hash.as_deref().or(NOBODYS.as_deref()).unwrap_or_default();
        let is_same = PasswordHash::new(hash)
            .is_ok_and(|hash| argon2().is_ok_and(|a| a.verify_password(secret.as_bytes(), &hash).is_ok()));
        is_same && is_known
    })
    .await
}

fn hash_now(secret: &str) -> Result<String, Error> {
    let hash: PasswordHash =
        argon2()?.hash_password(secret.as_bytes()).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(hash.to_string())
}

fn argon2() -> Result<Argon2<'static>, Error> {
    let params = Params::new(KIBIBYTES, PASSES, LANES, None);
    let params = params.map_err(|error| Error::Internal(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

async fn off_the_async_threads<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    let _turn = TURNS.acquire().await.map_err(|error| Error::Internal(error.to_string()))?;
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::Internal(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_secret_is_right_or_wrong_and_nobodys_is_never_right() {
        let kept = hash("correct horse battery").await.expect("a hash");
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(is_right("correct horse battery", Some(kept.clone())).await.expect("an answer"));
        assert!(!is_right("correct horse batterx", Some(kept)).await.expect("an answer"));
        assert!(!is_right("nobody's", None).await.expect("an answer"));
    }

    #[test]
    fn a_secret_is_never_printed() {
        let secret = Secret::generate().expect("a secret");
        assert_eq!(format!("{secret:?} {:?}", Password::new("twelve letters")), "(secret) Some((secret))");
        assert_ne!(secret, Secret::generate().expect("another"));
    }
}
