//! One issuer: its keys, discovered and kept, and the tokens they verify (RFC 8725).

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use jsonwebtoken::{Algorithm, Validation};
use serde::Deserialize;
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::claims::{Claims, Outsider};
use super::fetch::{self, Client};
use super::keys::{Key, Keys, Published};
use crate::values::address::is_confidential;
use crate::web::Problem;
use crate::web::jwt::{self, Rejection, TokenKind};
use crate::web::token::SKEW;

/// The types of access tokens: Entra's, and RFC 9068's.
const TYPES: [&str; 2] = ["JWT", "at+jwt"];

/// How often a provider is asked for its keys.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Keys of this age are fetched anew, and count meanwhile.
    pub refresh: Duration,
    /// Keys of this age no longer count.
    pub keep: Duration,
    /// Whatever tokens come, the provider is asked once in this time.
    pub pause: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        let minutes = |count: u64| Duration::from_secs(60 * count);
        Self { refresh: minutes(60), keep: minutes(24 * 60), pause: minutes(1) }
    }
}

pub(super) struct Provider {
    issuer: String,
    tenant: Option<Uuid>,
    validation: Validation,
    pace: Pace,
    client: Client,
    keys: RwLock<Option<Arc<Keys>>>,
    /// When the provider was last asked; whoever holds it may ask.
    asked: Arc<Mutex<Option<Instant>>>,
}

/// What discovery says (OpenID Connect Discovery 1.0); only what counts here.
#[derive(Deserialize)]
struct Discovered {
    issuer: String,
    jwks_uri: String,
}

impl Provider {
    pub(super) fn new(
        issuer: &str,
        tenant: Option<Uuid>,
        audiences: &[String],
        pace: Pace,
        client: Client,
    ) -> Self {
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_issuer(&[issuer]);
        validation.set_audience(audiences);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.validate_nbf = true;
        validation.leeway = SKEW;
        let (issuer, keys, asked) = (issuer.to_owned(), RwLock::default(), Arc::default());
        Self { issuer, tenant, validation, pace, client, keys, asked }
    }

    /// Whom a token speaks for.
    pub(super) async fn verify(self: &Arc<Self>, token: &str) -> Result<Outsider, Problem> {
        let refused = |rejection: Rejection| rejection.into_problem(TokenKind::Provider);
        let id = key_id(token).map_err(refused)?;
        let keys = self.keys_with(&id).await?;
        self.verified(token, keys.get(&id)).map_err(refused)
    }

    fn verified(&self, token: &str, key: Option<&Key>) -> Result<Outsider, Rejection> {
        let key = key.ok_or_else(|| Rejection::invalid("signed with an unknown key"))?;
        let validation = Validation { algorithms: vec![key.algorithm], ..self.validation.clone() };
        let claims: Claims = jwt::decode(token, &key.public, &validation)?;
        claims.into_holder(self.tenant).map_err(Rejection::invalid)
    }

    /// The keys that count, with the one of this id if there is one: where it is not known, the provider is asked.
    async fn keys_with(self: &Arc<Self>, id: &str) -> Result<Arc<Keys>, Problem> {
        if let Some(keys) = self.keys().filter(|keys| keys.get(id).is_some()) {
            if keys.fetched_at.elapsed() >= self.pace.refresh
                && let Ok(turn) = self.asked.clone().try_lock_owned()
            {
                // Nobody waits for it: the keys that are there still count.
                drop(self.ask(turn));
            }
            return Ok(keys);
        }
        let turn = self.asked.clone().lock_owned().await;
        let left = turn.map_or(Duration::ZERO, |asked| self.pace.pause.saturating_sub(asked.elapsed()));
        if let Some(asking) = self.ask(turn) {
            let _ = asking.await;
        }
        let wait = if left.is_zero() { self.pace.pause } else { left };
        self.keys().ok_or_else(|| Problem::provider_unavailable(wait.as_secs().max(1)))
    }

    fn keys(&self) -> Option<Arc<Keys>> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner).clone();
        keys.filter(|keys| keys.fetched_at.elapsed() < self.pace.keep)
    }

    /// Asks the provider, unless that was done a moment ago. It is a task of its own: it is finished even where the
    /// caller goes away, and until then nobody else asks.
    fn ask(self: &Arc<Self>, mut turn: OwnedMutexGuard<Option<Instant>>) -> Option<JoinHandle<()>> {
        if turn.is_some_and(|asked| asked.elapsed() < self.pace.pause) {
            return None;
        }
        *turn = Some(Instant::now());
        let provider = self.clone();
        Some(tokio::spawn(async move {
            match provider.fetch().await {
                Ok(keys) => {
                    *provider.keys.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(keys));
                }
                Err(cause) => {
                    tracing::warn!(
                        issuer = provider.issuer,
                        cause,
                        "an identity provider's keys stay as they were"
                    );
                }
            }
            drop(turn);
        }))
    }

    async fn fetch(&self) -> Result<Keys, String> {
        let place = format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'));
        let discovered: Discovered = fetch::json(&self.client, &place).await?;
        if discovered.issuer != self.issuer {
            return Err(format!("{place} is of another issuer"));
        }
        // Who is asked over TLS does not send us on to this machine.
        let is_near = |url: &str| url.starts_with("http://");
        if !is_confidential(&discovered.jwks_uri) || is_near(&discovered.jwks_uri) && !is_near(&self.issuer) {
            return Err(format!("{place} names keys that are not behind TLS"));
        }
        let published: Published = fetch::json(&self.client, &discovered.jwks_uri).await?;
        Ok(Keys::new(published, &self.issuer))
    }
}

/// The id of the key that signed a token, as its header says.
fn key_id(token: &str) -> Result<String, Rejection> {
    let header = jsonwebtoken::decode_header(token)?;
    jwt::check_header(&header, &TYPES)?;
    header.kid.ok_or_else(|| Rejection::invalid("`kid` is missing"))
}
