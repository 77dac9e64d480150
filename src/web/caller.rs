//! Who is asking.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use uuid::Uuid;

use super::{Problem, Versioned};
use crate::policy::{Role, Scope};

/// The person or system behind a verified token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The token's subject.
    pub subject: String,
    /// The caller's role.
    pub role: Role,
    /// The councils the caller speaks for; empty but for the council role.
    pub councils: Vec<Uuid>,
    /// When the token ends, in seconds since 1970.
    pub expires_at: i64,
}

impl Caller {
    /// Whose rows the caller may write, where a council may write its own.
    pub fn writes(&self) -> Scope {
        match self.role {
            Role::Admin | Role::Officer => Scope::All,
            Role::Council | Role::Reporter => Scope::Of(self.councils.clone()),
        }
    }

    /// Whose people's names the caller may read.
    pub fn names(&self) -> Scope {
        match self.role {
            Role::Admin | Role::Officer => Scope::All,
            Role::Council => Scope::Of(self.councils.clone()),
            Role::Reporter => Scope::Of(Vec::new()),
        }
    }

    /// Puts on record that the caller was shown the names in these rows; only their ids are written down.
    pub fn saw_names<'r, R: Versioned + 'r>(&self, resource: &str, rows: impl IntoIterator<Item = &'r R>) {
        let named = rows.into_iter().filter(|row| row.shows_a_name());
        let rows: Vec<String> = named.map(|row| row.id().to_string()).collect();
        if !rows.is_empty() {
            record_names(self, resource, &rows.join(" "));
        }
    }
}

/// Puts on record that the caller was shown the names in these rows.
pub(super) fn record_names(caller: &Caller, resource: &str, rows: &str) {
    tracing::info!(target: PERSONAL_DATA, subject = caller.subject, resource, rows, "names were read");
}

/// The log target of records that somebody read names.
pub const PERSONAL_DATA: &str = "outturn::personal_data";

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
