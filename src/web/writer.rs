//! Writing on behalf of the caller: the only way from a handler to a transaction that may write.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use super::trace::RequestId;
use super::{Caller, CallerKind, Problem};
use crate::db::{self, Actor, ActorKind, Pool};
use crate::policy::Rule;

/// Writes for the caller, who stands in the change log with the request and its operation.
pub struct Writer {
    pool: Data<Pool>,
    actor: Actor,
    /// Who asks.
    pub caller: Caller,
}

impl Writer {
    /// Runs work in a transaction that may write: all of it, or nothing.
    pub async fn write<T>(
        &self,
        work: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, db::Error>,
    ) -> Result<T, db::Error> {
        self.pool.write(&self.actor, work).await
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
    let caller = request.extensions().get::<Caller>()?.clone();
    let actor = actor(request, kind(&caller), caller.account, caller.subject.clone());
    Some(Writer { pool, actor, caller })
}

fn kind(caller: &Caller) -> ActorKind {
    match caller.kind {
        CallerKind::Client => ActorKind::Client,
        CallerKind::User => ActorKind::User,
        CallerKind::Console => ActorKind::Console,
        CallerKind::Outside => ActorKind::Outside,
    }
}
