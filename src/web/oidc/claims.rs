//! What a provider's token says of its holder.

use aws_lc_rs::digest;
use serde::Deserialize;
use serde::de::IgnoredAny;
use uuid::Uuid;

use crate::db::role_mappings::Fitting;
use crate::policy::Role;
use crate::values::Line;
use crate::web::{Caller, CallerKind, Problem};

/// The claims that count here.
#[derive(Deserialize)]
pub(super) struct Claims {
    iss: String,
    sub: String,
    exp: i64,
    /// Entra's ids of the tenant, and of the person or service in it: the same for every application.
    tid: Option<Uuid>,
    oid: Option<Uuid>,
    #[serde(default)]
    groups: Vec<String>,
    #[serde(default)]
    roles: Vec<String>,
    /// Entra's two ways to say that there are more groups than a token can list.
    hasgroups: Option<IgnoredAny>,
    #[serde(rename = "_claim_names")]
    claim_names: Option<ClaimNames>,
    /// The client that asked for the token, as RFC 9068, OpenID Connect, Entra's older tokens and Okta name it.
    client_id: Option<IgnoredAny>,
    azp: Option<IgnoredAny>,
    appid: Option<IgnoredAny>,
    cid: Option<IgnoredAny>,
    /// What only ID tokens have.
    nonce: Option<IgnoredAny>,
    at_hash: Option<IgnoredAny>,
    c_hash: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct ClaimNames {
    groups: Option<IgnoredAny>,
}

impl Claims {
    /// Whether it is an access token: Entra types ID tokens alike, and theirs may be meant for us too.
    pub(super) fn is_for_access(&self) -> bool {
        let is_for_login = [&self.nonce, &self.at_hash, &self.c_hash].iter().any(|claim| claim.is_some());
        let clients = [&self.client_id, &self.azp, &self.appid, &self.cid];
        clients.iter().any(|claim| claim.is_some()) && !is_for_login
    }

    /// Whether it is of this tenant, where there is to be one.
    pub(super) fn is_of(&self, tenant: Option<Uuid>) -> bool {
        tenant.is_none() || self.tid == tenant
    }

    /// Its holder.
    pub(super) fn holder(self) -> Outsider {
        let lacks_groups =
            self.hasgroups.is_some() || self.claim_names.is_some_and(|names| names.groups.is_some());
        Outsider {
            subject: match self.oid.filter(|_| self.tid.is_some()) {
                Some(oid) => pseudonym(&self.iss, "oid", &oid.to_string()),
                None => pseudonym(&self.iss, "sub", &self.sub),
            },
            issuer: self.iss,
            groups: sound(self.groups),
            roles: sound(self.roles),
            lacks_groups,
            expires_at: self.exp,
        }
    }
}

/// What a mapping's value can be; the database would not even read a NUL.
fn sound(mut values: Vec<String>) -> Vec<String> {
    values.retain(|value| Line::is_sound(value));
    values
}

/// Who it is in the log and as the keeper of keys: the same for each token, and no name.
fn pseudonym(issuer: &str, claim: &str, id: &str) -> String {
    let digest = digest::digest(&digest::SHA256, format!("{issuer} {claim} {id}").as_bytes());
    let digits: String = digest.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("oidc:{digits}")
}

/// Somebody that an outside provider vouches for; what they may do here is for mappings to say.
#[derive(Debug, Clone)]
pub struct Outsider {
    /// The issuer and the person or service, digested.
    pub subject: String,
    /// Who vouches.
    pub issuer: String,
    /// The groups the token lists.
    pub groups: Vec<String>,
    /// The app roles the token lists.
    pub roles: Vec<String>,
    /// Whether there are more groups than the token lists.
    pub lacks_groups: bool,
    /// When the token ends, in seconds since 1970.
    pub expires_at: i64,
}

impl Outsider {
    /// The caller whom these mappings make: the strongest role, and for a council all its mappings' councils.
    pub fn let_in(self, fitting: &[Fitting]) -> Result<Caller, Problem> {
        let strongest = fitting.iter().map(|mapping| mapping.role).min();
        let role = strongest.ok_or_else(|| match self.lacks_groups {
            true => Problem::group_overage(),
            false => Problem::no_role(),
        })?;
        let fitting: Vec<&Fitting> = fitting.iter().filter(|mapping| mapping.role == role).collect();
        let of_council = fitting.iter().filter(|_| role == Role::Council);
        let mut councils: Vec<Uuid> = of_council.flat_map(|mapping| mapping.councils.clone()).collect();
        councils.sort_unstable();
        councils.dedup();
        let system = fitting.first().and_then(|mapping| mapping.system.clone());
        Ok(Caller {
            session: None,
            subject: self.subject,
            role,
            councils,
            kind: CallerKind::Outside,
            account: None,
            // Mappings that disagree leave it open.
            system: system
                .filter(|system| fitting.iter().all(|mapping| mapping.system.as_ref() == Some(system))),
            expires_at: self.expires_at,
        })
    }
}
