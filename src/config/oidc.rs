//! The external identity providers (OpenID Connect) whose access tokens are accepted.

use uuid::Uuid;

use super::Reader;
use crate::values::address::is_confidential;

/// The placeholder for a tenant's id in an issuer address that several tenants share.
const TENANT: &str = "{tenantid}";

const ISSUERS: &str = "OUTTURN_OIDC_ISSUERS";
const TENANTS: &str = "OUTTURN_OIDC_TENANTS";
const AUDIENCE: &str = "OUTTURN_OIDC_AUDIENCE";

/// An issuer of access tokens. Each tenant of a provider is a separate issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    /// The `iss` of its tokens, and the base address of its discovery document.
    pub url: String,
    /// The `tid` of its tokens, if the issuer is a tenant.
    pub tenant: Option<Uuid>,
}

/// The accepted issuers and audiences. Without issuers no external token is accepted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Oidc {
    /// The accepted issuers.
    pub issuers: Vec<Issuer>,
    /// The accepted `aud` values; a token must have one of them.
    pub audiences: Vec<String>,
}

impl Oidc {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let wanted =
            "https:// addresses without a query, separated by commas; the only placeholder is {tenantid}";
        let addresses = reader.read(ISSUERS, Vec::new(), wanted, |text| each(text, address));
        let wanted = "tenants' ids (UUIDs), separated by commas";
        let tenants = reader.read(TENANTS, Vec::new(), wanted, |text| each(text, |id| id.parse().ok()));
        let wanted = "visible words, separated by commas";
        let audiences = reader.read(AUDIENCE, Vec::new(), wanted, |text| each(text, word));
        let is_set = |name: &str| reader.text(name).is_some();
        let has_template = reader.text(ISSUERS).is_some_and(|text| text.contains(TENANT));
        let (has_tenants, is_whole) = (is_set(TENANTS), is_set(AUDIENCE) == is_set(ISSUERS));
        if has_template != has_tenants {
            reader.faults.push(format!("{TENANTS} and an issuer with {TENANT} must be set together"));
        }
        if !is_whole {
            reader.faults.push(format!("{AUDIENCE} and {ISSUERS} must be set together"));
        }
        let issuers = addresses.iter().flat_map(|address| issuers(address, &tenants)).collect();
        Self { issuers, audiences }
    }
}

/// Returns the issuer with this address or, if the address contains the placeholder, one issuer for
/// each tenant.
fn issuers(address: &str, tenants: &[Uuid]) -> Vec<Issuer> {
    if !address.contains(TENANT) {
        return vec![Issuer { url: address.to_owned(), tenant: None }];
    }
    let of =
        |tenant: &Uuid| Issuer { url: address.replace(TENANT, &tenant.to_string()), tenant: Some(*tenant) };
    tenants.iter().map(of).collect()
}

fn each<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    text.split(',').map(|part| read(part.trim())).collect()
}

fn address(text: &str) -> Option<String> {
    let holds = is_confidential(text) && !text.replace(TENANT, "").contains(['?', '#', '{', '}']);
    holds.then(|| text.to_owned())
}

fn word(text: &str) -> Option<String> {
    let holds = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    holds.then(|| text.to_owned())
}
