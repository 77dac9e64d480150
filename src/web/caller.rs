//! The caller of a request: identity, role and scope.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use uuid::Uuid;

use super::Problem;
use crate::access::{Role, Scope};
use crate::db::{ExternalIdScope, ExternalIdVisibility, Visibility};
use crate::values::{Code, ExternalId};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallerKind {
    /// An external system with an account.
    Client,
    /// A person with an account.
    User,
    /// The bearer of a token that an administrator created on the command line.
    Console,
    /// A person or system that an external identity provider authenticates.
    External,
}

/// The person or system that a verified token identifies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    pub subject: String,
    pub role: Role,
    /// The councils that the caller acts for. Empty unless the caller's role is `council`.
    pub councils: Vec<Uuid>,
    pub kind: CallerKind,
    /// The caller's account. `None` for a token that was created on the command line.
    pub account: Option<Uuid>,
    /// The session to which the token belongs, if the caller is a person.
    pub session: Option<Uuid>,
    /// The external system whose ids the caller writes. Only a caller that is a system can have
    /// one.
    pub system: Option<Code>,
    pub expires_at: i64,
}

impl Caller {
    /// Fails with 403 if a council's client sends external ids that belong to an external system
    /// other than its own.
    pub fn check_keys(&self, keys: Option<&Vec<ExternalId>>) -> Result<(), Problem> {
        let scope = self.key_scope();
        if keys.into_iter().flatten().all(|key| scope.contains(key)) {
            return Ok(());
        }
        Err(Problem::forbidden("A council's client may use external ids of its own external system only."))
    }

    /// Returns the external ids that the caller may set and remove. A token of an external identity
    /// provider does not say whether its bearer is a person or a system. The server treats the
    /// bearer as a system.
    pub fn key_scope(&self) -> ExternalIdScope {
        let is_system = match self.kind {
            CallerKind::Client | CallerKind::External => true,
            CallerKind::User | CallerKind::Console => false,
        };
        let is_bound = self.role == Role::Council && is_system;
        if is_bound { ExternalIdScope::Of(self.system.clone()) } else { ExternalIdScope::All }
    }

    /// Returns the text that identifies the caller in the idempotency store and in rate limits. It
    /// is unique among all callers.
    pub fn identity(&self) -> String {
        self.account.map_or_else(|| self.subject.clone(), |account| account.to_string())
    }

    pub const fn is_staff(&self) -> bool {
        matches!(self.role, Role::Admin | Role::Officer)
    }

    /// Returns the rows that the caller may write with an operation that lets councils write their
    /// own rows.
    pub fn writes(&self) -> Scope {
        match self.role {
            Role::Admin | Role::Officer => Scope::All,
            Role::Council | Role::Reporter => Scope::Of(self.councils.clone()),
        }
    }

    /// Returns the rows in which the caller may read names of persons, notes and external ids.
    pub fn visibility(&self) -> Visibility {
        let own = || self.councils.clone();
        let (notes, keys) = match (self.role, self.key_scope()) {
            (Role::Admin | Role::Officer | Role::Reporter, _) => (Scope::All, ExternalIdVisibility::All),
            (Role::Council, ExternalIdScope::Of(system)) => {
                (Scope::Of(own()), ExternalIdVisibility::OfSystem(system))
            }
            (Role::Council, ExternalIdScope::All) => {
                (Scope::Of(own()), ExternalIdVisibility::OfCouncils(own()))
            }
        };
        Visibility { names: self.names(), notes, keys }
    }

    pub fn names(&self) -> Scope {
        match self.role {
            Role::Admin | Role::Officer => Scope::All,
            Role::Council => Scope::Of(self.councils.clone()),
            Role::Reporter => Scope::Of(Vec::new()),
        }
    }
}

impl FromRequest for Caller {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let caller = request.extensions().get::<Self>().cloned();
        ready(caller.ok_or_else(|| Problem::internal("a route without authentication has no caller")))
    }
}
