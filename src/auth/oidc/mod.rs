//! Access tokens of external identity providers (OpenID Connect), such as Microsoft Entra ID. The
//! configuration lists the accepted providers. The server discovers and caches a provider's keys
//! when the first token of that provider arrives, and not before.

mod claims;
pub(crate) mod fetch;
mod keys;
mod provider;

use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;

pub use claims::Outsider;
pub use provider::KeyCacheTimes;

use self::provider::Provider;
use crate::auth::jwt;
use crate::web::Problem;

/// The providers, by the `iss` of their tokens.
pub struct Providers(HashMap<String, Arc<Provider>>);

impl Providers {
    /// Accepts tokens of these issuers that are for one of these audiences. If an issuer has a
    /// tenant, its tokens must be of that tenant.
    pub fn new(
        issuers: impl IntoIterator<Item = (String, Option<Uuid>)>,
        audiences: &[String],
        times: KeyCacheTimes,
    ) -> Self {
        let client = fetch::client();
        let provider = |(issuer, tenant): (String, Option<Uuid>)| {
            let provider = Provider::new(&issuer, tenant, audiences, times, client.clone());
            (issuer, Arc::new(provider))
        };
        Self(issuers.into_iter().map(provider).collect())
    }

    /// Verifies a token and returns its holder. Returns `None` if the token does not claim to be
    /// from one of the providers. Only this claim is read before the token is verified.
    pub async fn verify(&self, token: &str) -> Option<Result<Outsider, Problem>> {
        let provider = self.0.get(&jwt::claimed_issuer(token).ok()?)?;
        Some(provider.verify(token).await)
    }
}
