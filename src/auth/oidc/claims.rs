//! The claims in a token of an external identity provider.

use aws_lc_rs::digest;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use uuid::Uuid;

use crate::access::Role;
use crate::auth::jwt::NumericDate;
use crate::auth::queries::MatchingRole;
use crate::values::ShortText;
use crate::web::{Caller, CallerKind, Problem};

#[derive(Deserialize)]
pub(super) struct Claims {
    iss: String,
    sub: String,
    exp: NumericDate,
    /// The id of the tenant, as Entra defines it. `oid` is the id of the person or service. All
    /// applications of the tenant see the same ids. Values that are not UUIDs are ignored, because
    /// other providers can use these claims for other values.
    #[serde(default)]
    tid: Value,
    #[serde(default)]
    oid: Value,
    /// The ids of the bearer's groups, as a text or a list of texts. Null means no groups.
    #[serde(default)]
    groups: Value,
    #[serde(default)]
    roles: Value,
    /// The first of two claims with which Entra states that the token does not list all groups.
    hasgroups: Option<IgnoredAny>,
    #[serde(rename = "_claim_names")]
    claim_names: Option<ClaimNames>,
    /// The client that requested the token. RFC 9068, OpenID Connect, older Entra tokens and Okta
    /// use different claims for it.
    client_id: Option<IgnoredAny>,
    azp: Option<IgnoredAny>,
    appid: Option<IgnoredAny>,
    cid: Option<IgnoredAny>,
    /// A claim that only ID tokens have.
    nonce: Option<IgnoredAny>,
    at_hash: Option<IgnoredAny>,
    c_hash: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct ClaimNames {
    groups: Option<IgnoredAny>,
}

impl Claims {
    /// Returns whether the token is an access token. ID tokens of Entra have the same `typ` and can
    /// have this server as their audience.
    fn is_for_access(&self) -> bool {
        let is_for_login = [&self.nonce, &self.at_hash, &self.c_hash].iter().any(|claim| claim.is_some());
        let clients = [&self.client_id, &self.azp, &self.appid, &self.cid];
        clients.iter().any(|claim| claim.is_some()) && !is_for_login
    }

    /// Converts the claims of a verified token to its bearer. Fails if the token is not an access
    /// token, or belongs to another tenant.
    pub(super) fn into_holder(self, tenant: Option<Uuid>) -> Result<ExternalCaller, &'static str> {
        if !self.is_for_access() {
            return Err("not an access token");
        }
        let tid = id(&self.tid);
        if tenant.is_some() && tid != tenant {
            return Err("the tenant in the `tid` claim is not the tenant in the issuer's URL");
        }
        let lacks_groups =
            self.hasgroups.is_some() || self.claim_names.is_some_and(|names| names.groups.is_some());
        Ok(ExternalCaller {
            subject: match id(&self.oid).filter(|_| tid.is_some()) {
                Some(oid) => pseudonym(&self.iss, "oid", &oid.to_string()),
                None => pseudonym(&self.iss, "sub", &self.sub),
            },
            issuer: self.iss,
            groups: texts(self.groups).ok_or("the `groups` claim is neither a text nor a list of texts")?,
            roles: texts(self.roles).ok_or("the `roles` claim is neither a text nor a list of texts")?,
            lacks_groups,
            expires_at: self.exp.0,
        })
    }
}

fn id(claim: &Value) -> Option<Uuid> {
    claim.as_str()?.parse().ok()
}

/// Returns the texts in a claim. Leaves out texts that no role mapping can contain. For example,
/// PostgreSQL cannot store U+0000.
fn texts(claim: Value) -> Option<Vec<String>> {
    let values = match claim {
        Value::Null => Vec::new(),
        Value::Array(values) => values,
        one => vec![one],
    };
    let text = |value| match value {
        Value::String(text) => Some(text),
        _ => None,
    };
    let mut texts: Vec<String> = values.into_iter().map(text).collect::<Option<_>>()?;
    texts.retain(|text| ShortText::is_valid(text));
    Some(texts)
}

/// Returns the identity of a caller for the log and for idempotency keys. The identity is the same
/// for all tokens of a person or service, and contains no name.
fn pseudonym(issuer: &str, claim: &str, id: &str) -> String {
    let digest = digest::digest(&digest::SHA256, format!("{issuer} {claim} {id}").as_bytes());
    let digits: String = digest.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("oidc:{digits}")
}

/// A person or system from an external identity provider, before the role mappings are applied.
#[derive(Debug, Clone)]
pub struct ExternalCaller {
    /// A digest of the issuer and of the id of the person or service. It identifies the caller in
    /// the log.
    pub subject: String,
    pub issuer: String,
    pub groups: Vec<String>,
    pub roles: Vec<String>,
    pub lacks_groups: bool,
    pub expires_at: i64,
}

impl ExternalCaller {
    /// Applies the role mappings and returns the caller. The caller has the strongest role. A
    /// caller with the role `council` acts for the councils of all mappings with that role.
    pub fn into_caller(self, mappings: &[MatchingRole]) -> Result<Caller, Problem> {
        let strongest = mappings.iter().map(|mapping| mapping.role).min();
        let role = strongest.ok_or_else(|| match self.lacks_groups {
            true => Problem::group_overage(),
            false => Problem::no_role(),
        })?;
        let mappings: Vec<&MatchingRole> = mappings.iter().filter(|mapping| mapping.role == role).collect();
        let of_council = mappings.iter().filter(|_| role == Role::Council);
        let mut councils: Vec<Uuid> = of_council.flat_map(|mapping| mapping.councils.clone()).collect();
        councils.sort_unstable();
        councils.dedup();
        let system = mappings.first().and_then(|mapping| mapping.system.clone());
        Ok(Caller {
            session: None,
            subject: self.subject,
            role,
            councils,
            kind: CallerKind::External,
            account: None,
            // If the mappings have different external systems, the caller has no external system.
            system: system
                .filter(|system| mappings.iter().all(|mapping| mapping.system.as_ref() == Some(system))),
            expires_at: self.expires_at,
        })
    }
}
