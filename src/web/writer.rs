//! Writing on behalf of the caller: the only way from a handler to a transaction that may write.

use std::cell::Cell;
use std::future::{Future, Ready, ready};
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use super::trace::RequestId;
use super::{Caller, CallerKind, Problem};
use crate::db::{self, Actor, ActorKind, Pool};
use crate::policy::Rule;

/// A check of the writes of a transaction, which runs on its connection.
type Check<'c> = Pin<Box<dyn Future<Output = Result<(), db::Error>> + 'c>>;

/// What a transaction on behalf of a caller has to pass before it ends.
#[derive(Clone, Copy)]
pub struct BeforeCommit {
    /// An SQL condition: where it is false at the beginning of the transaction, the check is not needed.
    pub condition: &'static str,
    /// Fails where the writes of the transaction may not be kept.
    pub check: for<'c> fn(&'c mut AsyncPgConnection) -> Check<'c>,
}

/// Writes for the caller, who stands in the change log with the request and its operation.
pub struct Writer {
    pool: Data<Pool>,
    actor: Actor,
    before_commit: BeforeCommit,
    /// Whether what the transaction has written is still to be checked.
    is_check_due: Cell<bool>,
    /// Who asks.
    pub caller: Caller,
}

impl Writer {
    /// Runs work in a transaction that may write: all of it, or nothing, also where what it wrote may not be.
    pub async fn write<T>(
        &self,
        work: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, db::Error>,
    ) -> Result<T, db::Error> {
        let checked = async |conn: &mut AsyncPgConnection, is_needed: bool| {
            self.is_check_due.set(is_needed);
            let done = work(conn).await?;
            self.check(conn).await?;
            Ok(done)
        };
        self.pool.write_knowing(&self.actor, self.before_commit.condition, checked).await
    }

    /// Checks within the work what has been written so far, as it is checked at the end.
    pub(super) async fn check(&self, conn: &mut AsyncPgConnection) -> Result<(), db::Error> {
        if self.is_check_due.get() { (self.before_commit.check)(conn).await } else { Ok(()) }
    }

    /// Notes that what the transaction keeps has passed the check: nothing that it looks at is written after that.
    pub(super) fn note_checked(&self) {
        self.is_check_due.set(false);
    }
}

impl FromRequest for Writer {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(writer(request).ok_or_else(|| Problem::internal("a handler writes on a route without a gate")))
    }
}

/// An account that acts before a token says so: it signs in, or asks for a token.
pub fn acting(request: &HttpRequest, kind: ActorKind, account: Uuid) -> Actor {
    actor(request, kind, Some(account), account.to_string())
}

/// Who acts in a request.
pub(super) fn actor(request: &HttpRequest, kind: ActorKind, account: Option<Uuid>, name: String) -> Actor {
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
        CallerKind::Outside => ActorKind::Outside,
    }
}
