//! Access tokens of outside identity providers (OpenID Connect), such as Microsoft Entra ID. Which are accepted is
//! configured; their keys are discovered when a token of theirs first comes, and kept. Nobody is asked before.

mod claims;
pub(crate) mod fetch;
mod keys;
mod provider;

use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;

pub use claims::Outsider;
pub use provider::Pace;

use self::provider::Provider;
use super::Problem;
use super::jwt;

/// The providers, by the `iss` of their tokens.
pub struct Providers(HashMap<String, Arc<Provider>>);

impl Providers {
    /// Accepts the tokens of these issuers, of this tenant of theirs if they have tenants, that are meant for one of
    /// these audiences.
    pub fn new(
        issuers: impl IntoIterator<Item = (String, Option<Uuid>)>,
        audiences: &[String],
        pace: Pace,
    ) -> Self {
        let client = fetch::client();
        let provider = |(issuer, tenant): (String, Option<Uuid>)| {
            let provider = Provider::new(&issuer, tenant, audiences, pace, client.clone());
            (issuer, Arc::new(provider))
        };
        Self(issuers.into_iter().map(provider).collect())
    }

    /// Whom a token speaks for, as far as its provider says; none where it does not claim to be from one of them, which is
    /// all that is believed of it before it is verified.
    pub async fn verify(&self, token: &str) -> Option<Result<Outsider, Problem>> {
        let provider = self.0.get(&jwt::claimed_issuer(token).ok()?)?;
        Some(provider.verify(token).await)
    }
}
