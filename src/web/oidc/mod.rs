//! Access tokens of outside identity providers (OpenID Connect), such as Microsoft Entra ID. Which are accepted is
//! configured; their keys are discovered when a token of theirs first comes, and kept. Nobody is asked before.

mod claims;
pub(crate) mod fetch;
mod keys;
mod provider;

use std::collections::HashMap;
use std::sync::Arc;

use jsonwebtoken::dangerous;
use serde::Deserialize;
use uuid::Uuid;

pub use claims::Outsider;
pub use provider::Pace;

use self::provider::Provider;
use super::Problem;
use super::token::Refused;

/// The providers, by the `iss` of their tokens.
pub struct Providers(HashMap<String, Arc<Provider>>);

/// All that is believed of a token before it is verified: whom to ask.
#[derive(Deserialize)]
struct Claimed {
    iss: String,
}

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

    /// Whom a token speaks for, as far as its provider says.
    pub async fn verify(&self, token: &str) -> Result<Outsider, Problem> {
        let refused = || Problem::unauthenticated(Refused::Invalid.challenge());
        let claimed = dangerous::insecure_decode_claims::<Claimed>(token).map_err(|_| refused())?;
        self.0.get(&claimed.iss).ok_or_else(refused)?.verify(token).await
    }
}
