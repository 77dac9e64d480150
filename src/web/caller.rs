//! Who is asking.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use uuid::Uuid;

use super::Problem;
use crate::db::accounts::Standing;
use crate::db::{KeyScope, KeyView, Visibility};
use crate::policy::{Role, Scope};
use crate::values::{Code, ExternalId};

/// What a caller is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallerKind {
    /// A system with an account.
    Client,
    /// A person with an account.
    User,
    /// Whoever made a token at the console.
    Console,
    /// A person or system that an outside identity provider vouches for.
    Outside,
}

/// The person or system behind a verified token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The token's subject.
    pub subject: String,
    /// The caller's role.
    pub role: Role,
    /// The councils the caller speaks for; empty but for the council role.
    pub councils: Vec<Uuid>,
    /// What asks.
    pub kind: CallerKind,
    /// The account that asks; none at the console.
    pub account: Option<Uuid>,
    /// The session of the person who asks, where the token came from one.
    pub session: Option<Uuid>,
    /// The system whose external ids the caller writes, where it is one.
    pub system: Option<Code>,
    /// When the token ends, in seconds since 1970.
    pub expires_at: i64,
}

impl Caller {
    /// The caller as its account stands now, whatever its token says.
    pub(super) fn standing(&self, account: Standing) -> Self {
        let is_client = account.kind == "client";
        Self {
            // A person's name does not go into the log.
            subject: if is_client { account.name } else { self.subject.clone() },
            role: account.role,
            councils: account.councils,
            kind: if is_client { CallerKind::Client } else { CallerKind::User },
            account: self.account,
            session: self.session,
            system: account.system,
            expires_at: self.expires_at,
        }
    }

    /// A council's system gives rows keys of its own system and of no other.
    pub fn check_keys(&self, keys: Option<&Vec<ExternalId>>) -> Result<(), Problem> {
        let scope = self.key_scope();
        if keys.into_iter().flatten().all(|key| scope.contains(key)) {
            return Ok(());
        }
        Err(Problem::forbidden("A council's client uses external ids of its own system alone."))
    }

    /// Whose external ids the caller gives and takes away. An outside token does not tell whether a system holds it, so
    /// it counts as one.
    pub fn key_scope(&self) -> KeyScope {
        let is_system = match self.kind {
            CallerKind::Client | CallerKind::Outside => true,
            CallerKind::User | CallerKind::Console => false,
        };
        let is_bound = self.role == Role::Council && is_system;
        if is_bound { KeyScope::Of(self.system.clone()) } else { KeyScope::All }
    }

    /// Who keeps idempotency keys: those of two clients never meet.
    pub(super) fn keeper(&self) -> String {
        self.account.map_or_else(|| self.subject.clone(), |account| account.to_string())
    }

    /// Whether it is one of the association's staff.
    pub const fn is_staff(&self) -> bool {
        matches!(self.role, Role::Admin | Role::Officer)
    }

    /// Whose rows the caller may write, where a council may write its own.
    pub fn writes(&self) -> Scope {
        match self.role {
            Role::Admin | Role::Officer => Scope::All,
            Role::Council | Role::Reporter => Scope::Of(self.councils.clone()),
        }
    }

    /// What the caller reads of rows besides their facts.
    pub fn visibility(&self) -> Visibility {
        let own = || self.councils.clone();
        let (notes, keys) = match (self.role, self.key_scope()) {
            (Role::Admin | Role::Officer | Role::Reporter, _) => (Scope::All, KeyView::All),
            (Role::Council, KeyScope::Of(system)) => (Scope::Of(own()), KeyView::OfSystem(system)),
            (Role::Council, KeyScope::All) => (Scope::Of(own()), KeyView::OfCouncils(own())),
        };
        Visibility { names: self.names(), notes, keys }
    }

    /// Whose people's names the caller may read.
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
        ready(
            caller.ok_or_else(|| Problem::internal("a handler asked for a caller on a route without a gate")),
        )
    }
}
