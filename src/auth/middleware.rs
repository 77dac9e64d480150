//! Middleware that runs before every handler. The middleware identifies the caller, checks the
//! caller's permission, and then checks the query. A caller without permission therefore gets no
//! validation errors. A panic of a handler becomes a 500.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::middleware::{Next, from_fn};
use actix_web::web::Data;
use actix_web::{Error, HttpMessage, Route};
use futures_util::FutureExt;

use super::jwt::{Rejection, TokenKind};
use super::oidc::{ExternalCaller, Providers};
use super::queries::{self, AccountAccess};
use super::token::bearer;
use super::{Tokens, dataset_key};
use crate::access::{Grant, Rule};
use crate::db::Pool;
use crate::web::body::Operation;
use crate::web::concurrency_limits::{self, Permit};
use crate::web::connection::client_left;
use crate::web::query_string::pairs;
use crate::web::{
    Caller, CallerKind, Contracts, Problem, disclosure, idempotency, limits, position, precondition,
};

pub fn protect(route: Route, rule: &'static Rule) -> Route {
    route.wrap(from_fn(move |request, next: Next<BoxBody>| authorize(rule, request, next)))
}

/// Calls the handler or refuses the request. The server keeps the caller's concurrency permit until
/// the response body is sent. An export ends when its client disconnects.
async fn authorize(
    rule: &'static Rule,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    request.extensions_mut().insert(rule);
    let permit = match admit(rule, &request).await {
        Ok(permit) => permit,
        Err(problem) => return Ok(refuse(rule, request, problem)),
    };
    let http = request.request().clone();
    let is_long = concurrency_limits::is_export(&request, permit.bucket());
    let mut response = tokio::select! {
        response = handle(rule, is_long, request, next) => response?,
        () = client_left(&http), if is_long => {
            return Ok(ServiceResponse::from_err(Problem::client_closed_request(), http));
        }
    };
    if !rule.access.is_public() {
        position::record(&mut response).await;
    }
    match disclosure::record(&response).await {
        Ok(()) => Ok(response.map_body(|_, body| concurrency_limits::with_permit(body, permit))),
        Err(problem) => Ok(ServiceResponse::from_err(problem, http)),
    }
}

/// Calls the handler. A request for an export first waits until the server thread has capacity for
/// it.
async fn handle(
    rule: &'static Rule,
    is_export: bool,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let _export = match concurrency_limits::admit_export(rule, is_export, &request).await {
        Ok(permit) => permit,
        Err(problem) => return Ok(refuse(rule, request, problem)),
    };
    let http = request.request().clone();
    match AssertUnwindSafe(next.call(request)).catch_unwind().await {
        Ok(response) => response,
        Err(panic) => {
            let problem = Problem::internal(format!("panic: {}", panic_message(&*panic)));
            Ok(ServiceResponse::from_err(problem, http))
        }
    }
}

fn refuse(rule: &Rule, request: ServiceRequest, problem: Problem) -> ServiceResponse<BoxBody> {
    let mut refused = request.error_response(problem);
    if refused.status() == StatusCode::UNAUTHORIZED && rule.access.takes_dataset_keys {
        dataset_key::offer_basic(refused.headers_mut());
    }
    refused
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}

async fn admit(rule: &'static Rule, request: &ServiceRequest) -> Result<Permit, Problem> {
    let permit = if rule.access.is_public() {
        concurrency_limits::admit(request, limits::begin(rule, request)?).await?
    } else {
        identify(rule, request).await?
    };
    let contracts = request
        .app_data::<Data<Contracts>>()
        .ok_or_else(|| Problem::internal("app_data has no Contracts"))?;
    let contract =
        contracts.of(rule.operation).ok_or_else(|| Problem::internal("the operation has no schema"))?;
    let query = pairs(request.query_string()).and_then(|pairs| contract.read_query(&pairs));
    let mut field_errors = precondition::field_errors(request.headers());
    field_errors.extend(idempotency::key_error(request.headers()));
    field_errors.extend(position::field_error(request.headers()));
    let query = query.unwrap_or_else(|more| {
        field_errors.extend(more);
        serde_json::Value::Null
    });
    if !field_errors.is_empty() {
        return Err(Problem::malformed(field_errors));
    }
    request.extensions_mut().insert(Operation::new(contract, query));
    Ok(permit)
}

/// Identifies the caller and checks the caller's permission. The request waits in the queue of the
/// identified caller, so an unidentified request never occupies a caller's queue.
async fn identify(rule: &'static Rule, request: &ServiceRequest) -> Result<Permit, Problem> {
    let verified = verify(rule, request).await;
    let owner = verified.as_ref().ok().map(Verified::limit_owner);
    let charged = limits::charge(rule, request, owner.as_deref())?;
    let verified = verified?;
    let permit = concurrency_limits::admit(request, charged).await?;
    let caller = with_current_access(request, verified).await?;
    let role = caller.role;
    request.extensions_mut().insert(caller);
    if rule.access.grant(role) == Grant::None {
        return Err(Problem::forbidden("Your role does not allow this operation."));
    }
    Ok(permit)
}

enum Verified {
    /// The bearer of a token that this server issued.
    Ours(Arc<Caller>),
    /// The bearer of a token that an external identity provider issued.
    Outside(ExternalCaller),
    Key(Caller),
}

impl Verified {
    fn limit_owner(&self) -> String {
        match self {
            Self::Ours(caller) => caller.identity(),
            Self::Outside(outsider) => outsider.subject.clone(),
            Self::Key(caller) => caller.identity(),
        }
    }
}

/// Verifies the credentials of a request. If this server did not issue a token, an external
/// identity provider may have issued it. Each token is verified only with the keys of its own
/// issuer.
async fn verify(rule: &Rule, request: &ServiceRequest) -> Result<Verified, Problem> {
    if dataset_key::is_sent(rule, request.headers()) {
        return dataset_key::verify(rule, request, pool(request)?).await.map(Verified::Key);
    }
    let tokens =
        request.app_data::<Data<Tokens>>().ok_or_else(|| Problem::internal("app_data has no Tokens"))?;
    let refused = |rejection: Rejection| rejection.into_problem(TokenKind::Access);
    let token = bearer(request.headers()).map_err(refused)?;
    let rejection = match tokens.verify(token) {
        Ok(caller) => return Ok(Verified::Ours(caller)),
        Err(rejection) => rejection,
    };
    let providers = request.app_data::<Data<Providers>>();
    let providers = providers.ok_or_else(|| Problem::internal("app_data has no Providers"))?;
    match providers.verify(token).await {
        Some(outsider) => outsider.map(Verified::Outside),
        None => Err(refused(rejection)),
    }
}

/// Returns the caller with the current rights of its account or role mappings. The rights when the
/// token was issued are ignored.
async fn with_current_access(request: &ServiceRequest, verified: Verified) -> Result<Caller, Problem> {
    let pool = pool(request)?;
    match verified {
        Verified::Key(caller) => Ok(caller),
        Verified::Ours(caller) => {
            let Some(id) = caller.account else { return Ok(caller.as_ref().clone()) };
            let access = queries::account_access(&mut *pool.get().await?, id, caller.session).await?;
            let ended = || Rejection::invalid("the token's account is revoked, or its session ended");
            let access = access.ok_or_else(|| ended().into_problem(TokenKind::Access))?;
            Ok(account_holder(&caller, access))
        }
        Verified::Outside(outsider) => {
            let ExternalCaller { issuer, groups, roles, .. } = &outsider;
            let mappings = queries::role_mappings(&mut *pool.get().await?, issuer, groups, roles).await?;
            outsider.into_caller(&mappings)
        }
    }
}

fn account_holder(caller: &Caller, account: AccountAccess) -> Caller {
    let is_client = account.kind == "client";
    Caller {
        // The log must not contain the names of persons.
        subject: if is_client { account.name } else { caller.subject.clone() },
        role: account.role,
        councils: account.councils,
        kind: if is_client { CallerKind::Client } else { CallerKind::User },
        account: caller.account,
        session: caller.session,
        system: account.system,
        expires_at: caller.expires_at,
    }
}

fn pool(request: &ServiceRequest) -> Result<&Pool, Problem> {
    request
        .app_data::<Data<Pool>>()
        .map(|pool| &***pool)
        .ok_or_else(|| Problem::internal("app_data has no Pool"))
}
