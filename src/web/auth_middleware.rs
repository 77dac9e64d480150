//! The gate in front of every operation. It identifies the caller, checks the caller's permission,
//! and parses the query. In this order, a caller without permission gets no validation errors. A
//! handler's panic becomes a 500.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage};
use futures_util::FutureExt;
use percent_encoding::percent_decode_str;

use super::concurrency::Permit;
use super::connection::client_left;
use super::jwt::{Rejection, TokenKind};
use super::oidc::{Outsider, Providers};
use super::token::Refused;
use super::{
    Caller, Contract, Contracts, Problem, Tokens, concurrency, dataset_key_auth, disclosure, idempotency,
    limits, precondition,
};
use crate::db::{self, Pool};
use crate::policy::{Grant, Rule};
use crate::values::FieldError;

/// The contract and the query of a request's operation, for its extractors.
#[derive(Clone)]
pub struct Operation {
    pub(super) contract: Arc<Contract>,
    pub(super) query: Arc<serde_json::Value>,
}

/// Passes a request to its handler, or refuses it. The caller's permit is held until the body is
/// sent. A long read ends when its client leaves.
pub async fn pass(
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
    let is_long = concurrency::is_export(&request, permit.bucket());
    let answer = tokio::select! {
        answer = handle(rule, is_long, request, next) => answer?,
        () = client_left(&http), if is_long => {
            return Ok(ServiceResponse::from_err(Problem::client_closed_request(), http));
        }
    };
    match disclosure::record(&answer).await {
        Ok(()) => Ok(answer.map_body(|_, body| concurrency::hold(body, permit))),
        Err(problem) => Ok(ServiceResponse::from_err(problem, http)),
    }
}

/// Calls the handler. An export first waits for a permit of its thread.
async fn handle(
    rule: &'static Rule,
    is_export: bool,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let _export = match concurrency::admit_export(rule, is_export, &request).await {
        Ok(permit) => permit,
        Err(problem) => return Ok(refuse(rule, request, problem)),
    };
    let http = request.request().clone();
    match AssertUnwindSafe(next.call(request)).catch_unwind().await {
        Ok(answer) => answer,
        Err(panic) => {
            let problem = Problem::internal(format!("panic: {}", panic_message(&*panic)));
            Ok(ServiceResponse::from_err(problem, http))
        }
    }
}

fn refuse(rule: &Rule, request: ServiceRequest, problem: Problem) -> ServiceResponse<BoxBody> {
    let mut refused = request.error_response(problem);
    if refused.status() == StatusCode::UNAUTHORIZED && rule.access.takes_dataset_keys {
        dataset_key_auth::offer(refused.headers_mut());
    }
    refused
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}

async fn admit(rule: &'static Rule, request: &ServiceRequest) -> Result<Permit, Problem> {
    let permit = if rule.access.is_public() {
        concurrency::admit(request, limits::begin(rule, request)?).await?
    } else {
        identify(rule, request).await?
    };
    let contracts = request.app_data::<Data<Contracts>>().ok_or_else(|| Problem::internal("no contracts"))?;
    let contract = contracts.of(rule.operation).ok_or_else(|| Problem::internal("no contract"))?;
    let query = pairs(request.query_string()).and_then(|pairs| contract.read_query(&pairs));
    let mut faults = precondition::faults(request.headers());
    faults.extend(idempotency::fault(request.headers()));
    let query = query.unwrap_or_else(|more| {
        faults.extend(more);
        serde_json::Value::Null
    });
    if !faults.is_empty() {
        return Err(Problem::malformed(faults));
    }
    request.extensions_mut().insert(Operation { contract, query: Arc::new(query) });
    Ok(permit)
}

/// Identifies the caller and checks its permission. Only an identified caller takes a permit, from
/// its own limit.
async fn identify(rule: &'static Rule, request: &ServiceRequest) -> Result<Permit, Problem> {
    let verified = verify(rule, request).await;
    let keeper = verified.as_ref().ok().map(Verified::keeper);
    let charged = limits::charge(rule, request, keeper.as_deref())?;
    let verified = verified?;
    let permit = concurrency::admit(request, charged).await?;
    let caller = standing(request, verified).await?;
    let role = caller.role;
    request.extensions_mut().insert(caller);
    if rule.access.grant(role) == Grant::None {
        return Err(Problem::forbidden("Your role does not allow this operation."));
    }
    Ok(permit)
}

/// The owner of a verified token or key.
enum Verified {
    /// The holder of a token that this server issued.
    Ours(Arc<Caller>),
    /// The holder of a token of an external identity provider.
    Outside(Outsider),
    /// The holder of a dataset key.
    Key(Caller),
}

impl Verified {
    fn keeper(&self) -> String {
        match self {
            Self::Ours(caller) => caller.keeper(),
            Self::Outside(outsider) => outsider.subject.clone(),
            Self::Key(caller) => caller.keeper(),
        }
    }
}

/// Verifies the credentials of a request. A token that this server did not issue may belong to an
/// external provider. Each token is only verified with the keys of its own issuer.
async fn verify(rule: &Rule, request: &ServiceRequest) -> Result<Verified, Problem> {
    if let Some(key) = dataset_key_auth::shown(rule, request.headers()) {
        let holder = dataset_key_auth::holder(&key, rule, request, pool(request)?).await?;
        return holder.map(Verified::Key).ok_or_else(dataset_key_auth::refused);
    }
    let tokens = request.app_data::<Data<Tokens>>().ok_or_else(|| Problem::internal("no tokens"))?;
    let refused = |rejection: Rejection| rejection.into_problem(TokenKind::Access);
    let token = bearer(request.headers()).map_err(refused)?;
    let rejection = match tokens.verify(token) {
        Ok(caller) => return Ok(Verified::Ours(caller)),
        Err(rejection) => rejection,
    };
    let providers = request.app_data::<Data<Providers>>();
    let providers = providers.ok_or_else(|| Problem::internal("no providers"))?;
    match providers.verify(token).await {
        Some(outsider) => outsider.map(Verified::Outside),
        None => Err(refused(rejection)),
    }
}

/// Returns the caller with its current rights, from its account or from the role mappings, not from
/// the time when the token was issued.
async fn standing(request: &ServiceRequest, verified: Verified) -> Result<Caller, Problem> {
    let pool = pool(request)?;
    match verified {
        Verified::Key(caller) => Ok(caller),
        Verified::Ours(caller) => {
            let Some(account) = caller.account else { return Ok(caller.as_ref().clone()) };
            let standing = db::accounts::standing(&mut *pool.get().await?, account, caller.session).await?;
            let ended = || Rejection::invalid("the account is revoked, or the session is over");
            let standing = standing.ok_or_else(|| ended().into_problem(TokenKind::Access))?;
            Ok(caller.standing(standing))
        }
        Verified::Outside(outsider) => {
            let Outsider { issuer, groups, roles, .. } = &outsider;
            let fitting = db::role_mappings::fitting(&mut *pool.get().await?, issuer, groups, roles).await?;
            outsider.let_in(&fitting)
        }
    }
}

fn pool(request: &ServiceRequest) -> Result<&Pool, Problem> {
    request.app_data::<Data<Pool>>().map(|pool| &***pool).ok_or_else(|| Problem::internal("no pool"))
}

/// Returns the bearer token of a request.
pub(crate) fn bearer(headers: &HeaderMap) -> Result<&str, Rejection> {
    let missing = || Rejection { refused: Refused::Missing, reason: "no token".into() };
    let header = headers.get(AUTHORIZATION).ok_or_else(missing)?;
    let pair = header.to_str().ok().and_then(|text| text.split_once(' '));
    let bearer = pair.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let token = bearer.map(|(_, token)| token.trim());
    token.ok_or_else(|| Rejection::invalid("not a bearer token"))
}

/// Returns the decoded pairs of a query string. Invalid UTF-8 and broken percent-encoding are field
/// errors.
pub(crate) fn pairs(query: &str) -> Result<Vec<(String, String)>, Vec<FieldError>> {
    let mut pairs = Vec::new();
    let mut faults = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, text) = pair.split_once('=').unwrap_or((pair, ""));
        match (decode(name), decode(text)) {
            (Some(name), Some(text)) => pairs.push((name, text)),
            (name, _) => {
                let name = name.unwrap_or_else(|| "?".to_owned());
                faults.push(FieldError::parameter(
                    name,
                    "bad_encoding",
                    "This is not percent-encoded UTF-8 text.",
                ));
            }
        }
    }
    if faults.is_empty() { Ok(pairs) } else { Err(faults) }
}

/// Decodes a text of a form or query. Returns `None` if it is not percent-encoded UTF-8.
pub(crate) fn decode(text: &str) -> Option<String> {
    let text = text.replace('+', " ");
    if !is_percent_encoded(&text) {
        return None;
    }
    let decoded = percent_decode_str(&text).decode_utf8().ok()?.into_owned();
    (!decoded.contains('\0')).then_some(decoded)
}

/// Returns whether every `%` is followed by two hexadecimal digits.
pub fn is_percent_encoded(text: &str) -> bool {
    text.split('%').skip(1).all(|rest| {
        let bytes = rest.as_bytes();
        bytes.len() >= 2 && bytes[..2].iter().all(u8::is_ascii_hexdigit)
    })
}
