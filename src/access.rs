//! The roles of callers, and the type that declares which roles may call an operation.

use diesel::deserialize::{FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{Output, ToSql};
use diesel::sql_types::Text;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// The role of a caller, which decides what the caller may do.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    ToSchema,
    clap::ValueEnum,
    AsExpression,
    FromSqlRow,
)]
#[diesel(sql_type = Text)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// An administrator, who may call every operation, including those on accounts and clients.
    Admin,
    /// A member of the association's staff.
    Officer,
    /// A person or an external system that acts for one or several councils.
    Council,
    /// An external system that only reads figures.
    Reporter,
}

impl Role {
    /// All roles, in the column order of `docs/policy.md`.
    pub const ALL: [Self; 4] = [Self::Admin, Self::Officer, Self::Council, Self::Reporter];

    /// Returns the role in the form that the database and the API use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Officer => "officer",
            Self::Council => "council",
            Self::Reporter => "reporter",
        }
    }
}

impl FromSql<Text, Pg> for Role {
    fn from_sql(value: PgValue<'_>) -> diesel::deserialize::Result<Self> {
        let word = std::str::from_utf8(value.as_bytes())?;
        Self::ALL.into_iter().find(|role| role.as_str() == word).ok_or_else(|| "not a role".into())
    }
}

impl ToSql<Text, Pg> for Role {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> diesel::serialize::Result {
        <str as ToSql<Text, Pg>>::to_sql(self.as_str(), out)
    }
}

/// The rows that a role may read or change with an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Grant {
    /// Every row.
    All,
    /// Only rows of the caller's own councils. The operation's description says which rows those
    /// are.
    Own,
    /// No row. The server refuses the operation.
    None,
}

/// The councils whose rows a query may use. Staff may use the rows of all councils, and a council
/// may use only its own rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    All,
    Of(Vec<Uuid>),
}

impl Scope {
    /// Returns the scope as two SQL parameters. The first is true if the scope is unlimited. The
    /// second lists the councils of a limited scope.
    pub fn parts(&self) -> (bool, &[Uuid]) {
        match self {
            Self::All => (true, &[]),
            Self::Of(councils) => (false, councils),
        }
    }

    /// Returns the councils to which the scope is limited. Returns `None` if the scope is
    /// unlimited.
    pub fn limit(&self) -> Option<&[Uuid]> {
        match self {
            Self::All => None,
            Self::Of(councils) => Some(councils),
        }
    }

    /// Returns whether the scope contains the rows of a council. `None` means the rows that belong
    /// to no council.
    pub fn contains(&self, council: Option<Uuid>) -> bool {
        match self {
            Self::All => true,
            Self::Of(councils) => council.is_some_and(|council| councils.contains(&council)),
        }
    }
}

/// The class of an operation. Rate limits and concurrency limits count each class separately.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bucket {
    /// Operations that sign in, issue tokens or sign out.
    Login,
    Bulk,
    /// Operations that return a whole framework or dataset, or figures that take as long to derive.
    /// Also all as-of queries.
    Export,
    /// Operations that are in no other class.
    Rest,
}

impl Bucket {
    pub const ALL: [Self; 4] = [Self::Login, Self::Bulk, Self::Export, Self::Rest];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Bulk => "bulk",
            Self::Export => "export",
            Self::Rest => "rest",
        }
    }
}

/// The roles that may call an operation, and how the server treats the requests for the operation.
/// The policy declares one value for each operation.
#[derive(Debug, Clone, Copy)]
pub struct Access {
    /// The grant for each role, in the order of [`Role::ALL`].
    grants: [Grant; 4],
    bucket: Bucket,
    /// Whether the response contains secrets or tokens. The idempotency store does not keep such a
    /// response.
    pub has_secrets: bool,
    pub takes_dataset_keys: bool,
    /// Whether the response is a single row. All other reads return lists or derived views, which
    /// the server compresses and gives weak entity tags.
    pub is_row: bool,
}

pub const ALL_ROLES: Access = Access::of([Grant::All; 4]);
/// Only the association's staff may use the operation.
pub const STAFF: Access = Access::of([Grant::All, Grant::All, Grant::None, Grant::None]);
/// The association's staff may use the operation on all rows, and councils on their own rows.
pub const STAFF_AND_OWN: Access = Access::of([Grant::All, Grant::All, Grant::Own, Grant::None]);
pub const ADMINS: Access = Access::of([Grant::All, Grant::None, Grant::None, Grant::None]);
/// Callers without a token may use the operation. The operation issues a token or ends a session.
pub const PUBLIC: Access = Access { bucket: Bucket::Login, ..ALL_ROLES };

impl Access {
    const fn of(grants: [Grant; 4]) -> Self {
        Self { grants, bucket: Bucket::Rest, has_secrets: false, takes_dataset_keys: false, is_row: false }
    }

    /// Returns a copy of this access that counts requests as bulk requests.
    pub const fn bulk(self) -> Self {
        Self { bucket: Bucket::Bulk, ..self }
    }

    /// Returns a copy of this access that counts requests as exports. Exports return a whole
    /// framework or dataset, or figures that take as long to derive.
    pub const fn export(self) -> Self {
        Self { bucket: Bucket::Export, ..self }
    }

    /// Returns a copy of this access for an operation whose response contains secrets or tokens.
    pub const fn secret(self) -> Self {
        Self { has_secrets: true, ..self }
    }

    /// Returns a copy of this access for an operation that also accepts dataset keys. A dataset key
    /// has the role `reporter`.
    pub const fn dataset_keys(self) -> Self {
        Self { takes_dataset_keys: true, ..self }
    }

    pub const fn row(self) -> Self {
        Self { is_row: true, ..self }
    }

    pub const fn grant(&self, role: Role) -> Grant {
        self.grants[role as usize]
    }

    /// Returns whether callers may use the operation without a token.
    pub fn is_public(&self) -> bool {
        self.bucket == Bucket::Login
    }

    pub fn is_bulk(&self) -> bool {
        self.bucket == Bucket::Bulk
    }

    /// Returns the class in which the server counts a request. An as-of query counts as an export,
    /// because it costs as much.
    pub fn bucket(&self, is_as_of: bool) -> Bucket {
        match self.bucket {
            Bucket::Rest if is_as_of => Bucket::Export,
            bucket => bucket,
        }
    }
}

#[derive(Debug)]
pub struct Rule {
    /// The `operationId` of the operation in the OpenAPI document.
    pub operation: &'static str,
    pub access: Access,
}

#[derive(Debug, Clone)]
pub struct Rules(pub Vec<&'static Rule>);

impl Rules {
    pub fn of(&self, operation: &str) -> Option<&'static Rule> {
        self.0.iter().find(|rule| rule.operation == operation).copied()
    }

    /// Renders the access rules of all operations as the Markdown page `docs/policy.md`.
    pub fn markdown(&self) -> String {
        let word = |grant| match grant {
            Grant::All => "yes",
            Grant::Own => "own",
            Grant::None => "-",
        };
        let mut text = String::from(
            "# Permissions\n\n`outturn policy` prints this page from `src/policy.rs`, and a test compares the two.\n\n\
             `own` is limited to rows of the caller's councils. A council reads persons' names on its own rows\n\
             only. It reads notes on its own rows and on rows of no council. Its clients read external ids of\n\
             their own system, its users those of its own rows.\n\n\
             The last column is the class of the [rate limits](configuration.md#limits-for-each-client). A\n\
             request with `known_at` counts as an export.\n\n\
             | operation | admin | officer | council | reporter | limit |\n|---|---|---|---|---|---|\n",
        );
        for rule in &self.0 {
            let [admin, officer, council, reporter] = rule.access.grants.map(word);
            let (operation, class) = (rule.operation, rule.access.bucket.as_str());
            text.push_str(&format!(
                "| {operation} | {admin} | {officer} | {council} | {reporter} | {class} |\n"
            ));
        }
        text
    }
}
