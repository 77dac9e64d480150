//! Middleware for every request: the request id, the log line, the metrics, the security headers
//! and the body of errors.

use std::time::{Duration, Instant};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderValue, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, VARY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage};
use tracing::Instrument;

use super::connection::Watch;
use super::query_string::is_percent_encoded;
use super::request_id::{REQUEST_ID, RequestId};
use super::span::RequestSpan;
use super::{Caller, Problem, limits, precondition, problem, response_coding};
use crate::access::Rule;
use crate::values::FieldError;

/// Handles a request, adds headers to its response, writes the log line and records the metrics.
pub async fn trace(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let started = Instant::now();
    let _in_progress = Watch::begin_request(&request);
    let RequestId(request_id) = RequestId::of(request.headers());
    request.extensions_mut().insert(RequestId(request_id.clone()));
    // The span has the highest level, so that every log line has the request id at every log level.
    let trace = RequestSpan::begin(request.headers());
    let span = tracing::error_span!("request", request_id, trace_id = trace.trace_id());
    let mut response = handle(request, next).instrument(span.clone()).await?;
    let _entered = span.enter();
    let problem = as_problem(&response);
    if let Some(problem) = &problem {
        response = write_problem(response, problem, &request_id);
    }
    limits::finish(&mut response);
    let is_page = response.request().path().starts_with("/docs/");
    add_headers(response.headers_mut(), &request_id, is_page);
    record(&response, problem.as_ref(), started.elapsed());
    trace.end(&response);
    Ok(response)
}

/// Calls the next service. Fails with 400 if the path or a header is not valid UTF-8.
async fn handle(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let field_errors = encoding_errors(&request);
    if !field_errors.is_empty() {
        return Ok(request.error_response(Problem::malformed(field_errors)));
    }
    next.call(request).await.map(ServiceResponse::map_into_boxed_body)
}

fn encoding_errors(request: &ServiceRequest) -> Vec<FieldError> {
    let path = (!is_text(request.path())).then(|| {
        FieldError::parameter("path", "bad_encoding", "The path is not percent-encoded UTF-8 text.")
    });
    let broken = request.headers().iter().filter(|(_, value)| std::str::from_utf8(value.as_bytes()).is_err());
    let headers = broken
        .map(|(name, _)| FieldError::header(name.as_str(), "bad_encoding", "The header is not UTF-8 text."));
    path.into_iter().chain(headers).collect()
}

fn is_text(path: &str) -> bool {
    let decoded = percent_encoding::percent_decode_str(path).decode_utf8();
    is_percent_encoded(path) && decoded.is_ok_and(|path| !path.contains('\0'))
}

/// A marker for an error response whose body another standard defines. The middleware does not
/// change the response.
pub struct KeepBody;

/// Returns the handler's problem, or a problem that is created from the error status. Returns
/// `None` for other responses.
fn as_problem(response: &ServiceResponse) -> Option<Problem> {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return None;
    }
    if response.response().extensions().contains::<KeepBody>() {
        return None;
    }
    let ours = response.response().extensions().get::<Problem>().cloned();
    let problem = ours.unwrap_or_else(|| Problem::of_status(status));
    Some(precondition::explain(problem, response.request().headers()))
}

fn write_problem(response: ServiceResponse, problem: &Problem, request_id: &str) -> ServiceResponse {
    let path = Some(response.request().path()).filter(|path| path.starts_with('/')).unwrap_or("/");
    let path: String = path.chars().take(2000).collect();
    let mut body = serde_json::json!(problem.body(request_id, &path));
    let is_batch = response.request().extensions().get::<&Rule>().is_some_and(|rule| rule.access.is_bulk());
    if is_batch && problem.status == StatusCode::UNPROCESSABLE_ENTITY {
        body["result"] = problem.result.clone().unwrap_or_default();
    }
    let body = serde_json::to_vec(&body).unwrap_or_default();
    let mut response = response.map_body(|_, _| BoxBody::new(body));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(problem::MEDIA_TYPE));
    response
}

/// The content security policy of responses that are not web pages.
const NO_PAGE: &str = "default-src 'none'; frame-ancestors 'none'";

/// The content security policy of Swagger UI. The page runs its own scripts and sets styles on its
/// elements.
const SWAGGER_PAGE: &str =
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

/// Adds the security headers that the OWASP REST Security Cheat Sheet recommends.
fn add_headers(headers: &mut HeaderMap, request_id: &str, is_page: bool) {
    let fixed = [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        (STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains"),
        (CONTENT_SECURITY_POLICY, if is_page { SWAGGER_PAGE } else { NO_PAGE }),
        (actix_web::http::header::CACHE_CONTROL, "no-store"),
    ];
    for (name, value) in fixed {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    response_coding::remove_identity(headers);
    headers.append(VARY, HeaderValue::from_static("Authorization"));
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert(REQUEST_ID, id);
    }
}

fn record(response: &ServiceResponse, problem: Option<&Problem>, duration: Duration) {
    let request = response.request();
    let extensions = request.extensions();
    let caller = extensions.get::<Caller>();
    let operation = extensions.get::<&Rule>().map_or("none", |rule| rule.operation);
    let status = response.status().as_u16();
    crate::telemetry::counter!("http_requests_total", "operation" => operation, "status" => status.to_string())
        .increment(1);
    crate::telemetry::histogram!("http_request_duration_seconds", "operation" => operation)
        .record(duration.as_secs_f64());
    if let Some(cause) = problem.and_then(|problem| problem.cause.as_deref()) {
        match status {
            500.. => tracing::error!(cause, "request failed"),
            _ => tracing::debug!(cause, "request refused"),
        }
    }
    tracing::info!(
        method = %request.method(),
        path = request.path(),
        operation,
        status,
        problem_code = problem.map(|problem| &*problem.code),
        caller = caller.map(|caller| caller.subject.as_str()),
        caller_role = caller.map(|caller| caller.role.as_str()),
        duration_ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
        "request completed"
    );
}
