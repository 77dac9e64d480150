//! Transactions of handlers that may write. Handlers have no other way to open such a transaction.

use std::cell::Cell;
use std::future::{Future, Ready, ready};
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use super::request_id::RequestId;
use super::{Caller, CallerKind, Problem};
use crate::access::Rule;
use crate::db::{self, Actor, ActorKind, Pool, TransactionEnd};

type Check<'c> = Pin<Box<dyn Future<Output = Result<(), db::Error>> + 'c>>;

/// The check that a transaction of a handler must pass before the transaction commits.
#[derive(Clone, Copy)]
pub struct BeforeCommit {
    /// An SQL condition. If it is false at the start of the transaction, the check does not run.
    pub condition: &'static str,
    /// Fails if the writes of the transaction must not be committed.
    pub check: for<'c> fn(&'c mut AsyncPgConnection) -> Check<'c>,
}

/// A writer of transactions for a handler. The change log records the caller, the request and the
/// operation.
pub struct Writer {
    pool: Data<Pool>,
    actor: Actor,
    before_commit: BeforeCommit,
    /// Whether the check before the commit must still run in the current transaction.
    is_check_due: Cell<bool>,
    pub caller: Caller,
}

impl Writer {
    /// Runs work in a transaction that may write. Rolls the transaction back if the work fails or
    /// the check refuses the writes.
    pub async fn write<T>(
        &self,
        work: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, db::Error>,
    ) -> Result<T, db::Error> {
        self.write_and_end(async |conn: &mut AsyncPgConnection| work(conn).await.map(TransactionEnd::Commit))
            .await
    }

    /// Runs work in a transaction, as [`Self::write`] does. The work also decides how the
    /// transaction ends.
    pub(super) async fn write_and_end<T>(
        &self,
        work: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<TransactionEnd<T>, db::Error>,
    ) -> Result<T, db::Error> {
        let checked = async |conn: &mut AsyncPgConnection, is_needed: bool| {
            self.is_check_due.set(is_needed);
            let end = work(conn).await?;
            if matches!(end, TransactionEnd::Commit(_)) {
                self.check(conn).await?;
            }
            Ok(end)
        };
        self.pool.write_with_condition(&self.actor, self.before_commit.condition, checked).await
    }

    /// Runs the check before the commit on the writes so far, within the transaction.
    pub(super) async fn check(&self, conn: &mut AsyncPgConnection) -> Result<(), db::Error> {
        if self.is_check_due.get() { (self.before_commit.check)(conn).await } else { Ok(()) }
    }

    /// Records that the transaction has passed the check before the commit. No later write of the
    /// transaction may affect the result of the check.
    pub(super) fn set_checked(&self) {
        self.is_check_due.set(false);
    }
}

impl FromRequest for Writer {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(writer(request).ok_or_else(|| Problem::internal("a route without authentication writes data")))
    }
}

/// Returns the actor for the change log, for an account that signs in or requests a token. The
/// account has no token yet.
pub fn acting(request: &HttpRequest, kind: ActorKind, account: Uuid) -> Actor {
    actor(request, kind, Some(account), account.to_string())
}

/// Returns the actor that the change log records for a request.
pub fn actor(request: &HttpRequest, kind: ActorKind, account: Option<Uuid>, name: String) -> Actor {
    let extensions = request.extensions();
    let operation = extensions.get::<&Rule>().map_or("", |rule| rule.operation).to_owned();
    let request_id = extensions.get::<RequestId>().map(|id| id.0.clone());
    Actor { kind, account, name, operation, request_id }
}

fn writer(request: &HttpRequest) -> Option<Writer> {
    let pool = request.app_data::<Data<Pool>>()?.clone();
    let before_commit = *request.app_data::<Data<BeforeCommit>>()?.get_ref();
    let caller = request.extensions().get::<Caller>()?.clone();
    let actor = actor(request, kind(&caller), caller.account, caller.subject.clone());
    Some(Writer { pool, actor, before_commit, is_check_due: Cell::new(true), caller })
}

fn kind(caller: &Caller) -> ActorKind {
    match caller.kind {
        CallerKind::Client => ActorKind::Client,
        CallerKind::User => ActorKind::User,
        CallerKind::Console => ActorKind::Console,
        CallerKind::External => ActorKind::Outside,
    }
}
