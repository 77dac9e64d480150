//! What a provider's token says of its holder.

use aws_lc_rs::digest;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use uuid::Uuid;

use crate::db::role_mappings::Fitting;
use crate::policy::Role;
use crate::values::Line;
use crate::web::jwt::NumericDate;
use crate::web::{Caller, CallerKind, Problem};

/// The claims that count here.
#[derive(Deserialize)]
pub(super) struct Claims {
    iss: String,
    sub: String,
    exp: NumericDate,
    /// Entra's ids of the tenant, and of the person or service in it: the same for every application. Where another
    /// provider's claims of these names are no ids, they say nothing.
    #[serde(default)]
    tid: Value,
    #[serde(default)]
    oid: Value,
    /// A list of texts, or one text; null is as good as none.
    #[serde(default)]
    groups: Value,
    #[serde(default)]
    roles: Value,
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
    fn is_for_access(&self) -> bool {
        let is_for_login = [&self.nonce, &self.at_hash, &self.c_hash].iter().any(|claim| claim.is_some());
        let clients = [&self.client_id, &self.azp, &self.appid, &self.cid];
        clients.iter().any(|claim| claim.is_some()) && !is_for_login
    }

    /// The holder of a verified token of this tenant, where there is to be one; or why there is none.
    pub(super) fn into_holder(self, tenant: Option<Uuid>) -> Result<Outsider, &'static str> {
        if !self.is_for_access() {
            return Err("not an access token");
        }
        let tid = id(&self.tid);
        if tenant.is_some() && tid != tenant {
            return Err("`tid` is not the issuer's tenant");
        }
        let lacks_groups =
            self.hasgroups.is_some() || self.claim_names.is_some_and(|names| names.groups.is_some());
        Ok(Outsider {
            subject: match id(&self.oid).filter(|_| tid.is_some()) {
                Some(oid) => pseudonym(&self.iss, "oid", &oid.to_string()),
                None => pseudonym(&self.iss, "sub", &self.sub),
            },
            issuer: self.iss,
            groups: texts(self.groups).ok_or("`groups` is neither a list of texts nor a text")?,
            roles: texts(self.roles).ok_or("`roles` is neither a list of texts nor a text")?,
            lacks_groups,
            expires_at: self.exp.0,
        })
    }
}

fn id(claim: &Value) -> Option<Uuid> {
    claim.as_str()?.parse().ok()
}

/// The texts of a claim that a mapping's value can be; the database would not even read a NUL.
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
    texts.retain(|text| Line::is_sound(text));
    Some(texts)
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
