//! Access tokens of external identity providers (OpenID Connect), such as Microsoft Entra ID. The
//! configuration lists the accepted providers. The server fetches and caches the keys of a provider
//! when the first token of that provider arrives.

mod claims;
pub(crate) mod fetch;
mod provider;
mod provider_keys;

use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;

pub use claims::ExternalCaller;
pub use provider::KeyCacheTimes;

use self::provider::Provider;
use crate::auth::jwt;
use crate::web::Problem;

/// The identity providers. The key of each is the `iss` of its tokens.
pub struct Providers(HashMap<String, Arc<Provider>>);

impl Providers {
    /// Accepts tokens that `issuers` have issued for one of `audiences`. For an issuer with a
    /// tenant, the `tid` of a token must be that tenant.
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

    /// Verifies a token and returns its bearer. Returns `None` if the `iss` of the token is not a
    /// configured provider. Only `iss` is read from an unverified token.
    pub async fn verify(&self, token: &str) -> Option<Result<ExternalCaller, Problem>> {
        let provider = self.0.get(&jwt::claimed_issuer(token).ok()?)?;
        Some(provider.verify(token).await)
    }
}
