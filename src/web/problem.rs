//! Error responses (RFC 9457, `application/problem+json`). A response contains all field errors.

mod body;
mod from_database;

use std::borrow::Cow;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use serde_json::Value;

pub use self::body::ProblemBody;
use crate::values::FieldError;

pub const MEDIA_TYPE: &str = "application/problem+json";

/// Seconds after which a client may retry if the database is unavailable.
const RETRY_SECONDS: HeaderValue = HeaderValue::from_static("2");

/// An error response. The trace middleware adds the request's id and path, and writes the body.
#[derive(Debug, Clone)]
pub struct Problem {
    pub status: StatusCode,
    pub code: Cow<'static, str>,
    pub detail: Cow<'static, str>,
    pub field_errors: Vec<FieldError>,
    /// A response header that the status requires, such as `Retry-After`.
    pub header: Option<(HeaderName, HeaderValue)>,
    pub result: Option<Value>,
    /// The cause for the log. The server never sends the cause to the client.
    pub cause: Option<String>,
}

impl Problem {
    pub fn new(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            status,
            code: code.into(),
            detail: detail.into(),
            field_errors: Vec::new(),
            header: None,
            result: None,
            cause: None,
        }
    }

    /// Creates the 400 problem for a request that cannot be parsed.
    pub fn malformed(field_errors: Vec<FieldError>) -> Self {
        let detail = "The request is malformed. `errors` lists what is wrong.";
        Self { field_errors, ..Self::new(StatusCode::BAD_REQUEST, "malformed_request", detail) }
    }

    /// Creates the 422 problem for a request that violates its schema or a rule.
    pub fn invalid(field_errors: Vec<FieldError>) -> Self {
        let detail = "The request violates a rule of this operation. `errors` lists what is wrong.";
        Self { field_errors, ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail) }
    }

    /// Creates the 401 problem for a missing or invalid access token. `reason` contains an error
    /// code of RFC 6750 and its description.
    pub fn unauthenticated(reason: &'static str) -> Self {
        let challenge = HeaderValue::from_str(&format!("Bearer realm=\"outturn\"{reason}"));
        let detail = "The access token is missing or not valid. Send the header `Authorization: Bearer <token>` with a valid token.";
        Self {
            header: challenge.ok().map(|challenge| (WWW_AUTHENTICATE, challenge)),
            ..Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", detail)
        }
    }

    pub fn forbidden(detail: &'static str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", detail)
    }

    /// Creates the 410 problem for a resource that no longer exists.
    pub fn gone(code: &'static str, detail: &'static str) -> Self {
        Self::new(StatusCode::GONE, code, detail)
    }

    /// Creates the 403 problem for a token of an identity provider to which no role mapping
    /// applies.
    pub fn no_role() -> Self {
        let detail = "No role mapping maps one of your groups or app roles to a role. Ask the administrator for a role mapping.";
        Self::new(StatusCode::FORBIDDEN, "no_role", detail)
    }

    /// Creates the 403 problem for a token to which no role mapping applies. The token has too many
    /// groups to list them.
    pub fn group_overage() -> Self {
        let detail = "You are in more groups than your token can list, and none of your app roles is mapped to a role. \
            Ask the administrator for an app role.";
        Self::new(StatusCode::FORBIDDEN, "group_overage", detail)
    }

    /// Creates the 404 problem. The resource does not exist, or the caller may not see it.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "The resource does not exist, or you may not see it.")
    }

    /// Creates the 415 problem for a header whose value the operation does not accept.
    pub(super) fn unsupported(header: &'static str, code: &'static str, detail: String) -> Self {
        Self {
            field_errors: vec![FieldError::header(header, code, detail.clone())],
            ..Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, code, detail)
        }
    }

    /// Creates the 429 problem for a caller that may send its next request after `seconds`.
    pub fn rate_limited(seconds: u64) -> Self {
        let detail = "You have reached the rate limit. Retry after the seconds in Retry-After.";
        Self {
            header: Some((RETRY_AFTER, HeaderValue::from(seconds))),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", detail)
        }
    }

    /// Creates the 499 problem for a client that closed the connection before the response. Only
    /// the log and the metrics contain this status.
    pub fn client_closed_request() -> Self {
        let status = StatusCode::from_u16(499).unwrap_or(StatusCode::REQUEST_TIMEOUT);
        Self::new(status, "client_closed_request", "The client closed the connection before the response.")
    }

    /// Creates the 429 problem for a caller with too many requests in progress or waiting.
    pub fn too_many_at_once() -> Self {
        let detail = "Too many of your requests are in progress. Send fewer at once, and retry this request after \
            the seconds in Retry-After.";
        Self {
            header: Some((RETRY_AFTER, RETRY_SECONDS)),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_at_once", detail)
        }
    }

    /// Creates the 429 problem for a caller or a client address with too many downloads in
    /// progress.
    pub fn too_many_downloads(seconds: u64) -> Self {
        let detail = "You have too many downloads in progress. Finish or close one before you start another.";
        Self {
            header: Some((RETRY_AFTER, HeaderValue::from(seconds))),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_downloads", detail)
        }
    }

    /// Creates the 503 problem for a request whose resources are in use by other requests. `cause`
    /// is logged and not sent.
    pub fn busy(cause: impl Into<String>) -> Self {
        let detail = "The server is busy with other requests. Try again shortly.";
        Self::unavailable("busy", detail, cause.into())
    }

    /// Creates the 507 problem for a full disk, or for spool files that use the whole byte budget.
    /// Retries fail until the operator frees space. `cause` is logged and not sent.
    pub fn storage_full(cause: impl Into<String>) -> Self {
        let detail = "The server's storage is full, so nothing was written. The operator has to free space.";
        Self {
            cause: Some(cause.into()),
            ..Self::new(StatusCode::INSUFFICIENT_STORAGE, "storage_full", detail)
        }
    }

    /// Creates the 500 problem for a defect of the server. `cause` is logged and not sent.
    pub fn internal(cause: impl Into<String>) -> Self {
        let detail = "An internal error occurred. Report the request id to the operator.";
        Self {
            cause: Some(cause.into()),
            ..Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal_error", detail)
        }
    }

    /// Creates the 503 problem for an identity provider that the server cannot reach. The server
    /// tries again after `seconds`.
    pub fn provider_unavailable(seconds: u64) -> Self {
        let detail = "The server cannot reach the identity provider that issued your token, so it cannot check the token. Try again later.";
        Self {
            header: Some((RETRY_AFTER, HeaderValue::from(seconds))),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "identity_provider_unavailable", detail)
        }
    }

    /// Creates the 503 problem for a server that is not ready. `cause` is logged and not sent.
    pub(super) fn not_ready(cause: String) -> Self {
        Self::unavailable("not_ready", "The server is not ready.", cause)
    }

    fn unavailable(code: &'static str, detail: &'static str, cause: String) -> Self {
        Self {
            header: Some((RETRY_AFTER, RETRY_SECONDS)),
            cause: Some(cause),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail)
        }
    }

    /// Creates a problem for an error of the web framework, of which only the status is known.
    pub fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::not_found(),
            StatusCode::METHOD_NOT_ALLOWED => Self::new(
                status,
                "method_not_allowed",
                "This resource does not support the HTTP method. The header Allow lists the supported methods.",
            ),
            StatusCode::NOT_ACCEPTABLE => Self::new(
                status,
                "not_acceptable",
                "The server supports none of the encodings in the header Accept-Encoding.",
            ),
            StatusCode::PAYLOAD_TOO_LARGE => {
                Self::new(status, "body_too_large", "The body of the request is too large.")
            }
            StatusCode::REQUEST_TIMEOUT => {
                Self::new(status, "request_timeout", "The body of the request did not arrive in time.")
            }
            status if status.is_server_error() => {
                Self { status, ..Self::internal(format!("a response {status} has no problem body")) }
            }
            status => Self::new(status, "malformed_request", "The server cannot parse the request."),
        }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.status.as_u16(), self.code)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        let mut response = HttpResponse::new(self.status);
        if let Some((name, value)) = &self.header {
            response.headers_mut().insert(name.clone(), value.clone());
        }
        response.extensions_mut().insert(self.clone());
        response
    }
}
