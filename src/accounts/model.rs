//! JSON types of accounts, and their mapping to tables.

use diesel::sql_types::{Array, Nullable, Text, Uuid as SqlUuid};
use diesel::{Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::ValidationError;

use super::client_keys::{self, PublicKeys};
use super::hashing;
use super::passwords::{self, Owner};
use super::secrets::{NewPassword, Secret};
use crate::access::Role;
use crate::db::Error;
use crate::db::schema::accounts;
use crate::db::sql::{FixedSql, fixed};
use crate::db::{children, sorts};
use crate::values::{Code, Email, FieldError, Instant, RuleErrors, ShortText, text_enum};
use crate::web::{editable, page, versioned};

text_enum! {
    /// Whether an account belongs to an external system or to a person.
    pub enum AccountKind {
        /// An external system. It gets access tokens with a secret or a client assertion.
        Client = "client",
        /// A person.
        User = "user",
    }
}

/// A row of `account_councils` or `role_mapping_councils`, without the id of the account or role
/// mapping.
#[derive(Debug, Clone, Serialize)]
pub struct CouncilLink {
    council_id: Uuid,
}

pub fn council_links(ids: &[Uuid]) -> Vec<CouncilLink> {
    ids.iter().map(|council_id| CouncilLink { council_id: *council_id }).collect()
}

children! {
    /// The councils for which an account acts.
    COUNCILS, READ_COUNCILS: account_councils of accounts by account_id, keyed by council_id, { council_id: "uuid" }
}

const COUNCIL_IDS: &str = "ARRAY(SELECT c.council_id FROM account_councils c WHERE c.account_id = accounts.id ORDER BY c.council_id)";

/// A client (an external system) or a user (a person) that may call the API.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, ToSchema)]
#[diesel(table_name = accounts)]
pub struct Account {
    /// Id, assigned by the server. For a client it is the `client_id`.
    pub id: Uuid,
    /// Increases with every change. In quotes it is the ETag.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When the row was created.
    pub created_at: Instant,
    /// When the row last changed.
    pub updated_at: Instant,
    /// Whether the account is a client or a user.
    pub kind: AccountKind,
    /// The name of the account. Logs contain the names of clients only.
    pub name: ShortText,
    /// The e-mail address of a user; null for a client.
    pub email: Option<Email>,
    /// The role of the account, which decides what it may do.
    pub role: Role,
    /// The councils for which the account acts. Only the role `council` uses them.
    #[diesel(select_expression = fixed::<Array<SqlUuid>>(COUNCIL_IDS), select_expression_type = FixedSql<Array<SqlUuid>>)]
    #[schema(max_items = 100)]
    pub council_ids: Vec<Uuid>,
    /// The external system whose ids a client may write.
    pub system: Option<Code>,
    /// A client's public keys, which verify its assertions.
    pub jwks: Option<PublicKeys>,
    /// The secret of a client without public keys. Only the response that creates the client
    /// contains it. In all other responses it is null.
    #[diesel(select_expression = fixed::<Nullable<Text>>("NULL::text"), select_expression_type = FixedSql<Nullable<Text>>)]
    pub secret: Option<Secret>,
}
versioned!(Account, named if |account| account.kind == AccountKind::User);
page!(AccountPage of Account);
sorts! {
    /// Sort orders of accounts.
    AccountSort of Account in accounts:
    Name = "name" by name: String, ascending;
    NameDescending = "-name" by name: String, descending;
    Updated = "updated_at" by updated_at: Instant, ascending;
}

editable! {
    table accounts;
    /// Fields of a new account.
    #[validate(schema(function = "is_of_its_kind", skip_on_field_errors = false))]
    #[schema(example = json!({
        "kind": "client", "name": "norfolk-crm", "role": "council", "system": "norfolk-crm",
        "council_ids": ["0198c5b0-0000-7000-8000-000000000000"]
    }))]
    new NewAccount;
    /// Fields of an account to update.
    #[schema(example = json!({ "role": "reporter", "council_ids": [] }))]
    patch AccountPatch;
    fixed {
        /// Whether the account is a client or a user.
        kind: AccountKind,
    }
    fixed_optional {
        /// The e-mail address of a user; null for a client.
        email: Email,
    }
    required {
        /// The name of the account. Logs contain the names of clients only.
        name: ShortText,
        /// The role of the account, which decides what it may do.
        role: Role,
    }
    defaulted {}
    optional {
        /// The external system whose ids a client may write.
        system: Code,
        /// A client's public keys, which verify its assertions. A client that is created with keys
        /// gets no secret. A client that gets keys later keeps its secret.
        #[validate(custom(function = "client_keys::are_sound"))]
        jwks: PublicKeys,
    }
    children {
        /// The councils for which the account acts. Only the role `council` uses them.
        #[schema(max_items = 100)]
        council_ids: Vec<Uuid>,
        /// The new password of a user. No response contains it. A password that is easy to guess is
        /// refused. The server generates the secret of a client.
        password: NewPassword,
    }
}

impl NewAccount {
    /// Generates a client's secret. Returns `None` for a user, and for a client with public keys.
    pub fn fresh_secret(&self) -> Result<Option<Secret>, Error> {
        let has_keys = self.jwks.as_ref().is_some_and(|jwks| !jwks.keys.is_empty());
        (self.kind == AccountKind::Client && !has_keys).then(Secret::generate).transpose()
    }

    /// Returns the hash of the generated secret or of the user's password. Fails with 422 if the
    /// password policy refuses the password.
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
    /// Returns the hash of the new password, or `None` if the request has no password. `account` is
    /// the account before the update. Fails with 422 if the account is a client, or if the password
    /// policy refuses the password.
    pub async fn hash(&self, account: &Account) -> Result<Option<String>, Error> {
        let Some(password) = &self.password else { return Ok(None) };
        if account.kind == AccountKind::Client {
            return Err(Error::Invalid(vec![FieldError::body(
                "/password",
                DOES_NOT_FIT_THE_KIND,
                NO_PASSWORD,
            )]));
        }
        let email = account.email.as_ref().map_or("", Email::as_str);
        passwords::hash(password, &Owner { name: account.name.as_str(), email }).await.map(Some)
    }
}

/// The error code for a field that this kind of account must not have.
const DOES_NOT_FIT_THE_KIND: &str = "does_not_fit_the_kind";

const NO_PASSWORD: &str = "Leave out the password of a client. The server generates the client's secret.";

fn is_of_its_kind(new: &NewAccount) -> Result<(), ValidationError> {
    let mut errors = RuleErrors::default();
    let is_user = new.kind == AccountKind::User;
    let refused = !is_user && new.email.is_some();
    errors.add_if(is_user && new.email.is_none(), "/email", "required", "A user needs an e-mail address.");
    errors.add_if(refused, "/email", DOES_NOT_FIT_THE_KIND, "Leave out the e-mail address of a client.");
    errors.add_if(!is_user && new.password.is_some(), "/password", DOES_NOT_FIT_THE_KIND, NO_PASSWORD);
    errors.into_result()
}

/// Filters and sort order of a list of accounts. Revoked accounts are not listed.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AccountFilter {
    /// Only accounts of this kind.
    #[param(inline)]
    pub kind: Option<AccountKind>,
    /// Only accounts that have this role.
    #[param(inline)]
    pub role: Option<Role>,
    /// Only accounts that act for this council.
    pub council_id: Option<Uuid>,
    /// The order of the accounts. Default: `name`.
    #[param(inline)]
    pub sort: Option<AccountSort>,
}
