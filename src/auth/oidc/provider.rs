//! An issuer of tokens. Fetches and caches its public keys, and verifies its tokens (RFC 8725).

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use jsonwebtoken::{Algorithm, Validation};
use serde::Deserialize;
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::claims::{Claims, ExternalCaller};
use super::fetch::{self, Client};
use super::provider_keys::{Key, Keys, Published};
use crate::auth::jwt::{self, Rejection, TokenKind};
use crate::auth::token::SKEW;
use crate::values::address::is_confidential;
use crate::web::Problem;

/// The accepted `typ` of access tokens. Entra sends `JWT`, and RFC 9068 defines `at+jwt`.
const TYPES: [&str; 2] = ["JWT", "at+jwt"];

#[derive(Debug, Clone, Copy)]
pub struct KeyCacheTimes {
    /// Age at which the cached keys of an issuer are fetched again. The cached keys stay valid
    /// meanwhile.
    pub refresh_after: Duration,
    /// Age from which the cached keys of an issuer are invalid.
    pub valid_for: Duration,
    pub min_interval: Duration,
}

impl Default for KeyCacheTimes {
    fn default() -> Self {
        let minutes = |count: u64| Duration::from_secs(60 * count);
        Self { refresh_after: minutes(60), valid_for: minutes(24 * 60), min_interval: minutes(1) }
    }
}

pub(super) struct Provider {
    issuer: String,
    tenant: Option<Uuid>,
    validation: Validation,
    times: KeyCacheTimes,
    client: Client,
    keys: RwLock<Option<Arc<Keys>>>,
    /// Time of the last fetch of the issuer's keys. A task must hold this lock to fetch the keys.
    last_fetch: Arc<Mutex<Option<Instant>>>,
}

/// The fields of the discovery document that the server reads (OpenID Connect Discovery 1.0).
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
        times: KeyCacheTimes,
        client: Client,
    ) -> Self {
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_issuer(&[issuer]);
        validation.set_audience(audiences);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.validate_nbf = true;
        validation.leeway = SKEW;
        let (issuer, keys, last_fetch) = (issuer.to_owned(), RwLock::default(), Arc::default());
        Self { issuer, tenant, validation, times, client, keys, last_fetch }
    }

    /// Verifies a token of this issuer and returns its bearer.
    pub(super) async fn verify(self: &Arc<Self>, token: &str) -> Result<ExternalCaller, Problem> {
        let refused = |rejection: Rejection| rejection.into_problem(TokenKind::Provider);
        let id = key_id(token).map_err(refused)?;
        let keys = self.keys_with(&id).await?;
        self.verified(token, keys.get(&id)).map_err(refused)
    }

    fn verified(&self, token: &str, key: Option<&Key>) -> Result<ExternalCaller, Rejection> {
        let key = key.ok_or_else(|| Rejection::invalid("no known key has the `kid` of the token"))?;
        let validation = Validation { algorithms: vec![key.algorithm], ..self.validation.clone() };
        let claims: Claims = jwt::decode(token, &key.public, &validation)?;
        claims.into_holder(self.tenant).map_err(Rejection::invalid)
    }

    /// Returns the issuer's valid keys. First fetches the keys if no cached key has this id.
    async fn keys_with(self: &Arc<Self>, id: &str) -> Result<Arc<Keys>, Problem> {
        if let Some(keys) = self.keys().filter(|keys| keys.get(id).is_some()) {
            if keys.fetched_at.elapsed() >= self.times.refresh_after
                && let Ok(turn) = self.last_fetch.clone().try_lock_owned()
            {
                // The request does not wait for the fetch, because the cached keys are still valid.
                drop(self.start_fetch(turn));
            }
            return Ok(keys);
        }
        let turn = self.last_fetch.clone().lock_owned().await;
        let left = turn.map_or(Duration::ZERO, |last_fetch| {
            self.times.min_interval.saturating_sub(last_fetch.elapsed())
        });
        if let Some(fetching) = self.start_fetch(turn) {
            let _ = fetching.await;
        }
        let wait = if left.is_zero() { self.times.min_interval } else { left };
        self.keys().ok_or_else(|| Problem::provider_unavailable(wait.as_secs().max(1)))
    }

    fn keys(&self) -> Option<Arc<Keys>> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner).clone();
        keys.filter(|keys| keys.fetched_at.elapsed() < self.times.valid_for)
    }

    /// Fetches the issuer's keys in a separate task, unless the last fetch is too recent. The task
    /// continues if the client disconnects. No other fetch starts before the task ends.
    fn start_fetch(self: &Arc<Self>, mut turn: OwnedMutexGuard<Option<Instant>>) -> Option<JoinHandle<()>> {
        if turn.is_some_and(|last_fetch| last_fetch.elapsed() < self.times.min_interval) {
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
                    tracing::warn!(issuer = provider.issuer, cause, "fetch of identity provider keys failed");
                }
            }
            drop(turn);
        }))
    }

    async fn fetch(&self) -> Result<Keys, String> {
        let url = format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'));
        let discovered: Discovered = fetch::json(&self.client, &url).await?;
        if discovered.issuer != self.issuer {
            return Err(format!("the `issuer` in {url} is not the configured issuer"));
        }
        // A provider that is reached over TLS must not direct the server to an address on this
        // machine.
        let is_near = |url: &str| url.starts_with("http://");
        if !is_confidential(&discovered.jwks_uri) || is_near(&discovered.jwks_uri) && !is_near(&self.issuer) {
            return Err(format!("the `jwks_uri` in {url} does not use TLS"));
        }
        let published: Published = fetch::json(&self.client, &discovered.jwks_uri).await?;
        Ok(Keys::new(published, &self.issuer))
    }
}

fn key_id(token: &str) -> Result<String, Rejection> {
    let header = jsonwebtoken::decode_header(token)?;
    jwt::check_header(&header, &TYPES)?;
    header.kid.ok_or_else(|| Rejection::invalid("the `kid` header is missing"))
}
