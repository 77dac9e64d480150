//! The external identity providers (OpenID Connect) whose access tokens the server accepts.

use uuid::Uuid;

use super::parsers::{Parser, list};
use super::reader::Reader;
use crate::values::address::is_confidential;

/// The placeholder for a tenant id in the address of an issuer that has several tenants.
const TENANT: &str = "{tenantid}";

/// An issuer of access tokens. Each tenant of a provider is a separate issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    /// The `iss` claim of the issuer's tokens. It is also the base URL of the discovery document.
    pub url: String,
    /// The `tid` claim of the issuer's tokens, if the issuer is a tenant.
    pub tenant: Option<Uuid>,
}

impl Issuer {
    /// Returns the issuer with this address. If the address contains the placeholder for a tenant
    /// id, returns one issuer for each tenant.
    pub(super) fn list(address: &str, tenants: &[Uuid]) -> Vec<Self> {
        if !address.contains(TENANT) {
            return vec![Self { url: address.to_owned(), tenant: None }];
        }
        let of_tenant = |id: &Uuid| Self { url: address.replace(TENANT, &id.to_string()), tenant: Some(*id) };
        tenants.iter().map(of_tenant).collect()
    }
}

pub(super) fn addresses() -> Parser<Vec<String>> {
    list("https:// addresses without a query and without placeholders except {tenantid}", |text| {
        let is_valid = is_confidential(text) && !text.replace(TENANT, "").contains(['?', '#', '{', '}']);
        is_valid.then(|| text.to_owned())
    })
}

pub(super) fn tenants() -> Parser<Vec<Uuid>> {
    list("tenants' ids (UUIDs)", |id| id.parse().ok())
}

pub(super) fn audiences() -> Parser<Vec<String>> {
    list("words of visible ASCII characters", |word| {
        let is_valid = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_graphic());
        is_valid.then(|| word.to_owned())
    })
}

/// Checks that the configuration variables for identity providers are set together.
pub(super) fn check(reader: &mut Reader<'_>) {
    let [issuers, tenants, audience] =
        ["OUTTURN_OIDC_ISSUERS", "OUTTURN_OIDC_TENANTS", "OUTTURN_OIDC_AUDIENCE"]
            .map(|name| reader.text(name));
    if issuers.as_ref().is_some_and(|text| text.contains(TENANT)) != tenants.is_some() {
        let error = format!("OUTTURN_OIDC_TENANTS and an issuer with {TENANT} must be set together");
        reader.errors.push(error);
    }
    if audience.is_some() != issuers.is_some() {
        reader.errors.push("OUTTURN_OIDC_AUDIENCE and OUTTURN_OIDC_ISSUERS must be set together".into());
    }
}
