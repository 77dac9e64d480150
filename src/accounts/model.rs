//! An account on the wire and in its table.

use diesel::sql_types::{Array, Nullable, Text, Uuid as SqlUuid};
use diesel::{Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::ValidationError;

use super::hashing;
use super::keys::{self, PublicKeys};
use super::passwords::{self, Owner};
use super::secrets::{NewPassword, Secret};
use crate::db::Error;
use crate::db::schema::accounts;
use crate::db::sql::{Fixed, fixed};
use crate::db::{children, sorts};
use crate::policy::Role;
use crate::values::{Code, Email, Fault, Findings, Instant, Line, text_enum};
use crate::web::{editable, page, versioned};

text_enum! {
    /// What an account is.
    pub enum AccountKind {
        /// A system; it gets its tokens for a secret.
        Client = "client",
        /// A person.
        User = "user",
    }
}

/// A council an account speaks for.
#[derive(Debug, Clone, Serialize)]
pub struct CouncilLink {
    council_id: Uuid,
}

/// The links to these councils.
pub fn council_links(ids: &[Uuid]) -> Vec<CouncilLink> {
    ids.iter().map(|council_id| CouncilLink { council_id: *council_id }).collect()
}

children! {
    /// The councils an account speaks for.
    COUNCILS, READ_COUNCILS: account_councils of accounts by account_id, told apart by council_id, { council_id: "uuid" }
}

const COUNCIL_IDS: &str = "ARRAY(SELECT c.council_id FROM account_councils c WHERE c.account_id = accounts.id ORDER BY c.council_id)";

/// A client (a system) or a user (a person) who may ask.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, ToSchema)]
#[diesel(table_name = accounts)]
pub struct Account {
    /// Our id; a client's is its `client_id`.
    pub id: Uuid,
    /// Goes up with every change; in quotes it is the ETag.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was entered.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// What it is.
    pub kind: AccountKind,
    /// Its name: a client's stands in the log.
    pub name: Line,
    /// Where to write to a user; null for a client.
    pub email: Option<Email>,
    /// What it may do.
    pub role: Role,
    /// The councils it speaks for; they count for the council role alone.
    #[diesel(select_expression = fixed::<Array<SqlUuid>>(COUNCIL_IDS), select_expression_type = Fixed<Array<SqlUuid>>)]
    #[schema(max_items = 100)]
    pub council_ids: Vec<Uuid>,
    /// The system whose external ids a client writes.
    pub system: Option<Code>,
    /// A client's public keys, by which its assertions are known.
    pub jwks: Option<PublicKeys>,
    /// The secret of a client without keys, in the answer that creates it and never again; null everywhere else.
    #[diesel(select_expression = fixed::<Nullable<Text>>("NULL::text"), select_expression_type = Fixed<Nullable<Text>>)]
    pub secret: Option<Secret>,
}
versioned!(Account, named if |account| account.kind == AccountKind::User);
page!(AccountPage of Account);
sorts! {
    /// How accounts are sorted.
    AccountSort of Account in accounts:
    Name = "name" by name: String, ascending;
    NameDescending = "-name" by name: String, descending;
    Updated = "updated_at" by updated_at: Instant, ascending;
}

editable! {
    table accounts;
    /// What it takes to enter an account.
    #[validate(schema(function = "is_of_its_kind", skip_on_field_errors = false))]
    #[schema(example = json!({
        "kind": "client", "name": "norfolk-crm", "role": "council", "system": "norfolk-crm",
        "council_ids": ["0198c5b0-0000-7000-8000-000000000000"]
    }))]
    new NewAccount;
    /// What may change of an account.
    #[schema(example = json!({ "role": "reporter", "council_ids": [] }))]
    patch AccountPatch;
    fixed {
        /// What it is.
        kind: AccountKind,
    }
    fixed_optional {
        /// Where to write to a user; null for a client.
        email: Email,
    }
    required {
        /// Its name: a client's stands in the log.
        name: Line,
        /// What it may do.
        role: Role,
    }
    defaulted {}
    optional {
        /// The system whose external ids a client writes.
        system: Code,
        /// A client's public keys, by which its assertions are known. A client that has them from the start gets no
        /// secret; one that gets them later keeps the secret that it has.
        #[validate(custom(function = "keys::are_sound"))]
        jwks: PublicKeys,
    }
    children {
        /// The councils it speaks for; they count for the council role alone.
        #[schema(max_items = 100)]
        council_ids: Vec<Uuid>,
        /// A user's new password; it is never shown. One that is easy to guess is refused. A client's secret is made by
        /// the server.
        password: NewPassword,
    }
}

impl NewAccount {
    /// The secret of a client that has no keys to prove itself with.
    pub fn fresh_secret(&self) -> Result<Option<Secret>, Error> {
        let has_keys = self.jwks.as_ref().is_some_and(|jwks| !jwks.keys.is_empty());
        (self.kind == AccountKind::Client && !has_keys).then(Secret::generate).transpose()
    }

    /// Returns the hash of the secret that was made for it, or else of its password, which the policy checks.
    pub async fn hash(&self, secret: Option<&Secret>) -> Result<Option<String>, Error> {
        match (secret, &self.password) {
            (Some(secret), _) => hashing::hash(secret.reveal()).await.map(Some),
            (None, Some(password)) => {
                let email = self.email.as_ref().map_or("", Email::as_str);
                passwords::hash(password, &Owner { name: self.name.as_str(), email }).await.map(Some)
            }
            (None, None) => Ok(None),
        }
    }
}

impl AccountPatch {
    /// Returns the hash of the new password, if there is one, for the account as it is before the change.
    pub async fn hash(&self, account: &Account) -> Result<Option<String>, Error> {
        let Some(password) = &self.password else { return Ok(None) };
        if account.kind == AccountKind::Client {
            return Err(Error::Invalid(vec![Fault::body("/password", NOT_OF_ITS_KIND, NO_PASSWORD)]));
        }
        let email = account.email.as_ref().map_or("", Email::as_str);
        passwords::hash(password, &Owner { name: account.name.as_str(), email }).await.map(Some)
    }
}

/// A field of a user's in a client's account, or the other way round.
const NOT_OF_ITS_KIND: &str = "not_of_its_kind";

/// What is wrong with a password for a client.
const NO_PASSWORD: &str = "A client's secret is made by the server.";

fn is_of_its_kind(new: &NewAccount) -> Result<(), ValidationError> {
    let mut findings = Findings::default();
    let is_user = new.kind == AccountKind::User;
    let refused = !is_user && new.email.is_some();
    findings.add_if(is_user && new.email.is_none(), "/email", "required", "A user has an e-mail address.");
    findings.add_if(refused, "/email", NOT_OF_ITS_KIND, "A client has no e-mail address.");
    findings.add_if(!is_user && new.password.is_some(), "/password", NOT_OF_ITS_KIND, NO_PASSWORD);
    findings.into_result()
}

/// Which accounts to list, and in which order. Revoked ones are not listed.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AccountFilter {
    /// Accounts of this kind.
    #[param(inline)]
    pub kind: Option<AccountKind>,
    /// Accounts of this role.
    #[param(inline)]
    pub role: Option<Role>,
    /// Accounts that speak for this council.
    pub council_id: Option<Uuid>,
    /// The order; names if not said.
    #[param(inline)]
    pub sort: Option<AccountSort>,
}
